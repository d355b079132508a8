//! The local store: one SQLite file, one process, everything that must survive a crash.
//!
//! * `migrate`, `error`: opening and its faults.
//! * `meta`: single values (key, session, cursor, marks).
//! * `records`: list lines. * `documents`: opening and keeping documents. * `outbox`: facts and envelopes.
//! * `assignments`: work given to people.
//! * `pages`: what a pulled page brings. * `people`: actors, areas, forms, reviews, comments.
//!
//! Invariant: whatever belongs together is written by one [`Store::write`], which is one transaction; a change and its
//! outbox row, a page and its cursor, verdicts and what follows from them.

pub(crate) mod assignments;
pub(crate) mod convert;
pub(crate) mod documents;
mod error;
pub(crate) mod meta;
mod migrate;
pub(crate) mod outbox;
pub(crate) mod pages;
pub(crate) mod people;
pub(crate) mod records;

use doorstep_plant::{Plant, is as planted};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use error::StoreError;
pub use people::{Comment, Review};
pub use records::{RecordRow, state};

/// How long to wait for another program to let go of the store, milliseconds.
#[cfg(feature = "native")]
const BUSY_MS: u64 = 5_000;

/// An open store. It holds the file exclusively until it is dropped.
pub struct Store {
    connection: Connection,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens or makes the store at `path`.
    ///
    /// # Errors
    /// [`StoreError::InUse`] while another program has it; [`StoreError::Damaged`] after the broken file was renamed to
    /// `<file>.damaged-<now_ms>`: the next opening begins an empty store.
    #[cfg(feature = "native")]
    pub fn open(path: &std::path::Path, now_ms: i64) -> Result<Store, StoreError> {
        match Self::open_file(path) {
            Err(error) if error.is_corruption() => {
                let set_aside = set_aside(path, now_ms);
                tracing::error!(store.set_aside = set_aside, "the local store is damaged");
                Err(StoreError::Damaged { set_aside })
            }
            opened => opened,
        }
    }

    #[cfg(feature = "native")]
    fn open_file(path: &std::path::Path) -> Result<Store, StoreError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(StoreError::Io)?;
        }
        let connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS))?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        let journal: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if journal != "wal" {
            return Err(StoreError::Setting { setting: "journal_mode" });
        }
        // Takes the lock now, not at the first write.
        connection.execute_batch("BEGIN EXCLUSIVE; COMMIT")?;
        Self::adopt(connection)
    }

    /// A store that lives in memory only: for trying things out.
    pub fn in_memory() -> Result<Store, StoreError> {
        Self::adopt(Connection::open_in_memory()?)
    }

    /// Takes over a connection whose journal the caller has chosen (a browser's file system has no WAL).
    pub fn adopt(mut connection: Connection) -> Result<Store, StoreError> {
        connection.pragma_update(None, "synchronous", "FULL")?;
        let synchronous: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
        if synchronous < 2 {
            return Err(StoreError::Setting { setting: "synchronous" });
        }
        if planted(Plant::PhoneNotDurable) {
            connection.pragma_update(None, "synchronous", "NORMAL")?;
        }
        connection.pragma_update(None, "foreign_keys", "OFF")?;
        // A cached statement keeps its plan: without this SQLite looks at bound values when there are partial indexes,
        // and prepares the statement again at every new value.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(128);
        migrate::migrate(&mut connection)?;
        Ok(Store { connection })
    }

    /// Reads.
    pub(crate) fn read(&self) -> &Connection {
        &self.connection
    }

    /// Does `work` in one transaction: all of it is kept, or nothing.
    pub(crate) fn write<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let done = work(&transaction)?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(done)
    }
}

/// Renames the store and its journal; gives the name it has now.
#[cfg(feature = "native")]
fn set_aside(path: &std::path::Path, now_ms: i64) -> String {
    let with = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        std::path::PathBuf::from(name)
    };
    let aside = with(&format!(".damaged-{now_ms}"));
    if std::fs::rename(path, &aside).is_err() {
        return path.display().to_string();
    }
    for journal in ["-wal", "-shm"] {
        let mut target = aside.as_os_str().to_owned();
        target.push(journal);
        // A journal that cannot follow stays beside the new name: nothing is deleted.
        if let Err(error) = std::fs::rename(with(journal), target) {
            tracing::debug!(%error, "no journal to set aside");
        }
    }
    aside.display().to_string()
}
