//! Work given to people, given to somebody else, closed.
//!
//! What the former holder has filled stays theirs and in the register; what is not submitted yet is shown to the new
//! holder as well, so that nobody begins again.

use doorstep_protocol::{ObjectId, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::log::entry::{Assigned, By};
use crate::log::feed::{self, FeedKind};
use crate::store::StoreError;

const INSERT: &str = "INSERT INTO assignment (id, form, subject, area, quantity, assignee, assignee_name, due, note, \
       by_name, at_ms, state) \
     VALUES (?1, ?2, ?3, (SELECT num FROM area WHERE code = ?4), ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'open')";
const FIND: &str = "SELECT num, assignee FROM assignment WHERE id = ?1 AND state = 'open'";
const MOVE: &str = "UPDATE assignment SET assignee = ?2, assignee_name = ?3 WHERE num = ?1";
const HOLDS: &str =
    "INSERT INTO assignment_holder (assignment, holder) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
const CLOSE: &str = "UPDATE assignment SET state = 'closed', reason = ?2 WHERE num = ?1";
/// Drafts that are this work begun: of its form, and about its household or the household itself.
const BEGUN: &str = "SELECT record.num FROM assignment JOIN record ON record.form = assignment.form \
       AND (record.subject = assignment.subject OR record.id = assignment.subject) \
     WHERE assignment.num = ?1 AND record.shown = 0 ORDER BY record.num";

pub(super) fn given(tx: &Connection, at_ms: i64, work: &[Assigned], by: &By) -> Result<(), StoreError> {
    for one in work {
        let assignee = one.assignee.to_bytes();
        tx.prepare_cached(INSERT)?.execute(params![
            one.id.to_bytes(),
            one.form,
            one.subject.map(|subject| subject.to_bytes()),
            one.area,
            one.quantity,
            assignee,
            one.name,
            one.due,
            one.note,
            by.name,
            at_ms
        ])?;
        let num = tx.last_insert_rowid();
        tx.prepare_cached(HOLDS)?.execute(params![num, assignee])?;
        feed::work(tx, num, &assignee)?;
        drafts(tx, num, FeedKind::Entered, &assignee)?;
    }
    Ok(())
}

pub(super) fn moved(
    tx: &Connection,
    ids: &[ObjectId],
    assignee: UserId,
    name: &str,
) -> Result<(), StoreError> {
    let new = assignee.to_bytes();
    for id in ids {
        let Some((num, old)) = find(tx, *id)? else { continue };
        if old == new {
            continue;
        }
        tx.prepare_cached(MOVE)?.execute(params![num, new, name])?;
        tx.prepare_cached(HOLDS)?.execute(params![num, new])?;
        feed::work(tx, num, &old)?;
        drafts(tx, num, FeedKind::Left, &old)?;
        feed::work(tx, num, &new)?;
        drafts(tx, num, FeedKind::Entered, &new)?;
    }
    Ok(())
}

pub(super) fn closed(tx: &Connection, ids: &[ObjectId], reason: &str) -> Result<(), StoreError> {
    for id in ids {
        let Some((num, assignee)) = find(tx, *id)? else { continue };
        tx.prepare_cached(CLOSE)?.execute(params![num, reason])?;
        feed::work(tx, num, &assignee)?;
        drafts(tx, num, FeedKind::Left, &assignee)?;
    }
    Ok(())
}

fn find(tx: &Connection, id: ObjectId) -> Result<Option<(i64, [u8; 16])>, StoreError> {
    let found = tx
        .prepare_cached(FIND)?
        .query_row([id.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found)
}

/// Tells a person that they see the drafts of this work from now on, or no longer unless they wrote them.
fn drafts(tx: &Connection, num: i64, kind: FeedKind, person: &[u8; 16]) -> Result<(), StoreError> {
    let begun: Vec<i64> =
        tx.prepare_cached(BEGUN)?.query_map([num], |row| row.get(0))?.collect::<Result<_, _>>()?;
    begun.into_iter().try_for_each(|record| feed::for_person(tx, record, kind, person).map(drop))
}
