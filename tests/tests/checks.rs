//! Checks over several records on the real way: phones fill, the supervisor approves, the checks flag what stands against
//! another record or an earlier year, and take the flag away when it is put right.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod village;

use std::ops::{Deref, DerefMut};

use doorstep_records::RecordId;
use doorstep_server::checks::{CheckDefinition, CheckSet};
use doorstep_server::reconcile::flag::FlagKind;
use doorstep_server::review::model::RecordFilter;
use doorstep_server::store::records::{At, Records};
use serde_json::{Value, json};

use village::Village;

const TODAY: &str = "2016-01-01";

struct Office {
    village: Village,
    checks: CheckSet,
}

impl Deref for Office {
    type Target = Village;
    fn deref(&self) -> &Village {
        &self.village
    }
}

impl DerefMut for Office {
    fn deref_mut(&mut self) -> &mut Village {
        &mut self.village
    }
}

impl Office {
    fn new(forms: &[&str]) -> Office {
        let rules = doorstep_schemas::check_rules();
        let checks =
            CheckDefinition::read_all(rules.iter().map(|(key, text)| (key.as_str(), *text))).unwrap();
        Office { village: Village::new(forms), checks: CheckSet::new(checks) }
    }

    fn sweep(&self) {
        let store = self.server.store().unwrap();
        self.checks.sweep(&store, &store.operator_scope(), TODAY).unwrap();
    }

    /// Flags of the checks on a record, as its supervisor sees them: key and path.
    fn flags(&self, record: RecordId) -> Vec<(String, String)> {
        let (store, scope) = self.supervisor();
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
        let (store, scope) = self.supervisor();
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
    let pair = office.phone.device().unwrap().new_record("assistance_record", None, Some(record)).unwrap();
    let row = office.phone.device().unwrap().session(pair).unwrap().add_row("pairing").unwrap();
    let (role, helper) = (format!("pairing/{row}/role"), format!("pairing/{row}/helper_id"));
    office.change(pair, &[(&role, json!("responsible")), (&helper, json!("G001"))]);
    office.sweep();
    assert_eq!(office.flags(record), []);
}
