//! What an author is told: every fault at once, where, with a caret, and what was probably meant.

mod common;

use common::{Files, faults, fixture, schema, small};
use doorstep_forms::{Excerpt, Fault, FormPackage};
use serde_json::{Value, json};

fn at<'f>(faults: &'f [Fault], pointer: &str) -> &'f Fault {
    faults.iter().find(|f| f.pointer == pointer).unwrap_or_else(|| panic!("{pointer}: {faults:#?}"))
}

#[test]
fn misspelt_names_of_every_kind_get_a_suggestion() {
    let mut files = small(schema(json!({
        "cultivated_mu": {"title": "耕地", "type": "string", "format": "decimal"},
        "a": {"title": "甲", "type": "boolean", "x-calculate": "doc.cultivated_mo > 1"},
        "b": {"title": "乙", "type": "boolean", "x-relevent": "true"},
        "c": {"title": "丙", "type": "integer", "x-calculate": "coun([1])"},
        "d": {"title": "丁", "type": "boolean", "x-calculate": "dco.cultivated_mu > 1"},
        "e": {"title": "戊", "type": "string", "x-codes": {"list": "crop"}},
        "f": {"title": "己", "type": "string", "x-row-of": "menbers"},
        "g": {"title": "庚", "oneOf": [{"const": "posted", "title": "公示"}], "x-transitions": {"": ["postd"]}},
        "members": {"title": "成员", "type": "object", "x-roster": {}, "additionalProperties": {"type": "object",
            "additionalProperties": false, "properties": {"name": {"title": "姓名", "type": "string"}}}}
    })));
    let mut schema: Value = serde_json::from_slice(&files["schema.json"]).unwrap();
    schema["x-constraints"] = json!([{"key": "k", "severity": "error", "location": ["/unlike_any"], "expression": "true", "human": "提示"},
               {"key": "l", "severity": "error", "location": ["/cultivated_um"], "expression": "true", "human": "提示"}]);
    files.insert("schema.json".into(), schema.to_string().into_bytes());
    files.insert("codes/crops.csv".into(), "code,label\nwheat,小麦\n".into());
    let list = faults(files);
    let cases = [
        ("/properties/a/x-calculate", Some("cultivated_mu")),
        ("/properties/b/x-relevent", Some("x-relevant")),
        ("/properties/c/x-calculate", Some("count")),
        ("/properties/d/x-calculate", Some("doc")),
        ("/properties/e/x-codes", Some("crops")),
        ("/properties/f/x-row-of", Some("members")),
        ("/properties/g/x-transitions", Some("posted")),
        ("/x-constraints/0/location", None),
        ("/x-constraints/1/location", Some("cultivated_mu")),
    ];
    for (pointer, meant) in cases {
        let fault = at(&list, pointer);
        let (en, zh) = (&fault.reason_en, &fault.reason_zh);
        match meant {
            Some(meant) => {
                assert!(en.ends_with(&format!("did you mean `{meant}`?")), "{en}");
                assert!(zh.ends_with(&format!("是否应为 `{meant}`？")), "{zh}");
            }
            None => assert!(!en.contains("did you mean"), "{en}"),
        }
    }
    assert_eq!(list.len(), cases.len(), "{list:#?}");
}

#[test]
fn faults_carry_line_column_and_the_expression() {
    let text = "{\n  \"title\": \"表\", \"type\": \"object\", \"additionalProperties\": false,\n  \"properties\": {\n    \"a\": {\"title\": \"甲\", \"type\": \"boolean\",\n      \"x-calculate\": \"true && doc.b\"}\n  }\n}";
    let mut files = small(json!({}));
    files.insert("schema.json".into(), text.as_bytes().to_vec());
    files.insert("codes/crops.csv".into(), "code,label\nwheat,小麦\nwheat,玉米\n".into());
    let list = faults(files);
    let fault = at(&list, "/properties/a/x-calculate");
    assert_eq!((fault.line, fault.column), (Some(5), Some(7)));
    assert_eq!(fault.excerpt.as_ref().unwrap().with_caret(), "true && doc.b\n           ^");
    let row = list.iter().find(|f| f.file == "codes/crops.csv").unwrap();
    assert_eq!((row.pointer.as_str(), row.line, row.column), ("line 3", Some(3), None));
    let json = serde_json::to_value(fault).unwrap();
    assert_eq!((&json["line"], &json["excerpt"]["position"]), (&json!(5), &json!(11)));
}

#[test]
fn the_caret_stands_under_the_character_even_after_wide_ones() {
    let excerpt = |text: &str, position: usize| Excerpt { text: text.into(), position }.with_caret();
    assert_eq!(excerpt("doc.x == '甲' && y", 17), "doc.x == '甲' && y\n                  ^");
    assert_eq!(excerpt("a &&\n  b ||\n  c", 7), "  b ||\n  ^");
    assert_eq!(excerpt("a &&", 4), "a &&\n    ^", "the end of what is not finished");
    assert_eq!(excerpt("", 9), "\n^");
}

#[test]
fn form_json_and_schema_json_are_told_of_together() {
    let mut files: Files = fixture("visit");
    files.insert(
        "form.json".into(),
        r#"{"id": "visit", "version": 1, "kind": "events", "entity": "household", "titel": {"zh": "表"}, "search": "name"}"#.into(),
    );
    let mut schema: Value = serde_json::from_slice(&files["schema.json"]).unwrap();
    schema["properties"]["head_name"]["patern"] = json!("x");
    files.insert("schema.json".into(), schema.to_string().into_bytes());
    let list = faults(files);
    let said: Vec<(&str, &str)> = list.iter().map(|f| (f.file.as_str(), f.pointer.as_str())).collect();
    for wanted in [
        ("form.json", ""),
        ("form.json", "/kind"),
        ("form.json", "/search"),
        ("form.json", "/titel"),
        ("schema.json", "/properties/head_name/patern"),
    ] {
        assert!(said.contains(&wanted), "{wanted:?} in {said:?}");
    }
    assert!(at(&list, "/titel").reason_en.ends_with("did you mean `title`?"));
    assert!(at(&list, "/properties/head_name/patern").reason_en.ends_with("did you mean `pattern`?"));
}

#[test]
fn a_schema_line_for_the_editor_is_no_fault() {
    let mut files = fixture("visit");
    let mut form: Value = serde_json::from_slice(&files["form.json"]).unwrap();
    form["$schema"] = json!("../../../meta/form.schema.json");
    files.insert("form.json".into(), form.to_string().into_bytes());
    assert!(FormPackage::from_files(files).is_ok());
}

#[test]
fn relevance_is_told_in_words() {
    let mut files = small(schema(json!({
        "poor": {"title": "贫困", "type": "boolean"},
        "grade": {"title": "等级", "oneOf": [{"const": "a", "title": "甲级"}, {"const": "d", "title": "丁级"}]},
        "causes": {"title": "原因", "type": "object", "x-multi": true, "additionalProperties": false,
            "properties": {"illness": {"title": "因病", "type": "boolean"}}},
        "land": {"title": "土地", "type": "integer"},
        "q1": {"title": "一", "type": "string", "x-relevant": "doc.poor && (doc.grade == 'd' || !doc.causes.illness)"},
        "q2": {"title": "二", "type": "string", "x-relevant": "doc.grade in ['a', 'd'] && doc.land >= 3"},
        "q3": {"title": "三", "type": "string", "x-relevant": "'illness' in doc.causes || has(doc.land)"},
        "q4": {"title": "四", "type": "string", "x-relevant": "size(doc.causes) > 1"},
        "members": {"title": "成员", "type": "object", "x-roster": {}, "additionalProperties": {"type": "object", "additionalProperties": false,
            "properties": {"age": {"title": "年龄", "type": "integer"}, "q5": {"title": "五", "type": "string", "x-relevant": "row.age < 18"}}}}
    })));
    let form = common::form_of(std::mem::take(&mut files));
    let said = |path: &str, locale: &str| form.relevance_words(form.question(path).unwrap(), locale);
    assert_eq!(
        said("q1", "zh").unwrap(),
        "“贫困”为“是”，且（“等级”为“丁级”，或并非（“原因 › 因病”为“是”））"
    );
    assert_eq!(said("q2", "zh").unwrap(), "“等级”为“甲级”或“丁级”，且“土地”不少于3");
    assert_eq!(said("q3", "en").unwrap(), "\"原因 › 因病\" is yes or \"土地\" is answered");
    assert_eq!(said("q4", "zh").unwrap(), "size(doc.causes) > 1", "what cannot be said is shown as written");
    assert_eq!(said("members/*/q5", "en").unwrap(), "\"年龄\" is less than 18");
    assert_eq!(said("poor", "zh"), None);
}
