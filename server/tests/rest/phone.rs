//! A phone as the store sees it: a key, envelopes, records.

use doorstep_protocol::envelope::{Envelope, Item, SignedEnvelope};
use doorstep_protocol::hello::{EnrolRequest, HelloRequest, sign_hello};
use doorstep_protocol::push::{EnvelopeResult, ItemVerdict, PushRequest};
use doorstep_protocol::{DeviceId, EnvelopeId, ObjectId, UserId};
use doorstep_records::{ActorId, ChangeNote, Heads, Key, Record, RecordId, Value};
use doorstep_server::accounts::secret::{code_digest, code_text, token_text};
use doorstep_server::store::accounts::Accounts;
use doorstep_server::store::sync::{DeviceSession, SyncStore};
use ed25519_dalek::SigningKey;
use serde_bytes::{ByteArray, ByteBuf};

use crate::support::{BEGIN_MS, World};

pub(crate) struct Phone {
    key: SigningKey,
    /// What sets its key, ids and records apart from those of other phones.
    seed: u8,
    pub(crate) device: DeviceId,
    user: UserId,
    number: u64,
}

impl Phone {
    /// Enrols a phone for a person of the world.
    pub(crate) fn enrol(world: &World, user: u8, name: &str) -> Phone {
        Phone::enrol_for_bundles(world, user, name).0
    }

    /// The same, with the key that bundles are sealed to.
    pub(crate) fn enrol_for_bundles(world: &World, seed: u8, name: &str) -> (Phone, [u8; 32]) {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let code = code_text([seed; 16]);
        let digest = code_digest(&code).expect("a code");
        let operator = world.store.operator_scope();
        world.store.device_invite(&operator, name, &digest, BEGIN_MS).expect("an invitation");
        let public_key = ByteArray::new(key.verifying_key().to_bytes());
        let request = EnrolRequest { code, public_key, name: format!("phone of {name}"), person: None };
        let enrolled = world.store.device_enrol(&request, BEGIN_MS).expect("enrolled");
        let phone = Phone { key, seed, device: enrolled.device, user: enrolled.user.id, number: 0 };
        (phone, enrolled.bundle_key.expect("a key").into_array())
    }

    /// Another phone of a person, with a key of its own.
    pub(crate) fn enrol_again(world: &World, user: u8, name: &str) -> Phone {
        Phone::enrol_for_bundles(world, 100 + user, name).0
    }

    /// A session of the phone.
    pub(crate) fn token(&self, world: &World) -> String {
        let nonce = [self.seed; 32];
        world.store.challenge_begin(self.device, nonce, BEGIN_MS).expect("a challenge");
        let hello = HelloRequest {
            device: self.device,
            nonce: ByteArray::new(nonce),
            signature: ByteBuf::from(sign_hello(&self.key, &nonce)),
            protocols: vec![1],
            now_ms: BEGIN_MS,
        };
        let token = token_text([self.seed; 32]);
        world.store.device_hello(&hello, &token, BEGIN_MS).expect("a session").token
    }

    /// A new record that describes a photo, submitted.
    pub(crate) fn submit_photo(&mut self, world: &World, area: &str, photo: &str) -> RecordId {
        self.submit_answer(world, area, ("photo", Value::Text(photo.to_owned()))).0
    }

    /// A new record with one answer, submitted.
    pub(crate) fn submit(&mut self, world: &World, area: &str, persons: i64) -> (RecordId, Heads) {
        self.submit_answer(world, area, ("persons", Value::Int(persons)))
    }

    fn submit_answer(&mut self, world: &World, area: &str, answer: (&str, Value)) -> (RecordId, Heads) {
        let record = RecordId::from_parts(BEGIN_MS as u64, [self.seed; 10]);
        let mut document = Record::new();
        let create = Item::Create {
            record,
            form: "small".to_owned(),
            form_version: 1,
            area: area.to_owned(),
            subject: None,
            test: false,
        };
        let change = self.change(&mut document, record, answer);
        let heads = document.heads();
        self.push(world, vec![create, change, self.submission(record, &heads)]);
        (record, heads)
    }

    fn change(&self, document: &mut Record, record: RecordId, (path, value): (&str, Value)) -> Item {
        let actor = ActorId::derive(&[1; 16], &self.user.to_string(), record, 0);
        let note =
            ChangeNote { form_version: 1, at_ms: BEGIN_MS, reason: None, original_at_ms: None, cites: None };
        let puts = [
            (Key::parse("_form").expect("key"), Value::Text("small".to_owned())),
            (Key::parse(path).expect("key"), value),
        ];
        let written = document.write(&actor, &note, &puts).expect("a change");
        Item::Change { record, change: ByteBuf::from(written.bytes) }
    }

    fn submission(&self, record: RecordId, heads: &Heads) -> Item {
        Item::Submission {
            id: ObjectId::from_bytes([self.seed; 16]),
            record,
            heads: heads.clone(),
            form_version: 1,
            at_ms: BEGIN_MS,
            note: None,
        }
    }

    /// A new record with one answer, signed and not sent.
    pub(crate) fn household(&self, area: &str, number: u8) -> SignedEnvelope {
        let record = RecordId::from_parts(BEGIN_MS as u64, [number; 10]);
        let create = Item::Create {
            record,
            form: "small".to_owned(),
            form_version: 1,
            area: area.to_owned(),
            subject: None,
            test: false,
        };
        let items = vec![create, self.change(&mut Record::new(), record, ("persons", Value::Int(2)))];
        let id = EnvelopeId::from_bytes([number; 16]);
        let envelope =
            Envelope { number: 1, id, device: self.device, user: self.user, made_at_ms: BEGIN_MS, items };
        SignedEnvelope::seal(&envelope, &self.key).expect("sealed")
    }

    fn push(&mut self, world: &World, items: Vec<Item>) {
        self.number += 1;
        let count = items.len();
        let envelope = Envelope {
            number: self.number,
            id: EnvelopeId::from_bytes([self.seed; 16]),
            device: self.device,
            user: self.user,
            made_at_ms: BEGIN_MS,
            items,
        };
        let signed = SignedEnvelope::seal(&envelope, &self.key).expect("sealed");
        let session = DeviceSession { device: self.device };
        let request = PushRequest { envelopes: vec![signed] };
        let answer = world.store.envelopes_push(session, request, BEGIN_MS).expect("pushed");
        match &answer.results[0] {
            EnvelopeResult::Recorded { items, .. } => {
                assert_eq!(items, &vec![ItemVerdict::Accepted; count]);
            }
            refused => panic!("{refused:?}"),
        }
    }
}
