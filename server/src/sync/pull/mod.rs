//! Pull: pages of what a device must hear about, in its scope.
//!
//! A device follows the feed under the scope version it has wholly. When its scope is another one now (or none before),
//! it is walked there: told what it lost, brought up to the feed's head at that moment (`high`) for what it keeps, then
//! sent the areas, forms and records it gained, which hold everything up to `high`; then it follows the feed from `high`
//! under the new scope. A scope that changes during a walk begins the walk again, from what the device has wholly.

mod around;
mod build;
mod cursor;
mod follow;
mod load;
mod walk;

use std::collections::HashSet;

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::pull::{Page, PageItem, PullRequest};
use doorstep_protocol::{ProblemKind, limits};
use doorstep_records::RecordId;
use rusqlite::Connection;
use serde_bytes::ByteBuf;

use crate::store::sqlite::review::stood::former_area_paths;
use crate::store::sqlite::scopes::{self, scope_now, scope_refresh, scopes_between};
use crate::store::sync::DeviceSession;
use crate::store::{Scope, SqliteStore, StoreError};
use build::Builder;
use cursor::{Cursor, Phase};
use load::Reader;
use walk::Change;

/// The next page after a cursor.
pub(crate) fn page(
    store: &SqliteStore,
    session: DeviceSession,
    request: &PullRequest,
    nonce: [u8; 24],
    now_ms: i64,
) -> Result<Page, StoreError> {
    let identity = store.identity();
    let begin = match &request.cursor {
        None => Cursor::start(identity.epoch),
        Some(sealed) => {
            let opened = Cursor::open(&identity.cursor_secret, session.device, sealed)
                .map_err(|_| StoreError::refused(ProblemKind::BadRequest))?;
            // Another life of the server: its feed may lack what this cursor has passed.
            if opened.epoch == identity.epoch { opened } else { opened.in_another_life(identity.epoch) }
        }
    };
    let cut = |conn: &Connection| -> Result<Option<Cut>, StoreError> {
        let device = scopes::device(conn, session.device)?
            .ok_or_else(|| StoreError::refused(ProblemKind::SignInRequired))?;
        if device.revoked && !planted(Plant::RevokedReads) {
            return Err(StoreError::refused(ProblemKind::DeviceRevoked));
        }
        match scope_now(conn, device.user, now_ms)? {
            Some(scope) => {
                let reader = Reader::new(session.device);
                let mut cut = self::cut(conn, begin, (&scope, &reader), request.page_bytes)?;
                left(conn, &mut cut.page, &request.doubted, (&scope, &reader))?;
                Ok(Some(cut))
            }
            None => Ok(None),
        }
    };
    let cut = match store.read(cut)? {
        Some(cut) => cut,
        None => {
            // A grant ran out since its scope was written down.
            store.write(move |tx| {
                let user = scopes::device(tx, session.device)?.ok_or(StoreError::NotFound)?.user;
                scope_refresh(tx, user, now_ms)
            })?;
            store.read(cut)?.ok_or(StoreError::Damaged("a scope that was just written differs"))?
        }
    };
    let sealed = cut
        .cursor
        .seal(&identity.cursor_secret, session.device, nonce)
        .map_err(|_| StoreError::Damaged("a cursor that cannot be sealed"))?;
    let items = cut.page.finish();
    Ok(Page { cursor: ByteBuf::from(sealed), more: cut.more, epoch: identity.epoch, items })
}

struct Cut {
    page: Builder,
    cursor: Cursor,
    more: bool,
}

/// Cuts one page out of one snapshot of the tables.
fn cut(
    conn: &Connection,
    mut cursor: Cursor,
    (scope, reader): (&Scope, &Reader),
    page_bytes: u32,
) -> Result<Cut, StoreError> {
    let (feed_head, row_head) = load::heads_now(conn)?;
    let version = scope.version();
    let unnoticed = cursor.target > 0 && planted(Plant::ScopeUnnoticed);
    if cursor.target != version && !unnoticed {
        begin_walk(&mut cursor, version, feed_head, row_head);
    }
    let user = scope.user().ok_or(StoreError::Damaged("a device of nobody"))?;
    let before = match cursor.phase {
        Phase::Follow => Vec::new(),
        _ => scopes_between(conn, user, cursor.from, version - 1)?,
    };
    let change = Change { before: &before, whole: cursor.base > 0, now: scope, reader };
    let keeps: Vec<&Scope> = before.iter().chain([scope]).collect();
    let mut page = Builder::new(page_bytes);
    let mut told = HashSet::new();
    let mut more = true;
    loop {
        let done = match cursor.phase {
            Phase::Lost => walk::lost(conn, &mut page, &mut cursor, &change)?,
            Phase::CatchUp if change.whole => {
                let high = cursor.high;
                follow::feed(conn, (&mut page, reader), &mut cursor, high, &keeps, &mut told)?
            }
            Phase::CatchUp => true,
            Phase::Areas => walk::areas(conn, &mut page, &mut cursor, &change)?,
            Phase::Forms => walk::forms(conn, &mut page, &mut cursor, &change)?,
            Phase::Backfill => walk::backfill(conn, &mut page, &mut cursor, &change)?,
            Phase::Assignments => walk::assignments(conn, &mut page, &mut cursor, scope)?,
            Phase::Follow => {
                more =
                    !(follow::feed(conn, (&mut page, reader), &mut cursor, feed_head, &[scope], &mut told)?
                        && follow::lines(conn, (&mut page, reader), &mut cursor, row_head, scope, &told)?);
                break;
            }
        };
        if !done {
            break;
        }
        next_phase(&mut cursor);
    }
    Ok(Cut { page, cursor, more })
}

/// Tells which of the records that a device has from an earlier life lie outside its scope. Of those that are not here,
/// and of those its person could never reach, nothing is said, so that asking teaches nothing: the device keeps them.
fn left(
    conn: &Connection,
    page: &mut Builder,
    doubted: &[RecordId],
    (scope, reader): (&Scope, &Reader),
) -> Result<(), StoreError> {
    for record in doubted.iter().take(limits::DOUBTED) {
        if let Some(listed) = load::listed_as(conn, *record)?
            && !listed.is_seen_by(scope, reader)
            && once_reached(conn, scope, &listed)?
        {
            page.push(PageItem::Left { record: *record });
        }
    }
    Ok(())
}

/// The device is to be brought to another scope version.
fn begin_walk(cursor: &mut Cursor, version: i64, feed_head: i64, row_head: i64) {
    let first = cursor.from == 0;
    // A version of an earlier life may be higher than any of this one.
    cursor.from = if first { version } else { cursor.from.min(version) };
    if cursor.base == 0 {
        // All is sent anew: with the lines of lists as they are now.
        cursor.rows = row_head;
    }
    cursor.target = version;
    cursor.high = feed_head;
    cursor.phase = if first { Phase::Areas } else { Phase::Lost };
    (cursor.area, cursor.record) = (0, 0);
}

fn next_phase(cursor: &mut Cursor) {
    (cursor.area, cursor.record) = (0, 0);
    cursor.phase = match cursor.phase {
        Phase::Lost => Phase::CatchUp,
        Phase::CatchUp => Phase::Areas,
        Phase::Areas => Phase::Forms,
        Phase::Forms => Phase::Backfill,
        Phase::Backfill => Phase::Assignments,
        Phase::Assignments | Phase::Follow => {
            cursor.seq = cursor.seq.max(cursor.high);
            (cursor.base, cursor.from) = (cursor.target, cursor.target);
            Phase::Follow
        }
    };
}

/// True when the person of a scope reached, by any scope they ever had, the place where a record lies or once lay.
fn once_reached(conn: &Connection, scope: &Scope, listed: &load::Listed) -> Result<bool, StoreError> {
    let Some(user) = scope.user() else { return Ok(false) };
    let mut paths = former_area_paths(conn, listed.id)?;
    paths.push(listed.path.clone());
    let scopes = scopes_between(conn, user, 0, i64::MAX)?;
    Ok(scopes
        .iter()
        .any(|once| once.covers_form(&listed.row.form) && paths.iter().any(|path| once.covers(path))))
}
