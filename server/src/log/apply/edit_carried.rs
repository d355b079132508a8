//! An edit followed a member into another household.

use rusqlite::{Connection, OptionalExtension, params};

use super::record_num;
use crate::log::EditCarriedEntry;
use crate::store::StoreError;

const MOVE: &str = "SELECT seq FROM member_move WHERE source = ?1 AND target = ?2 AND closed = ?3 LIMIT 1";
const INSERT: &str =
    "INSERT INTO carried (move, original, root, change, saw_copy, submitted) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const SUBMITTED: &str = "UPDATE carried SET submitted = 1 WHERE move = ?1 AND original = ?2";

pub(super) fn apply(tx: &Connection, entry: &EditCarriedEntry) -> Result<(), StoreError> {
    let (source, target) = (record_num(tx, entry.from)?, record_num(tx, entry.to)?);
    let args = params![source, target, entry.closed.to_bytes()];
    let found: Option<i64> = tx.prepare_cached(MOVE)?.query_row(args, |row| row.get(0)).optional()?;
    let moved = found.ok_or(StoreError::Damaged("the log carries an edit along no move"))?;
    let original = entry.original.to_bytes();
    let mut insert = tx.prepare_cached(INSERT)?;
    for carried in &entry.changes {
        let (root, change) = (entry.root.to_bytes(), carried.change.to_bytes());
        insert.execute(params![moved, original, root, change, carried.saw_copy, entry.submitted])?;
    }
    if entry.changes.is_empty() && entry.submitted {
        tx.prepare_cached(SUBMITTED)?.execute(params![moved, original])?;
    }
    Ok(())
}
