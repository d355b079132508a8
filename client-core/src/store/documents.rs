//! Documents: kept as received, opened only when a person opens the record.
//!
//! The accepted history of a record is its document plus what came since (`received`) plus own changes that the server
//! has accepted; own changes it has not accepted lie beside it, so that a fork can be undone and replayed.

use doorstep_records::gate::{self, Admission, Admitted, GateError};
use doorstep_records::{ActorId, ChangeHash, Heads, Record, RecordId};
use rusqlite::{Connection, OptionalExtension, params};

use super::convert::{heads_of, heads_to_bytes, record_of};
use super::{Store, StoreError};

/// More received pieces than this are merged into the document when the record is opened.
const MERGE_FROM: usize = 8;

/// What has become of an own change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnState {
    Pending,
    Accepted,
    Waiting,
    Quarantined,
    Forked,
    Replaced,
}

impl OwnState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            OwnState::Pending => "pending",
            OwnState::Accepted => "accepted",
            OwnState::Waiting => "waiting",
            OwnState::Quarantined => "quarantined",
            OwnState::Forked => "forked",
            OwnState::Replaced => "replaced",
        }
    }

    fn of(name: &str) -> Result<OwnState, StoreError> {
        [
            OwnState::Pending,
            OwnState::Accepted,
            OwnState::Waiting,
            OwnState::Quarantined,
            OwnState::Forked,
            OwnState::Replaced,
        ]
        .into_iter()
        .find(|state| state.name() == name)
        .ok_or(StoreError::Unreadable { what: "state of a change" })
    }

    /// Part of what a person sees on this device.
    fn is_shown(self) -> bool {
        !matches!(self, OwnState::Forked | OwnState::Replaced)
    }
}

/// A change made here.
#[derive(Debug, Clone)]
pub(crate) struct OwnChange {
    pub(crate) bytes: Vec<u8>,
    pub(crate) state: OwnState,
}

/// Something received and not merged yet.
pub(super) struct Received {
    pub(super) position: i64,
    pub(super) bytes: Vec<u8>,
    /// The heads a whole document was announced with; `None` for a change.
    pub(super) document: Option<Heads>,
}

pub(super) struct Parts {
    pub(super) document: Option<(Vec<u8>, Option<Heads>)>,
    pub(super) received: Vec<Received>,
    pub(super) own: Vec<OwnChange>,
}

/// Something that could not be used.
struct Fault {
    kind: &'static str,
    reason: String,
    bytes: Vec<u8>,
    /// Row of `received` it came from.
    position: Option<i64>,
}

/// Which own changes are wanted in a loaded record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum With {
    /// Everything a person sees.
    Shown,
    /// What the server has accepted.
    Accepted,
}

pub(super) fn parts(connection: &Connection, id: RecordId) -> Result<Parts, StoreError> {
    let key = id.to_bytes();
    let document = connection
        .prepare_cached("SELECT bytes, heads FROM document WHERE record = ?1")?
        .query_row([key.as_slice()], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Option<Vec<u8>>>(1)?)))
        .optional()?
        .map(|(bytes, heads)| Ok::<_, StoreError>((bytes, heads.map(|heads| heads_of(&heads)).transpose()?)))
        .transpose()?;
    let mut received = Vec::new();
    let mut statement = connection.prepare_cached(
        "SELECT position, kind, bytes, heads FROM received WHERE record = ?1 ORDER BY position",
    )?;
    let mut rows = statement.query([key.as_slice()])?;
    while let Some(row) = rows.next()? {
        let is_document =
            row.get_ref(1)?.as_str().map_err(|_| StoreError::Unreadable { what: "received" })? == "document";
        let heads = row.get::<_, Option<Vec<u8>>>(3)?.map(|heads| heads_of(&heads)).transpose()?;
        received.push(Received {
            position: row.get(0)?,
            bytes: row.get(2)?,
            document: is_document.then(|| heads.unwrap_or_default()),
        });
    }
    Ok(Parts { document, received, own: own_changes(connection, id)? })
}

/// The changes made here, oldest first.
pub(crate) fn own_changes(connection: &Connection, id: RecordId) -> Result<Vec<OwnChange>, StoreError> {
    const SQL: &str = "SELECT bytes, state FROM own_change WHERE record = ?1 ORDER BY position";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([id.to_bytes().as_slice()])?;
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        changes.push(OwnChange { bytes: row.get(0)?, state: OwnState::of(&row.get::<_, String>(1)?)? });
    }
    Ok(changes)
}

/// Keeps a change made here.
pub(crate) fn insert_own_change(
    connection: &Connection,
    id: RecordId,
    hash: ChangeHash,
    bytes: &[u8],
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO own_change (hash, record, bytes, state) VALUES (?1, ?2, ?3, 'pending')";
    connection.prepare_cached(SQL)?.execute(params![
        hash.to_bytes().as_slice(),
        id.to_bytes().as_slice(),
        bytes
    ])?;
    Ok(())
}

/// Notes what became of an own change; false when it is not (or no longer) kept here.
pub(crate) fn set_own_state(
    connection: &Connection,
    hash: ChangeHash,
    state: OwnState,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE own_change SET state = ?2 WHERE hash = ?1 AND state <> 'replaced'";
    Ok(connection.prepare_cached(SQL)?.execute(params![hash.to_bytes().as_slice(), state.name()])? > 0)
}

/// Keeps an own change beside the document again: the server took it once, and does not in its next life.
pub(crate) fn put_beside(
    connection: &Connection,
    id: RecordId,
    bytes: &[u8],
    state: OwnState,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO own_change (hash, record, bytes, state) VALUES (?1, ?2, ?3, ?4)
 ON CONFLICT (hash) DO NOTHING";
    let Ok(facts) = gate::inspect(bytes) else { return Ok(()) };
    let (hash, key) = (facts.hash.to_bytes(), id.to_bytes());
    connection.prepare_cached(SQL)?.execute(params![
        hash.as_slice(),
        key.as_slice(),
        facts.raw,
        state.name()
    ])?;
    Ok(())
}

/// The generation under which this device writes a record, and how far it has counted.
pub(crate) fn writer(connection: &Connection, id: RecordId) -> Result<(u32, u64), StoreError> {
    const SQL: &str = "SELECT generation, last_seq FROM writer WHERE record = ?1";
    let found = connection
        .prepare_cached(SQL)?
        .query_row([id.to_bytes().as_slice()], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))
        .optional()?;
    Ok(found.map_or((0, 0), |(generation, seq)| (generation, u64::try_from(seq).unwrap_or(0))))
}

/// Notes the generation and how far it has counted.
pub(crate) fn set_writer(
    connection: &Connection,
    id: RecordId,
    generation: u32,
    seq: u64,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO writer (record, generation, last_seq) VALUES (?1, ?2, ?3)
 ON CONFLICT DO UPDATE SET generation = excluded.generation, last_seq = excluded.last_seq";
    let seq = i64::try_from(seq).unwrap_or(i64::MAX);
    connection.prepare_cached(SQL)?.execute(params![id.to_bytes().as_slice(), generation, seq])?;
    Ok(())
}

/// The first generation from `from` on whose actor has written nothing in `record`.
pub(crate) fn free_generation(record: &Record, from: u32, actor: impl Fn(u32) -> ActorId) -> u32 {
    (from..).find(|generation| record.last_seq(&actor(*generation)) == 0).unwrap_or(from)
}

/// Keeps bytes that could not be used.
pub(crate) fn set_aside(
    connection: &Connection,
    id: RecordId,
    kind: &str,
    reason: &str,
    bytes: &[u8],
    now_ms: i64,
) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO set_aside (record, kind, reason, bytes, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(SQL)?.execute(params![
        id.to_bytes().as_slice(),
        kind,
        reason,
        bytes,
        now_ms
    ])?;
    Ok(())
}

/// The changes of a record that were set aside, whatever for.
pub(crate) fn aside(connection: &Connection, id: RecordId) -> Result<Vec<gate::ChangeFacts>, StoreError> {
    const SQL: &str = "SELECT bytes FROM set_aside WHERE record = ?1";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([id.to_bytes().as_slice()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.extend(gate::inspect(&row.get::<_, Vec<u8>>(0)?).ok());
    }
    Ok(found)
}

pub(super) const WAITING_RECORDS: &str = "SELECT record FROM own_change WHERE state = 'waiting'
 UNION SELECT record FROM outbox WHERE verdict = 'waiting'";

/// Records about which something from here is held back by the server for a predecessor: an edit, a submission or a comment.
pub(crate) fn waiting_records(connection: &Connection) -> Result<Vec<RecordId>, StoreError> {
    let mut statement = connection.prepare_cached(WAITING_RECORDS)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(record_of(&row.get::<_, Vec<u8>>(0)?)?);
    }
    Ok(found)
}

/// Keeps a record's accepted history; what was merged into it goes.
pub(super) fn put_document(
    connection: &Connection,
    id: RecordId,
    bytes: &[u8],
    merged: &[i64],
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO document (record, bytes, heads) VALUES (?1, ?2, NULL)
 ON CONFLICT DO UPDATE SET bytes = excluded.bytes, heads = NULL";
    connection.prepare_cached(SQL)?.execute(params![id.to_bytes().as_slice(), bytes])?;
    for position in merged {
        connection.prepare_cached("DELETE FROM received WHERE position = ?1")?.execute([position])?;
    }
    const MERGED: &str = "DELETE FROM own_change WHERE record = ?1 AND state = 'accepted'";
    connection.prepare_cached(MERGED)?.execute([id.to_bytes().as_slice()])?;
    Ok(())
}

/// A document from the server: the first one is kept as it is, a later one is merged when the record is opened.
pub(crate) fn receive_document(
    connection: &Connection,
    id: RecordId,
    bytes: &[u8],
    heads: &Heads,
) -> Result<(), StoreError> {
    const FIRST: &str =
        "INSERT INTO document (record, bytes, heads) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    const LATER: &str = "INSERT INTO received (record, kind, bytes, heads) SELECT ?1, 'document', ?2, ?3
 WHERE NOT EXISTS (SELECT 1 FROM document WHERE record = ?1 AND bytes = ?2)";
    let (key, heads) = (id.to_bytes(), heads_to_bytes(heads));
    if connection.prepare_cached(FIRST)?.execute(params![key.as_slice(), bytes, heads])? == 0 {
        connection.prepare_cached(LATER)?.execute(params![key.as_slice(), bytes, heads])?;
    }
    Ok(())
}

/// A change from the server.
pub(crate) fn receive_change(connection: &Connection, id: RecordId, bytes: &[u8]) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO received (record, kind, bytes) VALUES (?1, 'change', ?2)";
    connection.prepare_cached(SQL)?.execute(params![id.to_bytes().as_slice(), bytes])?;
    Ok(())
}

impl Store {
    /// Opens a record. What cannot be used is set aside, never in the way of the rest; an own change that collides with
    /// accepted history is marked as forked.
    pub(crate) fn open_record(
        &mut self,
        id: RecordId,
        with: With,
        now_ms: i64,
    ) -> Result<Record, StoreError> {
        let parts = parts(self.read(), id)?;
        let Some(record) = open_at_once(&parts, with) else {
            return match self.settle_twice(id, &parts, now_ms)? {
                true => self.open_record(id, with, now_ms),
                false => self.open_piece_by_piece(id, &parts, with, now_ms),
            };
        };
        let unmerged =
            parts.received.len() + parts.own.iter().filter(|own| own.state == OwnState::Accepted).count();
        let unverified = parts.document.as_ref().is_some_and(|(_, heads)| heads.is_some());
        if unmerged >= MERGE_FROM || (unmerged > 0 && unverified) {
            self.merge(id, &parts)?;
        }
        Ok(record)
    }

    fn merge(&mut self, id: RecordId, parts: &Parts) -> Result<(), StoreError> {
        let Some(mut accepted) = open_at_once(parts, With::Accepted) else { return Ok(()) };
        let merged: Vec<i64> = parts.received.iter().map(|received| received.position).collect();
        let saved = accepted.save();
        self.write(|tx| put_document(tx, id, &saved, &merged))
    }

    fn open_piece_by_piece(
        &mut self,
        id: RecordId,
        parts: &Parts,
        with: With,
        now_ms: i64,
    ) -> Result<Record, StoreError> {
        let Pieces { record, faults, forked } = pieces(parts, with);
        if faults.is_empty() && forked.is_empty() {
            return Ok(record);
        }
        let kept_document = !faults.iter().any(|fault| fault.kind == "document" && fault.position.is_none());
        self.write::<_, StoreError>(|tx| {
            for fault in &faults {
                tracing::warn!(record = %id, fault.kind, fault.reason, "part of a record was set aside");
                set_aside(tx, id, fault.kind, &fault.reason, &fault.bytes, now_ms)?;
                if let Some(position) = fault.position {
                    tx.prepare_cached("DELETE FROM received WHERE position = ?1")?.execute([position])?;
                }
            }
            if !kept_document {
                tx.prepare_cached("DELETE FROM document WHERE record = ?1")?
                    .execute([id.to_bytes().as_slice()])?;
            }
            for hash in &forked {
                set_own_state(tx, *hash, OwnState::Forked)?;
            }
            Ok(())
        })?;
        Ok(record)
    }
}

fn wanted(own: &OwnChange, with: With) -> bool {
    match with {
        With::Shown => own.state.is_shown(),
        With::Accepted => own.state == OwnState::Accepted,
    }
}

/// The whole record, or `None` when any part of it is not as it should be.
fn open_at_once(parts: &Parts, with: With) -> Option<Record> {
    let mut changes: Vec<Vec<u8>> = Vec::new();
    for received in &parts.received {
        match &received.document {
            None => changes.push(received.bytes.clone()),
            Some(heads) => {
                let mut record = Record::load(&received.bytes).ok()?;
                if !record.contains_heads(heads) {
                    return None;
                }
                changes.extend(record.changes().into_iter().map(|change| change.bytes));
            }
        }
    }
    changes.extend(parts.own.iter().filter(|own| wanted(own, with)).map(|own| own.bytes.clone()));
    let document = parts.document.as_ref().map(|(bytes, _)| bytes.as_slice());
    let mut record = Record::load_with_changes(document, &changes).ok()?;
    match &parts.document {
        Some((_, Some(heads))) if !record.contains_heads(heads) => None,
        _ => Some(record),
    }
}

struct Pieces {
    record: Record,
    faults: Vec<Fault>,
    forked: Vec<ChangeHash>,
}

/// The same in single steps: each part is tried alone, what fails is named.
fn pieces(parts: &Parts, with: With) -> Pieces {
    let mut faults = Vec::new();
    let mut forked = Vec::new();
    let base = parts.document.as_ref().and_then(|(bytes, heads)| {
        sound_document(bytes, heads.as_ref())
            .map_err(|reason| faults.push(Fault::document(reason, bytes, None)))
            .ok()
    });
    let mut admission = Admission::of(base.unwrap_or_default());
    let mut queue: Vec<(gate::ChangeFacts, Option<i64>, bool)> = Vec::new();
    for received in &parts.received {
        let position = Some(received.position);
        match &received.document {
            None => match gate::inspect(&received.bytes) {
                Ok(facts) => queue.push((facts, position, false)),
                Err(error) => faults.push(Fault::change(&error, &received.bytes, position)),
            },
            Some(heads) => match sound_document(&received.bytes, Some(heads)) {
                Ok(mut record) => {
                    let facts =
                        record.changes().into_iter().filter_map(|change| gate::inspect(&change.bytes).ok());
                    queue.extend(facts.map(|facts| (facts, None, false)));
                }
                Err(reason) => faults.push(Fault::document(reason, &received.bytes, position)),
            },
        }
    }
    let own = parts.own.iter().filter(|own| wanted(own, with));
    queue.extend(own.filter_map(|own| Some((gate::inspect(&own.bytes).ok()?, None, true))));
    // A change starts above all it has seen; own changes come last, so that a fork shows on the own side.
    queue.sort_by_key(|(facts, _, own)| (*own, facts.start_op, facts.hash));
    for (facts, position, own) in queue {
        match admission.admit(&facts) {
            Ok(Admitted::Applied | Admitted::Duplicate | Admitted::Waiting { .. }) => {}
            Err(GateError::Fork { .. }) if own => forked.push(facts.hash),
            Err(error) if own => tracing::warn!(error = error.kind(), "an own change does not apply"),
            Err(error) => faults.push(Fault::change(&error, &facts.raw, position)),
        }
    }
    Pieces { record: admission.into_parts().0, faults, forked }
}

/// Loads a document and compares it with the heads it was announced with.
fn sound_document(bytes: &[u8], heads: Option<&Heads>) -> Result<Record, &'static str> {
    let mut record = Record::load(bytes).map_err(|_| "unreadable")?;
    match heads {
        Some(heads) if !record.contains_heads(heads) => Err("not the announced state"),
        _ => Ok(record),
    }
}

impl Fault {
    fn document(reason: &str, bytes: &[u8], position: Option<i64>) -> Fault {
        Fault { kind: "document", reason: reason.to_owned(), bytes: bytes.to_vec(), position }
    }

    fn change(error: &GateError, bytes: &[u8], position: Option<i64>) -> Fault {
        Fault { kind: "change", reason: error.kind().to_owned(), bytes: bytes.to_vec(), position }
    }
}
