//! Walks over areas and their records: what a device gains or loses with its scope. A walk takes as many pages as it
//! needs; the cursor holds where it stands.

use doorstep_protocol::pull::PageItem;
use rusqlite::{Connection, OptionalExtension, params};

use super::around::Around;
use super::build::Builder;
use super::cursor::Cursor;
use super::load::{self, Listed, Reader};
use crate::store::{FormScope, Scope, StoreError};

/// Records read at once.
const RECORDS_AT_ONCE: usize = 64;
/// Assignments read at once.
const ASSIGNMENTS_AT_ONCE: i64 = 100;

/// The scopes of a walk.
pub(super) struct Change<'a> {
    /// Every scope under which the device may have been served since it last had one wholly.
    pub(super) before: &'a [Scope],
    /// True when it had the first of them wholly. What it still has wholly is then what all of them hold: a walk that
    /// was begun and not finished may have taken some of it away.
    pub(super) whole: bool,
    /// What it is brought to.
    pub(super) now: &'a Scope,
    /// The device.
    pub(super) reader: &'a Reader,
}

impl Change<'_> {
    /// True when the device wholly has what passes `test` under a scope.
    fn had_all(&self, test: impl Fn(&Scope) -> bool) -> bool {
        self.whole && self.before.iter().all(test)
    }

    /// True when areas that all scopes cover hold nothing to tell: only areas changed, not role or forms.
    fn only_areas(&self) -> bool {
        self.before
            .iter()
            .all(|old| old.forms() == self.now.forms() && old.sees_drafts() == self.now.sees_drafts())
    }
}

/// Everything the older scopes covered.
fn union(scopes: &[Scope]) -> Scope {
    let paths = scopes.iter().flat_map(|scope| scope.paths().to_vec()).collect();
    Scope::new(None, String::new(), crate::accounts::role::Role::Enumerator, paths, FormScope::All, 0)
}

/// Tells what was lost; true when all is told.
pub(super) fn lost(
    conn: &Connection,
    page: &mut Builder,
    cursor: &mut Cursor,
    change: &Change<'_>,
) -> Result<bool, StoreError> {
    let reach = union(change.before);
    let skip = |path: &str| change.only_areas() && change.now.covers(path);
    let high = cursor.high.max(cursor.seq);
    records(conn, page, cursor, &reach, &skip, &mut |page, listed, _| {
        let had = change.before.iter().any(|scope| listed.is_seen_by(scope, change.reader));
        if had && !listed.is_seen_by(change.now, change.reader) && begun_before(conn, listed.num, high)? {
            page.push(PageItem::Left { record: listed.id });
        }
        Ok(())
    })
}

fn begun_before(conn: &Connection, num: i64, feed: i64) -> Result<bool, StoreError> {
    const BEGUN: &str = "SELECT created_feed <= ?2 FROM record WHERE num = ?1";
    Ok(conn.prepare_cached(BEGUN)?.query_row([num, feed], |row| row.get(0))?)
}

/// Sends the records gained; true when all are sent.
pub(super) fn backfill(
    conn: &Connection,
    page: &mut Builder,
    cursor: &mut Cursor,
    change: &Change<'_>,
) -> Result<bool, StoreError> {
    let skip = |path: &str| change.only_areas() && change.had_all(|scope| scope.covers(path));
    records(conn, page, cursor, change.now, &skip, &mut |page, listed, around| {
        let has = change.had_all(|scope| listed.is_seen_by(scope, change.reader));
        if !has && listed.is_seen_by(change.now, change.reader) {
            let (bindings, said) = (around.bindings(conn, listed.num)?, around.said(conn, listed.num)?);
            load::snapshot_with(conn, page, listed, bindings, said)?;
        }
        Ok(())
    })
}

/// Tells the areas gained, with those above them; true when all are told.
pub(super) fn areas(
    conn: &Connection,
    page: &mut Builder,
    cursor: &mut Cursor,
    change: &Change<'_>,
) -> Result<bool, StoreError> {
    if cursor.area == 0 {
        for path in change.now.paths() {
            for num in above(conn, path)? {
                tell_area(conn, page, num)?;
            }
        }
    }
    while !page.is_full() {
        let Some((num, path)) = next_area(conn, change.now, cursor.area)? else { return Ok(true) };
        if !change.had_all(|scope| scope.covers(&path)) {
            tell_area(conn, page, num)?;
        }
        cursor.area = num;
    }
    Ok(false)
}

fn tell_area(conn: &Connection, page: &mut Builder, num: i64) -> Result<(), StoreError> {
    if let Some((area, path)) = load::area(conn, num)? {
        page.weigh(path.as_bytes());
        page.first(PageItem::Area { area });
    }
    Ok(())
}

/// The areas above a path, the root first.
fn above(conn: &Connection, path: &str) -> Result<Vec<i64>, StoreError> {
    const NUM: &str = "SELECT num FROM area WHERE path = ?1";
    let mut nums = Vec::new();
    for (at, _) in path.match_indices('/') {
        let upper = &path[..=at];
        if upper != path
            && let Some(num) = conn.prepare_cached(NUM)?.query_row([upper], |row| row.get(0)).optional()?
        {
            nums.push(num);
        }
    }
    Ok(nums)
}

/// Tells the form versions gained, published ones (`area` = 0) before tests; true when all are told.
pub(super) fn forms(
    conn: &Connection,
    page: &mut Builder,
    cursor: &mut Cursor,
    change: &Change<'_>,
) -> Result<bool, StoreError> {
    while !page.is_full() {
        let next = match cursor.area {
            0 => published_at(conn, cursor.record)?,
            _ => load::trial_at(conn, change.reader, cursor.record)?,
        };
        let Some((form, version)) = next else {
            if cursor.area > 0 {
                return Ok(true);
            }
            (cursor.area, cursor.record) = (1, 0);
            continue;
        };
        cursor.record += 1;
        let has = change.had_all(|scope| scope.covers_form(&form));
        if !has
            && change.now.covers_form(&form)
            && let Some(item) = load::form(conn, change.reader, &form, version)?
        {
            if let PageItem::Form { package, .. } = &item {
                page.weigh(package);
            }
            page.first(item);
        }
    }
    Ok(false)
}

/// Tells the open work of the device's person inside their scope; true when all is told.
pub(super) fn assignments(
    conn: &Connection,
    page: &mut Builder,
    cursor: &mut Cursor,
    scope: &Scope,
) -> Result<bool, StoreError> {
    let Some(user) = scope.user() else { return Ok(true) };
    while !page.is_full() {
        let next = load::assignments_of(conn, user, cursor.record, ASSIGNMENTS_AT_ONCE)?;
        let Some((last, _)) = next.last() else { return Ok(true) };
        cursor.record = *last;
        for (_, assignment) in next {
            let path = load::area_path(conn, &assignment.area)?;
            if path.is_some_and(|path| scope.covers(&path)) && scope.covers_form(&assignment.form) {
                page.weigh(assignment.note.as_deref().unwrap_or_default().as_bytes());
                page.push(PageItem::Assignment { assignment });
            }
        }
    }
    Ok(false)
}

fn published_at(conn: &Connection, place: i64) -> Result<Option<(String, u32)>, StoreError> {
    const AT: &str =
        "SELECT form, version FROM form_version ORDER BY published_ms, form, version LIMIT 1 OFFSET ?1";
    let found =
        conn.prepare_cached(AT)?.query_row([place], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(found)
}

/// Visits records area by area from where the cursor stands, until the page is full; true at the end.
fn records(
    conn: &Connection,
    page: &mut Builder,
    cursor: &mut Cursor,
    reach: &Scope,
    skip: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(&mut Builder, Listed, &Around) -> Result<(), StoreError>,
) -> Result<bool, StoreError> {
    // `record` = -1: the area in the cursor is done.
    loop {
        if page.is_full() {
            return Ok(false);
        }
        if cursor.area == 0 || cursor.record < 0 {
            let Some((num, path)) = next_area(conn, reach, cursor.area)? else { return Ok(true) };
            (cursor.area, cursor.record) = (num, if skip(&path) { -1 } else { 0 });
            continue;
        }
        let listed = load::listed_in(conn, cursor.area, cursor.record, RECORDS_AT_ONCE)?;
        let last = listed.len() < RECORDS_AT_ONCE;
        let around = Around::of(cursor.area, &listed);
        for listed in listed {
            if page.is_full() {
                return Ok(false);
            }
            cursor.record = listed.num;
            visit(page, listed, &around)?;
        }
        if last {
            cursor.record = -1;
        }
    }
}

/// The area after one, by path, within a scope.
fn next_area(conn: &Connection, scope: &Scope, after: i64) -> Result<Option<(i64, String)>, StoreError> {
    const PATH: &str = "SELECT path FROM area WHERE num = ?1";
    const NEXT: &str =
        "SELECT num, path FROM area WHERE path > ?1 AND path >= ?2 AND path < ?3 ORDER BY path LIMIT 1";
    let after: Option<String> = conn.prepare_cached(PATH)?.query_row([after], |row| row.get(0)).optional()?;
    let after = after.unwrap_or_default();
    for (from, to) in scope.path_ranges() {
        if after < to {
            let next = conn
                .prepare_cached(NEXT)?
                .query_row(params![after, from, to], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            if next.is_some() {
                return Ok(next);
            }
        }
    }
    Ok(None)
}
