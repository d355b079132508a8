//! Every check fits the forms, and its golden datasets come out as expected.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use doorstep_forms::{Context, Form};
use doorstep_records::RecordId;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::*;
use crate::reports::definition::Words;
use crate::reports::fixtures::{files, form};
use crate::reports::{Catalog, Places};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    name: String,
    today: String,
    records: Vec<GoldenRecord>,
    flags: Vec<GoldenFlag>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoldenRecord {
    id: u8,
    form: String,
    area: String,
    #[serde(default)]
    about: Option<u8>,
    answers: BTreeMap<String, Json>,
    #[serde(default)]
    earlier: Vec<Map<String, Json>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoldenFlag {
    record: u8,
    path: String,
}

struct World {
    rows: Vec<(String, CheckRow)>,
    earlier: BTreeMap<RecordId, Vec<Map<String, Json>>>,
}

impl Records for World {
    type Error = Infallible;

    fn visit(
        &self,
        form: &str,
        visit: &mut dyn FnMut(CheckRow) -> Result<(), Infallible>,
    ) -> Result<(), Infallible> {
        self.rows.iter().filter(|(id, _)| id == form).try_for_each(|(_, row)| visit(row.clone()))
    }

    fn earlier(&self, record: RecordId) -> Result<Vec<Map<String, Json>>, Infallible> {
        Ok(self.earlier.get(&record).cloned().unwrap_or_default())
    }
}

fn id(number: u8) -> RecordId {
    format!("0198f0a0-0000-7000-8000-0000000000{number:02x}").parse().unwrap()
}

fn world(forms: &BTreeMap<String, Form>, records: &[GoldenRecord]) -> World {
    let mut world = World { rows: Vec::new(), earlier: BTreeMap::new() };
    for record in records {
        let form = &forms[&record.form];
        let outcome = form.evaluate(&record.answers, &Context::DRAFT);
        let row = CheckRow {
            record: id(record.id),
            area: record.area.clone(),
            subject: record.about.map(id),
            answers: form.dataset_row(&outcome).into_iter().collect(),
        };
        world.rows.push((record.form.clone(), row));
        world.earlier.insert(id(record.id), record.earlier.clone());
    }
    world
}

fn places() -> Places {
    let mut places = Places::default();
    for line in files("areas")["demo.csv"].split(|b| *b == b'\n').skip(1) {
        let line = String::from_utf8(line.to_vec()).unwrap();
        let cells: Vec<&str> = line.split(',').collect();
        if let [code, parent, level, ..] = cells.as_slice() {
            places.add(code, Some(parent), level, Words { zh: String::new(), en: String::new() });
        }
    }
    places
}

fn definitions() -> Vec<CheckDefinition> {
    let texts: Vec<(String, String)> = files("rules")
        .into_iter()
        .filter(|(name, _)| name.ends_with(".json") && !name.contains('/'))
        .map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap()))
        .collect();
    CheckDefinition::read_all(texts.iter().map(|(name, text)| (name.as_str(), text.as_str()))).unwrap()
}

fn forms_of(checks: &[CheckDefinition]) -> BTreeMap<String, Form> {
    let named = |check: &CheckDefinition| {
        check.lists.values().map(|list| list.form.clone()).chain([check.form.clone()]).collect::<Vec<_>>()
    };
    let ids: BTreeSet<String> = checks.iter().flat_map(named).collect();
    ids.into_iter().map(|id| (id.clone(), form(&id))).collect()
}

fn plan(check: &CheckDefinition, catalog: &Catalog) -> CheckPlan {
    CheckPlan::check(check.clone(), catalog).unwrap_or_else(|faults| panic!("{}: {faults:#?}", check.key))
}

#[test]
fn golden_datasets_come_out_as_expected() {
    let (checks, places, goldens) = (definitions(), places(), files("rules/tests"));
    let forms = forms_of(&checks);
    let mut catalog = Catalog::default();
    forms.values().for_each(|form| catalog.add_form(form));
    assert!(checks.len() >= 7);
    for check in &checks {
        let plans = [plan(check, &catalog)];
        let cases: Vec<Golden> = serde_json::from_slice(&goldens[&format!("{}.json", check.key)]).unwrap();
        assert!(cases.iter().any(|case| !case.flags.is_empty()), "{}: no dataset fires it", check.key);
        assert!(cases.iter().any(|case| case.flags.is_empty()), "{}: no dataset keeps it quiet", check.key);
        for case in cases {
            let world = world(&forms, &case.records);
            let found = run(&plans, &world, &places, &case.today).unwrap();
            let wanted = case.flags.iter().map(|flag| Finding {
                record: id(flag.record),
                key: check.key.clone(),
                path: flag.path.clone(),
            });
            assert_eq!(found, wanted.collect(), "{} / {}", check.key, case.name);
        }
    }
}

#[test]
fn every_fault_of_a_check_is_named_with_its_place() {
    let mut catalog = Catalog::default();
    catalog.add_form(&form("household_register"));
    let check = r#"{"format": 1, "key": "k", "form": "household_register", "message": {"zh": "错", "en": "wrong"},
        "where": "doc.nothing", "wrong": "doc.member_count", "each": "members",
        "lists": {"l": {"form": "household_register", "theirs": "doc.member_count", "mine": "row.name", "keep": "record"}}}"#;
    let faults = CheckPlan::check(CheckDefinition::read("k.json", check).unwrap(), &catalog).unwrap_err();
    let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["/where", "/lists/l/theirs", "/wrong"]);
    let unknown =
        check.replace("\"form\": \"household_register\", \"message\"", "\"form\": \"x\", \"message\"");
    let faults = CheckPlan::check(CheckDefinition::read("k.json", &unknown).unwrap(), &catalog).unwrap_err();
    assert_eq!(faults[0].pointer, "/form");
    for broken in [
        check.replace("\"key\": \"k\"", "\"key\": \"K!\""),
        check.replace("\"wrong\"", "\"odd\""),
        "[".into(),
    ] {
        assert!(CheckDefinition::read("k.json", &broken).is_err(), "{broken}");
    }
}
