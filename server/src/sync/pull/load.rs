//! Reading what a page carries.

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::pull::{ActorBinding, Area, Assignment, ListRow, PageItem};
use doorstep_protocol::{DeviceId, ObjectId, UserId};
use doorstep_records::{Heads, RecordId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_bytes::ByteBuf;

use super::build::Builder;
use crate::store::sqlite::rows::{actor, heads, id16, record_id, record_id_opt};
use crate::store::{Scope, StoreError};

/// A record as a page needs it, without its document.
pub(super) struct Listed {
    pub(super) num: i64,
    pub(super) id: RecordId,
    pub(super) row: ListRow,
    pub(super) heads: Heads,
    pub(super) path: String,
    pub(super) author: UserId,
    /// The device it was begun on.
    pub(super) device: Option<[u8; 16]>,
    pub(super) shown: bool,
    pub(super) alias_of: Option<RecordId>,
    /// Whose open work this draft is, in hexadecimal, separated by commas; none once it is shown.
    assignees: Option<String>,
}

/// The device a page is for: test versions go to chosen devices only.
pub(super) struct Reader {
    device: [u8; 16],
}

impl Reader {
    pub(super) fn new(device: DeviceId) -> Reader {
        Reader { device: device.to_bytes() }
    }
}

impl Listed {
    /// True when the person of this scope may see the record as it is now, on this device.
    pub(super) fn is_seen_by(&self, scope: &Scope, reader: &Reader) -> bool {
        let own = scope.user() == Some(self.author);
        // A test concerns nobody but the one who tries, on the phone where it is tried.
        let told = match self.row.test {
            true => own && self.device == Some(reader.device),
            false => {
                self.shown
                    || own
                    || planted(Plant::DraftsTold)
                    || scope.sees_drafts()
                    || scope.user().is_some_and(|user| self.is_work_of(user))
            }
        };
        let inside = scope.covers(&self.path) || planted(Plant::PullUnscoped);
        inside && scope.covers_form(&self.row.form) && told
    }

    fn is_work_of(&self, user: UserId) -> bool {
        let Some(assignees) = &self.assignees else { return false };
        let hex: String = user.to_bytes().iter().map(|byte| format!("{byte:02X}")).collect();
        assignees.split(',').any(|assignee| assignee == hex)
    }
}

const COLUMNS: &str = "record.num, record.id, form, form_version, area.code, subject, label, \
     CASE discarded WHEN 1 THEN 'discarded' ELSE state END, search, heads, area.path, author, shown, alias_of, \
     CASE shown WHEN 0 THEN (SELECT group_concat(hex(assignee)) FROM assignment WHERE state = 'open' \
       AND assignment.form = record.form AND assignment.subject IN (record.subject, record.id)) END, \
     record.test, device, label = '' AND dirty = 1";

fn listed_row(row: &Row<'_>) -> rusqlite::Result<Listed> {
    Ok(Listed {
        num: row.get(0)?,
        id: record_id(row, 1)?,
        row: ListRow {
            form: row.get(2)?,
            form_version: row.get(3)?,
            area: row.get(4)?,
            subject: record_id_opt(row, 5)?,
            label: row.get(6)?,
            state: row.get(7)?,
            search: row.get(8)?,
            test: row.get(15)?,
            unread: row.get(17)?,
        },
        heads: heads(row, 9)?,
        path: row.get(10)?,
        author: UserId::from_bytes(id16(row, 11)?),
        device: row.get(16)?,
        shown: row.get(12)?,
        alias_of: record_id_opt(row, 13)?,
        assignees: row.get(14)?,
    })
}

/// A record.
pub(super) fn listed(conn: &Connection, num: i64) -> Result<Option<Listed>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM record JOIN area ON area.num = record.area WHERE record.num = ?1");
    Ok(conn.prepare_cached(&sql)?.query_row([num], listed_row).optional()?)
}

/// A record by its id.
pub(super) fn listed_as(conn: &Connection, id: RecordId) -> Result<Option<Listed>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM record JOIN area ON area.num = record.area WHERE record.id = ?1");
    Ok(conn.prepare_cached(&sql)?.query_row([id.to_bytes()], listed_row).optional()?)
}

/// Records of an area after one of them, at most `limit`.
pub(super) fn listed_in(
    conn: &Connection,
    area: i64,
    after: i64,
    limit: usize,
) -> Result<Vec<Listed>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record JOIN area ON area.num = record.area \
         WHERE record.area = ?1 AND record.num > ?2 ORDER BY record.num LIMIT ?3"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = conn.prepare_cached(&sql)?;
    Ok(statement.query_map(params![area, after, limit], listed_row)?.collect::<Result<_, _>>()?)
}

/// Puts a record into the page as new to the device: who wrote it, the document, what was said about it.
pub(super) fn snapshot(conn: &Connection, page: &mut Builder, listed: Listed) -> Result<(), StoreError> {
    let (record, num) = (listed.id, listed.num);
    let bindings = actors(conn, num, None)?;
    let said = reviews(conn, record, num, None)?.into_iter().chain(comments(conn, record, num, None)?);
    snapshot_with(conn, page, listed, bindings, said)
}

/// The same with what stands around the record at hand.
pub(super) fn snapshot_with(
    conn: &Connection,
    page: &mut Builder,
    listed: Listed,
    bindings: Vec<ActorBinding>,
    said: impl IntoIterator<Item = PageItem>,
) -> Result<(), StoreError> {
    const DOCUMENT: &str = "SELECT bytes FROM document WHERE record = ?1";
    let document: Option<Vec<u8>> =
        conn.prepare_cached(DOCUMENT)?.query_row([listed.num], |row| row.get(0)).optional()?;
    let document = document.unwrap_or_default();
    page.bindings(bindings);
    page.weigh(&document);
    let (record, alias_of) = (listed.id, listed.alias_of);
    page.push(PageItem::Snapshot {
        record,
        row: listed.row,
        heads: listed.heads,
        document: ByteBuf::from(document),
    });
    for item in said {
        page.push(item);
    }
    if alias_of.is_some() {
        page.push(PageItem::Alias { record, canonical: alias_of });
    }
    Ok(())
}

/// The bindings of a record's actors, or of those first told at one place of the feed.
pub(super) fn actors(
    conn: &Connection,
    record: i64,
    feed: Option<i64>,
) -> Result<Vec<ActorBinding>, StoreError> {
    const ACTORS: &str = "SELECT actor, actor.user, user_name, actor.role, device, post FROM actor \
         LEFT JOIN user ON user.id = actor.user WHERE record = ?1 AND (?2 IS NULL OR feed = ?2) ORDER BY actor";
    let mut statement = conn.prepare_cached(ACTORS)?;
    let rows = statement.query_map(params![record, feed], binding)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn binding(row: &Row<'_>) -> rusqlite::Result<ActorBinding> {
    Ok(ActorBinding {
        actor: actor(row, 0)?,
        user: UserId::from_bytes(id16(row, 1)?),
        name: row.get(2)?,
        role: row.get(3)?,
        device: row.get::<_, Option<[u8; 16]>>(4)?.map(DeviceId::from_bytes),
        post: row.get(5)?,
    })
}

/// The changes told at one place of the feed.
pub(super) fn changes(conn: &Connection, feed: i64) -> Result<Vec<ByteBuf>, StoreError> {
    const CHANGES: &str = "SELECT raw FROM record_change WHERE feed = ?1 ORDER BY num";
    let mut statement = conn.prepare_cached(CHANGES)?;
    let rows = statement.query_map([feed], |row| row.get::<_, Vec<u8>>(0))?;
    Ok(rows.map(|raw| raw.map(ByteBuf::from)).collect::<Result<_, _>>()?)
}

/// The word a device knows a decision by.
fn decision_word(stored: &str) -> String {
    match stored {
        "approve" => "approved",
        "send_back" => "sent_back",
        "not_accept" => "not_accepted",
        "confirm" => "confirmed",
        other => other,
    }
    .to_owned()
}

/// The reviews of a record, or one of them.
pub(super) fn reviews(
    conn: &Connection,
    record: RecordId,
    num: i64,
    object: Option<&[u8]>,
) -> Result<Vec<PageItem>, StoreError> {
    const REVIEWS: &str = "SELECT id, heads, decision, user_name, at_ms, note FROM review \
         WHERE record = ?1 AND (?2 IS NULL OR id = ?2) ORDER BY num";
    let mut statement = conn.prepare_cached(REVIEWS)?;
    let rows = statement.query_map(params![num, object], |row| review(row, record))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn review(row: &Row<'_>, record: RecordId) -> rusqlite::Result<PageItem> {
    Ok(PageItem::Review {
        id: ObjectId::from_bytes(id16(row, 0)?),
        record,
        heads: heads(row, 1)?,
        decision: decision_word(&row.get::<_, String>(2)?),
        by: row.get(3)?,
        at_ms: row.get(4)?,
        note: row.get(5)?,
    })
}

/// The comments of a record, or one of them.
pub(super) fn comments(
    conn: &Connection,
    record: RecordId,
    num: i64,
    object: Option<&[u8]>,
) -> Result<Vec<PageItem>, StoreError> {
    const COMMENTS: &str = "SELECT id, heads, path, user_name, text, at_ms FROM comment \
         WHERE record = ?1 AND (?2 IS NULL OR id = ?2) ORDER BY num";
    let mut statement = conn.prepare_cached(COMMENTS)?;
    let rows = statement.query_map(params![num, object], |row| comment(row, record))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn comment(row: &Row<'_>, record: RecordId) -> rusqlite::Result<PageItem> {
    Ok(PageItem::Comment {
        id: ObjectId::from_bytes(id16(row, 0)?),
        record,
        heads: heads(row, 1)?,
        path: row.get(2)?,
        by: row.get(3)?,
        text: row.get(4)?,
        at_ms: row.get(5)?,
    })
}

/// An area with its path.
pub(super) fn area(conn: &Connection, num: i64) -> Result<Option<(Area, String)>, StoreError> {
    const AREA: &str = "SELECT code, parent, level, name_zh, name_en, path, \
         EXISTS (SELECT 1 FROM area_succession WHERE area_succession.area = area.num) FROM area WHERE num = ?1";
    let found = conn
        .prepare_cached(AREA)?
        .query_row([num], |row| {
            let area = Area {
                code: row.get(0)?,
                parent: row.get(1)?,
                level: row.get(2)?,
                name_zh: row.get(3)?,
                name_en: row.get(4)?,
                ended: row.get(6)?,
            };
            Ok((area, row.get(5)?))
        })
        .optional()?;
    Ok(found)
}

/// The path of an area.
pub(super) fn area_path(conn: &Connection, code: &str) -> Result<Option<String>, StoreError> {
    const PATH: &str = "SELECT path FROM area WHERE code = ?1";
    Ok(conn.prepare_cached(PATH)?.query_row([code], |row| row.get(0)).optional()?)
}

/// A form version as one device has it: published, or a test that this device was chosen for.
pub(super) fn form(
    conn: &Connection,
    reader: &Reader,
    form: &str,
    version: u32,
) -> Result<Option<PageItem>, StoreError> {
    const FORM: &str = "SELECT package, NOT open, 0 FROM form_version WHERE form = ?1 AND version = ?2";
    const TRIAL: &str = "SELECT package, NOT (open AND chosen), 1 FROM form_trial JOIN form_trial_device \
         USING (form, version) WHERE form = ?1 AND version = ?2 AND device = ?3";
    let item = |row: &Row<'_>| {
        Ok(PageItem::Form {
            form: form.to_owned(),
            version,
            package: ByteBuf::from(row.get::<_, Vec<u8>>(0)?),
            closed: row.get(1)?,
            test: row.get(2)?,
        })
    };
    let published = conn.prepare_cached(FORM)?.query_row(params![form, version], item).optional()?;
    if published.is_some() {
        return Ok(published);
    }
    Ok(conn.prepare_cached(TRIAL)?.query_row(params![form, version, reader.device], item).optional()?)
}

/// The `place`-th test version ever given to a device. Rows never go away, so that a walk over them misses none.
pub(super) fn trial_at(
    conn: &Connection,
    reader: &Reader,
    place: i64,
) -> Result<Option<(String, u32)>, StoreError> {
    const AT: &str = "SELECT form, version FROM form_trial_device WHERE device = ?1 \
         ORDER BY form, version LIMIT 1 OFFSET ?2";
    let found = conn
        .prepare_cached(AT)?
        .query_row(params![reader.device, place], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found)
}

const WORK: &str = "SELECT id, form, subject, area.code, quantity, assignee, assignee_name, due, note, by_name, at_ms, \
     state = 'open', assignment.num FROM assignment JOIN area ON area.num = assignment.area";

fn work(row: &Row<'_>) -> rusqlite::Result<Assignment> {
    Ok(Assignment {
        id: ObjectId::from_bytes(id16(row, 0)?),
        form: row.get(1)?,
        subject: record_id_opt(row, 2)?,
        area: row.get(3)?,
        quantity: row.get(4)?,
        assignee: UserId::from_bytes(id16(row, 5)?),
        name: row.get(6)?,
        due: row.get(7)?,
        note: row.get(8)?,
        by: row.get(9)?,
        at_ms: row.get(10)?,
        open: row.get(11)?,
    })
}

/// Work as it stands.
pub(super) fn assignment(conn: &Connection, id: &[u8]) -> Result<Option<Assignment>, StoreError> {
    let sql = format!("{WORK} WHERE id = ?1");
    Ok(conn.prepare_cached(&sql)?.query_row([id], work).optional()?)
}

/// The open work of a person after one of them, each with its number, at most `limit`.
pub(super) fn assignments_of(
    conn: &Connection,
    assignee: UserId,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Assignment)>, StoreError> {
    let sql = format!(
        "{WORK} WHERE assignee = ?1 AND state = 'open' AND assignment.num > ?2 ORDER BY assignment.num LIMIT ?3"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement
        .query_map(params![assignee.to_bytes(), after, limit], |row| Ok((row.get(12)?, work(row)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Where the feed and the changed lines stand now.
pub(super) fn heads_now(conn: &Connection) -> Result<(i64, i64), StoreError> {
    const HEADS: &str =
        "SELECT (SELECT coalesce(max(seq), 0) FROM feed), (SELECT value FROM meta WHERE key = 'row_seq')";
    let (feed, rows): (i64, [u8; 8]) =
        conn.prepare_cached(HEADS)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((feed, i64::from_be_bytes(rows)))
}
