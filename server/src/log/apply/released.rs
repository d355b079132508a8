//! Items that waited, or stood in quarantine, have their verdict; they take their place in the feed now.

use doorstep_protocol::{DeviceId, Item, UserId};
use doorstep_records::RecordId;
use rusqlite::{Connection, OptionalExtension, params};

use super::items::{Fact, apply_record};
use super::prepared::Prepared;
use crate::log::entry::{Author, ReleasedEntry, ReleasedItem};
use crate::store::StoreError;
use crate::store::sqlite::rows::{from_cbor, id16, to_cbor};

const TAKE: &str = "DELETE FROM waiting WHERE envelope = ?1 AND item = ?2 \
     RETURNING user, user_name, role, device, server, at_ms, bytes";
const REMEMBER: &str = "INSERT INTO released (envelope, item, seq, verdict) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (envelope, item) DO UPDATE SET seq = excluded.seq, verdict = excluded.verdict";

struct Taken {
    author: Author,
    received_ms: i64,
    item: Item,
}

pub(super) fn apply(
    tx: &Connection,
    seq: i64,
    at_ms: i64,
    entry: &ReleasedEntry,
    prepared: &Prepared,
) -> Result<(), StoreError> {
    let mut taken = Vec::with_capacity(entry.items.len());
    for released in &entry.items {
        taken.push(take(tx, released)?);
        let verdict = to_cbor(&released.verdict)?;
        tx.prepare_cached(REMEMBER)?.execute(params![
            released.envelope.to_bytes(),
            released.item,
            seq,
            verdict
        ])?;
    }
    let facts: Vec<Fact<'_>> = entry
        .items
        .iter()
        .zip(&taken)
        .map(|(released, taken)| Fact {
            envelope: released.envelope,
            place: released.item,
            item: &taken.item,
            verdict: &released.verdict,
            author: &taken.author,
            received_ms: taken.received_ms,
        })
        .collect();
    let record: RecordId = entry.record;
    apply_record(tx, seq, at_ms, record, &facts, prepared.documents.get(&record))
}

fn take(tx: &Connection, released: &ReleasedItem) -> Result<Taken, StoreError> {
    type Row = (Author, i64, Vec<u8>);
    let found: Option<Row> = tx
        .prepare_cached(TAKE)?
        .query_row(params![released.envelope.to_bytes(), released.item], |row| {
            let author = Author {
                user: UserId::from_bytes(id16(row, 0)?),
                name: row.get(1)?,
                role: row.get(2)?,
                device: DeviceId::from_bytes(id16(row, 3)?),
                server: row.get(4)?,
            };
            Ok((author, row.get(5)?, row.get(6)?))
        })
        .optional()?;
    let (author, received_ms, bytes) =
        found.ok_or(StoreError::Damaged("the log releases an item that does not wait"))?;
    Ok(Taken { author, received_ms, item: from_cbor(&bytes)? })
}
