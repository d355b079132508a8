//! Conflicts: every concurrent value is shown, none wins in silence.

#![allow(clippy::unwrap_used)]

mod support;

use doorstep_records::{Conflict, ConflictKind, Record, Value};
use support::{actor, copy, dk, key, merge, note, put, text};

/// Two phones with the same first answers, before they part.
fn two_phones(first: &[(&str, Value)]) -> (Record, Record) {
    let mut one = Record::new();
    let puts: Vec<_> = first.iter().map(|(path, value)| (key(path), value.clone())).collect();
    one.write(&actor(9), &note(0), &puts).unwrap();
    let two = copy(&mut one);
    (one, two)
}

fn meet(one: &mut Record, two: &mut Record) {
    let before = copy(one);
    merge(one, two);
    merge(two, &mut { before });
    assert_eq!(one.answers(), two.answers());
    assert_eq!(one.conflicts(), two.conflicts());
}

fn shown(record: &mut Record, path: &str) -> Vec<Value> {
    record.answer(&key(path)).unwrap().candidates.into_iter().map(|candidate| candidate.value).collect()
}

#[test]
fn concurrent_values_on_one_key() {
    let table: [(&str, Value, Value, bool); 7] = [
        ("edit against edit", text("3"), text("4"), true),
        ("clear against edit", Value::Null, text("4"), true),
        ("dk against value", dk(), text("4"), true),
        ("dk against clear", dk(), Value::Null, true),
        ("the number against its text", Value::Int(4), text("4"), true),
        ("equal edits", text("4"), text("4"), false),
        ("both cleared", Value::Null, Value::Null, false),
    ];
    for (name, left, right, conflict) in table {
        let (mut one, mut two) = two_phones(&[("land", text("1"))]);
        put(&mut one, 1, 10, "land", left.clone());
        put(&mut two, 2, 20, "land", right.clone());
        meet(&mut one, &mut two);
        assert_eq!(shown(&mut one, "land"), [left, right], "{name}");
        assert_eq!(one.open_keys(), [key("land")], "{name}");
        let conflicts = one.conflicts();
        assert_eq!(conflicts.len(), usize::from(conflict), "{name}");
        assert_eq!(one.answer(&key("land")).unwrap().is_conflict(), conflict, "{name}");
    }
}

#[test]
fn five_edits_on_monday_and_one_on_friday_are_both_shown() {
    let (mut one, mut two) = two_phones(&[("land", text("1"))]);
    for edit in 1..=5 {
        put(&mut one, 1, edit, "land", Value::Int(edit));
    }
    put(&mut two, 2, 400_000_000, "land", text("Friday"));
    meet(&mut one, &mut two);
    assert_eq!(shown(&mut one, "land"), [Value::Int(5), text("Friday")]);
    assert_eq!(one.answer(&key("land")).unwrap().value, Value::Int(5), "automerge's winner: most edits");
    assert_eq!(one.conflicts().len(), 1);
}

#[test]
fn resolving_is_an_edit_that_has_seen_both() {
    let (mut one, mut two) = two_phones(&[("land", text("1"))]);
    put(&mut one, 1, 1, "land", text("3"));
    put(&mut two, 2, 2, "land", text("4"));
    meet(&mut one, &mut two);
    let decision = note(3).with_reason("measured again");
    one.write(&actor(3), &decision, &[(key("land"), text("4"))]).unwrap();
    assert!(one.conflicts().is_empty() && one.open_keys().is_empty());
    assert_eq!(shown(&mut one, "land"), [text("4")]);
    let history = one.values_ever(&key("land"));
    assert_eq!(history.len(), 4);
    let last = history.last().unwrap();
    assert_eq!((last.superseded, last.reason.as_deref()), (false, Some("measured again")));
    assert_eq!(history.iter().filter(|entry| entry.superseded).count(), 3);

    let [resolution] = one.resolutions().try_into().unwrap();
    assert_eq!(resolution.chosen, *last);
    let losers: Vec<_> = resolution.losers.iter().map(|loser| (loser.value.clone(), loser.actor)).collect();
    assert_eq!(losers, [(text("3"), actor(1))], "with its author");
}

#[test]
fn replacing_equal_answers_is_no_choice() {
    let (mut one, mut two) = two_phones(&[("land", text("1"))]);
    put(&mut one, 1, 1, "land", text("3"));
    put(&mut two, 2, 2, "land", text("3"));
    meet(&mut one, &mut two);
    put(&mut one, 3, 3, "land", text("4"));
    assert_eq!(one.resolutions(), []);
    assert_eq!(Record::new().resolutions(), []);
}

#[test]
fn answers_to_different_questions_never_conflict() {
    let (mut one, mut two) = two_phones(&[("land", text("1"))]);
    put(&mut one, 1, 1, "causes/illness", Value::Bool(true));
    put(&mut two, 2, 2, "causes/schooling", Value::Bool(true));
    meet(&mut one, &mut two);
    assert!(one.conflicts().is_empty() && one.open_keys().is_empty());
    assert_eq!(one.values().len(), 3);
}

const NAME: &str = "members/r1/name";
const CLOSED: &str = "members/r1/_deleted";

fn closed_and_edited(record: &mut Record) -> Vec<Conflict> {
    let conflicts = record.conflicts();
    conflicts.into_iter().filter(|conflict| conflict.kind == ConflictKind::ClosedAndEdited).collect()
}

#[test]
fn a_row_closed_on_one_side_and_edited_on_the_other() {
    let (mut one, mut two) = two_phones(&[(NAME, text("测试甲")), ("members/r2/name", text("测试乙"))]);
    put(&mut one, 1, 1, CLOSED, Value::Bool(true));
    let edit = put(&mut two, 2, 2, NAME, text("测试丙"));
    put(&mut two, 2, 3, "members/r2/name", text("测试丁"));
    meet(&mut one, &mut two);
    let conflicts = closed_and_edited(&mut one);
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].key, key(CLOSED));
    assert_eq!(conflicts[0].candidates[0].value, Value::Bool(true));
    assert_eq!(conflicts[0].edited.len(), 1);
    let (edited, candidate) = &conflicts[0].edited[0];
    assert_eq!((edited, candidate.hash), (&key(NAME), edit.hash));
}

#[test]
fn an_edit_that_has_seen_the_close_reopens_nothing() {
    let (mut one, mut two) = two_phones(&[(NAME, text("测试甲"))]);
    put(&mut one, 1, 1, CLOSED, Value::Bool(true));
    put(&mut one, 1, 2, NAME, text("测试丙"));
    put(&mut two, 2, 3, "land", text("3"));
    meet(&mut one, &mut two);
    assert!(one.conflicts().is_empty());
    assert_eq!(one.values()[&key(CLOSED)], Value::Bool(true));
}

#[test]
fn a_close_that_has_seen_the_edit_settles_it() {
    let (mut one, mut two) = two_phones(&[(NAME, text("测试甲"))]);
    put(&mut one, 1, 1, CLOSED, Value::Bool(true));
    put(&mut two, 2, 2, NAME, text("测试丙"));
    meet(&mut one, &mut two);
    assert_eq!(closed_and_edited(&mut one).len(), 1);
    // Confirming the close puts an equal value; here it is not skipped.
    put(&mut one, 3, 3, CLOSED, Value::Bool(true));
    assert!(one.conflicts().is_empty());
    // Reopening settles it too.
    put(&mut two, 4, 4, CLOSED, Value::Bool(false));
    assert!(two.conflicts().is_empty());
    // And so does an edit that has seen both.
    let (mut one, mut two) = two_phones(&[(NAME, text("测试甲"))]);
    put(&mut one, 1, 1, CLOSED, Value::Bool(true));
    put(&mut two, 2, 2, NAME, text("测试丙"));
    meet(&mut one, &mut two);
    put(&mut one, 3, 3, NAME, text("测试丁"));
    assert!(one.conflicts().is_empty());
}

#[test]
fn two_closes_of_one_row_and_a_new_order_are_no_conflict() {
    let (mut one, mut two) = two_phones(&[(NAME, text("测试甲"))]);
    put(&mut one, 1, 1, CLOSED, Value::Bool(true));
    put(&mut two, 2, 2, "members/r1/_order", text("a5"));
    put(&mut two, 2, 3, CLOSED, Value::Bool(true));
    meet(&mut one, &mut two);
    assert!(one.conflicts().is_empty());
    assert_eq!(one.open_keys(), [key(CLOSED)]);
}

#[test]
fn closed_here_and_reopened_there_are_different_answers() {
    let (mut one, mut two) = two_phones(&[(NAME, text("测试甲")), (CLOSED, Value::Bool(true))]);
    put(&mut one, 1, 1, CLOSED, Value::Null);
    put(&mut two, 2, 2, CLOSED, Value::Bool(false));
    meet(&mut one, &mut two);
    let kinds: Vec<_> = one.conflicts().into_iter().map(|conflict| conflict.kind).collect();
    assert_eq!(kinds, [ConflictKind::DifferentAnswers]);
}

#[test]
fn the_first_answers_of_two_phones_unite() {
    let (mut one, mut two) = (Record::new(), Record::new());
    put(&mut one, 1, 1, NAME, text("测试甲"));
    put(&mut two, 2, 2, "members/r2/name", text("测试乙"));
    meet(&mut one, &mut two);
    assert_eq!(one.values().len(), 2);
    assert_eq!(one.heads().len(), 2);
    assert!(one.conflicts().is_empty());
}
