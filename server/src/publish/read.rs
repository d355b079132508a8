//! A stored record read under a form version, through that version's lenses.

use doorstep_forms::{Answers, Form};
use doorstep_records::{Heads, Record, UnknownHeads};

use crate::reconcile::lensed;

/// A record as a version reads it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadUnder {
    /// Answers by the version's paths. Where people disagree, the merge's arbitrary one.
    pub answers: Answers,
    /// Paths whose answers no lens could convert.
    pub unconverted: Vec<String>,
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
    let reading = lensed::read_under(form, record, &answers);
    let unconverted = reading.unconverted.into_iter().map(|at| at.path).collect();
    Ok(ReadUnder { answers: reading.answers, unconverted })
}
