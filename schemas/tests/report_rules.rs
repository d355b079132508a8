//! The expressions of report definitions fit the forms they read, and count who they should.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use doorstep_forms::expr::{Expr, Type, Value};
use doorstep_forms::{Answers, Form, FormPackage};
use serde_json::{Value as Json, json};

fn form(id: &str) -> Form {
    let files = doorstep_schemas::form_files(id, 1).unwrap();
    Form::compile(FormPackage::from_files(files).unwrap()).unwrap()
}

fn report(id: &str) -> Json {
    serde_json::from_str(doorstep_schemas::report_definitions()[id]).unwrap()
}

/// Every expression over records in a definition: its source, where it stands, its text, and the type it needs.
fn expressions(report: &Json) -> Vec<(&Json, String, &str, Type)> {
    let mut out = Vec::new();
    for (name, source) in report["sources"].as_object().unwrap() {
        if let Some(text) = source["where"].as_str() {
            out.push((source, format!("sources/{name}"), text, Type::Bool));
        }
    }
    let measures = report["measures"].as_object().into_iter().flatten().map(|(_, measure)| measure);
    let rows = report["rows"].as_array().unwrap().iter();
    let values = rows.flat_map(|row| row["values"].as_array().unwrap());
    for aggregate in measures.chain(values) {
        for way in ["count", "sum", "distinct", "min", "max"] {
            let Some(source) = aggregate[way]["source"].as_str() else { continue };
            let source = &report["sources"][source];
            let of = if way == "distinct" { Type::Any } else { Type::Num };
            for (key, want) in [("where", Type::Bool), ("of", of), ("approx", Type::Text)] {
                let of_form = |text: &&str| !text.starts_with("area.") && !text.starts_with("record.");
                if let Some(text) = aggregate[way][key].as_str().filter(of_form) {
                    out.push((source, format!("{way} {text}"), text, want));
                }
            }
        }
    }
    out
}

#[test]
fn every_expression_fits_its_form() {
    let forms: BTreeMap<String, Form> =
        doorstep_schemas::forms().into_iter().map(|(id, _)| (id.clone(), form(&id))).collect();
    let mut seen = 0;
    for id in doorstep_schemas::report_definitions().into_keys() {
        let report = report(&id);
        for (source, at, text, want) in expressions(&report) {
            let form = &forms[source["form"].as_str().unwrap()];
            let over_rows = source["each"].as_str().filter(|_| !at.starts_with("sources/"));
            let typed = match over_rows {
                Some(roster) => format!("doc.{roster}.map(row, {text})"),
                None => text.to_owned(),
            };
            let ty = Expr::parse(&typed).and_then(|expr| form.check_expr(&expr));
            let ty = ty.unwrap_or_else(|e| panic!("{id}/{at}: {text}: {e}"));
            let want = if over_rows.is_some() { Type::list(want) } else { want };
            assert!(ty.fits(&want), "{id}/{at}: {text} is {ty}");
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen}");
}

fn holds(form: &Form, text: &str, answers: &Json) -> bool {
    let answers: Answers = serde_json::from_value(answers.clone()).unwrap();
    matches!(form.eval_expr(&Expr::parse(text).unwrap(), &answers), Value::Bool(true))
}

#[test]
fn who_counts_as_poor_registered_and_unregistered() {
    let (form, report) = (form("household_register"), report("T8f"));
    let table = [
        (json!({"register_status": "registered", "poor": true}), [true, true, false]),
        (json!({"register_status": "registered"}), [true, true, false]),
        (json!({"register_status": "returned", "poor": true}), [true, true, false]),
        (json!({"poor": true}), [true, false, true]),
        (json!({"register_status": "unregistered", "poor": true}), [true, false, true]),
        (json!({"register_status": "unregistered", "poor": false}), [false, false, false]),
        (json!({"register_status": "exited", "poor": true}), [false, false, false]),
        (json!({"register_status": "monitored", "poor": true}), [false, false, false]),
        (json!({}), [false, false, false]),
    ];
    for (answers, expected) in table {
        let counted = ["poor", "registered", "unregistered"].map(|source| {
            let members = format!("{source}_members");
            let condition = &report["sources"][source]["where"];
            assert_eq!(*condition, report["sources"][&members]["where"], "persons of the same households");
            holds(&form, condition.as_str().unwrap(), &answers)
        });
        assert_eq!(counted, expected, "{answers}");
    }
}

#[test]
fn a_cause_counts_as_main_or_other_cause() {
    let (form, report) = (form("sample_check"), report("T8b"));
    let rows = report["rows"].as_array().unwrap();
    let condition = |key: &str| {
        let row = rows.iter().find(|row| row["key"] == key).unwrap();
        row["values"][0]["count"]["where"].as_str().unwrap().to_owned()
    };
    let answers =
        json!({"cause_main": "illness", "causes_other/no_land": true, "causes_other/transport": false});
    let causes = form.question("causes_other").unwrap();
    let codes: Vec<String> = form
        .paths()
        .filter_map(|path| path.strip_prefix(&format!("{}/", causes.template())).map(str::to_owned))
        .collect();
    assert_eq!(codes.len(), 13);
    for code in codes {
        let expected = ["illness", "no_land"].contains(&code.as_str());
        assert_eq!(holds(&form, &condition(&code), &answers), expected, "{code}");
    }
}

#[test]
fn only_visits_with_answers_are_sampled_households() {
    let form = form("sample_check");
    for id in ["T8a", "T8b", "T8c", "T8d", "T8e"] {
        let report = report(id);
        let condition = report["sources"]["sampled"]["where"].as_str().unwrap().to_owned();
        assert_eq!(report["sources"]["sampled"]["one_per"], "subject");
        for (outcome, expected) in
            [("completed", true), ("partial", true), ("nobody_home", false), ("refused", false)]
        {
            assert_eq!(
                holds(&form, &condition, &json!({"visit_outcome": outcome})),
                expected,
                "{id} {outcome}"
            );
        }
        assert!(!holds(&form, &condition, &json!({})), "{id}");
    }
}
