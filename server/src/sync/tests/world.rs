//! A county with one town and two villages, one form, and as many phones as a test needs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use doorstep_forms::FormPackage;
use doorstep_protocol::hello::{EnrolRequest, HelloRequest, sign_hello};
use doorstep_protocol::pull::{Page, PageItem, PullRequest};
use doorstep_protocol::push::{EnvelopeResult, ItemVerdict, PushRequest, PushResponse};
use doorstep_protocol::{DeviceId, Envelope, EnvelopeId, Item, ObjectId, SignedEnvelope, UserId};
use doorstep_records::gate::{self, Admission};
use doorstep_records::{ActorId, ChangeNote, Heads, Key, Record, RecordId, Value, canonical_json};
use ed25519_dalek::SigningKey;
use rusqlite::params;
use serde_bytes::{ByteArray, ByteBuf};
use serde_json::json;

use crate::accounts::model::NewUser;
use crate::accounts::role::Role;
use crate::accounts::secret::{code_digest, code_text, token_text};
use crate::areas::Area;
use crate::log::{By, LogEntry, commit};
use crate::source::{Entropy, NoEntropy};
use crate::store::accounts::Accounts;
use crate::store::sqlite::DATABASE_FILE;
use crate::store::sqlite::scopes::scope_refresh;
use crate::store::sync::{DeviceSession, SyncStore};
use crate::store::{SqliteStore, StoreError};

pub(super) const FORM: &str = "household";
pub(super) const TOWN: &str = "9911";
pub(super) const EAST: &str = "991101";
pub(super) const WEST: &str = "991102";

/// Randomness that counts, so that every run is the same.
#[derive(Default)]
pub(super) struct Counting(AtomicU64);

impl Counting {
    pub(super) fn bytes<const N: usize>(&self) -> [u8; N] {
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

pub(super) struct World {
    pub(super) store: SqliteStore,
    pub(super) random: Counting,
    clock: AtomicI64,
    folder: tempfile::TempDir,
}

fn package() -> FormPackage {
    let manifest = json!({"id": FORM, "version": 1, "kind": "register", "entity": "household",
        "title": {"zh": "农户"}, "locales": ["zh"], "label": "doc.name"});
    let schema = json!({"title": "农户", "type": "object", "additionalProperties": false, "properties": {
        "name": {"title": "户主", "type": "string"}, "land": {"title": "土地", "type": "integer"}}});
    let files = BTreeMap::from([
        ("form.json".to_owned(), manifest.to_string().into_bytes()),
        ("schema.json".to_owned(), schema.to_string().into_bytes()),
    ]);
    FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn area(code: &str, parent: Option<&str>) -> Area {
    Area {
        code: code.to_owned(),
        parent: parent.map(str::to_owned),
        level: "village".to_owned(),
        name_zh: code.to_owned(),
        name_en: code.to_owned(),
        valid_from: None,
        valid_to: None,
    }
}

impl World {
    pub(super) fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let random = Counting::default();
        let store = SqliteStore::open(folder.path(), &random, 1).unwrap();
        let world = World { store, random, clock: AtomicI64::new(1_700_000_000_000), folder };
        let areas =
            vec![area("99", None), area(TOWN, Some("99")), area(EAST, Some(TOWN)), area(WEST, Some(TOWN))];
        let by = By { user: None, name: "admin".to_owned() };
        world.log(LogEntry::AreasImported { areas, by: by.clone() });
        world.log(LogEntry::FormPublished { package: ByteBuf::from(package().to_bytes()), by });
        world
    }

    pub(super) fn now(&self) -> i64 {
        self.clock.fetch_add(1_000, Ordering::Relaxed)
    }

    pub(super) fn log(&self, entry: LogEntry) {
        let now = self.now();
        self.store.write(move |tx| commit(tx, now, &entry)).unwrap();
    }

    pub(super) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join(DATABASE_FILE)).unwrap()
    }

    pub(super) fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        self.store.read(|conn| Ok(conn.query_row(&sql, [], |row| row.get(0))?)).unwrap()
    }

    pub(super) fn user(&self, name: &str, role: Role, areas: &[&str]) -> UserId {
        let id = UserId::mint(1, self.random.bytes());
        let new = NewUser {
            id,
            name: name.to_owned(),
            role,
            areas: areas.iter().map(|area| (*area).to_owned()).collect(),
            password_phc: String::new(),
            at_ms: self.now(),
        };
        self.store.user_add(&self.store.operator_scope(), &new).unwrap();
        id
    }

    /// The areas of a person from now on.
    pub(super) fn grant(&self, user: UserId, role: Role, areas: &[&str]) {
        let areas: Vec<String> = areas.iter().map(|area| (*area).to_owned()).collect();
        let now = self.now();
        self.store
            .write(move |tx| {
                tx.execute("UPDATE user SET role = ?2 WHERE id = ?1", params![user.to_bytes(), role.name()])?;
                tx.execute("DELETE FROM user_grant WHERE user = ?1", [user.to_bytes()])?;
                for area in areas {
                    tx.execute(
                        "INSERT INTO user_grant (user, role, area) VALUES (?1, ?2, ?3)",
                        params![user.to_bytes(), role.name(), area],
                    )?;
                }
                scope_refresh(tx, user, now)
            })
            .unwrap();
    }

    pub(super) fn phone(&self, user: &str) -> Phone {
        let key = SigningKey::from_bytes(&self.random.bytes());
        let code = code_text(self.random.bytes());
        let digest = code_digest(&code).unwrap();
        let scope = self.store.operator_scope();
        self.store.device_invite(&scope, user, &digest, self.now()).unwrap();
        let public_key = ByteArray::new(*key.verifying_key().as_bytes());
        let request = EnrolRequest { code, public_key, name: "phone".to_owned() };
        let enrolled = self.store.device_enrol(&request, self.now()).unwrap();
        assert_eq!(enrolled.device, DeviceId::of_key(key.verifying_key().as_bytes()));
        Phone {
            key,
            install: self.random.bytes(),
            user: enrolled.user.id,
            number: 0,
            cursor: None,
            records: BTreeMap::new(),
        }
    }

    pub(super) fn session(&self, phone: &Phone) -> DeviceSession {
        let nonce: [u8; 32] = self.random.bytes();
        self.store.challenge_begin(phone.id(), nonce, self.now()).unwrap();
        let request = HelloRequest {
            device: phone.id(),
            nonce: ByteArray::new(nonce),
            signature: ByteBuf::from(sign_hello(&phone.key, &nonce)),
            protocols: vec![1],
            now_ms: self.now(),
        };
        let token = token_text(self.random.bytes());
        let hello = self.store.device_hello(&request, &token, self.now()).unwrap();
        self.store.device_session(&hello.token, self.now()).unwrap()
    }

    pub(super) fn send(&self, phone: &Phone, envelopes: &[SignedEnvelope]) -> PushResponse {
        let session = self.session(phone);
        let request = PushRequest { envelopes: envelopes.to_vec() };
        self.store.envelopes_push(session, request, self.now()).unwrap()
    }

    /// Pushes one envelope and answers its verdicts.
    pub(super) fn push(&self, phone: &Phone, envelope: &SignedEnvelope) -> Vec<ItemVerdict> {
        match self.send(phone, std::slice::from_ref(envelope)).results.remove(0) {
            EnvelopeResult::Recorded { items, .. } => items,
            refused => panic!("{refused:?}"),
        }
    }

    pub(super) fn pull_page(&self, phone: &mut Phone, page_bytes: u32) -> Result<Page, StoreError> {
        let session = self.session(phone);
        let request = PullRequest { cursor: phone.cursor.clone(), page_bytes };
        let page = self.store.page_pull(session, &request, self.random.bytes(), self.now())?;
        phone.keep(&page);
        Ok(page)
    }

    /// Pulls until nothing is ready; answers the items.
    pub(super) fn pull(&self, phone: &mut Phone, page_bytes: u32) -> Vec<PageItem> {
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

    /// The server's document of a record.
    pub(super) fn document(&self, record: RecordId) -> Record {
        let sql = "SELECT bytes FROM document WHERE record = (SELECT num FROM record WHERE id = ?1)";
        let bytes: Vec<u8> =
            self.store.read(|conn| Ok(conn.query_row(sql, [record.to_bytes()], |row| row.get(0))?)).unwrap();
        Record::load(&bytes).unwrap()
    }

    pub(super) fn answers(&self, record: RecordId) -> String {
        canonical_json(&self.document(record).answers())
    }
}

/// A phone: its key and what it holds.
pub(super) struct Phone {
    pub(super) key: SigningKey,
    install: [u8; 16],
    pub(super) user: UserId,
    pub(super) number: u64,
    pub(super) cursor: Option<ByteBuf>,
    /// The records it holds, with their state in lists.
    pub(super) records: BTreeMap<RecordId, (Record, String)>,
}

impl Phone {
    pub(super) fn id(&self) -> DeviceId {
        DeviceId::of_key(self.key.verifying_key().as_bytes())
    }

    pub(super) fn seal(&mut self, world: &World, items: Vec<Item>) -> SignedEnvelope {
        self.number += 1;
        let envelope = Envelope {
            number: self.number,
            id: EnvelopeId::mint(1, world.random.bytes()),
            device: self.id(),
            user: self.user,
            made_at_ms: world.now(),
            items,
        };
        SignedEnvelope::seal(&envelope, &self.key).unwrap()
    }

    pub(super) fn actor(&self, record: RecordId) -> ActorId {
        ActorId::derive(&self.install, &self.user.to_string(), record, 0)
    }

    /// Begins a record and writes its first answers.
    pub(super) fn begin(
        &mut self,
        world: &World,
        area: &str,
        answers: &[(&str, &str)],
    ) -> (RecordId, Vec<Item>) {
        let record = RecordId::from_parts(1_700_000_000_000, world.random.bytes());
        self.records.insert(record, (Record::new(), "draft".to_owned()));
        let change = self.write(world, record, answers);
        (record, vec![create(record, area), change])
    }

    /// Writes answers into the record as the phone holds it.
    pub(super) fn write(&mut self, world: &World, record: RecordId, answers: &[(&str, &str)]) -> Item {
        let actor = self.actor(record);
        let (document, _) = self.records.get_mut(&record).unwrap();
        write(document, &actor, world.now(), record, answers)
    }

    pub(super) fn heads(&mut self, record: RecordId) -> Heads {
        self.records.get_mut(&record).unwrap().0.heads()
    }

    pub(super) fn submit(&mut self, world: &World, record: RecordId) -> Item {
        Item::Submission {
            id: ObjectId::mint(1, world.random.bytes()),
            record,
            heads: self.heads(record),
            form_version: 1,
            at_ms: world.now(),
            note: None,
        }
    }

    /// A submitted household, on the server and on the phone.
    pub(super) fn household(&mut self, world: &World, area: &str, name: &str) -> RecordId {
        let (record, mut items) = self.begin(world, area, &[("name", name)]);
        items.push(self.submit(world, record));
        let envelope = self.seal(world, items);
        assert_eq!(world.push(self, &envelope), vec![ItemVerdict::Accepted; 3]);
        record
    }

    pub(super) fn answers(&mut self, record: RecordId) -> String {
        canonical_json(&self.records.get_mut(&record).unwrap().0.answers())
    }

    /// Keeps a page as a phone does: what it knows already changes nothing.
    fn keep(&mut self, page: &Page) {
        for item in &page.items {
            match item {
                PageItem::Snapshot { record, row, document, heads } => {
                    let mut theirs = Record::load(document).unwrap();
                    assert_eq!(theirs.heads(), *heads);
                    let raw: Vec<ByteBuf> =
                        theirs.changes().into_iter().map(|change| ByteBuf::from(change.bytes)).collect();
                    self.records.entry(*record).or_insert_with(|| (Record::new(), String::new()));
                    self.take(*record, &raw);
                    self.set_state(*record, &row.state);
                }
                PageItem::Changes { record, row, changes } => {
                    assert!(self.records.contains_key(record), "changes of a record that the phone lacks");
                    self.take(*record, changes);
                    row.iter().for_each(|row| self.set_state(*record, &row.state));
                }
                PageItem::Row { record, row } => self.set_state(*record, &row.state),
                PageItem::Left { record } => {
                    self.records.remove(record);
                }
                _ => {}
            }
        }
        self.cursor = Some(page.cursor.clone());
    }

    fn set_state(&mut self, record: RecordId, state: &str) {
        self.records
            .get_mut(&record)
            .unwrap_or_else(|| panic!("a line of a record that the phone lacks"))
            .1 = state.to_owned();
    }

    fn take(&mut self, record: RecordId, changes: &[ByteBuf]) {
        let (document, _) = self.records.get_mut(&record).unwrap();
        let facts: Vec<_> = changes.iter().map(|change| gate::inspect(change).unwrap()).collect();
        let mut admission = Admission::of(Record::load(&document.save()).unwrap());
        for verdict in admission.admit_all(&facts) {
            verdict.unwrap();
        }
        *document = admission.into_parts().0;
    }
}

pub(super) fn create(record: RecordId, area: &str) -> Item {
    Item::Create { record, form: FORM.to_owned(), form_version: 1, area: area.to_owned(), subject: None }
}

pub(super) fn write(
    document: &mut Record,
    actor: &ActorId,
    at_ms: i64,
    record: RecordId,
    answers: &[(&str, &str)],
) -> Item {
    let puts: Vec<(Key, Value)> = answers
        .iter()
        .map(|(key, value)| (Key::parse(key).unwrap(), Value::Text((*value).to_owned())))
        .collect();
    let change = document.write(actor, &ChangeNote::new(1, at_ms), &puts).unwrap();
    Item::Change { record, change: ByteBuf::from(change.bytes) }
}

pub(super) fn quarantined(reason: &str) -> ItemVerdict {
    ItemVerdict::Quarantined { reason: reason.to_owned() }
}
