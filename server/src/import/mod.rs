//! Bringing in what a county already has: the household ledger (台账) as Excel or CSV.
//!
//! `sheet` reads bytes into plain cells within limits, `ledger` turns cells into households with every fault named by
//! row and column, `households` writes them as ordinary server-signed records. Reading never needs the store.

pub mod fault;
pub mod limits;
pub mod sheet;
