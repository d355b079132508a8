//! The administrative tree in SQLite. An area's path is its ancestors' codes and its own, each with `/` behind, so that
//! a prefix is a subtree.

use std::collections::BTreeMap;

use doorstep_plant::{Plant, is as planted};
use rusqlite::{Connection, Row};

use super::SqliteStore;
use crate::areas::succession::{SUCCESSIONS_MAX, faults};
use crate::areas::{self, Area, Succession, Tree};
use crate::log::{self, By, LogEntry};
use crate::store::areas::{AreaImport, AreaSucceeded, Areas};
use crate::store::{Scope, StoreError};

const COLUMNS: &str = "SELECT code, parent, level, name_zh, name_en, valid_from, valid_to, path FROM area";
/// With the names, level and days as they were at an instant: those of the first change after it.
const COLUMNS_AS_OF: &str = "SELECT area.code, area.parent, coalesce(past.level, area.level), \
       coalesce(past.name_zh, area.name_zh), coalesce(past.name_en, area.name_en), \
       CASE WHEN past.num IS NULL THEN area.valid_from ELSE past.valid_from END, \
       CASE WHEN past.num IS NULL THEN area.valid_to ELSE past.valid_to END, area.path FROM area \
     LEFT JOIN area_past AS past ON past.num = (SELECT num FROM area_past AS later \
       WHERE later.area = area.num AND later.until_ms > ?1 ORDER BY later.until_ms, later.num LIMIT 1)";
const SUCCESSIONS: &str = "SELECT ended.code, following.code FROM area_succession \
     JOIN area AS ended ON ended.num = area_succession.area \
     JOIN area AS following ON following.num = area_succession.successor ORDER BY 1, 2";
const PLACED: &str = "SELECT count(*) FROM stood WHERE kind = 'area'";

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

    fn areas_succeed(
        &self,
        scope: &Scope,
        successions: &[Succession],
        on: &str,
        now_ms: i64,
    ) -> Result<AreaSucceeded, StoreError> {
        if successions.len() > SUCCESSIONS_MAX {
            return Err(StoreError::refused(doorstep_protocol::ProblemKind::TooLarge));
        }
        let (scope, mut successions, on) = (scope.clone(), successions.to_vec(), on.to_owned());
        self.write(move |conn| {
            let known = succession_list(conn)?;
            let faults = faults(&successions, &on, &KnownTree::load(conn, &scope)?, &known);
            if !faults.is_empty() {
                return Ok(Err(faults));
            }
            successions.retain(|succession| !known.contains(succession));
            successions.sort();
            successions.dedup();
            if successions.is_empty() {
                return Ok(Ok(0));
            }
            let placed = |conn: &Connection| conn.query_row(PLACED, [], |row| row.get::<_, i64>(0));
            let before = placed(conn)?;
            let entry = LogEntry::AreasSucceeded { successions, on, by: By::from(&scope) };
            log::commit(conn, now_ms, &entry)?;
            Ok(Ok((placed(conn)? - before).unsigned_abs()))
        })
    }
}

fn succession_list(conn: &Connection) -> rusqlite::Result<Vec<Succession>> {
    conn.prepare_cached(SUCCESSIONS)?
        .query_map([], |row| Ok(Succession { from: row.get(0)?, to: row.get(1)? }))?
        .collect()
}

/// The areas inside a caller's scope, parents first.
fn area_list(conn: &Connection, scope: &Scope) -> rusqlite::Result<Vec<Area>> {
    let rows = area_rows(conn, scope)?;
    Ok(rows.into_iter().filter(|(_, path)| scope.covers(path)).map(|(area, _)| area).collect())
}

/// Every area with its path, parents first, named as at the instant of a scope.
pub(super) fn area_rows(conn: &Connection, scope: &Scope) -> rusqlite::Result<Vec<(Area, String)>> {
    match scope.as_of_ms().filter(|_| !planted(Plant::NamesOfToday)) {
        None => {
            let mut statement = conn.prepare_cached(&format!("{COLUMNS} ORDER BY path"))?;
            statement.query_map([], area_row)?.collect()
        }
        Some(at_ms) => {
            let mut statement = conn.prepare_cached(&format!("{COLUMNS_AS_OF} ORDER BY area.path"))?;
            statement.query_map([at_ms], area_row)?.collect()
        }
    }
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
