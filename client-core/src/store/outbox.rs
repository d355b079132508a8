//! Facts on their way to the server: queued with what they tell of in one transaction, sealed into signed envelopes when
//! a sync begins, kept until they are in a backup.

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::envelope::{Envelope, Item, SignedEnvelope};
use doorstep_protocol::push::{EnvelopeResult, FORK, ItemVerdict};
use doorstep_protocol::{DeviceId, EnvelopeId, ProblemKind, UserId, frame, limits};
use doorstep_records::{ChangeHash, RecordId, gate};
use ed25519_dalek::SigningKey;
use rusqlite::{Connection, OptionalExtension, params};
use serde_bytes::ByteBuf;

use super::convert::{bytes16, hash_of, record_of};
use super::documents::{OwnState, set_own_state};
use super::meta::{self, name};
use super::{StoreError, documents, records};
use crate::env::{Entropy, random10, unix_ms};

/// An envelope is closed at this size, so that a cut costs little.
const ENVELOPE_TARGET_BYTES: usize = 64 * 1024;

/// The name of the change an item carries.
fn change_of(item: &Item) -> Option<Vec<u8>> {
    match item {
        Item::Change { change, .. } => gate::inspect(change).ok().map(|facts| facts.hash.to_bytes().to_vec()),
        _ => None,
    }
}

/// True when the change an item carries has a line in the outbox.
pub(crate) fn has_change(connection: &Connection, item: &Item) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM outbox WHERE change = ?1)";
    Ok(connection.prepare_cached(SQL)?.query_row([change_of(item)], |row| row.get(0))?)
}

/// Queues a fact.
pub(crate) fn enqueue(connection: &Connection, item: &Item, at_ms: i64) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO outbox (record, kind, change, payload, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)";
    let change = change_of(item);
    let payload = frame::to_cbor(item).map_err(|_| StoreError::Unreadable { what: "fact" })?;
    let record = item.record().to_bytes();
    connection.prepare_cached(SQL)?.execute(params![
        record.as_slice(),
        kind(item),
        change,
        payload,
        at_ms
    ])?;
    Ok(())
}

const DISCARD: &str = "discard";

fn kind(item: &Item) -> &'static str {
    match item {
        Item::Create { .. } => "create",
        Item::Change { .. } => "change",
        Item::Submission { .. } => "submission",
        Item::Comment { .. } => "comment",
        Item::Discard { .. } => DISCARD,
    }
}

/// Who signs, and for whom.
pub(crate) struct Sealer<'a> {
    pub(crate) key: &'a SigningKey,
    pub(crate) user: UserId,
    /// The installation's marker.
    pub(crate) install: [u8; 16],
}

/// Closes all queued facts into signed, numbered envelopes. Runs inside one transaction.
pub(crate) fn seal(
    connection: &Connection,
    sealer: &Sealer<'_>,
    now_ms: i64,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    loop {
        let batch = next_items(connection)?;
        if batch.is_empty() {
            return Ok(());
        }
        let last: i64 = meta::get(connection, name::LAST_NUMBER)?.unwrap_or(0);
        let watermark: i64 = meta::get(connection, name::WATERMARK)?.unwrap_or(0);
        // A store restored from an old copy goes on above what its key is known for.
        let number = last.max(watermark) + 1;
        let id = EnvelopeId::from_bytes(mint(now_ms, entropy));
        let (rows, items): (Vec<i64>, Vec<Item>) = batch.into_iter().unzip();
        let envelope = Envelope {
            number: u64::try_from(number).unwrap_or(1),
            id,
            device: DeviceId::of_key(sealer.key.verifying_key().as_bytes()),
            user: sealer.user,
            made_at_ms: now_ms,
            items,
        };
        let sealed = SignedEnvelope::seal_from(envelope, sealer.install, sealer.key)
            .map_err(|_| StoreError::Unreadable { what: "envelope" })?;
        const SQL: &str =
            "INSERT INTO envelope (id, number, body, signature, state) VALUES (?1, ?2, ?3, ?4, 'sealed')";
        connection.prepare_cached(SQL)?.execute(params![
            id.to_bytes().as_slice(),
            number,
            sealed.body.as_slice(),
            sealed.signature.as_slice()
        ])?;
        // The envelope holds the payload from now on.
        const SEALED: &str = "UPDATE outbox SET envelope = ?2, place = ?3, payload = x'' WHERE item = ?1";
        for (place, item) in (0_i64..).zip(rows) {
            connection.prepare_cached(SEALED)?.execute(params![item, id.to_bytes().as_slice(), place])?;
        }
        meta::set(connection, name::LAST_NUMBER, number)?;
    }
}

/// Takes over an envelope that was signed in a store that is damaged now, with a line for each of its facts.
pub(crate) fn put_sealed(
    connection: &Connection,
    (id, number): (EnvelopeId, i64),
    signed: &SignedEnvelope,
    items: &[Item],
) -> Result<(), StoreError> {
    const ENVELOPE: &str =
        "INSERT INTO envelope (id, number, body, signature, state) VALUES (?1, ?2, ?3, ?4, 'sealed')";
    let id = id.to_bytes();
    connection.execute(
        ENVELOPE,
        params![id.as_slice(), number, signed.body.as_slice(), signed.signature.as_slice()],
    )?;
    const SEALED: &str =
        "UPDATE outbox SET envelope = ?1, place = ?2, payload = x'' WHERE item = last_insert_rowid()";
    for (place, item) in (0_i64..).zip(items) {
        enqueue(connection, item, 0)?;
        connection.prepare_cached(SEALED)?.execute(params![id.as_slice(), place])?;
    }
    Ok(())
}

/// Sixteen bytes of a UUIDv7.
pub(crate) fn mint(now_ms: i64, entropy: &mut dyn Entropy) -> [u8; 16] {
    RecordId::from_parts(unix_ms(now_ms), random10(entropy)).to_bytes()
}

fn next_items(connection: &Connection) -> Result<Vec<(i64, Item)>, StoreError> {
    const SQL: &str = "SELECT item, payload FROM outbox WHERE envelope IS NULL ORDER BY item LIMIT ?1";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([limits::ITEMS_PER_ENVELOPE as i64])?;
    let (mut items, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let payload: Vec<u8> = row.get(1)?;
        bytes += payload.len();
        if !items.is_empty() && bytes > ENVELOPE_TARGET_BYTES {
            break;
        }
        let item = frame::from_cbor(&payload).map_err(|_| StoreError::Unreadable { what: "fact" })?;
        items.push((row.get(0)?, item));
    }
    Ok(items)
}

/// True when something waits to be told.
pub(crate) fn has_work(connection: &Connection) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM outbox WHERE envelope IS NULL)
 OR EXISTS (SELECT 1 FROM envelope WHERE state = 'sealed')";
    Ok(connection.prepare_cached(SQL)?.query_row([], |row| row.get(0))?)
}

/// Facts the server has not answered for yet.
pub(crate) fn unsent(connection: &Connection) -> Result<u32, StoreError> {
    const SQL: &str = "SELECT count(*) FROM outbox WHERE verdict IS NULL";
    Ok(connection.prepare_cached(SQL)?.query_row([], |row| row.get(0))?)
}

/// The next sealed envelopes in the order of their numbers: at least one if there is any, at most `max_bytes` together.
pub(crate) fn next_envelopes(
    connection: &Connection,
    max_bytes: usize,
) -> Result<Vec<(EnvelopeId, SignedEnvelope)>, StoreError> {
    const SQL: &str =
        "SELECT id, body, signature FROM envelope WHERE state = 'sealed' ORDER BY number, id LIMIT ?1";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([limits::ENVELOPES_PER_PUSH as i64])?;
    let (mut envelopes, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let body: Vec<u8> = row.get(1)?;
        bytes += body.len();
        if !envelopes.is_empty() && bytes > max_bytes {
            break;
        }
        let id = EnvelopeId::from_bytes(bytes16(&row.get::<_, Vec<u8>>(0)?)?);
        let signature = ByteBuf::from(row.get::<_, Vec<u8>>(2)?);
        envelopes.push((id, SignedEnvelope { body: ByteBuf::from(body), signature }));
    }
    Ok(envelopes)
}

/// Every envelope that the server has not acknowledged, in the order of their numbers.
pub(crate) fn sealed_envelopes(connection: &Connection) -> Result<Vec<SignedEnvelope>, StoreError> {
    const SQL: &str = "SELECT body, signature FROM envelope WHERE state = 'sealed' ORDER BY number, id";
    let mut statement = connection.prepare_cached(SQL)?;
    let envelopes = statement
        .query_map([], |row| {
            let (body, signature): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
            Ok(SignedEnvelope { body: ByteBuf::from(body), signature: ByteBuf::from(signature) })
        })?
        .collect::<Result<_, _>>()?;
    Ok(envelopes)
}

/// Notes the server's answer to one envelope that was sent.
pub(crate) fn apply_result(
    connection: &Connection,
    sent: EnvelopeId,
    result: &EnvelopeResult,
) -> Result<(), StoreError> {
    match result {
        EnvelopeResult::Recorded { items, .. } => {
            set_envelope(connection, sent, "acked", None)?;
            for (place, verdict) in (0_i64..).zip(items) {
                apply_verdict(connection, sent, place, verdict)?;
            }
        }
        EnvelopeResult::Refused { problem, .. } => {
            refuse(connection, sent, *problem)?;
        }
    }
    for record in records_of(connection, sent)? {
        records::evict_if_idle(connection, record)?;
    }
    Ok(())
}

/// The server does not take an envelope: it is kept, and shown.
pub(crate) fn refuse(
    connection: &Connection,
    id: EnvelopeId,
    problem: ProblemKind,
) -> Result<(), StoreError> {
    set_envelope(connection, id, "refused", Some(problem.name()))?;
    const SQL: &str = "UPDATE outbox SET verdict = 'refused', reason = ?2 WHERE envelope = ?1";
    connection.prepare_cached(SQL)?.execute(params![id.to_bytes().as_slice(), problem.name()])?;
    Ok(())
}

fn set_envelope(
    connection: &Connection,
    id: EnvelopeId,
    state: &str,
    problem: Option<&str>,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE envelope SET state = ?2, problem = ?3 WHERE id = ?1";
    connection.prepare_cached(SQL)?.execute(params![id.to_bytes().as_slice(), state, problem])?;
    Ok(())
}

fn apply_verdict(
    connection: &Connection,
    envelope: EnvelopeId,
    place: i64,
    verdict: &ItemVerdict,
) -> Result<(), StoreError> {
    let (text, reason, state) = match verdict {
        ItemVerdict::Accepted | ItemVerdict::Duplicate => ("accepted", None, OwnState::Accepted),
        ItemVerdict::Waiting { .. } => ("waiting", None, OwnState::Waiting),
        ItemVerdict::Quarantined { reason } => {
            let state = if reason == FORK { OwnState::Forked } else { OwnState::Quarantined };
            let text = if planted(Plant::QuarantineHidden) { "accepted" } else { "quarantined" };
            (text, Some(reason.as_str()), state)
        }
    };
    // What was written anew stays settled, whatever an old envelope is answered.
    const SQL: &str = "UPDATE outbox SET verdict = ?3, reason = ?4
 WHERE envelope = ?1 AND place = ?2 AND verdict IS NOT 'replaced' RETURNING change, kind";
    let noted: Option<(Option<Vec<u8>>, String)> = connection
        .prepare_cached(SQL)?
        .query_row(params![envelope.to_bytes().as_slice(), place, text, reason], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((change, kind)) = noted else { return Ok(()) };
    if state == OwnState::Quarantined && kind == DISCARD {
        return not_discarded(connection, envelope, place);
    }
    if let Some(change) = change
        && !set_own_state(connection, hash_of(&change)?, state)?
        && state != OwnState::Accepted
        && let Some(Item::Change { record, change }) = item_at(connection, envelope, place)?
    {
        documents::put_beside(connection, record, &change, state)?;
    }
    Ok(())
}

/// The server did not set a record aside: it stands here too.
fn not_discarded(connection: &Connection, envelope: EnvelopeId, place: i64) -> Result<(), StoreError> {
    match item_at(connection, envelope, place)? {
        Some(Item::Discard { record, undo, .. }) => records::set_discarded(connection, record, undo),
        _ => Ok(()),
    }
}

/// An item of an envelope that is kept.
fn item_at(connection: &Connection, envelope: EnvelopeId, place: i64) -> Result<Option<Item>, StoreError> {
    const BODY: &str = "SELECT body FROM envelope WHERE id = ?1";
    let body: Vec<u8> =
        connection.prepare_cached(BODY)?.query_row([envelope.to_bytes().as_slice()], |row| row.get(0))?;
    let envelope = Envelope::read(&body).map_err(|_| StoreError::Unreadable { what: "envelope" })?;
    Ok(usize::try_from(place).ok().and_then(|place| envelope.items.into_iter().nth(place)))
}

/// A change of ours came back in a page: the server has accepted it, whatever it said before.
pub(crate) fn seen_accepted(connection: &Connection, change: ChangeHash) -> Result<bool, StoreError> {
    let known = set_own_state(connection, change, OwnState::Accepted)?;
    const SET_ASIDE: &str = "SELECT record FROM outbox WHERE change = ?1 AND verdict = 'quarantined'";
    const SQL: &str = "UPDATE outbox SET verdict = 'accepted', reason = NULL
 WHERE change = ?1 AND verdict IN ('waiting', 'quarantined')";
    // Somebody had it judged once more: what was set aside with it may have another verdict too.
    const ASK_AGAIN: &str = "UPDATE envelope SET state = 'sealed' WHERE state = 'acked'
 AND id IN (SELECT envelope FROM outbox WHERE record = ?1 AND verdict = 'quarantined')";
    let change = change.to_bytes();
    let retried: Option<Vec<u8>> =
        connection.prepare_cached(SET_ASIDE)?.query_row([change.as_slice()], |row| row.get(0)).optional()?;
    connection.prepare_cached(SQL)?.execute([change.as_slice()])?;
    if let Some(record) = retried {
        connection.prepare_cached(ASK_AGAIN)?.execute([record])?;
    }
    Ok(known)
}

/// A change that was refused has been written anew: it needs no one's attention any more.
pub(crate) fn replaced(connection: &Connection, change: ChangeHash) -> Result<(), StoreError> {
    set_own_state(connection, change, OwnState::Replaced)?;
    // What was never sealed need not be sent at all.
    const UNSEALED: &str = "DELETE FROM outbox WHERE change = ?1 AND envelope IS NULL";
    const SEALED: &str = "UPDATE outbox SET verdict = 'replaced' WHERE change = ?1";
    connection.prepare_cached(UNSEALED)?.execute([change.to_bytes().as_slice()])?;
    connection.prepare_cached(SEALED)?.execute([change.to_bytes().as_slice()])?;
    Ok(())
}

/// A submission of a state that was written anew has been made again.
pub(crate) fn submission_replaced(
    connection: &Connection,
    record: RecordId,
    at_ms: i64,
) -> Result<(), StoreError> {
    const UNSEALED: &str =
        "DELETE FROM outbox WHERE record = ?1 AND kind = 'submission' AND at_ms = ?2 AND envelope IS NULL";
    const SEALED: &str =
        "UPDATE outbox SET verdict = 'replaced' WHERE record = ?1 AND kind = 'submission' AND at_ms = ?2";
    connection.prepare_cached(UNSEALED)?.execute(params![record.to_bytes().as_slice(), at_ms])?;
    connection.prepare_cached(SEALED)?.execute(params![record.to_bytes().as_slice(), at_ms])?;
    Ok(())
}

fn records_of(connection: &Connection, envelope: EnvelopeId) -> Result<Vec<RecordId>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT record FROM outbox WHERE envelope = ?1")?;
    let mut rows = statement.query([envelope.to_bytes().as_slice()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(record_of(&row.get::<_, Vec<u8>>(0)?)?);
    }
    Ok(found)
}

/// Forgets acked envelopes that a backup holds: those numbered up to `mark`. Facts that wait or need checking stay.
pub(crate) fn forget_backed_up(connection: &Connection, mark: i64) -> Result<(), StoreError> {
    let mark = if planted(Plant::AckedForgotten) { i64::MAX } else { mark };
    const ITEMS: &str = "DELETE FROM outbox WHERE verdict IN ('accepted', 'replaced') AND envelope IN
 (SELECT id FROM envelope WHERE state = 'acked' AND number <= ?1)";
    const ENVELOPES: &str = "DELETE FROM envelope WHERE state = 'acked' AND number <= ?1
 AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.envelope = envelope.id)";
    connection.prepare_cached(ITEMS)?.execute([mark])?;
    connection.prepare_cached(ENVELOPES)?.execute([mark])?;
    Ok(())
}

/// Submissions and comments on a record that the server has not taken, each with its row.
pub(crate) fn said(connection: &Connection, record: RecordId) -> Result<Vec<(i64, Item)>, StoreError> {
    const SQL: &str = "SELECT item, payload, envelope, place FROM outbox WHERE record = ?1
 AND kind IN ('submission', 'comment') AND (verdict IS NULL OR verdict = 'waiting') ORDER BY item";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([record.to_bytes().as_slice()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let unreadable = || StoreError::Unreadable { what: "fact" };
        let item = match row.get::<_, Option<Vec<u8>>>(2)? {
            None => frame::from_cbor(&row.get::<_, Vec<u8>>(1)?).map_err(|_| unreadable())?,
            Some(envelope) => {
                let envelope = EnvelopeId::from_bytes(bytes16(&envelope)?);
                item_at(connection, envelope, row.get(3)?)?.ok_or_else(unreadable)?
            }
        };
        found.push((row.get(0)?, item));
    }
    Ok(found)
}

/// Says something in other words: in its place while it is queued, else as a new fact.
pub(crate) fn say_again(connection: &Connection, row: i64, item: &Item) -> Result<(), StoreError> {
    const QUEUED: &str = "UPDATE outbox SET payload = ?2 WHERE item = ?1 AND envelope IS NULL";
    const SENT: &str = "UPDATE outbox SET verdict = 'replaced' WHERE item = ?1 RETURNING at_ms";
    let payload = frame::to_cbor(item).map_err(|_| StoreError::Unreadable { what: "fact" })?;
    if connection.prepare_cached(QUEUED)?.execute(params![row, payload])? > 0 {
        return Ok(());
    }
    let at_ms: i64 = connection.prepare_cached(SENT)?.query_row([row], |row| row.get(0))?;
    enqueue(connection, item, at_ms)
}

/// The server was restored from a backup: everything that is still kept is offered again. Numbers say nothing here: an
/// envelope in the backup may have the same number as one that came after it.
pub(crate) fn offer_again(connection: &Connection) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE envelope SET state = 'sealed' WHERE state = 'acked'";
    connection.prepare_cached(SQL)?.execute([])?;
    Ok(())
}

/// Opens every envelope again, whatever the server said of it: its facts are queued as they were, to be signed anew.
pub(crate) fn unseal(connection: &Connection) -> Result<(), StoreError> {
    const FACTS: &str = "SELECT outbox.item, place, change, envelope.id FROM outbox JOIN envelope ON envelope.id = outbox.envelope
 WHERE verdict IS NOT 'replaced' ORDER BY outbox.item";
    const QUEUE: &str =
        "UPDATE outbox SET payload = ?2, envelope = NULL, place = NULL, verdict = NULL, reason = NULL
 WHERE item = ?1";
    let mut statement = connection.prepare(FACTS)?;
    let mut rows = statement.query([])?;
    let mut facts: Vec<(i64, Option<Vec<u8>>, Item)> = Vec::new();
    while let Some(row) = rows.next()? {
        let envelope = EnvelopeId::from_bytes(bytes16(&row.get::<_, Vec<u8>>(3)?)?);
        let fact = item_at(connection, envelope, row.get(1)?)?;
        facts.push((row.get(0)?, row.get(2)?, fact.ok_or(StoreError::Unreadable { what: "envelope" })?));
    }
    for (item, change, fact) in facts {
        let payload = frame::to_cbor(&fact).map_err(|_| StoreError::Unreadable { what: "fact" })?;
        connection.execute(QUEUE, params![item, payload])?;
        if let Some(change) = change {
            set_own_state(connection, hash_of(&change)?, OwnState::Pending)?;
        }
    }
    connection.execute_batch("DELETE FROM outbox WHERE verdict = 'replaced'; DELETE FROM envelope")?;
    Ok(())
}

pub(super) const OFFER_WAITING: &str = "UPDATE envelope SET state = 'sealed'
 WHERE id IN (SELECT envelope FROM outbox WHERE verdict = 'waiting') AND state = 'acked'";

/// Envelopes with facts that wait are offered once more: their status may have changed.
pub(crate) fn offer_waiting(connection: &Connection) -> Result<(), StoreError> {
    connection.prepare_cached(OFFER_WAITING)?.execute([])?;
    Ok(())
}

pub(super) const FORKED_RECORDS: &str =
    "SELECT DISTINCT record FROM own_change WHERE state = 'forked' ORDER BY record";

/// Records with own changes that the server refused as a fork.
pub(crate) fn forked_records(connection: &Connection) -> Result<Vec<RecordId>, StoreError> {
    let mut statement = connection.prepare_cached(FORKED_RECORDS)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(record_of(&row.get::<_, Vec<u8>>(0)?)?);
    }
    Ok(found)
}
