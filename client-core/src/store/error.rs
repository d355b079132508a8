//! What can go wrong with the local store.

/// An error of the local store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process (or another handle) has the store open.
    #[error("the store is in use by another program")]
    InUse,
    /// The file is no store, or its pages are damaged. It was renamed, not deleted.
    #[error("the store was damaged and set aside as {set_aside}")]
    Damaged {
        /// Where the damaged file lies now (or still lies, when it could not be renamed).
        set_aside: String,
    },
    /// The store was written by a newer program.
    #[error("the store has version {found}, this program knows up to {known}")]
    TooNew {
        /// Version in the file.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// A setting on which durability rests did not take.
    #[error("the store refuses the setting {setting}")]
    Setting {
        /// Name of the setting.
        setting: &'static str,
    },
    /// A value in the store is not what this program wrote.
    #[error("the store holds an unreadable {what}")]
    Unreadable {
        /// What was read.
        what: &'static str,
    },
    /// The disk is full; nothing of the last step was kept.
    #[error("no space left for the store")]
    Full,
    /// Anything else SQLite reports.
    #[error("the store failed")]
    Sqlite(#[source] rusqlite::Error),
    /// The file system failed.
    #[error("the folder of the store cannot be used")]
    Io(#[source] std::io::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::InUse,
            Some(ErrorCode::DiskFull) => StoreError::Full,
            _ => StoreError::Sqlite(error),
        }
    }
}

impl StoreError {
    /// True when SQLite says that the file itself is broken.
    pub fn is_corruption(&self) -> bool {
        use rusqlite::ErrorCode;
        matches!(self, StoreError::Sqlite(error) if matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        ))
    }
}
