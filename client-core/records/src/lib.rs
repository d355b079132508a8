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
//!
//! ```
//! use doorstep_records::gate::{Admission, Admitted, inspect};
//! use doorstep_records::{ActorId, ChangeNote, Key, Record, RecordId, Value};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let id = RecordId::from_parts(1_767_600_000_000, [7; 10]);
//! let land = Key::parse("land")?;
//! // Two phones fill the same record without a network.
//! let (one, two) = (ActorId::derive(&[1; 16], "u1", id, 0), ActorId::derive(&[2; 16], "u2", id, 0));
//! let note = ChangeNote::new(1, 1_767_600_000_000);
//! let first = Record::new().write(&one, &note, &[(land.clone(), Value::Text("3.5".into()))])?;
//! let second = Record::new().write(&two, &note, &[(land.clone(), Value::Null)])?;
//! // The server lets both in, whatever the order.
//! let mut admission = Admission::load(None)?;
//! for verdict in admission.admit_all(&[inspect(&second.bytes)?, inspect(&first.bytes)?]) {
//!     assert_eq!(verdict, Ok(Admitted::Applied));
//! }
//! let answer = admission.record().answer(&land).expect("answered");
//! assert!(answer.is_conflict());
//! assert_eq!(answer.candidates.len(), 2);
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]

#[cfg(feature = "schema")]
mod schema;

pub mod gate;
pub mod ids;
pub mod key;
pub mod limits;
pub mod note;
pub mod record;
pub mod value;

mod codec;

pub use codec::brief::{with_actor, without_actor};
pub use ids::{ActorId, ChangeHash, Heads, IdError, RecordId, RowId};
pub use key::{Key, KeyError};
pub use note::ChangeNote;
pub use record::{
    Answer, Answers, Candidate, ChangeBytes, Conflict, ConflictKind, HistoryEntry, LoadError, LocalChange,
    Record, Resolution, UnknownHeads, WriteError, canonical_json,
};
pub use value::{Missing, Value};
