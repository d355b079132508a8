//! Edits that follow a member: made in the record the member had left, by somebody who had not heard.
//!
//! The edit stays in the history where it was made. Reconciling that record writes it anew in the record the member is in
//! now, in its author's name, with the change it cites and its own time, and notes that in the log (`edit_carried`): an
//! edit is carried along a move once, whatever is replayed. It has seen there what its author had seen here: the copied
//! answer, unless that came from an edit unknown to them (then both stand as different answers), and their earlier edits.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_forms::Membership;
use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::{EnvelopeId, Item, ObjectId};
use doorstep_records::{
    ActorId, Answers, ChangeHash, ChangeNote, Heads, HistoryEntry, Key, Record, RecordId, Value,
};
use rusqlite::{Connection, OptionalExtension};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use super::clerk::Clerk;
use super::review::cases::{Loaded, case_load};
use super::review::people::author_list;
use super::rows::{heads, record_id};
use crate::households::stays_behind;
use crate::log::{Author, By, CarriedChange, EditCarriedEntry, LogEntry, commit};
use crate::review::view::Authors;
use crate::store::StoreError;
use crate::sync::push::server_author;

const MOVES: &str = "SELECT member_move.seq, row, base, closed, opened, record.id, record.num FROM member_move \
     JOIN record ON record.num = member_move.target WHERE source = ?1 ORDER BY member_move.seq, member_move.num";
const CARRIED: &str =
    "SELECT original, root, change, saw_copy, submitted FROM carried WHERE move = ?1 ORDER BY num";
const ROOT: &str = "SELECT root FROM carried WHERE change = ?1 LIMIT 1";
/// In the history of the record, in both languages.
const REASON: &str = "随成员转入 / followed the member";

/// A move out of a record.
struct Move {
    seq: i64,
    rows: Vec<String>,
    base: Heads,
    closed: ChangeHash,
    opened: ChangeHash,
    to: RecordId,
    to_num: i64,
}

/// An edit that was carried along a move.
struct Carried {
    original: ChangeHash,
    root: ChangeHash,
    change: ChangeHash,
    saw_copy: bool,
    submitted: bool,
}

/// An edit that is to be.
struct Edit {
    hash: ChangeHash,
    actor: ActorId,
    note: ChangeNote,
    puts: Vec<(Key, Value)>,
}

/// Everything about the record that was left.
struct Source {
    loaded: Loaded,
    document: Record,
    authors: Authors,
    membership: Option<Membership>,
}

impl Clerk {
    /// Writes anew what was edited in the record `num` about members who had left it, and says of what was carried
    /// before that it is complete, once its author said so.
    pub(super) fn carry(&self, tx: &Connection, num: i64, now_ms: i64) -> Result<(), StoreError> {
        let moves = moves(tx, num)?;
        if moves.is_empty() {
            return Ok(());
        }
        // A record that cannot be read blocks no other one: what was begun for it is undone, and tried again next time.
        tx.execute_batch("SAVEPOINT carry")?;
        let done = self.carry_all(tx, num, &moves, now_ms);
        if let Err(error) = &done {
            tracing::error!(error = %error, "edits could not be carried to where a member is now");
            tx.execute_batch("ROLLBACK TO carry")?;
        }
        tx.execute_batch("RELEASE carry")?;
        Ok(())
    }

    fn carry_all(&self, tx: &Connection, num: i64, moves: &[Move], now_ms: i64) -> Result<(), StoreError> {
        let loaded = case_load(tx, num)?.ok_or(StoreError::NotFound)?;
        let mut document = loaded.case.open()?;
        let authors = author_list(tx, num)?;
        let now = document.heads();
        let version = loaded.case.judging_version(&mut document, &now);
        let form = self.forms.get(tx, &loaded.case.form, version)?;
        let membership = form.and_then(|form| form.form().membership().cloned());
        let mut source = Source { loaded, document, authors, membership };
        moves.iter().try_for_each(|one| self.carry_along(tx, &mut source, one, now_ms))
    }

    fn carry_along(
        &self,
        tx: &Connection,
        source: &mut Source,
        one: &Move,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let mut before = carried(tx, one.seq)?;
        let edits = unheard(source, one)?;
        let newly = newly_complete(source, &before);
        if edits.is_empty() && newly.is_empty() {
            return Ok(());
        }
        let target = case_load(tx, one.to_num)?.ok_or(StoreError::NotFound)?;
        let mut document = target.case.open()?;
        let copied = source
            .document
            .answers_at(&one.base)
            .map_err(|_| StoreError::Damaged("a move names heads that the document lacks"))?;
        let mut complete = Vec::new();
        for (original, root) in newly {
            complete.extend(before.iter().filter(|at| at.original == original).map(|at| at.change));
            note_down(tx, source, one, (original, root, Vec::new(), true), now_ms)?;
        }
        for edit in edits {
            let root = root_of(tx, &edit.hash)?;
            if before.iter().any(|at| at.original == edit.hash || at.root == root) {
                continue;
            }
            let submitted = is_complete(source, &edit.hash);
            let changes =
                self.write_anew(tx, (source, one), &edit, (&copied, &before, &mut document), now_ms)?;
            // A record that can take no more keeps what it has; the edit stays where it was made.
            if changes.is_empty() {
                continue;
            }
            if submitted {
                complete.extend(changes.iter().map(|carried| carried.change));
            }
            before.extend(changes.iter().map(|at| {
                let (original, change, saw_copy) = (edit.hash, at.change, at.saw_copy);
                Carried { original, root, change, saw_copy, submitted }
            }));
            note_down(tx, source, one, (edit.hash, root, changes, submitted), now_ms)?;
        }
        self.submit(tx, one, complete, now_ms)
    }

    /// The edit as changes of the record the member is in: one for the answers whose copy its author had seen, one for
    /// the others.
    fn write_anew(
        &self,
        tx: &Connection,
        (source, one): (&Source, &Move),
        edit: &Edit,
        (copied, before, document): (&Answers, &[Carried], &mut Record),
        now_ms: i64,
    ) -> Result<Vec<CarriedChange>, StoreError> {
        let known = |answer: &doorstep_records::Answer| {
            answer.candidates.iter().all(|given| source.document.has_seen(&edit.hash, &given.hash))
        };
        let saw = |key: &Key| copied.get(key).is_none_or(known);
        let (seen, unseen): (Vec<_>, Vec<_>) = edit.puts.iter().cloned().partition(|(key, _)| saw(key));
        let own = before.iter().filter(|at| source.document.has_seen(&edit.hash, &at.original));
        let (mut above, mut beside): (BTreeSet<ChangeHash>, BTreeSet<ChangeHash>) = Default::default();
        for at in own {
            above.insert(at.change);
            if !at.saw_copy {
                beside.insert(at.change);
            }
        }
        above.insert(one.opened);
        let author = author_of(&self.identity, &source.authors, &edit.actor);
        let mut changes = Vec::new();
        for (puts, heads, saw_copy) in [(seen, above, true), (unseen, beside, false)] {
            if puts.is_empty() {
                continue;
            }
            let envelope = minted(now_ms, &edit.hash, one, if saw_copy { "seen" } else { "beside" });
            let envelope = EnvelopeId::mint(envelope.0, envelope.1);
            let name = format!("{} {envelope}", author.user);
            let actor = ActorId::derive(&self.identity.install, &name, one.to, 0);
            let mut note = edit.note.clone();
            note.original_at_ms = Some(note.original_at_ms.unwrap_or(note.at_ms));
            (note.at_ms, note.reason, note.cites) = (now_ms, Some(REASON.to_owned()), Some(edit.hash));
            let heads: Heads = heads.into_iter().collect();
            let Ok(written) = document.write_anyway_at(&actor, &note, &heads, &puts) else { continue };
            let item = Item::Change { record: one.to, change: ByteBuf::from(written.bytes) };
            if self.push(tx, author.clone(), envelope, vec![item], now_ms)? {
                changes.push(CarriedChange { change: written.hash, saw_copy });
            }
        }
        Ok(changes)
    }

    /// Says that what was carried is complete, in the name of whose edit it is last.
    fn submit(
        &self,
        tx: &Connection,
        one: &Move,
        complete: Vec<ChangeHash>,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let Some(last) = complete.last().copied() else { return Ok(()) };
        let loaded = case_load(tx, one.to_num)?.ok_or(StoreError::NotFound)?;
        let mut document = loaded.case.open()?;
        let newest = complete.into_iter().map(|change| [change].into_iter().collect::<Heads>());
        let newest: Vec<Heads> = newest.collect();
        let states: Vec<&Heads> = newest.iter().collect();
        let heads = document
            .joined(&states)
            .map_err(|_| StoreError::Damaged("what was carried is not in the record"))?;
        let version = document.author_of(&last).and_then(|actor| document.newest_version_of(&actor));
        let version = version.unwrap_or(loaded.case.form_version).max(loaded.case.form_version);
        let authors = author_list(tx, one.to_num)?;
        let author = match document.author_of(&last) {
            Some(actor) => author_of(&self.identity, &authors, &actor),
            None => server_author(&self.identity, None, "", "server"),
        };
        let (at, random) = minted(now_ms, &last, one, "envelope");
        let submission = Item::Submission {
            id: ObjectId::mint(at, minted(now_ms, &last, one, "submission").1),
            record: one.to,
            heads,
            form_version: version,
            at_ms: now_ms,
            note: Some(REASON.to_owned()),
        };
        self.push(tx, author, EnvelopeId::mint(at, random), vec![submission], now_ms).map(drop)
    }
}

fn note_down(
    tx: &Connection,
    source: &Source,
    one: &Move,
    (original, root, changes, submitted): (ChangeHash, ChangeHash, Vec<CarriedChange>, bool),
    now_ms: i64,
) -> Result<(), StoreError> {
    let author = source.document.author_of(&original).and_then(|actor| source.authors.get(&actor));
    let by = match author {
        Some(author) => By { user: Some(author.user), name: author.name.clone() },
        None => By { user: None, name: String::new() },
    };
    let (from, to, closed) = (source.loaded.case.record, one.to, one.closed);
    let entry = EditCarriedEntry { from, to, closed, original, root, changes, submitted, by };
    commit(tx, now_ms, &LogEntry::EditCarried(entry)).map(drop)
}

/// The edit that a change was first made as.
fn root_of(tx: &Connection, change: &ChangeHash) -> Result<ChangeHash, StoreError> {
    let root: Option<[u8; 32]> =
        tx.prepare_cached(ROOT)?.query_row([change.to_bytes()], |row| row.get(0)).optional()?;
    Ok(root.map_or(*change, ChangeHash::from_bytes))
}

/// The moves out of a record, oldest first.
fn moves(tx: &Connection, num: i64) -> Result<Vec<Move>, StoreError> {
    let mut moves: Vec<Move> = Vec::new();
    let mut statement = tx.prepare_cached(MOVES)?;
    let mut rows = statement.query([num])?;
    while let Some(row) = rows.next()? {
        let (seq, member): (i64, String) = (row.get(0)?, row.get(1)?);
        match moves.last_mut() {
            Some(last) if last.seq == seq => last.rows.push(member),
            _ => moves.push(Move {
                seq,
                rows: vec![member],
                base: heads(row, 2)?,
                closed: ChangeHash::from_bytes(row.get(3)?),
                opened: ChangeHash::from_bytes(row.get(4)?),
                to: record_id(row, 5)?,
                to_num: row.get(6)?,
            }),
        }
    }
    Ok(moves)
}

fn carried(tx: &Connection, seq: i64) -> Result<Vec<Carried>, StoreError> {
    let carried = tx
        .prepare_cached(CARRIED)?
        .query_map([seq], |row| {
            Ok(Carried {
                original: ChangeHash::from_bytes(row.get(0)?),
                root: ChangeHash::from_bytes(row.get(1)?),
                change: ChangeHash::from_bytes(row.get(2)?),
                saw_copy: row.get(3)?,
                submitted: row.get(4)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(carried)
}

/// The edits of the rows that were neither copied nor made by somebody who had heard, each after those it has seen.
fn unheard(source: &mut Source, one: &Move) -> Result<Vec<Edit>, StoreError> {
    let since = source
        .document
        .changes_since(&one.base)
        .map_err(|_| StoreError::Damaged("a move names heads that the document lacks"))?;
    let since: BTreeSet<ChangeHash> = since.into_iter().map(|change| change.hash).collect();
    let mut order = Vec::new();
    let mut edits: BTreeMap<ChangeHash, Edit> = BTreeMap::new();
    for given in source.document.history(None) {
        let moved = one.rows.iter().find(|row| given.key.is_below(row)).is_some_and(|row| {
            let stays = |membership: &Membership| stays_behind(membership, row, given.key.as_str());
            !source.membership.as_ref().is_some_and(stays)
        });
        let late = since.contains(&given.hash) && given.hash != one.closed;
        let heard = source.document.has_seen(&given.hash, &one.closed) && !planted(Plant::HeardCarried);
        if !moved || !late || heard {
            continue;
        }
        let HistoryEntry { key, value, hash, actor, at_ms, original_at_ms, form_version, .. } = given;
        let edit = edits.entry(hash).or_insert_with(|| {
            order.push(hash);
            let mut note = ChangeNote::new(form_version, at_ms);
            note.original_at_ms = original_at_ms;
            Edit { hash, actor, note, puts: Vec::new() }
        });
        edit.puts.push((key, value));
    }
    Ok(order.into_iter().filter_map(|hash| edits.remove(&hash)).collect())
}

/// What was carried as a draft and is part of a submission now: the edit, and what it was first made as.
fn newly_complete(source: &mut Source, before: &[Carried]) -> Vec<(ChangeHash, ChangeHash)> {
    let drafts = before.iter().filter(|carried| !carried.submitted);
    let mut drafts: Vec<_> = drafts.map(|carried| (carried.original, carried.root)).collect();
    drafts.dedup();
    drafts.retain(|(original, _)| is_complete(source, original));
    drafts
}

/// True when somebody said that a state with this change is complete.
fn is_complete(source: &mut Source, change: &ChangeHash) -> bool {
    let alone: Heads = [*change].into_iter().collect();
    let Source { loaded, document, .. } = source;
    loaded.case.submissions.iter().any(|submission| document.descends(&submission.heads, &alone))
}

fn author_of(identity: &super::Identity, authors: &Authors, actor: &ActorId) -> Author {
    match authors.get(actor) {
        Some(author) => server_author(identity, Some(author.user), &author.name, &author.role),
        None => server_author(identity, None, "", "server"),
    }
}

/// Time and ten bytes that follow from an edit and a move: the same edit never leads to two changes.
fn minted(now_ms: i64, edit: &ChangeHash, one: &Move, what: &str) -> (u64, [u8; 10]) {
    let mut hasher = Sha256::new();
    hasher.update(b"doorstep carry 1\0");
    hasher.update(what.as_bytes());
    hasher.update(edit.to_bytes());
    hasher.update(one.closed.to_bytes());
    hasher.update(now_ms.to_be_bytes());
    let digest: [u8; 32] = hasher.finalize().into();
    (u64::try_from(now_ms).unwrap_or_default(), std::array::from_fn(|at| digest[at]))
}
