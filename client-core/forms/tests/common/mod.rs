//! Packages for tests.
#![allow(dead_code, unreachable_pub)]

use std::collections::BTreeMap;
use std::path::Path;

use doorstep_forms::{Answers, Fault, Form, FormPackage};
use serde_json::{Value, json};

pub type Files = BTreeMap<String, Vec<u8>>;

/// The files of a fixture folder.
pub fn fixture(name: &str) -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    let mut files = Files::new();
    for folder in ["", "i18n", "codes", "tests"] {
        for entry in std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            if entry.path().is_file() {
                let name = entry.file_name().into_string().expect("utf-8 name");
                let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                files.insert(name, std::fs::read(entry.path()).expect("readable"));
            }
        }
    }
    files
}

/// The files of the first version of a form of the project.
pub fn shipped(form: &str) -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/forms").join(form).join("1");
    let mut files = Files::new();
    for folder in ["", "i18n", "codes", "tests", "lenses"] {
        for entry in std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            if entry.path().is_file() {
                let name = entry.file_name().into_string().expect("utf-8 name");
                let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                files.insert(name, std::fs::read(entry.path()).expect("readable"));
            }
        }
    }
    files
}

/// A package with one locale, so that small schemas need no translations.
pub fn small(schema: Value) -> Files {
    let manifest = json!({"id": "small", "version": 1, "kind": "register", "entity": "household",
        "title": {"zh": "小表"}, "locales": ["zh"]});
    Files::from([
        ("form.json".to_string(), manifest.to_string().into_bytes()),
        ("schema.json".to_string(), schema.to_string().into_bytes()),
    ])
}

/// The schema of a form with these properties.
pub fn schema(properties: Value) -> Value {
    json!({"title": "表", "type": "object", "additionalProperties": false, "properties": properties})
}

pub fn form_of(files: Files) -> Form {
    let package = FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{}", list(&faults)));
    Form::compile(package).unwrap_or_else(|faults| panic!("{}", list(&faults)))
}

pub fn form(schema: Value) -> Form {
    form_of(small(schema))
}

pub fn faults(files: Files) -> Vec<Fault> {
    FormPackage::from_files(files).err().unwrap_or_default()
}

/// `file#pointer kind` of each fault.
pub fn places(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|f| format!("{}#{} {}", f.file, f.pointer, f.kind.code())).collect()
}

pub fn list(faults: &[Fault]) -> String {
    faults.iter().map(|f| format!("{f}\n")).collect()
}

pub fn answers(value: Value) -> Answers {
    serde_json::from_value(value).expect("an object")
}

/// A row id that differs by its last letter.
pub fn row(letter: char) -> String {
    format!("01J9ZZZZZZZZZZZZZZZZZZZZZ{letter}")
}
