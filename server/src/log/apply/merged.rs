//! A registration became another name of a record, or stands for itself again.

use doorstep_records::RecordId;
use rusqlite::{Connection, params};

use super::{record_num, touch};
use crate::log::feed::{self, FeedKind};
use crate::store::StoreError;

const SET: &str = "UPDATE record SET alias_of = ?2 WHERE num = ?1";

pub(super) fn apply(
    tx: &Connection,
    seq: i64,
    alias: RecordId,
    canonical: Option<RecordId>,
) -> Result<(), StoreError> {
    let record = record_num(tx, alias)?;
    touch(tx, record, seq)?;
    tx.execute(SET, params![record, canonical.map(|id| id.to_bytes())])?;
    touch(tx, record, seq)?;
    feed::of_record(tx, record, FeedKind::Alias, None)?;
    Ok(())
}
