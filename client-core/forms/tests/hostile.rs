//! Broken and hostile packages: every fault named with file, pointer and reason, in bounded time.

mod common;

use std::collections::BTreeMap;

use common::{faults, fixture, list, places, schema, small};
use doorstep_forms::{FaultKind, FormPackage};
use serde_json::{Value, json};

/// The faults of a small form with this schema text.
fn of_text(schema: &str) -> Vec<doorstep_forms::Fault> {
    let mut files = small(json!({}));
    files.insert("schema.json".into(), schema.as_bytes().to_vec());
    faults(files)
}

#[track_caller]
fn one(schema: Value, want: &str) {
    let found = faults(small(schema));
    assert!(places(&found).iter().any(|p| p == want), "wanted {want}, found\n{}", list(&found));
}

#[track_caller]
fn only(schema: Value, want: &[&str]) {
    let found = faults(small(schema));
    assert_eq!(places(&found), want, "{}", list(&found));
}

fn text(title: &str) -> Value {
    json!({"title": title, "type": "string"})
}

#[test]
fn keywords_outside_the_profile_are_named() {
    for keyword in [
        "anyOf",
        "not",
        "if",
        "allOf",
        "unevaluatedProperties",
        "dependentSchemas",
        "$dynamicRef",
        "default",
        "x-relevent",
    ] {
        let mut question = text("题");
        question[keyword] = json!({});
        let want = format!("schema.json#/properties/a/{keyword} keyword");
        one(schema(json!({ "a": question })), &want);
    }
    one(
        schema(json!({"a": {"title": "题", "type": "string", "minLength": -1}})),
        "schema.json#/properties/a/minLength keyword_value",
    );
    one(
        schema(json!({"a": {"title": "题", "type": ["string", "null"]}})),
        "schema.json#/properties/a/type keyword_value",
    );
    one(
        schema(json!({"a": {"title": "题", "type": "string", "format": "ipv4"}})),
        "schema.json#/properties/a/format keyword_value",
    );
    one(schema(json!({"a": true})), "schema.json#/properties/a keyword_value");
    one(json!({"title": "表", "type": "object", "properties": {"a": text("题")}}), "schema.json# question");
}

#[test]
fn all_faults_at_once_in_order() {
    let bad = json!({
        "title": "表", "type": "object", "additionalProperties": false,
        "required": ["ghost"],
        "properties": {
            "a": {"title": "题", "type": "string", "anyOf": []},
            "b": {"title": "题", "type": "string", "x-relevant": "doc.a =="},
            "c": {"title": "题", "type": "integer", "x-calculate": "doc.a + 'x'"},
            "Bad Name": {"title": "题", "type": "string"},
            "d": {"title": "题", "type": "string", "x-codes": {"list": "none"}}
        }
    });
    only(
        bad,
        &[
            "schema.json#/properties/Bad Name name",
            "schema.json#/properties/a/anyOf keyword",
            "schema.json#/properties/b/x-relevant expression",
            "schema.json#/properties/c/x-calculate expression",
            "schema.json#/properties/d/x-codes unknown_list",
            "schema.json#/required keyword_value",
        ],
    );
}

#[test]
fn every_fault_speaks_both_languages() {
    let found = of_text(
        r#"{"title": "表", "type": "object", "properties": {"a": {"type": "number", "pattern": "("}, "b": {}}}"#,
    );
    assert!(found.len() >= 4, "{}", list(&found));
    for fault in found {
        assert!(!fault.reason_zh.is_ascii() && !fault.reason_en.is_empty(), "{fault}");
    }
}

#[test]
fn references_in_a_circle() {
    let looping = json!({"title": "表", "type": "object", "additionalProperties": false, "properties": {"a": {"title": "题", "$ref": "#/$defs/a"}},
        "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"type": "object", "properties": {"x": {"$ref": "#/$defs/a"}}}}});
    one(looping, "schema.json#/$defs/a ref_loop");
    one(schema(json!({"a": {"title": "题", "$ref": "#"}})), "schema.json#/properties/a/$ref unknown_ref");
    one(
        schema(json!({"a": {"title": "题", "$ref": "#/$defs/none"}})),
        "schema.json#/properties/a/$ref unknown_ref",
    );
    let chain: serde_json::Map<String, Value> =
        (0..5000).map(|i| (format!("d{i}"), json!({"$ref": format!("#/$defs/d{}", i + 1)}))).collect();
    let mut long = schema(json!({"a": {"title": "题", "$ref": "#/$defs/d0"}}));
    long["$defs"] = Value::Object(chain);
    one(long, "schema.json#/$defs/d32 too_deep");
}

#[test]
fn remote_references() {
    for target in ["https://example.org/a.json", "other.json#/x", "file:///etc/passwd"] {
        one(
            schema(json!({"a": {"title": "题", "$ref": target}})),
            "schema.json#/properties/a/$ref remote_ref",
        );
    }
}

#[test]
fn bombs_are_refused_before_compiling() {
    let start = std::time::Instant::now();
    // Doubling by references: 2^40 subschemas in a few kilobytes, by allOf and by properties.
    for doubled in [
        |next: &str| json!({"allOf": [{"$ref": next}, {"$ref": next}]}),
        |next: &str| json!({"type": "object", "properties": {"a": {"$ref": next}, "b": {"$ref": next}}}),
    ] {
        let mut defs = serde_json::Map::new();
        for i in 0..25 {
            defs.insert(format!("d{i}"), doubled(&format!("#/$defs/d{}", i + 1)));
        }
        defs.insert("d25".into(), json!({"type": "string"}));
        let mut bomb = schema(json!({"a": {"title": "题", "$ref": "#/$defs/d0"}}));
        bomb["$defs"] = Value::Object(defs);
        one(bomb, "schema.json# too_many_subschemas");
    }
    // Nested allOf without references.
    let mut nested = json!({"type": "integer"});
    for _ in 0..12 {
        nested = json!({"allOf": [nested, nested]});
    }
    let nested = schema(json!({"a": nested}));
    one(nested, "schema.json# too_many_subschemas");
    // A bound on time is no test of speed: unbounded, this takes hours.
    assert!(start.elapsed().as_secs() < 60);
}

#[test]
fn five_thousand_subschemas_are_the_limit() {
    let questions = |n: usize| -> Value {
        schema(Value::Object((0..n).map(|i| (format!("q{i}"), text("题"))).collect()))
    };
    only(questions(5000), &[]);
    only(questions(5001), &["schema.json# too_many_subschemas"]);
}

#[test]
fn patterns_are_short_and_linear() {
    let with = |pattern: &str| schema(json!({"a": {"title": "题", "type": "string", "pattern": pattern}}));
    only(with(&"a".repeat(1024)), &[]);
    one(with(&"a".repeat(1025)), "schema.json#/properties/a/pattern pattern");
    one(with("(a+)+(?=b)"), "schema.json#/properties/a/pattern pattern");
    one(with("(.)\\1"), "schema.json#/properties/a/pattern pattern");
    one(with("((a{100}){100}){100}"), "schema.json#/properties/a/pattern pattern");
    one(with(&"(".repeat(500)), "schema.json#/properties/a/pattern pattern");
}

#[test]
fn depth_size_and_bytes() {
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let found = of_text(&format!(r#"{{"title": {deep}}}"#));
    assert!(found.iter().any(|f| f.kind == FaultKind::TooDeep && f.pointer.starts_with("/title/0/0")));
    let deeper = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(places(&of_text(&deeper)), ["schema.json# too_deep"]);
    let large = format!(r#"{{"title": "{}"}}"#, "x".repeat(512 * 1024));
    assert_eq!(places(&of_text(&large)), ["schema.json# too_large"]);
    assert_eq!(
        places(&of_text(r#"{"a": 1, "b": {"c": 1, "c": 2}, "a": 3}"#)),
        ["schema.json#/a duplicate_key", "schema.json#/b/c duplicate_key"]
    );
    assert_eq!(places(&of_text("{\"title\": \"a\\u0000b\"}")), ["schema.json#/title nul"]);
    assert_eq!(places(&of_text("{\"ti\\u0000tle\": 1}")), ["schema.json#/ti\0tle nul"]);
    assert_eq!(places(&of_text("{\0}")), ["schema.json# nul"]);
    assert_eq!(places(&of_text("\u{feff}{}")), ["schema.json# byte_order_mark"]);
    assert_eq!(places(&of_text("{\"a\":}")), ["schema.json# syntax"]);
    let mut files = small(json!({}));
    files.insert("schema.json".into(), b"{\"a\": \"\xff\"}".to_vec());
    assert_eq!(places(&faults(files)), ["schema.json# not_utf8"]);
}

#[test]
fn files_manifest_and_code_lists() {
    assert_eq!(
        places(&faults(BTreeMap::from([("../x".to_string(), vec![])]))),
        ["../x# unexpected_file", "form.json# missing_file", "schema.json# missing_file"]
    );
    let mut files = small(schema(json!({"a": text("题")})));
    files.insert("form.json".into(), json!({"id": "Small", "version": 0, "kind": "event", "entity": "h", "title": {}, "label": "doc.x", "search": ["y"]}).to_string().into_bytes());
    let found = places(&faults(files));
    for want in [
        "/id manifest",
        "/version manifest",
        "/title/zh manifest",
        "/title/en manifest",
        "/label expression",
        "/search/0 manifest",
    ] {
        assert!(found.contains(&format!("form.json#{want}")), "{want} in {found:?}");
    }
    let mut files = fixture("visit");
    files.insert(
        "codes/divisions.csv".into(),
        "code,label,parent,level\n1,一,,town\n1,二,,town\n,三,,town\na b,四,,town\n5,,,town\n6\n".into(),
    );
    let found = places(&faults(files));
    for line in [3, 4, 5, 6, 7] {
        assert!(found.contains(&format!("codes/divisions.csv#line {line} code_list")), "{line} in {found:?}");
    }
    let mut files = fixture("visit");
    files.insert("codes/divisions.csv".into(), "name\nx\n".into());
    assert_eq!(places(&faults(files))[0], "codes/divisions.csv#line 1 code_list");
    let big: BTreeMap<String, Vec<u8>> = (0..300).map(|i| (format!("codes/c{i}.csv"), vec![])).collect();
    assert_eq!(places(&faults(big)), ["# too_large"]);
}

#[test]
fn translations_are_complete_and_english() {
    let mut files = fixture("visit");
    let mut en: BTreeMap<String, String> = serde_json::from_slice(&files["i18n/en.json"]).unwrap();
    en.remove("land_mu.label");
    en.remove("outcome.completed");
    en.remove("one_head.error");
    en.remove("page.members");
    en.insert("causes.illness".into(), "因病".into());
    files.insert("i18n/en.json".into(), serde_json::to_vec(&en).unwrap());
    let keys =
        ["causes.illness", "land_mu.label", "one_head.error", "outcome.completed", "page.members.label"];
    let want: Vec<String> = keys.iter().map(|key| format!("i18n/en.json#/{key} translation")).collect();
    assert_eq!(places(&faults(files)), want);
}

#[test]
fn rules_that_depend_on_each_other() {
    let circle = schema(json!({
        "a": {"title": "甲", "type": "integer", "x-calculate": "doc.b + 1"},
        "b": {"title": "乙", "type": "integer", "x-calculate": "doc.c + 1"},
        "c": {"title": "丙", "type": "integer", "x-relevant": "doc.a > 1"}
    }));
    let found = faults(small(circle));
    assert_eq!(found[0].kind, FaultKind::Cycle);
    assert!(found[0].reason_en.contains("c -> a -> b -> c"), "{}", found[0]);
    one(
        schema(json!({"a": {"title": "甲", "type": "string", "x-relevant": "doc.a == 'x'"}})),
        "schema.json#/properties/a/x-relevant cycle",
    );
}

#[test]
fn layout_goldens_and_the_rest() {
    let mut files = fixture("visit");
    files.insert("ui.json".into(), json!({"type": "Categorization", "elements": [{"type": "Category", "label": "页", "i18n": "page.visit",
        "elements": [{"type": "Control", "scope": "#/properties/none"}, {"type": "Control", "scope": "#/properties/causes"},
            {"type": "Control", "scope": "#/properties/causes"}, {"type": "Rocket"}]}]}).to_string().into());
    files.insert("tests/complete.json".into(), json!([{"name": "x"}]).to_string().into());
    assert_eq!(
        places(&faults(files)),
        [
            "tests/complete.json#/0 golden",
            "ui.json#/elements/0/elements/0/scope layout",
            "ui.json#/elements/0/elements/2 layout",
            "ui.json#/elements/0/elements/3 layout"
        ]
    );
    one(
        schema(json!({"a": {"title": "题", "type": "string", "x-row-of": "b"}})),
        "schema.json#/properties/a/x-row-of unknown_list",
    );
    one(
        schema(
            json!({"a": {"title": "题", "oneOf": [{"const": "x", "title": "甲"}], "x-transitions": {"x": ["y"]}}}),
        ),
        "schema.json#/properties/a/x-transitions transition",
    );
    let mut placed = schema(json!({"a": text("题")}));
    placed["x-constraints"] = json!([{"key": "k", "severity": "error", "location": ["/z"], "expression": "true", "human": "错"},
        {"key": "k", "severity": "error", "location": ["/a"], "expression": "1", "human": "错"}]);
    only(
        placed,
        &[
            "schema.json#/x-constraints/0/location constraint",
            "schema.json#/x-constraints/1 constraint",
            "schema.json#/x-constraints/1/expression expression",
        ],
    );
    let roster = |inner: Value| {
        json!({"title": "子表", "type": "object", "x-roster": {}, "additionalProperties":
        {"type": "object", "additionalProperties": false, "properties": {"r": inner}}})
    };
    one(
        schema(json!({"a": roster(roster(roster(text("题"))))})),
        "schema.json#/properties/a/additionalProperties/properties/r/additionalProperties/properties/r nested_roster",
    );
    let hidden = schema(json!({
        "h": {"title": "题", "type": "string", "x-preload": "subject.x", "x-hidden-until": "submitted"},
        "s": {"title": "题", "type": "string", "x-calculate": "doc.h"},
        "t": {"title": "题", "type": "string", "x-relevant": "has(doc._pre.x)"},
        "u": {"title": "题", "type": "string", "x-calculate": "doc.h", "x-hidden-until": "submitted"}
    }));
    only(
        hidden,
        &[
            "schema.json#/properties/s/x-calculate hidden_leak",
            "schema.json#/properties/t/x-relevant hidden_leak",
        ],
    );
}

#[test]
fn contradictions_are_named() {
    let cases = [
        (
            json!({"title": "题", "type": "object", "properties": {"v": {"type": "string", "x-relevant": "true"}}}),
            "/properties/v/x-relevant question",
        ),
        (json!({"title": "题", "type": "string", "x-multi": true}), "/x-multi question"),
        (json!({"title": "题", "type": "string", "x-transitions": {}}), "/x-transitions question"),
        (
            json!({"title": "题", "type": "string", "x-calculate": "'a'", "x-preload": "subject.x"}),
            "/x-preload question",
        ),
        (
            json!({"title": "题", "type": "object", "x-multi": true, "additionalProperties": false, "properties": {"a": {"type": "string"}}}),
            "/properties/a question",
        ),
        (json!({"title": "题", "type": "object", "x-roster": {}}), " question"),
        (json!({"title": "题"}), " question"),
        (json!({"type": "string"}), " question"),
        (json!({"title": "题", "type": "number"}), " question"),
        (
            json!({"title": "题", "oneOf": [{"const": "x", "title": "甲"}, {"const": "x", "title": "乙"}]}),
            " question",
        ),
        (json!({"title": "题", "type": "string", "x-preload": "elsewhere.x"}), "/x-preload keyword_value"),
        (
            json!({"title": "题", "type": "string", "x-codes": {"list": "l", "file": "f"}}),
            "/x-codes/file keyword_value",
        ),
    ];
    for (question, want) in cases {
        one(schema(json!({ "a": question })), &format!("schema.json#/properties/a{want}"));
    }
}

#[test]
fn hidden_labels_and_foreign_locales() {
    let mut files = small(schema(
        json!({"h": {"title": "题", "type": "string", "x-preload": "subject.x", "x-hidden-until": "submitted"}}),
    ));
    let manifest = json!({"id": "small", "version": 1, "kind": "event", "entity": "household", "title": {"zh": "小表"}, "locales": ["zh"], "label": "doc.h"});
    files.insert("form.json".into(), manifest.to_string().into_bytes());
    files.insert("i18n/fr.json".into(), b"{}".to_vec());
    assert_eq!(places(&faults(files)), ["form.json#/label expression", "i18n/fr.json# translation"]);
}

#[test]
fn any_bytes_are_refused_or_read() {
    // Every single-byte change of a real package is answered, one way or the other, without a panic.
    let bytes = FormPackage::from_files(fixture("visit")).unwrap().to_bytes();
    for at in (0..bytes.len()).step_by(61) {
        let mut mutated = bytes.clone();
        mutated[at] ^= 0x55;
        if let Ok(package) = FormPackage::from_bytes(&mutated) {
            let _ = doorstep_forms::Form::compile(package);
        }
    }
}

#[test]
fn the_meta_schema_is_a_schema() {
    let meta: Value = serde_json::from_str(doorstep_forms::META_SCHEMA).unwrap();
    assert!(meta["$defs"]["node"]["properties"].get("x-relevant").is_some());
    only(schema(json!({"a": text("题")})), &[]);
}
