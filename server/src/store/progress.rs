//! What progress is counted from.

use super::{Scope, StoreError};
use crate::progress::model::{Found, ProgressFilter};

/// Records and work of a form inside a scope.
pub trait Progresses {
    /// Everything that is counted; answers of records that wait for review only.
    fn progress_read(&self, scope: &Scope, filter: &ProgressFilter) -> Result<Found, StoreError>;
}
