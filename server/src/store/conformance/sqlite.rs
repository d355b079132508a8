//! The SQLite store as a subject, and what only tests of SQLite look at.

use tempfile::TempDir;

use super::{Subject, World};
use crate::source::Entropy;
use crate::store::SqliteStore;
use crate::store::sqlite::DATABASE_FILE;

/// A store in a folder of its own.
pub(crate) struct Sqlite {
    store: SqliteStore,
    folder: TempDir,
}

impl Subject for Sqlite {
    type Store = SqliteStore;

    fn fresh(entropy: &dyn Entropy) -> Sqlite {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), entropy, 1).unwrap();
        Sqlite { store, folder }
    }

    fn store(&self) -> &SqliteStore {
        &self.store
    }

    fn reopened(self, entropy: &dyn Entropy) -> Sqlite {
        let Sqlite { store, folder } = self;
        drop(store);
        let store = SqliteStore::open(folder.path(), entropy, 1).unwrap();
        Sqlite { store, folder }
    }
}

impl World<Sqlite> {
    /// Another connection to the same database.
    pub(crate) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.subject.folder.path().join(DATABASE_FILE)).unwrap()
    }
}
