//! The administrative tree: importing and listing areas.

use super::{Scope, StoreError};
use crate::areas::table::TableFault;
use crate::areas::{Area, Imported};

/// What an import came to: what it did, or every fault of the file and then nothing was done.
pub type AreaImport = Result<Imported, Vec<TableFault>>;

/// The administrative tree.
pub trait Areas {
    /// The areas inside the caller's scope, parents first.
    fn area_list(&self, scope: &Scope) -> Result<Vec<Area>, StoreError>;

    /// Imports a CSV file below the caller's areas. The same file again changes nothing and writes nothing.
    fn areas_import(&self, scope: &Scope, csv: &[u8], now_ms: i64) -> Result<AreaImport, StoreError>;
}
