//! The log: the truth. Every mutating use case decides, then [`commit`]s ONE typed entry: it is appended to the chain and
//! applied to the derived tables in the same transaction. [`apply`] is a deterministic function of the tables and the
//! entry (no clock, no randomness), so that replaying the log makes the same tables again.

mod apply;
mod chain;
mod entry;
pub(crate) mod feed;
mod sampled;

use rusqlite::Connection;

pub(crate) use apply::retried::author_of;
pub(crate) use apply::{Prepared, PreparedChange, PreparedDocument, apply};
pub(crate) use chain::{append, check, payload, verify};
pub use entry::{
    Assigned, Author, By, CarriedChange, EditCarriedEntry, EnvelopeEntry, LogEntry, MembersMovedEntry,
    MovedEntry, ReleasedEntry, ReleasedItem, RetriedEntry, ReviewComment, ReviewedEntry,
};
pub use sampled::{SampleDrawnEntry, SampleReplacedEntry, StratumEntry};

use crate::store::StoreError;

/// Appends an entry and applies it; call it inside `SqliteStore::write` after every check has passed.
/// Answers its place in the log.
pub(crate) fn commit(tx: &Connection, at_ms: i64, entry: &LogEntry) -> Result<i64, StoreError> {
    commit_prepared(tx, at_ms, entry, &Prepared::default())
}

/// [`commit`] with documents that were worked out before the transaction began.
pub(crate) fn commit_prepared(
    tx: &Connection,
    at_ms: i64,
    entry: &LogEntry,
    prepared: &Prepared,
) -> Result<i64, StoreError> {
    let seq = append(tx, at_ms, entry)?;
    apply(tx, seq, at_ms, entry, prepared)?;
    Ok(seq)
}
