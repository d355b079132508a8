//! Ids and heads as the store keeps them.

use doorstep_records::{ChangeHash, Heads, RecordId};

use super::StoreError;

/// Heads as the hashes one after another.
pub(crate) fn heads_to_bytes(heads: &Heads) -> Vec<u8> {
    heads.iter().flat_map(ChangeHash::to_bytes).collect()
}

/// Reads [`heads_to_bytes`].
pub(crate) fn heads_of(bytes: &[u8]) -> Result<Heads, StoreError> {
    if !bytes.len().is_multiple_of(32) {
        return Err(StoreError::Unreadable { what: "heads" });
    }
    bytes.chunks_exact(32).map(hash_of).collect()
}

/// A change hash.
pub(crate) fn hash_of(bytes: &[u8]) -> Result<ChangeHash, StoreError> {
    ChangeHash::try_from(bytes).map_err(|_| StoreError::Unreadable { what: "change hash" })
}

/// A record id.
pub(crate) fn record_of(bytes: &[u8]) -> Result<RecordId, StoreError> {
    RecordId::try_from(bytes).map_err(|_| StoreError::Unreadable { what: "record id" })
}

/// Sixteen bytes of any id.
pub(crate) fn bytes16(bytes: &[u8]) -> Result<[u8; 16], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Unreadable { what: "id" })
}
