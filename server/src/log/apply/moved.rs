//! An approved record moved an answer of the record it is about, or could not.

use rusqlite::{Connection, OptionalExtension, params};

use super::{record_num, touch};
use crate::log::entry::MovedEntry;
use crate::store::StoreError;
use crate::store::sqlite::rows::heads_bytes;

const INSERT: &str = "INSERT INTO status_move (source, heads, target, answer, was, value, verdict, at_ms) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
/// Records whose flags may follow from moves of the same record.
const BESIDE: &str =
    "SELECT DISTINCT source FROM status_move WHERE target = ?1 AND source != ?2 ORDER BY source";

pub(super) fn apply(tx: &Connection, seq: i64, at_ms: i64, entry: &MovedEntry) -> Result<(), StoreError> {
    let source = record_num(tx, entry.source)?;
    let target = match entry.target {
        Some(target) => tx
            .prepare_cached("SELECT num FROM record WHERE id = ?1")?
            .query_row([target.to_bytes()], |row| row.get::<_, i64>(0))
            .optional()?,
        None => None,
    };
    tx.prepare_cached(INSERT)?.execute(params![
        source,
        heads_bytes(&entry.heads),
        target,
        entry.answer,
        entry.from,
        entry.to,
        entry.verdict.name(),
        at_ms
    ])?;
    touch(tx, source, seq)?;
    if let Some(target) = target {
        touch(tx, target, seq)?;
        let beside: Vec<i64> = tx
            .prepare_cached(BESIDE)?
            .query_map([target, source], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        beside.into_iter().try_for_each(|record| touch(tx, record, seq))?;
    }
    Ok(())
}
