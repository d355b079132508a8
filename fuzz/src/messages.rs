//! The first byte chooses a message of the wire, the rest is its CBOR. What can be read can be written and read again.

use ciborium::{Value, cbor};
use doorstep_protocol::hello::{
    Challenge, ChallengeRequest, EnrolRequest, EnrolResponse, HelloRequest, HelloResponse,
};
use doorstep_protocol::pull::{Page, PullRequest};
use doorstep_protocol::push::{PushRequest, PushResponse};
use doorstep_protocol::{Envelope, Problem, frame};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Seed, seed};

/// True when it is such a message.
fn reads_as<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> bool {
    let Ok(message) = frame::from_cbor::<T>(bytes) else { return false };
    let again = frame::to_cbor(&message).expect("what was read can be written");
    assert_eq!(frame::from_cbor::<T>(&again).expect("and read"), message);
    true
}

/// Reads it.
pub fn run(data: &[u8]) {
    is_message(data);
}

/// True when it is one.
pub fn is_message(data: &[u8]) -> bool {
    let Some((choice, bytes)) = data.split_first() else { return false };
    match choice % 12 {
        0 => reads_as::<EnrolRequest>(bytes),
        1 => reads_as::<EnrolResponse>(bytes),
        2 => reads_as::<ChallengeRequest>(bytes),
        3 => reads_as::<Challenge>(bytes),
        4 => reads_as::<HelloRequest>(bytes),
        5 => reads_as::<HelloResponse>(bytes),
        6 => reads_as::<PushRequest>(bytes),
        7 => reads_as::<PushResponse>(bytes),
        8 => reads_as::<PullRequest>(bytes),
        9 => reads_as::<Page>(bytes),
        10 => reads_as::<Problem>(bytes),
        _ => reads_as::<Envelope>(bytes),
    }
}

fn of(choice: u8, name: &str, message: Result<Value, ciborium::value::Error>) -> Seed {
    let cbor = frame::to_cbor(&message.expect("CBOR")).expect("a message");
    seed(name, [&[choice][..], &cbor].concat())
}

fn bytes(byte: u8, length: usize) -> Value {
    Value::Bytes(vec![byte; length])
}

/// One of each, written as they lie on the wire: a field that is added later breaks nothing here.
pub fn seeds() -> Vec<Seed> {
    let id = |byte| bytes(byte, 16);
    let person = || cbor!({"id" => id(2), "name" => "li", "role" => "enumerator"}).expect("CBOR");
    let verdicts = cbor!(["accepted", "duplicate", {"waiting" => {"missing" => [bytes(1, 32)]}},
        {"quarantined" => {"reason" => "fork"}}])
    .expect("CBOR");
    vec![
        of(0, "enrol-request", cbor!({"code" => "7K3M", "public_key" => bytes(8, 32), "name" => "p"})),
        of(1, "enrol-response", cbor!({"device" => id(1), "user" => person(), "epoch" => id(9)})),
        of(2, "challenge-request", cbor!({"device" => id(1)})),
        of(3, "challenge", cbor!({"nonce" => bytes(5, 32)})),
        of(
            4,
            "hello-request",
            cbor!({"device" => id(1), "nonce" => bytes(5, 32), "signature" => bytes(6, 64), "protocols" => [1], "now_ms" => 1}),
        ),
        of(
            5,
            "hello-response",
            cbor!({"token" => "t", "token_seconds" => 3600, "protocol" => 1, "epoch" => id(9), "watermark" => 7,
                "backed_up" => 3, "server_now_ms" => 1, "user" => person()}),
        ),
        of(6, "push-request", cbor!({"envelopes" => [{"body" => bytes(1, 8), "signature" => bytes(2, 64)}]})),
        of(
            7,
            "push-response",
            cbor!({"results" => [{"recorded" => {"id" => id(3), "items" => verdicts}},
                {"refused" => {"id" => id(3), "problem" => "signature_invalid"}}], "watermark" => 1, "backed_up" => 0}),
        ),
        of(8, "pull-request", cbor!({"cursor" => bytes(1, 60), "page_bytes" => 48_000})),
        of(9, "page", page()),
        of(
            10,
            "problem",
            cbor!({"type" => "urn:doorstep:problem:invalid", "title" => "t", "status" => 422,
                "violations" => [{"pointer" => "/name", "detail" => "d"}]}),
        ),
    ]
}

fn page() -> Result<Value, ciborium::value::Error> {
    let (record, heads) = (bytes(3, 16), cbor!([bytes(0xab, 32)])?);
    let row = cbor!({"form" => "visit", "form_version" => 1, "area" => "A", "label" => "李家", "state" => "draft"})?;
    cbor!({"cursor" => bytes(1, 60), "more" => true, "epoch" => bytes(9, 16), "items" => [
        {"snapshot" => {"record" => record, "row" => row, "heads" => heads, "document" => bytes(1, 20)}},
        {"changes" => {"record" => record, "changes" => [bytes(2, 20)]}},
        {"row" => {"record" => record, "row" => row}},
        {"left" => {"record" => record}},
        {"actors" => {"bindings" => [{"actor" => bytes(4, 16), "user" => bytes(2, 16), "name" => "li", "role" => "enumerator"}]}},
        {"form" => {"form" => "visit", "version" => 1, "package" => bytes(7, 20)}},
        {"area" => {"area" => {"code" => "A", "level" => "village", "name_zh" => "甲村", "name_en" => "A"}}},
        {"review" => {"id" => bytes(5, 16), "record" => record, "heads" => heads, "decision" => "approved", "by" => "shen", "at_ms" => 1}},
        {"comment" => {"id" => bytes(5, 16), "record" => record, "heads" => heads, "by" => "shen", "text" => "好", "at_ms" => 1}},
        {"assignment" => {"assignment" => {"id" => bytes(5, 16), "form" => "visit", "area" => "A", "quantity" => 3,
            "assignee" => bytes(2, 16), "name" => "li", "by" => "shen", "at_ms" => 1, "open" => true}}},
        {"alias" => {"record" => record, "canonical" => bytes(6, 16)}}
    ]})
}
