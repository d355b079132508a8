//! Why the gate refuses a change.

use crate::ids::ActorId;
use crate::key::{Key, KeyError};
use crate::limits::{RECORD_BYTES, RECORD_ROWS};

/// Why the gate refuses a change. The change is then quarantined: kept, visible, retryable; nothing of it has
/// reached the record. Holds no answers, so that it may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// Not exactly one change chunk: wrong magic bytes or type, cut off, or followed by something.
    #[error("not a change")]
    NotAChange,
    /// The checksum is not that of the content.
    #[error("the checksum does not fit the content")]
    Checksum,
    /// Too many bytes, as they came or inflated.
    #[error("{bytes} bytes are more than {limit}")]
    TooLarge {
        /// Bytes counted until the limit was passed.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The deflated body is damaged or followed by something.
    #[error("the deflated body cannot be inflated")]
    Inflate,
    /// A part cannot be read.
    #[error("malformed {part}")]
    Malformed {
        /// Which part.
        part: &'static str,
    },
    /// Another encoding than the one that keeps its hash when saved.
    #[error("not the canonical encoding")]
    NotCanonical,
    /// No operation at all.
    #[error("a change without operations")]
    Empty,
    /// Too many operations, counted from run lengths.
    #[error("{ops} operations are more than {limit}")]
    TooManyOps {
        /// Operations claimed.
        ops: u64,
        /// The limit.
        limit: usize,
    },
    /// Too many overwritten operations.
    #[error("more than {limit} overwritten operations")]
    TooManyPreds {
        /// The limit.
        limit: usize,
    },
    /// Too many dependencies or other actors.
    #[error("more than {limit} dependencies")]
    TooManyDeps {
        /// The limit.
        limit: usize,
    },
    /// Bytes after the columns (automerge would keep them unread).
    #[error("extra bytes after the columns")]
    ExtraBytes,
    /// Something else than `put` on the root map.
    #[error("forbidden operation: {what}")]
    ForbiddenOp {
        /// What it is.
        what: &'static str,
    },
    /// A key against the rules.
    #[error("illegal key")]
    BadKey(#[source] KeyError),
    /// A value that is no text, boolean, integer, null or missing code within its limits.
    #[error("illegal value")]
    BadValue,
    /// An actor that is not 16 bytes.
    #[error("an actor id has 16 bytes")]
    BadActor,
    /// A time outside the years 1 to 9999.
    #[error("illegal time")]
    BadTime,
    /// A note that is too long or not UTF-8.
    #[error("illegal note")]
    BadNote,
    /// An overwritten operation that is not one on the same key in the change's own past.
    #[error("overwrites what it has not seen, at {key}")]
    Pred {
        /// The key of the operation.
        key: Key,
    },
    /// The actor's change before this one is not there although all dependencies are.
    #[error("sequence {got} where {expected} is next")]
    SeqGap {
        /// The next number of this actor.
        expected: u64,
        /// The number that came.
        got: u64,
    },
    /// Another change of this actor has this number: a cloned phone or an old backup.
    #[error("another change of {actor} has the sequence {seq}")]
    Fork {
        /// The actor on both branches.
        actor: ActorId,
        /// The number both have.
        seq: u64,
    },
    /// The actor's own previous change is not in the past of this one.
    #[error("does not follow the actor's own previous change")]
    OwnPast,
    /// The first operation counter is not one more than the highest of the dependencies.
    #[error("operations start at {got} where {expected} is next")]
    StartOp {
        /// The counter that follows from the dependencies.
        expected: u64,
        /// The counter that came.
        got: u64,
    },
    /// The record would have more rows than the limit.
    #[error("a record has at most {RECORD_ROWS} rows")]
    TooManyRows,
    /// The record would be larger than the limit.
    #[error("a record of {bytes} bytes is larger than {RECORD_BYTES}")]
    RecordTooLarge {
        /// Bytes of the record with this change.
        bytes: usize,
    },
    /// automerge refused the change or panicked on it.
    #[error("the change could not be applied")]
    ApplyFailed,
    /// The record with the change could not be saved and loaded again.
    #[error("the record could not be loaded again with the change")]
    ReloadFailed,
}

impl GateError {
    /// A stable word for verdicts and metrics; never changes once released.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotAChange => "not_a_change",
            Self::Checksum => "checksum",
            Self::TooLarge { .. } => "too_large",
            Self::Inflate => "inflate",
            Self::Malformed { .. } => "malformed",
            Self::NotCanonical => "not_canonical",
            Self::Empty => "empty",
            Self::TooManyOps { .. } => "too_many_ops",
            Self::TooManyPreds { .. } => "too_many_preds",
            Self::TooManyDeps { .. } => "too_many_deps",
            Self::ExtraBytes => "extra_bytes",
            Self::ForbiddenOp { .. } => "forbidden_op",
            Self::BadKey(_) => "bad_key",
            Self::BadValue => "bad_value",
            Self::BadActor => "bad_actor",
            Self::BadTime => "bad_time",
            Self::BadNote => "bad_note",
            Self::Pred { .. } => "pred",
            Self::SeqGap { .. } => "seq_gap",
            Self::Fork { .. } => "fork",
            Self::OwnPast => "own_past",
            Self::StartOp { .. } => "start_op",
            Self::TooManyRows => "too_many_rows",
            Self::RecordTooLarge { .. } => "record_too_large",
            Self::ApplyFailed => "apply_failed",
            Self::ReloadFailed => "reload_failed",
        }
    }
}
