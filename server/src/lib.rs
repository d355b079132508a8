//! Placeholder.
pub mod dataset;
pub mod duplicates;
pub mod reconcile;
pub mod review;
