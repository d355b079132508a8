//! Files: attached here and to be sent, or fetched from the server. Their bytes lie in the store, in pieces, so that a
//! file and the answer that describes it are kept by one transaction, and whatever protects the store protects them.

use std::ops::Range;

use doorstep_protocol::AttachmentHash;
use doorstep_protocol::attachment::{Held, Wanted};
use doorstep_records::RecordId;
use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use super::convert::record_of;

/// Bytes of a piece of a file attached here: what is read to send the rest of it.
const PIECE_BYTES: usize = 256 * 1024;

/// How a file stands on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// Attached here, not whole at the server yet.
    Queued,
    /// The server has it.
    Held,
    /// The server takes no such file; it stays here.
    Refused,
    /// To be fetched.
    Wanted,
    /// Fetched, whole.
    Fetched,
    /// The server gives no such file.
    Absent,
}

impl FileState {
    fn of(name: &str) -> Option<FileState> {
        Some(match name {
            "queued" => FileState::Queued,
            "held" => FileState::Held,
            "refused" => FileState::Refused,
            "wanted" => FileState::Wanted,
            "fetched" => FileState::Fetched,
            "absent" => FileState::Absent,
            _ => return None,
        })
    }
}

/// A file to be fetched, and how much of it is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetch {
    /// A record that refers to it.
    pub record: RecordId,
    /// The file.
    pub sha256: AttachmentHash,
    /// Its size.
    pub bytes: u64,
    /// Bytes that are here.
    pub have: u64,
}

/// Keeps a file attached to a record, to be sent. Known already, it is not queued again.
pub(crate) fn insert_own(
    connection: &Connection,
    record: RecordId,
    sha256: AttachmentHash,
    content: &[u8],
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO attachment (sha256, bytes, state) VALUES (?1, ?2, 'queued')
 ON CONFLICT DO UPDATE SET state = CASE WHEN state IN ('held', 'queued') THEN state ELSE 'queued' END, reason = NULL";
    let key = sha256.to_bytes();
    connection.prepare_cached(SQL)?.execute(params![key.as_slice(), int(content.len())])?;
    belongs(connection, record, sha256)?;
    if have(connection, sha256)? == content.len() as u64 {
        return Ok(());
    }
    forget_bytes(connection, sha256)?;
    for (number, piece) in content.chunks(PIECE_BYTES).enumerate() {
        put_piece(connection, sha256, (number * PIECE_BYTES) as u64, piece)?;
    }
    Ok(())
}

/// Asks for a file that a record refers to; what is here of it is kept.
pub(crate) fn want(
    connection: &Connection,
    record: RecordId,
    sha256: AttachmentHash,
    bytes: u64,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO attachment (sha256, bytes, state) VALUES (?1, ?2, 'wanted')
 ON CONFLICT DO UPDATE SET state = CASE WHEN state = 'absent' THEN 'wanted' ELSE state END, reason = NULL";
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    connection.prepare_cached(SQL)?.execute(params![sha256.to_bytes().as_slice(), bytes])?;
    belongs(connection, record, sha256)
}

fn belongs(connection: &Connection, record: RecordId, sha256: AttachmentHash) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO attachment_record (record, sha256) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    let (record, sha256) = (record.to_bytes(), sha256.to_bytes());
    connection.prepare_cached(SQL)?.execute(params![record.as_slice(), sha256.as_slice()])?;
    Ok(())
}

/// True when some file waits to be sent.
pub(crate) fn has_uploads(connection: &Connection) -> Result<bool, StoreError> {
    exists(connection, "SELECT EXISTS (SELECT 1 FROM attachment WHERE state = 'queued')")
}

/// True when some file is to be fetched.
pub(crate) fn has_downloads(connection: &Connection) -> Result<bool, StoreError> {
    exists(connection, "SELECT EXISTS (SELECT 1 FROM attachment WHERE state = 'wanted')")
}

fn exists(connection: &Connection, sql: &str) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Files that wait to be sent.
pub(crate) fn unsent(connection: &Connection) -> Result<u32, StoreError> {
    const SQL: &str = "SELECT count(*) FROM attachment WHERE state = 'queued'";
    Ok(connection.prepare_cached(SQL)?.query_row([], |row| row.get(0))?)
}

/// The next files to be sent, oldest first, without those of `except`.
pub(crate) fn uploads(
    connection: &Connection,
    limit: usize,
    except: &[AttachmentHash],
) -> Result<Vec<Wanted>, StoreError> {
    const SQL: &str = "SELECT sha256, bytes FROM attachment WHERE state = 'queued' ORDER BY position";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()?
        && found.len() < limit
    {
        let sha256 = hash_of(&row.get::<_, Vec<u8>>(0)?)?;
        if !except.contains(&sha256) {
            found.push(Wanted { sha256, bytes: row.get::<_, i64>(1)?.unsigned_abs() });
        }
    }
    Ok(found)
}

/// The next file to be fetched, without those of `except`.
pub(crate) fn next_fetch(
    connection: &Connection,
    except: &[AttachmentHash],
) -> Result<Option<Fetch>, StoreError> {
    const SQL: &str = "SELECT attachment.sha256, bytes, record FROM attachment
 JOIN attachment_record ON attachment_record.sha256 = attachment.sha256
 WHERE state = 'wanted' ORDER BY position, record";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let sha256 = hash_of(&row.get::<_, Vec<u8>>(0)?)?;
        if !except.contains(&sha256) {
            let (bytes, record) =
                (row.get::<_, i64>(1)?.unsigned_abs(), record_of(&row.get::<_, Vec<u8>>(2)?)?);
            return Ok(Some(Fetch { record, sha256, bytes, have: have(connection, sha256)? }));
        }
    }
    Ok(None)
}

/// Bytes of a file from `offset` on, at most `max`; fewer at its end.
pub(crate) fn piece(
    connection: &Connection,
    sha256: AttachmentHash,
    offset: u64,
    max: usize,
) -> Result<Vec<u8>, StoreError> {
    const SQL: &str = "SELECT start, bytes FROM attachment_piece WHERE sha256 = ?1 AND start < ?2
 AND start + length(bytes) > ?3 ORDER BY start";
    let until = offset.saturating_add(max as u64);
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query(params![sha256.to_bytes().as_slice(), long(until), long(offset)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (start, bytes): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let Some(bytes) = bytes.get(within(start.unsigned_abs(), bytes.len(), offset..until)) else {
            continue;
        };
        found.extend_from_slice(bytes);
    }
    Ok(found)
}

/// The part of a piece that begins at `start` and lies within `wanted`.
fn within(start: u64, len: usize, wanted: Range<u64>) -> Range<usize> {
    let at = |position: u64| usize::try_from(position.saturating_sub(start)).unwrap_or(len).min(len);
    at(wanted.start)..at(wanted.end)
}

/// What the server said it holds. The bytes stay: a server that was restored from a backup may ask for them again.
pub(crate) fn held(connection: &Connection, held: &Held) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE attachment SET state = 'held', reason = NULL WHERE sha256 = ?1 AND state = 'queued'";
    if held.complete {
        connection.prepare_cached(SQL)?.execute([held.sha256.to_bytes().as_slice()])?;
    }
    Ok(())
}

/// The server takes no such file, or gives none.
pub(crate) fn failed(
    connection: &Connection,
    sha256: AttachmentHash,
    reason: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE attachment SET reason = ?2,
 state = CASE state WHEN 'queued' THEN 'refused' WHEN 'wanted' THEN 'absent' ELSE state END WHERE sha256 = ?1";
    connection.prepare_cached(SQL)?.execute(params![sha256.to_bytes().as_slice(), reason])?;
    Ok(())
}

/// Bytes of a file that came down. The last ones end it: a file that is not what was asked for is thrown away.
pub(crate) fn arrived(
    connection: &Connection,
    sha256: AttachmentHash,
    offset: u64,
    bytes: &[u8],
) -> Result<(), StoreError> {
    let Some((state, size, _)) = state(connection, sha256)? else { return Ok(()) };
    if state != FileState::Wanted || have(connection, sha256)? != offset {
        return Ok(());
    }
    put_piece(connection, sha256, offset, bytes)?;
    if offset + (bytes.len() as u64) < size {
        return Ok(());
    }
    if AttachmentHash::of(&whole(connection, sha256)?) == sha256 {
        const SQL: &str = "UPDATE attachment SET state = 'fetched', reason = NULL WHERE sha256 = ?1";
        connection.prepare_cached(SQL)?.execute([sha256.to_bytes().as_slice()])?;
        return Ok(());
    }
    forget_bytes(connection, sha256)?;
    failed(connection, sha256, "damaged")
}

/// How a file stands, its size, and why it is refused or absent.
pub(crate) fn state(
    connection: &Connection,
    sha256: AttachmentHash,
) -> Result<Option<(FileState, u64, Option<String>)>, StoreError> {
    const SQL: &str = "SELECT state, bytes, reason FROM attachment WHERE sha256 = ?1";
    let found: Option<(String, i64, Option<String>)> = connection
        .prepare_cached(SQL)?
        .query_row([sha256.to_bytes().as_slice()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((state, bytes, reason)) = found else { return Ok(None) };
    let state = FileState::of(&state).ok_or(StoreError::Unreadable { what: "state of a file" })?;
    Ok(Some((state, bytes.unsigned_abs(), reason)))
}

/// A whole file, if it is here.
pub(crate) fn content(
    connection: &Connection,
    sha256: AttachmentHash,
) -> Result<Option<Vec<u8>>, StoreError> {
    let content = whole(connection, sha256)?;
    if content.is_empty() || AttachmentHash::of(&content) != sha256 {
        return Ok(None);
    }
    Ok(Some(content))
}

/// The server was restored from a backup: what it held before is offered again.
pub(crate) fn offer_again(connection: &Connection) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE attachment SET state = 'queued' WHERE state = 'held'")?.execute([])?;
    Ok(())
}

/// A record went: what was fetched for it alone goes too. What was attached here stays until the server holds it.
pub(crate) fn evict(connection: &Connection, record: RecordId) -> Result<(), StoreError> {
    const LINKS: &str = "DELETE FROM attachment_record WHERE record = ?1";
    const FILES: &str = "DELETE FROM attachment WHERE state IN ('held', 'wanted', 'fetched', 'absent')
 AND NOT EXISTS (SELECT 1 FROM attachment_record WHERE attachment_record.sha256 = attachment.sha256)";
    const BYTES: &str = "DELETE FROM attachment_piece WHERE sha256 NOT IN (SELECT sha256 FROM attachment)";
    if connection.prepare_cached(LINKS)?.execute([record.to_bytes().as_slice()])? > 0 {
        connection.prepare_cached(FILES)?.execute([])?;
        connection.prepare_cached(BYTES)?.execute([])?;
    }
    Ok(())
}

fn have(connection: &Connection, sha256: AttachmentHash) -> Result<u64, StoreError> {
    const SQL: &str =
        "SELECT coalesce(max(start + length(bytes)), 0) FROM attachment_piece WHERE sha256 = ?1";
    let have: i64 =
        connection.prepare_cached(SQL)?.query_row([sha256.to_bytes().as_slice()], |row| row.get(0))?;
    Ok(have.unsigned_abs())
}

fn whole(connection: &Connection, sha256: AttachmentHash) -> Result<Vec<u8>, StoreError> {
    piece(connection, sha256, 0, usize::MAX)
}

fn put_piece(
    connection: &Connection,
    sha256: AttachmentHash,
    start: u64,
    bytes: &[u8],
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO attachment_piece (sha256, start, bytes) VALUES (?1, ?2, ?3)";
    connection.prepare_cached(SQL)?.execute(params![sha256.to_bytes().as_slice(), long(start), bytes])?;
    Ok(())
}

fn forget_bytes(connection: &Connection, sha256: AttachmentHash) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM attachment_piece WHERE sha256 = ?1";
    connection.prepare_cached(SQL)?.execute([sha256.to_bytes().as_slice()])?;
    Ok(())
}

fn hash_of(bytes: &[u8]) -> Result<AttachmentHash, StoreError> {
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| StoreError::Unreadable { what: "name of a file" })?;
    Ok(AttachmentHash::from_bytes(bytes))
}

fn int(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

fn long(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn a_file_is_read_from_anywhere_and_what_comes_down_ends_only_as_what_was_asked_for() {
        let mut store = Store::in_memory().unwrap();
        let record = RecordId::from_parts(1, [1; 10]);
        let content: Vec<u8> = (0..PIECE_BYTES * 2 + 77).map(|at| (at % 251) as u8).collect();
        let name = AttachmentHash::of(&content);
        store.write::<_, StoreError>(|tx| insert_own(tx, record, name, &content)).unwrap();
        store.write::<_, StoreError>(|tx| insert_own(tx, record, name, &content)).unwrap();
        let read = store.read();
        for (offset, max) in
            [(0, 10), (PIECE_BYTES - 3, 6), (PIECE_BYTES, PIECE_BYTES + 5), (content.len() - 1, 9)]
        {
            let end = (offset + max).min(content.len());
            assert_eq!(piece(read, name, offset as u64, max).unwrap(), content[offset..end]);
        }
        assert!(piece(read, name, content.len() as u64, 5).unwrap().is_empty());
        assert_eq!(uploads(read, 9, &[]).unwrap().len(), 1);
        assert!(uploads(read, 9, &[name]).unwrap().is_empty());
        let done = Held { sha256: name, bytes: content.len() as u64, complete: true };
        store.write::<_, StoreError>(|tx| held(tx, &done)).unwrap();
        assert!(!has_uploads(store.read()).unwrap() && content_is(&store, name, &content));
        store.write::<_, StoreError>(|tx| offer_again(tx)).unwrap();
        assert!(has_uploads(store.read()).unwrap(), "a restored server is offered it again");

        let other = AttachmentHash::of(b"0123456789");
        let wanted =
            |store: &mut Store| store.write::<_, StoreError>(|tx| want(tx, record, other, 10)).unwrap();
        wanted(&mut store);
        let bring = |store: &mut Store, offset, bytes: &[u8]| {
            store.write::<_, StoreError>(|tx| arrived(tx, other, offset, bytes)).unwrap();
        };
        bring(&mut store, 0, b"0123");
        bring(&mut store, 0, b"0123");
        assert_eq!(next_fetch(store.read(), &[]).unwrap().unwrap().have, 4);
        bring(&mut store, 4, b"wrong!");
        assert_eq!(super::state(store.read(), other).unwrap().unwrap().0, FileState::Absent);
        wanted(&mut store);
        bring(&mut store, 0, b"0123");
        bring(&mut store, 4, b"456789");
        assert!(content_is(&store, other, b"0123456789"));
        store.write::<_, StoreError>(|tx| evict(tx, record)).unwrap();
        assert!(super::content(store.read(), other).unwrap().is_none(), "fetched for this record alone");
        assert!(content_is(&store, name, &content), "not at the server: it stays");
    }

    fn content_is(store: &Store, name: AttachmentHash, expected: &[u8]) -> bool {
        content(store.read(), name).unwrap().as_deref() == Some(expected)
    }
}
