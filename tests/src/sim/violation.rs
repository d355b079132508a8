//! What the checks can find.

use std::fmt;

/// Which promise was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// An edit that the server acknowledged is gone (promise 1).
    AckedEditKept,
    /// An edit made on a phone that still exists never reached the record (promise 1).
    OwnEditArrives,
    /// Work stayed behind on a phone although the network was whole again (promise 1).
    NothingStuck,
    /// A repeated delivery was recorded again (promise 2).
    RepeatChangesNothing,
    /// Phones, server and the acknowledged changes themselves do not show the same (promise 3).
    ReplicasAgree,
    /// The server shows of a record something else than its accepted changes mean (promise 3).
    MeaningKept,
    /// A phone lacks a record of its scope (promise 3).
    ScopeComplete,
    /// A cursor went back (promise 3).
    CursorMonotone,
    /// An approval covers content its reviewer was not shown, or an unexplained dispute (promise 4).
    ApprovalSeen,
    /// The log does not make the same tables again (promise 4).
    RebuildIdentical,
    /// Somebody was told of, or holds, what lies outside their scope (promise 5).
    ScopeKept,
    /// The server put an honest item aside (promise 6).
    HonestItemTaken,
}

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub check: Check,
    /// What was seen.
    pub detail: String,
}

impl Violation {
    /// A violation.
    pub fn new(check: Check, detail: impl Into<String>) -> Violation {
        Violation { check, detail: detail.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.check, self.detail)
    }
}

/// The simulation itself could not go on: a use case failed that must not fail.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Before the first step.
    #[error("set-up: {0}")]
    Setup(String),
    /// A device.
    #[error("device: {0}")]
    Device(#[from] doorstep_client_core::DeviceError),
    /// The server's store.
    #[error("store: {0}")]
    Store(#[from] doorstep_server::store::StoreError),
    /// Reading a database behind the back of its owner.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// A backup.
    #[error("backup: {0}")]
    Backup(#[from] doorstep_server::backup::BackupError),
    /// A file.
    #[error("file: {0}")]
    File(#[from] std::io::Error),
    /// Bytes that cannot be read.
    #[error("unreadable: {0}")]
    Unreadable(&'static str),
}
