//! The static half of the gate: hostile bytes, each refused by the rule it breaks. The checksums all fit.

#![allow(clippy::unwrap_used)]

mod support;

use automerge::transaction::Transactable;
use automerge::{AutoCommit, ObjType, ROOT, ScalarValue};
use doorstep_records::gate::{GateError, inspect};
use doorstep_records::{Missing, Record, Value, limits};
use support::forge::{self, Parts, leb, uleb};
use support::{actor, household_puts, note};

fn kind(bytes: &[u8]) -> &'static str {
    inspect(bytes).map_or_else(|error| error.kind(), |_| "accepted")
}

fn one_put() -> Parts {
    Parts::one_put(actor(1))
}

#[test]
fn the_forged_change_without_a_flaw_passes() {
    let bytes = one_put().seal();
    let facts = inspect(&bytes).unwrap();
    assert_eq!(facts.raw, bytes);
    assert_eq!((facts.seq, facts.start_op, facts.op_count), (1, 1, 1));
    assert_eq!(facts.puts().next().unwrap().0.as_str(), "land");
    assert_eq!(facts.puts().next().unwrap().1, &Value::Text("x".into()));
    assert_eq!(facts.note.unwrap().form_version, 1);
}

#[test]
fn parts_of_a_change_against_the_rules() {
    let seq_zero = Parts { seq: 0, ..one_put() };
    let start_zero = Parts { start_op: 0, ..one_put() };
    let start_huge = Parts { start_op: u64::from(u32::MAX), ..one_put() };
    let before_time = Parts { time_s: i64::MIN, ..one_put() };
    let after_time = Parts { time_s: i64::MAX / 2, ..one_put() };
    let short_actor = Parts { actor: vec![7; 15], ..one_put() };
    let long_actor = Parts { actor: vec![7; 32], ..one_put() };
    let unused_actor = Parts { others: vec![vec![9; 16]], ..one_put() };
    let long_note = Parts { message: vec![b'x'; limits::NOTE_BYTES + 1], ..one_put() };
    let binary_note = Parts { message: vec![0xff], ..one_put() };
    let author_footer = Parts { extra: vec![1, 2, 3], ..one_put() };
    let unsorted = Parts { deps: vec![vec![2; 32], vec![1; 32]], ..one_put() };
    let doubled = Parts { deps: vec![vec![1; 32], vec![1; 32]], ..one_put() };
    let crowd = Parts { deps: (0..=1000u32).map(|n| [n.to_be_bytes(); 8].concat()).collect(), ..one_put() };
    let table = [
        (seq_zero, "malformed"),
        (start_zero, "malformed"),
        (start_huge, "malformed"),
        (before_time, "bad_time"),
        (after_time, "bad_time"),
        (short_actor, "bad_actor"),
        (long_actor, "bad_actor"),
        (unused_actor, "not_canonical"),
        (long_note, "bad_note"),
        (binary_note, "bad_note"),
        (author_footer, "extra_bytes"),
        (unsorted, "not_canonical"),
        (doubled, "not_canonical"),
        (crowd, "too_many_deps"),
    ];
    for (parts, expected) in table {
        assert_eq!(kind(&parts.seal()), expected, "{parts:?}");
    }
}

#[test]
fn columns_against_the_rules() {
    let lone = |cell: Vec<u8>| [leb(-1), cell].concat();
    let text = |value: &str| lone([&uleb(value.len() as u64)[..], value.as_bytes()].concat());
    let long_key = "a".repeat(65);
    let table: Vec<(u64, Vec<u8>, &str)> = vec![
        (forge::ACTION, lone(uleb(0)), "forbidden_op"),
        (forge::ACTION, lone(uleb(3)), "forbidden_op"),
        (forge::ACTION, lone(uleb(5)), "forbidden_op"),
        (forge::ACTION, lone(uleb(7)), "forbidden_op"),
        (forge::ACTION, lone(uleb(99)), "forbidden_op"),
        (forge::ACTION, Vec::new(), "empty"),
        (forge::INSERT, [uleb(0), uleb(1)].concat(), "forbidden_op"),
        (forge::INSERT, uleb(2), "forbidden_op"),
        (forge::KEY_TEXT, text(""), "bad_key"),
        (forge::KEY_TEXT, text("a//b"), "bad_key"),
        (forge::KEY_TEXT, text("收入"), "bad_key"),
        (forge::KEY_TEXT, text(&long_key), "bad_key"),
        (forge::KEY_TEXT, [leb(0), uleb(1)].concat(), "malformed"),
        (forge::KEY_TEXT, [leb(2), uleb(1), b"a".to_vec()].concat(), "malformed"),
        (forge::VALUE, Vec::new(), "malformed"),
        (forge::VALUE, b"xy".to_vec(), "malformed"),
        (forge::VALUE, vec![0xff], "bad_value"),
        (forge::VALUE, vec![0], "bad_value"),
        (forge::VALUE_META, lone(uleb(1 << 4 | 3)), "bad_value"),
        (forge::VALUE_META, lone(uleb(1 << 4 | 7)), "bad_value"),
        (forge::VALUE_META, lone(uleb(1 << 4 | 8)), "bad_value"),
        (forge::VALUE_META, lone(uleb(1 << 4 | 9)), "bad_value"),
        (forge::VALUE_META, lone(uleb(1 << 4 | 12)), "bad_value"),
        (forge::VALUE_META, lone(uleb(1 << 4)), "bad_value"),
        (forge::VALUE_META, lone(uleb(u64::MAX)), "malformed"),
        (forge::PRED_COUNT, lone(uleb(1)), "malformed"),
        (forge::PRED_COUNT, lone(uleb(u64::MAX)), "too_many_preds"),
        (1, lone(uleb(0)), "forbidden_op"),
        (2, lone(uleb(1)), "forbidden_op"),
        (17, lone(uleb(0)), "forbidden_op"),
        (19, lone(uleb(1)), "forbidden_op"),
        (148, vec![0, 1], "forbidden_op"),
        (165, text("bold"), "forbidden_op"),
        (200, vec![1], "malformed"),
        (forge::KEY_TEXT | 8, text("land"), "malformed"),
    ];
    for (column, data, expected) in table {
        let parts = one_put().with(column, data.clone());
        assert_eq!(kind(&parts.seal()), expected, "column {column}, data {data:?}");
    }
}

#[test]
fn preds_must_be_ascending_and_of_known_actors() {
    assert_eq!(kind(&one_put().with_pred(1, 1).seal()), "malformed");
    assert_eq!(kind(&one_put().with_pred(0, -1).seal()), "malformed");
    let twice = one_put()
        .with(forge::PRED_COUNT, [leb(-1), uleb(2)].concat())
        .with(forge::PRED_ACTOR, [leb(2), uleb(0)].concat())
        .with(forge::PRED_COUNTER, [leb(-2), leb(1), leb(0)].concat());
    assert_eq!(kind(&twice.seal()), "not_canonical");
}

#[test]
fn a_run_length_bomb_is_counted_not_expanded() {
    let many = 2_000_000;
    let bomb = one_put()
        .with(forge::KEY_TEXT, [&leb(many)[..], &uleb(1), b"a"].concat())
        .with(forge::INSERT, uleb(many as u64))
        .with(forge::ACTION, [leb(many), uleb(1)].concat())
        .with(forge::VALUE_META, [leb(many), uleb(0)].concat())
        .with(forge::VALUE, Vec::new())
        .with(forge::PRED_COUNT, [leb(many), uleb(0)].concat())
        .seal();
    assert!(bomb.len() < 128, "{} bytes", bomb.len());
    let limit = limits::CHANGE_OPS;
    assert_eq!(inspect(&bomb), Err(GateError::TooManyOps { ops: 2_000_000, limit }));
    let beyond = one_put().with(forge::ACTION, [leb(i64::MAX), uleb(1)].concat().repeat(3));
    assert_eq!(inspect(&beyond.seal()), Err(GateError::TooManyOps { ops: u64::MAX, limit }));
    let preds = one_put()
        .with(forge::PRED_COUNT, [leb(-1), uleb(2_000_000)].concat())
        .with(forge::PRED_ACTOR, [leb(many), uleb(0)].concat())
        .with(forge::PRED_COUNTER, [leb(many), leb(1)].concat());
    assert_eq!(kind(&preds.seal()), "too_many_preds");
}

#[test]
fn a_deflate_bomb_stops_at_the_limit() {
    let mut zeros = one_put();
    zeros.extra = vec![0; 64 << 20];
    let bomb = forge::deflated(&zeros.seal());
    assert!(bomb.len() < limits::CHANGE_BYTES, "{} bytes", bomb.len());
    assert_eq!(kind(&bomb), "too_large");
    zeros.extra.truncate(limits::CHANGE_INFLATED_BYTES / 2);
    assert_eq!(kind(&forge::deflated(&zeros.seal())), "extra_bytes", "below the limit the content decides");
}

#[test]
fn damaged_envelopes() {
    let good = one_put().seal();
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut magic = good.clone();
    magic[0] ^= 1;
    let followed = [&good[..], &[0]].concat();
    let mut packed = forge::deflated(&good);
    let table: Vec<(Vec<u8>, &str)> = vec![
        (Vec::new(), "not_a_change"),
        (good[..good.len() - 1].to_vec(), "not_a_change"),
        (followed, "not_a_change"),
        (magic, "not_a_change"),
        (flipped, "checksum"),
        (forge::chunk(0, &forge::body(&good)), "not_a_change"),
        (forge::chunk(3, &forge::body(&good)), "not_a_change"),
        (forge::chunk(9, &forge::body(&good)), "not_a_change"),
        (vec![0; limits::CHANGE_BYTES + 1], "too_large"),
        (packed.clone(), "accepted"),
    ];
    for (bytes, expected) in table {
        assert_eq!(kind(&bytes), expected, "{} bytes", bytes.len());
    }
    for at in 10..packed.len() {
        packed[at] ^= 0x55;
        assert_ne!(kind(&packed), "accepted", "byte {at}");
        packed[at] ^= 0x55;
    }
    let cut = forge::chunk(2, &forge::body(&packed)[..20]);
    assert_eq!(kind(&cut), "inflate");
    let longer = [forge::body(&packed), vec![0]].concat();
    assert_eq!(kind(&forge::chunk(2, &longer)), "inflate");
}

#[test]
fn the_deflated_encoding_is_the_same_change() {
    let mut record = Record::new();
    let change = record.write(&actor(1), &note(5), &household_puts()).unwrap();
    let packed = forge::deflated(&change.bytes);
    assert!(packed.len() < change.bytes.len());
    let facts = inspect(&packed).unwrap();
    assert_eq!(facts.hash, change.hash);
    assert_eq!(facts.raw, change.bytes, "what is stored is the raw encoding");
    assert_eq!(facts, inspect(&change.bytes).unwrap());
}

/// One change made by automerge itself.
fn by_automerge(edit: impl FnOnce(&mut AutoCommit)) -> Vec<u8> {
    let mut doc = AutoCommit::new().with_actor(automerge::ActorId::from(&actor(1).to_bytes()));
    edit(&mut doc);
    doc.get_last_local_change().unwrap().raw_bytes().to_vec()
}

#[test]
fn what_automerge_itself_makes_of_forbidden_kinds_is_refused() {
    type Edit = Box<dyn FnOnce(&mut AutoCommit)>;
    let scalar = |value: ScalarValue| -> Edit { Box::new(move |doc| doc.put(ROOT, "a", value).unwrap()) };
    let table: Vec<(&str, Edit, &str)> = vec![
        ("map", Box::new(|doc| drop(doc.put_object(ROOT, "a", ObjType::Map).unwrap())), "forbidden_op"),
        ("list", Box::new(|doc| drop(doc.put_object(ROOT, "a", ObjType::List).unwrap())), "forbidden_op"),
        ("text", Box::new(|doc| drop(doc.put_object(ROOT, "a", ObjType::Text).unwrap())), "forbidden_op"),
        (
            "delete",
            Box::new(|doc| {
                doc.put(ROOT, "a", 1).unwrap();
                doc.commit();
                doc.delete(ROOT, "a").unwrap();
            }),
            "forbidden_op",
        ),
        (
            "nested",
            Box::new(|doc| {
                let map = doc.put_object(ROOT, "a", ObjType::Map).unwrap();
                doc.commit();
                doc.put(&map, "b", 1).unwrap();
            }),
            "forbidden_op",
        ),
        (
            "element",
            Box::new(|doc| {
                let list = doc.put_object(ROOT, "a", ObjType::List).unwrap();
                doc.commit();
                doc.insert(&list, 0, 1).unwrap();
            }),
            "forbidden_op",
        ),
        (
            "increment",
            Box::new(|doc| {
                doc.put(ROOT, "a", ScalarValue::counter(1)).unwrap();
                doc.commit();
                doc.increment(ROOT, "a", 1).unwrap();
            }),
            "forbidden_op",
        ),
        ("counter", scalar(ScalarValue::counter(1)), "bad_value"),
        ("unsigned", scalar(ScalarValue::Uint(1)), "bad_value"),
        ("float", scalar(ScalarValue::F64(1.5)), "bad_value"),
        ("timestamp", scalar(ScalarValue::Timestamp(1)), "bad_value"),
        ("bytes", scalar(ScalarValue::Bytes(vec![1, 2])), "bad_value"),
        ("no code", scalar(ScalarValue::Bytes(b"don't know".to_vec())), "bad_value"),
        ("code", scalar(ScalarValue::Bytes(b"dk".to_vec())), "accepted"),
        ("key", Box::new(|doc| doc.put(ROOT, "a b", 1).unwrap()), "bad_key"),
    ];
    for (name, edit, expected) in table {
        assert_eq!(kind(&by_automerge(edit)), expected, "{name}");
    }
}

#[test]
fn our_writer_and_automerges_agree_byte_for_byte() {
    let mut puts = household_puts();
    puts.sort_by(|a, b| a.0.cmp(&b.0));
    let mut record = Record::new();
    let ours = record.write(&actor(1), &note(5_000), &puts).unwrap();
    let theirs = {
        let mut doc = AutoCommit::new().with_actor(automerge::ActorId::from(&actor(1).to_bytes()));
        for (key, value) in &puts {
            let scalar = match value {
                Value::Text(text) => ScalarValue::Str(text.as_str().into()),
                Value::Bool(flag) => ScalarValue::Boolean(*flag),
                Value::Int(number) => ScalarValue::Int(*number),
                Value::Null => ScalarValue::Null,
                Value::Missing(missing) => ScalarValue::Bytes(missing.as_str().into()),
            };
            doc.put(ROOT, key.as_str(), scalar).unwrap();
        }
        doc.commit_with(
            automerge::transaction::CommitOptions::default().with_message(r#"{"v":1,"t":5000}"#).with_time(5),
        );
        doc.get_last_local_change().unwrap().raw_bytes().to_vec()
    };
    assert_eq!(ours.bytes, theirs);
    assert!(puts.iter().any(|(_, value)| *value == Value::Missing(Missing::Dk)));
}
