//! The administrative tree in SQLite. An area's path is its ancestors' codes and its own, each with `/` behind, so that
//! a prefix is a subtree.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row};

use super::SqliteStore;
use crate::areas::{self, Area, Tree};
use crate::log::{self, By, LogEntry};
use crate::store::areas::{AreaImport, Areas};
use crate::store::{Scope, StoreError};

const COLUMNS: &str = "SELECT code, parent, level, name_zh, name_en, valid_from, valid_to, path FROM area";

impl Areas for SqliteStore {
    fn area_list(&self, scope: &Scope) -> Result<Vec<Area>, StoreError> {
        self.read(|conn| Ok(area_list(conn, scope)?))
    }

    fn areas_import(&self, scope: &Scope, csv: &[u8], now_ms: i64) -> Result<AreaImport, StoreError> {
        let (scope, csv) = (scope.clone(), csv.to_owned());
        self.write(move |conn| {
            let planned = areas::plan(&csv, &KnownTree::load(conn, &scope)?);
            let plan = match planned {
                Ok(plan) => plan,
                Err(faults) => return Ok(Err(faults)),
            };
            if !plan.areas.is_empty() {
                let entry = LogEntry::AreasImported { areas: plan.areas, by: By::from(&scope) };
                log::commit(conn, now_ms, &entry)?;
            }
            Ok(Ok(plan.imported))
        })
    }
}

/// The areas inside a caller's scope, parents first.
fn area_list(conn: &Connection, scope: &Scope) -> rusqlite::Result<Vec<Area>> {
    let mut statement = conn.prepare_cached(&format!("{COLUMNS} ORDER BY path"))?;
    let rows = statement.query_map([], area_row)?.collect::<Result<Vec<_>, _>>()?;
    Ok(rows.into_iter().filter(|(_, path)| scope.covers(path)).map(|(area, _)| area).collect())
}

/// The whole tree as one caller reaches it.
struct KnownTree<'a> {
    areas: BTreeMap<String, (Area, String)>,
    scope: &'a Scope,
}

impl<'a> KnownTree<'a> {
    fn load(conn: &Connection, scope: &'a Scope) -> rusqlite::Result<KnownTree<'a>> {
        let mut statement = conn.prepare_cached(COLUMNS)?;
        let areas = statement
            .query_map([], area_row)?
            .map(|row| row.map(|(area, path)| (area.code.clone(), (area, path))))
            .collect::<Result<_, _>>()?;
        Ok(KnownTree { areas, scope })
    }
}

impl Tree for KnownTree<'_> {
    fn area(&self, code: &str) -> Option<Area> {
        self.areas.get(code).map(|(area, _)| area.clone())
    }
    fn reaches(&self, code: &str) -> bool {
        self.areas.get(code).is_some_and(|(_, path)| self.scope.covers(path))
    }
    fn reaches_all(&self) -> bool {
        self.scope.covers("")
    }
}

fn area_row(row: &Row<'_>) -> rusqlite::Result<(Area, String)> {
    let area = Area {
        code: row.get(0)?,
        parent: row.get(1)?,
        level: row.get(2)?,
        name_zh: row.get(3)?,
        name_en: row.get(4)?,
        valid_from: row.get(5)?,
        valid_to: row.get(6)?,
    };
    Ok((area, row.get(7)?))
}
