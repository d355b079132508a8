//! Pairs that reconcile opens and closes.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_records::RecordId;
use rusqlite::{Connection, OptionalExtension, params};

use crate::duplicates::block::Basis;
use crate::duplicates::model::PairKind;
use crate::reconcile::case::Case;
use crate::reconcile::flag::FlagKind;
use crate::store::sqlite::persons::{people_alike, people_between};
use crate::store::sqlite::rows::record_id;

const SHARING: &str = "SELECT DISTINCT record.id FROM person_key AS own \
     JOIN person_key AS theirs ON theirs.key = own.key AND theirs.record != own.record \
     JOIN record ON record.num = theirs.record \
     WHERE own.record = ?1 AND record.form = ?2 AND record.alias_of IS NULL ORDER BY record.id LIMIT ?3";
const STANDING: &str = "SELECT id FROM record WHERE num = ?1 AND form = ?2 AND alias_of IS NULL";
const NUM: &str = "SELECT num FROM record WHERE id = ?1 AND alias_of IS NULL";
const OPEN_PAIRS: &str =
    "SELECT CASE WHEN a = ?1 THEN b ELSE a END FROM duplicate WHERE (a = ?1 OR b = ?1) AND state = 'open'";
const PAIR_PUT: &str = "INSERT INTO duplicate (a, b, kind, state) VALUES (?1, ?2, ?3, 'open') \
     ON CONFLICT (a, b) DO UPDATE SET kind = excluded.kind WHERE state = 'open' AND kind != excluded.kind";
const PAIR_DROP: &str = "DELETE FROM duplicate WHERE a = ?1 AND b = ?2 AND state = 'open'";
const STILL: &str = "SELECT EXISTS (SELECT 1 FROM person_key AS own \
     JOIN person_key AS theirs ON theirs.key = own.key WHERE own.record = ?1 AND theirs.record = ?2)";
const SUSPECT_PUT: &str = "INSERT INTO flag (record, kind, key, path, detail) \
     SELECT num, ?2, ?3, '', ?4 FROM record WHERE id = ?1 \
     ON CONFLICT (record, kind, key, path) DO UPDATE SET detail = excluded.detail";
const SUSPECT_DROP: &str = "DELETE FROM flag WHERE kind = 'duplicate_suspect' AND key = ?2 \
     AND record = (SELECT num FROM record WHERE id = ?1)";
const AREA_PATH: &str = "SELECT path FROM area WHERE code = ?1";
const LEVEL: &str = "SELECT level FROM area WHERE code = ?1";

/// Pairs of each kind that one record opens: of the certain the oldest records first, of the candidates those for which
/// most speaks. A number that stands in more households is somebody's stop-gap; without a bound a thousand of them
/// would be half a million pairs.
const SUSPECTS_MAX: u32 = 16;

/// The code of the village that an area is or lies in; the area itself where no village is above it.
pub(crate) fn village(conn: &Connection, area: &str) -> rusqlite::Result<String> {
    let path: Option<String> =
        conn.prepare_cached(AREA_PATH)?.query_row([area], |row| row.get(0)).optional()?;
    for code in path.as_deref().unwrap_or_default().split('/').rev().filter(|code| !code.is_empty()) {
        let level: Option<String> =
            conn.prepare_cached(LEVEL)?.query_row([code], |row| row.get(0)).optional()?;
        if level.as_deref() == Some("village") {
            return Ok(code.to_owned());
        }
    }
    Ok(area.to_owned())
}

/// Opens a pair for every record that shares a number or has somebody alike, closes those that no longer do. What a
/// supervisor merged or dismissed stays so.
pub(super) fn pairs_write(conn: &Connection, num: i64, case: &Case) -> rusqlite::Result<()> {
    let found = if case.alias_of.is_none() { suspects(conn, num, case)? } else { BTreeMap::new() };
    for (other, kind) in &found {
        pair_open(conn, case.record, *other, *kind)?;
    }
    for other in open_pairs(conn, case.record)?.into_iter().filter(|other| !found.contains_key(other)) {
        // Not among the first found, and perhaps still alike.
        match kind_now(conn, num, other)?.filter(|_| case.alias_of.is_none()) {
            Some(kind) => pair_open(conn, case.record, other, kind)?,
            None => pair_close(conn, case.record, other)?,
        }
    }
    Ok(())
}

fn suspects(conn: &Connection, num: i64, case: &Case) -> rusqlite::Result<BTreeMap<RecordId, PairKind>> {
    let mut found: BTreeMap<RecordId, PairKind> = BTreeMap::new();
    let mut sharing = conn.prepare_cached(SHARING)?;
    for other in sharing.query_map(params![num, case.form, SUSPECTS_MAX], |row| record_id(row, 0))? {
        found.insert(other?, PairKind::Certain);
    }
    let mut alike = Vec::new();
    for (other, score) in people_alike(conn, num, &case.form, &Basis::ALL)? {
        let mut standing = conn.prepare_cached(STANDING)?;
        let id = standing.query_row(params![other, case.form], |row| record_id(row, 0)).optional()?;
        alike.extend(id.map(|id| (std::cmp::Reverse(score), id)));
    }
    alike.sort();
    for (_, other) in alike.into_iter().take(SUSPECTS_MAX as usize) {
        if let std::collections::btree_map::Entry::Vacant(place) = found.entry(other) {
            // Beyond the bound of the certain a number may be shared all the same.
            let kind = kind_now(conn, num, other)?.unwrap_or(PairKind::Candidate);
            place.insert(kind);
        }
    }
    Ok(found)
}

/// What two records are to each other by what stands in them now.
fn kind_now(conn: &Connection, num: i64, other: RecordId) -> rusqlite::Result<Option<PairKind>> {
    let other: Option<i64> =
        conn.prepare_cached(NUM)?.query_row([other.to_bytes()], |row| row.get(0)).optional()?;
    let Some(other) = other else { return Ok(None) };
    if conn.prepare_cached(STILL)?.query_row([num, other], |row| row.get(0))? {
        return Ok(Some(PairKind::Certain));
    }
    let alike = people_between(conn, num, other)?;
    Ok((!alike.is_empty()).then_some(PairKind::Candidate))
}

fn pair_open(conn: &Connection, record: RecordId, other: RecordId, kind: PairKind) -> rusqlite::Result<()> {
    let (a, b) = ordered(record, other);
    let args = params![a.to_bytes(), b.to_bytes(), kind.name()];
    if conn.prepare_cached(PAIR_PUT)?.execute(args)? > 0 {
        suspect_put(conn, a, b, kind)?;
        suspect_put(conn, b, a, kind)?;
    }
    Ok(())
}

fn pair_close(conn: &Connection, record: RecordId, other: RecordId) -> rusqlite::Result<()> {
    let (a, b) = ordered(record, other);
    conn.prepare_cached(PAIR_DROP)?.execute(params![a.to_bytes(), b.to_bytes()])?;
    suspect_drop(conn, a, b)?;
    suspect_drop(conn, b, a)
}

fn open_pairs(conn: &Connection, record: RecordId) -> rusqlite::Result<BTreeSet<RecordId>> {
    conn.prepare_cached(OPEN_PAIRS)?.query_map([record.to_bytes()], |row| record_id(row, 0))?.collect()
}

/// Flags a record as perhaps the same as another.
fn suspect_put(conn: &Connection, record: RecordId, other: RecordId, kind: PairKind) -> rusqlite::Result<()> {
    let flag = FlagKind::DuplicateSuspect.name();
    let args = params![record.to_bytes(), flag, other.to_string(), kind.name()];
    conn.prepare_cached(SUSPECT_PUT)?.execute(args).map(drop)
}

/// Takes that flag away.
pub(crate) fn suspect_drop(conn: &Connection, record: RecordId, other: RecordId) -> rusqlite::Result<()> {
    conn.prepare_cached(SUSPECT_DROP)?.execute(params![record.to_bytes(), other.to_string()]).map(drop)
}

/// Both ids of a pair in the order they are stored in: the older first.
pub(crate) fn ordered(one: RecordId, other: RecordId) -> (RecordId, RecordId) {
    if one <= other { (one, other) } else { (other, one) }
}
