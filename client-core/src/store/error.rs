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
        /// What was put into the new store; none when there is no new store.
        saved: Option<Saved>,
    },
    /// The file is no store, or its pages contradict each other. Close it and set it aside.
    #[error("the store is damaged")]
    Corrupt,
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
    /// The disk answered an error. What was being kept may be there or not; the store must be opened again to see.
    #[error("the disk failed")]
    DiskFailed,
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
            Some(ErrorCode::SystemIoFailure) => StoreError::DiskFailed,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt,
            _ => StoreError::Sqlite(error),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull => StoreError::Full,
            _ => StoreError::Io(error),
        }
    }
}

/// What was taken over from a damaged store into a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// Facts that are still to be sent, signed or not.
    pub facts: u32,
    /// True when the device is still known by its server; otherwise it must be enrolled again.
    pub enrolled: bool,
}
