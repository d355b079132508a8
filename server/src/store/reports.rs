//! What reports need beside the dataset: places and forms.

use super::{Scope, StoreError};
use crate::reports::{Catalog, Places};

/// What reports need beside the dataset.
pub trait Reports {
    /// The areas of the scope and those above them, so that every record has its village and town.
    fn report_places(&self, scope: &Scope) -> Result<Places, StoreError>;

    /// The published versions of the forms in the scope.
    fn report_catalog(&self, scope: &Scope) -> Result<Catalog, StoreError>;
}
