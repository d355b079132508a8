//! Checks over more than one record: rules that a form cannot state, because an expression of a form sees its own record
//! only. A helper who is himself poor, a number used twice, a school year that never changes.
//!
//! A check is data (`schemas/rules/*.json`, described in `schemas/rules/README.md`): `definition` reads the files, `plan` checks
//! them against the published forms, `engine` walks over the dataset, `sweep` writes what was found as flags
//! ([`CrossCheck`](crate::reconcile::flag::FlagKind::CrossCheck)) that stand in the review queue.
//! Invariant: a check only flags. It refuses nothing, blocks no approval and changes no record.

pub mod definition;
pub mod engine;
pub mod plan;
pub mod sweep;

#[cfg(test)]
mod tests;

pub use definition::CheckDefinition;
pub use engine::{CheckRow, Finding, Records, run};
pub use plan::CheckPlan;
pub use sweep::{CheckError, CheckSet};
