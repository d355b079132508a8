//! The Doorstep server: log, reconcile, review, dataset.

pub mod accounts;
pub mod areas;
pub mod http;
pub mod language;
