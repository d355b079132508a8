//! A decision on exact heads.

use doorstep_records::{Heads, Record};
use rusqlite::Connection;

use super::{items, record_num, touch};
use crate::log::ReviewedEntry;
use crate::log::feed::{self, FeedKind};
use crate::review::rule::{Before, Decision, outcome};
use crate::store::StoreError;
use crate::store::sqlite::review::decisions::{decision_put, outcome_put};
use crate::store::sqlite::rows::heads_opt;

const STANDING: &str = "SELECT approved_heads, submitted_heads FROM record WHERE num = ?1";
const DECISIONS: &str = "SELECT decision FROM review WHERE record = ?1 ORDER BY num DESC";
const DOCUMENT: &str = "SELECT bytes FROM document WHERE record = ?1";

pub(super) fn apply(tx: &Connection, seq: i64, at_ms: i64, entry: &ReviewedEntry) -> Result<(), StoreError> {
    let record = record_num(tx, entry.record)?;
    let (approved, submitted) = tx
        .prepare_cached(STANDING)?
        .query_row([record], |row| Ok((heads_opt(row, 0)?, heads_opt(row, 1)?)))?;
    let holds = match &submitted {
        Some(submitted) => holds_submission(tx, record, &entry.heads, submitted)?,
        None => true,
    };
    let before = Before {
        was_approved: approved.is_some(),
        was_confirmed: was_confirmed(tx, record)?,
        same: approved.as_ref() == Some(&entry.heads),
        holds_submission: holds,
    };
    let after = outcome(entry.decision, before);
    decision_put(tx, record, entry, at_ms)?;
    for comment in &entry.comments {
        items::comment(tx, record, &entry.heads, comment, &entry.by, at_ms)?;
    }
    outcome_put(tx, record, &entry.heads, after, at_ms)?;
    feed::of_record(tx, record, FeedKind::Review, Some(&entry.id.to_bytes()))?;
    feed::of_record(tx, record, FeedKind::Row, None)?;
    touch(tx, record, seq)
}

/// True when the last word about what is approved is that it was confirmed.
fn was_confirmed(tx: &Connection, record: i64) -> Result<bool, StoreError> {
    let mut statement = tx.prepare_cached(DECISIONS)?;
    let mut rows = statement.query([record])?;
    while let Some(row) = rows.next()? {
        let decision = Decision::from_name(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
        if let Some(confirms) = decision.and_then(Decision::confirms) {
            return Ok(confirms);
        }
    }
    Ok(false)
}

/// True when the heads judged hold the newest submission.
fn holds_submission(
    tx: &Connection,
    record: i64,
    judged: &Heads,
    submitted: &Heads,
) -> Result<bool, StoreError> {
    if judged == submitted {
        return Ok(true);
    }
    let document: Vec<u8> = tx.prepare_cached(DOCUMENT)?.query_row([record], |row| row.get(0))?;
    Ok(Record::load(&document)?.descends(judged, submitted))
}
