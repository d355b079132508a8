//! People in the field and in the office, on the real way: real device stores, the real server core, a cable between them.

#![allow(dead_code, reason = "each test binary uses its part")]

mod hand;
mod line;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use doorstep_client_core::device::FormCache;
use doorstep_client_core::sync::SyncReport;
use doorstep_protocol::push::{EnvelopeResult, ItemVerdict, PushRequest};
use doorstep_protocol::{DeviceId, ObjectId, SignedEnvelope};
use doorstep_records::{Heads, Key, RecordId, Value as Register};
use doorstep_server::accounts::role::Role;
use doorstep_server::checks::{CheckDefinition, CheckSet};
use doorstep_server::publish;
use doorstep_server::reconcile::flag::FlagKind;
use doorstep_server::reports::result::ValueResult;
use doorstep_server::reports::{Definition, Quoted, ReportSet};
use doorstep_server::review::model::{NewComment, NewReview, RecordView};
use doorstep_server::review::rule::{Decision, StandingError, Waiver};
use doorstep_server::store::accounts::Accounts;
use doorstep_server::store::areas::Areas;
use doorstep_server::store::dataset::Datasets;
use doorstep_server::store::forms::Forms;
use doorstep_server::store::operations::Operations;
use doorstep_server::store::records::{At, OfficeEdit, Records};
use doorstep_server::store::reviews::{Decided, Reviews};
use doorstep_server::store::sqlite::DATABASE_FILE;
use doorstep_server::store::sync::{DeviceSession, SyncStore};
use doorstep_server::store::{Scope, SqliteStore};
use doorstep_tests::sim::chance::Chance;
use doorstep_tests::sim::phone::Phone;
use doorstep_tests::sim::server::{Cable, Server};
use doorstep_tests::sim::time::Time;
use serde_json::{Map, Value};

#[allow(unused_imports, reason = "each test binary uses its part")]
pub(crate) use hand::{answer, begin, given, outbox, pairs, row, shown, submit};
use line::Line;

/// The town, two of its villages, and a natural village in the first.
pub(crate) const TOWN: &str = "999999100000";
pub(crate) const VILLAGE: &str = "999999100200";
pub(crate) const OTHER_VILLAGE: &str = "999999100201";
pub(crate) const PLACE: &str = "99999910020001";

/// Who decides in the office.
pub(crate) const SUPERVISOR: &str = "shen";

/// Answers by path.
pub(crate) type Answers<'a> = &'a [(&'a str, Value)];

/// A town with a server, forms and a supervisor.
pub(crate) struct Field {
    line: Option<Line>,
    folder: tempfile::TempDir,
    pub(crate) server: Server,
    time: Time,
    forms: FormCache,
    chances: AtomicU64,
}

impl Field {
    /// The demonstration town, with version 1 of the forms.
    pub(crate) fn new(forms: &[&str]) -> Field {
        let field = Field::founded();
        field.areas(doorstep_schemas::areas_demo());
        for form in forms {
            field.publish(form, 1);
        }
        field.server.user_add(SUPERVISOR, Role::Supervisor, &[TOWN]).unwrap();
        field
    }

    /// The small town of the simulation, with its one form: for what is done hundreds of times.
    pub(crate) fn small() -> Field {
        let field = Field::founded();
        field.server.user_add(SUPERVISOR, Role::Supervisor, &["T"]).unwrap();
        field
    }

    /// The same, with phones that talk over HTTP.
    pub(crate) fn over_http(self) -> Field {
        let line = Line::open(self.server.store().unwrap(), self.time.clone());
        Field { line: Some(line), ..self }
    }

    fn synced(&self, phone: &mut Phone) -> SyncReport {
        let device = phone.device().unwrap();
        match &self.line {
            Some(line) => device.sync(&line.transport).unwrap(),
            None => device.sync(&Cable(&self.server)).unwrap(),
        }
    }

    fn founded() -> Field {
        let folder = tempfile::tempdir_in(doorstep_tests::sim::scratch()).unwrap();
        let time = Time::begin();
        let server = Server::begin(&folder.path().join("server"), Chance::new(1), &time).unwrap();
        Field { line: None, folder, server, time, forms: FormCache::default(), chances: AtomicU64::new(2) }
    }

    /// The same town with the same phones once more: what happens to the one does not happen to the other.
    pub(crate) fn copied(&self, phones: &mut [Phone]) -> (Field, Vec<Phone>) {
        let folder = tempfile::tempdir_in(doorstep_tests::sim::scratch()).unwrap();
        let home = folder.path().join("server");
        std::fs::create_dir_all(&home).unwrap();
        let file = home.join(DATABASE_FILE);
        self.server.eye().unwrap().execute("VACUUM INTO ?1", [file.to_string_lossy()]).unwrap();
        let phones = phones
            .iter_mut()
            .map(|phone| phone.cloned(&phone.name.clone(), &folder.path().join(&phone.name), true).unwrap());
        let phones = phones.collect();
        let server = Server::begin(&home, Chance::new(1), &self.time).unwrap();
        let (time, forms) = (self.time.clone(), self.forms.clone());
        (Field { line: None, folder, server, time, forms, chances: AtomicU64::new(1_000) }, phones)
    }

    /// Imports areas.
    pub(crate) fn areas(&self, csv: &str) {
        let (store, scope) = self.operator();
        store.areas_import(&scope, csv.as_bytes(), self.time.now_ms()).unwrap().unwrap();
    }

    /// Publishes a version of a form of the project.
    pub(crate) fn publish(&self, form: &str, version: u32) {
        let (store, scope) = self.operator();
        let form = publish::check(doorstep_schemas::form_files(form, version).unwrap()).unwrap();
        store.form_publish(&scope, form.package(), self.time.now_ms()).unwrap();
    }

    /// The store as the operator sees it.
    pub(crate) fn operator(&self) -> (SqliteStore, Scope) {
        let store = self.server.store().unwrap();
        let scope = store.operator_scope();
        (store, scope)
    }

    /// The store as its supervisor sees it.
    pub(crate) fn office(&self) -> (SqliteStore, Scope) {
        (self.server.store().unwrap(), self.server.scope_of(SUPERVISOR).unwrap())
    }

    /// A new enumerator with a phone that has synced.
    pub(crate) fn phone(&self, name: &str, areas: &[&str]) -> Phone {
        let user = self.server.user_add(name, Role::Enumerator, areas).unwrap();
        let code = self.server.invite(name).unwrap();
        let chance = Chance::new(self.chances.fetch_add(1, Ordering::Relaxed));
        let home = self.folder.path().join(name);
        let mut phone = Phone::new(&home, (name, user, name), &self.time, &self.forms, chance).unwrap();
        phone.device().unwrap().enrol(&Cable(&self.server), "http://127.0.0.1:1", &code, name).unwrap();
        self.sync(&mut phone);
        phone
    }

    /// Says what somebody is besides: `doctor`, `cadre`.
    pub(crate) fn post(&self, name: &str, post: &str) {
        let (store, scope) = self.operator();
        store.user_post(&scope, name, Some(post)).unwrap();
    }

    /// A phone syncs, and the server looks at what came.
    pub(crate) fn sync(&self, phone: &mut Phone) {
        self.synced(phone);
        self.server.reconcile().unwrap();
    }

    /// All sync until nobody has anything to say or to hear.
    pub(crate) fn sync_all(&self, phones: &mut [&mut Phone]) {
        for _ in 0..8 {
            let mut said = 0;
            for phone in phones.iter_mut() {
                let report = self.synced(phone);
                said += report.envelopes + report.page_items;
                self.server.reconcile().unwrap();
            }
            if said == 0 {
                return;
            }
        }
        panic!("they do not come to rest");
    }

    /// Brings envelopes of one phone in one request, without the phone: all are recorded, nothing is put aside.
    pub(crate) fn deliver(&self, device: DeviceId, envelopes: Vec<SignedEnvelope>) -> Vec<ItemVerdict> {
        let store = self.server.store().unwrap();
        let request = PushRequest { envelopes };
        let response = store.envelopes_push(DeviceSession { device }, request, self.time.now_ms()).unwrap();
        self.server.reconcile().unwrap();
        let mut verdicts = Vec::new();
        for result in response.results {
            let EnvelopeResult::Recorded { items, .. } = result else { panic!("{result:?}") };
            verdicts.extend(items);
        }
        let put_aside = |verdict: &ItemVerdict| matches!(verdict, ItemVerdict::Quarantined { .. });
        assert!(!verdicts.iter().any(put_aside), "{verdicts:?}");
        verdicts
    }

    /// Lets days pass.
    pub(crate) fn days(&self, days: i64) {
        self.time.pass(days * 86_400_000);
    }

    /// A record with all that has arrived.
    pub(crate) fn view(&self, record: RecordId) -> RecordView {
        let (store, scope) = self.office();
        store.record_get(&scope, record, &At::Now).unwrap()
    }

    /// Flags of a kind: key and path.
    pub(crate) fn flags(&self, record: RecordId, kind: FlagKind) -> Vec<(String, String)> {
        let flags = self.view(record).flags.into_iter().filter(|flag| flag.kind == kind);
        flags.map(|flag| (flag.key, flag.path)).collect()
    }

    /// What the dataset shows; none when there is no row.
    pub(crate) fn row(&self, record: RecordId) -> Option<Map<String, Value>> {
        let (store, scope) = self.office();
        let row = store.dataset_get(&scope, record).ok()?;
        Some(serde_json::from_str(&row.json).unwrap())
    }

    /// One answer of the dataset, null when there is none.
    pub(crate) fn in_dataset(&self, record: RecordId, path: &str) -> Value {
        self.row(record).and_then(|row| row.get(path).cloned()).unwrap_or_default()
    }

    /// Every value ever given to an answer, with who gave it.
    pub(crate) fn history(&self, record: RecordId, path: &str) -> Vec<(Value, String)> {
        let (store, scope) = self.office();
        let lines = store.record_history(&scope, record, Some(&Key::parse(path).unwrap())).unwrap();
        lines.into_iter().map(|line| (line.value, line.by.unwrap().name)).collect()
    }

    /// An edit of the office on what it sees now.
    pub(crate) fn office_edit(&self, record: RecordId, answers: Answers<'_>, reason: &str) -> Heads {
        let heads = self.view(record).heads;
        self.office_edit_at(record, heads, answers, reason)
    }

    /// An edit of the office on what it saw.
    pub(crate) fn office_edit_at(
        &self,
        record: RecordId,
        heads: Heads,
        answers: Answers<'_>,
        reason: &str,
    ) -> Heads {
        let (store, scope) = self.office();
        let put =
            |(path, value): &(&str, Value)| (Key::parse(path).unwrap(), Register::from_json(value).unwrap());
        let edit = OfficeEdit {
            record,
            heads,
            puts: answers.iter().map(put).collect(),
            reason: Some(reason.to_owned()),
            at_ms: self.time.now_ms(),
        };
        let heads = store.record_edit(&scope, &edit, self.server.dice()).unwrap();
        self.server.reconcile().unwrap();
        heads
    }

    /// A decision on heads.
    pub(crate) fn decide(
        &self,
        record: RecordId,
        heads: &Heads,
        decision: Decision,
        comments: &[(&str, &str)],
        waivers: Vec<Waiver>,
    ) -> Decided {
        let (store, scope) = self.office();
        let at_ms = self.time.now_ms();
        let mint = || ObjectId::mint(at_ms.unsigned_abs(), self.server.dice().bytes());
        let comment = |(path, text): &(&str, &str)| {
            (mint(), NewComment { path: Some((*path).to_owned()), text: (*text).to_owned() })
        };
        let review = NewReview {
            id: mint(),
            decision,
            heads: heads.clone(),
            note: None,
            comments: comments.iter().map(comment).collect(),
            waivers,
            at_ms,
        };
        let decided = store.review_decide(&scope, record, &review).unwrap();
        self.server.reconcile().unwrap();
        decided
    }

    /// What stands against an approval of what there is to review: rule and path; nothing: it was approved.
    pub(crate) fn try_approve(&self, record: RecordId, waived: &[(&str, &str)]) -> Vec<(String, String)> {
        let (store, scope) = self.office();
        let heads = store.record_get(&scope, record, &At::ToReview).unwrap().heads;
        let waiver = |(key, path): &(&str, &str)| Waiver {
            key: (*key).to_owned(),
            path: (*path).to_owned(),
            reason: "以现场核实为准".to_owned(),
        };
        match self.decide(record, &heads, Decision::Approve, &[], waived.iter().map(waiver).collect()) {
            Decided::Taken(_) => Vec::new(),
            Decided::Refused(refused) => {
                let places = refused.refusal.places();
                assert!(!places.is_empty(), "refused otherwise: {}", refused.refusal);
                places.into_iter().map(|StandingError { key, path }| (key, path)).collect()
            }
        }
    }

    /// Approves what there is to review; nothing may stand against it.
    pub(crate) fn approve(&self, record: RecordId) {
        assert_eq!(self.try_approve(record, &[]), [], "{record}");
    }

    /// Runs the checks over several records.
    pub(crate) fn sweep(&self, today: &str) {
        let rules = doorstep_schemas::check_rules();
        let checks =
            CheckDefinition::read_all(rules.iter().map(|(key, text)| (key.as_str(), *text))).unwrap();
        let (store, scope) = self.operator();
        CheckSet::new(checks).sweep(&store, &scope, today).unwrap();
    }

    /// The figures of a report, by `row.value`, as the office counts them.
    pub(crate) fn report(&self, id: &str) -> BTreeMap<String, String> {
        let text = doorstep_schemas::report_definitions()[id];
        let definition = Definition::read(&format!("{id}.json"), text).unwrap();
        let reports = ReportSet::new(vec![definition], Quoted::default());
        let (store, scope) = self.office();
        let results = reports.count(&store, &scope, &[], self.time.now_ms(), true).unwrap();
        let rows = results.into_iter().flat_map(|result| result.rows);
        let values = rows.flat_map(|row| {
            let exact = |value: &ValueResult| value.exact.map_or_else(String::new, |exact| exact.to_string());
            let values = row.values.iter().map(|value| (format!("{}.{}", row.key, value.key), exact(value)));
            values.collect::<Vec<_>>()
        });
        values.collect()
    }

    /// The log alone makes the same dataset again.
    pub(crate) fn rebuild(&self) {
        let (store, _) = self.operator();
        let before = store.dataset_digest().unwrap();
        store.rebuild().unwrap();
        self.server.reconcile().unwrap();
        assert_eq!(store.dataset_digest().unwrap(), before);
    }
}
