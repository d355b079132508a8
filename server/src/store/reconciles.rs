//! Reconciling: the records whose flags, labels and dataset rows must be made again.

use super::StoreError;
use crate::source::Entropy;

/// What one batch did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Records judged and written.
    pub written: usize,
    /// Submissions that passed without a person.
    pub approved: usize,
    /// Records that were touched again meanwhile; they stay dirty.
    pub touched: usize,
}

impl Reconciled {
    /// Counts another batch too.
    pub(crate) fn add(&mut self, other: Reconciled) {
        self.written += other.written;
        self.approved += other.approved;
        self.touched += other.touched;
    }
}

/// Reconciling, in bounded batches that may stop anywhere and go on later.
pub trait Reconciles {
    /// Judges at most `limit` of the records that wait, longest first. Nothing waits any more when nothing was written
    /// and nothing was touched.
    fn reconcile_pending(
        &self,
        limit: usize,
        now_ms: i64,
        entropy: &dyn Entropy,
    ) -> Result<Reconciled, StoreError>;
}
