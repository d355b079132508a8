//! What the operator asks: is it well, make everything derived again.

use super::StoreError;

/// How the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Rows of the log.
    pub log_rows: u64,
    /// Records.
    pub records: u64,
    /// Records that wait to be reconciled.
    pub dirty: u64,
}

/// What the operator asks.
pub trait Operations {
    /// An error when the store cannot be read or may not acknowledge any more.
    fn health(&self) -> Result<Health, StoreError>;

    /// Empties every derived table and makes it again from the log; every record is then dirty, to be reconciled.
    /// Answers how many log rows were replayed.
    fn rebuild(&self) -> Result<u64, StoreError>;

    /// Recomputes the chain of the log: how many rows are in order, and the place of the first that is not.
    fn log_check(&self) -> Result<(u64, Option<u64>), StoreError>;

    /// Recomputes the chain of the log; answers the number of rows.
    fn log_verify(&self) -> Result<u64, StoreError>;
}
