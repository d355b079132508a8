//! A code list grows from 21 to 25 while phones hold the list of 21: what is answered with either stays what it is.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Files, answers, form_of};
use doorstep_forms::{Answers, ChangeKind, Class, Context, Form, Outcome, Upgrade, compare, upgrade};
use serde_json::json;

/// Diseases `d01`...; the four that came with version 2 have names of their own.
const ADDED: [(&str, &str); 4] =
    [("mdr_tb", "耐多药结核"), ("stroke", "脑卒中"), ("copd", "慢阻肺"), ("hiv_oi", "艾滋病机会感染")];

fn list(version: u32) -> String {
    let mut csv = "code,label\n".to_owned();
    for n in 1..=21 {
        csv.push_str(&format!("d{n:02},病种{n}\n"));
    }
    for (code, label) in ADDED.iter().filter(|_| version > 1) {
        csv.push_str(&format!("{code},{label}\n"));
    }
    csv.push_str("other,其他\n");
    csv
}

fn case_form(version: u32) -> Form {
    let manifest = json!({"id": "disease_case", "version": version, "kind": "event", "entity": "member",
        "title": {"zh": "大病救治"}, "locales": ["zh"], "sensitivity": "health"});
    let schema = json!({"title": "大病救治", "type": "object", "additionalProperties": false, "properties": {
        "disease": {"title": "病种", "type": "string", "x-codes": {"list": "major_disease"}, "x-required": true},
        "other": {"title": "其他病种", "type": "string", "maxLength": 40, "x-relevant": "doc.disease == 'other'",
            "x-required": true},
        "treated": {"title": "已救治", "type": "boolean", "x-required": true},
        "also": {"title": "合并病种", "type": "object", "x-multi": true, "additionalProperties": {"type": "boolean"},
            "x-codes": {"list": "major_disease"}}
    }});
    form_of(Files::from([
        ("form.json".into(), manifest.to_string().into_bytes()),
        ("schema.json".into(), schema.to_string().into_bytes()),
        ("codes/major_disease.csv".into(), list(version).into_bytes()),
    ]))
}

fn keys(outcome: &Outcome) -> Vec<(&str, &str)> {
    outcome.violations.iter().map(|v| (v.path.as_str(), v.key.as_str())).collect()
}

#[test]
fn four_more_codes_are_a_widening_and_drafts_go_on_silently() {
    let (one, two) = (case_form(1), case_form(2));
    let comparison = compare(&one, &two);
    assert_eq!(comparison.class(), Class::Widening, "{:#?}", comparison.changes);
    let added: Vec<_> = comparison.changes.iter().map(|c| (c.kind, c.path.as_str())).collect();
    assert_eq!(added, [(ChangeKind::OptionAdded, "also"), (ChangeKind::OptionAdded, "disease")]);
    assert!(comparison.changes[0].reason_en.contains("mdr_tb, stroke, copd, hiv_oi"));
    assert_eq!(upgrade(&one, &two, &comparison), Upgrade::Silent);
    let choices = |form: &Form| form.choices("disease", &Answers::new(), "zh").len();
    assert_eq!((choices(&one), choices(&two)), (22, 26), "the diseases, and the rest");
}

#[test]
fn what_was_typed_as_other_stays_as_it_was_typed() {
    let (one, two) = (case_form(1), case_form(2));
    let typed = answers(json!({"disease": "other", "other": "脑卒中", "treated": true}));
    for form in [&one, &two] {
        let outcome = form.evaluate(&typed, &Context::FULL);
        assert_eq!(keys(&outcome), []);
        assert_eq!(form.dataset_row(&outcome)["other"], json!("脑卒中"), "never silently another code");
        assert_eq!(form.dataset_row(&outcome)["disease"], json!("other"));
    }
}

#[test]
fn an_old_phone_keeps_a_code_it_does_not_know_and_does_not_offer_it() {
    let (one, two) = (case_form(1), case_form(2));
    let stored = answers(json!({"disease": "stroke", "treated": false, "also/copd": true, "also/d03": true}));
    assert_eq!(keys(&two.evaluate(&stored, &Context::FULL)), []);
    let outcome = one.evaluate(&stored, &Context::FULL);
    // It says so, and the answer is still there: nothing was recoded, pruned or thrown away.
    assert_eq!(keys(&outcome), [("also/copd", "x-codes"), ("disease", "x-codes")]);
    let row = one.dataset_row(&outcome);
    assert_eq!(
        (&row["disease"], &row["also/copd"], &row["also/d03"]),
        (&json!("stroke"), &json!(true), &json!(true))
    );
    assert!(one.choices("disease", &stored, "zh").iter().all(|choice| choice.code != "stroke"));
}

#[test]
fn a_submission_of_the_old_version_is_valid_under_it_for_ever() {
    let one = case_form(1);
    for n in 1..=21 {
        let submitted = answers(json!({"disease": format!("d{n:02}"), "treated": true}));
        assert_eq!(keys(&one.evaluate(&submitted, &Context::FULL)), []);
    }
}

/// Cases and those treated, by the version that judges them: a disease counts for a list only if the list has it.
fn rates(forms: &[Form], cases: &[(u32, Answers)]) -> BTreeMap<u32, (usize, usize)> {
    let mut out = BTreeMap::new();
    for form in forms {
        let version = form.manifest().version;
        let list = form.package().code_list("major_disease").unwrap();
        let rows = cases.iter().filter(|(judged, _)| *judged <= version).map(|(judged, answers)| {
            let judge = forms.iter().find(|form| form.manifest().version == *judged).unwrap();
            judge.dataset_row(&judge.evaluate(answers, &Context::FULL))
        });
        let counted: Vec<_> = rows
            .filter(|row| row["disease"].as_str().is_some_and(|code| code != "other" && list.contains(code)))
            .collect();
        let treated = counted.iter().filter(|row| row["treated"] == json!(true)).count();
        out.insert(version, (treated, counted.len()));
    }
    out
}

#[test]
fn the_rate_of_treatment_is_told_by_list_version() {
    let forms = [case_form(1), case_form(2)];
    let mut cases: Vec<(u32, Answers)> = (0..719)
        .map(|n| (1, answers(json!({"disease": format!("d{:02}", n % 21 + 1), "treated": true}))))
        .collect();
    // Typed as other under the list of 21: in no rate until somebody maps it, in a change of its own.
    cases.push((1, answers(json!({"disease": "other", "other": "脑卒中", "treated": false}))));
    cases.push((2, answers(json!({"disease": "stroke", "treated": false}))));
    let rates = rates(&forms, &cases);
    assert_eq!(rates[&1], (719, 719), "the list of 21 is complete, and stays so");
    assert_eq!(rates[&2], (719, 720), "the list of 25 has one more, not yet treated");
}

#[test]
fn a_code_is_closed_and_never_used_again() {
    let closed = |csv: &str| {
        let mut files: Files = case_form(2).package().files().clone();
        files.insert("codes/major_disease.csv".into(), csv.as_bytes().to_vec());
        let manifest = String::from_utf8(files["form.json"].clone()).unwrap();
        files.insert("form.json".into(), manifest.replace("\"version\":2", "\"version\":3").into_bytes());
        form_of(files)
    };
    let with_column: String = list(2)
        .lines()
        .map(|line| match line {
            "code,label" => "code,label,closed\n".to_owned(),
            line if line.starts_with("d05") => format!("{line},true\n"),
            line => format!("{line},\n"),
        })
        .collect();
    let three = closed(&with_column);
    let comparison = compare(&case_form(2), &three);
    assert_eq!(comparison.class(), Class::Rules);
    assert!(comparison.changes.iter().all(|change| change.kind == ChangeKind::OptionClosed));
    let codes = |answers: &Answers, path: &str| -> BTreeSet<String> {
        three.choices(path, answers, "zh").into_iter().map(|choice| choice.code).collect()
    };
    assert!(!codes(&Answers::new(), "disease").contains("d05"), "offered no more");
    let old = answers(json!({"disease": "d05", "treated": true, "also/d05": true}));
    assert_eq!(keys(&three.evaluate(&old, &Context::FULL)), [], "valid where it was answered");
    assert!(codes(&old, "disease").contains("d05") && codes(&old, "also").contains("d05"), "and shown there");
    assert!(three.parse_answer("disease", "d05").is_ok());
    let dropped = closed(&list(2).replace("d05,病种5\n", ""));
    let comparison = compare(&case_form(2), &dropped);
    assert_eq!(comparison.changes[0].kind, ChangeKind::OptionRemoved);
    assert!(comparison.blocking().next().is_some() && comparison.changes[0].way_out_en.contains("closed"));
}
