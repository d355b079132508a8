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
