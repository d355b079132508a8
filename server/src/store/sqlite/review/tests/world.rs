//! A world of two villages, two forms and as many phones as a test needs.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use doorstep_forms::FormPackage;
use doorstep_protocol::push::ItemVerdict;
use doorstep_protocol::{DeviceId, Envelope, EnvelopeId, Item, ObjectId, SignedEnvelope, UserId};
use doorstep_records::{ActorId, ChangeNote, Heads, Key, Record, RecordId, Value};
use ed25519_dalek::SigningKey;
use serde_bytes::ByteBuf;
use serde_json::json;
use tempfile::TempDir;

use crate::accounts::role::Role;
use crate::areas::Area;
use crate::dataset::model::DatasetRow;
use crate::log::{Author, By, EnvelopeEntry, LogEntry, commit};
use crate::reconcile::flag::Flag;
use crate::review::model::{NewComment, NewReview, RecordView, Refused};
use crate::review::rule::{Decision, Refusal, Waiver};
use crate::review::state::RecordState;
use crate::source::{Entropy, NoEntropy};
use crate::store::dataset::Datasets;
use crate::store::operations::Operations;
use crate::store::reconciles::{Reconciled, Reconciles};
use crate::store::records::{At, Records};
use crate::store::reviews::{Decided, Reviews};
use crate::store::{FormScope, Scope, SqliteStore};

pub(super) const HOUSEHOLD: &str = "household";
pub(super) const CHECK: &str = "check";
pub(super) const EAST: &str = "0101";
pub(super) const WEST: &str = "0102";

/// Randomness that counts, so that every run is the same.
#[derive(Default)]
pub(super) struct Counting(std::sync::atomic::AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        for byte in bytes.chunks_mut(8) {
            let next = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_be_bytes();
            let len = byte.len();
            byte.copy_from_slice(&next[8 - len..]);
        }
        Ok(())
    }
}

pub(super) struct World {
    pub(super) store: SqliteStore,
    pub(super) entropy: Counting,
    documents: RefCell<HashMap<RecordId, Record>>,
    tick: RefCell<i64>,
    folder: TempDir,
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.into())
}

pub(super) fn package(manifest: serde_json::Value, schema: serde_json::Value) -> FormPackage {
    let files = BTreeMap::from([
        ("form.json".to_owned(), manifest.to_string().into_bytes()),
        ("schema.json".to_owned(), schema.to_string().into_bytes()),
    ]);
    FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn household() -> FormPackage {
    let member = json!({"type": "object", "additionalProperties": false, "properties": {
        "name": {"title": "姓名", "type": "string"}, "id_no": {"title": "证件号", "type": "string"}}});
    package(
        json!({"id": HOUSEHOLD, "version": 1, "kind": "register", "entity": "household", "title": {"zh": "农户"},
            "locales": ["zh"], "label": "doc.name", "search": ["members/*/name"], "identity": ["members/*/id_no"],
            "area_path": "place"}),
        json!({"title": "农户", "type": "object", "additionalProperties": false, "properties": {
            "name": {"title": "户主", "type": "string", "x-required": true},
            "land": {"title": "土地", "type": "integer", "minimum": 0},
            "phone": {"title": "电话", "type": "string"},
            "place": {"title": "住地", "type": "string"},
            "grade": {"title": "等级", "type": "string", "oneOf": [{"const": "A", "title": "甲"}, {"const": "B", "title": "乙"}]},
            "persons": {"title": "人口", "type": "integer", "readOnly": true, "x-calculate": "size(doc.members)"},
            "members": {"title": "成员", "type": "object", "x-roster": {"kind": "rows", "label": "row.name"},
                "propertyNames": {"pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"}, "additionalProperties": member}}}),
    )
}

fn check() -> FormPackage {
    package(
        json!({"id": CHECK, "version": 1, "kind": "event", "entity": "household", "title": {"zh": "核对"},
            "locales": ["zh"], "auto_approve": true, "subject": "required", "identity": ["round"]}),
        json!({"title": "核对", "type": "object", "additionalProperties": false, "properties": {
            "round": {"title": "轮次", "type": "string", "x-required": true},
            "found": {"title": "人数", "type": "integer", "minimum": 0}}}),
    )
}

impl World {
    pub(super) fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let entropy = Counting::default();
        let store = SqliteStore::open(folder.path(), &entropy, 1).unwrap();
        let world =
            World { store, entropy, documents: RefCell::default(), tick: RefCell::new(1_000), folder };
        let area = |code: &str, parent: Option<&str>| Area {
            code: code.to_owned(),
            parent: parent.map(str::to_owned),
            level: "village".into(),
            name_zh: code.to_owned(),
            name_en: code.to_owned(),
            valid_from: None,
            valid_to: None,
        };
        let areas = vec![area("01", None), area(EAST, Some("01")), area(WEST, Some("01"))];
        world.log(LogEntry::AreasImported { areas, by: by("admin") });
        for package in [household(), check()] {
            world
                .log(LogEntry::FormPublished { package: ByteBuf::from(package.to_bytes()), by: by("admin") });
        }
        world
    }

    /// Writes one log entry; answers the server's time.
    pub(super) fn log(&self, entry: LogEntry) -> i64 {
        let now = self.now();
        self.store.write(move |tx| commit(tx, now, &entry)).unwrap();
        now
    }

    pub(super) fn now(&self) -> i64 {
        *self.tick.borrow_mut() += 1_000;
        *self.tick.borrow()
    }

    /// The database closed and opened again.
    pub(super) fn reopened(self) -> World {
        let World { store, entropy, documents, tick, folder } = self;
        drop(store);
        let store = SqliteStore::open(folder.path(), &entropy, 1).unwrap();
        World { store, entropy, documents, tick, folder }
    }

    /// A record begun by a phone.
    pub(super) fn begin(&self, phone: u8, form: &str, area: &str, subject: Option<RecordId>) -> RecordId {
        let now = self.now();
        let record = RecordId::from_parts(u64::try_from(now).unwrap(), [phone; 10]);
        self.documents.borrow_mut().insert(record, Record::new());
        let (form, area) = (form.to_owned(), area.to_owned());
        self.push(phone, vec![Item::Create { record, form, form_version: 1, area, subject, test: false }]);
        record
    }

    /// A household in the east with a name and one member of this number.
    pub(super) fn household(&self, phone: u8, name: &str, id_no: &str) -> RecordId {
        let record = self.begin(phone, HOUSEHOLD, EAST, None);
        let id_path = format!("{}/id_no", member(phone));
        let name_path = format!("{}/name", member(phone));
        self.edit(phone, record, &[("name", text(name)), (&id_path, text(id_no)), (&name_path, text(name))]);
        record
    }

    pub(super) fn heads(&self, record: RecordId) -> Heads {
        self.documents.borrow_mut().get_mut(&record).unwrap().heads()
    }

    /// An edit by a phone that has seen everything.
    pub(super) fn edit(&self, phone: u8, record: RecordId, puts: &[(&str, Value)]) -> Heads {
        let heads = self.heads(record);
        self.edit_at(phone, record, &heads, puts)
    }

    /// An edit by a phone that has seen only `heads`.
    pub(super) fn edit_at(
        &self,
        phone: u8,
        record: RecordId,
        heads: &Heads,
        puts: &[(&str, Value)],
    ) -> Heads {
        let actor = ActorId::derive(&[phone; 16], "user", record, 0);
        let puts: Vec<_> =
            puts.iter().map(|(key, value)| (Key::parse(key).unwrap(), value.clone())).collect();
        let note = ChangeNote::new(1, self.now());
        let (change, now) = {
            let mut documents = self.documents.borrow_mut();
            let document = documents.get_mut(&record).unwrap();
            (document.write_at(&actor, &note, heads, &puts).unwrap(), document.heads())
        };
        self.push(phone, vec![Item::Change { record, change: ByteBuf::from(change.bytes) }]);
        now
    }

    pub(super) fn submit(&self, phone: u8, record: RecordId) -> Heads {
        let heads = self.heads(record);
        self.submit_at(phone, record, &heads);
        heads
    }

    pub(super) fn submit_at(&self, phone: u8, record: RecordId, heads: &Heads) {
        let at_ms = self.now();
        let id = self.object();
        let heads = heads.clone();
        self.push(phone, vec![Item::Submission { id, record, heads, form_version: 1, at_ms, note: None }]);
    }

    pub(super) fn push(&self, phone: u8, items: Vec<Item>) {
        let key = SigningKey::from_bytes(&[phone; 32]);
        let device = DeviceId::of_key(key.verifying_key().as_bytes());
        let now = self.now();
        let user = UserId::from_bytes([phone; 16]);
        let verdicts = vec![ItemVerdict::Accepted; items.len()];
        let id = EnvelopeId::from_bytes(self.object().to_bytes());
        let number = u64::try_from(now).unwrap();
        let envelope = Envelope { number, id, device, user, made_at_ms: now, items };
        let signed = SignedEnvelope::seal(&envelope, &key).unwrap();
        let (name, role) = (format!("phone{phone}"), "enumerator".to_owned());
        let author = Author { user, name, role, device, server: false };
        self.log(LogEntry::Envelope(EnvelopeEntry { signed, author, verdicts }));
    }

    pub(super) fn object(&self) -> ObjectId {
        let mut random = [0; 10];
        self.entropy.fill(&mut random).unwrap();
        ObjectId::mint(u64::try_from(*self.tick.borrow()).unwrap(), random)
    }

    /// Reconciles until nothing waits.
    pub(super) fn settle(&self) {
        while self.reconcile(100) != Reconciled::default() {}
    }

    pub(super) fn reconcile(&self, limit: usize) -> Reconciled {
        self.store.reconcile_pending(limit, self.now(), &self.entropy).unwrap()
    }

    pub(super) fn view(&self, record: RecordId) -> RecordView {
        self.store.record_get(&supervisor(), record, &At::Now).unwrap()
    }

    pub(super) fn flags(&self, record: RecordId) -> Vec<String> {
        let line = |flag: &Flag| format!("{} {} {} {}", flag.kind.name(), flag.key, flag.path, flag.detail);
        let flags = self.view(record).flags;
        flags.iter().map(|flag| line(flag).split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    pub(super) fn state(&self, record: RecordId) -> RecordState {
        self.view(record).line.state
    }

    pub(super) fn decide(
        &self,
        scope: &Scope,
        record: RecordId,
        decision: Decision,
        heads: &Heads,
        waivers: Vec<Waiver>,
    ) -> Decided {
        let comment = NewComment { path: Some("land".into()), text: "please look again".into() };
        let comments =
            if decision == Decision::SendBack { vec![(self.object(), comment)] } else { Vec::new() };
        let review = NewReview {
            id: self.object(),
            decision,
            heads: heads.clone(),
            note: None,
            comments,
            waivers,
            at_ms: self.now(),
        };
        self.store.review_decide(scope, record, &review).unwrap()
    }

    /// Opens the record as it is and approves that.
    pub(super) fn approve(&self, record: RecordId) -> Heads {
        let heads = self.view(record).heads;
        let decided = self.decide(&supervisor(), record, Decision::Approve, &heads, Vec::new());
        assert!(matches!(decided, Decided::Taken(_)), "{decided:?}");
        self.settle();
        heads
    }

    pub(super) fn refused(&self, record: RecordId, heads: &Heads, waivers: Vec<Waiver>) -> Refused {
        match self.decide(&supervisor(), record, Decision::Approve, heads, waivers) {
            Decided::Refused(refused) => *refused,
            Decided::Taken(taken) => panic!("{taken:?}"),
        }
    }

    pub(super) fn refusal(&self, record: RecordId, heads: &Heads) -> Refusal {
        self.refused(record, heads, Vec::new()).refusal
    }

    pub(super) fn rows(&self, form: &str) -> Vec<DatasetRow> {
        let mut rows = Vec::new();
        let each = &mut |row| {
            rows.push(row);
            Ok(())
        };
        self.store.dataset_each(&supervisor(), form, each).unwrap();
        rows
    }

    pub(super) fn dump(&self) -> String {
        let mut bytes = Vec::new();
        let line = &mut |line: &[u8]| {
            bytes.extend_from_slice(line);
            Ok(())
        };
        self.store.dataset_dump(line).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// Every derived table made again from the log and reconciled.
    pub(super) fn rebuild(&self) {
        self.store.rebuild().unwrap();
        self.settle();
    }
}

/// The row of a phone's own member.
pub(super) fn member(phone: u8) -> String {
    format!("members/01ARZ3NDEKTSV4RRFFQ69G5F{phone:02}")
}

pub(super) fn by(name: &str) -> By {
    By { user: None, name: name.to_owned() }
}

pub(super) fn scope(user: u8, role: Role, paths: &[&str]) -> Scope {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let user = Some(UserId::from_bytes([user; 16]));
    Scope::new(user, "li".into(), role, paths, FormScope::All, 1)
}

/// Whose area is both villages.
pub(super) fn supervisor() -> Scope {
    scope(200, Role::Supervisor, &["01/"])
}

pub(super) fn waiver(key: &str, path: &str) -> Waiver {
    Waiver { key: key.into(), path: path.into(), reason: "seen on site".into() }
}
