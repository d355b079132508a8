//! Reports over the store: the dataset inside the asker's scope.

use crate::dataset::model::DatasetRow as StoredRow;
use crate::store::dataset::Datasets;
use crate::store::reports::Reports;
use crate::store::{Scope, StoreError};

use super::definition::{Definition, Fault};
use super::engine;
use super::plan::Plan;
use super::quoted::Quoted;
use super::result::{Frame, ReportResult};
use super::rows::{DatasetRow, Rows};

/// The reports a server knows, and the quoted figures they are compared with.
#[derive(Debug, Clone, Default)]
pub struct ReportSet {
    definitions: Vec<Definition>,
    quoted: Quoted,
}

/// Why a report could not be counted.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// No report has this name.
    #[error("there is no report {0}")]
    Unknown(String),
    /// The definition does not fit the published forms.
    #[error("{} faults in the report's definition", .0.len())]
    Faults(Vec<Fault>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ReportSet {
    /// A set of definitions with the quoted figures.
    pub fn new(definitions: Vec<Definition>, quoted: Quoted) -> ReportSet {
        ReportSet { definitions, quoted }
    }

    /// Names and titles.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// The quoted figures.
    pub fn quoted(&self) -> &Quoted {
        &self.quoted
    }

    /// Counts the named reports, or all of them when none is named, over what the scope covers. `drill` names the
    /// records behind each number. `now_ms` is the cut-off that is shown: what is approved by now.
    pub fn count<S: Datasets + Reports + ?Sized>(
        &self,
        store: &S,
        scope: &Scope,
        names: &[&str],
        now_ms: i64,
        drill: bool,
    ) -> Result<Vec<ReportResult>, ReportError> {
        let known = |name: &&&str| !self.definitions.iter().any(|definition| definition.id == ***name);
        if let Some(name) = names.iter().find(known) {
            return Err(ReportError::Unknown((*name).to_owned()));
        }
        let catalog = store.report_catalog(scope)?;
        let places = store.report_places(scope)?;
        let plans = self.plans(names, &catalog)?;
        let counted = engine::run(&plans, &StoreRows { store, scope }, &places, drill)?;
        let frame =
            Frame { catalog: &catalog, places: &places, quoted: &self.quoted, as_of_ms: now_ms, drill };
        Ok(plans
            .iter()
            .zip(&counted)
            .map(|(plan, counted)| ReportResult::of(plan, counted, &frame))
            .collect())
    }

    fn plans(&self, names: &[&str], catalog: &super::Catalog) -> Result<Vec<Plan>, ReportError> {
        let asked = self.definitions.iter();
        let asked = asked.filter(|definition| names.is_empty() || names.contains(&definition.id.as_str()));
        let (mut plans, mut faults) = (Vec::new(), Vec::new());
        for definition in asked {
            match Plan::check(definition.clone(), catalog) {
                Ok(plan) => plans.push(plan),
                Err(mut found) => faults.append(&mut found),
            }
        }
        if faults.is_empty() { Ok(plans) } else { Err(ReportError::Faults(faults)) }
    }
}

struct StoreRows<'a, S: ?Sized> {
    store: &'a S,
    scope: &'a Scope,
}

impl<S: Datasets + ?Sized> Rows for StoreRows<'_, S> {
    type Error = StoreError;

    fn visit(
        &self,
        form: &str,
        visit: &mut dyn FnMut(DatasetRow) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.store.dataset_each(self.scope, form, &mut |row| visit(row_of(row)?))
    }
}

fn row_of(row: StoredRow) -> Result<DatasetRow, StoreError> {
    let answers =
        serde_json::from_str(&row.json).map_err(|_| StoreError::Damaged("a dataset row cannot be read"))?;
    Ok(DatasetRow {
        record: row.record,
        form_version: row.form_version,
        area: row.area,
        subject: row.subject,
        answers,
        conflicts: row.conflicts,
    })
}
