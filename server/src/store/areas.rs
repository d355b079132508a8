//! The administrative tree: importing and listing areas.

/// The administrative tree: importing and listing areas.
pub trait Areas {}
