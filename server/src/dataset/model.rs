//! Rows of the dataset as reports, exports and the API read them.

use std::collections::BTreeMap;

use doorstep_protocol::{DeviceId, UserId};
use doorstep_records::{Heads, RecordId};
use serde_json::Value;

/// Rows in one page.
pub const PAGE_ROWS_MAX: u32 = 1_000;

/// One row: a household or an event at its last approved heads. Merged registrations are one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetRow {
    /// The record that stands for it.
    pub record: RecordId,
    /// Form id.
    pub form: String,
    /// The version that judged it.
    pub form_version: u32,
    /// Area code.
    pub area: String,
    /// The record it is about, the one that stays when it was merged.
    pub subject: Option<RecordId>,
    /// Approved heads, of every document in it.
    pub heads: Heads,
    /// The latest approval, milliseconds since 1970 UTC.
    pub approved_ms: i64,
    /// Disputes that were let stand in it, and answers in which merged registrations differ.
    pub conflicts: u32,
    /// Who began the record.
    pub author: UserId,
    /// The device it was begun on; none for the office.
    pub device: Option<DeviceId>,
    /// Path -> value, canonical JSON.
    pub json: String,
}

impl DatasetRow {
    /// The answers, by path.
    ///
    /// # Errors
    /// When the stored text is damaged.
    pub fn answers(&self) -> Result<BTreeMap<String, Value>, serde_json::Error> {
        serde_json::from_str(&self.json)
    }
}

/// A page of rows, by record id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowPage {
    /// The rows.
    pub rows: Vec<DatasetRow>,
    /// Where the next page starts.
    pub next: Option<RecordId>,
    /// How many rows there are in scope.
    pub total: u64,
}
