//! The feed: the append-only list of what devices must hear about. Only [`super::apply`] writes it, so that replaying the
//! log gives the same positions. What reconciling changes of a record's line in lists travels by [`row_changed`] instead.

use rusqlite::{Connection, OptionalExtension, params};

use crate::store::StoreError;

/// What a row of the feed tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FeedKind {
    /// A record began.
    Created,
    /// A record has new changes.
    Changed,
    /// A record was submitted for the first time: from now on everybody in its area sees it.
    Shown,
    /// A record's state changed.
    Row,
    /// A review (`object`).
    Review,
    /// A comment (`object`).
    Comment,
    /// A merge or its end.
    Alias,
    /// A record left an area.
    Left,
    /// A record came into an area.
    Entered,
    /// A form version (`object` is its number as text).
    Form,
    /// An area.
    Area,
    /// Work given to a person, or taken from them (`object`).
    Assignment,
}

const NAMES: [(FeedKind, &str); 12] = [
    (FeedKind::Created, "created"),
    (FeedKind::Changed, "changed"),
    (FeedKind::Shown, "shown"),
    (FeedKind::Row, "row"),
    (FeedKind::Review, "review"),
    (FeedKind::Comment, "comment"),
    (FeedKind::Alias, "alias"),
    (FeedKind::Left, "left"),
    (FeedKind::Entered, "entered"),
    (FeedKind::Form, "form"),
    (FeedKind::Area, "area"),
    (FeedKind::Assignment, "assignment"),
];

impl FeedKind {
    pub(crate) fn name(self) -> &'static str {
        NAMES.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    pub(crate) fn of_name(name: &str) -> Option<FeedKind> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

const INSERT: &str = "INSERT INTO feed (kind, area, form, object) VALUES (?1, ?2, ?3, ?4)";
const OF_RECORD: &str = "INSERT INTO feed (kind, record, area, form, audience, object) \
     SELECT ?2, num, area, form, CASE shown WHEN 1 THEN NULL ELSE author END, ?3 FROM record WHERE num = ?1";
const FOR_PERSON: &str = "INSERT INTO feed (kind, record, area, form, audience, object) \
     SELECT ?2, num, area, form, ?3, NULL FROM record WHERE num = ?1";
const WORK: &str = "INSERT INTO feed (kind, area, form, audience, object) \
     SELECT ?2, area, form, ?3, id FROM assignment WHERE num = ?1";
/// A draft is also told to those whose open work it is.
const TO_ASSIGNEES: &str = "INSERT INTO feed (kind, record, area, form, audience, object) \
     SELECT ?2, record.num, record.area, record.form, assignment.assignee, ?3 FROM record \
     JOIN assignment ON assignment.form = record.form AND assignment.subject IN (record.subject, record.id) \
     WHERE record.num = ?1 AND record.shown = 0 AND assignment.state = 'open' AND assignment.assignee != record.author";
const ROW_SEQ: &str = "UPDATE meta SET value = ?1 WHERE key = 'row_seq'";
const GET_ROW_SEQ: &str = "SELECT value FROM meta WHERE key = 'row_seq'";
const SET_ROW_SEQ: &str = "UPDATE record SET row_seq = ?2 WHERE num = ?1";

/// Appends what concerns one record, seen by whoever may see the record now; answers the position.
pub(crate) fn of_record(
    tx: &Connection,
    record: i64,
    kind: FeedKind,
    object: Option<&[u8]>,
) -> Result<i64, StoreError> {
    tx.prepare_cached(OF_RECORD)?.execute(params![record, kind.name(), object])?;
    let position = tx.last_insert_rowid();
    let told = match kind {
        // Changes are read by their own place in the feed.
        FeedKind::Created | FeedKind::Changed => FeedKind::Entered,
        kind => kind,
    };
    tx.prepare_cached(TO_ASSIGNEES)?.execute(params![record, told.name(), object])?;
    Ok(position)
}

/// Appends that a record leaves the area it lies in; to be called before it is moved.
pub(crate) fn left(tx: &Connection, record: i64) -> Result<i64, StoreError> {
    of_record(tx, record, FeedKind::Left, None)
}

/// Appends what concerns one record for one person (and supervisors).
pub(crate) fn for_person(
    tx: &Connection,
    record: i64,
    kind: FeedKind,
    person: &[u8; 16],
) -> Result<i64, StoreError> {
    tx.prepare_cached(FOR_PERSON)?.execute(params![record, kind.name(), person])?;
    Ok(tx.last_insert_rowid())
}

/// Appends that work was given to a person or taken from them.
pub(crate) fn work(tx: &Connection, assignment: i64, person: &[u8; 16]) -> Result<i64, StoreError> {
    tx.prepare_cached(WORK)?.execute(params![assignment, FeedKind::Assignment.name(), person])?;
    Ok(tx.last_insert_rowid())
}

/// Appends a published form version.
pub(crate) fn form(tx: &Connection, form: &str, version: u32) -> Result<i64, StoreError> {
    append(tx, FeedKind::Form, None, Some(form), Some(&version.to_be_bytes()))
}

/// Appends a new or changed area.
pub(crate) fn area(tx: &Connection, area: i64) -> Result<i64, StoreError> {
    append(tx, FeedKind::Area, Some(area), None, None)
}

fn append(
    tx: &Connection,
    kind: FeedKind,
    area: Option<i64>,
    form: Option<&str>,
    object: Option<&[u8]>,
) -> Result<i64, StoreError> {
    tx.prepare_cached(INSERT)?.execute(params![kind.name(), area, form, object])?;
    Ok(tx.last_insert_rowid())
}

/// A record's line in lists (label, search text) came out differently at reconciling: devices are told the new line.
/// This is no row of the feed, because reconciling has no place in the log; its position is never used again.
pub(crate) fn row_changed(tx: &Connection, record: i64) -> Result<(), StoreError> {
    let stored: Option<[u8; 8]> =
        tx.prepare_cached(GET_ROW_SEQ)?.query_row([], |row| row.get(0)).optional()?;
    let next = i64::from_be_bytes(stored.ok_or(StoreError::Damaged("meta row_seq is missing"))?) + 1;
    tx.prepare_cached(ROW_SEQ)?.execute([next.to_be_bytes()])?;
    tx.prepare_cached(SET_ROW_SEQ)?.execute([record, next])?;
    Ok(())
}
