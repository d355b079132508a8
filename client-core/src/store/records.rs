//! Lines in lists: what a person sees of a record without opening its document.

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::limits;
use doorstep_protocol::pull::ListRow;
use doorstep_records::RecordId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::convert::record_of;
use super::{StoreError, attachments};

/// States of a record, as the wire spells them.
pub mod state {
    /// Being filled, never submitted.
    pub const DRAFT: &str = "draft";
    /// Said to be complete.
    pub const SUBMITTED: &str = "submitted";
    /// Back with comments.
    pub const SENT_BACK: &str = "sent_back";
    /// In the dataset.
    pub const APPROVED: &str = "approved";
    /// In the dataset, and looked at by headquarters.
    pub const CONFIRMED: &str = "confirmed";
    /// Final, kept, out of the dataset.
    pub const NOT_ACCEPTED: &str = "not_accepted";
    /// On the wire only: never submitted, and set aside as entered by mistake.
    pub const DISCARDED: &str = "discarded";

    /// True for a state, and for a decision, that lets a record stand in the dataset.
    pub fn is_approved(state: &str) -> bool {
        matches!(state, APPROVED | CONFIRMED)
    }
}

/// A record's line in lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// The record.
    pub id: RecordId,
    /// Form id.
    pub form: String,
    /// Version it was opened or last submitted under.
    pub form_version: u32,
    /// Area code.
    pub area: String,
    /// The record it is about.
    pub subject: Option<RecordId>,
    /// What people call it.
    pub label: String,
    /// What search looks through besides the label.
    pub search: String,
    /// `draft`, `submitted`, `sent_back`, `approved` or `not_accepted`.
    pub state: String,
    /// The record that stands for this one after a merge of duplicates.
    pub canonical: Option<RecordId>,
    /// Begun on this device.
    pub own: bool,
    /// False after it went out of the device's scope.
    pub in_scope: bool,
    /// Set aside as entered by mistake.
    pub discarded: bool,
    /// Facts not yet on the server.
    pub unsent: u32,
    /// Facts the server could not take.
    pub needs_checking: u32,
    /// A submission is among the unsent facts.
    pub unsent_submission: bool,
    /// Filled under a test version: it counts nowhere.
    pub test: bool,
}

const COLUMNS: &str =
    "r.id, r.form, r.form_version, r.area, r.subject, r.label, r.search, r.state, r.canonical, r.own,
 r.in_scope, r.discarded, coalesce(o.unsent, 0), coalesce(o.bad, 0), coalesce(o.submission, 0),
 r.test";

fn read_row(row: &Row<'_>) -> Result<RecordRow, StoreError> {
    let blob = |index: usize| -> Result<Option<RecordId>, StoreError> {
        row.get::<_, Option<Vec<u8>>>(index)?.map(|bytes| record_of(&bytes)).transpose()
    };
    Ok(RecordRow {
        id: blob(0)?.ok_or(StoreError::Unreadable { what: "record id" })?,
        form: row.get(1)?,
        form_version: row.get(2)?,
        area: row.get(3)?,
        subject: blob(4)?,
        label: row.get(5)?,
        search: row.get(6)?,
        state: row.get(7)?,
        canonical: blob(8)?,
        own: row.get(9)?,
        in_scope: row.get(10)?,
        discarded: row.get(11)?,
        unsent: row.get(12)?,
        needs_checking: row.get(13)?,
        unsent_submission: row.get::<_, u32>(14)? > 0,
        test: row.get(15)?,
    })
}

const OUTBOX_SUM: &str = "SELECT record, sum(verdict IS NULL) AS unsent,
 sum(verdict IN ('quarantined', 'refused')) AS bad, sum(verdict IS NULL AND kind = 'submission') AS submission FROM outbox";

/// One record's line.
pub(crate) fn get(connection: &Connection, id: RecordId) -> Result<Option<RecordRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record r LEFT JOIN ({OUTBOX_SUM} WHERE record = ?1) o ON o.record = r.id WHERE r.id = ?1"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([id.to_bytes().as_slice()])?;
    rows.next()?.map(read_row).transpose()
}

/// Every line, newest record last. Records out of scope appear only while they hold unsent or refused facts.
pub(crate) fn all(connection: &Connection) -> Result<Vec<RecordRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record r LEFT JOIN ({OUTBOX_SUM} GROUP BY record) o ON o.record = r.id
         WHERE r.in_scope OR o.unsent > 0 OR o.bad > 0 ORDER BY r.id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(read_row(row)?);
    }
    Ok(lines)
}

/// Ids that begin with the hexadecimal digits `prefix`, at most `limit`.
pub(crate) fn by_prefix(
    connection: &Connection,
    prefix: &str,
    limit: u32,
) -> Result<Vec<RecordId>, StoreError> {
    const SQL: &str = "SELECT id FROM record WHERE lower(hex(id)) LIKE ?1 || '%' LIMIT ?2";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query(params![prefix, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(record_of(
            row.get_ref(0)?.as_blob().map_err(|_| StoreError::Unreadable { what: "record id" })?,
        )?);
    }
    Ok(found)
}

/// The record that stands for `id`: itself, or what it was merged into.
pub(crate) fn canonical(connection: &Connection, id: RecordId) -> Result<RecordId, StoreError> {
    const SQL: &str = "SELECT canonical FROM record WHERE id = ?1";
    let mut at = id;
    // A chain longer than this is a loop.
    for _ in 0..16 {
        let next: Option<Option<Vec<u8>>> = connection
            .prepare_cached(SQL)?
            .query_row([at.to_bytes().as_slice()], |row| row.get(0))
            .optional()?;
        match next.flatten() {
            Some(bytes) => at = record_of(&bytes)?,
            None => return Ok(at),
        }
    }
    Ok(id)
}

/// A record begun here.
pub(crate) fn insert_own(
    connection: &Connection,
    id: RecordId,
    row: &ListRow,
    now_ms: i64,
) -> Result<(), StoreError> {
    put(connection, id, row, true, now_ms)
}

/// A line told by the server: it replaces what was known, and brings the record into scope.
pub(crate) fn upsert(
    connection: &Connection,
    id: RecordId,
    row: &ListRow,
    now_ms: i64,
) -> Result<(), StoreError> {
    put(connection, id, row, false, now_ms)
}

fn put(
    connection: &Connection,
    id: RecordId,
    row: &ListRow,
    own: bool,
    now_ms: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO record
 (id, form, form_version, area, subject, label, search, state, own, in_scope, touched_ms, discarded, test)
 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, ?10, ?11, ?12)
 ON CONFLICT DO UPDATE SET form = excluded.form, form_version = excluded.form_version, area = excluded.area,
 subject = excluded.subject, state = excluded.state, in_scope = 1,
 label = CASE WHEN ?13 THEN label ELSE excluded.label END, search = CASE WHEN ?13 THEN search ELSE excluded.search END,
 touched_ms = excluded.touched_ms, discarded = excluded.discarded, test = excluded.test";
    // Only a record never submitted can be set aside: on the wire that is a state of its own.
    let discarded = row.state == state::DISCARDED;
    let state = if discarded { state::DRAFT } else { row.state.as_str() };
    let subject = row.subject.map(|subject| subject.to_bytes().to_vec());
    connection.prepare_cached(SQL)?.execute(params![
        id.to_bytes().as_slice(),
        row.form,
        row.form_version,
        row.area,
        subject,
        row.label,
        row.search,
        state,
        own,
        now_ms,
        discarded,
        row.test,
        row.unread
    ])?;
    Ok(())
}

/// What the list shows after an edit here; the server's line replaces it later.
pub(crate) fn set_text(
    connection: &Connection,
    id: RecordId,
    label: &str,
    search: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE record SET label = ?2, search = ?3, touched_ms = ?4 WHERE id = ?1";
    connection.prepare_cached(SQL)?.execute(params![id.to_bytes().as_slice(), label, search, now_ms])?;
    Ok(())
}

/// Moves a record to a state by an act on this device.
pub(crate) fn set_state(
    connection: &Connection,
    id: RecordId,
    state: &str,
    form_version: u32,
    now_ms: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE record SET state = ?2, form_version = ?3, touched_ms = ?4 WHERE id = ?1";
    connection.prepare_cached(SQL)?.execute(params![
        id.to_bytes().as_slice(),
        state,
        form_version,
        now_ms
    ])?;
    Ok(())
}

/// Sets a record aside as entered by mistake, or takes that back.
pub(crate) fn set_discarded(
    connection: &Connection,
    id: RecordId,
    discarded: bool,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE record SET discarded = ?2 WHERE id = ?1";
    connection.prepare_cached(SQL)?.execute(params![id.to_bytes().as_slice(), discarded])?;
    Ok(())
}

/// True when other registrations are merged into a record.
pub(crate) fn stands_for_others(connection: &Connection, id: RecordId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM record WHERE canonical = ?1)";
    Ok(connection.prepare_cached(SQL)?.query_row([id.to_bytes().as_slice()], |row| row.get(0))?)
}

/// Notes a merge of duplicates, or takes it back.
pub(crate) fn set_canonical(
    connection: &Connection,
    id: RecordId,
    canonical: Option<RecordId>,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE record SET canonical = ?2 WHERE id = ?1";
    let canonical =
        canonical.filter(|canonical| *canonical != id).map(|canonical| canonical.to_bytes().to_vec());
    connection.prepare_cached(SQL)?.execute(params![id.to_bytes().as_slice(), canonical])?;
    Ok(())
}

/// The record left the scope: it goes, as far as it holds nothing unsent or refused.
pub(crate) fn leave(connection: &Connection, id: RecordId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE record SET in_scope = 0 WHERE id = ?1";
    connection.prepare_cached(SQL)?.execute([id.to_bytes().as_slice()])?;
    evict_if_idle(connection, id)
}

/// Another life of the server has not named these records yet: they count as being in scope, and are asked about.
pub(crate) fn doubt_all(connection: &Connection) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE record SET in_scope = 2 WHERE in_scope")?.execute([])?;
    Ok(())
}

pub(super) const DOUBTED: &str = "SELECT id FROM record WHERE in_scope = 2 LIMIT ?1";

/// Records that this life of the server has not named, as many as are asked about at once.
pub(crate) fn doubted(connection: &Connection) -> Result<Vec<RecordId>, StoreError> {
    let mut statement = connection.prepare_cached(DOUBTED)?;
    let mut rows = statement.query([limits::DOUBTED as i64])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(record_of(&row.get::<_, Vec<u8>>(0)?)?);
    }
    Ok(found)
}

/// Removes a record that is out of scope and holds nothing that is only here.
pub(crate) fn evict_if_idle(connection: &Connection, id: RecordId) -> Result<(), StoreError> {
    const IDLE: &str = "SELECT NOT EXISTS (SELECT 1 FROM outbox WHERE record = ?1
 AND (verdict IS NULL OR verdict IN ('waiting', 'quarantined', 'refused')))
 AND EXISTS (SELECT 1 FROM record WHERE id = ?1 AND NOT in_scope)";
    let key = id.to_bytes();
    let idle: bool = connection.prepare_cached(IDLE)?.query_row([key.as_slice()], |row| row.get(0))?;
    if !idle && !planted(Plant::UnsentEvicted) {
        return Ok(());
    }
    for sql in [
        "DELETE FROM document WHERE record = ?1",
        "DELETE FROM received WHERE record = ?1",
        "DELETE FROM own_change WHERE record = ?1",
        "DELETE FROM comment WHERE record = ?1",
        "DELETE FROM review WHERE record = ?1",
        "DELETE FROM submission WHERE record = ?1",
        "DELETE FROM record WHERE id = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([key.as_slice()])?;
    }
    attachments::evict(connection, id)
}
