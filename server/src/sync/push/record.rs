//! Recording a push: on the writer, inside one transaction.

use std::collections::HashMap;

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::push::{EnvelopeResult, ItemVerdict, PushResponse};
use doorstep_protocol::{DeviceId, EnvelopeId, ProblemKind};
use doorstep_records::RecordId;
use rusqlite::{Connection, OptionalExtension, params};

use super::judge::{Context, Judgement, Part, judge};
use super::open::{Opened, Refusal};
use super::plan::{self, Fate, Plan};
use super::view;
use crate::log::{self, EnvelopeEntry, LogEntry, Prepared, ReleasedEntry};
use crate::store::StoreError;
use crate::store::sqlite::backups;
use crate::store::sqlite::rows::from_cbor;

/// Appends and applies what the plan says, as far as it still stands; the rest is judged again.
pub(super) fn record(
    tx: &Connection,
    context: &Context,
    envelopes: Vec<Result<Opened, Refusal>>,
    plan: Plan,
    now_ms: i64,
) -> Result<PushResponse, StoreError> {
    let plan = still(tx, context, &envelopes, plan)?;
    let mut parts = by_envelope(plan.judgements);
    let mut recorded = Vec::with_capacity(envelopes.len());
    let mut lowest = None;
    for (place, (envelope, fate)) in envelopes.into_iter().zip(&plan.fates).enumerate() {
        recorded.push(match (envelope, fate) {
            (Err(refusal), _) => Err(refusal),
            (Ok(opened), Fate::IdReused) => {
                Err(Refusal { id: Some(opened.envelope.id), problem: ProblemKind::EnvelopeIdReused })
            }
            (Ok(opened), Fate::New) => {
                let id = opened.envelope.id;
                lowest = lowest.into_iter().chain([opened.envelope.number]).min();
                let parts = parts.remove(&place).unwrap_or_default();
                let verdicts = append(tx, context, opened, parts, now_ms)?;
                Ok((id, Some(verdicts)))
            }
            (Ok(opened), _) => Ok((opened.envelope.id, None)),
        });
    }
    let mut results = Vec::with_capacity(recorded.len());
    for outcome in recorded {
        results.push(match outcome {
            Ok((id, first)) => EnvelopeResult::Recorded { id, items: verdicts(tx, id, first)? },
            Err(refusal) => EnvelopeResult::Refused { id: refusal.id, problem: refusal.problem },
        });
    }
    if let Some(number) = lowest {
        backups::recorded_since(tx, context.author.device, number)?;
    }
    let watermark = watermark(tx, context.author.device)?;
    let backed_up = backed_up(tx, context.author.device)?;
    Ok(PushResponse { results, watermark, backed_up })
}

/// The plan, with everything judged again whose basis no longer stands.
fn still(
    tx: &Connection,
    context: &Context,
    envelopes: &[Result<Opened, Refusal>],
    mut plan: Plan,
) -> Result<Plan, StoreError> {
    // What was first used in this push may have been used elsewhere meanwhile.
    let actors: Vec<_> = context.actors.borrow().keys().copied().collect();
    let objects: Vec<_> = context.objects.borrow().keys().copied().collect();
    let mut taken = plan::fates(tx, context, envelopes)? != plan.fates;
    for actor in actors {
        taken = taken || view::bound(tx, actor)?.is_some();
    }
    for object in objects {
        taken = taken || view::object_owner(tx, object)?.is_some();
    }
    if taken {
        return plan::plan(tx, context, envelopes);
    }
    let mut stale = Vec::new();
    for (at, judgement) in plan.judgements.iter().enumerate() {
        if view::basis(tx, judgement.record, context.author.device)? != judgement.basis {
            stale.push(at);
        }
    }
    if !stale.is_empty() {
        let mut steps = plan::steps(envelopes, &plan.fates);
        for at in stale {
            let (record, steps) = &mut steps[at];
            plan.judgements[at] = judge(tx, context, *record, steps)?;
        }
    }
    Ok(plan)
}

type Parts = Vec<(RecordId, Part)>;

fn by_envelope(judgements: Vec<Judgement>) -> HashMap<usize, Parts> {
    let mut parts: HashMap<usize, Parts> = HashMap::new();
    for judgement in judgements {
        for part in judgement.parts {
            parts.entry(part.place).or_default().push((judgement.record, part));
        }
    }
    parts
}

/// Appends one envelope and what it sets free.
fn append(
    tx: &Connection,
    context: &Context,
    opened: Opened,
    parts: Parts,
    now_ms: i64,
) -> Result<Vec<ItemVerdict>, StoreError> {
    let nothing = ItemVerdict::Quarantined { reason: "malformed".to_owned() };
    let mut verdicts = vec![nothing; opened.envelope.items.len()];
    let mut prepared = Prepared::default();
    let mut free = Vec::new();
    for (record, part) in parts {
        for (place, verdict) in part.verdicts {
            verdicts[place] = verdict;
        }
        if let Some(document) = part.document {
            prepared.documents.insert(record, document);
        }
        if !part.released.is_empty() {
            free.push((record, part.released, part.released_document));
        }
    }
    prepared.envelope = Some(opened.envelope);
    let entry =
        EnvelopeEntry { signed: opened.signed, author: context.author.clone(), verdicts: verdicts.clone() };
    log::commit_prepared(tx, now_ms, &LogEntry::Envelope(entry), &prepared)?;
    for (record, items, document) in free {
        let mut prepared = Prepared::default();
        prepared.documents.extend(document.map(|document| (record, document)));
        let entry = LogEntry::Released(ReleasedEntry { record, items });
        log::commit_prepared(tx, now_ms, &entry, &prepared)?;
    }
    Ok(verdicts)
}

/// The verdicts of an envelope as they stand now; `first` are those it was recorded with, when they are at hand.
fn verdicts(
    tx: &Connection,
    id: EnvelopeId,
    first: Option<Vec<ItemVerdict>>,
) -> Result<Vec<ItemVerdict>, StoreError> {
    const LATER: &str = "SELECT item, verdict FROM released WHERE envelope = ?1";
    let mut verdicts = match first {
        Some(verdicts) => verdicts,
        None => recorded_verdicts(tx, id)?,
    };
    if planted(Plant::ReleaseForgotten) {
        return Ok(verdicts);
    }
    let mut statement = tx.prepare_cached(LATER)?;
    let mut rows = statement.query([id.to_bytes()])?;
    while let Some(row) = rows.next()? {
        let (item, bytes): (u32, Vec<u8>) = (row.get(0)?, row.get(1)?);
        if let Some(verdict) = verdicts.get_mut(item as usize) {
            *verdict = from_cbor(&bytes)?;
        }
    }
    Ok(verdicts)
}

fn recorded_verdicts(tx: &Connection, id: EnvelopeId) -> Result<Vec<ItemVerdict>, StoreError> {
    let recorded = view::recorded(tx, id)?.ok_or(StoreError::Damaged("a recorded envelope is gone"))?;
    match log::payload(tx, recorded.seq)? {
        LogEntry::Envelope(entry) => Ok(entry.verdicts),
        _ => Err(StoreError::Damaged("an envelope's place in the log holds something else")),
    }
}

/// The highest number of a device key in the log.
pub(super) fn last_number(conn: &Connection, device: DeviceId) -> Result<u64, StoreError> {
    const LAST: &str = "SELECT coalesce(max(number), 0) FROM envelope WHERE device = ?1";
    let last: i64 = conn.query_row(LAST, [device.to_bytes()], |row| row.get(0))?;
    Ok(last.unsigned_abs())
}

/// Moves the watermark over every number that is there without a gap.
fn watermark(tx: &Connection, device: DeviceId) -> Result<u64, StoreError> {
    const WATERMARK: &str = "SELECT watermark FROM device WHERE id = ?1";
    const NEXT: &str = "SELECT EXISTS (SELECT 1 FROM envelope WHERE device = ?1 AND number = ?2)";
    const SET: &str = "UPDATE device SET watermark = ?2 WHERE id = ?1";
    let id = device.to_bytes();
    let stored: Option<i64> = tx.prepare_cached(WATERMARK)?.query_row([id], |row| row.get(0)).optional()?;
    let Some(stored) = stored else { return Ok(0) };
    let mut watermark = stored;
    while tx.prepare_cached(NEXT)?.query_row(params![id, watermark + 1], |row| row.get(0))? {
        watermark += 1;
    }
    if planted(Plant::WatermarkSkips) {
        watermark = i64::try_from(last_number(tx, device)?).unwrap_or(watermark);
    }
    if watermark != stored {
        tx.prepare_cached(SET)?.execute(params![id, watermark])?;
    }
    Ok(watermark.unsigned_abs())
}

/// Every envelope of a device key in the log with a number up to this is in a backup.
fn backed_up(tx: &Connection, device: DeviceId) -> Result<u64, StoreError> {
    const MARK: &str = "SELECT backed_up FROM device WHERE id = ?1";
    let mark: Option<i64> =
        tx.prepare_cached(MARK)?.query_row([device.to_bytes()], |row| row.get(0)).optional()?;
    Ok(mark.unwrap_or(0).unsigned_abs())
}
