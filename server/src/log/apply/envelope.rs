//! An envelope with its verdicts.

use std::collections::HashMap;

use doorstep_records::RecordId;
use rusqlite::{Connection, params};

use super::items::{Fact, apply_record};
use super::prepared::Prepared;
use crate::log::entry::EnvelopeEntry;
use crate::store::StoreError;

const INSERT: &str = "INSERT INTO envelope (id, sha256, device, number, seq) VALUES (?1, ?2, ?3, ?4, ?5)";

pub(super) fn apply(
    tx: &Connection,
    seq: i64,
    at_ms: i64,
    entry: &EnvelopeEntry,
    prepared: &Prepared,
) -> Result<(), StoreError> {
    let read;
    let envelope = match &prepared.envelope {
        Some(envelope) => envelope,
        None => {
            read = entry
                .signed
                .peek()
                .map_err(|_| StoreError::Damaged("an envelope of the log cannot be read"))?;
            &read
        }
    };
    let (id, device) = (envelope.id.to_bytes(), entry.author.device.to_bytes());
    let number = i64::try_from(envelope.number).map_err(|_| StoreError::Damaged("an envelope number"))?;
    tx.prepare_cached(INSERT)?.execute(params![id, entry.signed.digest(), device, number, seq])?;
    if envelope.items.len() != entry.verdicts.len() {
        return Err(StoreError::Damaged("an envelope of the log has another number of verdicts than items"));
    }
    let mut order: Vec<RecordId> = Vec::new();
    let mut by_record: HashMap<RecordId, Vec<Fact<'_>>> = HashMap::new();
    for ((place, item), verdict) in (0..).zip(&envelope.items).zip(&entry.verdicts) {
        let facts = by_record.entry(item.record()).or_default();
        if facts.is_empty() {
            order.push(item.record());
        }
        facts.push(Fact {
            envelope: envelope.id,
            place,
            item,
            verdict,
            author: &entry.author,
            received_ms: at_ms,
        });
    }
    for record in order {
        let facts = by_record.remove(&record).unwrap_or_default();
        apply_record(tx, seq, at_ms, record, &facts, prepared.documents.get(&record))?;
    }
    Ok(())
}
