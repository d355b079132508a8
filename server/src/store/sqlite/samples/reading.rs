//! Samples, their households, and the checks about them.

use doorstep_protocol::ObjectId;
use doorstep_records::{Record, RecordId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use crate::reconcile::reading::read_now;
use crate::review::state::RecordState;
use crate::samples::model::{CheckView, SampleView, StratumView, UnitState, UnitView};
use crate::store::sqlite::review::columns::{damaged, state_out};
use crate::store::sqlite::review::library::area_path;
use crate::store::sqlite::rows::{id16, record_id, record_id_opt};
use crate::store::{Scope, StoreError};

const SAMPLES: &str = "SELECT num, id, name, form, check_form, area, filter, strata, asked, seed, as_of_ms, base, \
       base_sha256, by_name, at_ms FROM sample ORDER BY num";
const STRATA: &str = "SELECT key, base, drawn FROM sample_stratum WHERE sample = ?1 ORDER BY key";
const UNITS: &str = "SELECT unit.record, record.label, area.code, area.path, unit.stratum, unit.state, unit.reason, \
       unit.stands_for, coalesce(record.alias_of, record.id), \
       (SELECT assignee_name FROM assignment WHERE assignment.form = ?2 AND assignment.subject = unit.record \
          AND assignment.state = 'open' ORDER BY assignment.num LIMIT 1) \
     FROM sample_unit AS unit LEFT JOIN record ON record.id = unit.record LEFT JOIN area ON area.num = record.area \
     WHERE unit.sample = ?1 ORDER BY unit.stratum, unit.place";
/// Checks about a household, by whatever name it was registered, that came since the sample was drawn; the latest first.
const CHECKS: &str = "SELECT r.id, r.state, document.bytes, \
       (SELECT max(received_ms) FROM submission WHERE submission.record = r.num) AS received \
     FROM record AS r LEFT JOIN document ON document.record = r.num \
     WHERE r.subject IN (SELECT id FROM record WHERE id = ?1 OR alias_of = ?1) AND r.form = ?2 \
       AND r.discarded = 0 AND r.test = 0 AND r.alias_of IS NULL AND r.changed_ms >= ?3 \
       AND (received IS NULL OR received >= ?3) \
     ORDER BY received IS NULL, received DESC, r.num DESC";
/// The answer that says how a visit ended.
const OUTCOME: &str = "visit_outcome";

/// The samples of a scope.
pub(super) fn samples(conn: &Connection, scope: &Scope) -> Result<Vec<SampleView>, StoreError> {
    let all: Vec<(i64, SampleView)> =
        conn.prepare_cached(SAMPLES)?.query_map([], view)?.collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    for (num, view) in all {
        if within(conn, scope, &view)? {
            found.push(with_strata(conn, num, view)?);
        }
    }
    Ok(found)
}

/// One sample with its number; outside the scope it does not exist.
pub(super) fn sample(
    conn: &Connection,
    scope: &Scope,
    id: ObjectId,
) -> Result<(i64, SampleView), StoreError> {
    let sql = SAMPLES.replace(" ORDER BY num", " WHERE id = ?1");
    let found = conn.prepare_cached(&sql)?.query_row([id.to_bytes()], view).optional()?;
    let (num, view) = found.ok_or(StoreError::NotFound)?;
    if !within(conn, scope, &view)? {
        return Err(StoreError::NotFound);
    }
    Ok((num, with_strata(conn, num, view)?))
}

fn within(conn: &Connection, scope: &Scope, view: &SampleView) -> Result<bool, StoreError> {
    let covered = area_path(conn, &view.area)?.is_some_and(|path| scope.covers(&path));
    Ok(covered && scope.covers_form(&view.register) && scope.covers_form(&view.check))
}

fn view(row: &Row<'_>) -> rusqlite::Result<(i64, SampleView)> {
    let hash: Vec<u8> = row.get(12)?;
    let view = SampleView {
        id: ObjectId::from_bytes(id16(row, 1)?),
        name: row.get(2)?,
        register: row.get(3)?,
        check: row.get(4)?,
        area: row.get(5)?,
        filter: row.get(6)?,
        by: row.get(7)?,
        asked: row.get(8)?,
        seed: row.get::<_, i64>(9)?.cast_unsigned(),
        as_of_ms: row.get(10)?,
        base: row.get(11)?,
        base_sha256: data_encoding::HEXLOWER.encode(&hash),
        drawn: 0,
        strata: Vec::new(),
        drawn_by: row.get(13)?,
        at_ms: row.get(14)?,
    };
    Ok((row.get(0)?, view))
}

fn with_strata(conn: &Connection, num: i64, view: SampleView) -> Result<SampleView, StoreError> {
    let mut statement = conn.prepare_cached(STRATA)?;
    let strata: Vec<StratumView> = statement
        .query_map([num], |row| Ok(StratumView { key: row.get(0)?, base: row.get(1)?, drawn: row.get(2)? }))?
        .collect::<Result<_, _>>()?;
    Ok(SampleView { drawn: strata.iter().map(|stratum| stratum.drawn).sum(), strata, ..view })
}

/// The households of a sample. Of one that lies outside the scope by now nothing is told but that it was drawn.
pub(super) fn units(
    conn: &Connection,
    scope: &Scope,
    num: i64,
    view: &SampleView,
) -> Result<Vec<UnitView>, StoreError> {
    let mut statement = conn.prepare_cached(UNITS)?;
    let rows = statement.query_map(params![num, view.check], |row| {
        let state: String = row.get(5)?;
        let path: Option<String> = row.get(3)?;
        let seen = path.is_some_and(|path| scope.covers(&path));
        let told = |text: Option<String>| text.filter(|_| seen).unwrap_or_default();
        let unit = UnitView {
            record: record_id(row, 0)?,
            label: told(row.get(1)?),
            area: told(row.get(2)?),
            stratum: row.get(4)?,
            state: UnitState::from_name(&state).ok_or_else(|| damaged(5))?,
            reason: row.get(6)?,
            stands_for: record_id_opt(row, 7)?,
            assignee: row.get::<_, Option<String>>(9)?.filter(|_| seen),
            checks: Vec::new(),
        };
        Ok((unit, record_id_opt(row, 8)?.filter(|_| seen)))
    })?;
    let mut units = Vec::new();
    for row in rows {
        let (mut unit, standing) = row?;
        if let Some(standing) = standing.filter(|_| unit.state != UnitState::Reserve) {
            unit.checks = checks(conn, standing, view)?;
        }
        units.push(unit);
    }
    Ok(units)
}

fn checks(conn: &Connection, household: RecordId, view: &SampleView) -> Result<Vec<CheckView>, StoreError> {
    let mut statement = conn.prepare_cached(CHECKS)?;
    let args = params![household.to_bytes(), view.check, view.at_ms];
    let rows = statement.query_map(args, |row| {
        let state: RecordState = state_out(row, 1)?;
        let document: Option<Vec<u8>> = row.get(2)?;
        let submitted = row.get::<_, Option<i64>>(3)?.is_some();
        Ok(CheckView {
            record: record_id(row, 0)?,
            submitted,
            approved: state.is_approved(),
            outcome: document.filter(|_| submitted).and_then(|bytes| outcome(&bytes)),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A document that does not open is flagged at reconciling; here it only says nothing.
fn outcome(bytes: &[u8]) -> Option<String> {
    let answers = read_now(&mut Record::load(bytes).ok()?, None).answers;
    answers.get(OUTCOME).and_then(Value::as_str).map(str::to_owned)
}
