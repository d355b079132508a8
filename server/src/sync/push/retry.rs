//! Judging once more what stands in quarantine.

use doorstep_protocol::EnvelopeId;
use doorstep_protocol::push::ItemVerdict;
use doorstep_records::RecordId;
use rusqlite::Connection;

use super::context;
use super::judge::judge_waiting;
use crate::log::{self, Author, By, LogEntry, Prepared, ReleasedEntry, RetriedEntry};
use crate::store::StoreError;

/// Takes items of one phone about one record out of quarantine and judges them; answers their verdicts, in their order.
pub(crate) fn retry(
    tx: &Connection,
    author: Author,
    record: RecordId,
    items: Vec<(EnvelopeId, u32)>,
    (by, now_ms): (By, i64),
) -> Result<Vec<ItemVerdict>, StoreError> {
    let waiting = ItemVerdict::Waiting { missing: Vec::new() };
    let mut verdicts = vec![waiting; items.len()];
    let entry = LogEntry::Retried(RetriedEntry { record, items: items.clone(), by });
    log::commit(tx, now_ms, &entry)?;
    // A revoked phone's work is judged like anybody's: that it is retried at all is a person's decision.
    let everywhere = author.server;
    let (released, document) = judge_waiting(tx, &context(author, false, everywhere), record)?;
    if released.is_empty() {
        return Ok(verdicts);
    }
    for free in &released {
        let place =
            items.iter().position(|(envelope, item)| (*envelope, *item) == (free.envelope, free.item));
        if let Some(place) = place {
            verdicts[place] = free.verdict.clone();
        }
    }
    let mut prepared = Prepared::default();
    prepared.documents.extend(document.map(|document| (record, document)));
    let entry = LogEntry::Released(ReleasedEntry { record, items: released });
    log::commit_prepared(tx, now_ms, &entry, &prepared)?;
    Ok(verdicts)
}
