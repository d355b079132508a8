//! What the server itself has lost: it was restored from a backup, and what the office wrote into records after the backup
//! is gone for good. Phones may have heard of it, and people may have gone on from there.
//!
//! A snapshot is the whole accepted record as the server has it. A change that the *server* wrote and that its own snapshot
//! lacks cannot come again: nobody else can offer it. What a *phone* wrote may still come from that phone, so it stays. Own
//! edits that have seen a lost change are written anew, as after a fork, on what the server has; what was said about a lost
//! state is said again about what stood there without it.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_protocol::Item;
use doorstep_records::gate::{self, ChangeFacts};
use doorstep_records::{ChangeHash, Heads, Record, RecordId};
use rusqlite::{Connection, params};

use super::documents::{self, OwnState};
use super::{StoreError, outbox, people};

/// Takes a snapshot of a record that is here already in the place of what the server has lost. False when it has lost
/// nothing: the snapshot is then received like any other.
pub(crate) fn settle(
    connection: &Connection,
    id: RecordId,
    (bytes, heads): (&[u8], &Heads),
    now_ms: i64,
) -> Result<bool, StoreError> {
    let Some(held) = accepted_changes(connection, id, bytes)? else { return Ok(false) };
    let Some(theirs) = known(bytes, heads) else { return Ok(false) };
    let own = documents::own_changes(connection, id)?;
    let mut ours: BTreeMap<ChangeHash, ChangeFacts> = BTreeMap::new();
    for change in
        held.iter().chain(own.iter().filter(|own| own.state != OwnState::Replaced).map(|own| &own.bytes))
    {
        if let Ok(facts) = gate::inspect(change) {
            ours.insert(facts.hash, facts);
        }
    }
    let mut ours: Vec<ChangeFacts> =
        ours.into_values().filter(|facts| !theirs.contains(&facts.hash)).collect();
    // A change starts above all it has seen.
    ours.sort_by_key(|facts| (facts.start_op, facts.hash));
    let mut gone: BTreeSet<ChangeHash> = BTreeSet::new();
    for facts in &ours {
        let author = people::author(connection, &facts.actor)?;
        let by_server = author.is_some_and(|author| author.device.is_none());
        if by_server || facts.deps.iter().any(|dep| gone.contains(dep)) {
            gone.insert(facts.hash);
        }
    }
    if gone.is_empty() {
        return Ok(false);
    }
    replace(connection, id, bytes, heads)?;
    let device = people::own_device(connection)?;
    let pending: BTreeSet<ChangeHash> =
        own.iter().filter_map(|own| Some(gate::inspect(&own.bytes).ok()?.hash)).collect();
    // What stood before each change that nobody writes anew.
    let mut before: BTreeMap<ChangeHash, Heads> = BTreeMap::new();
    for facts in &ours {
        let is_own = pending.contains(&facts.hash)
            || people::author(connection, &facts.actor)?
                .is_some_and(|author| author.device.is_some() && author.device == device);
        match (gone.contains(&facts.hash), is_own) {
            (true, true) => write_anew(connection, id, facts)?,
            (true, false) => {
                before.insert(facts.hash, without(facts.deps.iter(), &before));
                documents::set_aside(connection, id, "lost", "not on the server", &facts.raw, now_ms)?;
            }
            (false, _) if pending.contains(&facts.hash) => {}
            (false, _) => documents::receive_change(connection, id, &facts.raw)?,
        }
    }
    say_again(connection, id, &before)?;
    tracing::warn!(record = %id, changes = gone.len(), "the server was restored without changes that were here");
    Ok(true)
}

/// Heads with what stood before in the place of what is gone.
pub(super) fn without<'a>(
    heads: impl Iterator<Item = &'a ChangeHash>,
    before: &BTreeMap<ChangeHash, Heads>,
) -> Heads {
    heads
        .flat_map(|hash| match before.get(hash) {
            Some(heads) => heads.iter().copied().collect(),
            None => vec![*hash],
        })
        .collect()
}

/// What was said here about a state that is gone is said about what stood there without it: the server would wait for the
/// rest for ever.
pub(super) fn say_again(
    connection: &Connection,
    id: RecordId,
    before: &BTreeMap<ChangeHash, Heads>,
) -> Result<(), StoreError> {
    for (row, mut item) in outbox::said(connection, id)? {
        let (Item::Submission { heads, .. } | Item::Comment { heads, .. }) = &mut item else { continue };
        if !heads.iter().any(|hash| before.contains_key(hash)) {
            continue;
        }
        *heads = without(heads.iter(), before);
        if let Item::Submission { id: object, heads, .. } = &item {
            people::move_submission(connection, *object, heads)?;
        }
        outbox::say_again(connection, row, &item)?;
    }
    Ok(())
}

/// The changes of a snapshot; `None` when it is not what it was announced as.
fn known(bytes: &[u8], heads: &Heads) -> Option<BTreeSet<ChangeHash>> {
    let mut record = Record::load(bytes).ok()?;
    record.contains_heads(heads).then(|| record.changes().into_iter().map(|change| change.hash).collect())
}

/// An own edit is to be made again by the repair that follows a fork.
fn write_anew(connection: &Connection, id: RecordId, facts: &ChangeFacts) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO own_change (hash, record, bytes, state) VALUES (?1, ?2, ?3, 'forked')
 ON CONFLICT (hash) DO UPDATE SET state = 'forked' WHERE state <> 'replaced'";
    connection.prepare_cached(SQL)?.execute(params![
        facts.hash.to_bytes().as_slice(),
        id.to_bytes().as_slice(),
        facts.raw
    ])?;
    Ok(())
}

/// The accepted changes of a record as they are kept, for comparison with a snapshot of it; `None` when there is nothing to
/// compare or something cannot be read, which opening the record settles.
fn accepted_changes(
    connection: &Connection,
    id: RecordId,
    snapshot: &[u8],
) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
    let parts = documents::parts(connection, id)?;
    let Some((bytes, _)) = &parts.document else { return Ok(None) };
    if bytes == snapshot && parts.received.is_empty() {
        return Ok(None);
    }
    let documents = parts.received.iter().filter(|received| received.document.is_some());
    let mut changes = Vec::new();
    for bytes in std::iter::once(bytes).chain(documents.map(|received| &received.bytes)) {
        let Ok(mut record) = Record::load(bytes) else { return Ok(None) };
        changes.extend(record.changes().into_iter().map(|change| change.bytes));
    }
    let single = parts.received.into_iter().filter(|received| received.document.is_none());
    changes.extend(single.map(|received| received.bytes));
    Ok(Some(changes))
}

/// Keeps a snapshot in the place of everything accepted so far.
fn replace(connection: &Connection, id: RecordId, bytes: &[u8], heads: &Heads) -> Result<(), StoreError> {
    let key = id.to_bytes();
    connection.prepare_cached("DELETE FROM document WHERE record = ?1")?.execute([key.as_slice()])?;
    connection.prepare_cached("DELETE FROM received WHERE record = ?1")?.execute([key.as_slice()])?;
    documents::receive_document(connection, id, bytes, heads)
}
