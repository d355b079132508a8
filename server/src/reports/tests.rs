//! The engine over made-up rows of a made-up form: what a figure is, and what moves it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use doorstep_forms::expr::{RecordType, Type};
use doorstep_records::RecordId;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json, json};

use super::definition::Words;
use super::result::Frame;
use super::*;

struct Town(Vec<(&'static str, DatasetRow)>);

impl Rows for Town {
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
    RecordId::from_parts(1_700_000_000_000 + u64::from(number), [number; 10])
}

fn row(number: u8, area: &str, subject: Option<u8>, answers: Json) -> DatasetRow {
    let Json::Object(answers) = answers else { panic!("answers are an object") };
    DatasetRow {
        record: id(number),
        form_version: 1,
        area: area.into(),
        subject: subject.map(id),
        answers,
        conflicts: 0,
        author: Some(format!("user {}", number % 2)),
        device: None,
    }
}

const HEAD: &str = "0HHHHHHHHHHHHHHHHHHHHHHHHH";
const CHILD: &str = "1CCCCCCCCCCCCCCCCCCCCCCCCC";

/// Three households (one not poor) in two villages, three checks of two of them.
fn town() -> Town {
    let member = |row: &str, field: &str| format!("members/{row}/{field}");
    let household = |number, area, poor: bool| {
        let mut answers = Map::new();
        answers.insert("poor".into(), json!(poor));
        answers.insert("land".into(), json!("1.25"));
        for row in [HEAD, CHILD] {
            answers.insert(member(row, "active"), json!(row == HEAD || number != 2));
        }
        row(number, area, None, Json::Object(answers))
    };
    let check = |number, area, subject, date, causes: &[&str]| {
        let mut answers = Map::new();
        answers.insert("event_date".into(), json!(date));
        for cause in causes {
            answers.insert(format!("causes/{cause}"), json!(true));
        }
        row(number, area, Some(subject), Json::Object(answers))
    };
    Town(vec![
        ("household", household(1, "V1G", true)),
        ("household", household(2, "V1G", true)),
        ("household", household(3, "V2", false)),
        ("check", check(11, "V1G", 1, "2015-07-02", &["illness", "land"])),
        ("check", check(12, "V1G", 1, "2015-07-01", &["illness"])),
        ("check", check(13, "V2", 2, "2015-07-03", &["illness"])),
    ])
}

fn places() -> Places {
    let mut places = Places::default();
    let words = |name: &str| Words { zh: name.into(), en: name.into() };
    places.add("T", None, "town", words("T"));
    places.add("V1", Some("T"), "village", words("V1"));
    places.add("V2", Some("T"), "village", words("V2"));
    places.add("V1G", Some("V1"), "group", words("V1G"));
    places
}

fn record(template: &str, fields: &[(&str, Type)]) -> Type {
    let fields = fields.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect();
    Type::Record(Arc::new(RecordType { template: template.into(), fields, ..RecordType::default() }))
}

fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    let facts = |form: &str| FormFacts {
        form: form.into(),
        version: 1,
        hash: "00".into(),
        code_lists: BTreeMap::from([("relation".into(), "abcdef0123".into())]),
    };
    let members = Type::list(record("members/*", &[("active", Type::Bool)]));
    catalog.add(
        facts("household"),
        record("", &[("poor", Type::Bool), ("land", Type::Num), ("members", members)]),
    );
    let causes = RecordType {
        template: "causes".into(),
        open: Some(Type::Bool),
        multi: true,
        ..RecordType::default()
    };
    let causes = Type::Record(Arc::new(causes));
    catalog.add(facts("check"), record("", &[("event_date", Type::Date), ("causes", causes)]));
    catalog
}

fn words() -> Json {
    json!({"zh": "字", "en": "words"})
}

fn value(key: &str, rest: Json) -> Json {
    let mut value = json!({"key": key, "unit": words()});
    value.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    value
}

fn report_row(key: &str, figure: &str, values: Vec<Json>) -> Json {
    json!({"key": key, "label": words(), "definition": words(), "figure": figure, "values": values})
}

fn definition() -> Json {
    let illness = json!({"count": {"source": "checked", "where": "doc.causes.illness"}});
    json!({
        "format": 1, "id": "T", "title": words(),
        "sources": {
            "poor": {"form": "household", "where": "doc.poor"},
            "persons": {"form": "household", "where": "doc.poor", "each": "members"},
            "checked": {"form": "check", "one_per": "subject"},
            "visits": {"form": "check"},
        },
        "params": {"rate": "0.30"},
        "measures": {"poor": {"count": {"source": "poor"}}, "checked": {"count": {"source": "checked"}}},
        "by": ["area.village"],
        "rows": [
            report_row("poor", "F-1", vec![
                value("households", json!({"count": {"source": "poor"}})),
                value("persons", json!({"count": {"source": "persons", "where": "row.active"}})),
                value("land", json!({"sum": {"source": "poor", "of": "doc.land"}, "decimals": 1})),
            ]),
            report_row("illness", "F-2", vec![
                value("households", illness),
                value("share", json!({"ratio": {
                    "numerator": "values.households", "denominator": "measures.poor", "scale": "100"}})),
            ]),
            report_row("cover", "F-3", vec![
                value("visits", json!({"count": {"source": "visits"}})),
                value("villages", json!({"distinct": {"source": "checked", "of": "area.village"}})),
            ]),
            report_row("due", "F-4", vec![
                value("rate", json!({"formula": "params.rate * 100"})),
                value("due", json!({"formula": "floor(params.rate * measures.poor * 10)"})),
            ]),
            report_row("land", "F-5", vec![
                value("share", json!({"decimals": 2, "ratio": {
                    "numerator": "measures.checked", "denominator": "measures.poor", "scale": "33.335"}})),
            ]),
        ],
    })
}

fn plan() -> Plan {
    let definition = Definition::read("T.json", &definition().to_string()).unwrap();
    Plan::check(definition, &catalog()).unwrap()
}

fn quoted() -> Quoted {
    Quoted::read(
        "id\tvalues\tunit\nF-1\t2;4;2.5\t户;人;亩\nF-2\t2;99.9\t户;%\nF-4\t30;6\t%;户\nF-5\t2x\t户\n",
    )
}

fn report(town: &Town) -> ReportResult {
    let plan = plan();
    let counts = Counts { drill: true, valid_at: None };
    let counted = run(std::slice::from_ref(&plan), town, &places(), counts).unwrap();
    let (catalog, places, quoted) = (catalog(), places(), quoted());
    let frame = Frame {
        catalog: &catalog,
        places: &places,
        quoted: &quoted,
        as_of_ms: 0,
        area: None,
        valid_at: None,
        drill: true,
    };
    ReportResult::of(&plan, &counted[0], &frame)
}

fn values(result: &ReportResult) -> Vec<Vec<String>> {
    let text = |value: &result::ValueResult| value.value.map_or("null".into(), |v| v.to_string());
    result.rows.iter().map(|row| row.values.iter().map(text).collect()).collect()
}

/// The total of a drill-down, counted by its own rule.
fn sum(value: &result::ValueResult) -> Decimal {
    let drill = value.drill.as_ref().unwrap();
    if drill.iter().any(|behind| behind.gives.is_array()) {
        let all = drill.iter().flat_map(|behind| behind.gives.as_array().unwrap());
        return all.map(Json::to_string).collect::<std::collections::BTreeSet<_>>().len().into();
    }
    drill.iter().map(|behind| behind.gives.to_string().parse::<Decimal>().unwrap()).sum()
}

#[test]
fn figures_come_from_the_rows() {
    let result = report(&town());
    let expected: [&[&str]; 5] = [&["2", "3", "2.5"], &["2", "100"], &["3", "2"], &["30", "6"], &["33.34"]];
    assert_eq!(values(&result), expected);
    let records: Vec<u64> = result.rows.iter().map(|row| row.records).collect();
    assert_eq!(records, [2, 2, 3, 2, 2]);
    assert_eq!(result.records, 5);
    assert_eq!(result.forms.len(), 2);
}

#[test]
fn totals_are_the_sum_of_their_drill_downs() {
    let result = report(&town());
    let groups = result.groups.iter().flat_map(|group| &group.rows);
    for row in result.rows.iter().chain(groups) {
        for value in row
            .values
            .iter()
            .filter(|v| ["households", "persons", "land", "visits", "villages"].contains(&v.key.as_str()))
        {
            assert_eq!(value.exact, Some(sum(value)), "{} {}", row.key, value.key);
        }
        let all: std::collections::BTreeSet<RecordId> =
            row.values.iter().flat_map(|v| v.drill.as_ref().unwrap()).map(|behind| behind.record).collect();
        assert_eq!(all.len() as u64, row.records, "{}", row.key);
    }
}

#[test]
fn groups_add_up_to_the_whole() {
    let result = report(&town());
    let codes: Vec<_> = result.groups.iter().map(|group| (group.by.as_str(), group.code.as_str())).collect();
    assert_eq!(codes, [("area.village", "V1"), ("area.village", "V2")]);
    for (number, row) in result.rows.iter().take(3).enumerate() {
        for (position, value) in row.values.iter().enumerate().filter(|(_, v)| v.key != "share") {
            let parts = result.groups.iter().filter_map(|g| g.rows[number].values[position].exact);
            assert_eq!(value.exact, Some(parts.sum()), "{} {}", row.key, value.key);
        }
    }
}

type Changeable = Vec<(&'static str, DatasetRow)>;

/// Changes one record: exactly the named rows move in value, and exactly the named ones in drill-down.
#[track_caller]
fn moves(change: impl FnOnce(&mut Changeable), values: &[&str], drills: &[&str]) {
    let before = report(&town());
    let mut town = town();
    change(&mut town.0);
    let after = report(&town);
    let exact = |row: &result::RowResult| {
        json!(row.values.iter().map(|v| v.exact.map(|n| n.to_string())).collect::<Vec<_>>())
    };
    let drill = |row: &result::RowResult| json!(row.values.iter().map(|v| &v.drill).collect::<Vec<_>>());
    let differ = |of: &dyn Fn(&result::RowResult) -> Json| -> Vec<String> {
        let pairs = before.rows.iter().zip(&after.rows);
        pairs.filter(|(old, new)| of(old) != of(new)).map(|(old, _)| old.key.clone()).collect()
    };
    assert_eq!(differ(&exact), values);
    assert_eq!(differ(&drill), drills);
}

fn set(rows: &mut Changeable, position: usize, path: &str, value: Json) {
    rows[position].1.answers.insert(path.into(), value);
}

#[test]
fn changing_one_record_moves_exactly_its_figures() {
    let numerators: &[&str] = &["poor", "due"];
    moves(|rows| set(rows, 2, "poor", json!(true)), &["poor", "illness", "due", "land"], numerators);
    moves(|rows| set(rows, 1, &format!("members/{CHILD}/active"), json!(true)), &["poor"], &["poor"]);
    moves(|rows| set(rows, 0, "land", json!("9")), &["poor"], &["poor"]);
    moves(|rows| set(rows, 5, "causes/illness", json!(false)), &["illness"], &["illness"]);
    moves(|rows| rows[5].1.area = "V1".into(), &["cover"], &["cover"]);
    moves(|rows| set(rows, 0, "another", json!(1)), &[], &[]);
}

#[test]
fn only_the_latest_visit_of_a_household_counts() {
    // The older visit becomes the later one: another record stands behind the same numbers.
    let same = |rows: &mut Changeable| set(rows, 4, "event_date", json!("2015-07-09"));
    moves(same, &[], &["illness", "cover", "land"]);
    // On the same day the later record counts.
    moves(|rows| set(rows, 4, "event_date", json!("2015-07-02")), &[], &["illness", "cover", "land"]);
    // A visit without a household counts by itself.
    moves(|rows| rows[4].1.subject = None, &["illness", "land"], &["illness", "cover", "land"]);
}

#[test]
fn figures_have_the_shape_scripts_read() {
    let found = figures(&[report(&town())], &quoted(), "zh");
    assert_eq!(found[1]["id"], "F-2");
    assert_eq!(found[1]["values"], json!([2, 100]));
    assert_eq!(found[1]["unit"], "户;%");
    assert_eq!(found[1]["records"], 2);
    assert_eq!(found[1]["quoted"], json!([2, 99.9]));
    assert_eq!(found[1]["difference"], json!([0, 0.1]));
    assert_eq!(found[0]["difference"], json!([0, -1, 0]));
    // What is printed with a masked digit is shown and not compared.
    assert_eq!((&found[4]["quoted"], &found[4]["difference"]), (&json!(["2x"]), &json!([null])));
}

#[test]
fn unresolved_conflicts_of_counted_records_are_shown() {
    let mut town = town();
    town.0[0].1.conflicts = 2;
    town.0[2].1.conflicts = 5;
    let result = report(&town);
    assert_eq!((result.rows[0].conflicts, result.rows[1].conflicts, result.conflicts), (2, 0, 2));
}

#[test]
fn nothing_to_divide_by_gives_nothing() {
    let result = report(&Town(Vec::new()));
    assert_eq!(values(&result)[1], ["0", "null"]);
    assert!(result.groups.is_empty());
}

#[test]
fn every_fault_of_a_definition_is_named_with_its_place() {
    let mut broken = definition();
    broken["format"] = json!(2);
    broken["surprise"] = json!(1);
    broken["sources"]["poor"]["where"] = json!("doc.poor ==");
    broken["params"]["rate"] = json!(0.3);
    broken["rows"][0]["label"] = json!({"zh": "字"});
    broken["rows"][0]["values"][0]["sum"] = json!({"source": "poor", "of": "doc.land"});
    broken["rows"][1]["key"] = json!("poor");
    let faults = Definition::read("T.json", &broken.to_string()).unwrap_err();
    let pointers: std::collections::BTreeSet<&str> = faults.iter().map(|f| f.pointer.as_str()).collect();
    for due in
        ["/format", "/surprise", "/sources/poor/where", "/params/rate", "/rows/0/label", "/rows/0/values/0"]
    {
        assert!(pointers.contains(due), "{due} in {pointers:?}");
    }
    assert!(faults.iter().all(|f| f.file == "T.json" && f.reason.en.is_ascii() && !f.reason.zh.is_ascii()));
    assert_eq!(Definition::read("T.json", "{").unwrap_err().len(), 1);
}

#[test]
fn types_and_names_are_checked_against_the_forms() {
    let mut broken = definition();
    broken["sources"]["poor"]["where"] = json!("doc.land");
    broken["sources"]["visits"]["form"] = json!("missing");
    broken["sources"]["persons"]["each"] = json!("poor");
    broken["measures"]["checked"]["count"]["source"] = json!("nowhere");
    broken["rows"][0]["values"][2]["sum"]["of"] = json!("doc.pool");
    broken["rows"][1]["values"][1]["ratio"]["numerator"] = json!("values.share");
    broken["rows"][3]["values"][0]["formula"] = json!("params.rat");
    broken["by"] = json!(["area.planet"]);
    let definition = Definition::read("T.json", &broken.to_string()).unwrap();
    let faults = Plan::check(definition, &catalog()).unwrap_err();
    let pointers: Vec<&str> = faults.iter().map(|f| f.pointer.as_str()).collect();
    for due in [
        "/sources/poor/where",
        "/sources/visits/form",
        "/sources/persons/each",
        "/measures/checked/count/source",
        "/rows/0/values/2/sum/of",
        "/rows/1/values/1/ratio/numerator",
        "/rows/3/values/0/formula",
        "/by/0",
    ] {
        assert!(pointers.contains(&due), "{due} in {pointers:?}");
    }
}

#[test]
fn tables_align_in_both_languages() {
    let result = report(&town());
    for language in ["zh", "en"] {
        let text = table::render(&result, language);
        assert!(text.contains("F-2") && text.contains("99.9"), "{text}");
    }
}

#[test]
fn the_definitions_of_the_repository_fit_its_forms() {
    let mut catalog = Catalog::default();
    fixtures::all_forms().iter().for_each(|form| catalog.add_form(form));
    let files = fixtures::files("reports");
    let texts: Vec<(&str, &str)> = files
        .iter()
        .filter(|(name, _)| name.ends_with(".json"))
        .map(|(name, bytes)| (name.as_str(), std::str::from_utf8(bytes).unwrap()))
        .collect();
    let definitions = Definition::read_all(texts).unwrap();
    assert!(definitions.len() >= 6);
    for definition in definitions {
        Plan::check(definition, &catalog).unwrap();
    }
    assert!(catalog.is_event("sample_check") && !catalog.is_event("household_register"));
}
