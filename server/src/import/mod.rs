//! Bringing in what a county already has: the household ledger (台账) as Excel or CSV.
//!
//! `sheet` reads bytes into plain cells within limits, `ledger` turns cells into households with every fault named by
//! row and column, `households` writes them as ordinary server-signed records. Reading never needs the store.

pub mod areas;
pub mod changes;
mod columns;
pub mod fault;
pub mod households;
pub mod ledger;
pub mod limits;
pub mod sheet;
mod words;

#[cfg(test)]
mod tests;

pub use areas::AreaNames;
pub use fault::{FileError, RowFault, Said};
pub use ledger::{Household, Ledger, Member, read_ledger};
