//! A record projected to flat answers, with the places where people disagree.

use std::collections::BTreeMap;

use doorstep_records::{Conflict, ConflictKind, Heads, Key, Record, UnknownHeads, Value};

/// The answers of a record at some heads, as forms read them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Path -> value. At the paths of `disputes` the value is the merge's arbitrary winner.
    pub answers: BTreeMap<String, serde_json::Value>,
    /// Where people disagree, by path.
    pub disputes: Vec<Dispute>,
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

    /// True when `path` is disputed.
    pub fn is_disputed(&self, path: &str) -> bool {
        self.disputes.iter().any(|dispute| dispute.path == path)
    }
}

/// The record as it is now: one pass, and candidates only where the record has concurrent changes.
pub fn read_now(record: &mut Record) -> Reading {
    let (values, open) = record.values_and_open_keys();
    // A row closed here and edited there leaves no open key, so the history is asked as well.
    let conflicts = if open.is_empty() && record.change_count() < 2 { Vec::new() } else { record.conflicts() };
    Reading { answers: flat(values), disputes: disputes(&conflicts) }
}

/// The record as it was at `heads`.
///
/// # Errors
/// [`UnknownHeads`] when the record lacks some of them.
pub fn read_at(record: &mut Record, heads: &Heads) -> Result<Reading, UnknownHeads> {
    if record.heads() == *heads {
        return Ok(read_now(record));
    }
    let answers = record.answers_at(heads)?;
    let disputes = disputes(&record.conflicts_in(&answers));
    let values = answers.into_iter().map(|(key, answer)| (key, answer.value)).collect();
    Ok(Reading { answers: flat(values), disputes })
}

fn flat(values: BTreeMap<Key, Value>) -> BTreeMap<String, serde_json::Value> {
    values.into_iter().map(|(key, value)| (key.as_str().to_owned(), value.to_json())).collect()
}

fn disputes(conflicts: &[Conflict]) -> Vec<Dispute> {
    let mut disputes: Vec<Dispute> = conflicts
        .iter()
        // The order of rows on a screen is nobody's answer; the merge may choose it.
        .filter(|conflict| conflict.key.last_segment() != "_order")
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
