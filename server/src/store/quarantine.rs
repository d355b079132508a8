//! What is kept and not applied.

use doorstep_records::RecordId;

use super::{Scope, StoreError};
use crate::quarantine::{AsideFilter, AsideItem, Retried};

/// Items in quarantine, and items that wait.
pub trait Quarantine {
    /// Those whose place lies inside the scope, oldest first, at most `limit`
    /// (at most [`ITEMS_MAX`](crate::quarantine::ITEMS_MAX)). What nobody can place is listed for those who see everything.
    fn quarantine_list(
        &self,
        scope: &Scope,
        filter: &AsideFilter,
        limit: u32,
    ) -> Result<Vec<AsideItem>, StoreError>;

    /// Has everything that stands in quarantine about these records judged once more, by the rules of now; what a revoked
    /// phone had signed counts as if it were not revoked, for a person has looked at it. Logged with who asked for it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when one of them has nothing in quarantine that lies inside the scope.
    fn quarantine_retry(
        &self,
        scope: &Scope,
        records: &[RecordId],
        now_ms: i64,
    ) -> Result<Vec<Retried>, StoreError>;
}
