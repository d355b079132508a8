//! The administrative tree: importing and listing areas.

use super::{Scope, StoreError};
use crate::areas::succession::SuccessionFault;
use crate::areas::table::TableFault;
use crate::areas::{Area, Imported, Succession};

/// What an import came to: what it did, or every fault of the file and then nothing was done.
pub type AreaImport = Result<Imported, Vec<TableFault>>;

/// How many records a succession placed elsewhere, or every fault of the list and then nothing was done.
pub type AreaSucceeded = Result<u64, Vec<SuccessionFault>>;

/// The administrative tree.
pub trait Areas {
    /// The areas inside the caller's scope, parents first; named as they were at the instant that the scope names
    /// ([`Scope::as_of`]), else as they are.
    fn area_list(&self, scope: &Scope) -> Result<Vec<Area>, StoreError>;

    /// Imports a CSV file below the caller's areas. The same file again changes nothing and writes nothing.
    fn areas_import(&self, scope: &Scope, csv: &[u8], now_ms: i64) -> Result<AreaImport, StoreError>;

    /// Ends areas on the day before `on` (ISO 8601); what lies in one lies in its successor from now on. Of an area with
    /// several successors nothing moves: its records are flagged, for a person to place each. What stands already is left
    /// out.
    fn areas_succeed(
        &self,
        scope: &Scope,
        successions: &[Succession],
        on: &str,
        now_ms: i64,
    ) -> Result<AreaSucceeded, StoreError>;
}
