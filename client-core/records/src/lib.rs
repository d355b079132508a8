//! Records: one filled form is one automerge document, and this is the only crate that names automerge.
//!
//! Words used here:
//!
//! * **record**: a flat map from [`Key`] to [`Value`]; there are no nested maps, lists, texts or counters.
//! * **change**: one automerge change, named by its SHA-256 [`ChangeHash`] and never altered.
//! * **heads**: the hashes that name an exact state of a record.
//! * **candidate**: one of several concurrent values of an answer; more than one *different* candidate is a
//!   conflict, and automerge's arbitrary winner is never shown as the truth.
//! * **gate**: the only way in for bytes written elsewhere. Its own parser reads a change completely, within
//!   fixed limits, before automerge sees a single byte.
//!
//! Invariants:
//!
//! * Nothing here reads a clock, random numbers, files or a database; `now` comes in as an argument.
//! * Unknown heads are an error. (automerge itself reads them as an empty document.)
//! * Two replicas with the same changes give byte-identical [`canonical_json`].

#![warn(missing_docs)]

pub mod gate;
pub mod ids;
pub mod key;
pub mod limits;
pub mod note;
pub mod record;
pub mod value;

mod codec;

pub use ids::{ActorId, ChangeHash, Heads, IdError, RecordId, RowId};
pub use key::{Key, KeyError};
pub use note::ChangeNote;
pub use record::{
    Answer, Answers, Candidate, ChangeBytes, Conflict, ConflictKind, HistoryEntry, LoadError, LocalChange,
    Record, UnknownHeads, WriteError, canonical_json,
};
pub use value::{Missing, Value};
