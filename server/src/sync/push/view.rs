//! What judging reads from the tables.

use doorstep_protocol::{DeviceId, EnvelopeId, Item, ObjectId, UserId};
use doorstep_records::{ActorId, RecordId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::log::Author;
use crate::store::StoreError;
use crate::store::sqlite::rows::{from_cbor, id16, record_id_opt};
use crate::store::sqlite::scopes::scopes_between;

/// A record as judging needs it.
#[derive(Debug, Clone)]
pub(super) struct RecordRow {
    pub(super) form: String,
    pub(super) area_path: String,
    pub(super) subject: Option<RecordId>,
    pub(super) author: UserId,
    pub(super) shown: bool,
    pub(super) discarded: bool,
}

/// What stood in the tables when a record was judged; while it stands, the judgement holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Basis {
    changed_seq: Option<i64>,
    stands_for_others: bool,
    waiting: (i64, i64),
    refused: Option<String>,
}

const BASIS: &str = "SELECT (SELECT changed_seq FROM record WHERE id = ?1), \
     (SELECT count(*) FROM waiting WHERE record = ?1), (SELECT coalesce(max(num), 0) FROM waiting WHERE record = ?1), \
     EXISTS (SELECT 1 FROM record WHERE alias_of = ?1)";
const REFUSED: &str =
    "SELECT reason FROM quarantine WHERE record = ?1 AND kind = 'create' AND device = ?2 LIMIT 1";

/// Reads the basis of a record for a device.
pub(super) fn basis(conn: &Connection, record: RecordId, device: DeviceId) -> Result<Basis, StoreError> {
    let id = record.to_bytes();
    let (changed_seq, count, max, stands_for_others) = conn
        .prepare_cached(BASIS)?
        .query_row([id], |row| Ok((row.get::<_, Option<i64>>(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let refused = match changed_seq {
        Some(_) => None,
        None => conn
            .prepare_cached(REFUSED)?
            .query_row(params![id, device.to_bytes()], |row| row.get(0))
            .optional()?,
    };
    Ok(Basis { changed_seq, stands_for_others, waiting: (count, max), refused })
}

impl Basis {
    /// Why the record's beginning stands in quarantine.
    pub(super) fn refused(&self) -> Option<String> {
        self.refused.clone()
    }
    pub(super) fn exists(&self) -> bool {
        self.changed_seq.is_some()
    }
    pub(super) fn has_waiting(&self) -> bool {
        self.waiting.0 > 0
    }
}

const RECORD: &str = "SELECT form, area.path, subject, author, shown, discarded FROM record \
     JOIN area ON area.num = record.area WHERE record.id = ?1";

/// Reads a record.
pub(super) fn record(conn: &Connection, id: RecordId) -> Result<Option<RecordRow>, StoreError> {
    let found = conn
        .prepare_cached(RECORD)?
        .query_row([id.to_bytes()], |row| {
            Ok(RecordRow {
                form: row.get(0)?,
                area_path: row.get(1)?,
                subject: record_id_opt(row, 2)?,
                author: UserId::from_bytes(id16(row, 3)?),
                shown: row.get(4)?,
                discarded: row.get(5)?,
            })
        })
        .optional()?;
    Ok(found)
}

/// The stored document of a record.
pub(super) fn document(conn: &Connection, id: RecordId) -> Result<Option<Vec<u8>>, StoreError> {
    const DOCUMENT: &str = "SELECT bytes FROM document WHERE record = (SELECT num FROM record WHERE id = ?1)";
    Ok(conn.prepare_cached(DOCUMENT)?.query_row([id.to_bytes()], |row| row.get(0)).optional()?)
}

/// The path of an area.
pub(super) fn area_path(conn: &Connection, code: &str) -> Result<Option<String>, StoreError> {
    const PATH: &str = "SELECT path FROM area WHERE code = ?1";
    Ok(conn.prepare_cached(PATH)?.query_row([code], |row| row.get(0)).optional()?)
}

/// True when other registrations are merged into a record.
pub(super) fn stands_for_others(conn: &Connection, record: RecordId) -> Result<bool, StoreError> {
    const OTHERS: &str = "SELECT EXISTS (SELECT 1 FROM record WHERE alias_of = ?1)";
    Ok(conn.prepare_cached(OTHERS)?.query_row([record.to_bytes()], |row| row.get(0))?)
}

/// True when the form version is published, or was ever given to this device as a test.
pub(super) fn form_is_known(
    conn: &Connection,
    device: DeviceId,
    form: &str,
    version: u32,
) -> Result<bool, StoreError> {
    const KNOWN: &str = "SELECT EXISTS (SELECT 1 FROM form_version WHERE form = ?1 AND version = ?2) \
         OR EXISTS (SELECT 1 FROM form_trial_device WHERE device = ?3 AND form = ?1 AND version = ?2)";
    let args = params![form, version, device.to_bytes()];
    Ok(conn.prepare_cached(KNOWN)?.query_row(args, |row| row.get(0))?)
}

/// True when a person may, or once might, work in an area with a form: what was filled before a scope was lost is still
/// taken.
pub(super) fn covered(conn: &Connection, user: UserId, path: &str, form: &str) -> Result<bool, StoreError> {
    let scopes = scopes_between(conn, user, 0, i64::MAX)?;
    Ok(scopes.iter().rev().any(|scope| scope.covers(path) && scope.covers_form(form)))
}

/// True when a draft is, or once was, the work of a person.
pub(super) fn is_work_of(conn: &Connection, record: RecordId, user: UserId) -> Result<bool, StoreError> {
    const WORK: &str = "SELECT EXISTS (SELECT 1 FROM record JOIN assignment ON assignment.form = record.form \
         AND assignment.subject IN (record.subject, record.id) \
         JOIN assignment_holder ON assignment_holder.assignment = assignment.num AND holder = ?2 WHERE record.id = ?1)";
    Ok(conn.prepare_cached(WORK)?.query_row(params![record.to_bytes(), user.to_bytes()], |row| row.get(0))?)
}

/// Whom an actor belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) record: RecordId,
    pub(super) user: UserId,
    pub(super) device: Option<DeviceId>,
}

/// Reads the binding of an actor.
pub(super) fn bound(conn: &Connection, actor: ActorId) -> Result<Option<Bound>, StoreError> {
    const BOUND: &str = "SELECT record.id, user, actor.device FROM actor JOIN record ON record.num = actor.record WHERE actor = ?1";
    let found = conn
        .prepare_cached(BOUND)?
        .query_row([actor.to_bytes()], |row| {
            Ok(Bound {
                record: RecordId::from_bytes(id16(row, 0)?),
                user: UserId::from_bytes(id16(row, 1)?),
                device: row.get::<_, Option<[u8; 16]>>(2)?.map(DeviceId::from_bytes),
            })
        })
        .optional()?;
    Ok(found)
}

/// How many items of a device wait.
pub(super) fn waiting_count(conn: &Connection, device: DeviceId) -> Result<usize, StoreError> {
    const COUNT: &str = "SELECT count(*) FROM waiting WHERE device = ?1";
    let count: i64 = conn.prepare_cached(COUNT)?.query_row([device.to_bytes()], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// An item that waits.
#[derive(Debug, Clone)]
pub(super) struct WaitingItem {
    pub(super) envelope: EnvelopeId,
    pub(super) place: u32,
    pub(super) item: Item,
    pub(super) author: Author,
}

/// What waits for a record, oldest first.
pub(super) fn waiting(conn: &Connection, record: RecordId) -> Result<Vec<WaitingItem>, StoreError> {
    const WAITING: &str = "SELECT envelope, item, user, user_name, role, device, server, bytes FROM waiting \
         WHERE record = ?1 ORDER BY num";
    let mut statement = conn.prepare_cached(WAITING)?;
    let mut rows = statement.query([record.to_bytes()])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(7)?;
        items.push(WaitingItem {
            envelope: EnvelopeId::from_bytes(id16(row, 0)?),
            place: row.get(1)?,
            item: from_cbor(&bytes)?,
            author: Author {
                user: UserId::from_bytes(id16(row, 2)?),
                name: row.get(3)?,
                role: row.get(4)?,
                device: DeviceId::from_bytes(id16(row, 5)?),
                server: row.get(6)?,
            },
        });
    }
    Ok(items)
}

/// Drafts for which something waits, of this household or this record itself.
pub(super) fn drafts_waited_for(conn: &Connection, subject: RecordId) -> Result<Vec<RecordId>, StoreError> {
    const DRAFTS: &str = "SELECT DISTINCT waiting.record FROM waiting JOIN record ON record.id = waiting.record \
         WHERE record.shown = 0 AND ?1 IN (record.id, record.subject) ORDER BY waiting.record";
    let mut statement = conn.prepare_cached(DRAFTS)?;
    let drafts = statement.query_map([subject.to_bytes()], |row| Ok(RecordId::from_bytes(id16(row, 0)?)))?;
    Ok(drafts.collect::<Result<_, _>>()?)
}

/// The record a submission or comment of this id stands at.
pub(super) fn object_owner(conn: &Connection, id: ObjectId) -> Result<Option<RecordId>, StoreError> {
    const OWNER: &str = "SELECT record.id FROM record JOIN (SELECT record FROM submission WHERE id = ?1 UNION ALL \
         SELECT record FROM comment WHERE id = ?1) AS object ON object.record = record.num LIMIT 1";
    let found: Option<[u8; 16]> =
        conn.prepare_cached(OWNER)?.query_row([id.to_bytes()], |row| row.get(0)).optional()?;
    Ok(found.map(RecordId::from_bytes))
}

/// An envelope that is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recorded {
    pub(super) digest: [u8; 32],
    pub(super) device: DeviceId,
    pub(super) seq: i64,
}

/// Reads an envelope's place in the log.
pub(super) fn recorded(conn: &Connection, id: EnvelopeId) -> Result<Option<Recorded>, StoreError> {
    const RECORDED: &str = "SELECT sha256, device, seq FROM envelope WHERE id = ?1";
    let found = conn
        .prepare_cached(RECORDED)?
        .query_row([id.to_bytes()], |row| {
            Ok(Recorded {
                digest: row.get(0)?,
                device: DeviceId::from_bytes(id16(row, 1)?),
                seq: row.get(2)?,
            })
        })
        .optional()?;
    Ok(found)
}
