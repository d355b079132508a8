//! docs/form-format.md names everything the format has, and its examples hold.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Files, form_of};
use serde_json::Value;

fn doc() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/form-format.md");
    std::fs::read_to_string(path).expect("docs/form-format.md")
}

/// The contents of the fenced JSON blocks.
fn examples(doc: &str) -> Vec<Value> {
    let blocks = doc.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.map(|block| serde_json::from_str(block).unwrap_or_else(|e| panic!("{e}: {block}"))).collect()
}

#[test]
fn every_keyword_is_explained() {
    let doc = doc();
    let meta: Value = serde_json::from_str(doorstep_forms::META_SCHEMA).unwrap();
    for def in ["root", "node"] {
        for keyword in meta["$defs"][def]["properties"].as_object().unwrap().keys() {
            assert!(
                doc.contains(&format!("`{keyword}`")) || doc.contains(&format!("`{keyword}:")),
                "{keyword}"
            );
        }
    }
}

#[test]
fn the_examples_hold_together() {
    let doc = doc();
    let examples = examples(&doc);
    let [manifest, constraint, lens, ui, golden] = &examples[..] else {
        panic!("{} examples", examples.len())
    };
    let mut schema: Value = serde_json::from_slice(&common::fixture("visit")["schema.json"]).unwrap();
    schema["properties"]["house"] = serde_json::json!({"title": "住房", "type": "object", "x-group": true, "additionalProperties": false,
        "properties": {"grade": {"title": "等级", "enum": ["A", "B"]}}});
    schema["x-constraints"] = serde_json::json!([constraint]);
    let mut files: Files = common::fixture("visit");
    files.insert("form.json".into(), manifest.to_string().into_bytes());
    files.insert("schema.json".into(), schema.to_string().into_bytes());
    files.insert("ui.json".into(), ui.to_string().into_bytes());
    files.insert("tests/complete.json".into(), golden.to_string().into_bytes());
    let mut en: Value = serde_json::from_slice(&files["i18n/en.json"]).unwrap();
    for (key, text) in [("house.label", "House"), ("house.grade.label", "Grade"), ("page.house", "House")] {
        en[key] = text.into();
    }
    files.insert("i18n/en.json".into(), en.to_string().into_bytes());
    let form = form_of(files);
    assert_eq!(form.pages("en")[0].title, "Members");
    the_lens_holds(lens);
}

/// The lens of the page, beside a form that has its questions.
fn the_lens_holds(lens: &Value) {
    let schema = common::schema(serde_json::json!({
        "house": {"title": "住房", "type": "object", "x-group": true, "additionalProperties": false,
            "properties": {"owner": {"title": "产权", "enum": ["own", "rent"]}}},
        "land_ha": {"title": "耕地", "type": "string", "format": "decimal", "x-from": "land_mu"},
        "cause": {"title": "原因", "oneOf": [{"const": "transport", "title": "交通"}]}
    }));
    let mut files = common::small(schema);
    let manifest = String::from_utf8(files["form.json"].clone()).unwrap();
    files.insert("form.json".into(), manifest.replace("\"version\":1", "\"version\":2").into_bytes());
    files.insert("lenses/1.json".into(), lens.to_string().into_bytes());
    assert_eq!(form_of(files).lens_versions(), [1]);
}

#[test]
fn the_limits_are_those_of_the_code() {
    use doorstep_forms::limits as l;
    let doc = doc();
    let kib = |n: usize| format!("{} KiB", n / 1024);
    let said = [
        format!("Package {} MiB and {} files", l::PACKAGE_BYTES / 1024 / 1024, l::PACKAGE_FILES),
        format!("other JSON {}, depth {}", kib(l::JSON_BYTES), l::JSON_DEPTH),
        format!("pattern {}", kib(l::PATTERN_BYTES)),
        format!("expression {},\ndepth {}, 200,000 steps", kib(l::EXPR_BYTES), l::EXPR_DEPTH),
        format!("texts {}", kib(l::STRING_BYTES)),
        "5,000\nsubschemas".to_string(),
        format!("lens file 2,000 steps; {} former places", l::FORMERS),
    ];
    for text in said {
        assert!(doc.contains(&text), "{text}");
    }
    assert_eq!(
        (l::SUBSCHEMAS, l::EXPR_STEPS, l::FORM_STEPS, l::CODES_ROWS, l::LENS_STEPS),
        (5_000, 200_000, 5_000_000, 20_000, 2_000)
    );
    assert_eq!((l::SCHEMA_BYTES, l::CODES_BYTES), (l::JSON_BYTES, 2 * 1024 * 1024));
}
