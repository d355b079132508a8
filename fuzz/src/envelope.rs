//! The input is the body of an envelope. It is signed as its device would sign it, so that the body is what is looked at.

use doorstep_protocol::{
    DeviceId, Envelope, EnvelopeError, EnvelopeId, Item, ObjectId, SignedEnvelope, UserId, frame, limits,
};
use doorstep_records::{ActorId, ChangeNote, Key, Record, RecordId, Value, gate};
use ed25519_dalek::{Signer, SigningKey};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use crate::{Seed, seed};

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn signed(body: &[u8]) -> SignedEnvelope {
    let covered = [b"doorstep-envelope-v1\0".as_slice(), &Sha256::digest(body)].concat();
    let signature = key().sign(&covered).to_bytes().to_vec();
    SignedEnvelope { body: ByteBuf::from(body), signature: ByteBuf::from(signature) }
}

/// Opens it with the right key and with a wrong one.
pub fn run(data: &[u8]) {
    let sealed = signed(data);
    let wrong = SigningKey::from_bytes(&[8; 32]).verifying_key();
    assert!(sealed.open(wrong.as_bytes()).is_err(), "another device's key opens it");
    let envelope = match sealed.open(key().verifying_key().as_bytes()) {
        Ok(envelope) => envelope,
        Err(EnvelopeError::Signature) => panic!("the signature fits, and is refused"),
        Err(_) => return,
    };
    assert!(data.len() <= limits::ENVELOPE_BYTES && envelope.items.len() <= limits::ITEMS_PER_ENVELOPE);
    let again = frame::to_cbor(&envelope).expect("what was read can be written");
    assert_eq!(frame::from_cbor::<Envelope>(&again).expect("and read"), envelope);
    for item in &envelope.items {
        if let Item::Change { change, .. } = item {
            // Refused or not: never a crash.
            drop(gate::inspect(change));
        }
    }
}

/// An envelope of each item, and one of all.
pub fn seeds() -> Vec<Seed> {
    let record = RecordId::from_parts(1_450_000_000_000, [1; 10]);
    let actor = ActorId::derive(&[1; 16], "li", record, 0);
    let put = (Key::parse("name").expect("a key"), Value::Text("李家".into()));
    let change =
        Record::new().write(&actor, &ChangeNote::new(1, 1_450_000_000_000), &[put]).expect("a change");
    let heads = || [change.hash].into_iter().collect();
    let object = |n| ObjectId::mint(1_450_000_000_000, [n; 10]);
    let items = [
        Item::Create {
            record,
            form: "visit".into(),
            form_version: 1,
            area: "A".into(),
            subject: Some(record),
            test: true,
        },
        Item::Change { record, change: ByteBuf::from(change.bytes.clone()) },
        Item::Submission {
            id: object(1),
            record,
            heads: heads(),
            form_version: 1,
            at_ms: 1,
            note: Some("好".into()),
        },
        Item::Comment {
            id: object(2),
            record,
            heads: heads(),
            path: Some("name".into()),
            text: "请核实".into(),
            at_ms: 2,
        },
        Item::Discard { record, undo: false, at_ms: 3 },
    ];
    let body = |items: &[Item]| {
        let envelope = Envelope {
            number: 1,
            id: EnvelopeId::mint(1_450_000_000_000, [3; 10]),
            device: DeviceId::of_key(key().verifying_key().as_bytes()),
            user: UserId::mint(1_450_000_000_000, [2; 10]),
            made_at_ms: 1_450_000_000_000,
            items: items.to_vec(),
        };
        frame::to_cbor(&envelope).expect("an envelope")
    };
    let mut seeds = vec![seed("all", body(&items)), seed("empty", body(&[]))];
    seeds.extend(
        items
            .iter()
            .enumerate()
            .map(|(at, item)| seed(format!("item-{at}"), body(std::slice::from_ref(item)))),
    );
    seeds
}
