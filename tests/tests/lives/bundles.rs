//! Bundles that somebody carried to the server.

use doorstep_client_core::sync::route;
use doorstep_protocol::bundle::{self, Bundle, BundleSecret};
use doorstep_protocol::hello::{EnrolRequest, EnrolResponse};
use doorstep_protocol::{
    DeviceId, Envelope, EnvelopeId, Item, ProblemKind, SignedEnvelope, UserId, frame, limits,
};
use doorstep_records::{ActorId, ChangeNote, Key, Record, RecordId, Value};
use doorstep_server::store::StoreError;
use doorstep_server::store::sync::SyncStore;
use doorstep_server::sync::bundle::BundleReport;
use doorstep_tests::sim::form::FORM;
use ed25519_dalek::SigningKey;
use serde_bytes::{ByteArray, ByteBuf};

use crate::town::{Town, answer, begin, is_same, submit};

fn import(town: &Town, file: &[u8]) -> Result<BundleReport, StoreError> {
    town.server.store().unwrap().bundle_import(file, town.server.time().now_ms())
}

/// The only file that a phone writes.
fn written(phone: &mut doorstep_tests::sim::phone::Phone) -> Vec<u8> {
    let bundles = phone.device().unwrap().bundle().unwrap();
    assert_eq!(bundles.files.len(), 1);
    bundles.files.into_iter().next().unwrap()
}

#[test]
fn a_bundle_brings_work_in_its_authors_name_and_the_phones_next_sync_is_clean() {
    let mut town = Town::new();
    let mut li = town.phone("li");
    let record = begin(&mut li, "金丝雀户主");
    answer(&mut li, record, "address", "金丝雀村东");
    submit(&mut li, record);
    let file = written(&mut li);
    assert_eq!(written(&mut li).len(), file.len(), "nothing changes on the phone");
    let canary = "金丝雀".as_bytes();
    assert!(!file.windows(canary.len()).any(|bytes| bytes == canary), "a carrier could read it");
    let report = import(&town, &file).unwrap();
    assert_eq!((report.known, report.waiting, report.quarantined), (0, 0, 0));
    assert!(report.refused.is_empty() && report.accepted >= 4, "{report:?}");
    assert_eq!(town.values(record, "address"), ["金丝雀村东"]);
    let author: String = town
        .server
        .eye()
        .unwrap()
        .query_row(
            "SELECT user.name FROM record JOIN user ON user.id = record.author WHERE record.id = ?1",
            [record.to_bytes()],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(author, "li");
    let rows = town.log_rows();
    let again = import(&town, &file).unwrap();
    assert_eq!(
        (again.known, again.envelopes, again.accepted),
        (again.envelopes, report.envelopes, report.accepted)
    );
    assert_eq!(town.log_rows(), rows, "twice changes nothing");
    let synced = town.sync(&mut li);
    assert_eq!(synced.verdicts.accepted, report.accepted);
    assert_eq!(town.log_rows(), rows);
    assert!(is_same(&town, &mut li, record));
    assert_eq!(li.device().unwrap().standing().unwrap().unsent, 0);
    assert!(li.device().unwrap().bundle().unwrap().files.is_empty(), "nothing waits any more");
}

#[test]
fn a_file_that_is_torn_altered_foreign_or_a_bomb_changes_nothing() {
    let mut town = Town::new();
    let mut li = town.phone("li");
    begin(&mut li, "旧户");
    let file = written(&mut li);
    let rows = town.log_rows();
    let kind_of = |file: &[u8]| match import(&town, file) {
        Err(StoreError::Refused(kind, Some(said))) => {
            assert!(said.en.is_ascii() && !said.zh.is_ascii());
            kind
        }
        other => panic!("{other:?}"),
    };
    for cut in [0, 10, 20, 50, file.len() - 1] {
        assert_eq!(kind_of(&file[..cut]), ProblemKind::Invalid, "{cut}");
    }
    for at in [0, 17, 30, 60, file.len() - 1] {
        let mut altered = file.clone();
        altered[at] ^= 0x40;
        assert_eq!(kind_of(&altered), ProblemKind::Invalid, "{at}");
    }
    let foreign = BundleSecret::derive(&[9; 32]).public();
    let seal =
        |bundle: &Bundle, key: &[u8; 32]| bundle::seal(bundle, key, &mut |bytes| bytes.fill(5)).unwrap();
    let empty = Bundle { made_at_ms: 0, envelopes: Vec::new() };
    assert_eq!(kind_of(&seal(&empty, &foreign)), ProblemKind::Invalid);
    let key = Raw::enrol(&town, "wang", 1).bundle_key;
    let body = ByteBuf::from(vec![0; limits::BUNDLE_INFLATED_BYTES]);
    let bomb = SignedEnvelope { body, signature: ByteBuf::from(vec![0; 64]) };
    let bomb = seal(&Bundle { made_at_ms: 0, envelopes: vec![bomb] }, &key);
    assert_eq!(kind_of(&bomb), ProblemKind::TooLarge);
    assert_eq!(kind_of(&vec![0; limits::BUNDLE_BYTES + 1]), ProblemKind::TooLarge);
    assert_eq!(town.log_rows(), rows);
}

/// A phone written by somebody else, which seals whatever it likes.
struct Raw {
    key: SigningKey,
    user: UserId,
    bundle_key: [u8; 32],
}

impl Raw {
    fn enrol(town: &Town, user: &str, seed: u8) -> Raw {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let public_key = ByteArray::new(key.verifying_key().to_bytes());
        let code = town.server.invite(user).unwrap();
        let request = EnrolRequest { code, public_key, name: "raw".to_owned(), person: None };
        let reply = town.server.answer(route::ENROL, None, &frame::encode(&request).unwrap());
        let enrolled: EnrolResponse = frame::decode(&reply.body).unwrap();
        Raw { key, user: enrolled.user.id, bundle_key: enrolled.bundle_key.unwrap().into_array() }
    }

    /// A household in an envelope of its own.
    fn household(&self, number: u8) -> (RecordId, SignedEnvelope) {
        let record =
            RecordId::from_parts(1_450_000_000_000 + u64::from(number), [self.key.to_bytes()[0]; 10]);
        let actor = ActorId::derive(&self.key.to_bytes()[..16].try_into().unwrap(), "raw", record, 0);
        let puts = [(Key::parse("name").unwrap(), Value::Text(format!("户{number}")))];
        let change = Record::new().write(&actor, &ChangeNote::new(1, 1_450_000_000_000), &puts).unwrap();
        let create = Item::Create {
            record,
            form: FORM.to_owned(),
            form_version: 1,
            area: "A".to_owned(),
            subject: None,
            test: false,
        };
        let items = vec![create, Item::Change { record, change: ByteBuf::from(change.bytes) }];
        let mut random = [number; 10];
        random[0] = self.key.to_bytes()[0];
        let envelope = Envelope {
            number: u64::from(number),
            id: EnvelopeId::mint(1_450_000_000_000, random),
            device: DeviceId::of_key(self.key.verifying_key().as_bytes()),
            user: self.user,
            made_at_ms: 1_450_000_000_000,
            items,
        };
        (record, SignedEnvelope::seal(&envelope, &self.key).unwrap())
    }

    fn file(&self, envelopes: Vec<SignedEnvelope>) -> Vec<u8> {
        bundle::seal(&Bundle { made_at_ms: 0, envelopes }, &self.bundle_key, &mut |bytes| bytes.fill(5))
            .unwrap()
    }
}

#[test]
fn promise_6_a_bad_envelope_in_a_bundle_stands_in_nobodys_way() {
    let town = Town::new();
    let (li, wang) = (Raw::enrol(&town, "li", 1), Raw::enrol(&town, "wang", 2));
    let stranger = Raw { key: SigningKey::from_bytes(&[3; 32]), ..Raw::enrol(&town, "wang", 4) };
    let (first, good) = li.household(1);
    let (_, mut forged) = li.household(2);
    forged.signature[5] ^= 1;
    let noise = SignedEnvelope { body: ByteBuf::from(vec![1, 2, 3]), signature: ByteBuf::from(vec![0; 64]) };
    let (_, unknown) = stranger.household(3);
    let (last, other) = wang.household(4);
    let report = import(&town, &li.file(vec![good, forged, noise, unknown, other])).unwrap();
    let refused: Vec<(u32, ProblemKind)> =
        report.refused.iter().map(|refused| (refused.place, refused.problem)).collect();
    assert_eq!(
        refused,
        [(2, ProblemKind::SignatureInvalid), (3, ProblemKind::BadRequest), (4, ProblemKind::NotFound)]
    );
    assert_eq!((report.envelopes, report.accepted), (5, 4));
    assert_eq!(
        (town.values(first, "name"), town.values(last, "name")),
        (vec!["户1".into()], vec!["户4".into()])
    );
}

#[test]
fn what_a_revoked_phone_had_signed_goes_into_quarantine_by_whatever_way_it_comes() {
    let town = Town::new();
    let li = Raw::enrol(&town, "li", 1);
    let device = DeviceId::of_key(li.key.verifying_key().as_bytes());
    town.server
        .behind()
        .unwrap()
        .execute("UPDATE device SET revoked_ms = 1 WHERE id = ?1", [device.to_bytes()])
        .unwrap();
    let (_, envelope) = li.household(1);
    let report = import(&town, &li.file(vec![envelope])).unwrap();
    assert_eq!((report.accepted, report.quarantined), (0, 2));
    let reason: String = town
        .server
        .eye()
        .unwrap()
        .query_row("SELECT DISTINCT reason FROM quarantine", [], |row| row.get(0))
        .unwrap();
    assert_eq!(reason, "device_revoked");
}
