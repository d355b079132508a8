//! A registration became another name of a record, or stands for itself again.

use doorstep_records::RecordId;
use rusqlite::Connection;

use super::{record_num, touch};
use crate::log::feed::{self, FeedKind};
use crate::store::StoreError;
use crate::store::sqlite::review::pairs::{pair_merge, pair_unmerge};

/// `canonical`: the record that stands for both from now on; none takes the merge back.
pub(super) fn apply(
    tx: &Connection,
    seq: i64,
    alias: RecordId,
    canonical: Option<RecordId>,
) -> Result<(), StoreError> {
    let record = record_num(tx, alias)?;
    let renamed = match canonical {
        Some(canonical) => {
            record_num(tx, canonical)?;
            pair_merge(tx, canonical, alias, seq)?
        }
        None => pair_unmerge(tx, alias, seq)?,
    };
    touch(tx, record, seq)?;
    for num in renamed {
        feed::of_record(tx, num, FeedKind::Alias, None)?;
    }
    Ok(())
}
