//! Reports 7, 8 and 9: the chapters' records are valid, and the reports count the quoted figures from them. One record
//! changed moves the figure and its drill-down.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use doorstep_forms::{Answers, Context, Form, FormPackage, Mode, Severity};
use doorstep_records::RecordId;
use doorstep_server::reports::definition::Words;
use doorstep_server::reports::result::{Frame, RowResult};
use doorstep_server::reports::{
    Catalog, Counts, DatasetRow, Definition, Fields, Places, Plan, Quoted, ReportResult, Rows, run,
};
use serde_json::{Map, Value, json};

use super::report7::Report7;
use super::report8::Report8;
use super::report9::Report9;
use super::{Chapter, Filling};

/// The share of poor persons needs the survey's registers beside the profiles: the demo of all reports counts it.
const WITH_THE_SURVEY: &str = "P8-24";

/// A chapter with the reports that count only its records.
struct Case {
    chapter: Box<dyn Chapter>,
    reports: &'static [&'static str],
}

fn cases() -> [Case; 3] {
    [
        Case { chapter: Box::new(Report7::read().unwrap()), reports: &["T7"] },
        Case { chapter: Box::new(Report8::read().unwrap()), reports: &["T8g", "T8h", "T8i"] },
        Case { chapter: Box::new(Report9::read().unwrap()), reports: &["T9a", "T9b"] },
    ]
}

struct Forms(BTreeMap<String, Form>, Catalog);

impl Forms {
    fn new() -> Forms {
        let (mut newest, mut catalog) = (BTreeMap::new(), Catalog::default());
        for (id, version) in doorstep_schemas::forms() {
            let files = doorstep_schemas::form_files(&id, version).unwrap();
            let form = Form::compile(FormPackage::from_files(files).unwrap()).unwrap();
            catalog.add_form(&form);
            newest.insert(id, form);
        }
        Forms(newest, catalog)
    }

    /// The dataset row of a filling; its errors fail the test.
    fn row(&self, number: usize, filling: &Filling) -> DatasetRow {
        let form = &self.0[filling.form];
        let mut answers: BTreeMap<String, Value> = filling.answers.iter().cloned().collect();
        assert_eq!(answers.len(), filling.answers.len(), "{filling:?} answers a question twice");
        answers.insert("_date".to_owned(), json!("2019-01-10"));
        if let Some(about) = filling.about {
            answers.insert("_subject".to_owned(), json!(id(about).to_string()));
        }
        let answers: Answers = serde_json::from_value(json!(answers)).unwrap();
        let outcome = form.evaluate(&answers, &Context { mode: Mode::Full, previous: None });
        let errors: Vec<_> = outcome.violations.iter().filter(|v| v.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{number} {} in {}: {errors:#?}", filling.form, filling.area);
        assert!(outcome.unknown.is_empty(), "{} in {}: {:?}", filling.form, filling.area, outcome.unknown);
        let answers: Map<String, Value> = form.dataset_row(&outcome).into_iter().collect();
        DatasetRow {
            record: id(number),
            form_version: form.manifest().version,
            area: filling.area.clone(),
            subject: filling.about.map(id),
            answers,
            conflicts: 0,
            author: None,
            device: None,
        }
    }
}

fn id(number: usize) -> RecordId {
    RecordId::from_parts(number as u64, [7; 10])
}

/// Fillings in memory, those below an area.
struct Dataset<'a> {
    rows: &'a [(&'static str, DatasetRow)],
    places: &'a Places,
    area: &'a str,
}

impl Rows for Dataset<'_> {
    type Error = Infallible;

    fn visit(
        &self,
        form: &str,
        _: &Fields,
        visit: &mut dyn FnMut(DatasetRow) -> Result<(), Infallible>,
    ) -> Result<(), Infallible> {
        let inside = |row: &DatasetRow| self.places.line(&row.area).contains(&self.area);
        self.rows
            .iter()
            .filter(|(of, row)| *of == form && inside(row))
            .try_for_each(|(_, row)| visit(row.clone()))
    }
}

fn places() -> Places {
    let mut places = Places::default();
    let texts = [
        doorstep_schemas::areas_demo(),
        doorstep_schemas::areas_of("report7"),
        doorstep_schemas::areas_of("report9"),
    ];
    for line in texts.into_iter().flat_map(|text| text.lines().skip(1)) {
        let cells: Vec<&str> = line.split(',').collect();
        let words = Words { zh: cells[3].into(), en: cells[4].into() };
        places.add(cells[0], Some(cells[1]), cells[2], words);
    }
    places
}

fn quoted() -> Quoted {
    Quoted::read_all(doorstep_schemas::quoted_texts())
}

/// Each figure of the reports, counted over the area it speaks of.
fn figures(
    forms: &Forms,
    rows: &[(&'static str, DatasetRow)],
    reports: &[&str],
) -> BTreeMap<String, RowResult> {
    let definitions = doorstep_schemas::report_definitions();
    let plan = |name: &&str| {
        let definition = Definition::read(&format!("{name}.json"), definitions[*name]).unwrap();
        Plan::check(definition, &forms.1).unwrap_or_else(|faults| panic!("{name}: {faults:#?}"))
    };
    let plans: Vec<Plan> = reports.iter().map(plan).collect();
    let (places, quoted) = (places(), quoted());
    let named = plans.iter().flat_map(|plan| &plan.definition.rows).filter_map(|row| row.figure.clone());
    let area_of = |figure: &str| quoted.get(figure).and_then(|quoted| quoted.area.clone()).unwrap();
    let areas: BTreeSet<String> = named.map(|figure| area_of(&figure)).collect();
    let mut figures = BTreeMap::new();
    for area in areas {
        let dataset = Dataset { rows, places: &places, area: &area };
        let counted = run(&plans, &dataset, &places, Counts { drill: true, valid_at: None }).unwrap();
        let frame = Frame {
            catalog: &forms.1,
            places: &places,
            quoted: &quoted,
            as_of_ms: 0,
            area: Some(&area),
            valid_at: None,
            drill: true,
        };
        for (plan, counted) in plans.iter().zip(&counted) {
            for row in ReportResult::of(plan, counted, &frame).rows {
                if let Some(figure) = row.figure.clone().filter(|figure| area_of(figure) == area) {
                    figures.insert(figure, row);
                }
            }
        }
    }
    figures
}

fn rows_of(forms: &Forms, fillings: &[Filling]) -> Vec<(&'static str, DatasetRow)> {
    fillings.iter().enumerate().map(|(number, filling)| (filling.form, forms.row(number, filling))).collect()
}

#[test]
fn the_quoted_figures_are_counted_from_the_records() {
    let (forms, quoted) = (Forms::new(), quoted());
    let (mut reproduced, mut owed, mut wrong) = (0, 0, Vec::new());
    for case in cases() {
        let fillings: Vec<Filling> = case.chapter.fillings().collect();
        for (figure, row) in figures(&forms, &rows_of(&forms, &fillings), case.reports) {
            let printed = quoted.get(&figure).unwrap();
            let pairs = row.values.iter().zip(&printed.values);
            let shown: Vec<_> = pairs.map(|(value, printed)| (value.value, &printed.text)).collect();
            println!("{figure} {shown:?} {}", printed.fails.as_ref().map_or("", |fails| &fails.en));
            // Where the source contradicts itself, the records hold the other side, or the same.
            if printed.fails.is_some() || figure == WITH_THE_SURVEY {
                continue;
            }
            owed += 1;
            if printed.is_reproduced_by(&row) {
                reproduced += 1;
            } else {
                wrong.push(format!("{figure}: {shown:?}"));
            }
        }
    }
    println!("{reproduced} of {owed}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(owed >= 55, "{owed}");
}

/// Changes one answer of one record: which record, which path, to what, and which figure moves.
type Change = (&'static str, &'static str, Value, &'static [&'static str]);

fn changes() -> [(usize, Vec<Change>); 3] {
    [
        (
            0,
            vec![
                ("household_register", "staff_land_mu", json!("99"), &["P7-03"]),
                ("household_register", "/amount", json!("31000"), &["P7-02"]),
            ],
        ),
        (
            1,
            vec![
                ("community_profile", "persons", json!(24_800), &["P8-05"]),
                ("community_profile", "forest_ha", json!("4999"), &["P8-09"]),
                ("community_profile", "/jobs", json!(7), &["P8-12"]),
                ("community_profile", "/pupils", json!(1), &["P8-77"]),
                ("community_profile", "labour_migrant", json!(1), &["P8-90"]),
                ("community_profile", "migrant_income", json!("1"), &["P8-91"]),
                ("community_profile", "paved_access", json!(true), &["P8-51"]),
            ],
        ),
        (
            2,
            vec![
                ("community_profile", "annual_rain_mm", json!("500"), &["P9-01"]),
                ("asset_tag_ledger", "unit_price", json!("1000"), &["P9-15"]),
                ("asset_tag_ledger", "role", json!("wether"), &["P9-15"]),
                ("project_fund_ledger", "/amount", json!("400000"), &["P9-11"]),
            ],
        ),
    ]
}

#[test]
fn one_answer_changed_moves_the_figure_and_its_drill_down() {
    let forms = Forms::new();
    let cases = cases();
    for (number, changes) in changes() {
        let case = &cases[number];
        let fillings: Vec<Filling> = case.chapter.fillings().collect();
        let before = rows_of(&forms, &fillings);
        let counted = figures(&forms, &before, case.reports);
        for (form, path, value, moved) in changes {
            let ends = |at: &str| at == path || path.starts_with('/') && at.ends_with(path);
            let place = fillings
                .iter()
                .position(|filling| filling.form == form && filling.answers.iter().any(|(at, _)| ends(at)))
                .unwrap_or_else(|| panic!("no {form} answers {path}"));
            let mut rows = before.clone();
            let answers = &mut rows[place].1.answers;
            let key = answers.keys().find(|at| ends(at)).unwrap().clone();
            answers.insert(key, value);
            if form == "household_register" {
                // What follows from an answer follows in the dataset too.
                let mut changed = fillings[place].clone();
                let answer = changed.answers.iter_mut().find(|(at, _)| ends(at)).unwrap();
                answer.1 = rows[place].1.answers[&answer.0].clone();
                rows[place].1 = forms.row(place, &changed);
            }
            let after = figures(&forms, &rows, case.reports);
            for figure in moved {
                let (old, new) = (&counted[*figure], &after[*figure]);
                let exact =
                    |row: &RowResult| row.values.iter().map(|v| format!("{:?}", v.exact)).collect::<Vec<_>>();
                assert_ne!(exact(old), exact(new), "{figure} does not move with {path}");
                let drill = |row: &RowResult| json!(row.values.iter().map(|v| &v.drill).collect::<Vec<_>>());
                // A formula only names the records behind it.
                let names = |row: &RowResult| drill(row).to_string().contains(&id(place).to_string());
                assert!(
                    names(old) || names(new),
                    "{figure} does not name the record that moved it by {path}"
                );
                let gives = drill(old).to_string().replace("\"gives\":1,", "");
                let counts = gives.contains("\"gives\":");
                assert!(
                    !counts || drill(old) != drill(new),
                    "the drill-down of {figure} does not move with {path}"
                );
            }
        }
    }
}
