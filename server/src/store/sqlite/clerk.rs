//! What the server writes into records by itself, in the name of the person whose decision asks for it: a code for a text
//! that was mapped, the register's status after the approval of a case.
//!
//! Everything happens inside the caller's transaction and goes the way of every envelope: signed, logged, gated, told to
//! the phones. Each change has an actor of its own, so that it builds on nothing but the state it names and never meets
//! another edit of the same person.

use std::sync::Arc;

use doorstep_protocol::push::ItemVerdict;
use doorstep_protocol::{EnvelopeId, Item, ObjectId};
use doorstep_records::{ActorId, ChangeHash, ChangeNote, Heads, Key, Record, RecordId, Value};
use rusqlite::Connection;
use serde_bytes::ByteBuf;

use super::review::library::FormCache;
use super::{Identity, SqliteStore};
use crate::log::Author;
use crate::store::StoreError;
use crate::sync::push::push_as_server_in;

/// Writes for the server; cheap to clone, so that it can go into a transaction.
#[derive(Clone)]
pub(super) struct Clerk {
    pub(super) forms: Arc<FormCache>,
    pub(super) identity: Arc<Identity>,
}

/// A change to be written.
pub(super) struct ServerChange<'a> {
    /// Names the envelope, and by it the actor.
    pub(super) envelope: EnvelopeId,
    /// The record.
    pub(super) record: RecordId,
    /// The state it builds on.
    pub(super) heads: &'a Heads,
    /// Version, time, reason, what it follows from.
    pub(super) note: ChangeNote,
    /// The answers.
    pub(super) puts: Vec<(Key, Value)>,
    /// Says as well that the record is complete so, with these words.
    pub(super) submission: Option<(ObjectId, String)>,
    /// Who stands behind it.
    pub(super) author: Author,
}

impl SqliteStore {
    pub(super) fn clerk(&self) -> Clerk {
        Clerk { forms: Arc::clone(&self.inner.forms), identity: Arc::clone(&self.inner.identity) }
    }
}

impl Clerk {
    /// Writes a change into a record opened as `document`; answers the change, or `None` when it was not taken.
    pub(super) fn write(
        &self,
        tx: &Connection,
        document: &mut Record,
        change: ServerChange<'_>,
    ) -> Result<Option<ChangeHash>, StoreError> {
        let ServerChange { envelope, record, heads, note, puts, submission, author } = change;
        let name = format!("{} {envelope}", author.user);
        let actor = ActorId::derive(&self.identity.install, &name, record, 0);
        let Ok(written) = document.write_at(&actor, &note, heads, &puts) else { return Ok(None) };
        let mut items = vec![Item::Change { record, change: ByteBuf::from(written.bytes) }];
        if let Some((id, words)) = submission {
            items.push(Item::Submission {
                id,
                record,
                heads: [written.hash].into_iter().collect(),
                form_version: note.form_version,
                at_ms: note.at_ms,
                note: Some(words),
            });
        }
        let taken = self.push(tx, author, envelope, items, note.at_ms)?;
        Ok(taken.then_some(written.hash))
    }

    /// Sends items the way of every envelope; answers whether all of them were taken.
    pub(super) fn push(
        &self,
        tx: &Connection,
        author: Author,
        envelope: EnvelopeId,
        items: Vec<Item>,
        at_ms: i64,
    ) -> Result<bool, StoreError> {
        let verdicts = push_as_server_in(tx, &self.identity, author, envelope, items, at_ms)?;
        Ok(verdicts.iter().all(|verdict| *verdict == ItemVerdict::Accepted))
    }
}
