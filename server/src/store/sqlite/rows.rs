//! Helpers between rows and the types of the protocol.

use doorstep_protocol::frame;
use doorstep_records::{ActorId, ChangeHash, Heads, RecordId};
use rusqlite::Row;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::StoreError;

/// Milliseconds of a slot in which a record is counted: a quarter of an hour, in which every day of every civil clock begins.
pub(crate) const SLOT_MS: i64 = 900_000;

/// A 16-byte identifier.
pub(crate) fn id16(row: &Row<'_>, column: usize) -> rusqlite::Result<[u8; 16]> {
    row.get(column)
}

/// A record id.
pub(crate) fn record_id(row: &Row<'_>, column: usize) -> rusqlite::Result<RecordId> {
    Ok(RecordId::from_bytes(row.get(column)?))
}

/// A record id that may be missing.
pub(crate) fn record_id_opt(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<RecordId>> {
    Ok(row.get::<_, Option<[u8; 16]>>(column)?.map(RecordId::from_bytes))
}

/// An actor.
pub(crate) fn actor(row: &Row<'_>, column: usize) -> rusqlite::Result<ActorId> {
    Ok(ActorId::from_bytes(row.get(column)?))
}

/// Heads as stored: the hashes, 32 bytes each, ascending.
pub(crate) fn heads_bytes(heads: &Heads) -> Vec<u8> {
    heads.iter().flat_map(ChangeHash::to_bytes).collect()
}

/// Reads what [`heads_bytes`] wrote.
pub(crate) fn heads(row: &Row<'_>, column: usize) -> rusqlite::Result<Heads> {
    let bytes: Vec<u8> = row.get(column)?;
    heads_of(&bytes).ok_or_else(|| {
        let error: Box<dyn std::error::Error + Send + Sync> = "heads".into();
        rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, error)
    })
}

/// Heads that may be missing.
pub(crate) fn heads_opt(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Heads>> {
    match row.get_ref(column)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => heads(row, column).map(Some),
    }
}

fn heads_of(bytes: &[u8]) -> Option<Heads> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| hashes.iter().map(|hash| ChangeHash::from_bytes(*hash)).collect())
}

/// CBOR for a column.
pub(crate) fn to_cbor<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    frame::to_cbor(value).map_err(|_| StoreError::Damaged("a value that cannot be encoded"))
}

/// Reads what [`to_cbor`] wrote.
pub(crate) fn from_cbor<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    frame::from_cbor(bytes).map_err(|_| StoreError::Damaged("a stored value cannot be read"))
}
