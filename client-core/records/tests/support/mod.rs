//! Shared by the tests of this crate: synthetic writers, records and changes.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

pub mod forge;

use doorstep_records::gate::{self, Admission, Admitted};
use doorstep_records::{ActorId, ChangeNote, Key, LocalChange, Missing, Record, RecordId, Value};

pub fn record_id() -> RecordId {
    RecordId::from_parts(1_767_225_600_000, [1; 10])
}

/// The actor of the `n`-th phone.
pub fn actor(n: u8) -> ActorId {
    ActorId::derive(&[n; 16], "enumerator", record_id(), 0)
}

pub fn note(at_ms: i64) -> ChangeNote {
    ChangeNote::new(1, at_ms)
}

pub fn key(path: &str) -> Key {
    Key::parse(path).unwrap()
}

pub fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

pub fn dk() -> Value {
    Value::Missing(Missing::Dk)
}

/// One write of one answer at time `at_ms`.
pub fn put(record: &mut Record, who: u8, at_ms: i64, path: &str, value: Value) -> LocalChange {
    record.write(&actor(who), &note(at_ms), &[(key(path), value)]).unwrap()
}

/// A copy that shares nothing with `record`.
pub fn copy(record: &mut Record) -> Record {
    Record::load(&record.save()).unwrap()
}

/// `into` with all changes of `from`, through the gate.
pub fn merge(into: &mut Record, from: &mut Record) {
    let facts: Vec<_> = from.changes().iter().map(|change| gate::inspect(&change.bytes).unwrap()).collect();
    let mut admission = Admission::of(copy(into));
    for verdict in admission.admit_all(&facts) {
        assert!(matches!(verdict, Ok(Admitted::Applied | Admitted::Duplicate)), "{verdict:?}");
    }
    *into = admission.into_parts().0;
}

/// A household as it is first registered: 60 answers and 5 members of 15.
pub fn household_puts() -> Vec<(Key, Value)> {
    let mut puts = vec![(key("_form"), text("household")), (key("_date"), text("2026-01-05"))];
    for question in 0..58 {
        let value = match question % 5 {
            0 => Value::Bool(question % 2 == 0),
            1 => Value::Int(i64::from(question) * 37),
            2 => text("三间砖瓦房"),
            3 => text("1250.50"),
            _ => dk(),
        };
        puts.push((key(&format!("house/q{question}")), value));
    }
    for member in 0..5u8 {
        let row = doorstep_records::RowId::from_parts(1_767_225_600_000 + u64::from(member), [member; 10]);
        for question in 0..15 {
            let value = if question == 0 { text("测试甲") } else { Value::Int(question) };
            puts.push((key(&format!("members/{row}/q{question}")), value));
        }
    }
    puts
}
