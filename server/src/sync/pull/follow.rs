//! Following the feed: what happened after the cursor, joined by record within the page.

use std::collections::{HashMap, HashSet};

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::pull::PageItem;
use doorstep_records::RecordId;
use rusqlite::Connection;
use serde_bytes::ByteBuf;

use super::build::Builder;
use super::cursor::Cursor;
use super::load::{self, Listed, Reader};
use crate::log::feed::FeedKind;
use crate::store::{Scope, StoreError};

/// Rows of the feed looked at for one page, so that a page of a small scope in a busy register takes bounded time.
const ROWS_AT_ONCE: i64 = 100_000;

const FEED: &str = "SELECT feed.seq, feed.kind, feed.record, feed.area, feed.form, feed.audience, feed.object, \
     area.path FROM feed LEFT JOIN area ON area.num = feed.area WHERE feed.seq > ?1 AND feed.seq <= ?2 ORDER BY feed.seq";
const ROWS: &str =
    "SELECT num, row_seq FROM record WHERE row_seq > ?1 AND row_seq <= ?2 ORDER BY row_seq LIMIT ?3";

/// A row of the feed.
struct Heard {
    seq: i64,
    kind: FeedKind,
    record: Option<i64>,
    area: Option<i64>,
    form: Option<String>,
    audience: Option<[u8; 16]>,
    object: Option<Vec<u8>>,
    path: Option<String>,
}

impl Heard {
    /// True when whoever has this scope was meant.
    fn is_for(&self, scope: &Scope) -> bool {
        let form = self.form.as_ref().is_none_or(|form| scope.covers_form(form));
        let place = match (self.kind, &self.path) {
            (FeedKind::Form, _) => true,
            (_, Some(path)) => {
                scope.covers(path) || planted(Plant::FeedUnscoped) || planted(Plant::PullUnscoped)
            }
            (_, None) => false,
        };
        let audience = self.audience.is_none_or(|author| {
            scope.sees_drafts() || scope.user().is_some_and(|user| user.to_bytes() == author)
        });
        form && place && audience
    }
}

/// What the page will say of one record.
#[derive(Default)]
struct Slot {
    snapshot: bool,
    left: bool,
    row: bool,
    alias: bool,
    changes: Vec<ByteBuf>,
    said: Vec<PageItem>,
}

/// Follows the feed up to `until`, for what every one of `scopes` covers; true when it got there.
/// `told` gathers the records whose line went out.
pub(super) fn feed(
    conn: &Connection,
    (page, reader): (&mut Builder, &Reader),
    cursor: &mut Cursor,
    until: i64,
    scopes: &[&Scope],
    told: &mut HashSet<i64>,
) -> Result<bool, StoreError> {
    let mut order: Vec<i64> = Vec::new();
    let mut slots: HashMap<i64, Slot> = HashMap::new();
    let stop = until.min(cursor.seq.saturating_add(ROWS_AT_ONCE));
    let mut statement = conn.prepare_cached(FEED)?;
    let mut rows = statement.query([cursor.seq, stop])?;
    let mut reached = stop;
    while let Some(row) = rows.next()? {
        if page.is_full() {
            reached = row.get::<_, i64>(0)? - 1;
            break;
        }
        let heard = heard(row)?;
        let mut meant = scopes.iter().map(|scope| heard.is_for(scope));
        // What left an area that only an older scope covered lies where no walk looks for what was lost.
        let heard_by =
            if heard.kind == FeedKind::Left { meant.any(|meant| meant) } else { meant.all(|meant| meant) };
        if !heard_by {
            continue;
        }
        match (heard.kind, heard.record) {
            (_, Some(num)) => {
                let slot = slots.entry(num).or_insert_with(|| {
                    order.push(num);
                    Slot::default()
                });
                hear(conn, page, slot, num, &heard, scopes)?;
            }
            (_, None) => general(conn, (&mut *page, reader), &heard, scopes)?,
        }
    }
    for num in order {
        if let Some(slot) = slots.remove(&num)
            && let Some(listed) = load::listed(conn, num)?
            && tell(conn, (&mut *page, reader), slot, listed, scopes)?
        {
            told.insert(num);
        }
    }
    cursor.seq = reached.max(cursor.seq);
    Ok(cursor.seq >= until)
}

fn heard(row: &rusqlite::Row<'_>) -> Result<Heard, StoreError> {
    let kind: String = row.get(1)?;
    Ok(Heard {
        seq: row.get(0)?,
        kind: FeedKind::of_name(&kind).ok_or(StoreError::Damaged("an unknown row of the feed"))?,
        record: row.get(2)?,
        area: row.get(3)?,
        form: row.get(4)?,
        audience: row.get(5)?,
        object: row.get(6)?,
        path: row.get(7)?,
    })
}

/// Areas and forms.
fn general(
    conn: &Connection,
    (page, reader): (&mut Builder, &Reader),
    heard: &Heard,
    scopes: &[&Scope],
) -> Result<(), StoreError> {
    match heard.kind {
        FeedKind::Area => {
            if let Some((area, path)) = heard.area.map(|num| load::area(conn, num)).transpose()?.flatten() {
                page.weigh(path.as_bytes());
                page.first(PageItem::Area { area });
            }
        }
        FeedKind::Form => {
            let version = heard.object.as_deref().and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
            if let (Some(form), Some(version)) = (&heard.form, version)
                && let Some(item) = load::form(conn, reader, form, u32::from_be_bytes(version))?
            {
                if let PageItem::Form { package, .. } = &item {
                    page.weigh(package);
                }
                page.first(item);
            }
        }
        FeedKind::Assignment => {
            let told = heard.object.as_deref().map(|id| load::assignment(conn, id)).transpose()?.flatten();
            // It lies where its record lies, which may have been moved since.
            if let Some(assignment) = told
                && let Some(path) = load::area_path(conn, &assignment.area)?
                && scopes.iter().all(|scope| scope.covers(&path))
            {
                page.weigh(assignment.note.as_deref().unwrap_or_default().as_bytes());
                page.push(PageItem::Assignment { assignment });
            }
        }
        _ => {}
    }
    Ok(())
}

/// Takes one row of the feed into its record's slot.
fn hear(
    conn: &Connection,
    page: &mut Builder,
    slot: &mut Slot,
    num: i64,
    heard: &Heard,
    scopes: &[&Scope],
) -> Result<(), StoreError> {
    match heard.kind {
        FeedKind::Created | FeedKind::Entered => slot.snapshot = true,
        FeedKind::Shown => match saw_draft(conn, num, scopes)? {
            true => slot.row = true,
            false => slot.snapshot = true,
        },
        FeedKind::Left => slot.left = true,
        FeedKind::Row => slot.row = true,
        FeedKind::Alias => slot.alias = true,
        FeedKind::Changed if !slot.snapshot => {
            page.bindings(load::actors(conn, num, Some(heard.seq))?);
            let changes = load::changes(conn, heard.seq)?;
            changes.iter().for_each(|change| page.weigh(change));
            slot.changes.extend(changes);
        }
        FeedKind::Review | FeedKind::Comment if !slot.snapshot => {
            let id = load::listed(conn, num)?.map(|listed| listed.id);
            let object = heard.object.as_deref();
            if let Some(id) = id {
                let said = match heard.kind {
                    FeedKind::Review => load::reviews(conn, id, num, object)?,
                    _ => load::comments(conn, id, num, object)?,
                };
                page.weigh(&[]);
                slot.said.extend(said);
                slot.row = true;
            }
        }
        _ => {}
    }
    Ok(())
}

/// True when the record was there for this person before it was submitted for the first time.
fn saw_draft(conn: &Connection, num: i64, scopes: &[&Scope]) -> Result<bool, StoreError> {
    let Some(listed) = load::listed(conn, num)? else { return Ok(true) };
    Ok(scopes.iter().all(|scope| scope.sees_drafts() || scope.user() == Some(listed.author)))
}

/// Puts a record's slot into the page, as the record stands now; true when its line is among it.
fn tell(
    conn: &Connection,
    (page, reader): (&mut Builder, &Reader),
    slot: Slot,
    listed: Listed,
    scopes: &[&Scope],
) -> Result<bool, StoreError> {
    let record: RecordId = listed.id;
    if !scopes.iter().all(|scope| listed.is_seen_by(scope, reader)) {
        if slot.left {
            page.push(PageItem::Left { record });
        }
        // Otherwise it left later in the feed, and a later page says so.
        return Ok(false);
    }
    if slot.snapshot || slot.left {
        // A snapshot tells a merge, and has no place for one taken back.
        let ended = slot.alias && listed.alias_of.is_none();
        load::snapshot(conn, page, listed)?;
        if ended {
            page.push(PageItem::Alias { record, canonical: None });
        }
        return Ok(true);
    }
    let alias = slot.alias.then_some(listed.alias_of);
    let line = !slot.changes.is_empty() || slot.row;
    if !slot.changes.is_empty() {
        page.push(PageItem::Changes { record, row: Some(listed.row), changes: slot.changes });
    } else if slot.row {
        page.push(PageItem::Row { record, row: listed.row });
    }
    for item in slot.said {
        page.push(item);
    }
    if let Some(canonical) = alias {
        page.push(PageItem::Alias { record, canonical });
    }
    Ok(line)
}

/// Tells the lines of lists that came out differently at reconciling, but for those told already; true at the end.
pub(super) fn lines(
    conn: &Connection,
    (page, reader): (&mut Builder, &Reader),
    cursor: &mut Cursor,
    until: i64,
    scope: &Scope,
    told: &HashSet<i64>,
) -> Result<bool, StoreError> {
    let mut statement = conn.prepare_cached(ROWS)?;
    let mut rows = statement.query([cursor.rows, until, ROWS_AT_ONCE])?;
    let mut seen = 0;
    while let Some(row) = rows.next()? {
        if page.is_full() {
            return Ok(false);
        }
        let (num, row_seq): (i64, i64) = (row.get(0)?, row.get(1)?);
        if !told.contains(&num)
            && let Some(listed) = load::listed(conn, num)?
            && listed.is_seen_by(scope, reader)
        {
            page.weigh(listed.row.search.as_bytes());
            page.push(PageItem::Row { record: listed.id, row: listed.row });
        }
        cursor.rows = row_seq;
        seen += 1;
    }
    if seen < ROWS_AT_ONCE {
        cursor.rows = until;
    }
    Ok(cursor.rows >= until)
}
