//! Households over time on the real way: real device stores, a supervisor at the office, the household register as it is
//! shipped.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod village;

use std::collections::BTreeMap;

use doorstep_client_core::device::FormCache;
use doorstep_records::{RecordId, RowId};
use doorstep_server::accounts::role::Role;
use doorstep_server::checks::{CheckDefinition, CheckSet};
use doorstep_server::households::{Destination, MembersMoved, NewMove};
use doorstep_server::reconcile::flag::FlagKind;
use doorstep_server::store::Scope;
use doorstep_server::store::dataset::Datasets;
use doorstep_server::store::duplicates::Duplicates;
use doorstep_server::store::households::Households;
use doorstep_server::store::operations::Operations;
use doorstep_server::store::records::{At, Records};
use doorstep_tests::sim::chance::Chance;
use doorstep_tests::sim::phone::Phone;
use doorstep_tests::sim::server::Cable;
use serde_json::{Value, json};

use village::Village;

const DAY: &str = "2015-06-01";
const FATHER_ID: &str = "999999195001010017";

/// A household of three in the register, approved, on the phones of two people.
struct Home {
    village: Village,
    /// The second phone.
    other: Phone,
    old: RecordId,
    father: RowId,
    mother: RowId,
    son: RowId,
    folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Home {
        let mut village =
            Village::new(&["household_register", "health_service_record", "identification_case"]);
        let first = [
            ("form_mode", json!("new_register")),
            ("event_date", json!("2015-01-10")),
            ("visit_mode", json!("office_records")),
        ];
        let old = village.fill("household_register", None, &first);
        let device = village.phone.device().unwrap();
        let rows = [(); 3].map(|()| device.session(old).unwrap().add_row("members").unwrap());
        let [father, mother, son] = rows;
        let mut answers: Vec<(String, Value)> = Vec::new();
        let people =
            [(father, "head", "male", "甲"), (mother, "spouse", "female", "乙"), (son, "son", "male", "丙")];
        for (row, relation, sex, name) in people {
            for (key, value) in [
                ("name", json!(format!("测试{name}"))),
                ("sex", json!(sex)),
                ("relation", json!(relation)),
                ("counts_in_income", json!(true)),
            ] {
                answers.push((format!("members/{row}/{key}"), value));
            }
        }
        answers.push((format!("members/{father}/id_kind"), json!("id_card")));
        answers.push((format!("members/{father}/id_no"), json!(FATHER_ID)));
        for (key, value) in [("accounting_start", "2014-07-01"), ("accounting_end", "2015-06-30")] {
            answers.push((format!("years/2015/{key}"), json!(value)));
        }
        answers.push(("years/2015/is_estimate".into(), json!(false)));
        let answers: Vec<(&str, Value)> =
            answers.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
        let earned =
            village.phone.device().unwrap().session(old).unwrap().add_row("years/2015/transfer").unwrap();
        let (kind, amount) = (transfer(earned, "kind"), transfer(earned, "amount"));
        village.change(old, &answers);
        village.change(old, &[(kind.as_str(), json!("subsidy")), (amount.as_str(), json!("9000"))]);
        let folder = tempfile::tempdir().unwrap();
        let user = village.server.user_add("wang", Role::Enumerator, &["999999100200"]).unwrap();
        let code = village.server.invite("wang").unwrap();
        let time = village.server.time().clone();
        let mut other = Phone::new(
            &folder.path().join("other"),
            ("other", user, "wang"),
            &time,
            &FormCache::default(),
            Chance::new(7),
        )
        .unwrap();
        other.device().unwrap().enrol(&Cable(&village.server), "http://127.0.0.1:1", &code, "other").unwrap();
        let mut home = Home { village, other, old, father, mother, son, folder };
        home.sync();
        home
    }

    /// Both phones sync, twice: the second time they hear what the first one led to.
    fn sync(&mut self) {
        for _ in 0..2 {
            let server = &self.village.server;
            self.village.phone.device().unwrap().sync(&Cable(server)).unwrap();
            self.other.device().unwrap().sync(&Cable(server)).unwrap();
            server.reconcile().unwrap();
            server.reconcile().unwrap();
        }
    }

    fn moved(
        &self,
        from: RecordId,
        to: Destination,
        state: Option<&str>,
        relation: Option<&str>,
    ) -> MembersMoved {
        let (store, scope) = self.village.supervisor();
        let new = NewMove {
            from,
            to,
            rows: vec![self.son],
            on: DAY.to_owned(),
            state: state.map(str::to_owned),
            relations: relation.map(|code| (self.son, code.to_owned())).into_iter().collect(),
            reason: None,
            at_ms: self.village.server.time().now_ms(),
        };
        let done = store.members_move(&scope, &new, self.village.server.dice()).unwrap();
        self.village.server.reconcile().unwrap();
        done
    }

    fn split(&self) -> MembersMoved {
        self.moved(self.old, Destination::Begins(None), None, None)
    }

    fn answers_in(&self, scope: &Scope, record: RecordId) -> Option<BTreeMap<String, Value>> {
        let (store, _) = self.village.supervisor();
        let mut found = None;
        store
            .dataset_each(scope, "household_register", &mut |row| {
                if row.record == record {
                    found = row.answers().ok();
                }
                Ok(())
            })
            .unwrap();
        found
    }

    fn answers(&self, record: RecordId) -> BTreeMap<String, Value> {
        let (_, scope) = self.village.supervisor();
        self.answers_in(&scope, record).unwrap()
    }

    fn approve(&mut self, record: RecordId) {
        self.village.approve(record);
        self.village.server.reconcile().unwrap();
    }

    /// Households and persons of the register, as it stands or stood.
    fn counted(&self, as_of_ms: Option<i64>) -> (usize, u64) {
        let (store, scope) = self.village.supervisor();
        let (mut households, mut persons) = (0, 0);
        store
            .dataset_each(&scope.as_of(as_of_ms), "household_register", &mut |row| {
                households += 1;
                persons += row.answers().unwrap()["member_count"].as_u64().unwrap();
                Ok(())
            })
            .unwrap();
        (households, persons)
    }

    fn now_ms(&self) -> i64 {
        self.village.server.time().now_ms()
    }

    fn flags(&self, record: RecordId, kind: FlagKind) -> Vec<String> {
        let (store, scope) = self.village.supervisor();
        let flags = store.record_get(&scope, record, &At::Now).unwrap().flags.into_iter();
        flags.filter(|flag| flag.kind == kind).map(|flag| flag.key).collect()
    }

    fn rebuilt(&self) {
        let (store, _) = self.village.supervisor();
        let all = || (store.dataset_digest().unwrap(), store.health().unwrap().log_rows);
        let before = all();
        store.rebuild().unwrap();
        self.village.server.reconcile().unwrap();
        assert_eq!(all(), before, "a rebuild gives the same, and carries nothing twice");
        assert!(self.folder.path().exists());
    }
}

fn transfer(row: RowId, key: &str) -> String {
    format!("years/2015/transfer/{row}/{key}")
}

fn at(row: RowId, key: &str) -> String {
    format!("members/{row}/{key}")
}

fn answer(phone: &mut Phone, record: RecordId, path: &str, value: Value) {
    phone.device().unwrap().session(record).unwrap().answer(path, &value).unwrap();
}

fn submit(phone: &mut Phone, record: RecordId) {
    phone.device().unwrap().session(record).unwrap().submit(None, true).unwrap();
}

/// Situation 3: the son leaves on the server while a phone edits the household's income and the son's health.
#[test]
fn income_stays_and_the_health_edit_follows_the_son() {
    let mut home = Home::new();
    let share = "years/2015/percap_net";
    assert_eq!((home.counted(None), &home.answers(home.old)[share]), ((1, 3), &json!("3000")));
    let before = home.now_ms();
    let done = home.split();
    assert!(done.approved, "nothing new is wrong: both sides stand at once");
    let new = done.to;
    assert_eq!(home.counted(None), (2, 3));
    assert_eq!(home.counted(Some(before)), (1, 3), "as it stood");
    assert_eq!(home.answers(home.old)[share], json!("4500"), "two share it at the end of the year");
    // The other phone has not heard.
    let amount = home.answers(home.old).into_keys().find(|path| path.ends_with("/amount")).unwrap();
    let ill = at(home.son, "health/major_illness");
    answer(&mut home.other, home.old, &amount, json!("6000"));
    answer(&mut home.other, home.old, &ill, json!(true));
    submit(&mut home.other, home.old);
    home.sync();
    home.approve(home.old);
    home.approve(new);
    let (was, is) = (home.answers(home.old), home.answers(new));
    assert_eq!((&was[share], &was[&amount]), (&json!("3000"), &json!("6000")));
    assert_eq!((&is[&ill], is.get(&amount)), (&json!(true), None));
    assert_eq!((home.counted(None), home.counted(Some(before))), ((2, 3), (1, 3)));
    assert_eq!((&was["head_name"], &is["head_name"]), (&json!("测试甲"), &json!("测试丙")));
    assert_eq!(home.flags(home.old, FlagKind::HeadUndecided), [""; 0]);
    assert_eq!(home.flags(home.old, FlagKind::DuplicateSuspect), [""; 0]);
    // Both phones hold the new household, and show who wrote what.
    home.sync();
    for phone in [&mut home.village.phone, &mut home.other] {
        let shown = phone.device().unwrap().show(new).unwrap();
        assert_eq!(shown.answers[&ill].value, json!(true));
        assert_eq!(shown.answers[&ill].candidates[0].by, "wang");
    }
    home.rebuilt();
}

/// A phone opens the household that stands for both and edits it; afterwards each stands for itself, and the edit stays.
#[test]
fn a_split_taken_back_counts_everybody_once_and_may_be_made_again() {
    let mut home = Home::new();
    let done = home.split();
    let (store, scope) = home.village.supervisor();
    let stays = store.duplicate_merge(&scope, home.old, done.to, home.now_ms()).unwrap();
    home.village.server.reconcile().unwrap();
    assert_eq!((stays, home.counted(None)), (home.old, (1, 3)));
    assert_eq!(home.answers(home.old)["years/2015/percap_net"], json!("3000"));
    let together = home.now_ms();
    home.sync();
    answer(&mut home.other, done.to, "phone", json!("13900000000"));
    let opened = home.other.device().unwrap().session(done.to).unwrap().id();
    assert_eq!(opened, home.old, "the phone writes where the household is");
    submit(&mut home.other, done.to);
    home.sync();
    home.approve(home.old);
    let back = store.duplicate_unmerge(&scope, done.to, home.now_ms()).unwrap();
    home.village.server.reconcile().unwrap();
    assert_eq!((back, home.counted(None), home.counted(Some(together))), (home.old, (2, 3), (1, 3)));
    assert_eq!(home.answers(home.old)["phone"], json!("13900000000"));
    assert_eq!(home.answers(done.to).get("phone"), None);
    home.sync();
    let opened = home.other.device().unwrap().session(done.to).unwrap().id();
    assert_eq!(opened, done.to, "the phone hears of it");
    home.rebuilt();
}

/// Situation 4: the head dies; two phones name two heads; a follow-up is dated after the death.
#[test]
fn the_dead_stay_dead_and_a_person_picks_the_head() {
    let mut home = Home::new();
    let health =
        [("event_date", json!("2015-02-01")), ("member_name", json!("测试甲")), ("id_no", json!(FATHER_ID))];
    let (old, father) = (home.old, home.father);
    let care = home.village.fill("health_service_record", Some(old), &health);
    let visit = home.village.phone.device().unwrap().session(care).unwrap().add_row("follow_ups").unwrap();
    let (date, mode) = (format!("follow_ups/{visit}/date"), format!("follow_ups/{visit}/mode"));
    home.village
        .change(care, &[(date.as_str(), json!("2015-06-20")), (mode.as_str(), json!("face_to_face"))]);
    home.sync();
    let (state, to) = (at(father, "membership/state"), at(father, "membership/to"));
    home.village.change(
        old,
        &[
            ("event_date", json!("2015-06-10")),
            (state.as_str(), json!("died")),
            (to.as_str(), json!("2015-06-05")),
        ],
    );
    assert_eq!(home.flags(old, FlagKind::HeadUndecided), ["none"]);
    let rules = doorstep_schemas::check_rules();
    let checks = CheckDefinition::read_all(rules.iter().map(|(key, text)| (key.as_str(), *text))).unwrap();
    let (store, scope) = home.village.supervisor();
    CheckSet::new(checks).sweep(&store, &store.operator_scope(), "2015-12-31").unwrap();
    assert_eq!(home.flags(care, FlagKind::CrossCheck), ["event_after_death"]);
    // Nobody has heard of anybody: one makes the wife head, the other the son and answers about the dead.
    let (wife, son) = (at(home.mother, "relation"), at(home.son, "relation"));
    answer(&mut home.village.phone, old, &wife, json!("head"));
    answer(&mut home.other, old, &son, json!("head"));
    answer(&mut home.other, old, &at(father, "political"), json!("masses"));
    submit(&mut home.village.phone, old);
    submit(&mut home.other, old);
    home.sync();
    assert_eq!(home.flags(old, FlagKind::HeadUndecided), ["several"]);
    let view = store.record_get(&scope, old, &At::Now).unwrap();
    assert_eq!((&view.answers[&state].value, view.answers[&state].different), (&json!("died"), false));
    assert_eq!(home.counted(None), (1, 2), "one household all the while");
    // The supervisor picks on any phone or at the office; here on a phone of the village.
    answer(&mut home.village.phone, old, &son, json!("son"));
    submit(&mut home.village.phone, old);
    home.sync();
    assert_eq!(home.flags(old, FlagKind::HeadUndecided), [""; 0]);
    home.approve(old);
    assert_eq!((home.counted(None), &home.answers(old)["head_name"]), ((1, 2), &json!("测试乙")));
    home.rebuilt();
}

/// A marriage: the son moves into another household of the register, and what happened stands in one list.
#[test]
fn a_marriage_moves_a_member_and_the_history_tells_it() {
    let mut home = Home::new();
    let first = [
        ("form_mode", json!("new_register")),
        ("event_date", json!("2015-01-11")),
        ("visit_mode", json!("office_records")),
    ];
    let bride = home.village.fill("household_register", None, &first);
    let head = home.village.phone.device().unwrap().session(bride).unwrap().add_row("members").unwrap();
    let (name, relation) = (at(head, "name"), at(head, "relation"));
    home.village.change(bride, &[(name.as_str(), json!("测试丁")), (relation.as_str(), json!("head"))]);
    assert_eq!(home.counted(None), (2, 4));
    let before = home.now_ms();
    let to = Destination::Household(bride);
    let done = home.moved(home.old, to, Some("married_out"), Some("son_in_law"));
    assert!(done.approved && done.to == bride);
    let (was, is) = (home.answers(home.old), home.answers(bride));
    assert_eq!((&was["member_count"], &is["member_count"]), (&json!(2), &json!(2)));
    assert_eq!(is[&at(home.son, "membership/in_reason")], json!("married_in"));
    assert_eq!((home.counted(None), home.counted(Some(before))), ((2, 4), (2, 4)));
    let (store, scope) = home.village.supervisor();
    let events = store.record_events(&scope, home.old).unwrap();
    let left = events.iter().find(|event| event.kind == "members_left").unwrap();
    assert_eq!(
        (left.other, left.text("state"), left.by.as_str()),
        (Some(bride), Some("married_out"), "shen")
    );
    let given =
        events.iter().find(|event| event.answers.iter().any(|given| given.path.ends_with("/name"))).unwrap();
    assert!(given.by == "li" && given.device.is_some() && given.detail["form_version"] == json!(1));
    home.rebuilt();
}
