//! The JSON Schemas for editors accept every form of the repository and refuse what the check refuses.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn meta(name: &str) -> jsonschema::Validator {
    let schema = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("meta").join(name));
    jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&schema).unwrap()
}

/// The folders of all form packages.
fn packages() -> Vec<PathBuf> {
    let forms = Path::new(env!("CARGO_MANIFEST_DIR")).join("forms");
    let inside = |folder: PathBuf| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = inside(forms).filter(|p| p.is_dir()).flat_map(inside).collect();
    found.retain(|path| path.join("form.json").is_file());
    found.sort();
    found
}

#[test]
fn every_form_of_the_repository_is_accepted() {
    let (form, schema) = (meta("form.schema.json"), meta("form-schema.schema.json"));
    let packages = packages();
    assert!(packages.len() >= 2);
    for package in packages {
        for (validator, file) in [(&form, "form.json"), (&schema, "schema.json")] {
            let value = read(&package.join(file));
            let errors: Vec<String> = validator
                .iter_errors(&value)
                .map(|e| format!("{}: {e}", e.instance_path().as_str()))
                .collect();
            assert!(errors.is_empty(), "{} {file}: {errors:#?}", package.display());
        }
    }
}

#[test]
fn broken_forms_are_refused_where_the_check_refuses_them() {
    let form = meta("form.schema.json");
    let sound =
        json!({"id": "a", "version": 1, "kind": "event", "entity": "household", "title": {"zh": "表"}});
    assert!(form.is_valid(&sound));
    for (field, value) in [
        ("id", json!("A b")),
        ("version", json!(0)),
        ("kind", json!("events")),
        ("titel", json!({})),
        ("search", json!("name")),
        ("subject", json!("maybe")),
        ("engine", json!(2)),
    ] {
        let mut broken = sound.clone();
        broken[field] = value;
        assert!(!form.is_valid(&broken), "{field}");
    }
    let schema = meta("form-schema.schema.json");
    let with = |question: Value| json!({"title": "表", "type": "object", "additionalProperties": false, "properties": {"q": question}});
    assert!(schema.is_valid(&with(json!({"title": "问", "type": "string", "x-relevant": "true"}))));
    for question in [
        json!({"title": "问", "type": "string", "x-relevent": "true"}),
        json!({"title": "问", "type": "text"}),
        json!({"title": "问", "anyOf": []}),
        json!({"title": "问", "type": "object", "x-group": true, "properties": {"inner": {"type": "strin"}}}),
        json!({"title": "问", "type": "object", "x-roster": {}, "additionalProperties": {"properties": {"a": {"if": {}}}}}),
        json!({"title": "问", "type": "object", "additionalProperties": true}),
        json!({"title": "问", "type": "array", "items": {"minItms": 1}}),
        json!({"title": "问", "type": "object", "x-quantity": {"units": "mu"}}),
        json!({"title": "问", "enum": ["not a code"]}),
    ] {
        assert!(!schema.is_valid(&with(question.clone())), "{question}");
    }
    assert!(!schema.is_valid(&json!({"title": "表", "type": "object"})), "without questions");
}
