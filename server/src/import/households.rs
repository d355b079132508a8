//! A ledger into the register, batch by batch, with what became of each household.

use std::sync::Arc;

use doorstep_forms::Form;
use serde::Serialize;

use super::changes::Defaults;
use super::fault::{FileError, RowFault};
use super::ledger::{Ledger, read_ledger};
use crate::source::Entropy;
use crate::store::imports::Imports;
use crate::store::{Scope, StoreError};

/// The form whose records ledger households become.
pub const FORM: &str = "household_register";
/// Households in one transaction, and in one envelope.
pub const BATCH: usize = 100;

/// How to import.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Import nothing as long as there is any fault.
    pub all_or_nothing: bool,
    /// Only read and report.
    pub dry_run: bool,
    /// What households get that neither ledger nor record says.
    pub defaults: Defaults,
}

impl ImportOptions {
    /// The good households are imported, as registered on the civil day `today` (`2015-07-01`).
    pub fn on(today: &str) -> ImportOptions {
        let defaults = Defaults { today: today.to_owned(), register_status: "registered".into() };
        ImportOptions { all_or_nothing: false, dry_run: false, defaults }
    }
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Records begun.
    pub created: usize,
    /// Records changed.
    pub changed: usize,
    /// Records of which the ledger says nothing new.
    pub unchanged: usize,
    /// Records changed that a person must review, because something else waits in them.
    pub for_review: usize,
    /// Households that could not be written, with the reason.
    pub refused: Vec<RowFault>,
}

impl Imported {
    fn add(&mut self, other: Imported) {
        self.created += other.created;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.for_review += other.for_review;
        self.refused.extend(other.refused);
    }
}

/// What became of a ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Rows with persons.
    pub rows: usize,
    /// Households without a fault.
    pub households: usize,
    /// Persons in them.
    pub persons: usize,
    /// Households left out because of a fault in one of their rows.
    pub rejected: usize,
    /// What was written.
    #[serde(flatten)]
    pub written: Imported,
    /// Faults in all, and the first of them.
    pub fault_count: usize,
    /// The first [`super::limits::FAULTS`] faults.
    pub faults: Vec<RowFault>,
    /// Warnings in all.
    pub warning_count: usize,
    /// The first [`super::limits::FAULTS`] warnings.
    pub warnings: Vec<RowFault>,
    /// Headings that no question answers to.
    pub ignored_columns: Vec<String>,
    /// False when nothing was written because of `all_or_nothing` or `dry_run`.
    pub imported: bool,
}

/// Why an import did not take place.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read at all.
    #[error(transparent)]
    File(#[from] FileError),
    /// The store refused; batches reported before are in the register, and importing again goes on from there.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads a ledger and writes it into the register. `progress` hears of households done and households in all.
pub fn import<S: Imports + ?Sized>(
    store: &S,
    scope: &Scope,
    bytes: &[u8],
    options: &ImportOptions,
    sources: (i64, &dyn Entropy),
    progress: &mut dyn FnMut(usize, usize),
) -> Result<ImportReport, ImportError> {
    let form = store.import_form(scope, FORM)?;
    let ledger = read_ledger(bytes, &form, &store.import_areas(scope)?)?;
    Ok(import_ledger(store, scope, &form, ledger, options, sources, progress)?)
}

/// Writes a ledger that was read before.
pub fn import_ledger<S: Imports + ?Sized>(
    store: &S,
    scope: &Scope,
    form: &Arc<Form>,
    mut ledger: Ledger,
    options: &ImportOptions,
    (now_ms, entropy): (i64, &dyn Entropy),
    progress: &mut dyn FnMut(usize, usize),
) -> Result<ImportReport, StoreError> {
    let households = std::mem::take(&mut ledger.households);
    let total = households.len();
    let mut report = ImportReport {
        rows: ledger.rows,
        households: total,
        persons: households.iter().map(|household| household.members.len()).sum(),
        rejected: ledger.rejected.len(),
        fault_count: ledger.found.0,
        faults: ledger.faults,
        warning_count: ledger.found.1,
        warnings: ledger.warnings,
        ignored_columns: ledger.ignored_columns,
        imported: !(options.dry_run || options.all_or_nothing && ledger.found.0 > 0),
        written: Imported::default(),
    };
    if !report.imported {
        return Ok(report);
    }
    // All or nothing also when the store fails half-way: one transaction.
    let batch = if options.all_or_nothing { total.max(1) } else { BATCH };
    let mut households = households.into_iter();
    let mut done = 0;
    progress(done, total);
    while done < total {
        let part: Vec<_> = households.by_ref().take(batch).collect();
        done += part.len();
        report.written.add(store.households_import(scope, form, part, options, now_ms, entropy)?);
        progress(done, total);
    }
    Ok(report)
}
