//! Reports are data: a definition says which approved records count, how, and in which words a figure is explained;
//! the engine counts. The format is described in `schemas/reports/README.md`.
//!
//! `definition` reads the files, `plan` checks them against the published forms, `engine` runs every plan in one walk
//! over the dataset, `result` rounds, compares with quoted figures and names the records behind each number.
//! Invariant: a total is the sum of its drill-down, and no figure stands anywhere but in the records.

pub mod catalog;
pub mod definition;
pub mod engine;
mod expressions;
pub mod plan;
pub mod quoted;
mod reader;
pub mod result;
pub mod rows;
pub mod service;
pub mod table;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod survey_tests;
#[cfg(test)]
mod tests;

pub use catalog::{Catalog, FormFacts};
pub use definition::{Definition, Fault};
pub use engine::run;
pub use plan::Plan;
pub use quoted::Quoted;
pub use result::{ReportResult, RowResult, figures};
pub use rows::{DatasetRow, Places, Rows};
pub use service::{ReportError, ReportSet};
