//! XLSForm workbooks (`.xlsx`, `.xlsm`, `.xls`) read into form packages.
//!
//! [`import`] gives the files of a package that [`doorstep_forms::FormPackage::from_files`] and
//! [`doorstep_forms::Form::compile`] accept, and a [`Report`] that speaks of every cell: what was carried over, what
//! stands there in another way, and what was left out, with sheet, row, column and reason. What is valid is
//! judged as pyxform judges it; what pyxform would refuse (a row of an unknown type, a group that never ends) is
//! mostly an entry of the report here. Reading a workbook is bounded in time and memory, whatever it holds.
#![warn(missing_docs)]

mod book;
mod choice_rows;
mod choices;
mod convert;
mod cycles;
mod defaults;
mod emit;
mod entities;
mod error;
mod form;
mod keys;
mod language;
mod languages;
mod limits;
mod names;
mod plan;
mod report;
mod said;
mod settings;
mod survey;
mod table;
mod translate;
mod types;
mod xpath;

use std::collections::BTreeMap;

pub use error::ImportError;
pub use report::{Cells, Effect, Entry, Report, Subject};
pub use said::Said;

/// What an import may know beside the workbook.
pub struct Options<'a> {
    /// Id of the form when the workbook names none: the name of the file without its ending.
    pub name: &'a str,
    /// Language of texts that name none, as a tag such as `es`; guessed from the letters without it.
    pub language: Option<&'a str>,
    /// Gives the content of a file that lies beside the workbook (`select_one_from_file towns.csv`).
    pub files: &'a dyn Fn(&str) -> Option<Vec<u8>>,
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("name", &self.name)
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

/// A package and what became of the workbook.
#[derive(Debug)]
pub struct Imported {
    /// Files of the package: name inside it and content.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What was carried over and what not.
    pub report: Report,
}

/// Reads a workbook into a form package.
pub fn import(bytes: &[u8], options: &Options<'_>) -> Result<Imported, ImportError> {
    let book = book::read(bytes)?;
    convert::convert(&book, options)
}

/// Bytes of the largest workbook that is read.
pub const FILE_BYTES: usize = doorstep_sheet::limits::FILE_BYTES;
