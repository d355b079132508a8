//! SQLite: one writer with group commit, a pool of readers, WAL, `synchronous=FULL`.

mod accounts;
mod accounts_store;
mod areas;
mod assignments;
mod attachments;
pub(crate) mod backups;
mod carry;
mod checkpoint;
mod checks;
mod clerk;
mod dataset;
mod duplicates;
mod events;
mod forms;
mod households;
mod identity;
mod imports;
mod mappings;
mod migrate;
mod moves;
mod office;
mod operations;
pub mod persons;
mod pool;
mod progress;
mod publishing;
mod quarantine;
mod reconciles;
mod records;
mod reports;
pub(crate) mod review;
mod reviews;
pub(crate) mod rows;
mod samples;
pub(crate) mod scopes;
mod sync;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use doorstep_plant::{Plant, is as planted};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::{Scope, StoreError};
use crate::attachments::Files;
use crate::source::Entropy;
pub use identity::Identity;
#[cfg(test)]
pub(crate) use operations::DERIVED;
use pool::Pool;
use writer::Writer;

/// The file of the database inside the data folder.
pub const DATABASE_FILE: &str = "doorstep.sqlite";
/// How long a writer waits for another process on the same folder.
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);
/// Page cache of the writer, KiB.
const WRITER_CACHE_KIB: i64 = 8_192;

/// The store of one data folder.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    writer: Writer,
    pool: Pool,
    identity: Arc<Identity>,
    /// Compiled form versions.
    forms: Arc<review::library::FormCache>,
    /// The files of attachments.
    files: Files,
    /// Held while the office writes into a record.
    office: Mutex<()>,
}

impl SqliteStore {
    /// Opens the database of a data folder; makes folder and database when they are missing.
    pub fn open(folder: &Path, entropy: &dyn Entropy, now_ms: i64) -> Result<SqliteStore, StoreError> {
        crate::folder::prepare(folder).map_err(|_| StoreError::Damaged("the data folder cannot be made"))?;
        let file = folder.join(DATABASE_FILE);
        let mut conn = Connection::open(&file)?;
        durable(&conn)?;
        checkpoint::watched(&mut conn)?;
        migrate::migrate(&conn, entropy, now_ms)?;
        let identity = Arc::new(Identity::read(&conn)?);
        let writer = Writer::start(conn).map_err(|_| StoreError::Failed)?;
        Ok(SqliteStore {
            inner: Arc::new(Inner {
                writer,
                pool: Pool::new(&file),
                identity,
                forms: Default::default(),
                files: Files::new(folder),
                office: Mutex::default(),
            }),
        })
    }

    /// The scope of the operator at the machine, who can read the data folder anyway.
    pub fn operator_scope(&self) -> Scope {
        Scope::server()
    }

    /// Who this server is.
    pub fn identity(&self) -> &Identity {
        &self.inner.identity
    }

    /// The files of attachments.
    fn files(&self) -> &Files {
        &self.inner.files
    }

    /// One use case that writes: runs in a SAVEPOINT on the writer and answers after the commit. An error undoes it.
    /// Heads, sequences and versions are read inside: another process may write to the same folder.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner.writer.run(job)
    }

    /// One use case that reads: one snapshot.
    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.inner.pool.run(query)
    }

    /// Leaves the database room for so many pages more; none: as many as the disk has. A test fills the disk with it:
    /// SQLite answers as it does when there is no space left.
    pub fn room(&self, pages: Option<u32>) -> Result<(), StoreError> {
        /// What SQLite itself holds to be the most.
        const MOST: u32 = 4_294_967_294;
        self.write(move |conn| {
            let now: u32 = conn.pragma_query_value(None, "page_count", |row| row.get(0))?;
            let most = pages.map_or(MOST, |pages| now.saturating_add(pages));
            conn.query_row(&format!("PRAGMA max_page_count = {most}"), [], |row| row.get::<_, i64>(0))?;
            Ok(())
        })
    }

    /// True once nothing may be acknowledged any more: the process must end, and another begin.
    pub fn has_failed(&self) -> bool {
        self.inner.writer.has_failed()
    }
}

/// Sets and asserts what an ack rests on.
fn durable(conn: &Connection) -> Result<(), StoreError> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Damaged("the database cannot use a write-ahead log on this disk"));
    }
    conn.pragma_update(None, "synchronous", "FULL")?;
    let synchronous: i64 = conn.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    if synchronous != 2 {
        return Err(StoreError::Damaged("the database does not write durably"));
    }
    if planted(Plant::ServerNotDurable) {
        conn.pragma_update(None, "synchronous", "NORMAL")?;
    }
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    stable_plans(conn)?;
    conn.set_prepared_statement_cache_capacity(256);
    Ok(())
}

/// A cached statement keeps its plan. Without this SQLite looks at bound values when there are partial indexes, and
/// prepares the statement again at every new value.
fn stable_plans(conn: &Connection) -> Result<(), rusqlite::Error> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(|_| ())
}
