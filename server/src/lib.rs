//! Placeholder.
pub mod accounts;
pub mod language;
