//! A record with everything said about it, read for judging.

use std::collections::BTreeSet;

use doorstep_records::Record;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{decision_out, state_out};
use super::{files, marks, stood};
use crate::reconcile::case::{
    Case, Counts, MemberMove, StoredRow, SubmissionFact, WaivedFact, standing_approvals,
};
use crate::reconcile::past::History;
use crate::store::sqlite::rows::{actor, heads, heads_opt, record_id, record_id_opt};

const CASE: &str = "SELECT record.id, record.form, record.form_version, area.code, \
       COALESCE(about.alias_of, record.subject), record.state, record.discarded, record.alias_of, document.bytes, \
       dataset.heads, dataset.form_version, dataset.approved_ms, dataset.subject, \
       (SELECT count(*) FROM quarantine WHERE quarantine.record = record.id), \
       (SELECT count(*) FROM waiting WHERE waiting.record = record.id), \
       (SELECT max(at_ms - received_ms) FROM submission WHERE submission.record = record.num), record.changed_seq, \
       record.timed_ms, record.subject, about.num, record.test, record.begun_closed \
     FROM record \
     LEFT JOIN document ON document.record = record.num \
     LEFT JOIN area ON area.num = record.area \
     LEFT JOIN record AS about ON about.id = record.subject \
     LEFT JOIN dataset ON dataset.record = record.num \
     WHERE record.num = ?1";
const SUBMISSIONS: &str =
    "SELECT heads, form_version, received_ms FROM submission WHERE record = ?1 ORDER BY num";
const VERSIONS: &str = "SELECT version FROM form_version WHERE form = ?1 ORDER BY version";
const DECISIONS: &str = "SELECT decision, heads, at_ms FROM review WHERE record = ?1 ORDER BY num";
const WAIVERS: &str = "SELECT heads, key, path FROM waiver WHERE record = ?1 ORDER BY num";
const MERGED: &str = "SELECT num FROM record WHERE alias_of = ?1 ORDER BY id";
const FIELD: &str = "SELECT actor FROM actor WHERE record = ?1 AND role = 'enumerator'";
const MEMBER_MOVES: &str = "SELECT row, source.id, target.id, member_move.state FROM member_move \
     JOIN record AS source ON source.num = member_move.source JOIN record AS target ON target.num = member_move.target \
     WHERE member_move.source = ?1 OR member_move.target = ?1 ORDER BY member_move.num";
const DIRTY: &str = "SELECT num FROM record WHERE dirty = 1 AND num > ?1 ORDER BY num LIMIT ?2";

/// A record as read for judging.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    /// Its number in the tables.
    pub(crate) num: i64,
    /// The last log row that touched it or a registration merged into it: tells whether it was touched since.
    pub(crate) mark: i64,
    /// Everything said about it.
    pub(crate) case: Case,
}

/// The records that wait to be reconciled, after the number `after`.
pub(crate) fn case_dirty(conn: &Connection, after: i64, limit: usize) -> rusqlite::Result<Vec<i64>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    conn.prepare_cached(DIRTY)?.query_map([after, limit], |row| row.get(0))?.collect()
}

/// A record with what was merged into it; `None` when there is no such record.
pub(crate) fn case_load(conn: &Connection, num: i64) -> rusqlite::Result<Option<Loaded>> {
    let Some(mut loaded) = case_alone(conn, num)? else { return Ok(None) };
    let mut statement = conn.prepare_cached(MERGED)?;
    let merged: Vec<i64> =
        statement.query_map([loaded.case.record.to_bytes()], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for other in merged {
        if let Some(other) = case_alone(conn, other)? {
            loaded.mark = loaded.mark.max(other.mark);
            loaded.case.merged.push(other.case);
        }
    }
    for other in stood::once_merged(conn, loaded.case.record)? {
        if let Some(other) = case_alone(conn, other)? {
            loaded.case.history.once_merged.push(other.case);
        }
    }
    Ok(Some(loaded))
}

fn case_alone(conn: &Connection, num: i64) -> rusqlite::Result<Option<Loaded>> {
    let mut statement = conn.prepare_cached(CASE)?;
    let loaded = statement.query_row([num], |row| {
        let loaded = Loaded { num, mark: row.get(16)?, case: case_of(row)? };
        Ok((loaded, row.get::<_, Option<i64>>(19)?))
    });
    let Some((mut loaded, about)) = loaded.optional()? else { return Ok(None) };
    loaded.case.versions = conn
        .prepare_cached(VERSIONS)?
        .query_map([&loaded.case.form], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    loaded.case.submissions = conn
        .prepare_cached(SUBMISSIONS)?
        .query_map([num], |row| {
            Ok(SubmissionFact { heads: heads(row, 0)?, form_version: row.get(1)?, received_ms: row.get(2)? })
        })?
        .collect::<Result<_, _>>()?;
    let decisions = conn
        .prepare_cached(DECISIONS)?
        .query_map([num], |row| Ok((decision_out(row, 0)?, heads(row, 1)?, row.get(2)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    loaded.case.approvals = standing_approvals(&decisions);
    loaded.case.history.moves = stood::moves(conn, num)?;
    loaded.case.history.decisions = decisions;
    if let Some(about) = about {
        loaded.case.history.subject_moves = stood::moves(conn, about)?;
    }
    loaded.case.waived = conn
        .prepare_cached(WAIVERS)?
        .query_map(params![num], |row| {
            Ok(WaivedFact { heads: heads(row, 0)?, key: row.get(1)?, path: row.get(2)? })
        })?
        .collect::<Result<_, _>>()?;
    loaded.case.marks = marks::list(conn, num)?;
    loaded.case.field =
        conn.prepare_cached(FIELD)?.query_map([num], |row| actor(row, 0))?.collect::<Result<_, _>>()?;
    loaded.case.files = files::here(conn, num)?;
    loaded.case.member_moves = member_moves(conn, num)?;
    Ok(Some(loaded))
}

fn member_moves(conn: &Connection, num: i64) -> rusqlite::Result<Vec<MemberMove>> {
    conn.prepare_cached(MEMBER_MOVES)?
        .query_map([num], |row| {
            Ok(MemberMove {
                row: row.get(0)?,
                from: record_id(row, 1)?,
                to: record_id(row, 2)?,
                state: row.get(3)?,
            })
        })?
        .collect()
}

fn case_of(row: &Row<'_>) -> rusqlite::Result<Case> {
    let stored_row = match heads_opt(row, 9)? {
        Some(heads) => Some(StoredRow {
            heads,
            form_version: row.get(10)?,
            approved_ms: row.get(11)?,
            subject: record_id_opt(row, 12)?,
        }),
        None => None,
    };
    let counts = Counts {
        quarantined: row.get(13)?,
        waiting: row.get(14)?,
        ahead_ms: row.get::<_, Option<i64>>(15)?.unwrap_or_default(),
    };
    Ok(Case {
        record: record_id(row, 0)?,
        form: row.get(1)?,
        form_version: row.get(2)?,
        versions: Vec::new(),
        area: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
        subject: record_id_opt(row, 4)?,
        state: state_out(row, 5)?,
        discarded: row.get(6)?,
        alias_of: record_id_opt(row, 7)?,
        // Begun and nothing written yet.
        document: row.get::<_, Option<Vec<u8>>>(8)?.unwrap_or_else(|| Record::new().save()),
        stored_row,
        submissions: Vec::new(),
        approvals: Vec::new(),
        waived: Vec::new(),
        counts,
        test: row.get(20)?,
        begun_closed: row.get(21)?,
        marks: Vec::new(),
        field: BTreeSet::new(),
        files: BTreeSet::new(),
        member_moves: Vec::new(),
        merged: Vec::new(),
        timed_ms: row.get(17)?,
        history: History { subject: record_id_opt(row, 18)?, ..History::default() },
    })
}
