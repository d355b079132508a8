//! The local store: one SQLite file, one process, everything that must survive a crash.
//!
//! * `migrate`, `error`: opening and its faults. * `files`: names that survive a power cut.
//! * `quarantine`, `salvage`: a damaged store set aside, and its unsent work.
//! * `meta`: single values (key, session, cursor, marks).
//! * `records`: list lines. * `documents`: opening and keeping documents. * `outbox`: facts and envelopes.
//! * `assignments`: work given to people. * `attachments`: files.
//! * `lost`, `twice`: what a restored server has not any more, or has otherwise.
//! * `pages`: what a pulled page brings. * `people`: actors, areas, forms, reviews, comments.
//!
//! Invariant: whatever belongs together is written by one [`Store::write`], which is one transaction; a change and its
//! outbox row, a page and its cursor, verdicts and what follows from them.

pub(crate) mod assignments;
pub(crate) mod attachments;
pub(crate) mod convert;
pub(crate) mod documents;
mod error;
#[cfg(feature = "native")]
pub(crate) mod files;
pub(crate) mod lost;
pub(crate) mod meta;
mod migrate;
pub(crate) mod outbox;
pub(crate) mod pages;
pub(crate) mod people;
#[cfg(feature = "native")]
mod quarantine;
pub(crate) mod records;
mod salvage;
mod twice;

use doorstep_plant::{Plant, is as planted};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use attachments::{Fetch, FileState};
pub use error::{Saved, StoreError};
pub use people::{Comment, Review};
pub use records::{RecordRow, state};

/// How long to wait for another program to let go of the store, milliseconds.
#[cfg(feature = "native")]
const BUSY_MS: u64 = 5_000;

/// An open store. It holds the file exclusively until it is dropped.
pub struct Store {
    connection: Connection,
    /// The disk failed under a commit: nobody knows what it holds, so nothing more is kept here.
    failed: bool,
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
    /// `<file>.damaged-<now_ms>` and what it held of unsent work was put into a new store: the next opening has it.
    #[cfg(feature = "native")]
    pub fn open(path: &std::path::Path, now_ms: i64) -> Result<Store, StoreError> {
        match Self::open_file(path) {
            Err(StoreError::Corrupt) => Err(quarantine::quarantine(path, now_ms)),
            opened => opened,
        }
    }

    /// Sets a store aside that answered [`StoreError::Corrupt`] after it was opened, as [`Store::open`] does. It must be
    /// closed.
    #[cfg(feature = "native")]
    pub fn quarantine(path: &std::path::Path, now_ms: i64) -> StoreError {
        quarantine::quarantine(path, now_ms)
    }

    #[cfg(feature = "native")]
    fn open_file(path: &std::path::Path) -> Result<Store, StoreError> {
        files::make_folder_of(path)?;
        quarantine::finish(path)?;
        let connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS))?;
        Self::adopt_file(connection)
    }

    /// Takes over a connection to a file that this program alone uses, on whatever file system it lies: a log that one
    /// program alone reads needs no shared memory, which browsers do not have, and a commit waits for the disk once.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when what exists nowhere else cannot be read.
    pub fn adopt_file(connection: Connection) -> Result<Store, StoreError> {
        // A damaged store is closed again at once, and its log is needed then: closing must not take it away.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        let set: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if set != "wal" {
            return Err(StoreError::Setting { setting: "journal_mode" });
        }
        // Takes the lock now, not at the first write.
        connection.execute_batch("BEGIN EXCLUSIVE; COMMIT")?;
        let store = Self::adopt(connection)?;
        store.check_own_work()?;
        store.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        Ok(store)
    }

    /// Reads every page of what exists nowhere else. Pages of records are found broken when they are read; the server has
    /// those.
    fn check_own_work(&self) -> Result<(), StoreError> {
        for table in ["meta", "spare", "outbox", "envelope", "own_change"] {
            let sql = format!("PRAGMA quick_check({table})");
            let said: String = self.connection.query_row(&sql, [], |row| row.get(0))?;
            if said != "ok" {
                tracing::error!(said, table, "the local store is damaged");
                return Err(StoreError::Corrupt);
            }
        }
        Ok(())
    }

    /// A store that lives in memory only: for trying things out.
    pub fn in_memory() -> Result<Store, StoreError> {
        Self::adopt(Connection::open_in_memory()?)
    }

    /// A store in memory with everything that [`Store::image`] gave.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is no image of a store.
    pub fn from_image(image: &[u8]) -> Result<Store, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        connection.deserialize_read_exact(rusqlite::MAIN_DB, image, image.len(), false)?;
        let store = Self::adopt(connection)?;
        store.check_own_work()?;
        Ok(store)
    }

    /// Takes over what a damaged store, given as the bytes of its file and of its log (none where it had none), still holds of
    /// work that was not sent, and the key it belongs to. This store must be fresh; the damaged one is the caller's to keep.
    ///
    /// # Errors
    /// When nothing can be written; then nothing was taken over.
    pub fn salvage(&mut self, damaged: Vec<u8>, log: Vec<u8>) -> Result<Saved, StoreError> {
        let pages = salvage::Pages::of(damaged, log);
        self.write(|tx| salvage::salvage(&pages, tx))
    }

    /// Everything in the store, as the bytes of a file: where no file can be written, the caller keeps them.
    pub fn image(&mut self) -> Result<Vec<u8>, StoreError> {
        Ok(self.connection.serialize(rusqlite::MAIN_DB)?.to_vec())
    }

    /// Takes over a connection whose journal the caller has chosen, or that has no file.
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
        Ok(Store { connection, failed: false })
    }

    /// How many rows were ever written through this opening: while it stays, nothing was.
    pub(crate) fn changes(&self) -> u64 {
        self.connection.total_changes()
    }

    /// Reads.
    pub(crate) fn read(&self) -> &Connection {
        &self.connection
    }

    /// Does `work` in one transaction: all of it is kept, or nothing. After a commit that the disk failed nothing is kept
    /// any more until the store is opened again: a sync that is tried again after an error says nothing.
    pub(crate) fn write<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.failed {
            return Err(StoreError::DiskFailed.into());
        }
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let done = work(&transaction)?;
        if let Err(error) = transaction.commit() {
            let error = StoreError::from(error);
            self.failed = matches!(error, StoreError::DiskFailed);
            return Err(error.into());
        }
        Ok(done)
    }
}
