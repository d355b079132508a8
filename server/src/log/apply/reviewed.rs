//! A decision on exact heads.

use rusqlite::Connection;

use super::{record_num, touch};
use crate::log::ReviewedEntry;
use crate::store::StoreError;

pub(super) fn apply(tx: &Connection, seq: i64, _at_ms: i64, entry: &ReviewedEntry) -> Result<(), StoreError> {
    let record = record_num(tx, entry.record)?;
    touch(tx, record, seq)
}
