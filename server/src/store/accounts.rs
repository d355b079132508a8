//! Accounts: people, sessions, phones.

/// Accounts: people, sessions, phones.
pub trait Accounts {}
