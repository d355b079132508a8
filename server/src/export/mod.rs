//! The dataset as comma-separated files that a spreadsheet opens as they are.
//!
//! One file for the records, one for each roster. UTF-8 with a mark, so that spreadsheets read Chinese; no cell is a
//! formula; long numbers stay what they are; what is personal is masked unless asked for by someone who may. Rows are
//! written as they come, nothing is kept.
//! Invariant: every cell but the masked ones can be read back: a leading apostrophe means "the rest is text, exactly".

mod cell;
mod layout;
pub mod service;
mod writer;

#[cfg(test)]
mod folder_tests;
#[cfg(test)]
mod kept_tests;
#[cfg(test)]
mod tests;

pub use cell::{MASK, read_text};
pub use service::{ExportError, export_form};
pub use writer::{ExportRow, Exporter, Options, Written};
