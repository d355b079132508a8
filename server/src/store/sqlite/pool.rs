//! Connections that only read: each use sees one snapshot.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};

use crate::store::StoreError;

/// Readers at the same time; more wait.
const READERS: usize = 8;
/// Page cache of one reader, KiB: memory stays flat in the number of records.
const CACHE_KIB: i64 = 1_024;

/// A pool of readers; connections are opened when first needed.
pub(super) struct Pool {
    file: PathBuf,
    idle: Mutex<(Vec<Connection>, usize)>,
    freed: Condvar,
}

impl Pool {
    pub(super) fn new(file: &Path) -> Pool {
        Pool { file: file.to_owned(), idle: Mutex::new((Vec::new(), 0)), freed: Condvar::new() }
    }

    /// The database.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Runs a query over one snapshot.
    pub(super) fn run<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let conn = self.take()?;
        let place = Place { pool: self, conn: Some(conn) };
        let Some(conn) = place.conn.as_ref() else { return Err(StoreError::Failed) };
        conn.execute_batch("BEGIN")?;
        let answer = query(conn);
        conn.execute_batch("COMMIT")?;
        answer
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(conn) = idle.0.pop() {
                return Ok(conn);
            }
            if idle.1 < READERS {
                let conn = open(&self.file)?;
                idle.1 += 1;
                return Ok(conn);
            }
            idle = self.freed.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Gives the connection back, also when the query panics.
struct Place<'a> {
    pool: &'a Pool,
    conn: Option<Connection>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        match self.conn.take() {
            Some(conn) if conn.is_autocommit() => idle.0.push(conn),
            // A query that panicked or failed inside its transaction: the connection is closed, which ends it.
            _ => idle.1 = idle.1.saturating_sub(1),
        }
        self.pool.freed.notify_one();
    }
}

fn open(file: &Path) -> Result<Connection, rusqlite::Error> {
    let conn = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(super::BUSY_TIMEOUT)?;
    conn.pragma_update(None, "query_only", true)?;
    conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
    super::stable_plans(&conn)?;
    conn.set_prepared_statement_cache_capacity(128);
    Ok(conn)
}
