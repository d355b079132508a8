//! After a fork (a cloned phone, an old copy restored): the server keeps what it accepted first, and this device writes
//! its refused edits anew under an actor of its own, as edits of the state they were made on, with their original time.
//! The refused changes are kept aside.

use std::collections::BTreeMap;

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::envelope::Item;
use doorstep_protocol::{ObjectId, UserId};
use doorstep_records::gate::{self, ChangeFacts};
use doorstep_records::{ActorId, ChangeHash, ChangeNote, Heads, Key, Record, RecordId, Value, WriteError};
use rusqlite::Connection;
use serde_bytes::ByteBuf;

use crate::env::Entropy;
use crate::store::documents::{self, OwnState, With};
use crate::store::people::{self, Author, Submission};
use crate::store::{Store, StoreError, outbox};

/// Who writes here.
pub(crate) struct Writer {
    pub(crate) install: [u8; 16],
    pub(crate) user: UserId,
    pub(crate) author: Author,
}

impl Writer {
    pub(crate) fn actor(&self, record: RecordId, generation: u32) -> ActorId {
        ActorId::derive(&self.install, &self.user.to_string(), record, generation)
    }
}

/// Writes the refused edits of one record anew.
pub(crate) fn repair(
    store: &mut Store,
    id: RecordId,
    writer: &Writer,
    now_ms: i64,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    let refused = refused(store.read(), id)?;
    // What builds on a refused edit goes with it.
    store.write::<_, StoreError>(|tx| {
        refused
            .iter()
            .try_for_each(|facts| documents::set_own_state(tx, facts.hash, OwnState::Forked).map(|_| ()))
    })?;
    let mut record = store.open_record(id, With::Shown, now_ms)?;
    let (generation, _) = documents::writer(store.read(), id)?;
    let generation =
        documents::free_generation(&record, generation + 1, |generation| writer.actor(id, generation));
    let actor = writer.actor(id, generation);
    let gone = gone(store.read(), &record, id, &refused)?;
    let anew = write_anew(&mut record, &actor, &refused, gone, now_ms);
    let submissions = people::submissions(store.read(), id)?;
    store.write(|tx| {
        people::bind_own(tx, actor, writer.user, &writer.author)?;
        for change in anew.written.iter().filter(|_| !planted(Plant::ForkDropped)) {
            documents::insert_own_change(tx, id, change.hash, &change.bytes)?;
            outbox::enqueue(
                tx,
                &Item::Change { record: id, change: ByteBuf::from(change.bytes.clone()) },
                now_ms,
            )?;
            documents::set_writer(tx, id, generation, change.seq)?;
        }
        for facts in &refused {
            documents::set_aside(tx, id, "fork", "written anew", &facts.raw, now_ms)?;
            outbox::replaced(tx, facts.hash)?;
        }
        for submission in &submissions {
            resubmit(tx, id, submission, &anew.mapped, now_ms, entropy)?;
        }
        remark(tx, id, &anew.mapped)?;
        Ok(())
    })
}

/// The own changes that the server refused as a fork, and those not accepted that build on them; oldest first.
fn refused(connection: &Connection, id: RecordId) -> Result<Vec<ChangeFacts>, StoreError> {
    let own = documents::own_changes(connection, id)?.into_iter();
    let mut own: Vec<(ChangeFacts, OwnState)> =
        own.filter_map(|own| Some((gate::inspect(&own.bytes).ok()?, own.state))).collect();
    // A change starts above all it has seen.
    own.sort_by_key(|(facts, _)| (facts.start_op, facts.hash));
    let mut refused: Vec<ChangeFacts> = Vec::new();
    for (facts, state) in own {
        let builds_on = facts.deps.iter().any(|dep| refused.iter().any(|before| before.hash == *dep));
        let open = matches!(state, OwnState::Pending | OwnState::Waiting | OwnState::Quarantined);
        if state == OwnState::Forked || (open && builds_on) {
            refused.push(facts);
        }
    }
    Ok(refused)
}

/// What the server does not have (any more) and nobody here writes anew, each with what stood before it.
fn gone(
    connection: &Connection,
    record: &Record,
    id: RecordId,
    refused: &[ChangeFacts],
) -> Result<BTreeMap<ChangeHash, Heads>, StoreError> {
    let mut aside = documents::aside(connection, id)?;
    aside.retain(|facts| !record.has_change(&facts.hash) && refused.iter().all(|own| own.hash != facts.hash));
    aside.sort_by_key(|facts| (facts.start_op, facts.hash));
    let mut gone = BTreeMap::new();
    for facts in aside {
        gone.insert(facts.hash, map_heads(facts.deps.iter(), &gone));
    }
    Ok(gone)
}

struct Anew {
    written: Vec<doorstep_records::LocalChange>,
    /// Change that is refused or gone -> what stands for it now.
    mapped: BTreeMap<ChangeHash, Heads>,
}

fn write_anew(
    record: &mut Record,
    actor: &ActorId,
    refused: &[ChangeFacts],
    gone: BTreeMap<ChangeHash, Heads>,
    now_ms: i64,
) -> Anew {
    let mut anew = Anew { written: Vec::new(), mapped: gone };
    for facts in refused {
        let puts: Vec<(Key, Value)> = facts.puts().map(|(key, value)| (key.clone(), value.clone())).collect();
        let seen = map_heads(facts.deps.iter(), &anew.mapped);
        let there: Heads = seen.iter().copied().filter(|hash| record.has_change(hash)).collect();
        let at = if there.is_empty() && !seen.is_empty() { record.heads() } else { there };
        let note = note_anew(facts, now_ms);
        match record.write_at(actor, &note, &at, &puts) {
            Ok(change) => {
                anew.mapped.insert(facts.hash, Heads::from(change.hash));
                anew.written.push(change);
            }
            // The same values stand already: the edit is there under another name.
            Err(WriteError::Nothing) => {
                anew.mapped.insert(facts.hash, at);
            }
            Err(error) => {
                tracing::error!(%error, "a refused edit could not be written anew; it is kept aside");
                anew.mapped.insert(facts.hash, at);
            }
        }
    }
    anew
}

fn note_anew(facts: &ChangeFacts, now_ms: i64) -> ChangeNote {
    let old = facts.note.clone().unwrap_or_default();
    ChangeNote {
        form_version: old.form_version,
        at_ms: now_ms,
        reason: old.reason,
        original_at_ms: Some(old.original_at_ms.unwrap_or(old.at_ms)),
        cites: old.cites,
    }
}

fn map_heads<'a>(heads: impl Iterator<Item = &'a ChangeHash>, mapped: &BTreeMap<ChangeHash, Heads>) -> Heads {
    heads
        .flat_map(|hash| match mapped.get(hash) {
            Some(heads) => heads.iter().copied().collect(),
            None => vec![*hash],
        })
        .collect()
}

/// A submission that named a refused change names what stands for it.
fn resubmit(
    connection: &Connection,
    id: RecordId,
    submission: &Submission,
    mapped: &BTreeMap<ChangeHash, Heads>,
    now_ms: i64,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    if !submission.heads.iter().any(|hash| mapped.contains_key(hash)) {
        return Ok(());
    }
    let again = Submission {
        id: ObjectId::from_bytes(outbox::mint(now_ms, entropy)),
        heads: map_heads(submission.heads.iter(), mapped),
        ..submission.clone()
    };
    outbox::submission_replaced(connection, id, submission.at_ms)?;
    connection
        .prepare_cached("DELETE FROM submission WHERE id = ?1")?
        .execute([submission.id.to_bytes().as_slice()])?;
    people::put_submission(connection, id, &again)?;
    let item = Item::Submission {
        id: again.id,
        record: id,
        heads: again.heads,
        form_version: again.form_version,
        at_ms: again.at_ms,
        note: again.note,
    };
    outbox::enqueue(connection, &item, again.at_ms)
}

/// A remark on a state that was written anew is made on what stands for it.
fn remark(
    connection: &Connection,
    id: RecordId,
    mapped: &BTreeMap<ChangeHash, Heads>,
) -> Result<(), StoreError> {
    for (row, mut item) in outbox::said(connection, id)? {
        let Item::Comment { heads, .. } = &mut item else { continue };
        if heads.iter().any(|hash| mapped.contains_key(hash)) {
            *heads = map_heads(heads.iter(), mapped);
            outbox::say_again(connection, row, &item)?;
        }
    }
    Ok(())
}
