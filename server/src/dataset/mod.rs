//! The central household dataset: every record at its last approved heads, merged registrations read as one.
//!
//! It is derived, never edited: dropping it and reading the log again gives the same bytes.

pub mod canonical;
pub mod cutoff;
pub mod model;
pub mod valid;
