//! `x-moves`, `x-other-of`, `x-authority`, `x-exclusive`: what they give, and what a check says of wrong ones.

#![allow(clippy::unwrap_used)]

mod common;

use common::{answers, form_of, shipped, small};
use doorstep_forms::{ChangeKind, Class, Context, Form, FormPackage, compare};
use serde_json::{Value, json};

fn kinds(schema: Value) -> Vec<String> {
    match FormPackage::from_files(small(schema)).and_then(Form::compile) {
        Ok(_) => Vec::new(),
        Err(faults) => {
            faults.iter().map(|fault| format!("{} {}", fault.kind.code(), fault.pointer)).collect()
        }
    }
}

fn schema(properties: Value, moves: Option<Value>) -> Value {
    let mut schema = common::schema(properties);
    if let Some(moves) = moves {
        schema["x-moves"] = moves;
    }
    schema
}

#[test]
fn an_identification_case_says_where_the_register_goes() {
    let case = form_of(shipped("identification_case"));
    let register = form_of(shipped("household_register"));
    let base = json!({"state": "county_ok", "county_approval/result": "approve", "county_approval/date": "2015-04-24"});
    let moved = |more: Value| {
        let mut all = base.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        case.moved(&answers(all))
    };
    let table = [
        (json!({"case_kind": "enter", "class": "2a"}), Some("registered")),
        (json!({"case_kind": "enter", "class": "3"}), None),
        (json!({"case_kind": "exit"}), Some("exited")),
        (json!({"case_kind": "return"}), Some("returned")),
        (json!({"case_kind": "monitor_in"}), Some("monitored")),
        (json!({"case_kind": "monitor_out", "monitor_kind": "unstable_exit"}), Some("exited")),
        (json!({"case_kind": "monitor_out", "monitor_kind": "marginal"}), Some("unregistered")),
        (json!({"case_kind": "remove_wrong"}), Some("removed")),
        (json!({"case_kind": "exit", "state": "under_objection"}), None),
        (json!({"case_kind": "exit", "state": "township_ok"}), None),
        (json!({"case_kind": "exit", "county_approval/result": "return"}), None),
    ];
    for (more, to) in table {
        let found = moved(more.clone());
        assert_eq!(found.as_ref().map(|found| found.to.as_str()), to, "{more}");
        if let Some(found) = found {
            assert_eq!(
                (found.form.as_str(), found.answer.as_str()),
                ("household_register", "register_status")
            );
            let (dated, on) = found.dated.unwrap();
            assert_eq!((dated.as_str(), on.as_deref()), ("status_date", Some("2015-04-24")));
            assert!(register.question(&dated).is_some() && register.offers("register_status", &found.to));
        }
    }
    let allows = |from, to| register.allows_move("register_status", from, to);
    assert!(allows(Some("registered"), "exited") && allows(None, "registered"));
    assert!(!allows(Some("unregistered"), "exited") && !allows(Some("exited"), "elsewhere"));
    assert!(
        !register.allows_move("address", None, "exited") && !register.allows_move("none", None, "exited")
    );
}

#[test]
fn a_disease_outside_the_list_waits_until_it_has_a_code() {
    let form = form_of(shipped("health_service_record"));
    let row = "cases/019S3EKF00E008000000000001";
    let said = |code: Value| {
        let given = json!({format!("{row}/case_kind"): "major", format!("{row}/disease_other"): " 脑卒中 ",
            format!("{row}/disease_code"): code});
        form.other_answers(&form.evaluate(&answers(given), &Context::FULL))
    };
    let [other] = &said(Value::Null)[..] else { panic!() };
    assert_eq!((other.path.clone(), other.text.as_str()), (format!("{row}/disease_other"), "脑卒中"));
    assert_eq!(other.code_path, format!("{row}/disease_code"));
    assert_eq!(said(json!("md23")), [], "mapped, and the text is still there");
    assert!(form.offers(&other.code_path, "md01") && !form.offers(&other.code_path, "md23"));
}

#[test]
fn wrong_ones_are_told_with_their_place() {
    let text = json!({"title": "其他", "type": "string", "maxLength": 9, "x-relevant": "doc.a == 'x'", "x-other-of": "a"});
    let select = json!({"title": "甲", "type": "string", "oneOf": [{"const": "x", "title": "他"}]});
    let with = |key: &str, value: Value| {
        let mut text = text.clone();
        text[key] = value;
        kinds(schema(json!({"a": select, "b": text}), None))
    };
    assert_eq!(with("title", json!("其他")), [""; 0]);
    assert_eq!(with("x-other-of", json!("c")), ["question /properties/b/x-other-of"]);
    assert_eq!(with("x-relevant", json!("true")), ["question /properties/b/x-other-of"]);
    assert_eq!(with("x-authority", json!("doctor")), ["keyword_value /properties/b/x-authority"]);
    let moves = |to: &str| json!({"form": "register", "answer": "status", "to": to});
    let check = |moves: Value| kinds(schema(json!({"a": select}), Some(moves)));
    assert_eq!(check(moves("doc.a == 'x' ? 'in' : null")), [""; 0]);
    assert_eq!(check(moves("doc.a == 'x'")), ["expression /x-moves/to"]);
    assert_eq!(check(moves("doc.nowhere")), ["expression /x-moves/to"]);
    let mut dated = moves("'in'");
    dated["dated"] = json!("on");
    assert_eq!(check(dated), ["keyword_value /x-moves"]);
}

#[test]
fn other_moves_are_other_rules() {
    let form = |to: &str| {
        let moves = json!({"form": "register", "answer": "status", "to": to});
        form_of(small(schema(json!({"a": {"title": "甲", "type": "string"}}), Some(moves))))
    };
    let comparison = compare(&form("'in'"), &form("'out'"));
    assert_eq!(comparison.class(), Class::Rules);
    assert_eq!(comparison.changes[0].kind, ChangeKind::AnnotationChanged);
}

#[test]
fn who_should_know_is_suggested_if_they_agree() {
    let health = json!({"title": "健康", "type": "object", "additionalProperties": false, "x-multi": true,
        "x-authority": ["hospital", "doctor"], "properties": {"ill": {"title": "患病", "type": "boolean"}}});
    let form =
        form_of(small(schema(json!({"health": health, "land": {"title": "地", "type": "integer"}}), None)));
    let suggested = |path: &str, given: &[(bool, &'static str)]| {
        let given: Vec<(Value, Vec<&str>)> =
            given.iter().map(|(value, who)| (json!(value), vec![*who, "enumerator"])).collect();
        form.suggested(path, &given)
    };
    assert_eq!(suggested("health/ill", &[(true, "doctor"), (false, "cadre")]), [true, false]);
    assert_eq!(suggested("health/ill", &[(true, "doctor"), (false, "hospital")]), [false, true]);
    assert_eq!(
        suggested("health/ill", &[(true, "doctor"), (false, "doctor")]),
        [false, false],
        "they disagree"
    );
    assert_eq!(suggested("health/ill", &[(true, "cadre"), (false, "cadre")]), [false, false]);
    assert_eq!(suggested("land", &[(true, "doctor"), (false, "cadre")]), [false, false], "nobody is named");
}

#[test]
fn ticks_that_stand_alone_rule_the_others_out() {
    let ticks = json!({"well": {"title": "健康", "type": "boolean"}, "ill": {"title": "患病", "type": "boolean"},
        "hurt": {"title": "受伤", "type": "boolean"}});
    let health = |exclusive: Value| {
        json!({"title": "健康", "type": "object", "additionalProperties": false, "x-multi": true,
            "properties": ticks, "x-exclusive": exclusive})
    };
    let member = json!({"title": "成员", "type": "object", "x-roster": {"kind": "rows", "order": "_order"},
        "additionalProperties": {"type": "object", "additionalProperties": false,
            "properties": {"health": health(json!(["well"])), "needs": {"title": "需要", "type": "object",
                "additionalProperties": false, "x-multi": true, "properties": ticks}}}});
    let form = form_of(small(schema(json!({"members": member}), None)));
    let row = "members/019S3EKF00E008000000000001";
    let out = |tick: &str| form.ruled_out(&format!("{row}/{tick}"));
    let paths = |ticks: &[&str]| ticks.iter().map(|tick| format!("{row}/health/{tick}")).collect::<Vec<_>>();
    assert_eq!(out("health/well"), paths(&["hurt", "ill"]));
    assert_eq!(out("health/ill"), paths(&["well"]));
    assert_eq!((out("needs/well"), out("health"), form.ruled_out("members")), (vec![], vec![], vec![]));
    assert!(
        form.stands_alone(&format!("{row}/health/well")) && !form.stands_alone(&format!("{row}/health/ill"))
    );
    let wrong = |exclusive: Value| kinds(schema(json!({"health": health(exclusive)}), None));
    assert_eq!(wrong(json!(["dead"])), ["question /properties/health/x-exclusive"]);
    assert_eq!(wrong(json!([])), ["keyword_value /properties/health/x-exclusive"]);
    let text = json!({"title": "甲", "type": "string", "x-exclusive": ["a"]});
    assert!(
        kinds(schema(json!({"a": text}), None)).contains(&"question /properties/a/x-exclusive".to_owned())
    );
    let other = form_of(small(schema(json!({"health": health(json!(["ill"]))}), None)));
    let first = form_of(small(schema(json!({"health": health(json!(["well"]))}), None)));
    assert_eq!(compare(&first, &other).class(), Class::Rules);
}
