//! Storage: `Store` is a trait; one method = one use case = one transaction.
//!
//! Methods block (handlers call them on a blocking thread), take a [`Scope`] when they touch records, and take time and
//! randomness as arguments. Each room has its own sub-trait in its own file; `sqlite/` implements them, file by file.

pub mod accounts;
pub mod areas;
pub mod assignments;
pub mod attachments;
pub mod checks;
#[cfg(test)]
pub(crate) mod conformance;
pub mod dataset;
pub mod duplicates;
mod error;
pub mod forms;
pub mod households;
pub mod imports;
pub mod mappings;
pub mod operations;
pub mod progress;
pub mod publishing;
pub mod quarantine;
pub mod reconciles;
pub mod records;
pub mod reports;
pub mod reviews;
pub mod samples;
mod scope;
pub mod sqlite;
pub mod sync;

pub use error::StoreError;
pub(crate) use scope::path_range;
pub use scope::{FormScope, Scope};
pub use sqlite::SqliteStore;

/// Everything the server asks of its storage.
pub trait Store:
    accounts::Accounts
    + areas::Areas
    + forms::Forms
    + assignments::Assignments
    + progress::Progresses
    + sync::SyncStore
    + records::Records
    + reconciles::Reconciles
    + reviews::Reviews
    + duplicates::Duplicates
    + dataset::Datasets
    + imports::Imports
    + reports::Reports
    + checks::Checks
    + operations::Operations
    + publishing::Publishing
    + quarantine::Quarantine
    + mappings::Mappings
    + attachments::Attachments
    + samples::Samples
    + households::Households
    + Send
    + Sync
    + 'static
{
}

impl<S> Store for S where
    S: accounts::Accounts
        + areas::Areas
        + forms::Forms
        + assignments::Assignments
        + progress::Progresses
        + sync::SyncStore
        + records::Records
        + reconciles::Reconciles
        + reviews::Reviews
        + duplicates::Duplicates
        + dataset::Datasets
        + imports::Imports
        + reports::Reports
        + checks::Checks
        + operations::Operations
        + publishing::Publishing
        + quarantine::Quarantine
        + mappings::Mappings
        + attachments::Attachments
        + samples::Samples
        + households::Households
        + Send
        + Sync
        + 'static
{
}
