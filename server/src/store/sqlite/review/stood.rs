//! What a record's standing was when: other names, areas and discards with their times, and past rows of the dataset.

use doorstep_records::RecordId;
use rusqlite::{Connection, Row, params};

use crate::reconcile::case::Case;
use crate::reconcile::past::{Moved, MovedTo, Timeline};
use crate::store::sqlite::rows::{heads_bytes, record_id_opt};

const AT: &str = "SELECT at_ms FROM log WHERE seq = ?1";
const ALIAS: &str = "INSERT INTO stood (record, at_ms, kind, was, value) \
     SELECT num, ?3, 'alias', alias_of, ?2 FROM record \
     WHERE (id = ?1 OR (alias_of = ?1 AND ?2 IS NOT NULL)) AND alias_of IS NOT ?2 ORDER BY num";
const AREA: &str = "INSERT INTO stood (record, at_ms, kind, was, value) \
     SELECT num, ?3, 'area', area, ?2 FROM record WHERE num = ?1 AND area IS NOT ?2";
const DISCARDED: &str = "INSERT INTO stood (record, at_ms, kind, was, value) \
     SELECT num, ?3, 'discarded', discarded, ?2 FROM record WHERE num = ?1 AND discarded IS NOT ?2";
const OF_RECORD: &str = "SELECT stood.at_ms, stood.kind, stood.was, stood.value, was.code, now.code FROM stood \
     LEFT JOIN area AS was ON stood.kind = 'area' AND was.num = stood.was \
     LEFT JOIN area AS now ON stood.kind = 'area' AND now.num = stood.value \
     WHERE stood.record = ?1 ORDER BY stood.num";
const EVER_MERGED: &str = "SELECT DISTINCT stood.record FROM stood JOIN record ON record.num = stood.record \
     WHERE stood.kind = 'alias' AND stood.value = ?1 AND record.alias_of IS NOT ?1 ORDER BY record.id";
const FORMER_AREAS: &str = "SELECT DISTINCT area.path FROM record \
     JOIN stood ON stood.record = record.num AND stood.kind = 'area' JOIN area ON area.num = stood.was \
     WHERE record.id = ?1 ORDER BY area.path";
const SINCE: &str = "UPDATE record SET timed_ms = ?2 WHERE num = ?1";
const DROP: &str = "DELETE FROM past WHERE record = ?1 AND from_ms >= ?2";
const PUT: &str = "INSERT INTO past (record, from_ms, until_ms, form, form_version, area, subject, heads, \
       approved_ms, conflicts, row) \
     SELECT num, ?2, ?3, form, ?4, COALESCE((SELECT num FROM area WHERE code = ?5), area), ?6, ?7, ?8, ?9, ?10 \
     FROM record WHERE num = ?1";

/// Remembers that `record`, and when it becomes another's name all that is merged into it, is from now on a name of
/// `alias_of`. Call it before that is so.
pub(crate) fn alias_moves(
    conn: &Connection,
    record: RecordId,
    alias_of: Option<RecordId>,
    seq: i64,
) -> rusqlite::Result<()> {
    let alias_of = alias_of.map(|id| id.to_bytes());
    conn.prepare_cached(ALIAS)?.execute(params![record.to_bytes(), alias_of, at_ms(conn, seq)?]).map(drop)
}

/// Remembers that a record lies in another area from now on. Call it before that is so.
pub(crate) fn area_moves(conn: &Connection, num: i64, area: i64, seq: i64) -> rusqlite::Result<()> {
    conn.prepare_cached(AREA)?.execute(params![num, area, at_ms(conn, seq)?]).map(drop)
}

/// Remembers that a record counts as entered by mistake, or no longer. Call it before that is so.
pub(crate) fn discard_moves(conn: &Connection, num: i64, discarded: bool, seq: i64) -> rusqlite::Result<()> {
    conn.prepare_cached(DISCARDED)?.execute(params![num, discarded, at_ms(conn, seq)?]).map(drop)
}

/// The time of a row of the log: the same when the log is read again.
fn at_ms(conn: &Connection, seq: i64) -> rusqlite::Result<i64> {
    conn.prepare_cached(AT)?.query_row([seq], |row| row.get(0))
}

/// What moved a record, oldest first.
pub(crate) fn moves(conn: &Connection, num: i64) -> rusqlite::Result<Vec<Moved>> {
    conn.prepare_cached(OF_RECORD)?.query_map([num], moved)?.collect()
}

fn moved(row: &Row<'_>) -> rusqlite::Result<Moved> {
    let kind: String = row.get(1)?;
    let (was, now) = match kind.as_str() {
        "alias" => (MovedTo::Alias(record_id_opt(row, 2)?), MovedTo::Alias(record_id_opt(row, 3)?)),
        "area" => {
            let code = |column| row.get::<_, Option<String>>(column).map(Option::unwrap_or_default);
            (MovedTo::Area(code(4)?), MovedTo::Area(code(5)?))
        }
        _ => (MovedTo::Discarded(row.get(2)?), MovedTo::Discarded(row.get(3)?)),
    };
    Ok(Moved { at_ms: row.get(0)?, was, now })
}

/// The paths of the areas a record lay in before.
pub(crate) fn former_area_paths(conn: &Connection, record: RecordId) -> rusqlite::Result<Vec<String>> {
    conn.prepare_cached(FORMER_AREAS)?.query_map([record.to_bytes()], |row| row.get(0))?.collect()
}

/// Records that were once names of `record` and are no longer.
pub(crate) fn once_merged(conn: &Connection, record: RecordId) -> rusqlite::Result<Vec<i64>> {
    conn.prepare_cached(EVER_MERGED)?.query_map([record.to_bytes()], |row| row.get(0))?.collect()
}

/// Writes what a record's row was, and from when the present one holds.
pub(crate) fn timeline_write(
    conn: &Connection,
    num: i64,
    case: &Case,
    timeline: &Timeline,
) -> rusqlite::Result<()> {
    if timeline.since_ms == case.timed_ms && timeline.past.is_empty() {
        return Ok(());
    }
    conn.prepare_cached(DROP)?.execute(params![num, case.timed_ms])?;
    let mut put = conn.prepare_cached(PUT)?;
    for past in &timeline.past {
        put.execute(params![
            num,
            past.from_ms,
            past.until_ms,
            past.row.form_version,
            past.area,
            past.subject.map(|subject| subject.to_bytes()),
            heads_bytes(&past.row.heads),
            past.row.approved_ms,
            past.row.conflicts,
            past.row.json,
        ])?;
    }
    conn.prepare_cached(SINCE)?.execute(params![num, timeline.since_ms]).map(drop)
}
