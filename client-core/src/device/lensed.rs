//! A record read under a form version that reads earlier ones through lenses.

use std::collections::BTreeMap;

use doorstep_forms::{Answers, Causality, Form, Lensed, Reading, Register, Said};
use doorstep_records::{Answer, Candidate, ChangeHash, Record, Value};

use super::write::flat;

struct History<'r>(&'r Record);

impl Causality for History<'_> {
    type Change = ChangeHash;

    fn has_seen(&self, newer: &ChangeHash, older: &ChangeHash) -> bool {
        self.0.has_seen(newer, older)
    }
}

/// A record under a version: its answers, and how they came about when there is a lens.
pub(crate) struct Under {
    pub(crate) answers: Answers,
    /// `None`: the version has no lens, and answers are read as they stand.
    pub(crate) lensed: Option<LensedRecord>,
}

/// What a lens made of a record.
pub(crate) struct LensedRecord {
    pub(crate) reading: Reading<ChangeHash>,
    raw: doorstep_records::Answers,
}

/// Reads the record as it is now.
pub(crate) fn read_now(form: &Form, record: &mut Record) -> Under {
    if !form.has_lens() {
        return Under { answers: flat(&record.values()), lensed: None };
    }
    let raw = record.answers();
    read(form, record, raw)
}

/// Reads answers that this record has given.
pub(crate) fn read(form: &Form, record: &Record, raw: doorstep_records::Answers) -> Under {
    if !form.has_lens() {
        let answers = raw.iter().map(|(key, answer)| (key.to_string(), answer.value.to_json())).collect();
        return Under { answers, lensed: None };
    }
    let registers: BTreeMap<String, Register<ChangeHash>> =
        raw.iter().map(|(key, answer)| (key.to_string(), register(answer))).collect();
    let reading = form.read(&registers, &History(record));
    Under { answers: reading.answers.clone(), lensed: Some(LensedRecord { reading, raw }) }
}

fn register(answer: &Answer) -> Register<ChangeHash> {
    let said = |candidate: &Candidate| Said {
        value: candidate.value.to_json(),
        version: candidate.form_version,
        change: candidate.hash,
    };
    Register { value: answer.value.to_json(), candidates: answer.candidates.iter().map(said).collect() }
}

impl LensedRecord {
    /// A value as it reads, with who gave it.
    pub(crate) fn candidate(&self, at: &Lensed<ChangeHash>) -> Option<Candidate> {
        let found = self.raw.get(at.register.as_str())?.candidates.iter().find(|c| c.hash == at.change)?;
        let value = Value::from_json(&at.value()).unwrap_or_else(|| found.value.clone());
        Some(Candidate { value, ..found.clone() })
    }

    pub(crate) fn candidates(&self, all: &[Lensed<ChangeHash>]) -> Vec<Candidate> {
        all.iter().filter_map(|at| self.candidate(at)).collect()
    }

    /// Every answer by the path it reads under. What the version removed with notice stands under its own name.
    pub(crate) fn answers(&self) -> BTreeMap<String, Answer> {
        let answer = |(path, all): (&String, &Vec<Lensed<ChangeHash>>)| {
            let value = Value::from_json(self.reading.answers.get(path)?)?;
            Some((path.clone(), Answer { value, candidates: self.candidates(all) }))
        };
        let mut answers: BTreeMap<String, Answer> =
            self.reading.candidates.iter().filter_map(answer).collect();
        let kept = self.reading.kept.keys();
        answers.extend(kept.filter_map(|path| Some((path.clone(), self.raw.get(path.as_str())?.clone()))));
        answers
    }
}
