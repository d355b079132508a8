//! The log makes the same tables and the same dataset again.

use doorstep_server::store::dataset::Datasets;
use doorstep_server::store::operations::Operations;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::Trouble;
use super::violation::Check;
use super::world::World;

/// Tables that a rebuild must make again to the letter, with what does not count: places in the order of reconciling.
const REBUILT: &[(&str, &[&str])] = &[
    ("area", &[]),
    ("form_version", &[]),
    ("envelope", &[]),
    ("released", &[]),
    ("record", &["row_seq", "dirty"]),
    ("document", &[]),
    ("record_change", &[]),
    ("actor", &[]),
    ("waiting", &[]),
    ("quarantine", &[]),
    ("submission", &[]),
    ("review", &[]),
    ("comment", &[]),
    ("waiver", &[]),
    ("flag", &[]),
    ("dataset", &[]),
    ("feed", &[]),
];

/// The log makes the same tables and the same dataset again.
pub(super) fn rebuild(world: &mut World) -> Result<(), Trouble> {
    let before = (tables(world.server.eye()?)?, dataset(world)?);
    if let Err(error) = world.server.store()?.rebuild() {
        world
            .witness
            .borrow_mut()
            .find(Check::RebuildIdentical, format!("the log cannot be replayed: {error}"));
        return Ok(());
    }
    world.server.reconcile()?;
    let after = (tables(world.server.eye()?)?, dataset(world)?);
    for ((name, rows), (_, again)) in before.0.iter().zip(&after.0) {
        if rows != again {
            let differing = rows.iter().zip(again).find(|(one, other)| one != other);
            let detail =
                format!("table {name}: {} rows, {} again; {differing:.300?}", rows.len(), again.len());
            world.witness.borrow_mut().find(Check::RebuildIdentical, detail);
        }
    }
    if before.1 != after.1 {
        world.witness.borrow_mut().find(Check::RebuildIdentical, "the dataset");
    }
    Ok(())
}

fn dataset(world: &World) -> Result<Vec<u8>, Trouble> {
    let mut dump = Vec::new();
    world.server.store()?.dataset_dump(&mut |line| {
        dump.extend_from_slice(line);
        Ok(())
    })?;
    Ok(dump)
}

/// A derived table and its rows in words.
pub type Table = (&'static str, Vec<String>);

/// Every derived table, for comparing.
pub fn tables(conn: &Connection) -> Result<Vec<Table>, Trouble> {
    let mut tables = Vec::new();
    for (name, ignored) in REBUILT {
        let mut statement = conn.prepare(&format!("SELECT * FROM {name} ORDER BY 1, 2"))?;
        let columns: Vec<(usize, String)> = statement
            .column_names()
            .enumerate()
            .filter(|(_, column)| !ignored.contains(column))
            .map(|(at, column)| (at, (*column).to_owned()))
            .collect();
        let mut rows = statement.query([])?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            let mut line = String::new();
            for (at, column) in &columns {
                line.push_str(&format!("{column}={} ", cell(row.get_ref(*at)?)));
            }
            lines.push(line);
        }
        tables.push((*name, lines));
    }
    Ok(tables)
}

fn cell(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "-".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
