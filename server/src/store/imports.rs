//! Imports: records that come from files instead of phones.

/// Imports: records that come from files instead of phones.
pub trait Imports {}
