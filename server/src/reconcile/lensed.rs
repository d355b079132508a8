//! A record read under a form version that reads earlier ones through lenses.

use std::collections::BTreeMap;

use doorstep_forms::{Causality, ClashKind, Form, Reading as Lensed, Register, Said};
use doorstep_records::{Answer, Answers, ChangeHash, Record};

use super::reading::{Dispute, Reading};

struct History<'r>(&'r Record);

impl Causality for History<'_> {
    type Change = ChangeHash;

    fn has_seen(&self, newer: &ChangeHash, older: &ChangeHash) -> bool {
        self.0.has_seen(newer, older)
    }
}

/// The answers of a record (at any heads) under `form`.
pub fn read_under(form: &Form, record: &Record, answers: &Answers) -> Lensed<ChangeHash> {
    let said = |answer: &Answer| Register {
        value: answer.value.to_json(),
        candidates: answer
            .candidates
            .iter()
            .map(|candidate| Said {
                value: candidate.value.to_json(),
                version: candidate.form_version,
                change: candidate.hash,
            })
            .collect(),
    };
    let registers: BTreeMap<String, Register<ChangeHash>> =
        answers.iter().map(|(key, answer)| (key.as_str().to_owned(), said(answer))).collect();
    form.read(&registers, &History(record))
}

/// The same as reconcile reads it.
pub(super) fn reading(form: &Form, record: &Record, answers: &Answers) -> Reading {
    let lensed = read_under(form, record, answers);
    let mut disputes: Vec<Dispute> = lensed
        .clashes
        .iter()
        .filter(|clash| super::reading::is_answer(&clash.path))
        .map(|clash| Dispute {
            path: clash.path.clone(),
            kind: match clash.kind {
                ClashKind::DifferentAnswers => "different_answers",
                ClashKind::ClosedAndEdited => "closed_and_edited",
            },
        })
        .collect();
    disputes.sort();
    disputes.dedup();
    Reading { answers: lensed.answers, disputes }
}

/// The answers by the paths of `form`, each with the candidates that stand there, in whatever register.
pub fn answers_under(form: &Form, record: &Record, answers: &Answers) -> BTreeMap<String, Answer> {
    let lensed = read_under(form, record, answers);
    let candidate = |at: &doorstep_forms::Lensed<ChangeHash>| {
        let found = answers.get(at.register.as_str())?.candidates.iter().find(|c| c.hash == at.change)?;
        let value = doorstep_records::Value::from_json(&at.value()).unwrap_or_else(|| found.value.clone());
        Some(doorstep_records::Candidate { value, ..found.clone() })
    };
    let answer = |(path, all): (&String, &Vec<doorstep_forms::Lensed<ChangeHash>>)| {
        let candidates: Vec<_> = all.iter().filter_map(candidate).collect();
        let value = lensed.answers.get(path).and_then(doorstep_records::Value::from_json)?;
        (!candidates.is_empty()).then(|| (path.clone(), Answer { value, candidates }))
    };
    let mut under: BTreeMap<String, Answer> = lensed.candidates.iter().filter_map(answer).collect();
    // What the version removed with notice is still to be seen, under its own name.
    let kept = lensed.kept.keys().filter_map(|path| Some((path.clone(), answers.get(path.as_str())?.clone())));
    under.extend(kept);
    under
}
