//! Areas were added or changed.

use rusqlite::{Connection, OptionalExtension, params};

use crate::areas::Area;
use crate::log::feed;
use crate::store::StoreError;

const PATH: &str = "SELECT path FROM area WHERE code = ?1";
const KNOWN: &str = "SELECT num, path FROM area WHERE code = ?1";
const UPSERT: &str = "INSERT INTO area (code, parent, level, name_zh, name_en, valid_from, valid_to, path) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (code) DO UPDATE SET parent = excluded.parent, \
     level = excluded.level, name_zh = excluded.name_zh, name_en = excluded.name_en, \
     valid_from = excluded.valid_from, valid_to = excluded.valid_to, path = excluded.path";
const MOVE_BELOW: &str =
    "UPDATE area SET path = ?2 || substr(path, length(?1) + 1) WHERE path > ?1 AND path < ?3";

const REMEMBER: &str = "INSERT INTO area_past (area, until_ms, level, name_zh, name_en, valid_from, valid_to) \
     SELECT num, ?2, level, name_zh, name_en, valid_from, valid_to FROM area WHERE num = ?1";

/// Remembers what an area is called, and when it exists, until now. Call it before that changes.
pub(super) fn remember(tx: &Connection, area: i64, at_ms: i64) -> Result<(), StoreError> {
    tx.prepare_cached(REMEMBER)?.execute([area, at_ms])?;
    Ok(())
}

pub(super) fn apply(tx: &Connection, at_ms: i64, areas: &[Area]) -> Result<(), StoreError> {
    for area in areas {
        let above: String = match &area.parent {
            None => String::new(),
            Some(parent) => tx
                .query_row(PATH, [parent], |row| row.get(0))
                .optional()?
                .ok_or(StoreError::Damaged("an area in the log has no parent"))?,
        };
        let path = format!("{above}{}/", area.code);
        let known: Option<(i64, String)> =
            tx.query_row(KNOWN, [&area.code], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        if let Some((num, _)) = known {
            remember(tx, num, at_ms)?;
        }
        tx.execute(
            UPSERT,
            params![
                area.code,
                area.parent,
                area.level,
                area.name_zh,
                area.name_en,
                area.valid_from,
                area.valid_to,
                path
            ],
        )?;
        let num = match known {
            Some((num, old)) => {
                if old != path {
                    let (_, end) = crate::store::path_range(&old);
                    tx.execute(MOVE_BELOW, params![old, path, end])?;
                }
                num
            }
            None => tx.last_insert_rowid(),
        };
        feed::area(tx, num)?;
    }
    Ok(())
}
