//! Reading the dataset.

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::{DeviceId, UserId};
use doorstep_records::RecordId;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::within::Conditions;
use crate::dataset::canonical::DumpLine;
use crate::dataset::model::{DatasetRow, RowPage};
use crate::store::Scope;
use crate::store::sqlite::rows::{heads, id16, record_id, record_id_opt};

const COLUMNS: &str = "SELECT record.id, dataset.form, dataset.form_version, area.code, dataset.subject, \
       dataset.heads, dataset.approved_ms, dataset.row, dataset.conflicts, record.author, record.device";
const JOINED: &str = "JOIN record ON record.num = dataset.record LEFT JOIN area ON area.num = dataset.area";
/// Rows as they stood at an instant: those that stand since then, and those that stood then and no longer do.
const AS_OF: &str = "(SELECT record, form, form_version, area, subject, heads, approved_ms, row, conflicts, 0 AS gone \
       FROM dataset \
     UNION ALL SELECT record, form, form_version, area, subject, heads, approved_ms, row, conflicts, 1 AS gone \
       FROM past WHERE from_ms <= {at} AND until_ms > {at}) AS dataset";
const PAST: &str = "SELECT record.id, past.form, past.form_version, area.code, past.subject, past.heads, \
       past.approved_ms, past.row, past.conflicts, record.author, record.device, past.from_ms, past.until_ms \
     FROM past JOIN record ON record.num = past.record LEFT JOIN area ON area.num = past.area \
     ORDER BY record.id, past.from_ms";

/// What a scope reads the dataset from.
fn from(scope: &Scope) -> String {
    let rows = match scope.as_of_ms() {
        Some(at_ms) => AS_OF.replace("{at}", &at_ms.to_string()),
        None => "dataset".to_owned(),
    };
    format!("FROM {rows} {JOINED}")
}

/// One page of a form's rows inside a scope, by record id.
pub(crate) fn row_page(
    conn: &Connection,
    scope: &Scope,
    form: &str,
    after: Option<RecordId>,
    limit: u32,
) -> rusqlite::Result<RowPage> {
    let mut conditions = of_form(&seen(scope, Plant::DatasetUnscoped), form);
    let from = from(scope);
    let count = format!("SELECT count(*) {from} WHERE {}", conditions.sql());
    let total = conn.query_row(&count, params_from_iter(conditions.args()), |row| row.get::<_, i64>(0))?;
    if let Some(after) = after {
        conditions.and("record.id > ?", vec![Box::new(after.to_bytes())]);
    }
    let sql = format!(
        "{COLUMNS} {from} WHERE {} ORDER BY record.id LIMIT {}",
        conditions.sql(),
        u64::from(limit) + 1
    );
    let mut rows: Vec<DatasetRow> = conn
        .prepare(&sql)?
        .query_map(params_from_iter(conditions.args()), row_of)?
        .collect::<Result<_, _>>()?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| row.record);
    Ok(RowPage { rows, next, total: u64::try_from(total).unwrap_or_default() })
}

/// Every row of a form inside a scope, by record id, one at a time: memory stays flat.
pub(crate) fn row_each<E: From<rusqlite::Error>>(
    conn: &Connection,
    scope: &Scope,
    form: &str,
    mut each: impl FnMut(DatasetRow) -> Result<(), E>,
) -> Result<(), E> {
    let conditions = of_form(&seen(scope, Plant::ExportUnscoped), form);
    let sql = format!("{COLUMNS} {} WHERE {} ORDER BY record.id", from(scope), conditions.sql());
    let mut statement = conn.prepare(&sql)?;
    let mut rows = statement.query(params_from_iter(conditions.args()))?;
    while let Some(row) = rows.next()? {
        each(row_of(row)?)?;
    }
    Ok(())
}

/// One row inside a scope.
pub(crate) fn row_get(
    conn: &Connection,
    scope: &Scope,
    record: RecordId,
) -> rusqlite::Result<Option<DatasetRow>> {
    let mut conditions = inside(scope);
    conditions.and("record.id = ?", vec![Box::new(record.to_bytes())]);
    let sql = format!("{COLUMNS} {} WHERE {}", from(scope), conditions.sql());
    conn.query_row(&sql, params_from_iter(conditions.args()), row_of).optional()
}

/// The whole dataset, line by line, in the bytes that a rebuild must reproduce.
pub(crate) fn row_dump<E: From<rusqlite::Error>>(
    conn: &Connection,
    mut line: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let sql = format!("{COLUMNS} FROM dataset {JOINED} WHERE record.alias_of IS NULL ORDER BY record.id");
    let mut statement = conn.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        line(&dump_line(row_of(row)?).bytes())?;
    }
    Ok(())
}

/// Every row that was superseded, in the bytes that a rebuild must reproduce.
pub(crate) fn past_dump<E: From<rusqlite::Error>>(
    conn: &Connection,
    mut line: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = conn.prepare(PAST)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let span: (i64, i64) = (row.get(11)?, row.get(12)?);
        line(format!("{}..{} ", span.0, span.1).as_bytes())?;
        line(&dump_line(row_of(row)?).bytes())?;
    }
    Ok(())
}

fn dump_line(row: DatasetRow) -> DumpLine {
    DumpLine {
        record: row.record.to_string(),
        form: row.form,
        form_version: row.form_version,
        area: row.area,
        subject: row.subject.map(|subject| subject.to_string()).unwrap_or_default(),
        heads: row.heads.to_string(),
        approved_ms: row.approved_ms,
        row: row.json,
    }
}

/// The scope, or everything when its absence is planted.
fn seen(scope: &Scope, plant: Plant) -> Scope {
    if planted(plant) { Scope::server().as_of(scope.as_of_ms()) } else { scope.clone() }
}

fn of_form(scope: &Scope, form: &str) -> Conditions {
    let mut conditions = inside(scope);
    conditions.and("dataset.form = ?", vec![Box::new(form.to_owned())]);
    conditions
}

fn inside(scope: &Scope) -> Conditions {
    let mut conditions = Conditions::default();
    match scope.as_of_ms() {
        // Merged away a moment ago and not reconciled yet: counted once all the same.
        None if planted(Plant::MergedCounted) => {}
        None => conditions.and("record.alias_of IS NULL", Vec::new()),
        Some(at_ms) => {
            let term = "dataset.gone OR (record.alias_of IS NULL AND record.timed_ms <= ?)";
            conditions.and(term, vec![Box::new(at_ms)]);
        }
    }
    conditions.within(scope, "area.path", "dataset.form");
    conditions
}

fn row_of(row: &Row<'_>) -> rusqlite::Result<DatasetRow> {
    Ok(DatasetRow {
        record: record_id(row, 0)?,
        form: row.get(1)?,
        form_version: row.get(2)?,
        area: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
        subject: record_id_opt(row, 4)?,
        heads: heads(row, 5)?,
        approved_ms: row.get(6)?,
        json: row.get(7)?,
        conflicts: row.get(8)?,
        author: UserId::from_bytes(id16(row, 9)?),
        device: row.get::<_, Option<[u8; 16]>>(10)?.map(DeviceId::from_bytes),
    })
}
