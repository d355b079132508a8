//! Duplicates: suspects, merging by alias, dismissing.

use doorstep_records::RecordId;

use super::{Scope, StoreError};
use crate::duplicates::model::{Crowd, Pair, PairState};

/// Pairs of records that may be one. A pair is in scope when both records are.
pub trait Duplicates {
    /// The pairs of a state that follow a pair, certain ones first; at most `limit`
    /// (at most [`PAGE_RECORDS_MAX`](crate::review::model::PAGE_RECORDS_MAX)).
    fn duplicate_page(
        &self,
        scope: &Scope,
        state: PairState,
        after: Option<(RecordId, RecordId)>,
        limit: u32,
    ) -> Result<Vec<Pair>, StoreError>;

    /// The first pairs of a state, at most `limit`.
    fn duplicate_list(&self, scope: &Scope, state: PairState, limit: u32) -> Result<Vec<Pair>, StoreError> {
        self.duplicate_page(scope, state, None, limit)
    }

    /// The groups of people that are too large to be compared: of each only the first are. One line a group, with the
    /// people of it that lie inside the scope.
    fn duplicate_crowds(&self, scope: &Scope) -> Result<Vec<Crowd>, StoreError>;

    /// Makes two records one: the older stays and is answered, the younger becomes another name of it. No document
    /// changes; later edits of either are read together. Merging again answers the same.
    fn duplicate_merge(
        &self,
        scope: &Scope,
        one: RecordId,
        other: RecordId,
        at_ms: i64,
    ) -> Result<RecordId, StoreError>;

    /// Takes a merge back: `alias` stands for itself again, with every edit made meanwhile where it was written. Answers the
    /// record that stood for it; both must be in scope.
    fn duplicate_unmerge(&self, scope: &Scope, alias: RecordId, at_ms: i64) -> Result<RecordId, StoreError>;

    /// Says that two records are not one.
    fn duplicate_dismiss(
        &self,
        scope: &Scope,
        one: RecordId,
        other: RecordId,
        at_ms: i64,
    ) -> Result<(), StoreError>;
}
