//! A phone written by somebody else: its own key, its own envelopes, whatever bytes it likes.

use doorstep_client_core::driver::HttpTransport;
use doorstep_client_core::sync::{Reply, Transport, route};
use doorstep_protocol::hello::{
    Challenge, ChallengeRequest, EnrolRequest, EnrolResponse, HelloRequest, HelloResponse, sign_hello,
};
use doorstep_protocol::push::{EnvelopeResult, ItemVerdict, PushRequest, PushResponse};
use doorstep_protocol::{
    DeviceId, Envelope, EnvelopeId, Item, Problem, ProblemKind, SignedEnvelope, UserId, frame, version,
};
use doorstep_records::{ActorId, ChangeNote, Key, Record, RecordId, Value};
use ed25519_dalek::SigningKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::{ByteArray, ByteBuf};

/// A foreign phone with a session.
pub(crate) struct Raw {
    transport: HttpTransport,
    pub(crate) key: SigningKey,
    pub(crate) user: UserId,
    pub(crate) token: String,
    number: u64,
}

impl Raw {
    /// Enrols and says hello.
    pub(crate) fn enrol(url: &str, code: &str, seed: u8) -> Raw {
        let transport = HttpTransport::new(url).unwrap();
        let key = SigningKey::from_bytes(&[seed; 32]);
        let public_key = ByteArray::new(key.verifying_key().to_bytes());
        let request =
            EnrolRequest { code: code.to_owned(), public_key, name: "raw".to_owned(), person: None };
        let enrolled: EnrolResponse = ask(&transport, route::ENROL, &request);
        let device = DeviceId::of_key(key.verifying_key().as_bytes());
        let challenge: Challenge = ask(&transport, route::CHALLENGE, &ChallengeRequest { device });
        let hello = HelloRequest {
            device,
            nonce: challenge.nonce,
            signature: ByteBuf::from(sign_hello(&key, &challenge.nonce)),
            protocols: version::SUPPORTED.to_vec(),
            now_ms: 0,
        };
        let session: HelloResponse = ask(&transport, route::HELLO, &hello);
        Raw { transport, key, user: enrolled.user.id, token: session.token, number: 0 }
    }

    /// Posts bytes.
    pub(crate) fn post(&self, route: &str, token: Option<&str>, body: Vec<u8>) -> Reply {
        self.transport.post(route, token, body).unwrap()
    }

    /// Posts bytes that must be answered with a problem, and tells which.
    pub(crate) fn refused(&self, route: &str, token: Option<&str>, body: Vec<u8>) -> ProblemKind {
        let reply = self.post(route, token, body);
        let problem: Problem = frame::decode(&reply.body).unwrap();
        assert_eq!(problem.status, reply.status);
        problem.kind().unwrap()
    }

    /// An envelope that this phone signs.
    pub(crate) fn envelope(&mut self, items: Vec<Item>) -> SignedEnvelope {
        self.number += 1;
        SignedEnvelope::seal(&self.body(self.number, items), &self.key).unwrap()
    }

    /// The body of an envelope.
    pub(crate) fn body(&self, number: u64, items: Vec<Item>) -> Envelope {
        let key = self.key.verifying_key();
        let mut random = [self.key.to_bytes()[0]; 10];
        random[..8].copy_from_slice(&number.to_be_bytes());
        Envelope {
            number,
            id: EnvelopeId::mint(1_450_000_000_000, random),
            device: DeviceId::of_key(key.as_bytes()),
            user: self.user,
            made_at_ms: 1_450_000_000_000,
            items,
        }
    }

    /// Pushes.
    pub(crate) fn push(&self, envelopes: Vec<SignedEnvelope>) -> PushResponse {
        let body = frame::encode(&PushRequest { envelopes }).unwrap();
        let reply = self.post(route::PUSH, Some(&self.token), body);
        assert_eq!(reply.status, 200);
        frame::decode(&reply.body).unwrap()
    }

    /// Pushes envelopes that must all be recorded; the verdicts of all their items.
    pub(crate) fn recorded(&self, envelopes: Vec<SignedEnvelope>) -> Vec<ItemVerdict> {
        let results = self.push(envelopes).results.into_iter();
        results
            .flat_map(|result| match result {
                EnvelopeResult::Recorded { items, .. } => items,
                EnvelopeResult::Refused { problem, .. } => panic!("refused: {}", problem.name()),
            })
            .collect()
    }
}

fn ask<T: Serialize, R: DeserializeOwned>(transport: &HttpTransport, route: &str, message: &T) -> R {
    let reply = transport.post(route, None, frame::encode(message).unwrap()).unwrap();
    assert_eq!(reply.status, 200, "{route}");
    frame::decode(&reply.body).unwrap()
}

/// A record being made by a foreign phone.
pub(crate) struct Household {
    pub(crate) id: RecordId,
    pub(crate) actor: ActorId,
    document: Record,
}

impl Household {
    /// A new one, of its own actor.
    pub(crate) fn new(seed: u8) -> Household {
        let id = RecordId::from_parts(1_450_000_000_000 + u64::from(seed), [seed; 10]);
        Household { id, actor: ActorId::derive(&[seed; 16], "raw", id, 0), document: Record::new() }
    }

    /// "A record was begun here."
    pub(crate) fn create(&self, area: &str) -> Item {
        let form = doorstep_tests::sim::form::FORM.to_owned();
        Item::Create {
            record: self.id,
            form,
            form_version: 1,
            area: area.to_owned(),
            subject: None,
            test: false,
        }
    }

    /// One answer more.
    pub(crate) fn answer(&mut self, path: &str, value: &str) -> Item {
        let puts = [(Key::parse(path).unwrap(), Value::Text(value.to_owned()))];
        let change = self.document.write(&self.actor, &ChangeNote::new(1, 1_450_000_000_000), &puts).unwrap();
        self.change(change.bytes)
    }

    /// Any bytes as a change of it.
    pub(crate) fn change(&self, bytes: Vec<u8>) -> Item {
        Item::Change { record: self.id, change: ByteBuf::from(bytes) }
    }
}
