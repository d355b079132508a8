//! History: every change, and every value ever put on every key.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{ChangeBytes, Record, UnknownHeads, doc_heads};
use crate::codec::{ChangeBody, OpId, chunk, decode};
use crate::ids::{ActorId, ChangeHash, Heads};
use crate::key::Key;
use crate::note::ChangeNote;
use crate::value::Value;

/// One value that was put on one key: who, when, under which form version, and whether it still stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The answer.
    pub key: Key,
    /// What was put.
    pub value: Value,
    /// The change that put it.
    pub hash: ChangeHash,
    /// Who put it.
    pub actor: ActorId,
    /// When, by the clock of the device, in milliseconds since 1970; advisory.
    pub at_ms: i64,
    /// When it was first put, for an edit written anew.
    pub original_at_ms: Option<i64>,
    /// Under which form version.
    pub form_version: u32,
    /// The reason given.
    pub reason: Option<String>,
    /// The change it says it follows from.
    pub cites: Option<ChangeHash>,
    /// True when a later change has overwritten it; false for a candidate of the present answer.
    pub superseded: bool,
}

/// A choice between different answers: a value put by somebody who had seen them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// What was chosen, by whom, with which reason.
    pub chosen: HistoryEntry,
    /// The values that stood against each other and were not chosen.
    pub losers: Vec<HistoryEntry>,
}

impl Record {
    /// All changes, each after those it has seen; the same order on every replica.
    pub fn changes(&mut self) -> Vec<ChangeBytes> {
        self.changes_after(&Heads::empty())
    }

    /// The changes that the state `have` lacks, each after those it has seen.
    ///
    /// # Errors
    /// [`UnknownHeads`] when this record lacks some of `have`.
    pub fn changes_since(&mut self, have: &Heads) -> Result<Vec<ChangeBytes>, UnknownHeads> {
        self.known(have)?;
        Ok(self.changes_after(have))
    }

    /// The keys that changes of `until` which `since` lacks have put, whether or not their value came out the same.
    ///
    /// # Errors
    /// [`UnknownHeads`] when this record lacks some of either.
    pub fn touched(&mut self, since: &Heads, until: &Heads) -> Result<BTreeSet<Key>, UnknownHeads> {
        let later: HashSet<ChangeHash> =
            self.changes_since(until)?.into_iter().map(|change| change.hash).collect();
        let between = self.changes_since(since)?.into_iter().filter(|change| !later.contains(&change.hash));
        let bodies = between.filter_map(|change| body_of(&change.bytes));
        Ok(bodies.flat_map(|body| body.puts).map(|put| put.key).collect())
    }

    /// Every value ever put, or only those of `key`; each after those its author had seen.
    pub fn history(&mut self, key: Option<&Key>) -> Vec<HistoryEntry> {
        self.puts(key).into_iter().map(|(_, _, entry)| entry).collect()
    }

    /// Every choice that was made between different answers. Nothing is computed for a record without concurrent changes.
    pub fn resolutions(&mut self) -> Vec<Resolution> {
        if self.graph().is_linear() {
            return Vec::new();
        }
        let puts = self.puts(None);
        let by_op: HashMap<OpId, &HistoryEntry> = puts.iter().map(|(op, _, entry)| (*op, entry)).collect();
        puts.iter()
            .filter(|(_, preds, _)| preds.len() > 1)
            .filter_map(|(_, preds, chosen)| {
                let seen: Vec<&HistoryEntry> = preds.iter().filter_map(|op| by_op.get(op).copied()).collect();
                let first = seen.first()?;
                let differ = seen.iter().any(|entry| entry.value != first.value);
                let losers = seen.iter().filter(|entry| entry.value != chosen.value);
                differ.then(|| Resolution {
                    chosen: chosen.clone(),
                    losers: losers.map(|entry| (*entry).clone()).collect(),
                })
            })
            .collect()
    }

    /// Every value ever put, with the operation that put it and those it replaced.
    fn puts(&mut self, key: Option<&Key>) -> Vec<(OpId, Vec<OpId>, HistoryEntry)> {
        let changes: Vec<_> = self
            .changes()
            .into_iter()
            .filter_map(|change| Some((change.hash, body_of(&change.bytes)?)))
            .collect();
        let overwritten: HashSet<OpId> = changes
            .iter()
            .flat_map(|(_, body)| &body.puts)
            .flat_map(|put| put.preds.iter().copied())
            .collect();
        let mut history = Vec::new();
        for (hash, body) in changes {
            let note = ChangeNote::parse(&body.message)
                .unwrap_or_else(|| ChangeNote::new(0, body.time_s.saturating_mul(1000)));
            for (counter, put) in (body.start_op..).zip(body.puts) {
                if key.is_some_and(|wanted| *wanted != put.key) {
                    continue;
                }
                let op = OpId { counter, actor: body.actor };
                let entry = HistoryEntry {
                    key: put.key,
                    value: put.value,
                    hash,
                    actor: body.actor,
                    at_ms: note.at_ms,
                    original_at_ms: note.original_at_ms,
                    form_version: note.form_version,
                    reason: note.reason.clone(),
                    cites: note.cites,
                    superseded: overwritten.contains(&op),
                };
                history.push((op, put.preds, entry));
            }
        }
        history
    }

    /// Every value ever put on `key`: [`Record::history`] of that key.
    pub fn values_ever(&mut self, key: &Key) -> Vec<HistoryEntry> {
        self.history(Some(key))
    }

    fn changes_after(&self, have: &Heads) -> Vec<ChangeBytes> {
        let mut changes: Vec<_> = self
            .doc
            .get_changes(&doc_heads(have))
            .iter()
            .map(|change| {
                let hash = ChangeHash::from_bytes(change.hash().0);
                let start_op = change.start_op().get();
                (start_op, ChangeBytes { hash, bytes: change.raw_bytes().to_vec() })
            })
            .collect();
        changes.sort_by_key(|(start_op, change)| (*start_op, change.hash));
        changes.into_iter().map(|(_, change)| change).collect()
    }
}

fn body_of(raw: &[u8]) -> Option<ChangeBody> {
    let (_, _, body) = chunk::split(raw)?;
    decode::decode(body).ok()
}
