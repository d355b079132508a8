//! What devices are told besides records: who writes, places, forms, decisions and remarks.

use doorstep_protocol::pull::{ActorBinding, Area};
use doorstep_protocol::{DeviceId, ObjectId, UserId};
use doorstep_records::{ActorId, Heads, RecordId};
use ed25519_dalek::SigningKey;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::convert::{bytes16, heads_of, heads_to_bytes};
use super::{StoreError, meta};

/// Who stands behind an actor, as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Author {
    /// Sign-in name.
    pub(crate) name: String,
    /// Role.
    pub(crate) role: String,
    /// The device; none for the server's own changes.
    pub(crate) device: Option<DeviceId>,
    /// What they are besides the role, as the server told.
    pub(crate) post: Option<String>,
}

/// A decision on exact heads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// What was judged.
    pub heads: Heads,
    /// `approved`, `sent_back` or `not_accepted`.
    pub decision: String,
    /// Who decided.
    pub by: String,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// A note on the whole record.
    pub note: Option<String>,
}

/// A remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The state its author saw.
    pub heads: Heads,
    /// The answer's path, or none for the whole record.
    pub path: Option<String>,
    /// Who wrote it.
    pub by: String,
    /// Plain text.
    pub text: String,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// Notes who stands behind an actor; the server's word replaces the device's own.
pub(crate) fn bind(connection: &Connection, binding: &ActorBinding) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO actor (actor, user, name, role, device, post) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
 ON CONFLICT DO UPDATE SET user = excluded.user, name = excluded.name, role = excluded.role, device = excluded.device,
 post = excluded.post";
    connection.prepare_cached(SQL)?.execute(params![
        binding.actor.to_bytes().as_slice(),
        binding.user.to_bytes().as_slice(),
        binding.name,
        binding.role,
        binding.device.map(|device| device.to_bytes().to_vec()),
        binding.post
    ])?;
    Ok(())
}

/// Notes an own actor before its first change, unless the server has told already.
pub(crate) fn bind_own(
    connection: &Connection,
    actor: ActorId,
    user: UserId,
    author: &Author,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO actor (actor, user, name, role, device) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
    connection.prepare_cached(SQL)?.execute(params![
        actor.to_bytes().as_slice(),
        user.to_bytes().as_slice(),
        author.name,
        author.role,
        author.device.map(|device| device.to_bytes().to_vec())
    ])?;
    Ok(())
}

/// Who stands behind an actor.
pub(crate) fn author(connection: &Connection, actor: &ActorId) -> Result<Option<Author>, StoreError> {
    const SQL: &str = "SELECT name, role, device, post FROM actor WHERE actor = ?1";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([actor.to_bytes().as_slice()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let device = row.get::<_, Option<Vec<u8>>>(2)?.map(|bytes| bytes16(&bytes)).transpose()?;
    let device = device.map(DeviceId::from_bytes);
    Ok(Some(Author { name: row.get(0)?, role: row.get(1)?, device, post: row.get(3)? }))
}

/// Keeps a place.
pub(crate) fn put_area(connection: &Connection, area: &Area) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO area (code, parent, level, name_zh, name_en, ended) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
 ON CONFLICT DO UPDATE SET parent = excluded.parent, level = excluded.level, name_zh = excluded.name_zh,
 name_en = excluded.name_en, ended = excluded.ended";
    connection.prepare_cached(SQL)?.execute(params![
        area.code,
        area.parent,
        area.level,
        area.name_zh,
        area.name_en,
        area.ended
    ])?;
    Ok(())
}

/// All places of the scope, by code.
pub(crate) fn areas(connection: &Connection) -> Result<Vec<Area>, StoreError> {
    const SQL: &str = "SELECT code, parent, level, name_zh, name_en, ended FROM area ORDER BY code";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map([], |row| {
        Ok(Area {
            code: row.get(0)?,
            parent: row.get(1)?,
            level: row.get(2)?,
            name_zh: row.get(3)?,
            name_en: row.get(4)?,
            ended: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Keeps a form version, or what became of one: closed, no test any more, other content of a test.
pub(crate) fn put_form(
    connection: &Connection,
    (form, version): (&str, u32),
    package: &[u8],
    closed: bool,
    test: bool,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO form (form, version, package, closed, test) VALUES (?1, ?2, ?3, ?4, ?5)
 ON CONFLICT DO UPDATE SET package = excluded.package, closed = excluded.closed, test = excluded.test";
    connection.prepare_cached(SQL)?.execute(params![form, version, package, closed, test])?;
    Ok(())
}

/// Form ids with the newest version that takes new records, test versions apart.
pub(crate) fn newest_forms(connection: &Connection) -> Result<Vec<(String, u32)>, StoreError> {
    const SQL: &str =
        "SELECT form, max(version) FROM form WHERE NOT closed AND NOT test GROUP BY form ORDER BY form";
    forms(connection, SQL)
}

/// Test versions that take records.
pub(crate) fn test_forms(connection: &Connection) -> Result<Vec<(String, u32)>, StoreError> {
    const SQL: &str =
        "SELECT form, max(version) FROM form WHERE NOT closed AND test GROUP BY form ORDER BY form";
    forms(connection, SQL)
}

/// Form ids with the newest version a record can be read under, closed or not.
pub(crate) fn readable_forms(connection: &Connection) -> Result<Vec<(String, u32)>, StoreError> {
    forms(connection, "SELECT form, max(version) FROM form WHERE NOT test GROUP BY form ORDER BY form")
}

fn forms(connection: &Connection, sql: &str) -> Result<Vec<(String, u32)>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The versions of a form, ascending, each with whether it takes new records. Test versions are none.
pub(crate) fn versions(connection: &Connection, form: &str) -> Result<Vec<(u32, bool)>, StoreError> {
    const SQL: &str = "SELECT version, NOT closed FROM form WHERE form = ?1 AND NOT test ORDER BY version";
    let mut statement = connection.prepare_cached(SQL)?;
    let versions =
        statement.query_map([form], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    Ok(versions)
}

/// A form package.
pub(crate) fn form(connection: &Connection, form: &str, version: u32) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT package FROM form WHERE form = ?1 AND version = ?2";
    Ok(connection.prepare_cached(SQL)?.query_row(params![form, version], |row| row.get(0)).optional()?)
}

/// The server was restored from a backup: it tells again which decisions and merges hold and what work is given.
pub(crate) fn forget_decisions(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "DELETE FROM review; DELETE FROM assignment; UPDATE record SET canonical = NULL WHERE canonical IS NOT NULL;",
    )?;
    Ok(())
}

/// This device's id, once it has a key.
pub(crate) fn own_device(connection: &Connection) -> Result<Option<DeviceId>, StoreError> {
    let seed: Option<Vec<u8>> = meta::get(connection, meta::name::SEED)?;
    let seed: Option<[u8; 32]> = seed.and_then(|seed| seed.try_into().ok());
    Ok(seed.map(|seed| DeviceId::of_key(SigningKey::from_bytes(&seed).verifying_key().as_bytes())))
}

/// Keeps a decision.
pub(crate) fn put_review(
    connection: &Connection,
    id: ObjectId,
    record: RecordId,
    review: &Review,
) -> Result<(), StoreError> {
    // Order of arrival is the server's order; clocks order nothing.
    const SQL: &str = "INSERT INTO review (id, record, heads, decision, author, at_ms, note, position)
 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, (SELECT coalesce(max(position), 0) + 1 FROM review WHERE record = ?2))
 ON CONFLICT DO NOTHING";
    connection.prepare_cached(SQL)?.execute(params![
        id.to_bytes().as_slice(),
        record.to_bytes().as_slice(),
        heads_to_bytes(&review.heads),
        review.decision,
        review.by,
        review.at_ms,
        review.note
    ])?;
    Ok(())
}

fn read_review(row: &Row<'_>) -> Result<Review, StoreError> {
    Ok(Review {
        heads: heads_of(&row.get::<_, Vec<u8>>(0)?)?,
        decision: row.get(1)?,
        by: row.get(2)?,
        at_ms: row.get(3)?,
        note: row.get(4)?,
    })
}

/// The decisions on a record, in the server's order.
pub(crate) fn reviews(connection: &Connection, record: RecordId) -> Result<Vec<Review>, StoreError> {
    const SQL: &str =
        "SELECT heads, decision, author, at_ms, note FROM review WHERE record = ?1 ORDER BY position";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([record.to_bytes().as_slice()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read_review(row)?);
    }
    Ok(found)
}

/// Keeps a remark.
pub(crate) fn put_comment(
    connection: &Connection,
    id: ObjectId,
    record: RecordId,
    comment: &Comment,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO comment (id, record, heads, path, author, text, at_ms)
 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET author = excluded.author";
    connection.prepare_cached(SQL)?.execute(params![
        id.to_bytes().as_slice(),
        record.to_bytes().as_slice(),
        heads_to_bytes(&comment.heads),
        comment.path,
        comment.by,
        comment.text,
        comment.at_ms
    ])?;
    Ok(())
}

/// The remarks on a record, oldest first.
pub(crate) fn comments(connection: &Connection, record: RecordId) -> Result<Vec<Comment>, StoreError> {
    const SQL: &str =
        "SELECT heads, path, author, text, at_ms FROM comment WHERE record = ?1 ORDER BY at_ms, id";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([record.to_bytes().as_slice()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Comment {
            heads: heads_of(&row.get::<_, Vec<u8>>(0)?)?,
            path: row.get(1)?,
            by: row.get(2)?,
            text: row.get(3)?,
            at_ms: row.get(4)?,
        });
    }
    Ok(found)
}

/// A submission made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Submission {
    pub(crate) id: ObjectId,
    pub(crate) heads: Heads,
    pub(crate) form_version: u32,
    pub(crate) at_ms: i64,
    pub(crate) note: Option<String>,
}

/// Keeps a submission made here.
pub(crate) fn put_submission(
    connection: &Connection,
    record: RecordId,
    submission: &Submission,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO submission (id, record, heads, form_version, at_ms, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    connection.prepare_cached(SQL)?.execute(params![
        submission.id.to_bytes().as_slice(),
        record.to_bytes().as_slice(),
        heads_to_bytes(&submission.heads),
        submission.form_version,
        submission.at_ms,
        submission.note
    ])?;
    Ok(())
}

/// A submission made here names another state from now on.
pub(crate) fn move_submission(
    connection: &Connection,
    id: ObjectId,
    heads: &Heads,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE submission SET heads = ?2 WHERE id = ?1";
    connection.prepare_cached(SQL)?.execute(params![id.to_bytes().as_slice(), heads_to_bytes(heads)])?;
    Ok(())
}

/// The submissions of a record made here, oldest first.
pub(crate) fn submissions(connection: &Connection, record: RecordId) -> Result<Vec<Submission>, StoreError> {
    const SQL: &str =
        "SELECT id, heads, form_version, at_ms, note FROM submission WHERE record = ?1 ORDER BY at_ms, id";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([record.to_bytes().as_slice()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Submission {
            id: ObjectId::from_bytes(bytes16(&row.get::<_, Vec<u8>>(0)?)?),
            heads: heads_of(&row.get::<_, Vec<u8>>(1)?)?,
            form_version: row.get(2)?,
            at_ms: row.get(3)?,
            note: row.get(4)?,
        });
    }
    Ok(found)
}
