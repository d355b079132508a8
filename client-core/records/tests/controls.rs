//! Controls: what bare automerge 0.12 does with the things the gate refuses. Each shows that a rule guards
//! something. When one of these fails after an upgrade, the rule it belongs to may be reconsidered.

#![allow(clippy::unwrap_used)]

mod support;

use automerge::{Automerge, Change, ROOT, ReadDoc};
use doorstep_records::gate::inspect;
use doorstep_records::{ChangeHash, Heads, Record, Value};
use support::forge::{self, Parts, leb, uleb};
use support::{actor, copy, key, put, text};

fn bare(record: &mut Record) -> Automerge {
    Automerge::load(&record.save()).unwrap()
}

fn change(bytes: &[u8]) -> Change {
    Change::try_from(bytes).unwrap()
}

#[test]
fn a_forged_pred_erases_an_honest_value() {
    let mut record = Record::new();
    let first = put(&mut record, 1, 1, "land", Value::Int(100));
    put(&mut record, 2, 2, "land", Value::Int(250));
    let forged =
        Parts { start_op: 2, others: vec![actor(2).to_bytes().to_vec()], ..Parts::one_put(actor(3)) }
            .after(&[first.hash])
            .with_pred(1, 2)
            .seal();
    let mut doc = bare(&mut record);
    doc.apply_changes([change(&forged)]).unwrap();
    assert_eq!(doc.get_all(ROOT, "land").unwrap().len(), 1, "the honest 250 is gone without a trace");
}

#[test]
fn an_inflated_counter_wins_every_conflict() {
    let mut record = Record::new();
    for edit in 0..20 {
        put(&mut record, 1, edit, "land", Value::Int(edit));
    }
    let inflated = Parts { start_op: 1_000_000, ..Parts::one_put(actor(2)) }.seal();
    let mut doc = bare(&mut record);
    doc.apply_changes([change(&inflated)]).unwrap();
    assert_eq!(doc.get(ROOT, "land").unwrap().unwrap().0.as_str(), Some("x"));
}

#[test]
fn one_duplicate_number_drops_the_whole_batch() {
    let mut record = Record::new();
    put(&mut record, 1, 1, "land", text("3"));
    let good = put(&mut copy(&mut record), 2, 2, "roof", text("tiles"));
    let fork = put(&mut Record::new(), 1, 9, "land", text("9"));
    let mut doc = bare(&mut record);
    let heads = doc.get_heads();
    assert!(doc.apply_changes([change(&good.bytes), change(&fork.bytes)]).is_err());
    assert_eq!(doc.get_heads(), heads, "the good one is not applied either");
}

#[test]
fn a_change_with_unknown_dependencies_is_queued_in_silence() {
    let mut record = Record::new();
    put(&mut record, 1, 1, "land", text("3"));
    let orphan = Parts::one_put(actor(2)).after(&[ChangeHash::from_bytes([1; 32])]).seal();
    let mut doc = bare(&mut record);
    assert!(doc.apply_changes([change(&orphan)]).is_ok());
    assert_eq!(doc.get_heads().len(), 1);
}

#[test]
fn unknown_heads_read_as_an_empty_document() {
    let mut record = Record::new();
    put(&mut record, 1, 1, "land", text("3"));
    let unknown = automerge::ChangeHash([5; 32]);
    assert_eq!(bare(&mut record).map_range_at(ROOT, .., &[unknown]).count(), 0);
    assert!(record.values_at(&Heads::from(ChangeHash::from_bytes([5; 32]))).is_err());
    assert_eq!(record.values()[&key("land")], text("3"));
}

#[test]
fn inflating_and_run_lengths_are_unbounded() {
    let mut zeros = Parts::one_put(actor(1));
    zeros.extra = vec![0; 8 << 20];
    let packed = forge::deflated(&zeros.seal());
    assert!(packed.len() < 16 << 10);
    assert!(change(&packed).raw_bytes().len() > 8 << 20);
    assert!(inspect(&packed).is_err());
    let many = 100_000;
    let bomb = Parts::one_put(actor(1))
        .with(forge::KEY_TEXT, [&leb(many)[..], &uleb(1), b"a"].concat())
        .with(forge::INSERT, uleb(many as u64))
        .with(forge::ACTION, [leb(many), uleb(1)].concat())
        .with(forge::VALUE_META, [leb(many), uleb(0)].concat())
        .with(forge::VALUE, Vec::new())
        .with(forge::PRED_COUNT, [leb(many), uleb(0)].concat())
        .seal();
    assert!(bomb.len() < 128);
    assert_eq!(change(&bomb).len(), 100_000);
    assert!(inspect(&bomb).is_err());
}
