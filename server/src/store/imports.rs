//! Imports: records that come from files instead of phones.

use std::sync::Arc;

use doorstep_forms::Form;

use super::{Scope, StoreError};
use crate::import::AreaNames;
use crate::import::households::{ImportOptions, Imported};
use crate::import::ledger::Household;
use crate::source::Entropy;

/// Imports: records that come from files instead of phones.
pub trait Imports {
    /// The areas inside the scope, as ledgers name them.
    fn import_areas(&self, scope: &Scope) -> Result<AreaNames, StoreError>;

    /// The latest published version of a form. `NotFound` when it is not published or not in the scope.
    fn import_form(&self, scope: &Scope, form: &str) -> Result<Arc<Form>, StoreError>;

    /// Writes households of a ledger into their records, all of them in one transaction: server-signed envelopes in the
    /// name of the one who asks, each record approved as long as nothing else waits in it. A household that cannot be
    /// written is told in the answer and holds up no other.
    fn households_import(
        &self,
        scope: &Scope,
        form: &Arc<Form>,
        households: Vec<Household>,
        options: &ImportOptions,
        now_ms: i64,
        entropy: &dyn Entropy,
    ) -> Result<Imported, StoreError>;
}
