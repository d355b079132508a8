//! A look at a saved document before automerge loads it: one document chunk, no deflated column, and not more
//! operations and changes than the limit, counted from the run lengths. Every actor is one of ours (16 bytes).

use super::chunk::{self, TYPE_DOCUMENT};
use super::column;
use super::leb::{Cursor, Malformed};
use super::runs::count_cells;
use crate::limits::LOAD_OPS;

/// The column of a document that has one cell for each change: its actor.
const CHANGE_ACTOR: u64 = 1;

/// Every actor of ours has this length.
const ACTOR_BYTES: u64 = 16;

/// More column headers than any document has.
const COLUMNS_MAX: u64 = 64;

/// Says whether `bytes` are a saved document that is safe to expand.
pub(crate) fn is_bounded(bytes: &[u8]) -> bool {
    let Some((_, TYPE_DOCUMENT, body)) = chunk::split(bytes) else {
        return false;
    };
    matches!(rows(body), Ok((changes, ops)) if changes <= LOAD_OPS && ops <= LOAD_OPS)
}

/// The number of changes and of operations.
fn rows(body: &[u8]) -> Result<(u64, u64), Malformed> {
    let mut cursor = Cursor::new(body);
    for _ in 0..cursor.unsigned()? {
        if cursor.unsigned()? != ACTOR_BYTES {
            return Err(Malformed);
        }
        cursor.take(ACTOR_BYTES)?;
    }
    for _ in 0..cursor.unsigned()? {
        cursor.take(32)?;
    }
    let change_columns = headers(&mut cursor)?;
    let op_columns = headers(&mut cursor)?;
    let changes = count_in(&mut cursor, &change_columns, CHANGE_ACTOR)?;
    let ops = count_in(&mut cursor, &op_columns, column::ACTION)?;
    Ok((changes, ops))
}

fn headers(cursor: &mut Cursor<'_>) -> Result<Vec<(u64, u64)>, Malformed> {
    let count = cursor.unsigned()?;
    if count > COLUMNS_MAX {
        return Err(Malformed);
    }
    let mut headers = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let (kind, length) = (cursor.unsigned()?, cursor.unsigned()?);
        if kind & column::DEFLATE != 0 {
            return Err(Malformed);
        }
        headers.push((kind, length));
    }
    Ok(headers)
}

fn count_in(cursor: &mut Cursor<'_>, headers: &[(u64, u64)], wanted: u64) -> Result<u64, Malformed> {
    let mut cells = 0;
    for (kind, length) in headers {
        let data = cursor.take(*length)?;
        if *kind == wanted {
            cells = count_cells(data)?;
        }
    }
    Ok(cells)
}
