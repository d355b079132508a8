//! A county of two villages over any store, driven by nothing but the trait, with a clock and randomness that count: two
//! worlds in which the same happens are the same.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use doorstep_forms::FormPackage;
use doorstep_protocol::hello::{EnrolRequest, EnrolResponse, HelloRequest, HelloResponse, sign_hello};
use doorstep_protocol::pull::{Page, PageItem, PullRequest};
use doorstep_protocol::push::{EnvelopeResult, ItemVerdict, PushRequest, PushResponse};
use doorstep_protocol::{DeviceId, ObjectId, ProblemKind, SignedEnvelope, UserId};
use doorstep_records::{Heads, RecordId};
use ed25519_dalek::SigningKey;
use serde_bytes::{ByteArray, ByteBuf};
use serde_json::json;

use super::{Phone, Subject};
use crate::accounts::model::NewUser;
use crate::accounts::role::Role;
use crate::accounts::secret::{code_digest, code_text, token_text};
use crate::dataset::model::DatasetRow;
use crate::review::model::{NewComment, NewReview, RecordView};
use crate::review::rule::{Decision, Waiver};
use crate::source::{Entropy, NoEntropy};
use crate::store::accounts::Accounts;
use crate::store::areas::Areas;
use crate::store::dataset::Datasets;
use crate::store::forms::Forms;
use crate::store::operations::Operations;
use crate::store::reconciles::Reconciles;
use crate::store::records::{At, Records};
use crate::store::reviews::{Decided, Reviews};
use crate::store::sync::{DeviceSession, SyncStore};
use crate::store::{Scope, StoreError};

pub(crate) const FORM: &str = "household";
pub(crate) const TOWN: &str = "9911";
pub(crate) const EAST: &str = "991101";
pub(crate) const WEST: &str = "991102";
pub(crate) const AREAS: &str = "code,parent,level,name_zh\n99,,county,县\n9911,99,town,镇\n\
     991101,9911,village,东村\n991102,9911,village,西村\n";
/// Bytes of an ordinary page.
pub(crate) const PAGE: u32 = 48_000;

/// Randomness that counts, so that every run is the same.
#[derive(Default)]
pub(crate) struct Counting(AtomicU64);

impl Counting {
    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes).unwrap();
        bytes
    }
}

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        for part in bytes.chunks_mut(8) {
            let next = (self.0.fetch_add(1, Ordering::Relaxed) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            part.copy_from_slice(&next.to_be_bytes()[..part.len()]);
        }
        Ok(())
    }
}

/// A form of the register in one version; `title` sets apart contents under the same number.
pub(crate) fn package(version: u32, title: &str) -> FormPackage {
    let manifest = json!({"id": FORM, "version": version, "kind": "register", "entity": "household",
        "title": {"zh": title}, "locales": ["zh"], "label": "doc.name", "identity": ["members/*/id_no"]});
    let member = json!({"type": "object", "additionalProperties": false, "properties": {
        "id_no": {"title": "证件号", "type": "string"}}});
    let schema = json!({"title": "农户", "type": "object", "additionalProperties": false, "properties": {
        "name": {"title": "户主", "type": "string", "x-required": true},
        "land": {"title": "土地", "type": "integer", "minimum": 0},
        "phone": {"title": "电话", "type": "string"},
        "members": {"title": "成员", "type": "object", "x-roster": {"kind": "rows"},
            "propertyNames": {"pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"}, "additionalProperties": member}}});
    let files = BTreeMap::from([
        ("form.json".to_owned(), manifest.to_string().into_bytes()),
        ("schema.json".to_owned(), schema.to_string().into_bytes()),
    ]);
    FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// Another version of that form: `change` gets the properties of its schema.
pub(crate) fn changed(version: u32, change: impl FnOnce(&mut serde_json::Value)) -> FormPackage {
    let mut files = package(version, "农户").files().clone();
    let mut schema: serde_json::Value = serde_json::from_slice(&files["schema.json"]).unwrap();
    change(&mut schema["properties"]);
    files.insert("schema.json".to_owned(), schema.to_string().into_bytes());
    FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// The path of a member's identity number.
pub(crate) fn member(number: u8) -> String {
    format!("members/01ARZ3NDEKTSV4RRFFQ69G5F{number:02}/id_no")
}

pub(crate) fn quarantined(reason: &str) -> ItemVerdict {
    ItemVerdict::Quarantined { reason: reason.to_owned() }
}

pub(crate) struct World<S> {
    pub(crate) subject: S,
    pub(crate) random: Counting,
    clock: AtomicI64,
}

impl<S: Subject> World<S> {
    /// The areas and the form; nobody yet.
    pub(crate) fn new() -> World<S> {
        let random = Counting::default();
        let subject = S::fresh(&random);
        let world = World { subject, random, clock: AtomicI64::new(1_700_000_000_000) };
        world.store().areas_import(&operator(), AREAS.as_bytes(), world.now()).unwrap().unwrap();
        world.store().form_publish(&operator(), &package(1, "农户"), world.now()).unwrap();
        world
    }

    pub(crate) fn reopened(self) -> World<S> {
        let World { subject, random, clock } = self;
        World { subject: subject.reopened(&random), random, clock }
    }

    pub(crate) fn store(&self) -> &S::Store {
        self.subject.store()
    }

    /// A later time with every call.
    pub(crate) fn now(&self) -> i64 {
        self.clock.fetch_add(1_000, Ordering::Relaxed)
    }

    pub(crate) fn object(&self) -> ObjectId {
        ObjectId::mint(1, self.random.bytes())
    }

    /// Something that happens aside: afterwards clock and randomness go on as if it had not happened.
    pub(crate) fn aside(&self, work: impl FnOnce()) {
        let (clock, random) = (self.clock.load(Ordering::Relaxed), self.random.0.load(Ordering::Relaxed));
        self.random.0.store(random + 1_000_000, Ordering::Relaxed);
        work();
        self.clock.store(clock, Ordering::Relaxed);
        self.random.0.store(random, Ordering::Relaxed);
    }

    pub(crate) fn log_rows(&self) -> u64 {
        self.store().health().unwrap().log_rows
    }

    pub(crate) fn user(&self, name: &str, role: Role, areas: &[&str]) -> UserId {
        let id = UserId::mint(1, self.random.bytes());
        let new = NewUser {
            id,
            name: name.to_owned(),
            role,
            areas: areas.iter().map(|area| (*area).to_owned()).collect(),
            password_phc: String::new(),
            at_ms: self.now(),
        };
        self.store().user_add(&operator(), &new).unwrap();
        id
    }

    pub(crate) fn scope(&self, name: &str) -> Scope {
        self.store().scope_of(name, self.now()).unwrap()
    }

    /// The supervisor of the whole town.
    pub(crate) fn supervisor(&self) -> Scope {
        match self.store().scope_of("chief", self.now()) {
            Ok(scope) => scope,
            Err(_) => {
                self.user("chief", Role::Supervisor, &[TOWN]);
                self.scope("chief")
            }
        }
    }

    /// A one-time code, and when it ends.
    pub(crate) fn invite(&self, user: &str) -> (String, i64) {
        let code = code_text(self.random.bytes());
        let digest = code_digest(&code).unwrap();
        let ends_ms = self.store().device_invite(&operator(), user, &digest, self.now()).unwrap();
        (code, ends_ms)
    }

    pub(crate) fn enrol(
        &self,
        key: &SigningKey,
        code: &str,
        now_ms: i64,
    ) -> Result<EnrolResponse, StoreError> {
        let public_key = ByteArray::new(*key.verifying_key().as_bytes());
        let request =
            EnrolRequest { code: code.to_owned(), public_key, name: "phone".to_owned(), person: None };
        self.store().device_enrol(&request, now_ms)
    }

    pub(crate) fn phone(&self, user: &str) -> Phone {
        let key = SigningKey::from_bytes(&self.random.bytes());
        let (code, _) = self.invite(user);
        let enrolled = self.enrol(&key, &code, self.now()).unwrap();
        assert_eq!(enrolled.device, DeviceId::of_key(key.verifying_key().as_bytes()));
        Phone::new(key, self.random.bytes(), enrolled.user.id)
    }

    pub(crate) fn challenge(&self, phone: &Phone, now_ms: i64) -> [u8; 32] {
        let nonce = self.random.bytes();
        self.store().challenge_begin(phone.id(), nonce, now_ms).unwrap();
        nonce
    }

    /// The answer to a challenge, signed with a key.
    pub(crate) fn hello(
        &self,
        phone: &Phone,
        (nonce, key): ([u8; 32], &SigningKey),
        now_ms: i64,
    ) -> Result<HelloResponse, StoreError> {
        let request = HelloRequest {
            device: phone.id(),
            nonce: ByteArray::new(nonce),
            signature: ByteBuf::from(sign_hello(key, &nonce)),
            protocols: vec![1],
            now_ms,
        };
        self.store().device_hello(&request, &token_text(self.random.bytes()), now_ms)
    }

    pub(crate) fn session(&self, phone: &Phone) -> DeviceSession {
        let nonce = self.challenge(phone, self.now());
        let hello = self.hello(phone, (nonce, &phone.key), self.now()).unwrap();
        self.store().device_session(&hello.token, self.now()).unwrap()
    }

    pub(crate) fn send(&self, phone: &Phone, envelopes: &[SignedEnvelope]) -> PushResponse {
        let session = self.session(phone);
        let request = PushRequest { envelopes: envelopes.to_vec() };
        self.store().envelopes_push(session, request, self.now()).unwrap()
    }

    /// Pushes one envelope and answers its verdicts.
    pub(crate) fn push(&self, phone: &Phone, envelope: &SignedEnvelope) -> Vec<ItemVerdict> {
        match self.send(phone, std::slice::from_ref(envelope)).results.remove(0) {
            EnvelopeResult::Recorded { items, .. } => items,
            refused => panic!("{refused:?}"),
        }
    }

    /// Pushes one envelope that is not taken and answers why.
    pub(crate) fn refused(&self, phone: &Phone, envelope: &SignedEnvelope) -> ProblemKind {
        match self.send(phone, std::slice::from_ref(envelope)).results.remove(0) {
            EnvelopeResult::Refused { problem, .. } => problem,
            recorded => panic!("{recorded:?}"),
        }
    }

    pub(crate) fn pull_page(&self, phone: &mut Phone, page_bytes: u32) -> Result<Page, StoreError> {
        self.pull_asking(phone, page_bytes, &[])
    }

    /// Pulls a page and asks about records that the phone has from an earlier life of the server.
    pub(crate) fn pull_asking(
        &self,
        phone: &mut Phone,
        page_bytes: u32,
        doubted: &[RecordId],
    ) -> Result<Page, StoreError> {
        let session = self.session(phone);
        let request = PullRequest { cursor: phone.cursor.clone(), page_bytes, doubted: doubted.to_vec() };
        let page = self.store().page_pull(session, &request, self.random.bytes(), self.now())?;
        phone.keep(&page);
        Ok(page)
    }

    /// Pulls until nothing is ready; answers the items.
    pub(crate) fn pull(&self, phone: &mut Phone, page_bytes: u32) -> Vec<PageItem> {
        let mut items = Vec::new();
        for _ in 0..10_000 {
            let page = self.pull_page(phone, page_bytes).unwrap();
            items.extend(page.items);
            if !page.more {
                return items;
            }
        }
        panic!("a pull without end");
    }

    /// Reconciles until nothing waits, one record at a time.
    pub(crate) fn settle(&self) {
        self.settle_by(1);
    }

    /// Reconciles until nothing waits, so many records at a time.
    pub(crate) fn settle_by(&self, limit: usize) {
        loop {
            let done = self.store().reconcile_pending(limit, self.now(), &self.random).unwrap();
            if done.written == 0 && done.touched == 0 {
                return;
            }
        }
    }

    /// A record with everything that has arrived, as the supervisor sees it, who has thereby been served it.
    pub(crate) fn view(&self, record: RecordId) -> RecordView {
        self.store().record_get(&self.supervisor(), record, &At::Now).unwrap()
    }

    pub(crate) fn decide(
        &self,
        scope: &Scope,
        record: RecordId,
        decision: Decision,
        heads: &Heads,
        waivers: &[Waiver],
    ) -> Decided {
        let comment = NewComment { path: Some("land".to_owned()), text: "请核实".to_owned() };
        let comments =
            if decision == Decision::SendBack { vec![(self.object(), comment)] } else { Vec::new() };
        let review = NewReview {
            id: self.object(),
            decision,
            heads: heads.clone(),
            note: None,
            comments,
            waivers: waivers.to_vec(),
            at_ms: self.now(),
        };
        self.store().review_decide(scope, record, &review).unwrap()
    }

    /// Opens the record as it is and approves that.
    pub(crate) fn approve(&self, record: RecordId) {
        self.settle();
        let heads = self.view(record).heads;
        let decided = self.decide(&self.supervisor(), record, Decision::Approve, &heads, &[]);
        assert!(matches!(decided, Decided::Taken(_)), "{decided:?}");
        self.settle();
    }

    /// The dataset in a scope.
    pub(crate) fn rows(&self, scope: &Scope) -> Vec<DatasetRow> {
        let mut rows = Vec::new();
        let each = &mut |row| {
            rows.push(row);
            Ok(())
        };
        self.store().dataset_each(scope, FORM, each).unwrap();
        rows
    }
}

/// Who sits at the machine.
pub(crate) fn operator() -> Scope {
    Scope::server()
}
