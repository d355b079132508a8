//! What a phone runs: local store, outbox, sync engine, form session.
#![warn(missing_docs)]

pub mod env;
pub mod store;
