//! The log makes the same tables and the same dataset again.

use doorstep_server::store::dataset::Datasets;
use doorstep_server::store::operations::Operations;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::Trouble;
use super::violation::Check;
use super::world::World;

/// What does not count in a table: places in the order of reconciling.
const NO_MATTER: &[(&str, &[&str])] = &[("record", &["row_seq", "dirty"]), ("meta", &["value"])];

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

/// A table and its rows in words.
pub type Table = (String, Vec<String>);

/// Every table of the server's file, for comparing: one that comes to be in a later version is compared like the others.
pub fn tables(conn: &Connection) -> Result<Vec<Table>, Trouble> {
    const NAMES: &str =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let names: Vec<String> =
        conn.prepare(NAMES)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut tables = Vec::new();
    for name in names {
        let ignored = NO_MATTER.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, columns)| columns);
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
        tables.push((name, lines));
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
