//! The dataset: records at their approved heads.

use doorstep_records::RecordId;
use sha2::{Digest, Sha256};

use super::SqliteStore;
use super::review::data::{past_dump, row_dump, row_each, row_get, row_page};
use crate::dataset::model::{DatasetRow, PAGE_ROWS_MAX, RowPage};
use crate::store::dataset::Datasets;
use crate::store::{Scope, StoreError};

impl Datasets for SqliteStore {
    fn dataset_list(
        &self,
        scope: &Scope,
        form: &str,
        after: Option<RecordId>,
        limit: u32,
    ) -> Result<RowPage, StoreError> {
        self.read(|conn| Ok(row_page(conn, scope, form, after, limit.min(PAGE_ROWS_MAX))?))
    }

    fn dataset_each(
        &self,
        scope: &Scope,
        form: &str,
        each: &mut dyn FnMut(DatasetRow) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.read(|conn| row_each(conn, scope, form, each))
    }

    fn dataset_get(&self, scope: &Scope, record: RecordId) -> Result<DatasetRow, StoreError> {
        self.read(|conn| row_get(conn, scope, record)?.ok_or(StoreError::NotFound))
    }

    fn dataset_digest(&self) -> Result<([u8; 32], u64), StoreError> {
        let (mut hasher, mut rows) = (Sha256::new(), 0);
        self.dataset_dump(&mut |line| {
            hasher.update(line);
            rows += 1;
            Ok(())
        })?;
        self.read(|conn| {
            past_dump(conn, |line| {
                hasher.update(line);
                Ok::<(), StoreError>(())
            })
        })?;
        Ok((hasher.finalize().into(), rows))
    }

    fn dataset_dump(&self, line: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.read(|conn| row_dump(conn, line))
    }
}
