//! Writing: one call makes one change, which overwrites every candidate it has seen and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::read::Standing;
use super::{ApplyFailed, Node, Record, UnknownHeads};
use crate::codec::{ChangeBody, PutOp, encode};
use crate::ids::{ActorId, ChangeHash, Heads, RowId};
use crate::key::Key;
use crate::limits::{CHANGE_BYTES, CHANGE_OPS, RECORD_BYTES, RECORD_ROWS, TIME_S};
use crate::note::ChangeNote;
use crate::value::Value;

/// A change made here, to be stored and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalChange {
    /// Its name; also the new head.
    pub hash: ChangeHash,
    /// Its raw, uncompressed encoding.
    pub bytes: Vec<u8>,
    /// Its number among the changes of its actor.
    pub seq: u64,
}

/// Why nothing was written. The record is as it was, except after [`WriteError::Internal`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Every value given is the only candidate already.
    #[error("nothing to write")]
    Nothing,
    /// Text over 64 KiB or with a NUL.
    #[error("an illegal value for {0}")]
    Value(Key),
    /// The reason is too long.
    #[error("the reason is too long")]
    Note,
    /// Too many answers or bytes in one change.
    #[error("too much for one change")]
    ChangeTooLarge,
    /// The record would have more rows than the limit.
    #[error("a record has at most {RECORD_ROWS} rows")]
    TooManyRows,
    /// The record would be larger than the limit.
    #[error("a record has at most {RECORD_BYTES} bytes")]
    RecordTooLarge,
    /// The heads to write at are unknown.
    #[error(transparent)]
    UnknownHeads(#[from] UnknownHeads),
    /// automerge did not take our own change; load the record again.
    #[error("the change could not be applied")]
    Internal,
}

impl Record {
    /// Puts `puts` (the last one wins for a key given twice) as one change that has seen everything in the
    /// record: it resolves every conflict on its keys.
    ///
    /// A value that is the only candidate already is skipped, except where it confirms closing a row that
    /// was edited at the same time.
    ///
    /// # Errors
    /// [`WriteError::Nothing`] when nothing remains, or the limit that is passed.
    pub fn write(
        &mut self,
        actor: &ActorId,
        note: &ChangeNote,
        puts: &[(Key, Value)],
    ) -> Result<LocalChange, WriteError> {
        self.write_from(actor, note, None, puts, false)
    }

    /// [`Record::write`] of every one of `puts`, also where the value is the only candidate already: an answer that
    /// confirms what stands in its own register against what stands elsewhere (a former place of the question).
    ///
    /// # Errors
    /// As [`Record::write`].
    pub fn write_anyway(
        &mut self,
        actor: &ActorId,
        note: &ChangeNote,
        puts: &[(Key, Value)],
    ) -> Result<LocalChange, WriteError> {
        self.write_from(actor, note, None, puts, true)
    }

    /// Puts `puts` as one change that has seen only `heads` (and the actor's own changes): it is concurrent
    /// with everything else. For decisions taken on an older state and for refused edits written anew.
    ///
    /// # Errors
    /// As [`Record::write`], and [`WriteError::UnknownHeads`].
    pub fn write_at(
        &mut self,
        actor: &ActorId,
        note: &ChangeNote,
        heads: &Heads,
        puts: &[(Key, Value)],
    ) -> Result<LocalChange, WriteError> {
        self.write_seeing(actor, note, heads, puts, false)
    }

    /// [`Record::write_at`] of every one of `puts`, as [`Record::write_anyway`].
    ///
    /// # Errors
    /// As [`Record::write_at`].
    pub fn write_anyway_at(
        &mut self,
        actor: &ActorId,
        note: &ChangeNote,
        heads: &Heads,
        puts: &[(Key, Value)],
    ) -> Result<LocalChange, WriteError> {
        self.write_seeing(actor, note, heads, puts, true)
    }

    fn write_seeing(
        &mut self,
        actor: &ActorId,
        note: &ChangeNote,
        heads: &Heads,
        puts: &[(Key, Value)],
        anyway: bool,
    ) -> Result<LocalChange, WriteError> {
        let mut seen = self.known(heads)?;
        let graph = self.graph();
        seen.extend(graph.last_of(actor));
        let seen: Heads = graph.newest(&seen).into_iter().map(|position| graph.node(position).hash).collect();
        let at = (seen != self.heads_now()).then_some(seen);
        self.write_from(actor, note, at.as_ref(), puts, anyway)
    }

    fn write_from(
        &mut self,
        actor: &ActorId,
        note: &ChangeNote,
        at: Option<&Heads>,
        puts: &[(Key, Value)],
        anyway: bool,
    ) -> Result<LocalChange, WriteError> {
        let message = note.to_message().ok_or(WriteError::Note)?;
        let puts: BTreeMap<&Key, &Value> = puts.iter().map(|(key, value)| (key, value)).collect();
        if let Some((key, _)) = puts.iter().find(|(_, value)| !value.is_legal()) {
            return Err(WriteError::Value((*key).clone()));
        }
        let keys: BTreeSet<&str> = puts.keys().map(|key| key.as_str()).collect();
        let standing = self.standing(&keys, at);
        let puts = self.ops_for(puts, &standing, at, anyway);
        if puts.is_empty() {
            return Err(WriteError::Nothing);
        }
        let deps = at.cloned().unwrap_or_else(|| self.heads_now());
        let positions = self.known(&deps)?;
        let change = ChangeBody {
            deps: deps.as_slice().to_vec(),
            actor: *actor,
            seq: self.graph().last_seq(actor) + 1,
            start_op: self.graph().max_op(&positions) + 1,
            time_s: note.at_ms.div_euclid(1000).clamp(*TIME_S.start(), *TIME_S.end()),
            message,
            puts,
        };
        self.write_change(change, positions)
    }

    /// The operations that really change something.
    fn ops_for(
        &self,
        puts: BTreeMap<&Key, &Value>,
        standing: &Standing,
        at: Option<&Heads>,
        anyway: bool,
    ) -> Vec<PutOp> {
        let unchanged = |key: &Key, value: &Value| match standing.get(key.as_str()).map(Vec::as_slice) {
            Some([(_, only)]) if only == value => !(at.is_none() && self.is_disputed_close(key)),
            _ => false,
        };
        puts.into_iter()
            .filter(|(key, value)| anyway || !unchanged(key, value))
            .map(|(key, value)| PutOp {
                key: key.clone(),
                value: value.clone(),
                preds: standing.get(key.as_str()).into_iter().flatten().map(|(op, _)| *op).collect(),
            })
            .collect()
    }

    fn write_change(&mut self, change: ChangeBody, deps: Vec<usize>) -> Result<LocalChange, WriteError> {
        if change.puts.len() > CHANGE_OPS {
            return Err(WriteError::ChangeTooLarge);
        }
        if self.has_too_many_rows_with(&change.puts) {
            return Err(WriteError::TooManyRows);
        }
        let (raw, hash) = encode::encode(&change);
        if raw.len() > CHANGE_BYTES {
            return Err(WriteError::ChangeTooLarge);
        }
        if self.size_bound() + raw.len() > RECORD_BYTES && self.save().len() + raw.len() > RECORD_BYTES {
            return Err(WriteError::RecordTooLarge);
        }
        let node = Node {
            hash,
            actor: change.actor,
            seq: change.seq,
            start_op: change.start_op,
            max_op: change.start_op + change.puts.len() as u64 - 1,
            time_s: change.time_s,
            message: change.message,
            deps,
        };
        let seq = change.seq;
        self.apply_raw(&raw, node).map_err(|ApplyFailed| WriteError::Internal)?;
        Ok(LocalChange { hash, bytes: raw, seq })
    }

    /// True when `puts` would bring the record over the limit of rows. Looks at the record only when a put may
    /// begin a row.
    pub(crate) fn has_too_many_rows_with(&self, puts: &[PutOp]) -> bool {
        let mut fresh =
            puts.iter().filter(|put| put.preds.is_empty() && row_prefixes(put.key.as_str()).next().is_some());
        if fresh.next().is_none() {
            return false;
        }
        let texts: Vec<_> = self.key_texts().collect();
        let keys = || texts.iter().map(AsRef::as_ref).chain(puts.iter().map(|put| put.key.as_str()));
        // A key lies in no more rows than it has segments: most records need no counting of different rows.
        let segments = |key: &str| key.bytes().filter(|byte| *byte == b'/').count() + 1;
        if keys().map(segments).sum::<usize>() <= RECORD_ROWS {
            return false;
        }
        let mut rows = BTreeSet::new();
        for key in keys() {
            rows.extend(row_prefixes(key));
            if rows.len() > RECORD_ROWS {
                return true;
            }
        }
        false
    }
}

/// The rows that a key lies in: its prefixes that end in a row id.
fn row_prefixes(key: &str) -> impl Iterator<Item = &str> {
    let ends = key.bytes().enumerate().filter(|(_, byte)| *byte == b'/').map(|(end, _)| end);
    ends.chain([key.len()]).map(move |end| &key[..end]).filter(|prefix| {
        let segment = prefix.rsplit('/').next().unwrap_or(prefix);
        RowId::is_row_id(segment)
    })
}
