//! Duplicates: suspects, merging by alias, dismissing.

/// Duplicates: suspects, merging by alias, dismissing.
pub trait Duplicates {}
