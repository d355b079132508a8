//! How a survey goes: what was given out, done, sent back and approved, by enumerator, village and day; what looks odd;
//! what is to be done next.
//!
//! Invariant: nothing here is stored. It is counted when it is asked for, from the records and assignments in scope.

pub mod count;
pub mod model;
pub mod odd;
