//! A stored record read under a form version, through that version's lenses.

use std::cell::RefCell;
use std::collections::BTreeMap;

use doorstep_forms::{Answers, Causality, Form, Register, Said};
use doorstep_records::{ChangeHash, Heads, Record, UnknownHeads};

/// A record as a version reads it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadUnder {
    /// Answers by the version's paths. Where people disagree, the merge's arbitrary one.
    pub answers: Answers,
    /// Paths whose answers no lens could convert.
    pub unconverted: Vec<String>,
}

/// Which change of a record has seen which.
struct Seen<'r>(RefCell<&'r mut Record>);

impl Causality for Seen<'_> {
    type Change = ChangeHash;

    fn has_seen(&self, newer: &ChangeHash, older: &ChangeHash) -> bool {
        let heads = |hash: &ChangeHash| -> Heads { [*hash].into_iter().collect() };
        newer != older && self.0.borrow_mut().descends(&heads(newer), &heads(older))
    }
}

/// Reads a record at some heads (`None`: as it is now) under a form version.
///
/// # Errors
/// [`UnknownHeads`] when the record lacks some of them.
pub fn read_under(
    record: &mut Record,
    heads: Option<&Heads>,
    form: &Form,
) -> Result<ReadUnder, UnknownHeads> {
    if !form.has_lens() {
        let values = match heads {
            Some(heads) => record.values_at(heads)?,
            None => record.values(),
        };
        let answers = values.into_iter().map(|(key, value)| (key.as_str().to_owned(), value.to_json()));
        return Ok(ReadUnder { answers: answers.collect(), unconverted: Vec::new() });
    }
    let answers = match heads {
        Some(heads) => record.answers_at(heads)?,
        None => record.answers(),
    };
    let registers: BTreeMap<String, Register<ChangeHash>> = answers
        .into_iter()
        .map(|(key, answer)| {
            let candidates = answer.candidates.iter().map(|candidate| Said {
                value: candidate.value.to_json(),
                version: candidate.form_version,
                change: candidate.hash,
            });
            let register = Register { value: answer.value.to_json(), candidates: candidates.collect() };
            (key.as_str().to_owned(), register)
        })
        .collect();
    let reading = form.read(&registers, &Seen(RefCell::new(record)));
    let unconverted = reading.unconverted.into_iter().map(|at| at.path).collect();
    Ok(ReadUnder { answers: reading.answers, unconverted })
}
