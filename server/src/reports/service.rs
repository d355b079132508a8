//! Reports over the store: the dataset inside the asker's scope, over an area, as of an instant, valid at a date.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::dataset::model::DatasetRow as StoredRow;
use crate::store::dataset::Datasets;
use crate::store::reports::Reports;
use crate::store::{Scope, StoreError};

use super::Catalog;
use super::definition::{Definition, Fault, RowDefinition};
use super::engine::{self, Counts};
use super::fields;
use super::plan::Plan;
use super::quoted::Quoted;
use super::result::{Frame, ReportResult};
use super::rows::{DatasetRow, Fields, Places, Rows};

/// The reports a server knows, and the quoted figures they are compared with.
#[derive(Debug, Clone, Default)]
pub struct ReportSet {
    definitions: Vec<Definition>,
    quoted: Quoted,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// Names of the reports; all of them when none is named.
    pub names: &'a [&'a str],
    /// Code of the area to count over; none for all that the scope covers.
    pub area: Option<&'a str>,
    /// Count each row that reproduces a quoted figure over the area (and at the date) that the figure speaks of.
    pub by_figure: bool,
    /// Count what was approved by this instant, milliseconds since 1970 UTC; none for now.
    pub as_of_ms: Option<i64>,
    /// Count what holds for this date; none for everything.
    pub valid_at: Option<Date>,
    /// The clock, milliseconds since 1970 UTC: the cut-off that is shown when none is asked for.
    pub now_ms: i64,
    /// Name the records behind each number.
    pub drill: bool,
}

/// Why a report could not be counted.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// No report has this name.
    #[error("there is no report {0}")]
    Unknown(String),
    /// No area has this code, or it lies outside of what the asker may see.
    #[error("there is no area {0}")]
    UnknownArea(String),
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
        self.count_asked(store, scope, &Asked { names, now_ms, drill, ..Asked::default() })
    }

    /// Counts what is asked for, within the scope.
    pub fn count_asked<S: Datasets + Reports + ?Sized>(
        &self,
        store: &S,
        scope: &Scope,
        asked: &Asked<'_>,
    ) -> Result<Vec<ReportResult>, ReportError> {
        let unknown = |name: &&&str| !self.definitions.iter().any(|definition| definition.id == ***name);
        if let Some(name) = asked.names.iter().find(unknown) {
            return Err(ReportError::Unknown((*name).to_owned()));
        }
        let catalog = store.report_catalog(scope)?;
        let places = store.report_places(&scope.as_of(asked.as_of_ms))?;
        let known = |area: &&str| !places.line(area).is_empty() && scope.covers(&path_of(&places, area));
        if let Some(area) = asked.area.filter(|area| !known(area)) {
            return Err(ReportError::UnknownArea(area.to_owned()));
        }
        let plans = self.plans(asked.names, &catalog)?;
        let views: Vec<Views> = plans.iter().map(|plan| self.views(plan, asked)).collect();
        let counting =
            Counting { store, scope, catalog: &catalog, places: &places, quoted: &self.quoted, asked };
        let mut counted = counting.views(&plans, &views)?;
        let whole = plans.iter().zip(views).enumerate();
        Ok(whole.filter_map(|(number, (_, views))| views.assemble(number, &mut counted)).collect())
    }

    /// Over what each row of a plan is counted.
    fn views(&self, plan: &Plan, asked: &Asked<'_>) -> Views {
        let usual = View { area: asked.area.map(str::to_owned), valid_at: asked.valid_at };
        if !asked.by_figure {
            return Views { main: usual, rows: BTreeMap::new() };
        }
        let quoted = |row: &RowDefinition| {
            let figure = self.quoted.get(row.figure.as_deref()?)?;
            let area = asked.area.map(str::to_owned).or_else(|| figure.area.clone());
            Some(View { area, valid_at: asked.valid_at.or(figure.valid_at) })
        };
        let rows: Vec<Option<View>> = plan.definition.rows.iter().map(quoted).collect();
        let mut often: BTreeMap<&View, usize> = BTreeMap::new();
        rows.iter().flatten().for_each(|view| *often.entry(view).or_default() += 1);
        let main = often.into_iter().max_by_key(|(_, rows)| *rows).map_or(usual, |(view, _)| view.clone());
        let other = |view: &View| *view != main;
        let rows = rows.into_iter().enumerate().filter_map(|(n, view)| Some((n, view.filter(other)?)));
        Views { rows: rows.collect(), main }
    }

    fn plans(&self, names: &[&str], catalog: &super::Catalog) -> Result<Vec<Plan>, ReportError> {
        let asked = self.definitions.iter();
        let asked = asked.filter(|definition| names.is_empty() || names.contains(&definition.id.as_str()));
        let (mut plans, mut faults) = (Vec::new(), Vec::new());
        // A deployment need not use every form: asked for all at once, reports over others rest.
        let lacks = |definition: &&Definition| {
            definition.sources.values().any(|source| catalog.doc_type(&source.form).is_none())
        };
        // Where none fits, all are named with what they lack.
        let some_fit = self.definitions.iter().any(|definition| !lacks(&definition));
        for definition in asked.filter(|definition| !(names.is_empty() && some_fit && lacks(definition))) {
            match Plan::check(definition.clone(), catalog) {
                Ok(plan) => plans.push(plan),
                Err(mut found) => faults.append(&mut found),
            }
        }
        if faults.is_empty() { Ok(plans) } else { Err(ReportError::Faults(faults)) }
    }
}

/// Over which records a figure is counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct View {
    area: Option<String>,
    valid_at: Option<Date>,
}

/// The view of most rows of a report, and those of the others by their number.
struct Views {
    main: View,
    rows: BTreeMap<usize, View>,
}

/// Results by view and number of the plan.
type CountedViews = BTreeMap<View, BTreeMap<usize, ReportResult>>;

impl Views {
    fn needs(&self, view: &View) -> bool {
        self.main == *view || self.rows.values().any(|own| own == view)
    }

    /// The report of a plan with each row from its own view.
    fn assemble(&self, plan: usize, counted: &mut CountedViews) -> Option<ReportResult> {
        let mut whole = counted.get_mut(&self.main)?.remove(&plan)?;
        for (number, view) in &self.rows {
            let Some(other) = counted.get(view).and_then(|results| results.get(&plan)) else { continue };
            if let (Some(row), Some(own)) = (whole.rows.get_mut(*number), other.rows.get(*number)) {
                *row = own.clone();
                for facts in &other.forms {
                    if !whole.forms.contains(facts) {
                        whole.forms.push(facts.clone());
                    }
                }
            }
        }
        whole.forms.sort();
        Some(whole)
    }
}

/// Everything a count needs.
struct Counting<'a, S: ?Sized> {
    store: &'a S,
    scope: &'a Scope,
    catalog: &'a Catalog,
    places: &'a Places,
    quoted: &'a Quoted,
    asked: &'a Asked<'a>,
}

impl<S: Datasets + ?Sized> Counting<'_, S> {
    /// Counts every view once, for all plans that need it.
    fn views(&self, plans: &[Plan], views: &[Views]) -> Result<CountedViews, StoreError> {
        let mut counted = CountedViews::new();
        let all = views.iter().flat_map(|own| std::iter::once(&own.main).chain(own.rows.values()));
        for view in all {
            if counted.contains_key(view) {
                continue;
            }
            let needing = plans.iter().enumerate().filter(|(number, _)| views[*number].needs(view));
            let (numbers, plans): (Vec<usize>, Vec<Plan>) =
                needing.map(|(number, plan)| (number, plan.clone())).unzip();
            let results = numbers.into_iter().zip(self.view(&plans, view)?).collect();
            counted.insert(view.clone(), results);
        }
        Ok(counted)
    }

    fn view(&self, plans: &[Plan], view: &View) -> Result<Vec<ReportResult>, StoreError> {
        let mut scope = self.scope.as_of(self.asked.as_of_ms);
        if let Some(area) = &view.area {
            scope = scope.below(&path_of(self.places, area));
        }
        let rows = StoreRows { store: self.store, scope: &scope };
        let counts = Counts { drill: self.asked.drill, valid_at: view.valid_at };
        let counted = engine::run(plans, &rows, self.places, counts)?;
        let frame = Frame {
            catalog: self.catalog,
            places: self.places,
            quoted: self.quoted,
            as_of_ms: self.asked.as_of_ms.unwrap_or(self.asked.now_ms),
            area: view.area.as_deref(),
            valid_at: view.valid_at,
            drill: self.asked.drill,
        };
        let results = plans.iter().zip(&counted);
        Ok(results.map(|(plan, counted)| ReportResult::of(plan, counted, &frame)).collect())
    }
}

/// The path of an area as scopes know it; one that nothing has for an area that is not known.
fn path_of(places: &Places, code: &str) -> String {
    let line = places.line(code);
    let line = if line.is_empty() { vec![code] } else { line };
    line.iter().map(|code| format!("{code}/")).collect()
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
        fields: &Fields,
        visit: &mut dyn FnMut(DatasetRow) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.store.dataset_each(self.scope, form, &mut |row| visit(row_of(row, fields)?))
    }
}

fn row_of(row: StoredRow, fields: &Fields) -> Result<DatasetRow, StoreError> {
    let answers =
        fields::read(&row.json, fields).map_err(|_| StoreError::Damaged("a dataset row cannot be read"))?;
    Ok(DatasetRow {
        record: row.record,
        form_version: row.form_version,
        area: row.area,
        subject: row.subject,
        answers,
        conflicts: row.conflicts,
        author: Some(row.author.to_string()),
        device: row.device.map(|device| device.to_string()),
    })
}
