//! Items leave quarantine to be judged once more: they wait, as if they had come early, until the entry that follows.

use doorstep_protocol::push::ItemVerdict;
use doorstep_protocol::{EnvelopeId, Item};
use rusqlite::{Connection, OptionalExtension, params};

use super::items::{Fact, set_aside};
use super::touch;
use crate::log::chain;
use crate::log::entry::{Author, LogEntry, RetriedEntry};
use crate::store::StoreError;
use crate::store::sqlite::rows::from_cbor;

const TAKE: &str =
    "DELETE FROM quarantine WHERE envelope = ?1 AND item = ?2 AND record = ?3 RETURNING at_ms, bytes";
const RECORD: &str = "SELECT num FROM record WHERE id = ?1";

pub(super) fn apply(tx: &Connection, seq: i64, entry: &RetriedEntry) -> Result<(), StoreError> {
    for (envelope, place) in &entry.items {
        let found: Option<(i64, Vec<u8>)> = tx
            .prepare_cached(TAKE)?
            .query_row(params![envelope.to_bytes(), place, entry.record.to_bytes()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let (received_ms, bytes) =
            found.ok_or(StoreError::Damaged("the log retries an item that is not in quarantine"))?;
        let (item, author): (Item, Author) = (from_cbor(&bytes)?, author_of(tx, *envelope)?);
        let verdict = ItemVerdict::Waiting { missing: Vec::new() };
        let fact = Fact {
            envelope: *envelope,
            place: *place,
            item: &item,
            verdict: &verdict,
            author: &author,
            received_ms,
        };
        set_aside(tx, &fact)?;
    }
    let record: Option<i64> =
        tx.prepare_cached(RECORD)?.query_row([entry.record.to_bytes()], |row| row.get(0)).optional()?;
    record.map_or(Ok(()), |record| touch(tx, record, seq))
}

/// Who stands behind an envelope of the log.
pub(crate) fn author_of(tx: &Connection, envelope: EnvelopeId) -> Result<Author, StoreError> {
    const SEQ: &str = "SELECT seq FROM envelope WHERE id = ?1";
    let seq = tx.prepare_cached(SEQ)?.query_row([envelope.to_bytes()], |row| row.get(0))?;
    match chain::payload(tx, seq)? {
        LogEntry::Envelope(entry) => Ok(entry.author),
        _ => Err(StoreError::Damaged("an envelope's place in the log holds something else")),
    }
}
