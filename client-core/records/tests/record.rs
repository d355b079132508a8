//! What a record promises to those who read and write it.

#![allow(clippy::unwrap_used)]

mod support;

use doorstep_records::{Heads, Record, Value, WriteError, canonical_json};
use support::{actor, copy, household_puts, key, note, put, text};

#[test]
fn a_household_is_written_saved_and_read_again() {
    let mut record = Record::new();
    assert!(record.is_empty() && record.heads().is_empty());
    let puts = household_puts();
    let change = record.write(&actor(1), &note(1_767_600_000_000), &puts).unwrap();
    assert_eq!(change.seq, 1);
    assert_eq!(record.heads(), Heads::from(change.hash));
    let mut again = Record::load(&record.save()).unwrap();
    assert_eq!(again.heads(), record.heads());
    assert_eq!(again.values(), puts.into_iter().collect());
    assert_eq!(canonical_json(&again.answers()), canonical_json(&record.answers()));
    let answer = again.answer(&key("house/q1")).unwrap();
    assert_eq!(answer.candidates.len(), 1);
    assert_eq!(answer.candidates[0].at_ms, 1_767_600_000_000);
    assert_eq!(answer.candidates[0].actor, actor(1));
    assert_eq!(answer.candidates[0].hash, change.hash);
}

#[test]
fn equal_values_write_nothing() {
    let mut record = Record::new();
    put(&mut record, 1, 1, "land", text("3"));
    let again = record.write(&actor(1), &note(2), &[(key("land"), text("3"))]);
    assert_eq!(again, Err(WriteError::Nothing));
    let change = put(&mut record, 1, 3, "land", Value::Null);
    assert_eq!(change.seq, 2);
    assert_eq!(copy(&mut record).values()[&key("land")], Value::Null);
}

#[test]
fn two_registrations_of_one_household_read_as_one() {
    let (mut one, mut two) = (Record::new(), Record::new());
    put(&mut one, 1, 1, "land", text("3"));
    put(&mut one, 1, 2, "land", text("4"));
    put(&mut two, 2, 3, "land", text("5"));
    put(&mut two, 2, 4, "roof", text("tiles"));
    let mut both = one.union(&mut two).unwrap();
    assert_eq!(both.change_count(), 4);
    assert_eq!(both.values().len(), 2);
    assert_eq!(both.conflicts().len(), 1);
    assert_eq!(two.union(&mut one).unwrap().answers(), both.answers());
    assert_eq!(both.union(&mut one).unwrap().heads(), both.heads());
    assert_eq!(one.change_count(), 2, "the records themselves are as before");
}

#[test]
fn what_may_not_be_written_is_named() {
    let mut record = Record::new();
    let long = [(key("land"), text(&"x".repeat(64 * 1024 + 1)))];
    assert_eq!(record.write(&actor(1), &note(1), &long), Err(WriteError::Value(key("land"))));
    let nul = [(key("land"), text("a\0b"))];
    assert_eq!(record.write(&actor(1), &note(1), &nul), Err(WriteError::Value(key("land"))));
    let reason = note(1).with_reason("x".repeat(9_000));
    assert_eq!(record.write(&actor(1), &reason, &[(key("land"), Value::Null)]), Err(WriteError::Note));
    let many: Vec<_> = (0..=10_000).map(|n| (key(&format!("q{n}")), Value::Null)).collect();
    assert_eq!(record.write(&actor(1), &note(1), &many), Err(WriteError::ChangeTooLarge));
    let big: Vec<_> = (0..5).map(|n| (key(&format!("t{n}")), text(&"字".repeat(20_000)))).collect();
    assert_eq!(record.write(&actor(1), &note(1), &big), Err(WriteError::ChangeTooLarge));
    assert!(record.is_empty());
    let twice = [(key("land"), text("1")), (key("land"), text("2"))];
    record.write(&actor(1), &note(1), &twice).unwrap();
    assert_eq!(record.values()[&key("land")], text("2"), "the last one wins");
    assert_eq!(record.history(None).len(), 1);
}

#[test]
fn conflicts_of_an_older_state() {
    let (mut one, mut two) = (Record::new(), Record::new());
    put(&mut one, 1, 1, "land", text("3"));
    put(&mut two, 2, 2, "land", text("4"));
    support::merge(&mut one, &mut two);
    let disputed = one.heads();
    put(&mut one, 1, 3, "land", text("4"));
    assert!(one.conflicts().is_empty());
    assert_eq!(one.conflicts_at(&disputed).unwrap().len(), 1);
    let two_heads = two.heads();
    assert!(one.conflicts_at(&two_heads).unwrap().is_empty());
}

#[test]
fn a_record_may_cross_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let record = Record::new();
    shared(&record);
    shared(&record.last_seq(&actor(1)));
}
