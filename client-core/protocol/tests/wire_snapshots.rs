//! One snapshot per message: a change of the wire shows in review before it meets a phone in a village.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use doorstep_protocol::bundle::Bundle;
use doorstep_protocol::hello::{
    Challenge, ChallengeRequest, EnrolRequest, EnrolResponse, HelloRequest, HelloResponse, Person,
};
use doorstep_protocol::pull::{ActorBinding, Area, ListRow, Page, PageItem, PullRequest};
use doorstep_protocol::push::{EnvelopeResult, ItemVerdict, PushRequest, PushResponse};
use doorstep_protocol::{
    DeviceId, Envelope, EnvelopeId, Epoch, Item, ObjectId, Problem, ProblemKind, SignedEnvelope, UserId,
    frame,
};
use doorstep_records::{ActorId, ChangeHash, Heads, RecordId};
use ed25519_dalek::SigningKey;
use serde::{Serialize, de::DeserializeOwned};
use serde_bytes::{ByteArray, ByteBuf};

/// The message reads back as itself, and its CBOR in diagnostic form is the snapshot.
fn check<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str, message: &T) {
    let body = frame::encode(message).unwrap();
    assert_eq!(&frame::decode::<T>(&body).unwrap(), message);
    let value: ciborium::Value = frame::from_cbor(&frame::to_cbor(message).unwrap()).unwrap();
    insta::assert_snapshot!(name, diagnostic(&value, 0));
}

fn diagnostic(value: &ciborium::Value, depth: usize) -> String {
    use ciborium::Value;
    let pad = "  ".repeat(depth + 1);
    let close = "  ".repeat(depth);
    match value {
        Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Map(entries) => {
            let lines: Vec<String> = entries
                .iter()
                .map(|(k, v)| format!("{pad}{}: {}", diagnostic(k, 0), diagnostic(v, depth + 1)))
                .collect();
            format!("{{\n{}\n{close}}}", lines.join("\n"))
        }
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Array(items) => {
            let lines: Vec<String> =
                items.iter().map(|item| format!("{pad}{}", diagnostic(item, depth + 1))).collect();
            format!("[\n{}\n{close}]", lines.join("\n"))
        }
        Value::Bytes(bytes) => format!("h'{}'", data_encoding::HEXLOWER.encode(bytes)),
        Value::Text(text) => format!("{text:?}"),
        Value::Integer(number) => i128::from(*number).to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null => "null".to_owned(),
        other => format!("{other:?}"),
    }
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}
fn device() -> DeviceId {
    DeviceId::of_key(key().verifying_key().as_bytes())
}
fn user() -> UserId {
    UserId::mint(1_700_000_000_000, [2; 10])
}
fn object() -> ObjectId {
    ObjectId::mint(1_700_000_000_000, [4; 10])
}
fn record() -> RecordId {
    RecordId::from_parts(1_700_000_000_000, [3; 10])
}
fn epoch() -> Epoch {
    Epoch::mint(1_700_000_000_000, [9; 10])
}
fn heads() -> Heads {
    [ChangeHash::from_bytes([0xab; 32])].into_iter().collect()
}
fn person() -> Person {
    Person { id: user(), name: "diaocha01".into(), role: "enumerator".into() }
}

#[test]
fn enrolment() {
    check(
        "enrol_request",
        &EnrolRequest {
            code: "7K3M-XXXX".into(),
            public_key: ByteArray::new([8; 32]),
            name: "phone 1".into(),
            person: None,
        },
    );
    check(
        "enrol_request_again",
        &EnrolRequest {
            code: "7K3M-XXXX".into(),
            public_key: ByteArray::new([8; 32]),
            name: "phone 1".into(),
            person: Some("li".into()),
        },
    );
    let response = EnrolResponse { device: device(), user: person(), epoch: epoch(), bundle_key: None };
    check("enrol_response", &response);
    let bundle_key = Some(ByteArray::new([9; 32]));
    check("enrol_response_bundle_key", &EnrolResponse { bundle_key, ..response });
}

#[test]
fn hello() {
    check("challenge_request", &ChallengeRequest { device: device() });
    check("challenge", &Challenge { nonce: ByteArray::new([5; 32]) });
    check(
        "hello_request",
        &HelloRequest {
            device: device(),
            nonce: ByteArray::new([5; 32]),
            signature: ByteBuf::from(vec![6; 64]),
            protocols: vec![1],
            now_ms: 1_700_000_000_000,
        },
    );
    let response = HelloResponse {
        token: "token".into(),
        token_seconds: 3600,
        protocol: 1,
        epoch: epoch(),
        watermark: 7,
        backed_up: 3,
        server_now_ms: 1_700_000_000_000,
        user: person(),
        bundle_key: None,
    };
    check("hello_response", &response);
    let bundle_key = Some(ByteArray::new([9; 32]));
    check("hello_response_bundle_key", &HelloResponse { bundle_key, ..response });
}

#[test]
fn bundle() {
    let envelope =
        SignedEnvelope { body: ByteBuf::from(vec![1, 2, 3]), signature: ByteBuf::from(vec![6; 64]) };
    check("bundle", &Bundle { made_at_ms: 1_700_000_000_000, envelopes: vec![envelope] });
}

#[test]
fn envelope_items() {
    let items = vec![
        Item::Create {
            record: record(),
            form: "household_register".into(),
            form_version: 1,
            area: "999999001001".into(),
            subject: None,
            test: false,
        },
        Item::Change { record: record(), change: ByteBuf::from(vec![1, 2, 3]) },
        Item::Submission {
            id: object(),
            record: record(),
            heads: heads(),
            form_version: 1,
            at_ms: 1_700_000_000_000,
            note: Some("done".into()),
        },
        Item::Comment {
            id: object(),
            record: record(),
            heads: heads(),
            path: Some("land_mu".into()),
            text: "as told".into(),
            at_ms: 1_700_000_000_000,
        },
        Item::Discard { record: record(), undo: false, at_ms: 1_700_000_000_000 },
    ];
    let envelope = Envelope {
        number: 1,
        id: EnvelopeId::mint(1_700_000_000_000, [1; 10]),
        device: device(),
        user: user(),
        made_at_ms: 1_700_000_000_000,
        items,
    };
    check("envelope", &envelope);
    check("push_request", &PushRequest { envelopes: vec![SignedEnvelope::seal(&envelope, &key()).unwrap()] });
}

#[test]
fn push_response() {
    let id = EnvelopeId::mint(1_700_000_000_000, [1; 10]);
    let items = vec![
        ItemVerdict::Accepted,
        ItemVerdict::Duplicate,
        ItemVerdict::Waiting { missing: vec![ChangeHash::from_bytes([7; 32])] },
        ItemVerdict::Quarantined { reason: "fork".into() },
    ];
    let results = vec![
        EnvelopeResult::Recorded { id, items },
        EnvelopeResult::Refused { id: Some(id), problem: ProblemKind::EnvelopeIdReused },
    ];
    check("push_response", &PushResponse { results, watermark: 7, backed_up: 0 });
}

#[test]
fn pull() {
    check("pull_request_first", &PullRequest { cursor: None, page_bytes: 49_152, doubted: Vec::new() });
    check(
        "pull_request",
        &PullRequest { cursor: Some(ByteBuf::from(vec![1; 80])), page_bytes: 49_152, doubted: Vec::new() },
    );
    let row = ListRow {
        form: "household_register".into(),
        form_version: 1,
        area: "999999001001".into(),
        subject: Some(record()),
        label: "张三".into(),
        state: "sent_back".into(),
        search: "13900000000".into(),
        test: false,
        unread: false,
    };
    let items = vec![
        PageItem::Form {
            form: "household_register".into(),
            version: 1,
            package: ByteBuf::from(vec![1]),
            closed: false,
            test: false,
        },
        PageItem::Area {
            area: Area {
                code: "999999001001".into(),
                parent: Some("999999001".into()),
                level: "village".into(),
                name_zh: "一村".into(),
                name_en: "Village 1".into(),
                ended: false,
            },
        },
        PageItem::Actors {
            bindings: vec![ActorBinding {
                actor: ActorId::derive(&[1; 16], &user().to_string(), record(), 1),
                user: user(),
                name: "diaocha01".into(),
                role: "enumerator".into(),
                post: None,
                device: Some(device()),
            }],
        },
        PageItem::Snapshot {
            record: record(),
            row: row.clone(),
            heads: heads(),
            document: ByteBuf::from(vec![2]),
        },
        PageItem::Changes { record: record(), row: Some(row.clone()), changes: vec![ByteBuf::from(vec![3])] },
        PageItem::Row { record: record(), row },
        PageItem::Review {
            id: object(),
            record: record(),
            heads: heads(),
            decision: "sent_back".into(),
            by: "shenhe01".into(),
            at_ms: 1_700_000_000_000,
            note: Some("see comments".into()),
        },
        PageItem::Comment {
            id: object(),
            record: record(),
            heads: heads(),
            path: None,
            by: "shenhe01".into(),
            text: "please check".into(),
            at_ms: 1_700_000_000_000,
        },
        PageItem::Alias { record: record(), canonical: None },
        PageItem::Left { record: record() },
    ];
    check("page", &Page { cursor: ByteBuf::from(vec![1; 80]), more: true, epoch: epoch(), items });
}

#[test]
fn problem() {
    let mut problem = Problem::new(ProblemKind::ProtocolUnsupported, "zh-CN");
    problem.detail = Some("versions 1".into());
    check("problem", &problem);
}
