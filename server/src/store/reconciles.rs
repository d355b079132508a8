//! Reconciling: the records whose flags, labels and dataset rows must be made again.

/// Reconciling: the records whose flags, labels and dataset rows must be made again.
pub trait Reconciles {}
