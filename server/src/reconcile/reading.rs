//! A record projected to flat answers, with the places where people disagree.

use std::collections::BTreeMap;

use doorstep_forms::Form;
use doorstep_records::{Conflict, ConflictKind, Heads, Key, Record, UnknownHeads, Value};

use super::lensed;

/// The answers of a record at some heads, as forms read them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Path -> value. At the paths of `disputes` the value is the merge's arbitrary winner.
    pub answers: BTreeMap<String, serde_json::Value>,
    /// Where people disagree, by path.
    pub disputes: Vec<Dispute>,
    /// Answers to questions that the version removed with notice (`remove`), by their own paths: nobody is asked, no rule
    /// reads them, and the dataset shows them still. Without those of closed rows, and without [`Reading::kept_disputed`].
    pub kept: BTreeMap<String, serde_json::Value>,
    /// Such answers that people gave differently. There is no question left to settle them: what was approved before
    /// stands.
    pub kept_disputed: Vec<String>,
}

/// One place where people disagree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dispute {
    /// Path of the answer, or of the `_deleted` answer of a row.
    pub path: String,
    /// `different_answers` or `closed_and_edited`.
    pub kind: &'static str,
}

impl Reading {
    /// The paths where people disagree.
    pub fn disputed_paths(&self) -> Vec<String> {
        self.disputes.iter().map(|dispute| dispute.path.clone()).collect()
    }

    /// The answers, and those kept of questions that are gone: what the dataset shows.
    pub fn with_kept(self) -> BTreeMap<String, serde_json::Value> {
        let mut answers = self.kept;
        answers.extend(self.answers);
        answers
    }

    /// The answers with nothing in the place of disputed ones: nobody's answer is put forward.
    pub fn undisputed(mut self) -> BTreeMap<String, serde_json::Value> {
        for dispute in &self.disputes {
            self.answers.insert(dispute.path.clone(), serde_json::Value::Null);
        }
        self.answers
    }

    /// Nothing is left to settle: nobody disagrees, neither about answers nor about those kept of removed questions.
    pub fn is_settled(&self) -> bool {
        self.disputes.is_empty() && self.kept_disputed.is_empty()
    }

    /// True when `path` is disputed.
    pub fn is_disputed(&self, path: &str) -> bool {
        self.disputes.iter().any(|dispute| dispute.path == path)
    }
}

/// The record as it is now: one pass, and candidates only where the record has concurrent changes. `under`: a form
/// version that reads earlier ones through lenses ([`super::rulebook::Rulebook::lens`]).
pub fn read_now(record: &mut Record, under: Option<&Form>) -> Reading {
    if let Some(form) = under {
        let answers = record.answers();
        return lensed::reading(form, record, &answers);
    }
    let (values, open) = record.values_and_open_keys();
    // A row closed here and edited there leaves no open key; only then the history must be asked.
    let closed = |(key, value): (&Key, &Value)| *value == Value::Bool(true) && key.closes_row().is_some();
    let settled = open.is_empty() && !values.iter().any(closed);
    let conflicts = if settled { Vec::new() } else { record.conflicts() };
    Reading { answers: flat(values), disputes: disputes(&conflicts), ..Reading::default() }
}

/// The record as it was at `heads`.
///
/// # Errors
/// [`UnknownHeads`] when the record lacks some of them.
pub fn read_at(record: &mut Record, heads: &Heads, under: Option<&Form>) -> Result<Reading, UnknownHeads> {
    if record.heads() == *heads {
        return Ok(read_now(record, under));
    }
    let answers = record.answers_at(heads)?;
    if let Some(form) = under {
        return Ok(lensed::reading(form, record, &answers));
    }
    let disputes = disputes(&record.conflicts_in(&answers));
    let values = answers.into_iter().map(|(key, answer)| (key, answer.value)).collect();
    Ok(Reading { answers: flat(values), disputes, ..Reading::default() })
}

/// The order of rows on a screen, the day a filling was opened, copies of preloaded answers: nobody's answers, and
/// nothing a person could settle. There the merge may choose.
pub(super) fn is_answer(path: &str) -> bool {
    !path.starts_with('_') && path != "_order" && !path.ends_with("/_order")
}

fn flat(values: BTreeMap<Key, Value>) -> BTreeMap<String, serde_json::Value> {
    values.into_iter().map(|(key, value)| (key.as_str().to_owned(), value.to_json())).collect()
}

fn disputes(conflicts: &[Conflict]) -> Vec<Dispute> {
    let mut disputes: Vec<Dispute> = conflicts
        .iter()
        .filter(|conflict| is_answer(conflict.key.as_str()))
        .map(|conflict| Dispute {
            path: conflict.key.as_str().to_owned(),
            kind: match conflict.kind {
                ConflictKind::DifferentAnswers => "different_answers",
                ConflictKind::ClosedAndEdited => "closed_and_edited",
            },
        })
        .collect();
    disputes.sort();
    disputes.dedup();
    disputes
}

#[cfg(test)]
mod tests {
    use doorstep_records::{ActorId, ChangeNote, RecordId};
    use serde_json::json;

    use super::*;

    fn actor(seed: u8) -> ActorId {
        ActorId::derive(&[seed; 16], "user", RecordId::from_parts(1, [seed; 10]), 0)
    }

    fn put(record: &mut Record, by: u8, at: &Heads, pairs: &[(&str, Value)]) {
        let puts: Vec<(Key, Value)> =
            pairs.iter().map(|(key, value)| (Key::parse(key).unwrap(), value.clone())).collect();
        record.write_at(&actor(by), &ChangeNote::new(1, 1_000), at, &puts).unwrap();
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn two_phones_on_one_answer_are_a_dispute_and_on_two_are_not() {
        let mut record = Record::new();
        put(&mut record, 1, &Heads::empty(), &[("a", text("1")), ("b", Value::Null)]);
        let base = record.heads();
        put(&mut record, 2, &base, &[("a", text("2")), ("_date", text("2015-07-01"))]);
        put(&mut record, 3, &base, &[("a", text("3")), ("b", text("x")), ("_date", text("2015-07-02"))]);
        let reading = read_now(&mut record, None);
        assert_eq!(reading.disputed_paths(), ["a"]);
        assert!(reading.is_disputed("a") && !reading.is_disputed("b"));
        assert_eq!(reading.answers["b"], json!("x"));
        let before = read_at(&mut record, &base, None).unwrap();
        assert_eq!((before.answers["a"].clone(), before.disputes), (json!("1"), Vec::new()));
    }

    #[test]
    fn equal_answers_are_no_dispute() {
        let mut record = Record::new();
        put(&mut record, 1, &Heads::empty(), &[("a", text("1"))]);
        let base = record.heads();
        put(&mut record, 2, &base, &[("a", text("2"))]);
        put(&mut record, 3, &base, &[("a", text("2"))]);
        assert!(read_now(&mut record, None).disputes.is_empty());
    }

    #[test]
    fn a_row_closed_here_and_edited_there_is_a_dispute() {
        let row = "members/01ARZ3NDEKTSV4RRFFQ69G5FAV";
        let (name, closed) = (format!("{row}/name"), format!("{row}/_deleted"));
        let mut record = Record::new();
        put(&mut record, 1, &Heads::empty(), &[(&name, text("a"))]);
        let base = record.heads();
        put(&mut record, 2, &base, &[(&closed, Value::Bool(true))]);
        put(&mut record, 3, &base, &[(&name, text("b"))]);
        assert_eq!(
            read_now(&mut record, None).disputes,
            [Dispute { path: closed, kind: "closed_and_edited" }]
        );
    }

    #[test]
    fn unknown_heads_are_an_error_and_not_an_empty_record() {
        let mut other = Record::new();
        put(&mut other, 9, &Heads::empty(), &[("a", text("1"))]);
        assert!(read_at(&mut Record::new(), &other.heads(), None).is_err());
    }
}
