//! The tables of reconcile, review, duplicates and dataset: functions over one connection, called inside the caller's
//! transaction.

pub(crate) mod cases;
pub(crate) mod changes;
pub(crate) mod columns;
pub(crate) mod data;
pub(crate) mod decisions;
pub(crate) mod files;
pub(crate) mod judged;
pub(crate) mod library;
pub(crate) mod lines;
pub(crate) mod marks;
pub(crate) mod pairs;
pub(crate) mod people;
pub(crate) mod stood;
pub(crate) mod suspects;
#[cfg(test)]
mod tests;
pub(crate) mod within;
