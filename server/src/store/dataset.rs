//! The dataset: records at their approved heads.

/// The dataset: records at their approved heads.
pub trait Datasets {}
