//! What a push comes to, judged against one snapshot.

use std::collections::HashMap;

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::EnvelopeId;
use doorstep_protocol::limits;
use doorstep_records::RecordId;
use rusqlite::Connection;

use super::judge::{Context, Judgement, Step, judge};
use super::open::{Opened, Refusal};
use super::view::{self, Recorded};
use crate::store::StoreError;

/// What becomes of an envelope as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes into the log.
    New,
    /// It is there already, here or earlier in this push.
    Replay,
    /// Its id stands for other content.
    IdReused,
    /// It could not be opened.
    Refused,
}

/// A plan for a whole push.
pub(super) struct Plan {
    /// One per envelope.
    pub(super) fates: Vec<Fate>,
    /// In the order in which records are first named.
    pub(super) judgements: Vec<Judgement>,
}

/// Judges a push.
pub(super) fn plan(
    conn: &Connection,
    context: &Context,
    envelopes: &[Result<Opened, Refusal>],
) -> Result<Plan, StoreError> {
    let fates = fates(conn, context, envelopes)?;
    let waiting = view::waiting_count(conn, context.author.device)?;
    context.room.set(limits::WAITING_PER_DEVICE.saturating_sub(waiting));
    context.actors.borrow_mut().clear();
    context.objects.borrow_mut().clear();
    let mut judgements = Vec::new();
    for (record, steps) in steps(envelopes, &fates) {
        judgements.push(judge(conn, context, record, &steps)?);
    }
    Ok(Plan { fates, judgements })
}

/// What becomes of each envelope.
pub(super) fn fates(
    conn: &Connection,
    context: &Context,
    envelopes: &[Result<Opened, Refusal>],
) -> Result<Vec<Fate>, StoreError> {
    let mut seen: HashMap<EnvelopeId, [u8; 32]> = HashMap::new();
    let mut fates = Vec::with_capacity(envelopes.len());
    for envelope in envelopes {
        let Ok(opened) = envelope else {
            fates.push(Fate::Refused);
            continue;
        };
        let id = opened.envelope.id;
        let before = match seen.get(&id) {
            Some(digest) => Some(*digest == opened.digest),
            None => view::recorded(conn, id)?.map(|recorded: Recorded| {
                recorded.digest == opened.digest && recorded.device == context.author.device
            }),
        };
        fates.push(match before.filter(|_| !planted(Plant::NoDedup)) {
            None => {
                seen.insert(id, opened.digest);
                Fate::New
            }
            Some(true) => Fate::Replay,
            Some(false) => Fate::IdReused,
        });
    }
    Ok(fates)
}

/// The items of new envelopes by record, records in the order in which they are first named.
pub(super) fn steps<'a>(
    envelopes: &'a [Result<Opened, Refusal>],
    fates: &[Fate],
) -> Vec<(RecordId, Vec<Step<'a>>)> {
    let mut order: Vec<(RecordId, Vec<Step<'a>>)> = Vec::new();
    let mut at: HashMap<RecordId, usize> = HashMap::new();
    for (place, (envelope, fate)) in envelopes.iter().zip(fates).enumerate() {
        let (Ok(opened), Fate::New) = (envelope, fate) else { continue };
        for (item_place, item) in opened.envelope.items.iter().enumerate() {
            let record = item.record();
            let index = *at.entry(record).or_insert_with(|| {
                order.push((record, Vec::new()));
                order.len() - 1
            });
            let steps = &mut order[index].1;
            match steps.last_mut() {
                Some(step) if step.place == place => step.items.push(item_place),
                _ => steps.push(Step { place, opened, items: vec![item_place] }),
            }
        }
    }
    order
}
