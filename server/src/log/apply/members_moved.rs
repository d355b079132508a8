//! Members left a household for another one.

use rusqlite::{Connection, params};

use super::{record_num, touch};
use crate::log::MembersMovedEntry;
use crate::store::StoreError;
use crate::store::sqlite::rows::heads_bytes;

const INSERT: &str = "INSERT INTO member_move (seq, source, target, row, day, state, base, closed, opened) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

pub(super) fn apply(tx: &Connection, seq: i64, entry: &MembersMovedEntry) -> Result<(), StoreError> {
    let (source, target) = (record_num(tx, entry.from)?, record_num(tx, entry.to)?);
    let base = heads_bytes(&entry.base);
    let (closed, opened) = (entry.closed.to_bytes(), entry.opened.to_bytes());
    let mut insert = tx.prepare_cached(INSERT)?;
    for row in &entry.rows {
        insert.execute(params![seq, source, target, row, entry.on, entry.state, base, closed, opened])?;
    }
    touch(tx, source, seq)?;
    touch(tx, target, seq)
}
