//! Lists of records inside a scope.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_plant::{Plant, is as planted};
use doorstep_records::RecordId;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params_from_iter};

use super::columns::{damaged, state_out};
use super::library::area_path;
use super::within::Conditions;
use crate::reconcile::flag::{Flag, FlagKind};
use crate::review::model::{RecordFilter, RecordLine, RecordPage};
use crate::store::Scope;
use crate::store::sqlite::rows::{heads, heads_opt, record_id, record_id_opt};

/// When a filter finds more than this, the ids are walked until a page is full; else all that it finds are read and sorted.
/// SQLite cannot know how many there are, and would sort a whole register for fifty lines.
const WALKED: i64 = 2_000;
/// The index of the ids, by the name that SQLite gives it.
const BY_ID: &str = "INDEXED BY sqlite_autoindex_record_1";

const COLUMNS: &str = "SELECT record.id, record.form, record.form_version, area.code, record.subject, \
       record.alias_of, record.label, record.state, record.discarded, user.name, record.heads, \
       record.submitted_heads, record.approved_heads, record.changed_ms, record.submitted_ms, \
       record.approved_ms, record.num, record.test FROM record";
const JOINS: &str = "LEFT JOIN area ON area.num = record.area LEFT JOIN user ON user.id = record.author";
const COUNT: &str = "SELECT count(*) FROM record LEFT JOIN area ON area.num = record.area";
/// The same for conditions over what one index holds: many times as fast over a register.
const COUNT_NARROW: &str =
    "SELECT count(*) FROM record INDEXED BY record_counted LEFT JOIN area ON area.num = record.area";
const FLAG_COUNTS: &str = "SELECT kind, count(*) FROM flag WHERE record = ?1 GROUP BY kind";
const SUSPECTS: &str = "FROM duplicate JOIN record AS other ON other.id IN (duplicate.a, duplicate.b) \
     LEFT JOIN area AS other_area ON other_area.num = other.area";
const FLAGS: &str =
    "SELECT kind, key, path, detail FROM flag WHERE record = ?1 ORDER BY kind, key, path, detail";

/// One page of the records that a filter finds inside a scope.
pub(crate) fn line_page(
    conn: &Connection,
    scope: &Scope,
    filter: &RecordFilter,
    after: Option<RecordId>,
    limit: u32,
) -> rusqlite::Result<RecordPage> {
    let Some(all) = conditions(conn, scope, filter)? else { return Ok(RecordPage::default()) };
    // What the index holds is counted in no time, and tells how to look for the page. Else every record is read for it: once is
    // enough when the page is the whole of it.
    let narrow = filter.subject.is_none() && filter.flag.is_none() && filter.text.is_none();
    let known = if narrow { Some(total(conn, COUNT_NARROW, &all)?) } else { None };
    let way = if known.is_some_and(|total| total > WALKED) { BY_ID } else { "" };
    let found = lines_after(conn, &all, way, after, limit)?;
    let more = found.len() > limit as usize;
    let total = match known {
        Some(total) => total,
        None if after.is_none() && !more => i64::try_from(found.len()).unwrap_or(i64::MAX),
        None => total(conn, COUNT, &all)?,
    };
    let mut records = Vec::with_capacity(found.len());
    for (num, mut line) in found.into_iter().take(limit as usize) {
        line.flags = flag_counts(conn, scope, num, line.record)?;
        records.push(line);
    }
    let next = records.last().filter(|_| more).map(|line| line.record);
    Ok(RecordPage { records, next, total: u64::try_from(total).unwrap_or_default() })
}

fn total(conn: &Connection, count: &str, conditions: &Conditions) -> rusqlite::Result<i64> {
    let sql = format!("{count} WHERE {}", conditions.sql());
    conn.query_row(&sql, params_from_iter(conditions.args()), |row| row.get(0))
}

/// The lines after one of them, and one more than asked for: it tells whether there is a next page.
fn lines_after(
    conn: &Connection,
    conditions: &Conditions,
    way: &str,
    after: Option<RecordId>,
    limit: u32,
) -> rusqlite::Result<Vec<(i64, RecordLine)>> {
    let (terms, and_one) = (conditions.sql(), u64::from(limit) + 1);
    // Every id follows the empty one.
    let after: Vec<u8> = after.map(|record| record.to_bytes().to_vec()).unwrap_or_default();
    let mut args = conditions.args();
    args.push(&after);
    let sql =
        format!("{COLUMNS} {way} {JOINS} WHERE {terms} AND record.id > ? ORDER BY record.id LIMIT {and_one}");
    conn.prepare(&sql)?.query_map(params_from_iter(args), line_of)?.collect()
}

/// One record inside a scope, with its number; outside it looks like one that does not exist.
pub(crate) fn line_get(
    conn: &Connection,
    scope: &Scope,
    record: RecordId,
) -> rusqlite::Result<Option<(i64, RecordLine)>> {
    let mut conditions = unless(Plant::RecordUnscoped, seen(scope));
    conditions.and("record.id = ?", vec![Box::new(record.to_bytes())]);
    let sql = format!("{COLUMNS} {JOINS} WHERE {}", conditions.sql());
    let line = conn.query_row(&sql, params_from_iter(conditions.args()), line_of).optional()?;
    let Some((num, mut line)) = line else { return Ok(None) };
    line.flags = flag_counts(conn, scope, num, record)?;
    Ok(Some((num, line)))
}

/// The flags of a record, without suspects that lie outside the scope: they do not exist.
pub(crate) fn flag_list(
    conn: &Connection,
    scope: &Scope,
    num: i64,
    record: RecordId,
) -> rusqlite::Result<Vec<Flag>> {
    let mut flags = flag_all(conn, num)?;
    if flags.iter().any(|flag| flag.kind == FlagKind::DuplicateSuspect) {
        let seen = suspects_seen(conn, scope, record)?;
        flags.retain(|flag| flag.kind != FlagKind::DuplicateSuspect || seen.contains(&flag.key));
    }
    Ok(flags)
}

fn flag_all(conn: &Connection, num: i64) -> rusqlite::Result<Vec<Flag>> {
    conn.prepare_cached(FLAGS)?
        .query_map([num], |row| {
            let kind = flag_kind(row)?;
            Ok(Flag { kind, key: row.get(1)?, path: row.get(2)?, detail: row.get(3)? })
        })?
        .collect()
}

fn flag_counts(
    conn: &Connection,
    scope: &Scope,
    num: i64,
    record: RecordId,
) -> rusqlite::Result<BTreeMap<FlagKind, usize>> {
    let mut counts = flag_counts_all(conn, num)?;
    if let Some(count) = counts.get_mut(&FlagKind::DuplicateSuspect) {
        *count = suspects_seen(conn, scope, record)?.len();
    }
    counts.retain(|_, count| *count > 0);
    Ok(counts)
}

/// The ids of the records inside a scope that may be the same as this one.
fn suspects_seen(conn: &Connection, scope: &Scope, record: RecordId) -> rusqlite::Result<BTreeSet<String>> {
    let mut conditions = other_seen(scope);
    let id = || Box::new(record.to_bytes()) as Box<dyn ToSql>;
    conditions.and("duplicate.a = ? OR duplicate.b = ?", vec![id(), id()]);
    conditions.and("other.id != ?", vec![id()]);
    let sql = format!("SELECT other.id {SUSPECTS} WHERE {}", conditions.sql());
    conn.prepare(&sql)?
        .query_map(params_from_iter(conditions.args()), |row| Ok(record_id(row, 0)?.to_string()))?
        .collect()
}

/// Open pairs whose other record lies inside a scope.
fn other_seen(scope: &Scope) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.and("duplicate.state = 'open'", Vec::new());
    if !planted(Plant::SuspectsUnscoped) {
        conditions.within(scope, "other_area.path", "other.form");
    }
    conditions
}

fn flag_counts_all(conn: &Connection, num: i64) -> rusqlite::Result<BTreeMap<FlagKind, usize>> {
    conn.prepare_cached(FLAG_COUNTS)?
        .query_map([num], |row| {
            Ok((flag_kind(row)?, usize::try_from(row.get::<_, i64>(1)?).unwrap_or_default()))
        })?
        .collect()
}

fn flag_kind(row: &Row<'_>) -> rusqlite::Result<FlagKind> {
    let name: String = row.get(0)?;
    FlagKind::from_name(&name).ok_or_else(|| damaged(0))
}

/// `None` when the filter names an area that does not exist: nothing is found there.
fn conditions(
    conn: &Connection,
    scope: &Scope,
    filter: &RecordFilter,
) -> rusqlite::Result<Option<Conditions>> {
    let mut conditions = unless(Plant::ListUnscoped, seen(scope));
    if let Some(code) = &filter.area {
        let Some(path) = area_path(conn, code)? else { return Ok(None) };
        conditions.below(&path, "area.path");
    }
    let mut equals = |term: &str, value: Option<Box<dyn ToSql>>| {
        if let Some(value) = value {
            conditions.and(term, vec![value]);
        }
    };
    equals("record.form = ?", filter.form.clone().map(|form| Box::new(form) as Box<dyn ToSql>));
    equals("record.state = ?", filter.state.map(|state| Box::new(state.name()) as Box<dyn ToSql>));
    equals(
        "record.subject = ?",
        filter.subject.map(|subject| Box::new(subject.to_bytes()) as Box<dyn ToSql>),
    );
    equals(
        "EXISTS (SELECT 1 FROM flag WHERE flag.record = record.num AND flag.kind = ?)",
        filter.flag.map(|kind| Box::new(kind.name()) as Box<dyn ToSql>),
    );
    equals(
        "record.author = (SELECT id FROM user WHERE name = ?)",
        filter.author.clone().map(|author| Box::new(author) as Box<dyn ToSql>),
    );
    if filter.flag == Some(FlagKind::DuplicateSuspect) {
        let (sql, args) = other_seen(scope).into_parts();
        let own = "(duplicate.a = record.id OR duplicate.b = record.id) AND other.id != record.id";
        conditions.and(format!("EXISTS (SELECT 1 {SUSPECTS} WHERE {own} AND {sql})"), args);
    }
    for word in filter.text.iter().flat_map(|text| text.split_whitespace()) {
        let args: Vec<Box<dyn ToSql>> = vec![Box::new(word.to_owned()), Box::new(word.to_owned())];
        conditions.and("instr(record.label, ?) > 0 OR instr(record.search, ?) > 0", args);
    }
    conditions.and("record.test = ?", vec![Box::new(filter.test)]);
    if !filter.discarded {
        conditions.and("record.discarded = 0", Vec::new());
    }
    Ok(Some(conditions))
}

/// The conditions, or none when their absence is planted.
fn unless(plant: Plant, conditions: Conditions) -> Conditions {
    if planted(plant) { Conditions::default() } else { conditions }
}

/// What a person may see: their scope, and of drafts only their own unless they supervise.
pub(crate) fn seen(scope: &Scope) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.within(scope, "area.path", "record.form");
    if !scope.sees_drafts() {
        let own = scope.user().map(|user| user.to_bytes()).unwrap_or_default();
        conditions.and("record.shown = 1 OR record.author = ?", vec![Box::new(own)]);
    }
    conditions
}

fn line_of(row: &Row<'_>) -> rusqlite::Result<(i64, RecordLine)> {
    let line = RecordLine {
        record: record_id(row, 0)?,
        form: row.get(1)?,
        form_version: row.get(2)?,
        area: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
        subject: record_id_opt(row, 4)?,
        alias_of: record_id_opt(row, 5)?,
        label: row.get(6)?,
        state: state_out(row, 7)?,
        discarded: row.get(8)?,
        flags: BTreeMap::new(),
        author: row.get::<_, Option<String>>(9)?.unwrap_or_default(),
        heads: heads(row, 10)?,
        submitted_heads: heads_opt(row, 11)?,
        approved_heads: heads_opt(row, 12)?,
        changed_ms: row.get(13)?,
        submitted_ms: row.get(14)?,
        approved_ms: row.get(15)?,
        test: row.get(17)?,
    };
    Ok((row.get(16)?, line))
}
