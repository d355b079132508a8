//! Reconcile: after the ack each touched record is projected, judged by its form and flagged.

pub mod case;
pub mod flag;
mod head;
pub mod judge;
pub mod lensed;
pub mod past;
pub mod published;
pub mod reading;
pub mod rulebook;
pub mod settle;
#[cfg(test)]
pub(crate) mod testing;
pub mod united;
