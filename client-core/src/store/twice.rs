//! One number of one actor told twice: a cloned phone wrote two changes under it, the server took one and lost it with its
//! last backup, and took the other in its next life. What was told last holds; what builds on the other goes with it, and what
//! was said here about it is said about what stood there without it.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_records::gate::{Admission, Admitted, ChangeFacts, inspect};
use doorstep_records::{ActorId, ChangeHash, Heads, Record, RecordId};

use super::documents::{self, OwnState, Parts};
use super::{Store, StoreError, lost};

/// A record's accepted history without what does not hold any more.
struct Settled {
    /// The document.
    saved: Vec<u8>,
    /// Rows of `received` that are in it, or do not hold.
    positions: Vec<i64>,
    /// What does not hold.
    losers: Vec<ChangeFacts>,
}

impl Store {
    /// True when a number of an actor had been told twice, and is not any more.
    pub(super) fn settle_twice(
        &mut self,
        id: RecordId,
        parts: &Parts,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let Some(settled) = settle(parts) else { return Ok(false) };
        self.write::<_, StoreError>(|tx| {
            // What stood before each change that nobody writes anew.
            let mut before: BTreeMap<ChangeHash, Heads> = BTreeMap::new();
            for facts in &settled.losers {
                // An own one is made again, or is kept aside like the others.
                if !documents::set_own_state(tx, facts.hash, OwnState::Forked)? {
                    before.insert(facts.hash, lost::without(facts.deps.iter(), &before));
                    documents::set_aside(tx, id, "fork", "another one holds", &facts.raw, now_ms)?;
                }
            }
            // An own edit that builds on what does not hold is made again too.
            for hash in builds_on(parts, &settled.losers) {
                documents::set_own_state(tx, hash, OwnState::Forked)?;
            }
            documents::put_document(tx, id, &settled.saved, &settled.positions)?;
            lost::say_again(tx, id, &before)
        })?;
        Ok(true)
    }
}

/// The own changes that build on any of these, directly or not.
fn builds_on(parts: &Parts, losers: &[ChangeFacts]) -> Vec<ChangeHash> {
    let mut lost: BTreeSet<ChangeHash> = losers.iter().map(|facts| facts.hash).collect();
    let mut own: Vec<ChangeFacts> = parts.own.iter().filter_map(|own| inspect(&own.bytes).ok()).collect();
    own.sort_by_key(|facts| (facts.start_op, facts.hash));
    let mut found = Vec::new();
    for facts in own {
        if facts.deps.iter().any(|dep| lost.contains(dep)) && lost.insert(facts.hash) {
            found.push(facts.hash);
        }
    }
    found
}

/// Settles it; `None` when no number was told twice, or something else is wrong with the record.
fn settle(parts: &Parts) -> Option<Settled> {
    let told = told(parts)?;
    let newest: BTreeMap<(ActorId, u64), ChangeHash> =
        told.iter().map(|(facts, _)| ((facts.actor, facts.seq), facts.hash)).collect();
    let is_newest = |facts: &ChangeFacts| newest.get(&(facts.actor, facts.seq)) == Some(&facts.hash);
    let mut lost: BTreeSet<ChangeHash> =
        told.iter().filter(|(facts, _)| !is_newest(facts)).map(|(facts, _)| facts.hash).collect();
    if lost.is_empty() {
        return None;
    }
    let mut positions: Vec<(ChangeHash, i64)> =
        told.iter().filter_map(|(facts, position)| Some((facts.hash, (*position)?))).collect();
    let mut all: BTreeMap<ChangeHash, ChangeFacts> = BTreeMap::new();
    for (facts, _) in told {
        all.insert(facts.hash, facts);
    }
    let mut all: Vec<ChangeFacts> = all.into_values().collect();
    // A change starts above all it has seen.
    all.sort_by_key(|facts| (facts.start_op, facts.hash));
    for facts in &all {
        if facts.deps.iter().any(|dep| lost.contains(dep)) {
            lost.insert(facts.hash);
        }
    }
    let (losers, kept): (Vec<ChangeFacts>, Vec<ChangeFacts>) =
        all.into_iter().partition(|facts| lost.contains(&facts.hash));
    let mut admission = Admission::load(None).ok()?;
    let outcomes = admission.admit_all(&kept);
    let mut waiting: BTreeSet<ChangeHash> = BTreeSet::new();
    for (facts, outcome) in kept.iter().zip(outcomes) {
        if let Admitted::Waiting { .. } = outcome.ok()? {
            waiting.insert(facts.hash);
        }
    }
    positions.retain(|(hash, _)| !waiting.contains(hash));
    let positions = positions.into_iter().map(|(_, position)| position).collect();
    Some(Settled { saved: admission.saved().to_vec(), positions, losers })
}

/// Everything accepted, in the order in which it was told, each with its row of `received`.
fn told(parts: &Parts) -> Option<Vec<(ChangeFacts, Option<i64>)>> {
    let mut told = Vec::new();
    for own in parts.own.iter().filter(|own| own.state == OwnState::Accepted) {
        told.push((inspect(&own.bytes).ok()?, None));
    }
    let whole = |bytes: &[u8], position: Option<i64>| -> Option<Vec<(ChangeFacts, Option<i64>)>> {
        let changes = Record::load(bytes).ok()?.changes();
        changes.iter().map(|change| Some((inspect(&change.bytes).ok()?, position))).collect()
    };
    if let Some((bytes, _)) = &parts.document {
        told.extend(whole(bytes, None)?);
    }
    for received in &parts.received {
        match &received.document {
            Some(_) => told.extend(whole(&received.bytes, Some(received.position))?),
            None => told.push((inspect(&received.bytes).ok()?, Some(received.position))),
        }
    }
    Some(told)
}
