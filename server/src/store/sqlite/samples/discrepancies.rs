//! Approved checks against the register as it was approved on the day of each.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_records::RecordId;
use rusqlite::Connection;
use serde_json::Value;

use super::reading;
use crate::checks::sweep::civil_day;
use crate::dataset::cutoff::as_of_ms;
use crate::dataset::model::DatasetRow;
use crate::samples::compare::{Difference, Discrepancies, differences};
use crate::samples::model::{CheckedFilter, UnitState};
use crate::store::sqlite::review::data::{row_each, row_get};
use crate::store::sqlite::review::library::area_path;
use crate::store::sqlite::rows::record_id;
use crate::store::{Scope, StoreError};

/// Outcomes of a visit with which something was found out.
const FOUND_OUT: [&str; 2] = ["completed", "partial"];

const STANDING: &str = "SELECT coalesce(alias_of, id) FROM record WHERE id = ?1";

type Answers = BTreeMap<String, Value>;

/// What a check is compared by: one for each household, the latest.
struct Checked {
    date: String,
    row: DatasetRow,
    answers: Answers,
}

pub(super) fn discrepancies(
    conn: &Connection,
    scope: &Scope,
    filter: &CheckedFilter,
) -> Result<Discrepancies, StoreError> {
    let (mut form, mut households, mut since) = (filter.check.clone(), None, String::new());
    if let Some(id) = filter.sample {
        let (num, view) = reading::sample(conn, scope, id)?;
        let units = reading::units(conn, scope, num, &view)?;
        let drawn = units.into_iter().filter(|unit| unit.state != UnitState::Reserve);
        let standing = drawn.map(|unit| standing(conn, unit.record));
        households = Some(standing.collect::<Result<BTreeSet<_>, _>>()?);
        since = civil_day(view.at_ms);
        form = view.check;
    }
    let mut scope = scope.clone();
    if let Some(area) = &filter.area {
        let path = area_path(conn, area)?.filter(|path| scope.covers(path)).ok_or(StoreError::NotFound)?;
        scope = scope.below(&path);
    }
    let mut found = Discrepancies::new();
    for (household, checked) in checks(conn, &scope, &form, &since)? {
        if households.as_ref().is_none_or(|households| households.contains(&household)) {
            compared(conn, &scope, household, checked, &mut found)?;
        }
    }
    Ok(found)
}

/// The record that stands for a household by now.
fn standing(conn: &Connection, record: RecordId) -> rusqlite::Result<RecordId> {
    conn.prepare_cached(STANDING)?.query_row([record.to_bytes()], |row| record_id(row, 0))
}

/// The latest check of each household with which something was found out.
fn checks(
    conn: &Connection,
    scope: &Scope,
    form: &str,
    since: &str,
) -> Result<BTreeMap<RecordId, Checked>, StoreError> {
    let mut latest: BTreeMap<RecordId, Checked> = BTreeMap::new();
    row_each(conn, scope, form, |row| {
        let answers = answers(&row)?;
        let text = |path: &str| answers.get(path).and_then(Value::as_str);
        let found_out = text("visit_outcome").is_some_and(|outcome| FOUND_OUT.contains(&outcome));
        let (Some(subject), Some(date)) = (row.subject.filter(|_| found_out), text("event_date")) else {
            return Ok::<(), StoreError>(());
        };
        let date = date.to_owned();
        if date.as_str() < since || latest.get(&subject).is_some_and(|known| known.date > date) {
            return Ok(());
        }
        latest.insert(subject, Checked { date, row, answers });
        Ok(())
    })?;
    Ok(latest)
}

fn compared(
    conn: &Connection,
    scope: &Scope,
    household: RecordId,
    checked: Checked,
    found: &mut Discrepancies,
) -> Result<(), StoreError> {
    let Checked { date, row, answers: check } = checked;
    let Some(end_of_day) = as_of_ms(&date) else { return Ok(()) };
    let register = row_get(conn, &scope.as_of(Some(end_of_day)), household)?;
    let standing = register.as_ref().map(answers).transpose()?.unwrap_or_default();
    let label = check.get("head_name").and_then(Value::as_str).unwrap_or_default();
    let told = differences(&check, &standing).into_iter().map(|(kind, registered, now)| Difference {
        kind,
        check: row.record,
        household,
        label: label.to_owned(),
        area: row.area.clone(),
        date: date.clone(),
        registered,
        found: now,
    });
    found.add(register.is_some(), told.collect());
    Ok(())
}

fn answers(row: &DatasetRow) -> Result<Answers, StoreError> {
    row.answers().map_err(|_| StoreError::Damaged("a row of the dataset"))
}
