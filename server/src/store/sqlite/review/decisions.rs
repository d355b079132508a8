//! Tables of review: what was decided, waived, said and shown.

use doorstep_records::Heads;
use rusqlite::{Connection, params};

use super::columns::{decision_out, object_id};
use crate::log::ReviewedEntry;
use crate::review::model::{CommentView, ReviewView, SubmissionView};
use crate::review::rule::{ApprovedHeads, Outcome};
use crate::store::sqlite::rows::{heads, heads_bytes};

const REVIEW_PUT: &str = "INSERT INTO review (id, record, heads, decision, note, user, user_name, at_ms, auto) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const WAIVER_PUT: &str = "INSERT INTO waiver (record, review, heads, key, path, reason, user_name) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const STATE: &str = "UPDATE record SET state = ?2, changed_ms = ?3 WHERE num = ?1";
const APPROVED: &str = "UPDATE record SET approved_heads = ?2, approved_ms = ?3 WHERE num = ?1";
const SERVED_PUT: &str = "INSERT OR IGNORE INTO served (user, record, heads) VALUES (?1, ?2, ?3)";
const SERVED: &str = "SELECT EXISTS (SELECT 1 FROM served WHERE user = ?1 AND record = ?2 AND heads = ?3)";
const REVIEWS: &str =
    "SELECT id, heads, decision, user_name, at_ms, note, auto FROM review WHERE record = ?1 ORDER BY num";
const COMMENTS: &str =
    "SELECT id, heads, path, user_name, text, at_ms FROM comment WHERE record = ?1 ORDER BY num";
const SUBMISSIONS: &str = "SELECT id, heads, form_version, user_name, at_ms, received_ms, note FROM submission \
     WHERE record = ?1 ORDER BY num";

/// Writes a decision and its waivers down.
pub(crate) fn decision_put(
    conn: &Connection,
    num: i64,
    entry: &ReviewedEntry,
    at_ms: i64,
) -> rusqlite::Result<()> {
    let (id, heads) = (entry.id.to_bytes(), heads_bytes(&entry.heads));
    let user = entry.by.user.map(|user| user.to_bytes());
    conn.prepare_cached(REVIEW_PUT)?.execute(params![
        id,
        num,
        heads,
        entry.decision.name(),
        entry.note,
        user,
        entry.by.name,
        at_ms,
        entry.auto
    ])?;
    let mut put = conn.prepare_cached(WAIVER_PUT)?;
    for waiver in &entry.waivers {
        put.execute(params![num, id, heads, waiver.key, waiver.path, waiver.reason, entry.by.name])?;
    }
    Ok(())
}

/// Writes what a decision made of the record.
pub(crate) fn outcome_put(
    conn: &Connection,
    num: i64,
    heads: &Heads,
    outcome: Outcome,
    at_ms: i64,
) -> rusqlite::Result<()> {
    conn.prepare_cached(STATE)?.execute(params![num, outcome.state.name(), at_ms])?;
    let nothing: (Option<Vec<u8>>, Option<i64>) = (None, None);
    let (heads, approved_ms) = match outcome.approved {
        ApprovedHeads::These => (Some(heads_bytes(heads)), Some(at_ms)),
        ApprovedHeads::Cleared => nothing,
        ApprovedHeads::Kept => return Ok(()),
    };
    conn.prepare_cached(APPROVED)?.execute(params![num, heads, approved_ms])?;
    Ok(())
}

/// Remembers that these heads were shown to this person.
pub(crate) fn served_put(
    conn: &Connection,
    user: [u8; 16],
    record: [u8; 16],
    heads: &Heads,
) -> rusqlite::Result<()> {
    conn.prepare_cached(SERVED_PUT)?.execute(params![user, record, heads_bytes(heads)])?;
    Ok(())
}

/// True when these heads were shown to this person.
pub(crate) fn served(
    conn: &Connection,
    user: [u8; 16],
    record: [u8; 16],
    heads: &Heads,
) -> rusqlite::Result<bool> {
    conn.prepare_cached(SERVED)?.query_row(params![user, record, heads_bytes(heads)], |row| row.get(0))
}

pub(crate) fn review_list(conn: &Connection, num: i64) -> rusqlite::Result<Vec<ReviewView>> {
    conn.prepare_cached(REVIEWS)?
        .query_map([num], |row| {
            Ok(ReviewView {
                id: object_id(row, 0)?,
                heads: heads(row, 1)?,
                decision: decision_out(row, 2)?,
                by: row.get(3)?,
                at_ms: row.get(4)?,
                note: row.get(5)?,
                auto: row.get(6)?,
            })
        })?
        .collect()
}

pub(crate) fn comment_list(conn: &Connection, num: i64) -> rusqlite::Result<Vec<CommentView>> {
    conn.prepare_cached(COMMENTS)?
        .query_map([num], |row| {
            Ok(CommentView {
                id: object_id(row, 0)?,
                heads: heads(row, 1)?,
                path: row.get(2)?,
                by: row.get(3)?,
                text: row.get(4)?,
                at_ms: row.get(5)?,
            })
        })?
        .collect()
}

pub(crate) fn submission_list(conn: &Connection, num: i64) -> rusqlite::Result<Vec<SubmissionView>> {
    conn.prepare_cached(SUBMISSIONS)?
        .query_map([num], |row| {
            Ok(SubmissionView {
                id: object_id(row, 0)?,
                heads: heads(row, 1)?,
                form_version: row.get(2)?,
                by: row.get(3)?,
                at_ms: row.get(4)?,
                received_ms: row.get(5)?,
                note: row.get(6)?,
            })
        })?
        .collect()
}
