//! A page of what a device must hear about.
//!
//! A device that is new, or whose scope changed, is first told what it gained and lost (a *backfill*, walked area by area
//! up to a fixed high-water mark), then the feed goes on from where it stood. Records are sent as they are now, so the feed
//! may tell a change again that a snapshot held already: changes are known by their hash.
//!
//! Invariant: everything in a page passed the scope of the asker at the moment of reading.

mod backfill;
mod basket;
mod cursor;
mod feed;
mod rows;

use doorstep_protocol::pull::{Page, PullRequest};
use doorstep_protocol::{Epoch, ProblemKind, UserId};
use rusqlite::{Connection, OptionalExtension};
use serde_bytes::ByteBuf;

use crate::store::{Scope, StoreError};
use basket::Basket;
use cursor::{Backfill, Cursor, Phase};

/// Who asks for a page.
pub(crate) struct Asker<'a> {
    /// What they may see now.
    pub(crate) scope: &'a Scope,
    /// What they could see under an earlier version of their scope.
    pub(crate) past: &'a dyn Fn(i64) -> Result<Option<Scope>, StoreError>,
    pub(crate) user: UserId,
    pub(crate) epoch: Epoch,
    pub(crate) cursor_key: &'a [u8; 32],
}

/// The page after the request's cursor, read in the caller's read transaction. `nonce` must be fresh randomness.
pub(crate) fn page(
    conn: &Connection,
    asker: &Asker<'_>,
    request: &PullRequest,
    nonce: [u8; 24],
) -> Result<Page, StoreError> {
    let head = head(conn)?;
    let rows_head = rows::last_changed(conn)?;
    let mut cursor = start(asker, request.cursor.as_deref().map(|bytes| bytes.as_slice()), head, rows_head)?;
    let mut basket = Basket::new(request.page_bytes);
    if let Some(walk) = cursor.backfill {
        cursor.backfill = backfill::walk(conn, asker, walk, &mut basket)?;
    }
    if cursor.backfill.is_none() && !basket.is_full() {
        cursor.seq = feed::tell(conn, asker, cursor.seq, head, &mut basket)?;
    }
    if cursor.backfill.is_none() && cursor.seq >= head && !basket.is_full() {
        cursor.rows = feed::tell_rows(conn, asker, cursor.rows, rows_head, &mut basket)?;
    }
    let more = cursor.backfill.is_some() || cursor.seq < head || cursor.rows < rows_head;
    let sealed = cursor.seal(asker.cursor_key, nonce).ok_or(StoreError::Damaged("cursor key"))?;
    Ok(Page { cursor: ByteBuf::from(sealed), more, epoch: asker.epoch, items: basket.into_items() })
}

/// The last feed entry.
fn head(conn: &Connection) -> Result<i64, StoreError> {
    let head: Option<i64> = conn
        .prepare_cached("SELECT max(seq) FROM feed")?
        .query_row([], |row| row.get(0))
        .optional()?
        .flatten();
    Ok(head.unwrap_or(0))
}

/// Where to go on: at the cursor, or anew when there is none, it is of another life, or the scope is another one.
fn start(asker: &Asker<'_>, sealed: Option<&[u8]>, head: i64, rows_head: i64) -> Result<Cursor, StoreError> {
    let anew = |from, seq, rows| Cursor {
        epoch: asker.epoch,
        seq,
        rows,
        scope: asker.scope.version(),
        backfill: Some(Backfill { from, high: head, phase: Phase::Forms, area: 0, record: 0 }),
    };
    let Some(sealed) = sealed else { return Ok(anew(0, head, rows_head)) };
    let Some(cursor) = Cursor::open(sealed, asker.cursor_key) else {
        return Err(StoreError::refused(ProblemKind::BadRequest));
    };
    if cursor.epoch != asker.epoch {
        return Ok(anew(0, head, rows_head));
    }
    if cursor.scope == asker.scope.version() {
        return Ok(cursor);
    }
    // In the middle of a walk the last scope that was told whole is the one before it.
    let from = cursor.backfill.map_or(cursor.scope, |walk| walk.from);
    Ok(anew(from, cursor.seq, cursor.rows))
}
