//! Ids and values on the wire: text in JSON, short byte strings in CBOR.

#![allow(clippy::unwrap_used)]

mod support;

use ciborium::Value as Cbor;
use doorstep_records::{ActorId, ChangeHash, Heads, Key, Missing, RecordId, RowId, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use support::{actor, key, record_id};

fn cbor(value: &impl Serialize) -> Cbor {
    Cbor::serialized(value).unwrap()
}

fn both_ways<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: T) {
    let json = serde_json::to_string(&value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value);
    let mut bytes = Vec::new();
    ciborium::into_writer(&value, &mut bytes).unwrap();
    assert_eq!(ciborium::from_reader::<T, _>(&bytes[..]).unwrap(), value);
}

#[test]
fn every_type_goes_both_ways() {
    let hash = ChangeHash::from_bytes([9; 32]);
    both_ways(record_id());
    both_ways(RowId::from_parts(1_767_225_600_000, [3; 10]));
    both_ways(hash);
    both_ways(actor(1));
    both_ways(Heads::from_iter([hash, ChangeHash::from_bytes([1; 32])]));
    both_ways(key("members/r1/name"));
    for value in [Value::Text("三亩".into()), Value::Bool(true), Value::Int(-7), Value::Null] {
        both_ways(value);
    }
    both_ways(Value::Missing(Missing::Refused));
    both_ways(support::note(5).with_reason("测"));
}

#[test]
fn ids_are_byte_strings_in_cbor_and_text_in_json() {
    assert_eq!(cbor(&record_id()), Cbor::Bytes(record_id().to_bytes().to_vec()));
    assert_eq!(cbor(&actor(1)), Cbor::Bytes(actor(1).to_bytes().to_vec()));
    assert_eq!(serde_json::to_value(record_id()).unwrap(), record_id().to_string());
    assert_eq!(serde_json::to_value(actor(1)).unwrap(), actor(1).to_string());
}

#[test]
fn ids_of_other_lengths_and_illegal_keys_are_refused() {
    let short = Cbor::Bytes(vec![1; 15]);
    assert!(short.deserialized::<RecordId>().is_err());
    assert!(short.deserialized::<ActorId>().is_err());
    assert!(short.deserialized::<ChangeHash>().is_err());
    let list = |length| Cbor::Array(vec![Cbor::Integer(1.into()); length]);
    assert!(list(15).deserialized::<RecordId>().is_err());
    assert!(list(17).deserialized::<RecordId>().is_err());
    assert!(serde_json::from_str::<Key>("\"a b\"").is_err());
    assert!(serde_json::from_str::<Value>("1.5").is_err());
    assert!(serde_json::from_str::<ChangeHash>("\"00\"").is_err());
}
