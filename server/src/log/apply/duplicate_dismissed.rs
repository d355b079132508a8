//! Two suspects are two households.

use doorstep_records::RecordId;
use rusqlite::Connection;

use super::{record_num, touch};
use crate::store::StoreError;
use crate::store::sqlite::review::pairs::pair_dismiss;

pub(super) fn apply(tx: &Connection, seq: i64, a: RecordId, b: RecordId) -> Result<(), StoreError> {
    pair_dismiss(tx, a, b)?;
    for id in [a, b] {
        touch(tx, record_num(tx, id)?, seq)?;
    }
    Ok(())
}
