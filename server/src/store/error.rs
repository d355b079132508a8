//! What a use case of the store can answer besides its result, and the problem each becomes at the border.

use std::sync::Arc;

use doorstep_protocol::ProblemKind;
use doorstep_records::LoadError;

use crate::accounts::model::AccountError;
use crate::language::Said;

/// Why a use case of the store was not done.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Does not exist, or lies outside the scope: the two look alike.
    #[error("not found")]
    NotFound,
    /// A rule refuses it: the kind tells which, the text tells what and what to do.
    #[error("refused: {}", .0.name())]
    Refused(ProblemKind, Option<Said>),
    /// An account command was not done.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The database answered an error; nothing of this use case was recorded.
    #[error("storage")]
    Storage(#[source] rusqlite::Error),
    /// The transaction that held this use case could not be committed: nothing was recorded.
    #[error("the commit failed")]
    Commit(#[source] Arc<rusqlite::Error>),
    /// An earlier commit failed so that nothing may be acknowledged any more; the server must be started again.
    #[error("the store has failed and must be opened again")]
    Failed,
    /// The stored bytes are not what was written: the database is damaged or of another version.
    #[error("damaged: {0}")]
    Damaged(&'static str),
    /// A stored document cannot be loaded.
    #[error("a stored document cannot be loaded")]
    Document(#[from] LoadError),
    /// A file of an attachment could not be written or read; nothing of it was acknowledged.
    #[error("files")]
    Files(#[from] std::io::Error),
    /// A job of the store panicked; nothing of it was recorded.
    #[error("a job panicked")]
    Panicked,
}

impl StoreError {
    /// A refusal without further words.
    pub fn refused(kind: ProblemKind) -> StoreError {
        StoreError::Refused(kind, None)
    }

    /// What happened and what to do, when the kind of problem alone does not tell.
    pub fn said(&self) -> Option<Said> {
        match self {
            StoreError::Refused(_, said) => said.clone(),
            StoreError::Account(error) => error.said(),
            _ => None,
        }
    }

    /// What SQLite said, when it was SQLite.
    pub(crate) fn sqlite_code(&self) -> Option<rusqlite::ErrorCode> {
        match self {
            StoreError::Account(AccountError::Storage(error)) | StoreError::Storage(error) => {
                error.sqlite_error_code()
            }
            StoreError::Commit(error) => error.sqlite_error_code(),
            _ => None,
        }
    }

    /// The problem this is at the border: the one place where that is decided.
    pub fn kind(&self) -> ProblemKind {
        match self {
            StoreError::NotFound | StoreError::Account(AccountError::NotFound) => ProblemKind::NotFound,
            StoreError::Refused(kind, _) => *kind,
            StoreError::Account(AccountError::NotAllowed) => ProblemKind::NotAllowed,
            StoreError::Account(AccountError::NameTaken) => ProblemKind::Conflict,
            StoreError::Account(AccountError::Storage(error)) | StoreError::Storage(error) => {
                of_sqlite(error)
            }
            StoreError::Account(_) => ProblemKind::Invalid,
            StoreError::Commit(error) => of_sqlite(error),
            StoreError::Failed | StoreError::Files(_) => ProblemKind::StorageFailed,
            StoreError::Damaged(_) | StoreError::Document(_) | StoreError::Panicked => ProblemKind::Internal,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        StoreError::Storage(error)
    }
}

fn of_sqlite(error: &rusqlite::Error) -> ProblemKind {
    use rusqlite::ErrorCode::*;
    match error.sqlite_error_code() {
        Some(DiskFull | SystemIoFailure | ReadOnly | CannotOpen | DatabaseCorrupt) => {
            ProblemKind::StorageFailed
        }
        Some(DatabaseBusy | DatabaseLocked) => ProblemKind::Unavailable,
        _ => ProblemKind::Internal,
    }
}
