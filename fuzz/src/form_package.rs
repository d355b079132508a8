//! Form packages: the files of one as `files` joins them, or, after a zero byte, the blob of one.

use std::collections::BTreeMap;

use doorstep_forms::{Answers, Context, Form, FormPackage, Mode, compare};
use serde_json::json;

use crate::{Seed, files, seed};

/// Reads, compiles, asks, evaluates.
pub fn run(data: &[u8]) {
    let package = match data.split_first() {
        Some((0, blob)) => FormPackage::from_bytes(blob),
        _ => FormPackage::from_files(files::split(data)),
    };
    let package = match package {
        Ok(package) => package,
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a word");
            return faults.iter().for_each(|fault| drop(fault.to_string()));
        }
    };
    let again = FormPackage::from_bytes(&package.to_bytes()).expect("what was read can be written and read");
    assert_eq!(again.hash(), package.hash());
    let Ok(form) = Form::compile(package) else { return };
    let same = Form::compile(again).expect("compiled before");
    assert!(compare(&form, &same).changes.is_empty(), "a form differs from itself");
    let mut answers = Answers::new();
    look(&form, &answers);
    for (at, path) in form.paths().filter(|path| !path.contains('*')).take(40).enumerate() {
        let texts = ["3", "是", "2015-06-01", "?dk", "illness", "-1.50", "999999197001010017"];
        if let Ok(value) = form.parse_answer(&path, texts[at % texts.len()]) {
            answers.insert(path, value);
        }
    }
    answers.insert("_date".to_owned(), json!("2015-06-01"));
    look(&form, &answers);
}

fn look(form: &Form, answers: &Answers) {
    for mode in [Mode::Draft, Mode::Full] {
        let outcome = form.evaluate(answers, &Context { mode, previous: Some(answers) });
        for violation in &outcome.violations {
            drop(form.message(violation, "en"));
            drop(form.describe_path(&violation.path, "zh"));
        }
    }
    drop((form.pages("zh"), form.asked(answers)));
}

fn joined(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    files::join(files.iter().map(|(name, content)| (name.as_str(), content.as_slice())))
}

/// Small packages of every keyword, the smallest of the project, and a blob.
pub fn seeds() -> Vec<Seed> {
    let manifest = json!({"id": "small", "version": 1, "engine": 1, "kind": "register", "entity": "household",
        "title": {"zh": "小表"}, "locales": ["zh"], "label": "doc.name"});
    let schemas = [
        ("plain", json!({"name": {"title": "户主", "type": "string", "maxLength": 9, "x-required": true}})),
        ("number", json!({"n": {"title": "数", "type": "integer", "minimum": 0, "maximum": 9}})),
        (
            "codes",
            json!({"c": {"title": "码", "oneOf": [{"const": "a", "title": "甲"}, {"const": "b", "title": "乙"}]}}),
        ),
        (
            "rules",
            json!({"a": {"title": "一", "type": "integer"}, "b": {"title": "二", "type": "integer",
                "x-relevant": "doc.a > 1", "x-constraints": [{"key": "k", "severity": "error", "expression": "doc.b < doc.a"}]},
                "c": {"title": "三", "type": "integer", "readOnly": true, "x-calculate": "sum(doc.a, doc.b)"}}),
        ),
        (
            "rows",
            json!({"members": {"title": "成员", "type": "object", "x-roster": {"kind": "rows", "order": "_order", "label": "row.name"},
                "additionalProperties": {"type": "object", "additionalProperties": false,
                    "properties": {"name": {"title": "姓名", "type": "string", "pattern": "^[^0-9]+$"}}}}}),
        ),
        (
            "multi",
            json!({"causes": {"title": "原因", "type": "object", "additionalProperties": false, "x-multi": true,
                "properties": {"illness": {"title": "因病", "type": "boolean"}}}}),
        ),
        ("date", json!({"d": {"title": "日", "type": "string", "format": "date", "x-pii": "quasi"}})),
    ];
    let package = |properties: &serde_json::Value| {
        let schema = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "表", "type": "object",
            "additionalProperties": false, "properties": properties});
        BTreeMap::from([
            ("form.json".to_owned(), manifest.to_string().into_bytes()),
            ("schema.json".to_owned(), schema.to_string().into_bytes()),
        ])
    };
    let mut seeds: Vec<Seed> =
        schemas.iter().map(|(name, properties)| seed(*name, joined(&package(properties)))).collect();
    for form in ["activity_session", "disaster_event"] {
        let mut files = doorstep_schemas::form_files(form, 1).expect("a form of the project");
        files.retain(|name, _| !name.starts_with("tests/"));
        seeds.push(seed(form, joined(&files)));
    }
    if let Ok(package) = FormPackage::from_files(package(&schemas[0].1)) {
        seeds.push(seed("blob", [&[0][..], &package.to_bytes()].concat()));
    }
    seeds
}
