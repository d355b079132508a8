//! The half of the gate that needs the record: order, identity, overwritten operations, limits.

#![allow(clippy::unwrap_used)]

mod support;

use doorstep_records::gate::{self, Admission, Admitted, ChangeFacts, GateError, Verdict, inspect};
use doorstep_records::{ChangeHash, Key, Record, Value, limits};
use support::forge::{self, Parts, leb, uleb};
use support::{actor, copy, key, note, put, text};

fn facts(bytes: &[u8]) -> ChangeFacts {
    inspect(bytes).unwrap()
}

/// A record with three changes by phone 1, and the changes.
fn three_changes() -> (Record, Vec<ChangeFacts>) {
    let mut record = Record::new();
    for at in 1..=3 {
        put(&mut record, 1, at, "land", Value::Int(at));
    }
    let changes = record.changes().iter().map(|change| facts(&change.bytes)).collect();
    (record, changes)
}

#[test]
fn a_good_change_is_accepted_and_the_record_left_alone() {
    let (_, changes) = three_changes();
    let mut record = Record::new();
    let Verdict::Accept(mut accepted) = gate::admit(&mut record, &changes[0]).unwrap() else {
        panic!("not accepted");
    };
    assert!(record.is_empty());
    assert_eq!(accepted.values()[&key("land")], Value::Int(1));
    assert!(matches!(gate::admit(&mut accepted, &changes[0]), Ok(Verdict::Duplicate)));
    assert!(matches!(
        gate::admit(&mut accepted, &facts(&forge::deflated(&changes[0].raw))),
        Ok(Verdict::Duplicate)
    ));
}

#[test]
fn out_of_order_waits_and_is_admitted_later() {
    let (mut whole, changes) = three_changes();
    let mut admission = Admission::load(None).unwrap();
    let waiting = Admitted::Waiting { missing: vec![changes[1].hash] };
    assert_eq!(admission.admit(&changes[2]), Ok(waiting));
    assert!(admission.record().is_empty() && admission.saved().is_empty());
    assert_eq!(admission.admit(&changes[0]), Ok(Admitted::Applied));
    assert_eq!(admission.admit(&changes[1]), Ok(Admitted::Applied));
    assert_eq!(admission.admit(&changes[2]), Ok(Admitted::Applied));
    assert_eq!(admission.record().heads(), whole.heads());
    assert_eq!(Record::load(admission.saved()).unwrap().heads(), whole.heads());
    assert_eq!(admission.admit(&changes[1]), Ok(Admitted::Duplicate));
}

#[test]
fn a_batch_in_any_order_is_admitted_at_once() {
    let (mut whole, mut changes) = three_changes();
    changes.reverse();
    changes.push(changes[0].clone());
    let mut admission = Admission::load(None).unwrap();
    let verdicts = admission.admit_all(&changes);
    let applied = verdicts.iter().filter(|verdict| **verdict == Ok(Admitted::Applied)).count();
    assert_eq!(applied, 3, "{verdicts:?}");
    assert_eq!(admission.record().heads(), whole.heads());
}

#[test]
fn a_gap_in_the_sequence_is_refused() {
    let (mut record, changes) = three_changes();
    let gap = Parts { seq: 5, ..Parts::of(&changes[2].raw) }.after(&[changes[2].hash]);
    let gap = Parts { start_op: 4, ..gap }.seal();
    let refused = gate::admit(&mut record, &facts(&gap)).unwrap_err();
    assert_eq!(refused, GateError::SeqGap { expected: 4, got: 5 });
}

#[test]
fn the_same_number_with_other_content_is_a_fork() {
    let (mut record, _) = three_changes();
    let mut clone = Record::new();
    let forked = put(&mut clone, 1, 9, "roof", text("tiles"));
    let refused = gate::admit(&mut record, &facts(&forked.bytes)).unwrap_err();
    assert_eq!(refused, GateError::Fork { actor: actor(1), seq: 1 });
    assert_eq!(refused.kind(), "fork");
    // Known as a fork even while its dependencies are unknown.
    let orphan = Parts { seq: 2, ..Parts::of(&forked.bytes) }.after(&[ChangeHash::from_bytes([3; 32])]);
    assert_eq!(gate::admit(&mut record, &facts(&orphan.seal())).unwrap_err().kind(), "fork");
}

#[test]
fn an_actor_must_have_seen_its_own_changes() {
    let (mut record, changes) = three_changes();
    let other = put(&mut record, 2, 4, "roof", text("tiles"));
    // Phone 2 again, but as if it had seen only the first change of phone 1.
    let forgetful = Parts { seq: 2, start_op: 2, ..Parts::one_put(actor(2)) }.after(&[changes[0].hash]);
    assert_eq!(gate::admit(&mut record, &facts(&forgetful.seal())).unwrap_err(), GateError::OwnPast);
    let honest = Parts { seq: 2, start_op: 5, ..Parts::one_put(actor(2)) }.after(&[other.hash]);
    assert!(matches!(gate::admit(&mut record, &facts(&honest.seal())), Ok(Verdict::Accept(_))));
}

#[test]
fn the_operation_counter_must_follow_from_the_dependencies() {
    let (mut record, changes) = three_changes();
    for start_op in [1, 3, 5, 1_000_000, limits::START_OP_MAX] {
        let inflated = Parts { start_op, ..Parts::one_put(actor(2)) }.after(&[changes[2].hash]);
        let refused = gate::admit(&mut record, &facts(&inflated.seal())).unwrap_err();
        assert_eq!(refused, GateError::StartOp { expected: 4, got: start_op });
    }
    let concurrent = Parts::one_put(actor(2));
    assert!(matches!(gate::admit(&mut record, &facts(&concurrent.seal())), Ok(Verdict::Accept(_))));
}

/// The attack that automerge lets through: phone 3 claims to overwrite what it has never seen.
struct ForgedPred {
    record: Record,
    honest: ChangeHash,
    forged: Vec<u8>,
}

fn forged_pred() -> ForgedPred {
    let mut record = Record::new();
    let first = put(&mut record, 1, 1, "income", Value::Int(100));
    let honest = put(&mut record, 2, 2, "income", Value::Int(250));
    let forged =
        Parts { seq: 1, start_op: 2, others: vec![actor(2).to_bytes().to_vec()], ..Parts::one_put(actor(3)) }
            .after(&[first.hash])
            .with(forge::KEY_TEXT, [&leb(-1)[..], &uleb(6), b"income"].concat())
            .with_pred(1, 2)
            .seal();
    ForgedPred { record, honest: honest.hash, forged }
}

#[test]
fn a_forged_pred_is_refused_and_the_honest_value_remains() {
    let ForgedPred { mut record, honest, forged } = forged_pred();
    let forged = facts(&forged);
    let refused = gate::admit(&mut record, &forged).unwrap_err();
    assert_eq!(refused, GateError::Pred { key: key("income") });
    let mut admission = Admission::of(record);
    assert_eq!(admission.admit(&forged), Err(GateError::Pred { key: key("income") }));
    let answer = admission.record().answer(&key("income")).unwrap();
    assert_eq!(answer.value, Value::Int(250));
    assert_eq!(answer.candidates[0].hash, honest);
}

#[test]
fn a_pred_must_be_on_the_same_key_and_exist() {
    let mut record = Record::new();
    let first =
        record.write(&actor(1), &note(1), &[(key("a"), text("1")), (key("land"), text("2"))]).unwrap();
    let on = |counter| {
        Parts { start_op: 3, others: vec![actor(1).to_bytes().to_vec()], ..Parts::one_put(actor(2)) }
            .after(&[first.hash])
            .with_pred(1, counter)
            .seal()
    };
    for (counter, expected) in [(1, false), (2, true), (3, false), (i64::from(u32::MAX), false)] {
        let verdict = gate::admit(&mut record, &facts(&on(counter)));
        assert_eq!(verdict.is_ok(), expected, "operation {counter}: {verdict:?}");
    }
}

#[test]
fn a_key_put_twice_overwrites_its_own_earlier_operation() {
    let mut record = Record::new();
    let twice = |preds: bool| {
        let parts = Parts::one_put(actor(1))
            .with(forge::KEY_TEXT, [&leb(2)[..], &uleb(4), b"land"].concat())
            .with(forge::INSERT, uleb(2))
            .with(forge::ACTION, [leb(2), uleb(1)].concat())
            .with(forge::VALUE_META, [leb(2), uleb(1 << 4 | 6)].concat())
            .with(forge::VALUE, b"xy".to_vec());
        if !preds {
            return parts.with(forge::PRED_COUNT, [leb(2), uleb(0)].concat()).seal();
        }
        parts
            .with(forge::PRED_COUNT, [leb(-2), uleb(0), uleb(1)].concat())
            .with(forge::PRED_ACTOR, [leb(-1), uleb(0)].concat())
            .with(forge::PRED_COUNTER, [leb(-1), leb(1)].concat())
            .seal()
    };
    assert_eq!(
        gate::admit(&mut record, &facts(&twice(false))).unwrap_err(),
        GateError::Pred { key: key("land") }
    );
    let Ok(Verdict::Accept(mut accepted)) = gate::admit(&mut record, &facts(&twice(true))) else {
        panic!("not accepted");
    };
    assert_eq!(accepted.values()[&key("land")], text("y"));
}

#[test]
fn one_bad_change_never_blocks_its_neighbours() {
    let (mut whole, changes) = three_changes();
    let roof = put(&mut copy(&mut whole), 2, 5, "roof", text("tiles"));
    let bad = [
        facts(&Parts { start_op: 9, ..Parts::one_put(actor(4)) }.seal()),
        facts(&Parts { seq: 2, ..Parts::one_put(actor(5)) }.seal()),
        facts(&Parts::one_put(actor(6)).after(&[ChangeHash::from_bytes([1; 32])]).seal()),
        facts(&Parts { seq: 2, start_op: 2, ..Parts::one_put(actor(1)) }.after(&[changes[0].hash]).seal()),
    ];
    for position in 0..=changes.len() {
        for poison in &bad {
            let mut batch = changes.clone();
            batch.push(facts(&roof.bytes));
            batch.insert(position, poison.clone());
            let mut admission = Admission::load(None).unwrap();
            let verdicts = admission.admit_all(&batch);
            let applied = verdicts.iter().filter(|verdict| **verdict == Ok(Admitted::Applied)).count();
            // Of a fork the branch that comes first stands; here the poison may be that.
            let wins_the_fork = poison.actor == actor(1) && position < 2;
            if wins_the_fork {
                assert_eq!(verdicts[position], Ok(Admitted::Applied));
                assert_eq!(applied, 2, "{verdicts:?}");
            } else {
                assert_eq!(applied, 4, "position {position}: {verdicts:?}");
                assert_ne!(verdicts[position], Ok(Admitted::Applied));
                assert_eq!(admission.record().heads().as_slice(), [roof.hash]);
            }
        }
    }
}

#[test]
fn rows_are_limited() {
    let row = |n: usize| {
        let id = doorstep_records::RowId::from_parts(n as u64, [0; 10]);
        (Key::parse(&format!("members/{id}/name")).unwrap(), text("x"))
    };
    let mut record = Record::new();
    let full: Vec<_> = (0..limits::RECORD_ROWS).map(row).collect();
    record.write(&actor(1), &note(1), &full).unwrap();
    let one_more = [row(limits::RECORD_ROWS)];
    assert_eq!(record.write(&actor(1), &note(2), &one_more), Err(doorstep_records::WriteError::TooManyRows));
    let (name, _) = row(0);
    record.write(&actor(1), &note(2), &[(name, text("y"))]).unwrap();
    let mut elsewhere = Record::new();
    let other = elsewhere.write(&actor(2), &note(3), &one_more).unwrap();
    assert_eq!(gate::admit(&mut record, &facts(&other.bytes)).unwrap_err(), GateError::TooManyRows);
}

#[test]
fn records_are_limited_in_size() {
    let big = |n: usize, at: u8| {
        (key(&format!("text/t{n}")), text(&char::from(b'a' + at).to_string().repeat(60_000)))
    };
    let mut record = Record::new();
    let mut refused = None;
    for n in 0..30 {
        let before = record.heads();
        match record.write(&actor(1), &note(n), &[big(n as usize, (n % 26) as u8)]) {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(record.heads(), before);
                refused = Some(error);
                break;
            }
        }
    }
    assert_eq!(refused, Some(doorstep_records::WriteError::RecordTooLarge));
    assert!(record.save().len() <= limits::RECORD_BYTES);
    let mut elsewhere = Record::new();
    let puts: Vec<_> = (40..44).map(|n| big(n, 1)).collect();
    let other = elsewhere.write(&actor(2), &note(3), &puts).unwrap();
    let mut admission = Admission::of(record);
    let good = put(&mut copy(admission.record()), 3, 9, "land", text("1"));
    let verdicts = admission.admit_all(&[facts(&other.bytes), facts(&good.bytes)]);
    assert!(matches!(verdicts[0], Err(GateError::RecordTooLarge { .. })), "{verdicts:?}");
    assert_eq!(verdicts[1], Ok(Admitted::Applied));
    assert_eq!(admission.record().heads().as_slice(), [good.hash]);
}

#[test]
fn a_snapshot_and_changes_open_in_any_order() {
    let (mut whole, changes) = three_changes();
    let mut raw: Vec<Vec<u8>> = changes.iter().map(|change| change.raw.clone()).collect();
    raw.reverse();
    raw.push(raw[0].clone());
    let mut opened = Record::load_with_changes(None, &raw).unwrap();
    assert_eq!(opened.heads(), whole.heads());
    let mut over = Record::load_with_changes(Some(&whole.save()), &raw).unwrap();
    assert_eq!(over.heads(), whole.heads());
    let missing = doorstep_records::LoadError::Missing { missing: vec![changes[0].hash] };
    assert_eq!(Record::load_with_changes(None, &raw[1..2]).unwrap_err(), missing);
    let broken = Record::load_with_changes(None, &[vec![1, 2, 3]]).unwrap_err();
    assert_eq!(broken, doorstep_records::LoadError::Change(GateError::NotAChange));
}
