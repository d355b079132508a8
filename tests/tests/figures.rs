//! Every quoted figure is counted from records: on the real way from phone to report (publish, fill, sync, review,
//! dataset, report), one record changed moves the figure and its drill-down.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use doorstep_client_core::device::FormCache;
use doorstep_protocol::ObjectId;
use doorstep_records::RecordId;
use doorstep_server::accounts::role::Role;
use doorstep_server::publish;
use doorstep_server::reports::result::RowResult;
use doorstep_server::reports::{Definition, Quoted, ReportSet};
use doorstep_server::review::model::NewReview;
use doorstep_server::review::rule::{Decision, Waiver};
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

struct Survey {
    _folder: tempfile::TempDir,
    server: Server,
    phone: Phone,
    reports: ReportSet,
}

impl Survey {
    fn new() -> Survey {
        let folder = tempfile::tempdir().unwrap();
        let time = Time::begin();
        let server = Server::begin(&folder.path().join("server"), Chance::new(1), &time).unwrap();
        let store = server.store().unwrap();
        let scope = store.operator_scope();
        store
            .areas_import(&scope, doorstep_schemas::areas_demo().as_bytes(), time.now_ms())
            .unwrap()
            .unwrap();
        for form in ["household_register", "sample_check"] {
            let files = doorstep_schemas::form_files(form, 1).unwrap();
            let files = files.into_iter().map(|(name, bytes)| (name, bytes.to_vec())).collect();
            let form = publish::check(files).unwrap();
            store.form_publish(&scope, form.package(), time.now_ms()).unwrap();
        }
        server.user_add("shen", Role::Supervisor, &[VILLAGE]).unwrap();
        let user = server.user_add("li", Role::Enumerator, &[VILLAGE]).unwrap();
        let code = server.invite("li").unwrap();
        let who = ("phone", user, "li");
        let home = folder.path().join("phone");
        let mut phone = Phone::new(&home, who, &time, &FormCache::default(), Chance::new(2)).unwrap();
        phone.device().unwrap().enrol(&Cable(&server), "http://127.0.0.1:1", &code, "phone").unwrap();
        phone.device().unwrap().sync(&Cable(&server)).unwrap();
        let definitions = doorstep_schemas::report_definitions();
        // Only the town's survey: the other reports count other forms.
        let definitions = definitions
            .iter()
            .filter(|(id, _)| matches!(id.as_str(), "T8a" | "T8b" | "T8c" | "T8d" | "T8e" | "T8f"))
            .map(|(id, text)| Definition::read(&format!("{id}.json"), text).unwrap());
        let reports = ReportSet::new(definitions.collect(), Quoted::default());
        Survey { _folder: folder, server, phone, reports }
    }

    /// Begins a record, answers, submits; it is approved.
    fn fill(&mut self, form: &str, subject: Option<RecordId>, answers: &[(&str, Value)]) -> RecordId {
        let record = self.phone.device().unwrap().new_record(form, Some(PLACE), subject).unwrap();
        self.change(record, answers);
        record
    }

    /// Answers on the phone, submits, syncs; the supervisor approves what was submitted, with reasons for what is missing.
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
            let id = ObjectId::mint(at_ms.unsigned_abs(), self.server.dice().bytes());
            let review = NewReview {
                id,
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
                    let waive = |place: doorstep_server::review::rule::StandingError| Waiver {
                        key: place.key,
                        path: place.path,
                        reason: "only what is counted is filled here".to_owned(),
                    };
                    waivers.extend(refused.refusal.places().into_iter().map(waive));
                }
            }
        }
        panic!("{record} is not approved");
    }

    fn figures(&self) -> BTreeMap<String, RowResult> {
        let store = self.server.store().unwrap();
        let scope = self.server.scope_of("shen").unwrap();
        let results = self.reports.count(&store, &scope, &[], self.server.time().now_ms(), true).unwrap();
        let rows = results.into_iter().flat_map(|result| result.rows);
        rows.filter_map(|row| Some((row.figure.clone()?, row))).collect()
    }
}

fn exact(row: &RowResult) -> Vec<String> {
    row.values.iter().map(|value| format!("{:?}", value.exact)).collect()
}

fn drill(row: &RowResult) -> Value {
    json!(row.values.iter().map(|value| &value.drill).collect::<Vec<_>>())
}

/// What is changed in which record so that which figures move.
type Change = (Vec<String>, RecordId, String, Value);

fn changes(household: RecordId, other: RecordId, member: &str, checks: [RecordId; 2]) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut add = |figures: &[&str], record, path: String, value| {
        changes.push((figures.iter().map(|id| format!("P8-{id}")).collect(), record, path, value));
    };
    add(&["19"], other, "poor".to_owned(), json!(true));
    add(&["26", "27"], other, "register_status".to_owned(), json!("registered"));
    add(&["20"], household, format!("{member}/tekun"), json!(true));
    add(&["21"], household, format!("{member}/dibao"), json!(true));
    add(&["22"], household, format!("{member}/ethnicity"), json!("02"));
    add(&["23"], household, format!("{member}/health/disabled"), json!(true));
    add(&["01"], checks[0], "event_date".to_owned(), json!("2015-07-02"));
    add(&["29"], checks[0], "members_found".to_owned(), json!(5));
    add(&["30"], checks[0], "household_attribute".to_owned(), json!("wubao"));
    let causes = [
        ("31", "illness"),
        ("32", "transport"),
        ("33", "disability"),
        ("34", "disaster"),
        ("35", "schooling"),
        ("36", "no_land"),
        ("37", "no_water"),
        ("38", "no_skill"),
        ("39", "no_labour"),
        ("40", "no_capital"),
        ("41", "no_industry"),
        ("42", "low_motivation"),
    ];
    for (number, (figure, cause)) in causes.into_iter().enumerate() {
        // By turns as the main and as another cause.
        let (path, value) = match number % 2 {
            0 => ("cause_main".to_owned(), json!(cause)),
            _ => (format!("causes_other/{cause}"), json!(true)),
        };
        add(&[figure], checks[0], path, value);
    }
    for (figure, living) in
        [("43", "water_difficulty"), ("44", "grain_shortage"), ("45", "road_blocked"), ("46", "unsafe_house")]
    {
        add(&[figure], checks[0], format!("living/{living}"), json!(true));
    }
    add(&["53"], checks[1], "cause_main".to_owned(), json!("no_land"));
    changes
}

#[test]
fn one_record_changed_on_a_phone_moves_each_figure_and_its_drill_down() {
    let mut survey = Survey::new();
    let registered = [("register_status", json!("registered")), ("poor", json!(true))];
    let households: Vec<RecordId> =
        (0..3).map(|_| survey.fill("household_register", None, &registered)).collect();
    let other = survey.fill("household_register", None, &[("poor", json!(false))]);
    let device = survey.phone.device().unwrap();
    let row = device.session(households[0]).unwrap().add_row("members").unwrap();
    let member = format!("members/{row}");
    let (name, ethnicity) = (format!("{member}/name"), format!("{member}/ethnicity"));
    survey.change(households[0], &[(&name, json!("赵一")), (&ethnicity, json!("01"))]);
    let found = [
        ("visit_outcome", json!("completed")),
        ("event_date", json!("2015-07-01")),
        ("household_attribute", json!("general_poor")),
        ("cause_main", json!("other")),
        ("members_found", json!(3)),
    ];
    let checks = [0, 1].map(|at| survey.fill("sample_check", Some(households[at]), &found));

    let mut before = survey.figures();
    // Who fills is no answer: no answer changed moves the number of the team.
    let team = before.remove("P8-28").unwrap();
    assert_eq!(exact(&team), ["Some(1)"]);
    let changes = changes(households[0], other, &member, checks);
    let covered: BTreeSet<&String> = changes.iter().flat_map(|(figures, ..)| figures).collect();
    assert_eq!(covered, before.keys().collect(), "each figure has its change");
    for (figures, record, path, value) in &changes {
        survey.change(*record, &[(path, value.clone())]);
        let after = survey.figures();
        for figure in figures {
            assert_ne!(exact(&before[figure]), exact(&after[figure]), "{figure} when {path} changes");
            assert_ne!(
                drill(&before[figure]),
                drill(&after[figure]),
                "drill-down of {figure} when {path} changes"
            );
            let behind: Vec<RecordId> = after[figure]
                .values
                .iter()
                .flat_map(|value| value.drill.iter().flatten())
                .map(|one| one.record)
                .collect();
            assert!(behind.contains(record), "{figure} names the record that moved it");
        }
        before = after;
    }
}
