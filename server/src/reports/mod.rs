//! Reports are data: a definition says which approved records count, how, and in which words a figure is explained;
//! the engine counts. The format is described in `schemas/reports/README.md`.
//!
//! `definition` reads the files, `plan` checks them against the published forms, `engine` runs every plan in one walk
//! over the dataset (`tally` adds up, `valid` knows what holds for a day), `result` rounds and names the records behind each number,
//! `compare` says which quoted figures come out.
//! Invariant: a total is the sum of its drill-down, and no figure stands anywhere but in the records.

pub mod catalog;
pub mod compare;
pub mod definition;
pub mod engine;
mod expressions;
mod fields;
pub mod plan;
pub mod qualifier;
pub mod quoted;
mod reader;
pub mod result;
pub mod rows;
pub mod service;
pub mod table;
mod tally;
mod valid;

#[cfg(test)]
mod feature_tests;
#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod past_tests;
#[cfg(test)]
mod survey_tests;
#[cfg(test)]
mod tests;

pub use catalog::{Catalog, FormFacts};
pub use compare::Comparison;
pub use definition::{Definition, Fault};
pub use engine::{Counts, run};
pub use plan::Plan;
pub use quoted::Quoted;
pub use result::{ReportResult, RowResult, ValueResult, figures};
pub use rows::{DatasetRow, Fields, Places, Rows};
pub use service::{Asked, ReportError, ReportSet};
