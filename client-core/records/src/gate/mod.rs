//! The gate: the only way in for changes written elsewhere.
//!
//! automerge 0.12 panics on some damaged inputs, inflates without bound, accepts changes that panic later,
//! accepts an overwritten operation outside the change's own past (which silently erases an honest concurrent
//! value), and drops a whole batch for one duplicate. So:
//!
//! 1. [`inspect`] reads the bytes alone, with our own parser and within limits.
//! 2. [`admit`] (or [`Admission`] for many changes of one record) checks the change against the record, applies
//!    it on a scratch copy where a panic is caught, saves that copy and loads it again.
//!
//! What fails leaves the record as it was and never blocks its neighbours.

mod admit;
mod error;
mod facts;
mod judge;

pub use admit::{Admission, Admitted, Verdict, admit};
pub use error::GateError;
pub use facts::{ChangeFacts, inspect};

pub(crate) use judge::{Judged, judge};
