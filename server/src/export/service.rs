//! Exports over the store: the dataset of a form inside the asker's scope.

use std::io::{self, Write};

use doorstep_forms::Form;
use doorstep_protocol::ProblemKind;

use super::writer::{ExportRow, Exporter, Options, Written};
use crate::accounts::role::Action;
use crate::dataset::model::DatasetRow;
use crate::dataset::valid::Valid;
use crate::store::dataset::Datasets;
use crate::store::forms::Forms;
use crate::store::{Scope, StoreError};

/// Why an export was not finished.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file cannot be written.
    #[error("the export cannot be written")]
    Write(#[from] io::Error),
    /// The store failed or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes every approved record of a form that the scope covers. `open` gets the name of each file.
///
/// Who may not count may not export; personal answers are for admins.
pub fn export_form<S: Datasets + Forms + ?Sized, W: Write>(
    store: &S,
    scope: &Scope,
    form: &str,
    options: Options,
    open: impl FnMut(&str) -> io::Result<W>,
) -> Result<Vec<Written>, ExportError> {
    let needed = if options.with_sensitive { Action::Configure } else { Action::Count };
    if !scope.role().may(needed) {
        return Err(StoreError::refused(ProblemKind::NotAllowed).into());
    }
    let versions = versions(store, scope, form)?;
    let mut exporter = Exporter::new(&versions, options, open)?;
    let mut failed = None;
    let valid = versions.last().zip(options.valid_at);
    let valid = valid.map(|(newest, at)| (Valid::of_form(newest), at));
    let walked = store.dataset_each(scope, form, &mut |row| {
        let mut row = row_of(row)?;
        if let Some((valid, at)) = &valid {
            if !valid.counts(&row.answers, *at) {
                return Ok(());
            }
            row.answers = valid.answers(&row.answers, *at);
        }
        exporter.row(&row).map_err(|error| {
            failed = Some(error);
            StoreError::Failed
        })
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    walked?;
    Ok(exporter.finish()?)
}

/// Every version ever published, oldest first; test versions are none.
fn versions<S: Forms + ?Sized>(store: &S, scope: &Scope, form: &str) -> Result<Vec<Form>, StoreError> {
    let mut numbers: Vec<u32> = store
        .form_list(scope)?
        .into_iter()
        .filter(|view| view.form == form)
        .map(|view| view.version)
        .collect();
    numbers.sort_unstable();
    if numbers.is_empty() {
        return Err(StoreError::NotFound);
    }
    let compile = |version| {
        let package = store.form_package(scope, form, version)?;
        Form::compile(package).map_err(|_| StoreError::Damaged("a published form no longer compiles"))
    };
    numbers.into_iter().map(compile).collect()
}

fn row_of(row: DatasetRow) -> Result<ExportRow, StoreError> {
    let answers =
        serde_json::from_str(&row.json).map_err(|_| StoreError::Damaged("a dataset row cannot be read"))?;
    let approved_at = jiff::Timestamp::from_millisecond(row.approved_ms);
    Ok(ExportRow {
        record: row.record.to_string(),
        form_version: row.form_version,
        area: row.area,
        subject: row.subject.map(|subject| subject.to_string()),
        approved_at: approved_at.map_or_else(|_| row.approved_ms.to_string(), |at| at.to_string()),
        answers,
    })
}
