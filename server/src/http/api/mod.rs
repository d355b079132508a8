//! REST, `/api/v1`: JSON in, JSON out, problems for everything that goes wrong.

mod access;
pub(crate) mod areas;
pub(crate) mod assignments;
pub(crate) mod attachments;
pub(crate) mod bundles;
pub(crate) mod dataset;
pub(crate) mod devices;
pub(crate) mod duplicates;
pub(crate) mod events;
pub(crate) mod form_changes;
pub(crate) mod form_preview;
pub(crate) mod form_tests;
pub(crate) mod forms;
pub(crate) mod households;
pub(crate) mod mappings;
pub(crate) mod points;
pub(crate) mod progress;
pub(crate) mod quarantine;
pub(crate) mod records;
pub(crate) mod reports;
pub(crate) mod reviews;
pub(crate) mod samples;
pub(crate) mod sessions;
pub(crate) mod users;

pub(crate) use access::gate;
pub use access::{Access, Caller};
pub use events::Stopping;
pub use reviews::refusal_problem;
