//! Conflicts: keys with different candidates, and rows closed on one side and edited on the other.

use std::ops::Bound;

use serde::{Deserialize, Serialize};

use super::read::differ;
use super::{Answers, Candidate, Record, UnknownHeads};
use crate::ids::Heads;
use crate::key::{DELETED, Key, ORDER};
use crate::value::Value;

/// What kind of conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// More than one different candidate on a key.
    DifferentAnswers,
    /// A row closed in one place and edited in another, neither having seen the other. An edit that has seen
    /// the close reopens nothing; a close that has seen the edit settles it.
    ClosedAndEdited,
}

/// A conflict that a person must settle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What kind.
    pub kind: ConflictKind,
    /// The key with different candidates, or the `_deleted` key of the row.
    pub key: Key,
    /// The candidates on that key.
    pub candidates: Vec<Candidate>,
    /// For [`ConflictKind::ClosedAndEdited`] the answers of the row that were edited unseen; else empty.
    pub edited: Vec<(Key, Candidate)>,
}

impl Record {
    /// All conflicts, by key. Nothing is computed for a record without concurrent changes.
    pub fn conflicts(&mut self) -> Vec<Conflict> {
        if self.graph().is_linear() && self.open_keys().is_empty() {
            return Vec::new();
        }
        let answers = self.answers();
        self.conflicts_in(&answers)
    }

    /// All conflicts of the state `heads`.
    ///
    /// # Errors
    /// [`UnknownHeads`] when the record lacks some of them.
    pub fn conflicts_at(&mut self, heads: &Heads) -> Result<Vec<Conflict>, UnknownHeads> {
        let answers = self.answers_at(heads)?;
        Ok(self.conflicts_in(&answers))
    }

    /// All conflicts among `answers`, which this record has given ([`Record::answers`], or
    /// [`Record::answers_at`] for an older state).
    pub fn conflicts_in(&self, answers: &Answers) -> Vec<Conflict> {
        let different =
            answers.iter().filter(|(_, answer)| answer.is_conflict()).map(|(key, answer)| Conflict {
                kind: ConflictKind::DifferentAnswers,
                key: key.clone(),
                candidates: answer.candidates.clone(),
                edited: Vec::new(),
            });
        let closed = answers.keys().filter_map(|key| self.closed_and_edited(answers, key));
        let mut conflicts: Vec<_> = different.chain(closed).collect();
        conflicts.sort_by(|a, b| (&a.key, a.kind).cmp(&(&b.key, b.kind)));
        conflicts
    }

    /// True when `key` closes a row that was edited at the same time.
    pub(super) fn is_disputed_close(&self, key: &Key) -> bool {
        if key.closes_row().is_none() || self.graph().is_linear() {
            return false;
        }
        let answers = self.answers_in(None);
        self.closed_and_edited(&answers, key).is_some()
    }

    fn closed_and_edited(&self, answers: &Answers, key: &Key) -> Option<Conflict> {
        let row = key.closes_row()?;
        let graph = self.graph();
        if graph.is_linear() {
            return None;
        }
        let candidates = &answers.get(key)?.candidates;
        let closes: Vec<usize> = candidates
            .iter()
            .filter(|candidate| candidate.value == Value::Bool(true))
            .filter_map(|candidate| graph.position(&candidate.hash))
            .collect();
        if closes.is_empty() || differ(candidates) {
            // Open, or already shown as different answers.
            return None;
        }
        // What any of the closes has seen, and what has seen any of the closes, is settled.
        let mut settled = graph.past(&closes);
        for close in closes {
            for (settled, seen) in settled.iter_mut().zip(graph.future(close)) {
                *settled |= seen;
            }
        }
        // '0' is the character after '/': these are the keys below the row.
        let (from, to) = (format!("{row}/"), format!("{row}0"));
        let edited: Vec<_> = answers
            .range::<str, _>((Bound::Included(from.as_str()), Bound::Excluded(to.as_str())))
            .filter(|(edited, _)| is_answer(edited))
            .flat_map(|(edited, answer)| answer.candidates.iter().map(move |candidate| (edited, candidate)))
            .filter(|(_, candidate)| {
                graph.position(&candidate.hash).is_some_and(|position| !settled[position])
            })
            .map(|(edited, candidate)| (edited.clone(), candidate.clone()))
            .collect();
        (!edited.is_empty()).then(|| Conflict {
            kind: ConflictKind::ClosedAndEdited,
            key: key.clone(),
            candidates: candidates.clone(),
            edited,
        })
    }
}

/// Closing and reordering are no edits of what a row says.
fn is_answer(key: &Key) -> bool {
    !matches!(key.last_segment(), DELETED | ORDER)
}
