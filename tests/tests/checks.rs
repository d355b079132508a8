//! Checks over several records on the real way: phones fill, the supervisor approves, the checks flag what stands against
//! another record or an earlier year, and take the flag away when it is put right.
#![allow(clippy::unwrap_used)]

use doorstep_client_core::device::FormCache;
use doorstep_protocol::ObjectId;
use doorstep_records::RecordId;
use doorstep_server::accounts::role::Role;
use doorstep_server::checks::{CheckDefinition, CheckSet};
use doorstep_server::publish;
use doorstep_server::reconcile::flag::FlagKind;
use doorstep_server::review::model::{NewReview, RecordFilter};
use doorstep_server::review::rule::{Decision, StandingError, Waiver};
use doorstep_server::store::areas::Areas;
use doorstep_server::store::forms::Forms;
use doorstep_server::store::records::{At, Records};
use doorstep_server::store::reviews::{Decided, Reviews};
use doorstep_tests::sim::chance::Chance;
use doorstep_tests::sim::phone::Phone;
use doorstep_tests::sim::server::{Cable, Server};
use doorstep_tests::sim::time::Time;
use serde_json::{Value, json};

/// A village of the demonstration town, and a natural village in it.
const VILLAGE: &str = "999999100200";
const PLACE: &str = "99999910020001";
const TODAY: &str = "2016-01-01";

struct Office {
    _folder: tempfile::TempDir,
    server: Server,
    phone: Phone,
    checks: CheckSet,
}

impl Office {
    fn new(forms: &[&str]) -> Office {
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
        let rules = doorstep_schemas::check_rules();
        let checks =
            CheckDefinition::read_all(rules.iter().map(|(key, text)| (key.as_str(), *text))).unwrap();
        Office { _folder: folder, server, phone, checks: CheckSet::new(checks) }
    }

    fn fill(&mut self, form: &str, subject: Option<RecordId>, answers: &[(&str, Value)]) -> RecordId {
        let record = self.phone.device().unwrap().new_record(form, Some(PLACE), subject).unwrap();
        self.change(record, answers);
        record
    }

    /// Answers on the phone, submits, syncs; the supervisor approves, with reasons for what only this test leaves out.
    fn change(&mut self, record: RecordId, answers: &[(&str, Value)]) {
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

    fn approve(&self, record: RecordId) {
        let (store, scope) = (self.server.store().unwrap(), self.server.scope_of("shen").unwrap());
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
                        reason: "only what the check reads is filled here".to_owned(),
                    };
                    waivers.extend(refused.refusal.places().into_iter().map(waive));
                }
            }
        }
        panic!("{record} is not approved");
    }

    fn sweep(&self) {
        let store = self.server.store().unwrap();
        self.checks.sweep(&store, &store.operator_scope(), TODAY).unwrap();
    }

    /// Flags of the checks on a record, as its supervisor sees them: key and path.
    fn flags(&self, record: RecordId) -> Vec<(String, String)> {
        let (store, scope) = (self.server.store().unwrap(), self.server.scope_of("shen").unwrap());
        let view = store.record_get(&scope, record, &At::Now).unwrap();
        let own = view.flags.into_iter().filter(|flag| flag.kind == FlagKind::CrossCheck);
        let told = |flag: doorstep_server::reconcile::flag::Flag| {
            let words: Value = serde_json::from_str(&flag.detail).unwrap();
            assert!(words["zh"].is_string() && words["en"].is_string(), "{words}");
            (flag.key, flag.path)
        };
        own.map(told).collect()
    }

    /// How many records the queue shows under the flag.
    fn queued(&self) -> u64 {
        let (store, scope) = (self.server.store().unwrap(), self.server.scope_of("shen").unwrap());
        let filter = RecordFilter { flag: Some(FlagKind::CrossCheck), ..RecordFilter::default() };
        store.record_list(&scope, &filter, None, 10).unwrap().total
    }
}

#[test]
fn an_ear_tag_used_twice_is_flagged_until_one_gets_another() {
    let mut office = Office::new(&["household_register", "asset_tag_ledger"]);
    let animal = [("project_id", json!("YP-01")), ("tag_no", json!("0123")), ("role", json!("ewe"))];
    let (first, second) =
        (office.fill("asset_tag_ledger", None, &animal), office.fill("asset_tag_ledger", None, &animal));
    assert_eq!(office.queued(), 0, "nothing is flagged before the checks ran");
    office.sweep();
    let repeated = vec![("tag_repeated".to_owned(), "tag_no".to_owned())];
    assert_eq!((office.flags(first), office.flags(second)), (repeated.clone(), repeated));
    assert_eq!(office.queued(), 2);
    office.change(second, &[("tag_no", json!("0124"))]);
    assert_eq!(office.queued(), 2, "reconciling a record leaves the flags of the checks alone");
    office.sweep();
    assert_eq!((office.flags(first).len(), office.flags(second).len(), office.queued()), (0, 0, 0));
}

#[test]
fn a_school_year_that_stays_for_three_years_is_found_in_what_was_approved_before() {
    let mut office = Office::new(&["household_register"]);
    let record = office.fill("household_register", None, &[("event_date", json!("2012-06-30"))]);
    let device = office.phone.device().unwrap();
    let row = device.session(record).unwrap().add_row("members").unwrap();
    let state = format!("members/{row}/student_state");
    office.change(record, &[(&state, json!("junior_7"))]);
    office.sweep();
    assert_eq!(office.flags(record), []);
    office.change(record, &[("event_date", json!("2015-06-30"))]);
    office.sweep();
    assert_eq!(office.flags(record), [("student_unchanged".to_owned(), state.clone())]);
    office.change(record, &[(&state, json!("senior_1"))]);
    office.sweep();
    assert_eq!(office.flags(record), []);
}

#[test]
fn checks_over_forms_that_are_not_published_rest() {
    let mut office = Office::new(&["household_register"]);
    let registered = [("register_status", json!("registered")), ("poor", json!(true))];
    let record = office.fill("household_register", None, &registered);
    office.sweep();
    assert_eq!(office.flags(record), [], "nobody can be paired where pairs are not recorded");
}

#[test]
fn a_household_without_a_helper_is_flagged_until_somebody_is_paired_with_it() {
    let mut office = Office::new(&["household_register", "assistance_record"]);
    let registered = [("register_status", json!("registered")), ("poor", json!(true))];
    let record = office.fill("household_register", None, &registered);
    office.sweep();
    assert_eq!(office.flags(record), [("no_helper".to_owned(), "register_status".to_owned())]);
    let pair =
        office.phone.device().unwrap().new_record("assistance_record", Some(PLACE), Some(record)).unwrap();
    let row = office.phone.device().unwrap().session(pair).unwrap().add_row("pairing").unwrap();
    let (role, helper) = (format!("pairing/{row}/role"), format!("pairing/{row}/helper_id"));
    office.change(pair, &[(&role, json!("responsible")), (&helper, json!("G001"))]);
    office.sweep();
    assert_eq!(office.flags(record), []);
}
