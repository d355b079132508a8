//! Situation 2: two enumerators register one household, each under an id of their own.
//!
//! Both are taken. The same identity number of any member makes them suspects, however it was typed; a name and a village
//! alone merge nothing. When the supervisor says that they are one, the older stays, the members unite by their numbers,
//! what differs is listed, and whatever either phone writes later goes to the one that stays.

use std::collections::BTreeSet;

use doorstep_records::RecordId;
use doorstep_server::duplicates::model::PairState;
use doorstep_server::reconcile::flag::FlagKind;
use doorstep_server::store::duplicates::Duplicates;
use doorstep_tests::sim::phone::Phone;
use serde_json::{Value, json};

use crate::field::{Answers, Field, VILLAGE, answer, begin, row, submit};
use crate::household::basics;

const FORM: &str = "household_register";
const HEAD: &str = "999999197001010017";
const WIFE: &str = "999999197202020027";
const SON: &str = "999999199503030033";

fn registered(phone: &mut Phone, answers: Answers<'_>, members: &[(&str, &str, Value)]) -> RecordId {
    let record = begin(phone, FORM, None, &basics());
    answer(phone, record, answers);
    for (name, relation, id) in members {
        let mut member = vec![("name", json!(name)), ("relation", json!(relation))];
        if !id.is_null() {
            member.extend([("id_kind", json!("id_card")), ("id_no", id.clone())]);
        }
        row(phone, record, "members", &member);
    }
    submit(phone, record);
    record
}

fn pairs(field: &Field) -> Vec<(RecordId, RecordId)> {
    let (store, scope) = field.office();
    let open = store.duplicate_list(&scope, PairState::Open, 10).unwrap();
    open.into_iter().map(|pair| (pair.a, pair.b)).collect()
}

/// Households and persons of the town.
fn counted(field: &Field) -> [String; 2] {
    let figures = field.report("T2a");
    ["poor_files.households", "poor_files.persons"].map(|key| figures[key].clone())
}

#[test]
fn one_household_with_two_ids() {
    let field = Field::new(&[FORM]);
    let (mut a, mut b) = (field.phone("li", &[VILLAGE]), field.phone("wang", &[VILLAGE]));
    let poor = ("register_status", json!("registered"));
    let first = registered(
        &mut a,
        &[poor.clone(), ("address", json!("大湾1号")), ("phone", json!("13900000001"))],
        &[("赵一", "head", json!(HEAD)), ("钱二", "spouse", json!(WIFE))],
    );
    field.days(1);
    let second = registered(
        &mut b,
        &[poor, ("address", json!("大湾路口")), ("cultivated_mu", json!("3.5"))],
        &[("赵一", "head", json!("999999197001010017")), ("赵小", "son", json!(SON))],
    );
    field.sync_all(&mut [&mut a, &mut b]);
    assert_eq!(pairs(&field), [(first, second)]);
    for (record, other) in [(first, second), (second, first)] {
        let suspects = field.flags(record, FlagKind::DuplicateSuspect);
        assert_eq!(suspects.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>(), [other.to_string()]);
        field.approve(record);
    }
    assert_eq!(counted(&field), ["2", "4"], "nothing is merged by itself");

    let (store, scope) = field.office();
    let at_ms = field.server.time().now_ms();
    assert_eq!(store.duplicate_merge(&scope, second, first, at_ms).unwrap(), first, "the older stays");
    field.server.reconcile().unwrap();
    assert_eq!(counted(&field), ["1", "3"], "one household of three persons");
    let united = field.row(first).unwrap();
    assert!(field.row(second).is_none());
    let names: BTreeSet<&str> = united
        .iter()
        .filter(|(path, _)| path.starts_with("members/") && path.ends_with("/name"))
        .filter_map(|(_, name)| name.as_str())
        .collect();
    assert_eq!(names, BTreeSet::from(["赵一", "钱二", "赵小"]));
    assert_eq!((&united["address"], &united["cultivated_mu"]), (&json!("大湾1号"), &json!("3.5")));
    let differing: Vec<String> =
        field.flags(first, FlagKind::DuplicateDiffers).into_iter().map(|(_, path)| path).collect();
    assert_eq!(differing, ["address"], "what differs is listed");

    // wang has not heard of it, and edits what he has.
    answer(&mut b, second, &[("forest_mu", json!("7"))]);
    submit(&mut b, second);
    field.sync_all(&mut [&mut a, &mut b]);
    field.approve(second);
    assert_eq!(field.in_dataset(first, "forest_mu"), "7");
    // Having heard, both phones write into the one that stays.
    for (phone, path) in [(&mut a, "idle_mu"), (&mut b, "orchard_mu")] {
        assert_eq!(phone.device().unwrap().canonical(second).unwrap(), first);
        answer(phone, second, &[(path, json!("1"))]);
        submit(phone, second);
    }
    field.sync_all(&mut [&mut a, &mut b]);
    field.approve(first);
    let dataset = |path: &str| field.in_dataset(first, path);
    assert_eq!(
        [dataset("idle_mu"), dataset("orchard_mu"), dataset("forest_mu")],
        [json!("1"), json!("1"), json!("7")]
    );
    assert_eq!(counted(&field), ["1", "3"]);
    field.rebuild();
    assert_eq!(counted(&field), ["1", "3"]);
}

#[test]
fn a_name_and_a_village_alone_merge_nothing() {
    let field = Field::new(&[FORM]);
    let (mut a, mut b) = (field.phone("li", &[VILLAGE]), field.phone("wang", &[VILLAGE]));
    let poor = [("register_status", json!("registered"))];
    let head = [("赵一", "head", Value::Null)];
    let both = [registered(&mut a, &poor, &head), registered(&mut b, &poor, &head)];
    field.sync_all(&mut [&mut a, &mut b]);
    both.iter().for_each(|record| field.approve(*record));
    assert_eq!(counted(&field), ["2", "2"]);
    assert!(both.iter().all(|record| field.row(*record).is_some()));
}
