//! Form versions: publishing and reading packages.

/// Form versions: publishing and reading packages.
pub trait Forms {}
