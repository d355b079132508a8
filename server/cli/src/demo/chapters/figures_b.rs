//! The figures of reports 2 to 6 come out of the chapters' records: every filling is checked in full under its form, becomes a
//! dataset row, and the reports count the rows. (That the same rows arrive through phones and server is shown by the
//! machine's own tests and by one chapter below.)
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use doorstep_forms::{Answers, Context, Form, FormPackage, Mode, Outcome, Severity};
use doorstep_records::RecordId;
use doorstep_server::reports::qualifier::Qualifier;
use doorstep_server::reports::result::{Frame, RowResult};
use doorstep_server::reports::{
    Catalog, Counts, DatasetRow, Definition, Fields, Places, Plan, Quoted, ReportResult, Rows, run,
};
use serde_json::{Value, json};

use super::report2::Report2;
use super::report3::Report3;
use super::report4::Report4;
use super::report5::Report5;
use super::report6::Report6;
use super::{Chapter, Filling};

/// The day on which phones are opened in these tests.
const TODAY: &str = "2019-01-15";
/// A place that no chapter has.
const ELSEWHERE: &str = "elsewhere";

fn form(id: &str) -> Form {
    let files = doorstep_schemas::form_files(id, 1).unwrap_or_else(|| panic!("no form {id}"));
    Form::compile(FormPackage::from_files(files).unwrap()).unwrap()
}

/// Forms by id, compiled once.
fn forms(chapter: &dyn Chapter) -> BTreeMap<&'static str, Form> {
    chapter.forms().iter().map(|(id, _)| (*id, form(id))).collect()
}

/// The dataset of one chapter.
#[derive(Clone)]
pub(super) struct Book(pub(super) Vec<(&'static str, DatasetRow)>);

impl Rows for Book {
    type Error = Infallible;

    fn visit(
        &self,
        form: &str,
        _: &Fields,
        visit: &mut dyn FnMut(DatasetRow) -> Result<(), Infallible>,
    ) -> Result<(), Infallible> {
        self.0.iter().filter(|(of, _)| *of == form).try_for_each(|(_, row)| visit(row.clone()))
    }
}

fn id(number: usize) -> RecordId {
    RecordId::from_parts(1_450_000_000_000 + number as u64, [7; 10])
}

/// What a phone would hold, and what the full check says to it.
fn checked(form: &Form, filling: &Filling, subject: Option<(RecordId, &Answers)>) -> (Answers, Outcome) {
    let mut answers: Answers = filling.answers.iter().cloned().collect();
    assert_eq!(answers.len(), filling.answers.len(), "an answer given twice: {:?}", filling.answers);
    answers.insert("_date".into(), TODAY.into());
    if let Some((record, known)) = subject {
        answers.insert("_subject".into(), record.to_string().into());
        answers.extend(form.preload_answers(known));
    }
    let outcome = form.evaluate(&answers, &Context { mode: Mode::Full, previous: None });
    (answers, outcome)
}

/// Fills every record; none has an error, none an answer that its form does not know.
pub(super) fn book(chapter: &dyn Chapter) -> Book {
    let forms = forms(chapter);
    let mut rows: Vec<(&'static str, DatasetRow)> = Vec::new();
    for (number, filling) in chapter.fillings().enumerate() {
        let form = &forms[filling.form];
        let about = filling.about.map(|about| {
            assert!(about < number, "filling {number} is about a later one");
            let row = &rows[about].1;
            (row.record, row.answers.iter().map(|(path, value)| (path.clone(), value.clone())).collect())
        });
        let (answers, outcome) =
            checked(form, &filling, about.as_ref().map(|(record, known)| (*record, known)));
        let errors: Vec<_> = outcome.violations.iter().filter(|v| v.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "filling {number} of {}: {errors:#?}\n{answers:#?}", filling.form);
        assert!(outcome.unknown.is_empty(), "filling {number}: {:?}", outcome.unknown);
        let row = DatasetRow {
            record: id(number),
            form_version: 1,
            area: filling.area,
            subject: about.map(|(record, _)| record),
            answers: form.dataset_row(&outcome).into_iter().collect(),
            conflicts: 0,
            author: None,
            device: None,
        };
        rows.push((filling.form, row));
    }
    Book(rows)
}

/// The reports of this vertical over a chapter.
pub(super) struct Desk {
    plans: Vec<Plan>,
    catalog: Catalog,
    quoted: Quoted,
    places: Places,
    prefix: &'static str,
}

impl Desk {
    pub(super) fn new(chapter: &dyn Chapter, prefix: &'static str) -> Desk {
        let mut catalog = Catalog::default();
        let definitions = doorstep_schemas::report_definitions();
        let mine = definitions.iter().filter(|(id, _)| id.starts_with(prefix));
        let definitions: Vec<Definition> =
            mine.map(|(id, text)| Definition::read(&format!("{id}.json"), text).unwrap()).collect();
        let needed: BTreeSet<String> =
            definitions.iter().flat_map(|d| d.sources.values().map(|source| source.form.clone())).collect();
        for needed in needed {
            catalog.add_form(&form(&needed));
        }
        let plans = definitions.into_iter().map(|d| Plan::check(d, &catalog).unwrap()).collect();
        let quoted = Quoted::read_all(doorstep_schemas::quoted_texts());
        Desk { plans, catalog, quoted, places: places(chapter), prefix }
    }

    pub(super) fn figures(&self, book: &Book) -> BTreeMap<String, RowResult> {
        let counted = run(&self.plans, book, &self.places, Counts { drill: true, valid_at: None }).unwrap();
        let frame = Frame {
            catalog: &self.catalog,
            places: &self.places,
            quoted: &self.quoted,
            as_of_ms: 0,
            area: None,
            valid_at: None,
            drill: true,
        };
        let results = self.plans.iter().zip(&counted);
        let rows = results.flat_map(|(plan, counted)| ReportResult::of(plan, counted, &frame).rows);
        rows.filter_map(|row| Some((row.figure.clone()?, row))).collect()
    }
}

fn places(chapter: &dyn Chapter) -> Places {
    let mut places = Places::default();
    for line in chapter.areas().lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let name = doorstep_server::reports::definition::Words { zh: cells[3].into(), en: cells[3].into() };
        places.add(cells[0], Some(cells[1]), cells[2], name);
    }
    let elsewhere =
        doorstep_server::reports::definition::Words { zh: "别处".into(), en: "elsewhere".into() };
    places.add("elsewhere_village", None, "village", elsewhere.clone());
    places.add(ELSEWHERE, Some("elsewhere_village"), "group", elsewhere);
    places
}

/// Figures that the source contradicts itself: they are shown with the difference, never made to fit.
const CONTRADICTED: [&str; 2] = ["P6-01", "P6-03"];

/// Every figure of a report agrees with what is quoted; answers the ids.
fn agree(chapter: &dyn Chapter, prefix: &'static str) -> BTreeMap<String, RowResult> {
    let desk = Desk::new(chapter, prefix);
    let figures = desk.figures(&book(chapter));
    let number = desk.prefix.trim_start_matches('T');
    for quoted in doorstep_schemas::quoted().iter().filter(|q| q.id.starts_with(&format!("P{number}-"))) {
        if CONTRADICTED.contains(&quoted.id.as_str()) {
            continue;
        }
        let row = figures.get(&quoted.id).unwrap_or_else(|| panic!("{} is in no report", quoted.id));
        let values: Vec<String> =
            row.values.iter().map(|v| v.value.map_or_else(String::new, |v| v.to_string())).collect();
        let printed: Vec<String> =
            quoted.values.iter().map(|v| if v.contains('x') { String::new() } else { v.clone() }).collect();
        assert_eq!(values, printed, "{}: {}", quoted.id, row.definition.en);
        for value in &row.values {
            let masked = value.value.is_none();
            let printed = if masked { Qualifier::Masked } else { value.quoted_qualifier };
            assert_eq!(value.qualifier, printed, "{} {}", quoted.id, value.key);
        }
        assert!(row.records > 0, "{} counts records", quoted.id);
    }
    figures
}

#[test]
fn report_2_comes_out_of_its_records() {
    let figures = agree(&Report2::read().unwrap(), "T2");
    assert_eq!(figures["P2-21"].records, 2_702);
}

#[test]
fn report_3_comes_out_of_its_records() {
    assert_eq!(agree(&Report3::read().unwrap(), "T3")["P3-03"].records, 38);
}

#[test]
fn report_4_comes_out_of_its_records() {
    let figures = agree(&Report4::read().unwrap(), "T4");
    assert_eq!(figures.len(), 13);
}

#[test]
fn report_5_comes_out_of_its_records() {
    assert_eq!(agree(&Report5::read().unwrap(), "T5").len(), 10);
}

#[test]
fn report_6_comes_out_of_its_records_and_shows_what_contradicts_itself() {
    let figures = agree(&Report6::read().unwrap(), "T6");
    let differences = |figure: &str| -> Vec<String> {
        figures[figure].values.iter().map(|value| value.difference.unwrap().to_string()).collect()
    };
    assert_eq!(differences("P6-01"), ["7"], "16 and 8 projects are not 17");
    assert_eq!(differences("P6-03"), ["0", "0", "90"], "the items add up to 90 yuan more");
}

/// The same places with fewer people, so that many changes can be tried.
fn few(mut plan: Value, changes: &[(&str, Value)]) -> String {
    for (pointer, value) in changes {
        *plan.pointer_mut(pointer).unwrap() = value.clone();
    }
    plan.to_string()
}

fn plan(chapter: &str) -> Value {
    serde_json::from_str(doorstep_schemas::demo_plan(chapter)).unwrap()
}

fn small_report_2() -> Report2 {
    let changes = [
        ("/poor", json!({"households": 90, "persons": 400})),
        ("/others", json!({"households": 10, "persons": 41})),
        ("/able_to_work", json!(220)),
        ("/disaster/households", json!(6)),
        ("/disaster/persons", json!(30)),
        ("/disaster/relief/payments", json!(4)),
        ("/disaster/assistance/payments", json!(6)),
        ("/returned_persons", json!(12)),
        ("/living_aid/payments", json!(34)),
    ];
    Report2::of(&few(plan("report2"), &changes)).unwrap()
}

/// For every figure: each record behind a value, taken out, moves the value and is gone from the drill-down; what counts
/// places moves when a record moves elsewhere.
fn moves(chapter: &dyn Chapter, prefix: &'static str) {
    let (desk, book) = (Desk::new(chapter, prefix), book(chapter));
    let before = desk.figures(&book);
    assert!(!before.is_empty());
    for (figure, row) in &before {
        for (position, value) in row.values.iter().enumerate() {
            if value.qualifier == Qualifier::Masked {
                assert_eq!(value.exact, None, "{figure}: no digit is guessed");
                continue;
            }
            let record = value.drill.as_ref().unwrap().first().unwrap().record;
            let without = Book(book.0.iter().filter(|(_, row)| row.record != record).cloned().collect());
            let mut moved = book.clone();
            moved.0.iter_mut().find(|(_, row)| row.record == record).unwrap().1.area = ELSEWHERE.to_owned();
            let after = &desk.figures(&without)[figure].values[position];
            let told = format!("{figure} {} without {record}", value.key);
            assert_ne!(after.drill, value.drill, "{told}");
            assert!(after.drill.as_ref().unwrap().iter().all(|behind| behind.record != record), "{told}");
            let elsewhere = &desk.figures(&moved)[figure].values[position];
            assert!(after.exact != value.exact || elsewhere.exact != value.exact, "{told}");
        }
    }
}

#[test]
fn a_record_taken_out_or_moved_moves_each_figure_of_report_2() {
    moves(&small_report_2(), "T2");
}

#[test]
fn a_record_taken_out_or_moved_moves_each_figure_of_report_3() {
    moves(&Report3::read().unwrap(), "T3");
}

#[test]
fn a_record_taken_out_or_moved_moves_each_figure_of_report_4() {
    moves(&Report4::read().unwrap(), "T4");
}

#[test]
fn a_record_taken_out_or_moved_moves_each_figure_of_report_5() {
    moves(&Report5::read().unwrap(), "T5");
}

#[test]
fn a_record_taken_out_or_moved_moves_each_figure_of_report_6() {
    moves(&Report6::read().unwrap(), "T6");
}

#[test]
fn one_answer_changed_moves_its_figure_and_names_its_record() {
    let chapter = Report6::read().unwrap();
    let (desk, book) = (Desk::new(&chapter, "T6"), book(&chapter));
    let before = desk.figures(&book);
    let mut changed = book.clone();
    let rain_dew = |(_, row): &&mut (&str, DatasetRow)| row.answers.values().any(|value| value == "rain_dew");
    let (_, row) = changed.0.iter_mut().find(rain_dew).unwrap();
    let record = row.record;
    let amount = row.answers.iter_mut().rfind(|(path, _)| path.ends_with("/signed_amount"));
    *amount.unwrap().1 = "1600".into();
    let after = desk.figures(&changed);
    let (old, new) = (&before["P6-04"].values[1], &after["P6-04"].values[1]);
    assert_eq!(new.exact.unwrap() - old.exact.unwrap(), 100.into());
    assert!(new.drill.as_ref().unwrap().iter().any(|behind| behind.record == record));
    assert_ne!(new.drill, old.drill);
    assert_eq!(before["P6-05"].values, after["P6-05"].values, "another item does not move");
}

#[test]
fn chapters_are_the_same_each_time_and_lie_in_their_places() {
    let chapters: [Box<dyn Chapter>; 5] = [
        Box::new(small_report_2()),
        Box::new(Report3::read().unwrap()),
        Box::new(Report4::read().unwrap()),
        Box::new(Report5::read().unwrap()),
        Box::new(Report6::read().unwrap()),
    ];
    for chapter in chapters {
        let codes: BTreeSet<&str> =
            chapter.areas().lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        assert!(codes.contains(chapter.root()), "{}", chapter.name());
        assert!(chapter.fillings().eq(chapter.fillings()), "{}", chapter.name());
        for filling in chapter.fillings() {
            assert!(codes.contains(filling.area.as_str()), "{}: {}", chapter.name(), filling.area);
            assert!(filling.area.starts_with(chapter.root().trim_end_matches('0')), "{}", filling.area);
            assert!(chapter.forms().iter().any(|(form, _)| *form == filling.form), "{}", filling.form);
        }
    }
}
