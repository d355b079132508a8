//! What the checks over several records need of the store.

use doorstep_records::RecordId;
use serde_json::{Map, Value};

use super::StoreError;
use crate::reconcile::flag::Flag;

/// Checks over several records.
pub trait Checks {
    /// The answers of a record at each approval that stands, oldest first, without the newest one.
    fn check_earlier(&self, record: RecordId) -> Result<Vec<Map<String, Value>>, StoreError>;

    /// Makes these the flags of the checks, all of them, in one transaction. Other flags stay.
    fn check_flags_replace(&self, flags: &[(RecordId, Flag)]) -> Result<(), StoreError>;
}
