//! The reports of the town survey over a made-up village: each figure moves, with its drill-down, when one record does.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use doorstep_records::RecordId;
use serde_json::{Map, Value as Json, json};

use super::definition::Words;
use super::result::{Frame, RowResult};
use super::*;

const MEMBER: &str = "0AAAAAAAAAAAAAAAAAAAAAAAAA";

struct Village(Vec<(&'static str, DatasetRow)>);

impl Rows for Village {
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

fn id(number: u8) -> RecordId {
    RecordId::from_parts(u64::from(number), [number; 10])
}

fn row(number: u8, subject: Option<u8>, answers: Json) -> DatasetRow {
    let Json::Object(answers) = answers else { panic!("answers are an object") };
    let subject = subject.map(id);
    DatasetRow {
        record: id(number),
        form_version: 1,
        area: "N1".into(),
        subject,
        answers,
        conflicts: 0,
        author: None,
        device: None,
    }
}

fn member(field: &str) -> String {
    format!("members/{MEMBER}/{field}")
}

/// Three registered households and one that is not poor (4); checks of the first two (11, 12).
fn village() -> Village {
    let household = |number: u8| {
        let registered = number < 4;
        let mut answers = Map::new();
        if registered {
            answers.insert("register_status".into(), json!("registered"));
        }
        answers.insert("poor".into(), json!(registered));
        answers.insert(member("active"), json!(true));
        ("household_register", row(number, None, Json::Object(answers)))
    };
    let check = |number: u8| {
        let answers = json!({
            "visit_outcome": "completed", "event_date": "2015-07-01", "household_attribute": "general_poor",
            "cause_main": "other", "members_found": 3,
        });
        ("sample_check", row(number, Some(number - 10), answers))
    };
    Village([1, 2, 3, 4].map(household).into_iter().chain([11, 12].map(check)).collect())
}

fn places() -> Places {
    let mut places = Places::default();
    let words = |name: &str| Words { zh: name.into(), en: name.into() };
    places.add("T", None, "town", words("T"));
    places.add("V1", Some("T"), "village", words("V1"));
    places.add("V2", Some("T"), "village", words("V2"));
    places.add("N1", Some("V1"), "natural_village", words("N1"));
    places.add("N2", Some("V2"), "natural_village", words("N2"));
    places
}

/// The reports of the town's survey: those of other places stand on other forms.
fn is_of_survey(name: &str) -> bool {
    matches!(name.strip_suffix(".json"), Some("T8a" | "T8b" | "T8c" | "T8d" | "T8e" | "T8f"))
}

struct Survey {
    plans: Vec<Plan>,
    catalog: Catalog,
    quoted: Quoted,
}

impl Survey {
    fn new() -> Survey {
        let mut catalog = Catalog::default();
        catalog.add_form(&fixtures::form("household_register"));
        catalog.add_form(&fixtures::form("sample_check"));
        let files = fixtures::files("reports");
        let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).unwrap();
        let quoted = Quoted::read(&text(&files["quoted/report8.tsv"]));
        let definitions = files.iter().filter(|(name, _)| is_of_survey(name));
        let plans = definitions
            .map(|(name, bytes)| {
                Plan::check(Definition::read(name, &text(bytes)).unwrap(), &catalog).unwrap()
            })
            .collect();
        Survey { plans, catalog, quoted }
    }

    fn figures(&self, village: &Village) -> BTreeMap<String, RowResult> {
        let places = places();
        let counts = Counts { drill: true, valid_at: None };
        let counted = run(&self.plans, village, &places, counts).unwrap();
        let frame = Frame {
            catalog: &self.catalog,
            places: &places,
            quoted: &self.quoted,
            as_of_ms: 0,
            area: None,
            valid_at: None,
            drill: true,
        };
        let results =
            self.plans.iter().zip(&counted).map(|(plan, counted)| ReportResult::of(plan, counted, &frame));
        let rows = results.flat_map(|result| result.rows);
        rows.filter_map(|row| Some((row.figure.clone()?, row))).collect()
    }
}

/// In the place of a path: who filled the record.
const AUTHOR: &str = "_author";

/// What one record changes so that a figure moves.
fn changes() -> Vec<(&'static str, usize, String, Json)> {
    let mut changes = vec![
        ("P8-01", 5, "event_date".to_owned(), json!("2015-07-02")),
        ("P8-28", 5, AUTHOR.to_owned(), json!("wang")),
        ("P8-19", 3, "poor".to_owned(), json!(true)),
        ("P8-20", 0, member("tekun"), json!(true)),
        ("P8-21", 0, member("dibao"), json!(true)),
        ("P8-22", 0, member("minority"), json!(true)),
        ("P8-23", 0, member("disabled"), json!(true)),
        ("P8-26", 3, "register_status".to_owned(), json!("registered")),
        ("P8-27", 3, "register_status".to_owned(), json!("registered")),
        ("P8-29", 5, "members_found".to_owned(), json!(5)),
        ("P8-30", 5, "household_attribute".to_owned(), json!("wubao")),
        ("P8-53", 5, "cause_main".to_owned(), json!("no_land")),
    ];
    let causes = [
        "illness",
        "transport",
        "disability",
        "disaster",
        "schooling",
        "no_land",
        "no_water",
        "no_skill",
        "no_labour",
        "no_capital",
        "no_industry",
        "low_motivation",
    ];
    let ids = ["31", "32", "33", "34", "35", "36", "37", "38", "39", "40", "41", "42"];
    for (number, (id, cause)) in ids.iter().zip(causes).enumerate() {
        let figure: &'static str = Box::leak(format!("P8-{id}").into_boxed_str());
        // By turns as the main and as another cause.
        let (path, value) = if number % 2 == 0 {
            ("cause_main".to_owned(), json!(cause))
        } else {
            (format!("causes_other/{cause}"), json!(true))
        };
        changes.push((figure, 5, path, value));
    }
    for (figure, living) in [
        ("P8-43", "water_difficulty"),
        ("P8-44", "grain_shortage"),
        ("P8-45", "road_blocked"),
        ("P8-46", "unsafe_house"),
    ] {
        changes.push((figure, 5, format!("living/{living}"), json!(true)));
    }
    changes
}

#[test]
fn one_record_moves_each_figure_and_its_drill_down() {
    let survey = Survey::new();
    let before = survey.figures(&village());
    let changes = changes();
    let covered: BTreeSet<&str> = changes.iter().map(|(figure, ..)| *figure).collect();
    assert_eq!(covered, before.keys().map(String::as_str).collect(), "each figure has its change");
    for (figure, position, path, value) in changes {
        let mut village = village();
        let row = &mut village.0[position].1;
        match path == AUTHOR {
            true => row.author = value.as_str().map(str::to_owned),
            false => drop(row.answers.insert(path.clone(), value)),
        }
        let after = survey.figures(&village);
        let values = |row: &RowResult| row.values.iter().map(|value| value.exact).collect::<Vec<_>>();
        let drill = |row: &RowResult| json!(row.values.iter().map(|value| &value.drill).collect::<Vec<_>>());
        assert_ne!(values(&before[figure]), values(&after[figure]), "{figure} when {path} changes");
        assert_ne!(
            drill(&before[figure]),
            drill(&after[figure]),
            "drill-down of {figure} when {path} changes"
        );
    }
}

#[test]
fn a_record_elsewhere_moves_the_places_counted() {
    let survey = Survey::new();
    let mut village = village();
    village.0[5].1.area = "N2".into();
    let values: Vec<_> =
        survey.figures(&village)["P8-29"].values.iter().map(|v| v.value.unwrap().to_string()).collect();
    assert_eq!(values, ["2", "2", "2", "6"]);
}

#[test]
fn a_household_checked_twice_counts_once() {
    let survey = Survey::new();
    let mut village = village();
    village.0[5].1.subject = Some(id(1));
    let sampled = &survey.figures(&village)["P8-29"];
    assert_eq!((sampled.values[0].value.unwrap().to_string(), sampled.records), ("1".to_owned(), 1));
}

#[test]
fn no_definition_holds_a_figure() {
    // A definition with a number that some figure has would be a place to cheat; 30 is the rule's own parameter.
    let quoted = String::from_utf8(fixtures::files("reports")["quoted/report8.tsv"].clone()).unwrap();
    let figures: BTreeSet<&str> = quoted
        .lines()
        .skip(1)
        .filter_map(|line| line.split('\t').nth(1))
        .flat_map(|values| values.split(';'))
        .filter(|value| value.len() > 2)
        .collect();
    for (name, bytes) in fixtures::files("reports").iter().filter(|(name, _)| is_of_survey(name)) {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let numbers = text.split(|c: char| !c.is_ascii_digit() && c != '.');
        let found: Vec<&str> = numbers.filter(|number| figures.contains(number)).collect();
        // 100 is the scale of a percentage.
        assert!(found.iter().all(|number| *number == "100"), "{name}: {found:?}");
    }
}
