//! What single items of an envelope do to the tables once they are accepted, must wait, or stand in quarantine.

use std::collections::HashSet;

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::push::ItemVerdict;
use doorstep_protocol::{EnvelopeId, Item, ObjectId};
use doorstep_records::gate::{Admission, Admitted, inspect};
use doorstep_records::{ActorId, Heads, Record, RecordId};
use rusqlite::{Connection, OptionalExtension, params};
use serde_bytes::ByteBuf;

use super::areas_succeeded::successor_of;
use super::prepared::{PreparedChange, PreparedDocument};
use super::{area_applied, touch};
use crate::attachments::described::described;
use crate::log::entry::{Author, By, ReviewComment};
use crate::log::feed::{self, FeedKind};
use crate::store::StoreError;
use crate::store::sqlite::review::files;
use crate::store::sqlite::review::stood::discard_moves;
use crate::store::sqlite::rows::{SLOT_MS, heads_bytes, heads_opt, to_cbor};

/// One item with everything that is known about it.
pub(super) struct Fact<'a> {
    pub(super) envelope: EnvelopeId,
    pub(super) place: u32,
    pub(super) item: &'a Item,
    pub(super) verdict: &'a ItemVerdict,
    pub(super) author: &'a Author,
    /// When its envelope was received.
    pub(super) received_ms: i64,
}

const INSERT_RECORD: &str = "INSERT INTO record (id, form, form_version, area, subject, author, device, created_ms, \
     changed_ms, created_seq, changed_seq, created_feed, heads, state, shown, discarded, dirty, test, begun_closed) \
     VALUES (?1, ?2, ?3, (SELECT num FROM area WHERE code = ?4), ?5, ?6, ?7, ?8, ?8, ?9, ?9, 0, x'', 'draft', 0, 0, 1, \
       ?10, ?11)";
/// A test: it says so, or nothing but a test has its version, or what it is about is one.
const IS_TEST: &str = "SELECT (NOT EXISTS (SELECT 1 FROM form_version WHERE form = ?1 AND version = ?2) \
       AND EXISTS (SELECT 1 FROM form_trial WHERE form = ?1 AND version = ?2)) \
     OR EXISTS (SELECT 1 FROM record WHERE id = ?3 AND test = 1)";
/// When its version was closed to new records; null while it is open.
const CLOSED: &str = "SELECT closed_ms FROM form_version WHERE form = ?1 AND version = ?2";
const AREA: &str = "SELECT area FROM record WHERE num = ?1";
const CREATED_FEED: &str = "UPDATE record SET created_feed = ?2 WHERE num = ?1";
const DOCUMENT: &str = "SELECT bytes FROM document WHERE record = ?1";
const SET_DOCUMENT: &str = "INSERT INTO document (record, bytes) VALUES (?1, ?2) \
     ON CONFLICT (record) DO UPDATE SET bytes = excluded.bytes";
const SET_HEADS: &str = "UPDATE record SET heads = ?2, changed_ms = ?3 WHERE num = ?1";
const INSERT_CHANGE: &str =
    "INSERT INTO record_change (hash, record, feed, raw, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)";
const BIND: &str = "INSERT INTO actor (actor, record, user, user_name, role, device, feed) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (actor) DO NOTHING";

/// Applies the items of one record from one log entry, in their order; `document` is what they lead to when it was
/// worked out before.
pub(super) fn apply_record(
    tx: &Connection,
    seq: i64,
    at_ms: i64,
    id: RecordId,
    facts: &[Fact<'_>],
    document: Option<&PreparedDocument>,
) -> Result<(), StoreError> {
    let mut begun = None;
    for fact in facts.iter().filter(|fact| *fact.verdict == ItemVerdict::Accepted) {
        if let Item::Create { .. } = fact.item {
            let record = create(tx, seq, at_ms, fact)?;
            begun = Some((record, feed::of_record(tx, record, FeedKind::Created, None)?));
            tx.prepare_cached(CREATED_FEED)?.execute([record, begun.map_or(0, |(_, feed)| feed)])?;
            follow_area(tx, seq, record)?;
        }
    }
    let record = match begun {
        Some((record, _)) => Some(record),
        None => find(tx, id)?,
    };
    if let Some(record) = record {
        changes(tx, at_ms, record, begun.map(|(_, feed)| feed), facts, document)?;
        for fact in facts.iter().filter(|fact| *fact.verdict == ItemVerdict::Accepted) {
            said(tx, seq, record, fact)?;
        }
        touch(tx, record, seq)?;
    }
    facts.iter().try_for_each(|fact| set_aside(tx, fact))
}

fn find(tx: &Connection, id: RecordId) -> Result<Option<i64>, StoreError> {
    let found = tx
        .prepare_cached("SELECT num FROM record WHERE id = ?1")?
        .query_row([id.to_bytes()], |row| row.get(0))
        .optional()?;
    Ok(found)
}

fn create(tx: &Connection, seq: i64, at_ms: i64, fact: &Fact<'_>) -> Result<i64, StoreError> {
    let Item::Create { record, form, form_version, area, subject, test } = fact.item else {
        return Err(StoreError::Damaged("not a beginning of a record"));
    };
    let device = (!fact.author.server).then(|| fact.author.device.to_bytes());
    let user = fact.author.user.to_bytes();
    let subject = subject.map(|id| id.to_bytes());
    let test = *test
        || tx
            .prepare_cached(IS_TEST)?
            .query_row(params![form, form_version, subject], |row| row.get::<_, bool>(0))?;
    let closed_ms: Option<i64> = tx
        .prepare_cached(CLOSED)?
        .query_row(params![form, form_version], |row| row.get(0))
        .optional()?
        .flatten();
    // The id tells when the phone began it; a draft begun before the closing is in order.
    let begun_closed = !fact.author.server
        && closed_ms.zip(begun_ms(*record)).is_some_and(|(closed_ms, begun_ms)| begun_ms > closed_ms);
    tx.prepare_cached(INSERT_RECORD)?.execute(params![
        record.to_bytes(),
        form,
        form_version,
        area,
        subject,
        user,
        device,
        at_ms,
        seq,
        test,
        begun_closed
    ])?;
    Ok(tx.last_insert_rowid())
}

/// What was begun in an area that has ended, by a phone that had not heard, is placed in the successor.
fn follow_area(tx: &Connection, seq: i64, record: i64) -> Result<(), StoreError> {
    let area: i64 = tx.prepare_cached(AREA)?.query_row([record], |row| row.get(0))?;
    match successor_of(tx, area)? {
        Some(place) => area_applied::place(tx, seq, record, place),
        None => Ok(()),
    }
}

/// When a phone's clock says a record was begun: the time inside its UUIDv7 (RFC 9562, 5.7).
fn begun_ms(record: RecordId) -> Option<i64> {
    let uuid = record.as_uuid();
    let [a, b, c, d, e, f, ..] = *uuid.as_bytes();
    (uuid.get_version_num() == 7).then(|| i64::from_be_bytes([0, 0, a, b, c, d, e, f]))
}

/// Takes the accepted changes into the document.
fn changes(
    tx: &Connection,
    at_ms: i64,
    record: i64,
    created_feed: Option<i64>,
    facts: &[Fact<'_>],
    document: Option<&PreparedDocument>,
) -> Result<(), StoreError> {
    let mut authors = Vec::new();
    let mut bytes = Vec::new();
    for fact in facts.iter().filter(|fact| *fact.verdict == ItemVerdict::Accepted) {
        if let Item::Change { change, .. } = fact.item {
            authors.push(fact.author);
            bytes.push(change);
        }
    }
    if authors.is_empty() {
        return Ok(());
    }
    let worked_out;
    let document = match document {
        Some(document) => document,
        None => {
            worked_out = work_out(tx, record, &bytes)?;
            &worked_out
        }
    };
    tx.prepare_cached(SET_DOCUMENT)?.execute(params![record, document.saved])?;
    tx.prepare_cached(SET_HEADS)?.execute(params![record, heads_bytes(&document.heads), at_ms])?;
    let feed = match created_feed {
        Some(feed) => feed,
        None => feed::of_record(tx, record, FeedKind::Changed, None)?,
    };
    let mut bound: HashSet<ActorId> = HashSet::new();
    let mut insert = tx.prepare_cached(INSERT_CHANGE)?;
    for (author, change) in authors.iter().zip(&document.changes) {
        files::refs_put(tx, record, author.user, &described(&change.raw)?)?;
        insert.execute(params![change.hash.to_bytes(), record, feed, change.raw, at_ms])?;
        if bound.insert(change.actor) {
            bind(tx, record, feed, author, change.actor)?;
        }
    }
    Ok(())
}

/// Loads, admits, saves: what preparing does beforehand, for replays and for records that changed meanwhile.
fn work_out(tx: &Connection, record: i64, changes: &[&ByteBuf]) -> Result<PreparedDocument, StoreError> {
    let mut read = Vec::with_capacity(changes.len());
    for change in changes {
        read.push(inspect(change).map_err(|_| StoreError::Damaged("an accepted change cannot be read"))?);
    }
    let bytes: Option<Vec<u8>> =
        tx.prepare_cached(DOCUMENT)?.query_row([record], |row| row.get(0)).optional()?;
    let mut admission = Admission::load(bytes.as_deref())?;
    let all = admission.admit_all(&read);
    if all.iter().any(|verdict| !matches!(verdict, Ok(Admitted::Applied))) {
        return Err(StoreError::Damaged("an accepted change is not accepted when it is replayed"));
    }
    let (mut record, saved) = admission.into_parts();
    let changes = read.iter().map(PreparedChange::from).collect();
    Ok(PreparedDocument { heads: record.heads(), saved, changes })
}

fn bind(tx: &Connection, record: i64, feed: i64, author: &Author, actor: ActorId) -> Result<(), StoreError> {
    let device = (!author.server).then(|| author.device.to_bytes());
    tx.prepare_cached(BIND)?.execute(params![
        actor.to_bytes(),
        record,
        author.user.to_bytes(),
        author.name,
        author.role,
        device,
        feed
    ])?;
    Ok(())
}

/// Submissions, comments, discards.
fn said(tx: &Connection, seq: i64, record: i64, fact: &Fact<'_>) -> Result<(), StoreError> {
    match fact.item {
        Item::Create { .. } | Item::Change { .. } => Ok(()),
        Item::Submission { id, heads, form_version, at_ms, note, .. } => {
            // Who submits a record has not entered it by mistake.
            discard_moves(tx, record, false, seq)?;
            submission(tx, record, fact, *id, heads, *form_version, *at_ms, note.as_deref())
        }
        Item::Comment { id, heads, path, text, at_ms, .. } => {
            let by = By { user: Some(fact.author.user), name: fact.author.name.clone() };
            let remark = ReviewComment { id: *id, path: path.clone(), text: text.clone() };
            comment(tx, record, heads, &remark, &by, *at_ms)
        }
        Item::Discard { undo, .. } => {
            discard_moves(tx, record, !undo, seq)?;
            tx.prepare_cached("UPDATE record SET discarded = ?2 WHERE num = ?1")?
                .execute(params![record, !undo])?;
            feed::of_record(tx, record, FeedKind::Row, None).map(drop)
        }
    }
}

/// What is complete after a submission of `new`: two people who said so without knowing of each other said it of both
/// their works, and a late submission of an older state takes nothing back.
fn complete_heads(tx: &Connection, record: i64, new: &Heads) -> Result<Heads, StoreError> {
    let old = tx
        .prepare_cached("SELECT submitted_heads FROM record WHERE num = ?1")?
        .query_row([record], |row| heads_opt(row, 0))?;
    let Some(old) = old.filter(|old| old != new) else { return Ok(new.clone()) };
    let bytes: Vec<u8> = tx.prepare_cached(DOCUMENT)?.query_row([record], |row| row.get(0))?;
    Record::load(&bytes)?
        .joined(&[&old, new])
        .map_err(|_| StoreError::Damaged("a submission names heads that the document lacks"))
}

#[expect(clippy::too_many_arguments, reason = "the fields of one item")]
fn submission(
    tx: &Connection,
    record: i64,
    fact: &Fact<'_>,
    id: ObjectId,
    heads: &Heads,
    form_version: u32,
    at_ms: i64,
    note: Option<&str>,
) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO submission (id, record, heads, form_version, user, user_name, at_ms, \
         received_ms, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    // What was approved at these very heads stays approved; what is finally not accepted stays so.
    const SET: &str = "UPDATE record SET submitted_heads = ?2, submitted_ms = ?3, form_version = ?4, shown = NOT test, \
         received_slot = min(coalesce(received_slot, ?5), ?5), discarded = 0, state = CASE WHEN state = 'not_accepted' OR (state IN ('approved', 'confirmed') AND approved_heads = ?2) \
         THEN state ELSE 'submitted' END WHERE num = ?1";
    let author = fact.author;
    let complete = complete_heads(tx, record, heads)?;
    tx.prepare_cached(INSERT)?.execute(params![
        id.to_bytes(),
        record,
        heads_bytes(heads),
        form_version,
        author.user.to_bytes(),
        author.name,
        at_ms,
        fact.received_ms,
        note
    ])?;
    let was_shown: bool = tx
        .prepare_cached("SELECT shown FROM record WHERE num = ?1")?
        .query_row([record], |row| row.get(0))?;
    tx.prepare_cached(SET)?.execute(params![
        record,
        heads_bytes(&complete),
        fact.received_ms,
        form_version,
        fact.received_ms / SLOT_MS
    ])?;
    let kind = if was_shown { FeedKind::Row } else { FeedKind::Shown };
    feed::of_record(tx, record, kind, None).map(drop)
}

/// Writes a comment and tells the devices.
pub(super) fn comment(
    tx: &Connection,
    record: i64,
    heads: &Heads,
    comment: &ReviewComment,
    by: &By,
    at_ms: i64,
) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO comment (id, record, heads, path, user, user_name, text, at_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    tx.prepare_cached(INSERT)?.execute(params![
        comment.id.to_bytes(),
        record,
        heads_bytes(heads),
        comment.path,
        by.user.map(|user| user.to_bytes()),
        by.name,
        comment.text,
        at_ms
    ])?;
    feed::of_record(tx, record, FeedKind::Comment, Some(&comment.id.to_bytes())).map(drop)
}

/// What waits and what is in quarantine is kept with its bytes.
pub(super) fn set_aside(tx: &Connection, fact: &Fact<'_>) -> Result<(), StoreError> {
    const WAIT: &str = "INSERT INTO waiting (record, envelope, item, kind, device, user, user_name, role, server, \
         at_ms, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    const QUARANTINE: &str = "INSERT INTO quarantine (envelope, item, record, kind, device, user, reason, at_ms, bytes) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let (author, record) = (fact.author, fact.item.record().to_bytes());
    let (envelope, device, user) =
        (fact.envelope.to_bytes(), author.device.to_bytes(), author.user.to_bytes());
    match fact.verdict {
        ItemVerdict::Accepted | ItemVerdict::Duplicate => {}
        ItemVerdict::Waiting { .. } if planted(Plant::WaitingDropped) => {}
        ItemVerdict::Waiting { .. } => {
            tx.prepare_cached(WAIT)?.execute(params![
                record,
                envelope,
                fact.place,
                kind(fact.item),
                device,
                user,
                author.name,
                author.role,
                author.server,
                fact.received_ms,
                to_cbor(fact.item)?
            ])?;
        }
        ItemVerdict::Quarantined { reason } => {
            tx.prepare_cached(QUARANTINE)?.execute(params![
                envelope,
                fact.place,
                record,
                kind(fact.item),
                device,
                user,
                reason,
                fact.received_ms,
                to_cbor(fact.item)?
            ])?;
        }
    }
    Ok(())
}

/// The stable word for an item's kind.
fn kind(item: &Item) -> &'static str {
    match item {
        Item::Create { .. } => "create",
        Item::Change { .. } => "change",
        Item::Submission { .. } => "submission",
        Item::Comment { .. } => "comment",
        Item::Discard { .. } => "discard",
    }
}
