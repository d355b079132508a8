//! Households over time: members who leave one for another, and everything that ever happened to one.

use doorstep_records::RecordId;

use super::{Scope, StoreError};
use crate::households::history::HistoryEvent;
use crate::households::{MembersMoved, NewMove};
use crate::source::Entropy;

/// Households over time. Outside the scope a record does not exist.
pub trait Households {
    /// Moves members into another record of the register, or into one that begins with them. The server writes both
    /// sides in the name of the person of the scope; where what it builds on was approved, they are approved together.
    fn members_move(
        &self,
        scope: &Scope,
        new: &NewMove,
        entropy: &dyn Entropy,
    ) -> Result<MembersMoved, StoreError>;

    /// Everything that ever happened to a record, and to those merged into it, oldest first.
    fn record_events(&self, scope: &Scope, record: RecordId) -> Result<Vec<HistoryEvent>, StoreError>;
}
