//! The administrative tree in SQLite. An area's path is its ancestors' codes and its own, each with `/` behind, so that
//! a prefix is a subtree.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::areas::{Area, Tree};
use crate::store::scope::Scope;

const COLUMNS: &str = "SELECT code, parent, level, name_zh, name_en, valid_from, valid_to, path FROM area";
const PATH: &str = "SELECT path FROM area WHERE code = ?1";
const UPSERT: &str = "INSERT INTO area (code, parent, level, name_zh, name_en, valid_from, valid_to, path) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
     ON CONFLICT (code) DO UPDATE SET level = excluded.level, name_zh = excluded.name_zh, \
     name_en = excluded.name_en, valid_from = excluded.valid_from, valid_to = excluded.valid_to";

/// The areas inside a caller's scope, parents first.
pub(crate) fn area_list(conn: &Connection, scope: &Scope) -> rusqlite::Result<Vec<Area>> {
    let mut statement = conn.prepare_cached(&format!("{COLUMNS} ORDER BY path"))?;
    let rows = statement.query_map([], area_row)?.collect::<Result<Vec<_>, _>>()?;
    Ok(rows.into_iter().filter(|(_, path)| scope.covers(path)).map(|(area, _)| area).collect())
}

/// The path of an area.
pub(crate) fn area_path(conn: &Connection, code: &str) -> rusqlite::Result<Option<String>> {
    conn.query_row(PATH, [code], |row| row.get(0)).optional()
}

/// Writes areas, parents first. An area whose parent is missing cannot be placed and is an error of the caller.
pub(crate) fn areas_write(conn: &Connection, areas: &[Area]) -> rusqlite::Result<()> {
    let mut upsert = conn.prepare_cached(UPSERT)?;
    for area in areas {
        let above = match &area.parent {
            None => String::new(),
            Some(parent) => conn.query_row(PATH, [parent], |row| row.get(0))?,
        };
        upsert.execute(params![
            area.code,
            area.parent,
            area.level,
            area.name_zh,
            area.name_en,
            area.valid_from,
            area.valid_to,
            format!("{above}{}/", area.code),
        ])?;
    }
    Ok(())
}

/// The whole tree as one caller reaches it.
pub(crate) struct KnownTree<'a> {
    areas: BTreeMap<String, (Area, String)>,
    scope: &'a Scope,
}

impl<'a> KnownTree<'a> {
    pub(crate) fn load(conn: &Connection, scope: &'a Scope) -> rusqlite::Result<KnownTree<'a>> {
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
