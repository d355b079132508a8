//! The dataset: records at their approved heads.

use doorstep_records::RecordId;

use super::{Scope, StoreError};
use crate::dataset::model::{DatasetRow, RowPage};

/// The dataset inside a scope, as of the instant that the scope names ([`Scope::as_of`]), else as it is.
pub trait Datasets {
    /// A page of a form's rows, by record id, of at most `limit` (at most
    /// [`PAGE_ROWS_MAX`](crate::dataset::model::PAGE_ROWS_MAX)) rows after `after`.
    fn dataset_list(
        &self,
        scope: &Scope,
        form: &str,
        after: Option<RecordId>,
        limit: u32,
    ) -> Result<RowPage, StoreError>;

    /// Every row of a form, by record id, one at a time and as of one moment. Stops at the first error.
    fn dataset_each(
        &self,
        scope: &Scope,
        form: &str,
        each: &mut dyn FnMut(DatasetRow) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// One row.
    fn dataset_get(&self, scope: &Scope, record: RecordId) -> Result<DatasetRow, StoreError>;

    /// The SHA-256 of the whole dataset in canonical bytes with every row that was superseded, and the number of its
    /// present rows: what a rebuild must reproduce.
    fn dataset_digest(&self) -> Result<([u8; 32], u64), StoreError>;

    /// The whole dataset in canonical bytes, one line a row, by record id.
    fn dataset_dump(&self, line: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>) -> Result<(), StoreError>;
}
