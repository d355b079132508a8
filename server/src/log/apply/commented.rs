//! A remark from the console.

use doorstep_records::{Heads, RecordId};
use rusqlite::Connection;

use super::{items, record_num, touch};
use crate::log::{By, ReviewComment};
use crate::store::StoreError;

pub(super) fn apply(
    tx: &Connection,
    seq: i64,
    at_ms: i64,
    record: RecordId,
    heads: &Heads,
    comment: &ReviewComment,
    by: &By,
) -> Result<(), StoreError> {
    let record = record_num(tx, record)?;
    items::comment(tx, record, heads, comment, by, at_ms)?;
    touch(tx, record, seq)
}
