//! Every field of form.json: changing it is never passed over.
//!
//! The names come from the schema of form.json itself, so that a new field without a decision of the differ fails here.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_forms::{Class, FORM_META_SCHEMA, compare};
use serde_json::{Value, json};

use crate::package::{Package, base};

type Edit = fn(&mut Package);

/// What no version can differ in: its number, the one format there is, the editor's own line. `locales` need translations
/// of everything and have a test of their own (`a_language_and_the_order_of_questions_are_cosmetic`).
const FIXED: [&str; 4] = ["version", "engine", "$schema", "locales"];

fn table() -> Vec<(&'static str, Edit, Class)> {
    let person = |p: &mut Package| p.manifest["person"] = json!({"name": "name"});
    vec![
        ("id", |p| p.manifest["id"] = "other".into(), Class::Forbidden),
        ("kind", |p| p.manifest["kind"] = "event".into(), Class::Forbidden),
        ("entity", |p| p.manifest["entity"] = "village".into(), Class::Forbidden),
        ("title", |p| p.manifest["title"]["zh"] = "小表（新）".into(), Class::Cosmetic),
        ("sensitivity", |p| p.manifest["sensitivity"] = "health".into(), Class::Rules),
        ("auto_approve", |p| p.manifest["auto_approve"] = true.into(), Class::Rules),
        ("confirm", |p| p.manifest["confirm"] = true.into(), Class::Rules),
        ("label", |p| p.manifest["label"] = "doc.name".into(), Class::Cosmetic),
        ("search", |p| p.manifest["search"] = json!(["note"]), Class::Cosmetic),
        ("identity", |p| p.manifest["identity"] = json!(["name"]), Class::Rules),
        ("person.name", person, Class::Rules),
        ("person.birth", |p| p.manifest["person"] = json!({"name": "name", "birth": "note"}), Class::Rules),
        ("person.sex", |p| p.manifest["person"] = json!({"name": "name", "sex": "note"}), Class::Rules),
        ("person.number", |p| p.manifest["person"] = json!({"name": "name", "number": "note"}), Class::Rules),
        ("subject", |p| p.manifest["subject"] = "none".into(), Class::Rules),
        ("area_path", |p| p.manifest["area_path"] = "note".into(), Class::Rules),
    ]
}

/// `person` -> its keys; none for what has no keys of its own.
fn fields() -> BTreeSet<String> {
    let meta: Value = serde_json::from_str(FORM_META_SCHEMA).unwrap();
    let mut names = BTreeSet::new();
    for (name, schema) in meta["properties"].as_object().unwrap() {
        match schema["properties"].as_object() {
            _ if FIXED.contains(&name.as_str()) => {}
            Some(keys) => names.extend(keys.keys().map(|key| format!("{name}.{key}"))),
            None => {
                names.insert(name.clone());
            }
        }
    }
    names
}

#[test]
fn no_field_of_form_json_changes_unseen() {
    let decided: BTreeSet<String> = table().iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(decided, fields());
    let mut wrong = BTreeMap::new();
    for (name, edit, class) in table() {
        let mut old = base();
        if name.starts_with("person.") && name != "person.name" {
            old.manifest["person"] = json!({"name": "name"});
        }
        let mut new = old.clone();
        edit(&mut new);
        let found = compare(&old.form(1), &new.form(2));
        if found.is_empty() || found.class() != class {
            wrong.insert(name, (class, found.changes));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
