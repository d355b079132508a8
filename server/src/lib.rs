//! The Doorstep server: log, reconcile, review, dataset.

pub mod accounts;
pub mod app;
pub mod areas;
pub mod assignments;
pub mod background;
pub mod checks;
pub mod dataset;
pub mod duplicates;
pub mod export;
pub mod folder;
pub mod http;
pub mod import;
pub mod language;
pub mod log;
pub mod mapping;
pub mod moves;
pub mod print;
pub mod progress;
pub mod publish;
pub mod reconcile;
pub mod reports;
pub mod review;
pub mod runtime;
pub mod source;
pub mod store;
pub mod sync;
