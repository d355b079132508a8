//! What the reports of nine sources need beyond counting: qualifiers, extremes, subjects, dates, who worked.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use doorstep_forms::expr::{RecordType, Type};
use doorstep_records::RecordId;
use jiff::civil::date;
use serde_json::{Map, Value as Json, json};

use super::qualifier::Qualifier;
use super::result::{Frame, RowResult};
use super::*;

const A: &str = "0AAAAAAAAAAAAAAAAAAAAAAAAA";
const B: &str = "0BBBBBBBBBBBBBBBBBBBBBBBBB";

struct Dataset(Vec<(&'static str, DatasetRow)>);

impl Rows for Dataset {
    type Error = Infallible;

    fn visit(
        &self,
        form: &str,
        fields: &Fields,
        visit: &mut dyn FnMut(DatasetRow) -> Result<(), Infallible>,
    ) -> Result<(), Infallible> {
        // As the store does: what is not looked at is not read.
        self.0.iter().filter(|(of, _)| *of == form).try_for_each(|(_, row)| {
            let mut row = row.clone();
            row.answers.retain(|path, _| fields.wants(path));
            visit(row)
        })
    }
}

fn id(number: u8) -> RecordId {
    RecordId::from_parts(1_700_000_000_000 + u64::from(number), [number; 10])
}

fn row(number: u8, subject: Option<u8>, answers: Json) -> DatasetRow {
    let Json::Object(answers) = answers else { panic!("answers are an object") };
    DatasetRow {
        record: id(number),
        form_version: 1,
        area: "T".into(),
        subject: subject.map(id),
        answers,
        conflicts: 0,
        author: Some(format!("user {}", number % 2)),
        device: Some(format!("device {}", number % 3)),
    }
}

fn record(template: &str, fields: &[(&str, Type)]) -> Type {
    let fields = fields.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect();
    Type::Record(Arc::new(RecordType { template: template.into(), fields, ..RecordType::default() }))
}

fn catalog() -> Catalog {
    let facts = |form: &str| FormFacts {
        form: form.into(),
        version: 1,
        hash: "00".into(),
        code_lists: BTreeMap::new(),
    };
    let membership = record("members/*/membership", &[("from", Type::Date), ("to", Type::Date)]);
    let member = record("members/*", &[("active", Type::Bool), ("membership", membership)]);
    let year = record("years/*", &[("income", Type::Num)]);
    let mut catalog = Catalog::default();
    catalog.add(
        facts("household"),
        record("", &[("poor", Type::Bool), ("members", Type::list(member)), ("years", Type::list(year))]),
    );
    let fields = [("visits", Type::Num), ("how", Type::Text), ("event_date", Type::Date)];
    catalog.add(facts("session"), record("", &fields));
    catalog.mark_event("session");
    catalog
}

fn words() -> Json {
    json!({"zh": "字", "en": "words"})
}

/// One row with the values `values`, over `sources` and `measures`.
fn definition(sources: Json, measures: Json, values: &[(&str, Json)]) -> Json {
    let value = |(key, rest): &(&str, Json)| {
        let mut value = json!({"key": key, "unit": words()});
        value.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        value
    };
    let values: Vec<Json> = values.iter().map(value).collect();
    let mut definition = json!({"format": 1, "id": "T", "title": words(), "sources": sources, "rows": [
        {"key": "row", "label": words(), "definition": words(), "figure": "F-1", "values": values}]});
    if measures != json!({}) {
        definition["measures"] = measures;
    }
    definition
}

fn count(dataset: &Dataset, definition: &Json, valid_at: Option<jiff::civil::Date>) -> ReportResult {
    let definition = Definition::read("T.json", &definition.to_string()).unwrap_or_else(|f| panic!("{f:?}"));
    let (catalog, places, quoted) = (catalog(), Places::default(), Quoted::default());
    let plan = Plan::check(definition, &catalog).unwrap_or_else(|f| panic!("{f:?}"));
    let counts = Counts { drill: true, valid_at };
    let counted = run(std::slice::from_ref(&plan), dataset, &places, counts).unwrap();
    let frame = Frame {
        catalog: &catalog,
        places: &places,
        quoted: &quoted,
        as_of_ms: 0,
        area: None,
        valid_at,
        drill: true,
    };
    ReportResult::of(&plan, &counted[0], &frame)
}

fn shown(row: &RowResult) -> Vec<(String, Qualifier)> {
    let text =
        |value: &result::ValueResult| value.exact.map_or("-".to_owned(), |n| n.normalize().to_string());
    row.values.iter().map(|value| (text(value), value.qualifier)).collect()
}

fn sessions(parts: &[(&str, Option<&str>)]) -> Dataset {
    let session = |(number, (visits, how)): (usize, &(&str, Option<&str>))| {
        let mut answers = Map::new();
        answers.insert("visits".into(), json!(visits));
        if let Some(how) = how {
            answers.insert("how".into(), json!(how));
        }
        ("session", row(number as u8 + 1, None, Json::Object(answers)))
    };
    Dataset(parts.iter().enumerate().map(session).collect())
}

fn visits() -> Json {
    json!({"sum": {"source": "all", "of": "doc.visits", "approx": "doc.how"}})
}

#[test]
fn a_sum_with_an_over_in_it_is_over_and_a_masked_part_masks_it() {
    let all = json!({"all": {"form": "session"}});
    let total = |parts: &[(&str, Option<&str>)]| {
        let report =
            count(&sessions(parts), &definition(all.clone(), json!({}), &[("visits", visits())]), None);
        (shown(&report.rows[0]).remove(0), report)
    };
    let (sum, report) = total(&[("1000", None), ("500", Some("over"))]);
    assert_eq!(sum, ("1500".to_owned(), Qualifier::Over));
    let drill = report.rows[0].values[0].drill.as_ref().unwrap();
    assert_eq!(
        drill.iter().map(|part| part.qualifier).collect::<Vec<_>>(),
        [Qualifier::Exact, Qualifier::Over]
    );
    assert!(
        table::render(&report, "zh").contains("1500余") && table::render(&report, "en").contains("over 1500")
    );
    let figure = &figures(std::slice::from_ref(&report), &Quoted::default(), "en")[0];
    assert_eq!((&figure["values"][0], &figure["qualifiers"][0]), (&json!(1500), &json!("over")));
    assert_eq!(total(&[("1000", Some("nearly")), ("500", Some("over"))]).0.1, Qualifier::About);
    assert_eq!(total(&[("1000", None), ("500", None)]).0, ("1500".to_owned(), Qualifier::Exact));
    // Digits that are not known: no sum, and nobody invents one.
    let (masked, report) = total(&[("1000", None), ("2x00", Some("masked"))]);
    assert_eq!(masked, ("-".to_owned(), Qualifier::Masked));
    assert_eq!(report.rows[0].records, 2);
    assert!(table::render(&report, "en").contains("digits masked"));
}

#[test]
fn what_is_calculated_from_inexact_numbers_says_so() {
    let dataset = sessions(&[("300", Some("over")), ("100", None)]);
    let sources = json!({"all": {"form": "session"}, "exact": {"form": "session", "where": "!has(doc.how)"}});
    let measures = json!({"all": visits(), "exact": {"sum": {"source": "exact", "of": "doc.visits"}}});
    let values = [
        (
            "share",
            json!({"ratio": {"numerator": "measures.exact", "denominator": "measures.all", "scale": "100"}}),
        ),
        ("times", json!({"ratio": {"numerator": "measures.all", "denominator": "measures.exact"}})),
        ("wan", json!({"formula": "measures.all / 10"})),
        ("left", json!({"formula": "1000 - measures.all"})),
        ("other", json!({"formula": "measures.exact + 1"})),
    ];
    let report = count(&dataset, &definition(sources, measures, &values), None);
    let expected = [
        ("25", Qualifier::Nearly),
        ("4", Qualifier::Over),
        ("40", Qualifier::Over),
        ("600", Qualifier::Nearly),
        ("101", Qualifier::Exact),
    ];
    assert_eq!(shown(&report.rows[0]), expected.map(|(text, qualifier)| (text.to_owned(), qualifier)));
}

#[test]
fn extremes_are_those_of_the_parts_and_nothing_has_none() {
    let values = |source: &str| {
        [
            ("least", json!({"min": {"source": source, "of": "doc.visits"}})),
            ("most", json!({"max": {"source": source, "of": "doc.visits", "approx": "doc.how"}})),
        ]
    };
    let sources = json!({"all": {"form": "session"}, "none": {"form": "session", "where": "false"}});
    let dataset = sessions(&[("7", None), ("4", None), ("20", None)]);
    let report = count(&dataset, &definition(sources.clone(), json!({}), &values("all")), None);
    assert_eq!(shown(&report.rows[0]).iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>(), ["4", "20"]);
    for value in &report.rows[0].values {
        let parts = value.drill.as_ref().unwrap().iter().map(|part| part.gives.as_i64().unwrap());
        let extreme = if value.key == "least" { parts.min() } else { parts.max() };
        assert_eq!(value.exact, extreme.map(Into::into), "{}", value.key);
    }
    let none = count(&dataset, &definition(sources, json!({}), &values("none")), None);
    assert_eq!(shown(&none.rows[0])[0].0, "-");
}

#[test]
fn who_worked_and_on_how_many_devices() {
    let values = [
        ("people", json!({"distinct": {"source": "all", "of": "record.author"}})),
        ("devices", json!({"distinct": {"source": "all", "of": "record.device"}})),
    ];
    let dataset = sessions(&[("1", None), ("2", None), ("3", None), ("4", None)]);
    let report = count(&dataset, &definition(json!({"all": {"form": "session"}}), json!({}), &values), None);
    assert_eq!(shown(&report.rows[0]).iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>(), ["2", "3"]);
}

#[test]
fn an_event_counts_by_what_its_household_is() {
    let mut dataset = Dataset(vec![
        ("household", row(1, None, json!({"poor": true}))),
        ("household", row(2, None, json!({"poor": false}))),
    ]);
    for (number, subject) in [(11, Some(1)), (12, Some(2)), (13, Some(1)), (14, None), (15, Some(9))] {
        dataset.0.push(("session", row(number, subject, json!({"visits": "1"}))));
    }
    let sources = json!({"poor": {"form": "session", "subject": "household", "where": "subject.poor"},
        "all": {"form": "session", "subject": "household"}});
    let values = [
        ("of_poor", json!({"count": {"source": "poor"}})),
        ("of_others", json!({"count": {"source": "all", "where": "subject.poor == false"}})),
    ];
    let report = count(&dataset, &definition(sources, json!({}), &values), None);
    assert_eq!(shown(&report.rows[0]).iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>(), ["2", "1"]);
}

fn household() -> Dataset {
    let answers = json!({
        "poor": true,
        format!("members/{A}/active"): false,
        format!("members/{A}/membership/to"): "2015-06-30",
        format!("members/{B}/active"): true,
        format!("members/{B}/membership/from"): "2015-03-01",
        "years/2014/income": "100",
        "years/2015/income": "200",
    });
    let session =
        |number, day: &str| ("session", row(number, Some(1), json!({"event_date": day, "visits": "1"})));
    Dataset(vec![
        ("household", row(1, None, answers)),
        session(11, "2015-01-31"),
        session(12, "2015-05-31"),
        session(13, "2016-01-01"),
    ])
}

#[test]
fn a_day_counts_what_held_on_it() {
    let sources = json!({"households": {"form": "household"}, "members": {"form": "household", "each": "members"},
        "years": {"form": "household", "each": "years"}, "visits": {"form": "session"},
        "ever": {"form": "session", "valid": {"date": null}},
        "listed": {"form": "household", "each": "members", "valid": {"rosters": {"members": null}}}});
    let values = [
        ("members", json!({"count": {"source": "members", "where": "row.active"}})),
        ("income", json!({"sum": {"source": "years", "of": "row.income"}})),
        ("visits", json!({"count": {"source": "visits"}})),
        ("ever", json!({"count": {"source": "ever"}})),
        ("listed", json!({"count": {"source": "listed"}})),
        ("asked", json!({"count": {"source": "households", "where": "!has(valid_at)"}})),
    ];
    let definition = definition(sources, json!({}), &values);
    let at = |day| -> Vec<String> {
        shown(&count(&household(), &definition, day).rows[0]).into_iter().map(|(text, _)| text).collect()
    };
    assert_eq!(at(None), ["1", "300", "3", "3", "2", "1"]);
    assert_eq!(at(Some(date(2015, 2, 1))), ["1", "300", "1", "3", "2", "0"]);
    assert_eq!(at(Some(date(2015, 6, 29))), ["2", "300", "2", "3", "2", "0"], "both were there");
    assert_eq!(at(Some(date(2015, 6, 30))), ["1", "300", "2", "3", "2", "0"], "one left that day");
    assert_eq!(at(Some(date(2014, 12, 31))), ["1", "100", "0", "3", "2", "0"]);
}

#[test]
fn the_latest_visit_is_the_latest_by_then() {
    let sources = json!({"latest": {"form": "session", "one_per": "subject"}});
    let definition = definition(sources, json!({}), &[("visits", json!({"count": {"source": "latest"}}))]);
    let latest = |day| {
        let report = count(&household(), &definition, day);
        report.rows[0].values[0].drill.as_ref().unwrap().iter().map(|part| part.record).collect::<Vec<_>>()
    };
    assert_eq!(latest(None), [id(13)]);
    assert_eq!(latest(Some(date(2015, 12, 31))), [id(12)]);
    assert!(latest(Some(date(2015, 1, 1))).is_empty());
}

#[test]
fn faults_of_the_new_members_are_named_with_their_place() {
    let base = definition(json!({"all": {"form": "session"}}), json!({}), &[("visits", visits())]);
    let shape = |change: &dyn Fn(&mut Json)| {
        let mut broken = base.clone();
        change(&mut broken);
        match Definition::read("T.json", &broken.to_string()) {
            Err(faults) => faults,
            Ok(definition) => Plan::check(definition, &catalog()).err().unwrap_or_default(),
        }
        .into_iter()
        .map(|fault| fault.pointer)
        .collect::<Vec<_>>()
    };
    let source = "/sources/all";
    assert_eq!(
        shape(&|json| json["sources"]["all"]["subject"] = json!("nowhere")),
        [format!("{source}/subject")]
    );
    assert_eq!(
        shape(&|json| json["sources"]["all"]["valid"] = json!({"day": 1})),
        [format!("{source}/valid/day")]
    );
    assert_eq!(
        shape(&|json| json["sources"]["all"]["valid"] = json!({"date": 1})),
        [format!("{source}/valid/date")]
    );
    let roster = json!({"rosters": {"visits": {"from": "from"}}});
    let at = format!("{source}/valid/rosters/visits");
    assert_eq!(shape(&|json| json["sources"]["all"]["valid"] = roster.clone()), [at]);
    let sum = "/rows/0/values/0/sum";
    assert_eq!(
        shape(&|json| json["rows"][0]["values"][0]["sum"]["approx"] = json!("doc.visits")),
        [format!("{sum}/approx")]
    );
    let counted = json!({"source": "all", "approx": "doc.how"});
    let two = shape(&|json| {
        json["rows"][0]["values"][0] = json!({"key": "visits", "unit": words(), "count": counted.clone()});
    });
    assert_eq!(two, ["/rows/0/values/0/count/approx"]);
    assert_eq!(
        shape(&|json| json["sources"]["all"]["where"] = json!("subject.poor")).len(),
        1,
        "no subject is named"
    );
}

/// A household without members has none, not an unknown number of them; one whose answers nobody knows is another matter.
/// (The fault it found: a roster without rows was null in reports and empty in forms.)
#[test]
fn a_roster_without_rows_is_empty_and_no_subject_is_null() {
    let member = |number: u8| format!("members/{number}{}/active", &A[1..]);
    let dataset = Dataset(vec![
        ("household", row(1, None, json!({"poor": true}))),
        ("household", row(2, None, json!({"poor": true, (member(0)): true, (member(1)): true}))),
        ("session", row(3, Some(1), json!({"visits": 1}))),
        ("session", row(4, None, json!({"visits": 1}))),
    ]);
    let sources = json!({"h": {"form": "household"}, "s": {"form": "session", "subject": "household"}});
    let of = |source: &str, condition: &str| json!({"count": {"source": source, "where": condition}});
    let result = count(
        &dataset,
        &definition(
            sources,
            json!({}),
            &[
                ("none", of("h", "size(doc.members) == 0")),
                ("counted", json!({"sum": {"source": "h", "of": "count(doc.members)"}})),
                ("least", json!({"min": {"source": "h", "of": "count(doc.members)"}})),
                ("sum", of("h", "sum(doc.years.map(y, y.income)) == 0")),
                ("most", of("h", "has(max(doc.years.map(y, y.income)))")),
                ("about", of("s", "count(subject.members) == 0")),
                ("unknown", of("s", "has(count(subject.members))")),
            ],
        ),
        None,
    );
    let values: Vec<String> =
        result.rows[0].values.iter().map(|value| value.value.unwrap().to_string()).collect();
    assert_eq!(values, ["1", "2", "0", "2", "0", "1", "1"]);
}
