//! Placeholder.
pub mod accounts;
pub mod areas;
pub mod language;
pub mod http;
mod store;
