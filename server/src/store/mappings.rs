//! The queue of texts that wait for a code, and mapping them.

use super::{Scope, StoreError};
use crate::mapping::{MappingDone, NewMapping, Unmapped};
use crate::source::Entropy;

/// Texts that were answered instead of a code of a list.
pub trait Mappings {
    /// What waits inside the scope, by record id, at most `limit` (at most [`QUEUE_MAX`](crate::mapping::QUEUE_MAX)).
    fn mapping_queue(
        &self,
        scope: &Scope,
        form: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Unmapped>, StoreError>;

    /// Maps a text to a code: one change and one submission for each record, in the name of the person of the scope. A
    /// record that is named and lies outside the scope does not exist.
    fn mapping_apply(
        &self,
        scope: &Scope,
        mapping: &NewMapping,
        entropy: &dyn Entropy,
    ) -> Result<MappingDone, StoreError>;
}
