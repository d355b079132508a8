//! Judging once more what stands in quarantine, or waits.

use doorstep_protocol::EnvelopeId;
use doorstep_protocol::push::ItemVerdict;
use doorstep_records::RecordId;
use rusqlite::Connection;

use super::context;
use super::judge::judge_waiting;
use super::view;
use crate::log::{
    self, Author, By, LogEntry, Prepared, PreparedDocument, ReleasedEntry, ReleasedItem, RetriedEntry,
};
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
    record_released(tx, record, released, document, now_ms)?;
    Ok(verdicts)
}

/// Takes in what waits for drafts that have become somebody's work: `subject` itself, or drafts about it.
pub(crate) fn release_work(tx: &Connection, subject: RecordId, now_ms: i64) -> Result<(), StoreError> {
    for record in view::drafts_waited_for(tx, subject)? {
        let Some(author) = view::waiting(tx, record)?.into_iter().next().map(|waiting| waiting.author) else {
            continue;
        };
        let (released, document) = judge_waiting(tx, &context(author, false, false), record)?;
        if !released.is_empty() {
            record_released(tx, record, released, document, now_ms)?;
        }
    }
    Ok(())
}

fn record_released(
    tx: &Connection,
    record: RecordId,
    items: Vec<ReleasedItem>,
    document: Option<PreparedDocument>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut prepared = Prepared::default();
    prepared.documents.extend(document.map(|document| (record, document)));
    let entry = LogEntry::Released(ReleasedEntry { record, items });
    log::commit_prepared(tx, now_ms, &entry, &prepared).map(drop)
}
