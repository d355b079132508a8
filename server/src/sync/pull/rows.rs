//! What a page reads of the tables: one function per kind of thing, no rule.

use doorstep_protocol::pull::{ActorBinding, Area, ListRow, PageItem};
use doorstep_protocol::{DeviceId, ObjectId, UserId};
use doorstep_records::{ActorId, ChangeHash, Heads, RecordId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_bytes::ByteBuf;

use crate::store::{Scope, StoreError};

/// A record as far as a page needs it, without its document.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) num: i64,
    pub(super) id: RecordId,
    pub(super) path: String,
    pub(super) author: UserId,
    pub(super) shown: bool,
    pub(super) alias_of: Option<RecordId>,
    pub(super) heads: Heads,
    pub(super) created_feed: i64,
    pub(super) row: ListRow,
}

impl Seen {
    /// True when someone with this scope may know of the record.
    pub(super) fn is_visible(&self, scope: &Scope, user: UserId) -> bool {
        scope.covers(&self.path)
            && scope.covers_form(&self.row.form)
            && (self.shown || self.author == user || scope.sees_drafts())
    }
}

macro_rules! seen_sql {
    ($where:literal) => {
        concat!(
            "SELECT r.num, r.id, a.path, r.author, r.shown, r.alias_of, r.heads, r.form, r.form_version, a.code, \
             r.subject, r.label, r.state, r.search, r.discarded, r.created_feed FROM record r JOIN area a ON a.num = r.area ",
            $where
        )
    };
}
const RECORD_BY_NUM: &str = seen_sql!("WHERE r.num = ?1");
const RECORDS_OF_AREA: &str = seen_sql!("WHERE r.area = ?1 AND r.num > ?2 ORDER BY r.num LIMIT 200");

fn damaged<T>(what: &'static str) -> impl Fn(T) -> StoreError {
    move |_| StoreError::Damaged(what)
}

/// Sixteen bytes of a column as an identifier.
pub(super) fn id16(row: &Row<'_>, column: usize) -> Result<[u8; 16], rusqlite::Error> {
    row.get::<_, [u8; 16]>(column)
}

fn record_id(bytes: [u8; 16]) -> Result<RecordId, StoreError> {
    RecordId::try_from(bytes.as_slice()).map_err(damaged("record id"))
}

/// Heads as stored: the hashes one after the other.
pub(super) fn heads(bytes: &[u8]) -> Result<Heads, StoreError> {
    bytes
        .chunks(32)
        .map(|hash| ChangeHash::try_from(hash).map_err(damaged("heads")))
        .collect::<Result<Vec<ChangeHash>, StoreError>>()
        .map(|hashes| hashes.into_iter().collect())
}

fn seen(row: &Row<'_>) -> Result<Result<Seen, StoreError>, rusqlite::Error> {
    let id = id16(row, 1)?;
    let alias: Option<[u8; 16]> = row.get(5)?;
    let subject: Option<[u8; 16]> = row.get(10)?;
    let stored_heads: Vec<u8> = row.get(6)?;
    let discarded: bool = row.get(14)?;
    let state: String = row.get(12)?;
    let list = ListRow {
        form: row.get(7)?,
        form_version: row.get(8)?,
        area: row.get(9)?,
        subject: None,
        label: row.get(11)?,
        state: if discarded { "discarded".to_owned() } else { state },
        search: row.get(13)?,
    };
    let (num, path, author, shown, created_feed) =
        (row.get(0)?, row.get(2)?, UserId::from_bytes(id16(row, 3)?), row.get(4)?, row.get(15)?);
    Ok((|| {
        Ok(Seen {
            num,
            id: record_id(id)?,
            path,
            author,
            shown,
            alias_of: alias.map(record_id).transpose()?,
            heads: heads(&stored_heads)?,
            created_feed,
            row: ListRow { subject: subject.map(record_id).transpose()?, ..list },
        })
    })())
}

pub(super) fn record(conn: &Connection, num: i64) -> Result<Option<Seen>, StoreError> {
    conn.prepare_cached(RECORD_BY_NUM)?.query_row([num], seen).optional()?.transpose()
}

/// Up to 200 records of an area after a number.
pub(super) fn records_of_area(conn: &Connection, area: i64, after: i64) -> Result<Vec<Seen>, StoreError> {
    let mut statement = conn.prepare_cached(RECORDS_OF_AREA)?;
    let rows = statement.query_map(params![area, after], seen)?;
    rows.map(|row| row?).collect()
}

/// The last change of any record's line in lists.
pub(super) fn last_changed(conn: &Connection) -> Result<i64, StoreError> {
    let last: Option<i64> =
        conn.prepare_cached("SELECT max(row_seq) FROM record")?.query_row([], |row| row.get(0))?;
    Ok(last.unwrap_or(0))
}

/// Up to 200 records whose lines changed after a position, each with its position.
pub(super) fn changed_after(
    conn: &Connection,
    after: i64,
    until: i64,
) -> Result<Vec<(i64, i64)>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT row_seq, num FROM record WHERE row_seq > ?1 AND row_seq <= ?2 ORDER BY row_seq LIMIT 200",
    )?;
    let rows = statement.query_map(params![after, until], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The record whole: its bindings, its document, then what was said about it.
pub(super) fn whole(conn: &Connection, seen: &Seen) -> Result<Vec<PageItem>, StoreError> {
    let document: Vec<u8> = conn
        .prepare_cached("SELECT bytes FROM document WHERE record = ?1")?
        .query_row([seen.num], |row| row.get(0))?;
    let mut items = Vec::new();
    let bindings = bindings(conn, seen.num, 0)?;
    if !bindings.is_empty() {
        items.push(PageItem::Actors { bindings });
    }
    items.push(PageItem::Snapshot {
        record: seen.id,
        row: seen.row.clone(),
        heads: seen.heads.clone(),
        document: ByteBuf::from(document),
    });
    items.extend(reviews(conn, seen, None)?);
    items.extend(comments(conn, seen, None)?);
    if seen.alias_of.is_some() {
        items.push(PageItem::Alias { record: seen.id, canonical: seen.alias_of });
    }
    Ok(items)
}

/// Bindings of a record's actors that were made after a feed entry.
pub(super) fn bindings(conn: &Connection, record: i64, after: i64) -> Result<Vec<ActorBinding>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT actor, user, user_name, role, device FROM actor WHERE record = ?1 AND feed > ?2 ORDER BY actor",
    )?;
    let rows = statement.query_map(params![record, after], |row| {
        let actor: Vec<u8> = row.get(0)?;
        let device: Option<[u8; 16]> = row.get(4)?;
        Ok((
            actor,
            UserId::from_bytes(id16(row, 1)?),
            row.get(2)?,
            row.get(3)?,
            device.map(DeviceId::from_bytes),
        ))
    })?;
    rows.map(|row| {
        let (actor, user, name, role, device) = row?;
        let actor = ActorId::try_from(actor.as_slice()).map_err(damaged("actor"))?;
        Ok(ActorBinding { actor, user, name, role, device })
    })
    .collect()
}

/// The raw changes that came with a feed entry, in causal order.
pub(super) fn changes_of(conn: &Connection, feed: i64) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT raw FROM record_change WHERE feed = ?1 ORDER BY num")?;
    let rows = statement.query_map([feed], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The reviews of a record, or the one of an object id.
pub(super) fn reviews(
    conn: &Connection,
    seen: &Seen,
    object: Option<&[u8]>,
) -> Result<Vec<PageItem>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT id, heads, decision, user_name, at_ms, note FROM review \
         WHERE record = ?1 AND (?2 IS NULL OR id = ?2) ORDER BY num",
    )?;
    let rows = statement.query_map(params![seen.num, object], |row| {
        let heads: Vec<u8> = row.get(1)?;
        Ok((ObjectId::from_bytes(id16(row, 0)?), heads, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
    })?;
    rows.map(|row| {
        let (id, stored, decision, by, at_ms, note) = row?;
        Ok(PageItem::Review { id, record: seen.id, heads: heads(&stored)?, decision, by, at_ms, note })
    })
    .collect()
}

/// The comments on a record, or the one of an object id.
pub(super) fn comments(
    conn: &Connection,
    seen: &Seen,
    object: Option<&[u8]>,
) -> Result<Vec<PageItem>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT id, heads, path, user_name, text, at_ms FROM comment \
         WHERE record = ?1 AND (?2 IS NULL OR id = ?2) ORDER BY num",
    )?;
    let rows = statement.query_map(params![seen.num, object], |row| {
        let heads: Vec<u8> = row.get(1)?;
        Ok((ObjectId::from_bytes(id16(row, 0)?), heads, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
    })?;
    rows.map(|row| {
        let (id, stored, path, by, text, at_ms) = row?;
        Ok(PageItem::Comment { id, record: seen.id, heads: heads(&stored)?, path, by, text, at_ms })
    })
    .collect()
}

/// Form versions in a stable order, as (form, version).
pub(super) fn form_versions(conn: &Connection) -> Result<Vec<(String, u32)>, StoreError> {
    let mut statement =
        conn.prepare_cached("SELECT form, version FROM form_version ORDER BY published_ms, form, version")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn form(conn: &Connection, form: &str, version: u32) -> Result<PageItem, StoreError> {
    let package: Vec<u8> = conn
        .prepare_cached("SELECT package FROM form_version WHERE form = ?1 AND version = ?2")?
        .query_row(params![form, version], |row| row.get(0))?;
    Ok(PageItem::Form { form: form.to_owned(), version, package: ByteBuf::from(package) })
}

/// Every area: number, path and what a device is told.
pub(super) fn areas(conn: &Connection) -> Result<Vec<(i64, String, Area)>, StoreError> {
    let mut statement = conn
        .prepare_cached("SELECT num, path, code, parent, level, name_zh, name_en FROM area ORDER BY num")?;
    let rows = statement.query_map([], |row| {
        let area = Area {
            code: row.get(2)?,
            parent: row.get(3)?,
            level: row.get(4)?,
            name_zh: row.get(5)?,
            name_en: row.get(6)?,
        };
        Ok((row.get(0)?, row.get(1)?, area))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
