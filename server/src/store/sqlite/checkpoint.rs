//! Bringing pages home from the write-ahead log into the database file.
//!
//! SQLite does this by itself after a commit, and then keeps silent about a disk that failed at it: the next commit tries
//! again. But a sync that failed says nothing when it is tried again. Here the commit itself fails, which ends the server
//! (`writer`); what was acknowledged is in the log and comes home at the next start.

use std::ffi::c_int;

use rusqlite::hooks::Wal;
use rusqlite::{Connection, ErrorCode};

/// Pages in the log after which they are brought home: SQLite's own choice.
const PAGES: c_int = 1_000;

/// Brings pages home after commits of this connection.
pub(super) fn watched(conn: &mut Connection) -> rusqlite::Result<()> {
    conn.wal_hook(Some(|wal: &mut Wal, pages: c_int| match wal_is_long(pages).then(|| wal.checkpoint()) {
        Some(Err(error)) if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) => Err(error),
        // Readers in the way, or no space: the pages stay in the log until a later commit.
        _ => Ok(()),
    }))
}

fn wal_is_long(pages: c_int) -> bool {
    pages >= PAGES
}
