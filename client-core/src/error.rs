//! What can go wrong on a device, for a person to read.

use doorstep_forms::{AnswerError, Violation};
use doorstep_protocol::pull::Area;
use doorstep_records::{LoadError, RecordId, WriteError};

use crate::store::StoreError;
use crate::sync::SyncFailure;

/// An error of a device.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The local store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Enrol first.
    #[error("this device does not belong to anybody yet")]
    NotEnrolled,
    /// The store belongs to a server already.
    #[error("this store is enrolled with {url}")]
    AlreadyEnrolled {
        /// The server.
        url: String,
    },
    /// The server has not told the key that bundles are sealed to.
    #[error("the server has not told the key that bundles are sealed to")]
    NoBundleKey,
    /// A sync or an enrolment did not come through.
    #[error(transparent)]
    Sync(#[from] SyncFailure),
    /// No such record on this device.
    #[error("no record {0} on this device")]
    UnknownRecord(String),
    /// The digits given begin several record ids.
    #[error("{0} begins several record ids")]
    AmbiguousRecord(String),
    /// No such form on this device.
    #[error("no form `{form}` on this device")]
    UnknownForm {
        /// What was asked for.
        form: String,
        /// The forms there are.
        known: Vec<String>,
    },
    /// Every version of the form is closed to new records.
    #[error("form `{form}` takes no new records")]
    FormClosed {
        /// Form id.
        form: String,
    },
    /// The form on this device cannot be used by this program.
    #[error("form `{form}` version {version} cannot be used by this program")]
    FormUnusable {
        /// Form id.
        form: String,
        /// Version.
        version: u32,
    },
    /// The place must be said.
    #[error("say in which area the record lies")]
    AreaNeeded {
        /// Where the person may work.
        choices: Vec<Area>,
    },
    /// No such place in the person's scope.
    #[error("no area `{code}` among yours")]
    UnknownArea {
        /// What was asked for.
        code: String,
        /// Where the person may work.
        choices: Vec<Area>,
    },
    /// The form is about another record, which must be named.
    #[error("form `{0}` is about a record: name it")]
    SubjectNeeded(String),
    /// The form is about no other record.
    #[error("form `{0}` is about no other record")]
    SubjectNotAllowed(String),
    /// The text is no answer.
    #[error("{path}: {error}")]
    Answer {
        /// Where.
        path: String,
        /// Why.
        error: Box<AnswerError>,
        /// Paths that look alike.
        suggestions: Vec<String>,
    },
    /// The change could not be made.
    #[error("the change cannot be made: {0}")]
    Write(WriteError),
    /// The document is damaged; what was set aside can be looked at.
    #[error("record {0} cannot be read")]
    Unreadable(RecordId, #[source] LoadError),
    /// Errors stand against the submission.
    #[error("{} errors stand against the submission", .0.len())]
    Incomplete(Vec<Violation>),
    /// A record that was submitted can be set aside by a supervisor only.
    #[error("record {0} was submitted: only a supervisor can set it aside")]
    WasSubmitted(RecordId),
    /// Registrations of others are merged into the record: they would go with it.
    #[error("record {0} stands for other registrations merged into it")]
    StandsForOthers(RecordId),
    /// The record was set aside; take that back first.
    #[error("record {0} was set aside as entered by mistake")]
    Discarded(RecordId),
    /// No file is described there.
    #[error("no attachment at {path}")]
    NoAttachment {
        /// Where.
        path: String,
    },
    /// Nothing stands against each other there.
    #[error("there are no different answers at {path}")]
    NoConflict {
        /// Where.
        path: String,
    },
}

impl From<WriteError> for DeviceError {
    fn from(error: WriteError) -> Self {
        DeviceError::Write(error)
    }
}
