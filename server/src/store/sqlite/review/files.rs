//! Which records refer to which files, and which of these files are here.
//!
//! A reference counts when its author is a holder of the file: so an answer that only names a hash gives nobody anything.

use std::collections::BTreeSet;

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::attachment::MediaType;
use doorstep_protocol::{AttachmentHash, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::columns::damaged;
use super::lines::seen;
use crate::attachments::described::Described;
use crate::attachments::model::Awaited;
use crate::store::Scope;
use crate::store::sqlite::rows::record_id;

const REF_PUT: &str = "INSERT INTO attachment_ref (record, sha256, path, user) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT DO NOTHING";
const COUNTS: &str = "attachment_ref AS own JOIN attachment_holder AS holder \
       ON holder.user = own.user AND holder.sha256 = own.sha256 \
     JOIN attachment ON attachment.sha256 = own.sha256";
const TOUCH: &str = "UPDATE record SET dirty = 1 WHERE num IN \
     (SELECT record FROM attachment_ref WHERE sha256 = ?1 AND user = ?2)";
const BLOB_PUT: &str = "INSERT INTO attachment (sha256, bytes, type, at_ms) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT DO NOTHING";
const HOLDER_PUT: &str = "INSERT INTO attachment_holder (user, sha256, at_ms) VALUES (?1, ?2, ?3) \
     ON CONFLICT DO NOTHING";
const HOLDS: &str = "SELECT EXISTS (SELECT 1 FROM attachment_holder WHERE user = ?1 AND sha256 = ?2)";
const UNREFERENCED: &str = "SELECT coalesce(sum(attachment.bytes), 0) FROM attachment_holder AS holder \
     JOIN attachment ON attachment.sha256 = holder.sha256 WHERE holder.user = ?1 \
     AND NOT EXISTS (SELECT 1 FROM attachment_ref AS own WHERE own.sha256 = holder.sha256 AND own.user = holder.user)";
const NAMES: &str = "SELECT sha256 FROM attachment";
const RECORDS: &str = "SELECT DISTINCT record.id FROM attachment_ref JOIN record ON record.num = attachment_ref.record \
     WHERE sha256 = ?1 ORDER BY record.id";

/// Notes the files that a change of a record describes.
pub(crate) fn refs_put(
    conn: &Connection,
    record: i64,
    user: UserId,
    described: &[Described],
) -> rusqlite::Result<()> {
    for file in described {
        let sha256 = file.sha256.to_bytes();
        conn.prepare_cached(REF_PUT)?.execute(params![record, sha256, file.path, user.to_bytes()])?;
    }
    Ok(())
}

/// The files of a record that are here, by their names.
pub(crate) fn here(conn: &Connection, record: i64) -> rusqlite::Result<BTreeSet<String>> {
    const SQL: &str = "SELECT DISTINCT own.sha256 FROM attachment_ref AS own JOIN attachment_holder AS holder \
           ON holder.user = own.user AND holder.sha256 = own.sha256 \
         JOIN attachment ON attachment.sha256 = own.sha256 WHERE own.record = ?1";
    conn.prepare_cached(SQL)?.query_map([record], |row| Ok(hash(row, 0)?.to_string()))?.collect()
}

/// Size and kind of a file that a record refers to.
pub(crate) fn blob(
    conn: &Connection,
    record: i64,
    sha256: AttachmentHash,
) -> rusqlite::Result<Option<(u64, MediaType)>> {
    let sql = format!(
        "SELECT attachment.bytes, attachment.type FROM {COUNTS} WHERE own.record = ?1 AND own.sha256 = ?2 LIMIT 1"
    );
    let sql = match planted(Plant::FileHolderUnchecked) {
        true => sql.replace("holder.user = own.user AND ", ""),
        false => sql,
    };
    conn.prepare_cached(&sql)?
        .query_row(params![record, sha256.to_bytes()], |row| {
            let name: String = row.get(1)?;
            let kind = MediaType::from_name(&name).ok_or_else(|| damaged(1))?;
            Ok((row.get::<_, i64>(0)?.unsigned_abs(), kind))
        })
        .optional()
}

/// True when some record inside a scope gives this file.
pub(crate) fn is_seen(conn: &Connection, scope: &Scope, sha256: AttachmentHash) -> rusqlite::Result<bool> {
    let mut conditions = seen(scope);
    conditions.and("own.sha256 = ?", vec![Box::new(sha256.to_bytes())]);
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM {COUNTS} JOIN record ON record.num = own.record \
           LEFT JOIN area ON area.num = record.area WHERE {})",
        conditions.sql()
    );
    conn.prepare(&sql)?.query_row(params_from_iter(conditions.args()), |row| row.get(0))
}

/// True when this person is a holder of this file.
pub(crate) fn holds(conn: &Connection, user: UserId, sha256: AttachmentHash) -> rusqlite::Result<bool> {
    conn.prepare_cached(HOLDS)?.query_row(params![user.to_bytes(), sha256.to_bytes()], |row| row.get(0))
}

/// Bytes of files this person sent that no change of theirs describes.
pub(crate) fn unreferenced(conn: &Connection, user: UserId) -> rusqlite::Result<u64> {
    let bytes: i64 = conn.prepare_cached(UNREFERENCED)?.query_row([user.to_bytes()], |row| row.get(0))?;
    Ok(bytes.unsigned_abs())
}

/// Writes a file down that has arrived whole.
pub(crate) fn blob_put(
    conn: &Connection,
    sha256: AttachmentHash,
    (bytes, kind): (u64, MediaType),
    now_ms: i64,
) -> rusqlite::Result<()> {
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    conn.prepare_cached(BLOB_PUT)?.execute(params![sha256.to_bytes(), bytes, kind.name(), now_ms])?;
    Ok(())
}

/// Makes a person a holder of a file; the records where they describe it are to be looked at again.
pub(crate) fn holder_put(
    conn: &Connection,
    user: UserId,
    sha256: AttachmentHash,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let (user, sha256) = (user.to_bytes(), sha256.to_bytes());
    if conn.prepare_cached(HOLDER_PUT)?.execute(params![user, sha256, now_ms])? > 0 {
        conn.prepare_cached(TOUCH)?.execute(params![sha256, user])?;
    }
    Ok(())
}

/// The names of all files that have arrived.
pub(crate) fn names(conn: &Connection) -> rusqlite::Result<BTreeSet<AttachmentHash>> {
    conn.prepare(NAMES)?.query_map([], |row| hash(row, 0))?.collect()
}

/// The records that refer to a file.
pub(crate) fn records_of(
    conn: &Connection,
    sha256: AttachmentHash,
) -> rusqlite::Result<Vec<doorstep_records::RecordId>> {
    conn.prepare_cached(RECORDS)?.query_map([sha256.to_bytes()], |row| record_id(row, 0))?.collect()
}

/// What records refer to and has not arrived.
pub(crate) fn awaited(conn: &Connection) -> rusqlite::Result<Vec<Awaited>> {
    let sql = format!(
        "SELECT DISTINCT record.id, open.path, open.sha256 FROM attachment_ref AS open \
           JOIN record ON record.num = open.record \
         WHERE NOT EXISTS (SELECT 1 FROM {COUNTS} WHERE own.record = open.record AND own.sha256 = open.sha256) \
         ORDER BY record.id, open.path, open.sha256"
    );
    conn.prepare(&sql)?
        .query_map([], |row| {
            Ok(Awaited { record: record_id(row, 0)?, path: row.get(1)?, sha256: hash(row, 2)? })
        })?
        .collect()
}

fn hash(row: &Row<'_>, column: usize) -> rusqlite::Result<AttachmentHash> {
    row.get(column).map(AttachmentHash::from_bytes)
}
