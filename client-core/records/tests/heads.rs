//! Heads name exact states; unknown heads are an error and never an empty record.

#![allow(clippy::unwrap_used)]

mod support;

use doorstep_records::gate::{Verdict, admit, inspect};
use doorstep_records::{ChangeHash, Heads, LoadError, Record, UnknownHeads, Value, WriteError};
use support::{actor, copy, key, merge, note, put, text};

fn unknown() -> (Heads, UnknownHeads) {
    let hash = ChangeHash::from_bytes([5; 32]);
    (Heads::from(hash), UnknownHeads { missing: vec![hash] })
}

#[test]
fn unknown_heads_are_an_error_everywhere() {
    let mut record = Record::new();
    let change = put(&mut record, 1, 1, "land", text("3"));
    let (heads, error) = unknown();
    let mixed: Heads = heads.iter().copied().chain([change.hash]).collect();
    for heads in [&heads, &mixed] {
        assert_eq!(record.answers_at(heads), Err(error.clone()));
        assert_eq!(record.values_at(heads), Err(error.clone()));
        assert_eq!(record.changes_since(heads), Err(error.clone()));
        assert!(!record.contains_heads(heads));
        let now = record.heads();
        assert!(!record.descends(&now, heads) && !record.descends(heads, &now));
        let write = record.write_at(&actor(1), &note(2), heads, &[(key("land"), text("4"))]);
        assert_eq!(write, Err(WriteError::UnknownHeads(error.clone())));
    }
}

#[test]
fn empty_heads_name_the_empty_record() {
    let mut record = Record::new();
    put(&mut record, 1, 1, "land", text("3"));
    let empty = Heads::empty();
    assert!(record.contains_heads(&empty));
    assert!(record.answers_at(&empty).unwrap().is_empty());
    assert!(record.values_at(&empty).unwrap().is_empty());
    assert_eq!(record.changes_since(&empty).unwrap(), record.changes());
    let now = record.heads();
    assert!(record.descends(&now, &empty) && !record.descends(&empty, &now));
}

#[test]
fn an_older_state_stays_readable() {
    let mut record = Record::new();
    put(&mut record, 1, 1, "land", text("3"));
    let submitted = record.heads();
    put(&mut record, 1, 2, "land", text("4"));
    put(&mut record, 1, 3, "roof", text("tiles"));
    let then = record.answers_at(&submitted).unwrap();
    assert_eq!(then.len(), 1);
    assert_eq!(then[&key("land")].value, text("3"));
    let missing = record.changes_since(&submitted).unwrap();
    assert_eq!(missing.len(), 2);
    let now = record.heads();
    assert!(record.descends(&now, &submitted) && !record.descends(&submitted, &now));
}

#[test]
fn a_decision_on_an_older_state_is_concurrent_with_what_came_since() {
    let mut record = Record::new();
    put(&mut record, 1, 1, "land", text("3"));
    let reviewed = record.heads();
    put(&mut record, 1, 2, "land", text("4"));
    let base = copy(&mut record);
    let decision = record.write_at(&actor(2), &note(3), &reviewed, &[(key("land"), text("5"))]).unwrap();
    let facts = inspect(&decision.bytes).unwrap();
    assert_eq!(facts.deps, reviewed.as_slice());
    assert_eq!(facts.start_op, 2);
    assert_eq!(record.heads().len(), 2);
    assert_eq!(record.conflicts().len(), 1);
    // The gate of another replica takes it.
    let Ok(Verdict::Accept(mut elsewhere)) = admit(&mut { base }, &facts) else { panic!("not accepted") };
    assert_eq!(elsewhere.answers(), record.answers());
    // A second one has seen the first, whatever heads are given.
    let second = record.write_at(&actor(2), &note(4), &reviewed, &[(key("land"), Value::Null)]).unwrap();
    assert_eq!(inspect(&second.bytes).unwrap().deps, [decision.hash]);
    assert_eq!(second.seq, 2);
}

#[test]
fn writing_at_the_present_heads_is_writing() {
    let mut one = Record::new();
    put(&mut one, 1, 1, "land", text("3"));
    let mut two = copy(&mut one);
    let now = one.heads();
    let at = one.write_at(&actor(1), &note(2), &now, &[(key("land"), text("4"))]).unwrap();
    let plain = two.write(&actor(1), &note(2), &[(key("land"), text("4"))]).unwrap();
    assert_eq!(at, plain);
}

#[test]
fn history_names_author_time_version_and_reason() {
    let mut record = Record::new();
    put(&mut record, 1, 1_000, "land", text("3"));
    let mut replay = note(5_000).with_reason("written anew after a restore");
    replay.form_version = 7;
    replay.original_at_ms = Some(2_000);
    record.write(&actor(2), &replay, &[(key("land"), text("4")), (key("roof"), text("tiles"))]).unwrap();
    let history = record.history(Some(&key("land")));
    assert_eq!(history.len(), 2);
    assert!(history[0].superseded && !history[1].superseded);
    assert_eq!((history[0].at_ms, history[0].form_version, history[0].actor), (1_000, 1, actor(1)));
    assert_eq!((history[1].at_ms, history[1].form_version, history[1].actor), (5_000, 7, actor(2)));
    assert_eq!(history[1].original_at_ms, Some(2_000));
    assert_eq!(history[1].reason.as_deref(), Some("written anew after a restore"));
    assert_eq!(record.history(None).len(), 3);
}

#[test]
fn any_clock_may_write() {
    let mut record = Record::new();
    for (n, at_ms) in [i64::MIN, -1, 0, i64::MAX].into_iter().enumerate() {
        let change = put(&mut record, 1, at_ms, "land", Value::Int(n as i64));
        assert!(inspect(&change.bytes).is_ok());
        assert_eq!(copy(&mut record).answer(&key("land")).unwrap().candidates[0].at_ms, at_ms);
    }
}

#[test]
fn damaged_records_do_not_load() {
    let mut record = Record::new();
    put(&mut record, 1, 1, "land", text("3"));
    let mut other = Record::new();
    put(&mut other, 2, 2, "land", text("4"));
    merge(&mut record, &mut other);
    let saved = record.save();
    assert!(Record::load(&[]).unwrap().is_empty());
    assert_eq!(Record::load(b"no record").unwrap_err(), LoadError::NotARecord);
    assert_eq!(Record::load(&saved[..saved.len() - 1]).unwrap_err(), LoadError::NotARecord);
    let change = record.changes().remove(0);
    assert_eq!(Record::load(&change.bytes).unwrap_err(), LoadError::NotARecord);
    let huge = vec![0; doorstep_records::limits::LOAD_BYTES + 1];
    assert!(matches!(Record::load(&huge), Err(LoadError::TooLarge { .. })));
    for at in 0..saved.len() {
        let mut flipped = saved.clone();
        flipped[at] ^= 0x10;
        assert!(Record::load(&flipped).is_err(), "byte {at}");
    }
}

#[test]
fn touched_keys_are_those_of_the_changes_between_two_states() {
    let mut record = Record::new();
    put(&mut record, 1, 1, "land", text("3"));
    let signed = record.heads();
    let mut other = copy(&mut record);
    put(&mut record, 1, 2, "roof", text("tiles"));
    put(&mut record, 1, 3, "roof", text("none"));
    put(&mut other, 2, 2, "land", text("4"));
    let then = record.heads();
    merge(&mut record, &mut other);
    let now = record.heads();
    let names = |keys: std::collections::BTreeSet<doorstep_records::Key>| -> Vec<String> {
        keys.iter().map(ToString::to_string).collect()
    };
    assert_eq!(names(record.touched(&signed, &now).unwrap()), ["land", "roof"]);
    assert_eq!(names(record.touched(&signed, &then).unwrap()), ["roof"], "the merge came later");
    assert_eq!(names(record.touched(&then, &now).unwrap()), ["land"], "concurrent counts as later");
    assert!(record.touched(&now, &now).unwrap().is_empty());
    assert!(record.touched(&unknown().0, &now).is_err() && record.touched(&signed, &unknown().0).is_err());
}
