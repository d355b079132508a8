//! Reconcile: after the ack each touched record is projected, judged by its form and flagged.

pub mod settle;
