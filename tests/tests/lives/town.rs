//! A small town whose server can be lost.

use std::path::PathBuf;

use doorstep_client_core::device::FormCache;
use doorstep_client_core::sync::SyncReport;
use doorstep_protocol::UserId;
use doorstep_records::{Heads, Key, RecordId, Value};
use doorstep_server::accounts::role::Role;
use doorstep_server::review::model::NewReview;
use doorstep_server::review::rule::Decision;
use doorstep_server::store::records::{At, OfficeEdit, Records};
use doorstep_server::store::reviews::{Decided, Reviews};
use doorstep_tests::sim::chance::Chance;
use doorstep_tests::sim::form::FORM;
use doorstep_tests::sim::office::document;
use doorstep_tests::sim::phone::Phone;
use doorstep_tests::sim::server::{Cable, Server};
use doorstep_tests::sim::time::Time;
use serde_json::json;
use tempfile::TempDir;

pub(crate) struct Town {
    pub(crate) server: Server,
    forms: FormCache,
    chance: Chance,
    folder: TempDir,
    count: usize,
}

impl Town {
    /// The supervisor `shen`; `li` and `wang` in village A.
    pub(crate) fn new() -> Town {
        let folder = tempfile::tempdir_in(doorstep_tests::sim::scratch()).unwrap();
        let mut chance = Chance::new(7);
        let server = Server::begin(&folder.path().join("server"), chance.fork(), &Time::begin()).unwrap();
        for (name, role, area) in
            [("shen", Role::Supervisor, "T"), ("li", Role::Enumerator, "A"), ("wang", Role::Enumerator, "A")]
        {
            server.user_add(name, role, &[area]).unwrap();
        }
        Town { server, forms: FormCache::default(), chance, folder, count: 0 }
    }

    pub(crate) fn path(&mut self, name: &str) -> PathBuf {
        self.count += 1;
        self.folder.path().join(format!("{name}-{}", self.count))
    }

    /// A phone of a person, enrolled and synced.
    pub(crate) fn phone(&mut self, user: &str) -> Phone {
        let mut phone = self.bare_phone(user);
        self.enrol(&mut phone);
        self.sync(&mut phone);
        phone
    }

    /// A phone that belongs to nobody yet.
    pub(crate) fn bare_phone(&mut self, user: &str) -> Phone {
        let id: UserId = self.server.scope_of(user).unwrap().user().unwrap();
        let folder = self.path(user);
        let chance = self.chance.fork();
        Phone::new(&folder, (user, id, user), self.server.time(), &self.forms, chance).unwrap()
    }

    /// Enrols a phone with a fresh code for its person.
    pub(crate) fn enrol(&self, phone: &mut Phone) {
        let code = self.server.invite(&phone.user_name).unwrap();
        let name = phone.name.clone();
        phone.device().unwrap().enrol(&Cable(&self.server), "http://127.0.0.1:1", &code, &name).unwrap();
    }

    /// Syncs over a cable; the report.
    pub(crate) fn sync(&self, phone: &mut Phone) -> SyncReport {
        self.server.reconcile().unwrap();
        phone.device().unwrap().sync(&Cable(&self.server)).unwrap()
    }

    /// Everybody syncs until nobody has anything to say.
    pub(crate) fn quiet(&self, phones: &mut [&mut Phone]) {
        for _ in 0..6 {
            let busy: u32 = phones
                .iter_mut()
                .map(|phone| self.sync(phone))
                .map(|report| report.envelopes + report.page_items)
                .sum();
            if busy == 0 {
                return;
            }
        }
        panic!("phones still have news");
    }

    pub(crate) fn back_up(&mut self) -> PathBuf {
        let folder = self.path("backup");
        self.server.back_up(&folder).unwrap();
        folder
    }

    /// The server is lost, and another one made from a backup.
    pub(crate) fn lose(&mut self, backup: &std::path::Path) {
        let folder = self.path("server");
        self.server.restore(backup, &folder).unwrap();
    }

    /// An edit at the office.
    pub(crate) fn office_edit(&self, record: RecordId, path: &str, value: &str) -> Heads {
        let scope = self.server.scope_of("shen").unwrap();
        let store = self.server.store().unwrap();
        let heads = store.record_get(&scope, record, &At::Now).unwrap().heads;
        let puts = vec![(Key::parse(path).unwrap(), Value::Text(value.to_owned()))];
        let reason = Some("电话核实".to_owned());
        let edit = OfficeEdit { record, heads, puts, reason, at_ms: self.server.time().now_ms() };
        store.record_edit(&scope, &edit, self.server.dice()).unwrap()
    }

    /// An approval of what stands.
    pub(crate) fn approve(&self, record: RecordId) {
        self.server.reconcile().unwrap();
        let scope = self.server.scope_of("shen").unwrap();
        let store = self.server.store().unwrap();
        let heads = store.record_get(&scope, record, &At::Now).unwrap().heads;
        let at_ms = self.server.time().now_ms();
        let id = doorstep_protocol::ObjectId::mint(at_ms.unsigned_abs(), self.server.dice().bytes());
        let review = NewReview {
            id,
            decision: Decision::Approve,
            heads,
            note: Some("好".to_owned()),
            comments: Vec::new(),
            waivers: Vec::new(),
            at_ms,
        };
        assert!(matches!(store.review_decide(&scope, record, &review).unwrap(), Decided::Taken(_)));
    }

    /// What the server holds at a path of a record: every value that stands.
    pub(crate) fn values(&self, record: RecordId, path: &str) -> Vec<String> {
        let mut record = document(&self.server, record).unwrap().unwrap();
        let answer = record.answer(&Key::parse(path).unwrap());
        let mut values: Vec<String> = answer
            .map(|answer| {
                answer.candidates.iter().map(|candidate| text(&candidate.value.to_json())).collect()
            })
            .unwrap_or_default();
        values.sort();
        values
    }

    /// Every value that ever stood at a path of a record.
    pub(crate) fn ever(&self, record: RecordId, path: &str) -> Vec<String> {
        let mut record = document(&self.server, record).unwrap().unwrap();
        let key = Key::parse(path).unwrap();
        record.values_ever(&key).iter().map(|put| text(&put.value.to_json())).collect()
    }

    /// Rows of a table of the server.
    pub(crate) fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        self.server.eye().unwrap().query_row(&sql, [], |row| row.get(0)).unwrap()
    }

    pub(crate) fn log_rows(&self) -> u64 {
        self.server.log_rows().unwrap()
    }
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A household on a phone, with a name.
pub(crate) fn begin(phone: &mut Phone, name: &str) -> RecordId {
    let record = phone.device().unwrap().new_record(FORM, Some("A"), None).unwrap();
    answer(phone, record, "name", name);
    record
}

pub(crate) fn answer(phone: &mut Phone, record: RecordId, path: &str, value: &str) {
    phone.device().unwrap().session(record).unwrap().answer(path, &json!(value)).unwrap();
}

pub(crate) fn submit(phone: &mut Phone, record: RecordId) {
    phone.device().unwrap().session(record).unwrap().submit(None, true).unwrap();
}

/// What a phone shows at a path.
pub(crate) fn shown(phone: &mut Phone, record: RecordId, path: &str) -> String {
    let shown = phone.device().unwrap().show(record).unwrap();
    shown.answers.get(path).map_or_else(String::new, |answer| text(&answer.value))
}

/// What the server's document and a phone's are at.
pub(crate) fn is_same(town: &Town, phone: &mut Phone, record: RecordId) -> bool {
    let there = document(&town.server, record).unwrap().unwrap().heads();
    phone.device().unwrap().show(record).unwrap().heads == there
}
