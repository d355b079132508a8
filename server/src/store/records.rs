//! Records as people see them: lists, one record, its history, edits from the office.

use doorstep_records::{Heads, Key, RecordId, Value};

use super::{Scope, StoreError};
use crate::review::model::{HistoryLine, Place, RecordChanges, RecordFilter, RecordPage, RecordView};
use crate::source::Entropy;

/// Which state of a record is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum At {
    /// What is there to be decided on: the newest submission, with what the office edited since, and without what
    /// enumerators are still drafting. A record never submitted is shown as it is.
    #[default]
    ToReview,
    /// With everything that has arrived.
    Now,
    /// Exactly this.
    Heads(Heads),
}

/// An edit from the office, by the person of the scope.
#[derive(Debug, Clone, PartialEq)]
pub struct OfficeEdit {
    /// The record.
    pub record: RecordId,
    /// The state the editor saw: what arrived since stays beside the edit as a different answer.
    pub heads: Heads,
    /// Answers.
    pub puts: Vec<(Key, Value)>,
    /// Why; part of the history.
    pub reason: Option<String>,
    /// Server clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// Records as people see them. Outside the scope a record does not exist.
pub trait Records {
    /// A page of a list, by record id, of at most `limit` (at most
    /// [`PAGE_RECORDS_MAX`](crate::review::model::PAGE_RECORDS_MAX)) records after `after`.
    fn record_list(
        &self,
        scope: &Scope,
        filter: &RecordFilter,
        after: Option<RecordId>,
        limit: u32,
    ) -> Result<RecordPage, StoreError>;

    /// Records that were touched after a place in the order of the server, at most `limit`; without a place only where that
    /// order stands now. The place tells how much happens outside the scope: it never leaves the server.
    fn record_changes(
        &self,
        scope: &Scope,
        after: Option<Place>,
        limit: u32,
    ) -> Result<RecordChanges, StoreError>;

    /// A record at exact heads, and the memory that they were shown to the person of the scope: only who was shown
    /// some heads may approve them.
    fn record_get(&self, scope: &Scope, record: RecordId, at: &At) -> Result<RecordView, StoreError>;

    /// Every value ever given, of one answer or of all.
    fn record_history(
        &self,
        scope: &Scope,
        record: RecordId,
        key: Option<&Key>,
    ) -> Result<Vec<HistoryLine>, StoreError>;

    /// Writes answers in the name of the person of the scope: an ordinary change, signed by the server, that settles
    /// what the editor saw. Answers the heads of the record afterwards.
    fn record_edit(
        &self,
        scope: &Scope,
        edit: &OfficeEdit,
        entropy: &dyn Entropy,
    ) -> Result<Heads, StoreError>;
}
