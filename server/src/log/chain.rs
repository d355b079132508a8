//! The chain: each row's hash covers the row before it and the SHA-256 of its payload, which stands in a table of its own.

use doorstep_plant::{Plant, is as planted};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::LogEntry;
use crate::store::StoreError;
use crate::store::sqlite::rows::{from_cbor, to_cbor};

const HEAD: &str = "SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1";
const INSERT: &str =
    "INSERT INTO log (seq, kind, at_ms, payload_sha256, prev_hash, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const INSERT_PAYLOAD: &str = "INSERT INTO log_payload (seq, bytes) VALUES (?1, ?2)";
const PAYLOAD: &str = "SELECT bytes FROM log_payload WHERE seq = ?1";
const ROWS: &str = "SELECT log.seq, kind, at_ms, payload_sha256, prev_hash, hash, bytes FROM log \
     LEFT JOIN log_payload ON log_payload.seq = log.seq ORDER BY log.seq";

/// What the first row follows.
const BEGINNING: [u8; 32] = [0; 32];

/// Appends an entry; answers its place.
pub(crate) fn append(tx: &Connection, at_ms: i64, entry: &LogEntry) -> Result<i64, StoreError> {
    let head: Option<(i64, [u8; 32])> =
        tx.prepare_cached(HEAD)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (last, prev) = head.unwrap_or((0, BEGINNING));
    let bytes = to_cbor(entry)?;
    let digest: [u8; 32] = Sha256::digest(&bytes).into();
    let hash = row_hash(&prev, entry.kind(), at_ms, &digest);
    let seq = last + 1;
    tx.prepare_cached(INSERT)?.execute(params![seq, entry.kind(), at_ms, digest, prev, hash])?;
    tx.prepare_cached(INSERT_PAYLOAD)?.execute(params![seq, bytes])?;
    Ok(seq)
}

/// Reads an entry.
pub(crate) fn payload(conn: &Connection, seq: i64) -> Result<LogEntry, StoreError> {
    let bytes: Vec<u8> = conn.prepare_cached(PAYLOAD)?.query_row([seq], |row| row.get(0))?;
    from_cbor(&bytes)
}

/// Recomputes the chain; answers the number of rows.
pub(crate) fn verify(conn: &Connection) -> Result<u64, StoreError> {
    match check(conn)? {
        (rows, None) => Ok(rows),
        (_, Some(_)) => Err(StoreError::Damaged("the chain of the log is broken")),
    }
}

/// Recomputes the chain: how many rows are in order, and the place of the first that is not.
pub(crate) fn check(conn: &Connection) -> Result<(u64, Option<u64>), StoreError> {
    let mut statement = conn.prepare(ROWS)?;
    let mut rows = statement.query([])?;
    let (mut count, mut prev) = (0, BEGINNING);
    while let Some(row) = rows.next()? {
        let (seq, kind, at_ms): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (digest, before, hash): ([u8; 32], [u8; 32], [u8; 32]) = (row.get(3)?, row.get(4)?, row.get(5)?);
        let payload: Option<Vec<u8>> = row.get(6)?;
        let intact = seq == count + 1
            && before == prev
            && hash == row_hash(&prev, &kind, at_ms, &digest)
            && payload
                .filter(|_| !planted(Plant::ChainUnchecked))
                .is_none_or(|bytes| <[u8; 32]>::from(Sha256::digest(&bytes)) == digest);
        if !intact {
            let sound = u64::try_from(count).unwrap_or_default();
            return Ok((sound, Some(sound + 1)));
        }
        (count, prev) = (seq, hash);
    }
    Ok((u64::try_from(count).unwrap_or_default(), None))
}

fn row_hash(prev: &[u8; 32], kind: &str, at_ms: i64, digest: &[u8; 32]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(prev);
    hasher.update(kind.as_bytes());
    hasher.update([0]);
    hasher.update(at_ms.to_be_bytes());
    hasher.update(digest);
    hasher.finalize().into()
}
