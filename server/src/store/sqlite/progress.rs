//! What progress is counted from.

use std::collections::BTreeMap;

use doorstep_records::{Record, RecordId};
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};
use serde_json::Value;

use super::SqliteStore;
use super::review::columns::state_out;
use super::review::library::area_path;
use super::review::within::Conditions;
use super::rows::{SLOT_MS, record_id};
use crate::accounts::role::Action;
use crate::assignments::model::{AssignmentFilter, AssignmentView};
use crate::progress::model::{Filled, Found, ProgressFilter, Tally, Todo};
use crate::progress::odd::position;
use crate::reconcile::flag::FlagKind;
use crate::reconcile::reading::read_now;
use crate::store::assignments::Assignments;
use crate::store::progress::Progresses;
use crate::store::reports::Reports;
use crate::store::{Scope, StoreError};

/// Assignments read at a time.
const PAGE: u32 = 500;
const WAITING: &str = "SELECT record.id, user.name, record.state, \
       (SELECT min(at_ms) FROM submission WHERE submission.record = record.num), document.bytes, \
       (SELECT row FROM dataset JOIN record AS home ON home.num = dataset.record WHERE home.id = record.subject) \
     FROM record JOIN area ON area.num = record.area LEFT JOIN user ON user.id = record.author \
     LEFT JOIN document ON document.record = record.num";
const DECIDED: &str = "SELECT record.id, user.name, record.state FROM record JOIN area ON area.num = record.area \
     LEFT JOIN user ON user.id = record.author";
const KNOWN_FORM: &str = "SELECT EXISTS (SELECT 1 FROM form_version WHERE form = ?1)";
const ANSWERS: &str =
    "SELECT document.bytes FROM document JOIN record ON record.num = document.record WHERE record.id = ?1";
/// Decided records of one enumerator with which their submissions are compared: the last ones.
const COMPARED_MAX: usize = 200;
const TODO: &str = "SELECT record.id, record.label, flag.key, flag.path FROM flag JOIN record ON record.num = flag.record \
     JOIN area ON area.num = record.area";

impl Progresses for SqliteStore {
    fn progress_read(&self, scope: &Scope, filter: &ProgressFilter) -> Result<Found, StoreError> {
        if !scope.role().may(Action::Count) {
            return Err(StoreError::refused(doorstep_protocol::ProblemKind::NotAllowed));
        }
        let read = self.read(|conn| {
            let known: bool = conn.query_row(KNOWN_FORM, [&filter.form], |row| row.get(0))?;
            if !known || !scope.covers_form(&filter.form) {
                return Ok(None);
            }
            let Some(tallies) = tallies(conn, scope, filter)? else { return Ok(None) };
            let records = if filter.odd { compared(conn, scope, filter)? } else { Vec::new() };
            Ok(Some((tallies, records, todo(conn, scope, filter)?)))
        })?;
        let (tallies, records, todo) = read.ok_or(StoreError::NotFound)?;
        let assignments = self.open_assignments(scope, filter)?;
        let places = self.report_places(scope)?;
        let areas = tallies.iter().map(|tally| &tally.area).chain(assignments.iter().map(|work| &work.area));
        let mut villages = BTreeMap::new();
        for area in areas {
            if !villages.contains_key(area)
                && let Some(code) = places.levels(area).get("village")
                && let Some(name) = places.name(code)
            {
                villages.insert(area.clone(), ((*code).to_owned(), name.zh.clone(), name.en.clone()));
            }
        }
        Ok(Found { tallies, records, assignments, villages, todo })
    }
}

impl SqliteStore {
    fn open_assignments(
        &self,
        scope: &Scope,
        filter: &ProgressFilter,
    ) -> Result<Vec<AssignmentView>, StoreError> {
        let asked = AssignmentFilter {
            form: Some(filter.form.clone()),
            area: filter.area.clone(),
            open: true,
            ..AssignmentFilter::default()
        };
        let mut found: Vec<AssignmentView> = Vec::new();
        loop {
            let page = self.assignment_list(scope, &asked, found.last().map(|work| work.id), PAGE)?;
            let last = page.len() < PAGE as usize;
            found.extend(page);
            if last {
                return Ok(found);
            }
        }
    }
}

/// What keeps a query inside the scope and the filter; nothing when the area does not exist there.
fn conditions(
    conn: &Connection,
    scope: &Scope,
    filter: &ProgressFilter,
) -> Result<Option<Conditions>, StoreError> {
    let mut conditions = Conditions::default();
    conditions.within(scope, "area.path", "record.form");
    conditions.and("record.discarded = 0 AND record.alias_of IS NULL AND record.test = 0", Vec::new());
    if let Some(area) = &filter.area {
        let Some(path) = area_path(conn, area)?.filter(|path| scope.covers(path)) else { return Ok(None) };
        conditions.below(&path, "area.path");
    }
    Ok(Some(conditions))
}

/// What keeps a query to records of the form besides; nothing as above.
fn of_form(
    conn: &Connection,
    scope: &Scope,
    filter: &ProgressFilter,
) -> Result<Option<Conditions>, StoreError> {
    let mut conditions = conditions(conn, scope, filter)?;
    if let Some(conditions) = &mut conditions {
        conditions.and("record.form = ?", vec![Box::new(filter.form.clone())]);
    }
    Ok(conditions)
}

/// Counted by the database: a register has too many records to be carried out of it one by one.
fn tallies(
    conn: &Connection,
    scope: &Scope,
    filter: &ProgressFilter,
) -> Result<Option<Vec<Tally>>, StoreError> {
    let Some(conditions) = of_form(conn, scope, filter)? else { return Ok(None) };
    let sql = format!(
        "SELECT user.name, area.code, state, slot, records FROM (SELECT record.author AS author, record.area AS area, \
           record.state AS state, record.received_slot AS slot, count(*) AS records \
           FROM record INDEXED BY record_counted JOIN area ON area.num = record.area WHERE {} GROUP BY 1, 2, 3, 4) AS tally \
         JOIN area ON area.num = tally.area LEFT JOIN user ON user.id = tally.author",
        conditions.sql()
    );
    let mut statement = conn.prepare(&sql)?;
    let rows = statement.query_map(params_from_iter(conditions.args()), |row| {
        Ok(Tally {
            author: row.get::<_, Option<String>>(0)?.unwrap_or_default(),
            area: row.get(1)?,
            state: state_out(row, 2)?,
            received_ms: row.get::<_, Option<i64>>(3)?.map(|slot| slot * SLOT_MS),
            records: u64::try_from(row.get::<_, i64>(4)?).unwrap_or_default(),
        })
    })?;
    Ok(Some(rows.collect::<Result<_, _>>()?))
}

/// The submissions that wait, with their answers, and what their enumerators had decided last: a copy of an approved record is
/// a copy. Bounded, so that a register of many years is not read whole.
fn compared(conn: &Connection, scope: &Scope, filter: &ProgressFilter) -> Result<Vec<Filled>, StoreError> {
    let Some(mut conditions) = of_form(conn, scope, filter)? else { return Ok(Vec::new()) };
    conditions.and("record.state = 'submitted'", Vec::new());
    let sql = format!("{WAITING} WHERE {} ORDER BY record.num", conditions.sql());
    let mut statement = conn.prepare(&sql)?;
    let rows = statement.query_map(params_from_iter(conditions.args()), |row| {
        let answers = row.get::<_, Option<Vec<u8>>>(4)?.and_then(|bytes| answers_of(&bytes));
        let home = row.get::<_, Option<String>>(5)?;
        let home = home.and_then(|json| serde_json::from_str::<BTreeMap<String, Value>>(&json).ok());
        let filled = filled(row)?;
        Ok(Filled { said_ms: row.get(3)?, answers, household: home.as_ref().and_then(position), ..filled })
    })?;
    let waiting: Vec<Filled> = rows.collect::<Result<_, _>>()?;
    let mut records = decided(conn, scope, filter, &waiting)?;
    records.extend(waiting);
    Ok(records)
}

/// The last decided records of those who wrote what waits, oldest first.
fn decided(
    conn: &Connection,
    scope: &Scope,
    filter: &ProgressFilter,
    waiting: &[Filled],
) -> Result<Vec<Filled>, StoreError> {
    let mut left: BTreeMap<&str, usize> =
        waiting.iter().map(|record| (record.author.as_str(), COMPARED_MAX)).collect();
    let Some(mut conditions) = of_form(conn, scope, filter)?.filter(|_| !left.is_empty()) else {
        return Ok(Vec::new());
    };
    conditions.and("record.state NOT IN ('submitted', 'draft')", Vec::new());
    let sql = format!("{DECIDED} WHERE {} ORDER BY record.num DESC", conditions.sql());
    let mut statement = conn.prepare(&sql)?;
    let mut answers = conn.prepare_cached(ANSWERS)?;
    let mut rows = statement.query(params_from_iter(conditions.args()))?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()?.filter(|_| !left.is_empty()) {
        let mut record = filled(row)?;
        let Some(places) = left.get_mut(record.author.as_str()) else { continue };
        *places -= 1;
        if *places == 0 {
            left.remove(record.author.as_str());
        }
        let bytes: Option<Vec<u8>> =
            answers.query_row([record.record.to_bytes()], |row| row.get(0)).optional()?;
        record.answers = bytes.and_then(|bytes| answers_of(&bytes));
        records.push(record);
    }
    records.reverse();
    Ok(records)
}

fn filled(row: &Row<'_>) -> rusqlite::Result<Filled> {
    let record = record_id(row, 0)?;
    Ok(Filled {
        record,
        author: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
        state: state_out(row, 2)?,
        begun_ms: begun_ms(record),
        said_ms: None,
        answers: None,
        household: None,
    })
}

/// A document that does not open is flagged at reconciling; here it only says nothing.
fn answers_of(bytes: &[u8]) -> Option<BTreeMap<String, Value>> {
    let mut document = Record::load(bytes).ok()?;
    Some(read_now(&mut document, None).answers)
}

/// When a record was begun: its id is a UUIDv7, minted on the device.
fn begun_ms(record: RecordId) -> i64 {
    let bytes = record.to_bytes();
    bytes[..6].iter().fold(0, |ms, byte| ms << 8 | i64::from(*byte))
}

/// What the checks over several records found, whatever the form: it is the same people's work.
fn todo(conn: &Connection, scope: &Scope, filter: &ProgressFilter) -> Result<Vec<Todo>, StoreError> {
    let Some(mut conditions) = conditions(conn, scope, filter)? else { return Ok(Vec::new()) };
    conditions.and("flag.kind = ?", vec![Box::new(FlagKind::CrossCheck.name())]);
    let sql = format!("{TODO} WHERE {} ORDER BY flag.key, record.num", conditions.sql());
    let mut statement = conn.prepare(&sql)?;
    let rows = statement.query_map(params_from_iter(conditions.args()), |row| {
        Ok(Todo {
            record: record_id(row, 0)?,
            label: row.get(1)?,
            key: row.get(2)?,
            path: row.get(3)?,
            message: None,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
