//! A record was moved to another area: it leaves one scope and comes into another.

use doorstep_records::RecordId;
use rusqlite::{Connection, OptionalExtension, params};

use super::{record_num, touch};
use crate::log::feed::{self, FeedKind};
use crate::store::StoreError;
use crate::store::sqlite::review::stood::area_moves;

const AREA: &str = "SELECT num FROM area WHERE code = ?1";
const PLACE: &str = "SELECT area FROM record WHERE num = ?1";
const SET: &str = "UPDATE record SET area = ?2 WHERE num = ?1";

/// Work about a household goes with it.
const SET_WORK: &str =
    "UPDATE assignment SET area = ?2 WHERE subject = (SELECT id FROM record WHERE num = ?1)";

pub(super) fn apply(tx: &Connection, seq: i64, record: RecordId, area: &str) -> Result<(), StoreError> {
    let record = record_num(tx, record)?;
    let area: i64 = tx
        .query_row(AREA, [area], |row| row.get(0))
        .optional()?
        .ok_or(StoreError::Damaged("an entry of the log names an area that does not exist"))?;
    place(tx, seq, record, area)
}

/// Places a record in an area; both by their numbers.
pub(super) fn place(tx: &Connection, seq: i64, record: i64, area: i64) -> Result<(), StoreError> {
    let old: i64 = tx.query_row(PLACE, [record], |row| row.get(0))?;
    if old != area {
        feed::left(tx, record)?;
        area_moves(tx, record, area, seq)?;
        tx.execute(SET, params![record, area])?;
        tx.execute(SET_WORK, params![record, area])?;
        feed::of_record(tx, record, FeedKind::Entered, None)?;
    }
    touch(tx, record, seq)
}
