//! A village of the demonstration town on the real way: one phone fills, one supervisor approves.

use doorstep_client_core::device::FormCache;
use doorstep_protocol::ObjectId;
use doorstep_records::RecordId;
use doorstep_server::accounts::role::Role;
use doorstep_server::publish;
use doorstep_server::review::model::NewReview;
use doorstep_server::review::rule::{Decision, StandingError, Waiver};
use doorstep_server::store::areas::Areas;
use doorstep_server::store::forms::Forms;
use doorstep_server::store::records::{At, Records};
use doorstep_server::store::reviews::{Decided, Reviews};
use doorstep_server::store::{Scope, SqliteStore};
use doorstep_tests::sim::chance::Chance;
use doorstep_tests::sim::phone::Phone;
use doorstep_tests::sim::server::{Cable, Server};
use doorstep_tests::sim::time::Time;
use serde_json::Value;

/// The village, and a natural village in it.
const VILLAGE: &str = "999999100200";
const PLACE: &str = "99999910020001";

pub(crate) struct Village {
    _folder: tempfile::TempDir,
    pub(crate) server: Server,
    pub(crate) phone: Phone,
}

impl Village {
    /// Publishes version 1 of the forms and enrols the phone.
    pub(crate) fn new(forms: &[&str]) -> Village {
        let folder = tempfile::tempdir().unwrap();
        let time = Time::begin();
        let server = Server::begin(&folder.path().join("server"), Chance::new(1), &time).unwrap();
        let store = server.store().unwrap();
        let scope = store.operator_scope();
        let areas = doorstep_schemas::areas_demo().as_bytes();
        store.areas_import(&scope, areas, time.now_ms()).unwrap().unwrap();
        for form in forms {
            let form = publish::check(doorstep_schemas::form_files(form, 1).unwrap()).unwrap();
            store.form_publish(&scope, form.package(), time.now_ms()).unwrap();
        }
        server.user_add("shen", Role::Supervisor, &[VILLAGE]).unwrap();
        let user = server.user_add("li", Role::Enumerator, &[VILLAGE]).unwrap();
        let code = server.invite("li").unwrap();
        let home = folder.path().join("phone");
        let mut phone =
            Phone::new(&home, ("phone", user, "li"), &time, &FormCache::default(), Chance::new(2)).unwrap();
        phone.device().unwrap().enrol(&Cable(&server), "http://127.0.0.1:1", &code, "phone").unwrap();
        phone.device().unwrap().sync(&Cable(&server)).unwrap();
        Village { _folder: folder, server, phone }
    }

    /// The store as its supervisor sees it.
    pub(crate) fn supervisor(&self) -> (SqliteStore, Scope) {
        (self.server.store().unwrap(), self.server.scope_of("shen").unwrap())
    }

    /// Begins a record, answers, submits; it is approved.
    pub(crate) fn fill(
        &mut self,
        form: &str,
        subject: Option<RecordId>,
        answers: &[(&str, Value)],
    ) -> RecordId {
        let record = self.phone.device().unwrap().new_record(form, Some(PLACE), subject).unwrap();
        self.change(record, answers);
        record
    }

    /// Answers on the phone, submits, syncs; the supervisor approves, with reasons for what only these tests leave out.
    pub(crate) fn change(&mut self, record: RecordId, answers: &[(&str, Value)]) {
        let device = self.phone.device().unwrap();
        for (path, value) in answers {
            device.session(record).unwrap().answer(path, value).unwrap();
        }
        device.session(record).unwrap().submit(None, true).unwrap();
        device.sync(&Cable(&self.server)).unwrap();
        self.server.reconcile().unwrap();
        self.approve(record);
        self.server.reconcile().unwrap();
        self.phone.device().unwrap().sync(&Cable(&self.server)).unwrap();
    }

    /// The supervisor approves what is there to be decided on.
    pub(crate) fn approve(&self, record: RecordId) {
        let (store, scope) = self.supervisor();
        let heads = store.record_get(&scope, record, &At::ToReview).unwrap().heads;
        let mut waivers = Vec::new();
        for _ in 0..3 {
            let at_ms = self.server.time().now_ms();
            let review = NewReview {
                id: ObjectId::mint(at_ms.unsigned_abs(), self.server.dice().bytes()),
                decision: Decision::Approve,
                heads: heads.clone(),
                note: None,
                comments: Vec::new(),
                waivers: waivers.clone(),
                at_ms,
            };
            match store.review_decide(&scope, record, &review).unwrap() {
                Decided::Taken(_) => return,
                Decided::Refused(refused) => {
                    let waive = |at: StandingError| Waiver {
                        key: at.key,
                        path: at.path,
                        reason: "only what is looked at is filled here".to_owned(),
                    };
                    waivers.extend(refused.refusal.places().into_iter().map(waive));
                }
            }
        }
        panic!("{record} is not approved");
    }
}
