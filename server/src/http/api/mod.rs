//! REST, `/api/v1`: JSON in, JSON out, problems for everything that goes wrong.

mod access;
pub(super) mod areas;
pub(super) mod dataset;
pub(super) mod devices;
pub(super) mod duplicates;
pub(super) mod forms;
pub(super) mod records;
pub(super) mod reviews;
pub(super) mod sessions;
pub(super) mod users;

pub use access::{Access, Caller};
pub(super) use access::gate;
pub use reviews::refusal_problem;
