//! `x-membership`: who belongs to a household, who heads it, and what a check says of a wrong annotation.

#![allow(clippy::unwrap_used)]

mod common;

use common::{answers, form_of, shipped, small};
use doorstep_forms::{Form, FormPackage};
use serde_json::{Value, json};

const A: &str = "members/0AAAAAAAAAAAAAAAAAAAAAAAAA";
const B: &str = "members/0BBBBBBBBBBBBBBBBBBBBBBBBB";

fn household(more: Value) -> doorstep_forms::Answers {
    let mut all = json!({});
    all[format!("{A}/relation")] = "head".into();
    all[format!("{B}/relation")] = "spouse".into();
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    answers(all)
}

#[test]
fn a_member_belongs_until_a_state_or_a_close_says_otherwise() {
    let form = form_of(shipped("household_register"));
    let membership = form.membership().unwrap();
    let table = [
        (json!({}), true),
        (json!({"membership/state": null}), true),
        (json!({"membership/state": "active"}), true),
        (json!({"membership/state": "died"}), false),
        (json!({"membership/state": "split"}), false),
        (json!({"_deleted": true}), false),
    ];
    for (more, open) in table {
        let more: serde_json::Map<String, Value> = more
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| (format!("{A}/{key}"), value.clone()))
            .collect();
        let answers = household(Value::Object(more.clone()));
        assert_eq!(membership.is_open(&answers, A), open, "{more:?}");
        assert_eq!(membership.heads(&answers).len(), usize::from(open), "{more:?}");
    }
    let two = household(json!({ format!("{B}/relation"): "head" }));
    assert_eq!(membership.heads(&two), [A, B]);
    assert_eq!(membership.row_of(&format!("{A}/membership/to")), Some(A));
    assert_eq!((membership.row_of("members"), membership.row_of("membersx/A/name")), (None, None));
}

#[test]
fn what_it_names_must_be_there() {
    let kinds = |membership: Value| -> Vec<String> {
        let date = json!({"title": "日期", "type": "string", "format": "date"});
        let mut schema = common::schema(json!({
            "day": date,
            "way": {"title": "方式", "oneOf": [{"const": "office", "title": "室内"}]},
            "kin": {"title": "亲属", "type": "object", "x-roster": {}, "additionalProperties": {"type": "object",
                "additionalProperties": false, "properties": {
                    "state": {"title": "状态", "oneOf": [{"const": "here", "title": "在"}, {"const": "gone", "title": "走"}]},
                    "tie": {"title": "关系", "oneOf": [{"const": "head", "title": "户主"}]},
                    "since": date, "until": date}}}
        }));
        schema["x-membership"] = membership;
        match FormPackage::from_files(small(schema)).and_then(Form::compile) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.iter().map(|fault| fault.pointer.clone()).collect(),
        }
    };
    let right = json!({"roster": "kin", "state": "state", "open": ["here"], "split": "gone", "from": "since", "to": "until",
        "relation": "tie", "head": "head", "dated": "day", "begins": {"way": "office"}});
    assert_eq!(kinds(right.clone()), Vec::<String>::new());
    for (key, value) in [
        ("roster", json!("day")),
        ("state", json!("since")),
        ("open", json!(["away"])),
        ("split", json!("away")),
        ("from", json!("tie")),
        ("to", json!("tie")),
        ("joined", json!("nothing")),
        ("joins", json!({"gone": "came"})),
        ("head", json!("son")),
        ("dated", json!("way")),
        ("begins", json!({"way": "field"})),
    ] {
        let mut wrong = right.clone();
        wrong[key] = value;
        let told = kinds(wrong);
        // Without the question of the state its codes cannot be known either.
        let follow = |pointer: &String| key == "state" && pointer.starts_with("/x-membership/");
        let place = format!("/x-membership/{key}");
        assert!(told.contains(&place), "{key}: {told:?}");
        assert!(told.iter().all(|pointer| *pointer == place || follow(pointer)), "{key}: {told:?}");
    }
    let mut half = right;
    half.as_object_mut().unwrap().remove("head");
    assert_eq!(kinds(half), ["/x-membership/relation"]);
}
