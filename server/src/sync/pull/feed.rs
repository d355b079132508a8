//! What happened since a device last heard, in feed order.

use doorstep_protocol::pull::PageItem;
use rusqlite::{Connection, params};

use super::Asker;
use super::basket::Basket;
use super::rows::{self, Seen};
use crate::store::StoreError;

/// One entry of the feed.
struct Entry {
    seq: i64,
    kind: String,
    record: Option<i64>,
    area: Option<i64>,
    form: Option<String>,
    object: Option<Vec<u8>>,
}

const ENTRIES: &str = "SELECT f.seq, f.kind, f.record, f.area, f.form, f.object FROM feed f \
                       WHERE f.seq > ?1 AND f.seq <= ?2 ORDER BY f.seq LIMIT 500";

/// Tells entries after `after` up to `head` until the basket is full; answers the last entry told or passed over.
pub(super) fn tell(
    conn: &Connection,
    asker: &Asker<'_>,
    after: i64,
    head: i64,
    basket: &mut Basket,
) -> Result<i64, StoreError> {
    let mut told = after;
    loop {
        let entries = entries(conn, told, head)?;
        if entries.is_empty() {
            // Positions up to the head hold nothing for anyone any more.
            return Ok(head.max(after));
        }
        for entry in entries {
            if basket.is_full() {
                return Ok(told);
            }
            tell_entry(conn, asker, after, &entry, basket)?;
            told = entry.seq;
        }
    }
}

/// Tells lines of lists that reconciling changed; answers the last position told.
pub(super) fn tell_rows(
    conn: &Connection,
    asker: &Asker<'_>,
    after: i64,
    head: i64,
    basket: &mut Basket,
) -> Result<i64, StoreError> {
    let mut told = after;
    loop {
        let changed = rows::changed_after(conn, told, head)?;
        if changed.is_empty() {
            return Ok(head.max(after));
        }
        for (position, num) in changed {
            if basket.is_full() {
                return Ok(told);
            }
            if let Some(seen) = rows::record(conn, num)?
                && seen.is_visible(asker.scope, asker.user)
                && !basket.holds_whole(seen.id)
            {
                basket.put_row(seen.id, seen.row);
            }
            told = position;
        }
    }
}

fn entries(conn: &Connection, after: i64, head: i64) -> Result<Vec<Entry>, StoreError> {
    let mut statement = conn.prepare_cached(ENTRIES)?;
    let rows = statement.query_map(params![after, head], |row| {
        Ok(Entry {
            seq: row.get(0)?,
            kind: row.get(1)?,
            record: row.get(2)?,
            area: row.get(3)?,
            form: row.get(4)?,
            object: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn tell_entry(
    conn: &Connection,
    asker: &Asker<'_>,
    after: i64,
    entry: &Entry,
    basket: &mut Basket,
) -> Result<(), StoreError> {
    match (entry.kind.as_str(), entry.record) {
        ("form", _) => tell_form(conn, asker, entry, basket),
        ("area", _) => tell_areas(conn, asker, entry, basket),
        (_, Some(num)) => match rows::record(conn, num)? {
            Some(seen) => tell_record(conn, asker, after, entry, &seen, basket),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn tell_form(
    conn: &Connection,
    asker: &Asker<'_>,
    entry: &Entry,
    basket: &mut Basket,
) -> Result<(), StoreError> {
    let Some(form) = entry.form.as_deref().filter(|form| asker.scope.covers_form(form)) else {
        return Ok(());
    };
    let version = entry.object.as_deref().and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    basket.put(rows::form(
        conn,
        form,
        version.ok_or(StoreError::Damaged("a form entry without a version"))?,
    )?);
    Ok(())
}

/// An entry without an area tells of an import: all areas of the scope again.
fn tell_areas(
    conn: &Connection,
    asker: &Asker<'_>,
    entry: &Entry,
    basket: &mut Basket,
) -> Result<(), StoreError> {
    for (num, path, area) in rows::areas(conn)? {
        let meant = entry.area.is_none_or(|wanted| wanted == num);
        if meant && asker.scope.covers(&path) {
            basket.put(PageItem::Area { area });
        }
    }
    Ok(())
}

fn tell_record(
    conn: &Connection,
    asker: &Asker<'_>,
    after: i64,
    entry: &Entry,
    seen: &Seen,
    basket: &mut Basket,
) -> Result<(), StoreError> {
    let visible = seen.is_visible(asker.scope, asker.user);
    if entry.kind == "left" {
        if !visible && covers_area(conn, asker, entry.area)? {
            basket.put(PageItem::Left { record: seen.id });
        }
        return Ok(());
    }
    if !visible || basket.holds_whole(seen.id) {
        return Ok(());
    }
    let knows_drafts = seen.author == asker.user || asker.scope.sees_drafts();
    match entry.kind.as_str() {
        "created" | "entered" => put_whole(conn, seen, basket),
        // The first submission: to all but the author and supervisors the record is new.
        "shown" if !knows_drafts => put_whole(conn, seen, basket),
        "changed" => {
            if !basket.holds_changes(seen.id) {
                let bindings = rows::bindings(conn, seen.num, after)?;
                if !bindings.is_empty() {
                    basket.put(PageItem::Actors { bindings });
                }
            }
            basket.put_changes(seen.id, rows::changes_of(conn, entry.seq)?);
            Ok(())
        }
        "shown" | "row" => {
            basket.put_row(seen.id, seen.row.clone());
            Ok(())
        }
        "review" => put_all(rows::reviews(conn, seen, entry.object.as_deref())?, basket),
        "comment" => put_all(rows::comments(conn, seen, entry.object.as_deref())?, basket),
        "alias" => {
            basket.put(PageItem::Alias { record: seen.id, canonical: seen.alias_of });
            Ok(())
        }
        _ => Ok(()),
    }
}

fn put_whole(conn: &Connection, seen: &Seen, basket: &mut Basket) -> Result<(), StoreError> {
    put_all(rows::whole(conn, seen)?, basket)
}

fn put_all(items: Vec<PageItem>, basket: &mut Basket) -> Result<(), StoreError> {
    for item in items {
        basket.put(item);
    }
    Ok(())
}

fn covers_area(conn: &Connection, asker: &Asker<'_>, area: Option<i64>) -> Result<bool, StoreError> {
    let Some(area) = area else { return Ok(false) };
    let path: String =
        conn.prepare_cached("SELECT path FROM area WHERE num = ?1")?.query_row([area], |row| row.get(0))?;
    Ok(asker.scope.covers(&path))
}
