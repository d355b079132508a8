//! docs/form-format.md names everything the format has, and its examples hold.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Files, form_of};
use doorstep_forms::Form;
use doorstep_forms::expr::{Expr, TypeEnv};
use serde_json::Value;

fn doc() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/form-format.md");
    std::fs::read_to_string(path).expect("docs/form-format.md")
}

/// The fenced blocks with what stands after the three ticks: `json form.json`, `cel`...
fn blocks(doc: &str) -> Vec<(&str, &str)> {
    let mut out = Vec::new();
    let mut parts = doc.split("\n```");
    parts.next();
    // Every second piece stands inside a fence.
    while let (Some(block), _) = (parts.next(), parts.next()) {
        out.push(block.split_once('\n').unwrap_or((block, "")));
    }
    out
}

/// The JSON example of a name. Blocks of other names are read too: an example that is no JSON fails.
fn example(doc: &str, name: &str) -> Value {
    let json = blocks(doc).into_iter().filter(|(info, _)| info.starts_with("json"));
    let read = |(info, block): (&str, &str)| {
        let value = serde_json::from_str(block).unwrap_or_else(|e| panic!("{info}: {e}: {block}"));
        (info.trim_start_matches("json").trim().to_string(), value)
    };
    let all: Vec<(String, Value)> = json.map(read).collect();
    all.into_iter().find(|(info, _)| info == name).unwrap_or_else(|| panic!("no example {name}")).1
}

/// The form of the page: the worked example with what the page shows.
fn form_of_the_page(doc: &str) -> Form {
    let mut schema: Value = serde_json::from_slice(&common::fixture("visit")["schema.json"]).unwrap();
    schema["properties"]["house"] = serde_json::json!({"title": "住房", "type": "object", "x-group": true, "additionalProperties": false,
        "properties": {"grade": {"title": "等级", "enum": ["A", "B"]}}});
    for (key, question) in example(doc, "properties").as_object().unwrap() {
        schema["properties"][key] = question.clone();
    }
    schema["x-constraints"] = serde_json::json!([example(doc, "constraint")]);
    let mut files: Files = common::fixture("visit");
    files.insert("form.json".into(), example(doc, "form.json").to_string().into_bytes());
    files.insert("schema.json".into(), schema.to_string().into_bytes());
    files.insert("ui.json".into(), example(doc, "ui.json").to_string().into_bytes());
    files.insert("tests/complete.json".into(), example(doc, "tests/example.json").to_string().into_bytes());
    let mut en: Value = serde_json::from_slice(&files["i18n/en.json"]).unwrap();
    let texts = [
        ("house.label", "House"),
        ("house.grade.label", "Grade"),
        ("page.house", "House"),
        ("booklets.label", "Booklets"),
        ("paid.label", "Paid"),
        ("cattle.label", "Cattle"),
        ("bridges.label", "Bridges"),
        ("bridges.unit", "bridges"),
    ];
    for (key, text) in texts {
        en[key] = text.into();
    }
    files.insert("i18n/en.json".into(), en.to_string().into_bytes());
    form_of(files)
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
    let form = form_of_the_page(&doc());
    assert_eq!(form.pages("en")[0].title, "Members");
    the_lens_holds(&example(&doc(), "lenses/1.json"));
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
fn the_expressions_come_out_as_the_page_says() {
    let doc = doc();
    let form = form_of_the_page(&doc);
    let (head, other) = (common::row('A'), common::row('B'));
    let answers = common::answers(serde_json::json!({
        "_date": "2015-07-01", "visit_date": "2015-07-01",
        format!("members/{head}/relation"): "head", format!("members/{head}/born"): "1950-01-01",
        format!("members/{head}/income"): "2000", format!("members/{other}/born"): "1990-01-01",
        "causes/illness": true,
        "booklets": r#"{"entered":"70","entered_unit":"wan_copies","qualifier":"over","unit":"copies","value":"700000"}"#
    }));
    let mut run = 0;
    for line in
        blocks(&doc).into_iter().filter(|(info, _)| *info == "cel").flat_map(|(_, block)| block.lines())
    {
        let (text, want) = line.rsplit_once(" => ").unwrap_or_else(|| panic!("{line}"));
        let expr = Expr::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let want: Value = serde_json::from_str(want).unwrap_or_else(|e| panic!("{line}: {e}"));
        let env = TypeEnv::default().with("doc", form.doc_type().clone());
        expr.check(&env).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(form.eval_expr(&expr, &answers).to_json(), want, "{text}");
        run += 1;
    }
    assert!(run >= 15, "{run} expressions");
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
