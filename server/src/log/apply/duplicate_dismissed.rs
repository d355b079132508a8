//! Two suspects are two households.

use doorstep_records::RecordId;
use rusqlite::{Connection, params};

use super::{record_num, touch};
use crate::store::StoreError;

const SET: &str = "UPDATE duplicate SET state = 'dismissed' WHERE a = ?1 AND b = ?2 OR a = ?2 AND b = ?1";

pub(super) fn apply(tx: &Connection, seq: i64, a: RecordId, b: RecordId) -> Result<(), StoreError> {
    tx.execute(SET, params![a.to_bytes(), b.to_bytes()])?;
    for id in [a, b] {
        touch(tx, record_num(tx, id)?, seq)?;
    }
    Ok(())
}
