//! Push: small edits in batches over as many records, whole submissions, and what an edit weighs.

use std::time::{Duration, Instant};

use anyhow::Result;
use doorstep_protocol::envelope::Item;
use doorstep_records::{ActorId, ChangeNote, Record};
use serde_bytes::ByteBuf;

use crate::bare;
use crate::chance::spread;
use crate::hand::{Hand, Sealed};
use crate::households::{VISIT_MS, edit, puts};
use crate::machine::cores;
use crate::table::{Row, median, ms, rate, ratio, whole};
use crate::town::{BATCH, Filled, Town, push_all};

/// An edit that the server does not have yet.
struct Edit {
    at: usize,
    change: Vec<u8>,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// Pushes one edit of every record in each round. `after_round` runs between the rounds.
pub(crate) fn edits(
    town: &mut Town,
    rounds: usize,
    mut after_round: impl FnMut(&Town) -> Result<()>,
) -> Result<Row> {
    let count = town.households.len();
    let mut hands: Vec<Hand> = (0..town.villages).map(|village| town.hand(village)).collect::<Result<_>>()?;
    let scratch = bare::database(&town.folder.join("bare-push.sqlite"))?;
    let (mut ours, mut bare_times, mut unstored_times, mut body_bytes) =
        (Vec::new(), Vec::new(), Vec::new(), 0);
    for round in 0..=rounds {
        let edits = prepare(town, &hands, round)?;
        let sealed = seal(town, &mut hands, &edits)?;
        body_bytes = sealed.iter().flatten().map(|sealed| sealed.body.len()).sum();
        let logged: Vec<Vec<u8>> = sealed.iter().flatten().map(|sealed| sealed.signed.clone()).collect();
        let time = push_all(&town.door(), &hands, sealed)?;
        let primitive = primitive(&scratch, &edits, &logged)?;
        if round > 0 {
            // The first round warms up.
            ours.push(time);
            bare_times.push(primitive.stored);
            unstored_times.push(primitive.unstored);
        }
        for edit in edits {
            town.households[edit.at].saved = edit.after;
        }
        after_round(town)?;
    }
    let (ours, bare_time, unstored) = (median(&ours), median(&bare_times), median(&unstored_times));
    let measured = format!(
        "{} edits/s ({:.1} ms a batch of {BATCH}; {} bytes of body an edit)",
        whole(rate(count, ours)),
        ms(ours) * BATCH as f64 / count as f64,
        body_bytes / count.max(1)
    );
    let primitive = format!(
        "{} edits/s: load, apply, save, load on all cores, the documents and the push in one commit a batch ({:.2} x without storing the documents)",
        whole(rate(count, bare_time)),
        ratio(ours, unstored)
    );
    Ok(Row::new(
        format!(
            "push: one-field edits of {} records, gated, applied, durably acked, batches of {BATCH}",
            whole(count as f64)
        ),
        "<= 1.5 x primitive",
        measured,
    )
    .against(primitive, ratio(ours, bare_time), 1.5))
}

fn prepare(town: &Town, hands: &[Hand], round: usize) -> Result<Vec<Edit>> {
    let numbers: Vec<usize> = (0..town.households.len()).collect();
    spread(numbers, cores(), |at| {
        let household = &town.households[at];
        let hand = &hands[household.village];
        let actor = ActorId::derive(&hand.install, &hand.user_text, household.id, 0);
        let mut record = Record::load(&household.saved)?;
        let note = ChangeNote::new(1, VISIT_MS + (round as i64 + 1) * 86_400_000);
        let change = record.write(&actor, &note, &puts(&[edit(household.number, round)])?)?;
        Ok(Edit { at, change: change.bytes, before: household.saved.clone(), after: record.save() })
    })
}

fn seal(town: &Town, hands: &mut [Hand], edits: &[Edit]) -> Result<Vec<Vec<Sealed>>> {
    let mut items: Vec<Vec<Item>> = hands.iter().map(|_| Vec::new()).collect();
    for edit in edits {
        let household = &town.households[edit.at];
        let change = ByteBuf::from(edit.change.clone());
        items[household.village].push(Item::Change { record: household.id, change });
    }
    hands
        .iter_mut()
        .zip(items)
        .map(|(hand, items)| items.chunks(BATCH).map(|batch| hand.seal(batch.to_vec())).collect())
        .collect()
}

/// What the primitive takes when it keeps the documents, and when it keeps only what was pushed.
struct Primitive {
    stored: Duration,
    unstored: Duration,
}

/// The same edits by automerge alone on all cores, and one group commit for each batch: of the push and of the documents
/// it led to, one row each, as reconciling is measured against one row a record.
fn primitive(scratch: &rusqlite::Connection, edits: &[Edit], logged: &[Vec<u8>]) -> Result<Primitive> {
    let start = Instant::now();
    let batches: Vec<&[Edit]> = edits.chunks(BATCH).collect();
    spread(batches.clone(), cores(), |batch| {
        batch.iter().try_for_each(|edit| bare::apply(&edit.before, &edit.change).map(|_| ()))
    })?;
    let applied = start.elapsed();
    let start = Instant::now();
    for entry in logged {
        bare::commit(scratch, std::iter::once(entry.as_slice()))?;
    }
    let unstored = applied + start.elapsed();
    let start = Instant::now();
    let mut batches = batches.into_iter();
    for entry in logged {
        let documents = batches.next().unwrap_or_default().iter().map(|edit| edit.after.as_slice());
        bare::commit(scratch, std::iter::once(entry.as_slice()).chain(documents))?;
    }
    for left in batches {
        bare::commit(scratch, left.iter().map(|edit| edit.after.as_slice()))?;
    }
    Ok(Primitive { stored: applied + start.elapsed(), unstored })
}

/// Whole submissions as they filled the town.
pub(crate) fn submissions(filled: &Filled, answers: usize) -> Row {
    let count: usize = filled.slices.iter().map(|(count, _)| count).sum();
    let mut rates: Vec<f64> = filled.slices.iter().map(|(count, time)| rate(*count, *time)).collect();
    rates.sort_by(f64::total_cmp);
    let middle = rates.get(rates.len() / 2).copied().unwrap_or_default();
    Row::new(
        format!("push: {} new households ({answers} answers each on average), created, filled and submitted, batches of {BATCH}", whole(count as f64)),
        "> 2,700/s (PouchDB, not durable)",
        format!("{} submissions/s, fsynced; {} bytes of body each", whole(middle), filled.body_bytes / count.max(1)),
    )
    .met(middle > 2_700.0)
}
