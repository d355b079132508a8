//! Situation 12: a phone comes back after sixty days. Its clock is wrong, the form it filled is closed, its village was
//! merged into another, its household was given to somebody else, and some of what it sent had arrived, out of order.
//!
//! What follows what is said by the answers themselves and not by a clock; whose an answer is is said by who signed it;
//! what was filled is judged by the version it was filled under; and nothing is dropped or counted twice.

use doorstep_protocol::push::ItemVerdict;
use doorstep_records::RecordId;
use doorstep_server::assignments::model::{About, NewAssignments};
use doorstep_server::reconcile::flag::FlagKind;
use doorstep_server::store::areas::Areas;
use doorstep_server::store::assignments::Assignments;
use doorstep_server::store::publishing::Publishing;
use doorstep_server::store::records::Records;
use doorstep_server::store::reviews::Reviews;
use doorstep_tests::sim::phone::Phone;
use serde_json::{Value, json};

use crate::field::{Field, OTHER_VILLAGE, VILLAGE, answer, begin, given, outbox, pairs, row, submit};
use crate::household::approved;

const HOUSEHOLD: &str = "household_register";
const HEALTH: &str = "health_service_record";
const DAY_MS: i64 = 86_400_000;

/// The old village ends, and lies in the other.
const MERGED: &str = "code,parent,level,name_zh,name_en,valid_from,valid_to
999999100200,999999100000,village,松岭村,Songling Village,2015-01-01,2015-12-31
";

/// What the phone filled far from any network.
struct Filled {
    household: RecordId,
    begun: RecordId,
    patient: RecordId,
    case: String,
}

/// Edits a known household, begins another and a health record: by a clock that is a hundred days ahead.
fn filled(li: &mut Phone, household: RecordId) -> Filled {
    li.clock.jump(100 * DAY_MS);
    for (path, value) in [("address", "大湾2号"), ("cultivated_mu", "3.5"), ("phone", "13900000002")] {
        answer(li, household, &[(path, json!(value))]);
        outbox(li);
    }
    submit(li, household);
    outbox(li);
    let new = [
        ("form_mode", json!("new_register")),
        ("event_date", json!("2016-03-20")),
        ("visit_mode", json!("office_records")),
    ];
    let begun = begin(li, HOUSEHOLD, None, &new);
    row(li, begun, "members", &[("name", json!("钱二")), ("relation", json!("head"))]);
    submit(li, begun);
    let patient = begin(
        li,
        HEALTH,
        None,
        &[
            ("event_date", json!("2015-12-13")),
            ("household_no", json!("00012")),
            ("member_name", json!("赵一")),
            ("sex", json!("male")),
            ("birth_date", json!("1950-01-01")),
            ("insurance", json!("resident")),
            ("contract/signed", json!(false)),
        ],
    );
    let case = [
        ("case_kind", json!("major")),
        ("disease_code", json!("md01")),
        ("diagnosed_on", json!("2015-10-01")),
        ("hospital", json!("县医院")),
        ("evidence", json!("inpatient")),
        ("treatment_state", json!("treating")),
    ];
    let case = row(li, patient, "cases", &case);
    submit(li, patient);
    Filled { household, begun, patient, case }
}

/// Meanwhile: the household is somebody else's work and somebody else's village, and the form has a new version.
fn meanwhile(field: &Field, wang: &mut Phone, household: RecordId) {
    let (store, scope) = field.operator();
    let now_ms = || field.server.time().now_ms();
    let work = NewAssignments {
        form: HOUSEHOLD.to_owned(),
        about: About::Subjects(vec![household]),
        to: "li".to_owned(),
        due: None,
        note: None,
    };
    let (office, chief) = field.office();
    let given = office.assignment_add(&chief, &work, field.server.dice(), now_ms()).unwrap();
    office.assignment_move(&chief, &given, "wang", now_ms()).unwrap();
    field.sync(wang);
    answer(wang, household, &[("phone", json!("13900000003")), ("forest_mu", json!("7"))]);
    submit(wang, household);
    field.sync(wang);
    field.approve(household);
    field.publish(HEALTH, 2);
    assert!(store.form_open(&scope, HEALTH, 1, false, now_ms()).unwrap());
    field.areas(MERGED);
    office.area_apply(&chief, household, OTHER_VILLAGE, now_ms()).unwrap();
    field.server.reconcile().unwrap();
}

fn values(field: &Field, record: RecordId, path: &str) -> Vec<(Value, String)> {
    field.history(record, path)
}

#[test]
fn everything_it_brings_is_taken_once_and_by_its_own_right() {
    let field = Field::new(&[HOUSEHOLD, HEALTH]);
    let (mut li, mut wang) = (field.phone("li", &[VILLAGE]), field.phone("wang", &[VILLAGE, OTHER_VILLAGE]));
    // Begun by somebody else, so that nothing of it is li's by right of having begun it.
    let (household, _) = approved(&field, &mut wang, &[("phone", json!("13900000001"))]);
    field.sync(&mut li);
    let filled = filled(&mut li, household);
    let device = li.device().unwrap().id().unwrap().unwrap();
    let letters = outbox(&mut li);
    // The first one had gone out and arrived; the phone never heard of that.
    field.deliver(device, letters[..1].to_vec());
    meanwhile(&field, &mut wang, household);
    field.days(60);

    // Out of order: the last edit and "complete" before what they follow from.
    let early = field.deliver(device, vec![letters[3].clone(), letters[2].clone()]);
    assert!(early.iter().all(|verdict| matches!(verdict, ItemVerdict::Waiting { .. })), "{early:?}");
    assert_eq!(field.flags(household, FlagKind::Waiting).len(), 1, "to be seen until it is whole");
    field.sync_all(&mut [&mut li, &mut wang]);
    assert_eq!(field.flags(household, FlagKind::Waiting), []);
    assert_eq!(li.device().unwrap().standing().unwrap().unsent, 0, "nothing stays behind");
    field.deliver(device, letters.clone());

    the_household(&field, &filled);
    the_new_one(&field, &filled);
    the_patient(&field, &mut wang, &filled);
    field.rebuild();
    the_household(&field, &filled);
}

/// By what they had seen, not by their clocks: only where both wrote is there anything to decide.
fn the_household(field: &Field, filled: &Filled) {
    let record = filled.household;
    let view = field.view(record);
    assert_eq!(
        given(&view.answers["phone"].candidates),
        [("li".to_owned(), json!("13900000002")), ("wang".to_owned(), json!("13900000003"))],
        "the later clock wins nothing"
    );
    assert_eq!(field.flags(record, FlagKind::Conflict), pairs(&[("different_answers", "phone")]));
    assert_eq!(
        (&view.answers["address"].value, &view.answers["cultivated_mu"].value),
        (&json!("大湾2号"), &json!("3.5"))
    );
    assert_eq!(values(field, record, "cultivated_mu"), [(json!("3.5"), "li".to_owned())], "once, and li's");
    assert_eq!(values(field, record, "forest_mu"), [(json!("7"), "wang".to_owned())]);
    assert_eq!(view.submissions.len(), 3, "the first, wang's, li's: each once");
    assert_eq!(field.flags(record, FlagKind::ClockSkew).len(), 1, "a clock that was wrong is flagged");
    assert_eq!(field.in_dataset(record, "phone"), "13900000003", "what was approved stands");
    let late = view.submissions.iter().find(|said| said.by == "li" && said.at_ms > said.received_ms);
    assert!(late.is_some(), "both clocks are written down: {:?}", view.submissions);
    assert_eq!(view.line.area, OTHER_VILLAGE, "it lies where the office has placed it");
}

fn the_new_one(field: &Field, filled: &Filled) {
    let record = filled.begun;
    let view = field.view(record);
    assert_eq!(view.line.author, "li");
    assert_eq!(field.flags(record, FlagKind::ClockSkew).len(), 1);
    // The old village is still there, with the day it ended; its households are moved one by one.
    let (store, scope) = field.office();
    let old = store.area_list(&scope).unwrap().into_iter().find(|area| area.code == VILLAGE).unwrap();
    assert_eq!(
        (old.valid_from.as_deref(), old.valid_to.as_deref()),
        (Some("2015-01-01"), Some("2015-12-31"))
    );
    field.approve(record);
    field.sweep("2016-02-12");
    assert_eq!(field.flags(record, FlagKind::CrossCheck), pairs(&[("event_date_ahead", "event_date")]));
    let before = field.view(record).line.area;
    store.area_apply(&scope, record, OTHER_VILLAGE, field.server.time().now_ms()).unwrap();
    field.server.reconcile().unwrap();
    assert_ne!(before, OTHER_VILLAGE);
    assert_eq!(field.view(record).line.area, OTHER_VILLAGE);
}

/// Judged by the version it was filled under, and carried on under the next in a change of its own.
fn the_patient(field: &Field, wang: &mut Phone, filled: &Filled) {
    let record = filled.patient;
    let view = field.view(record);
    assert_eq!((view.judged_by, field.flags(record, FlagKind::Invalid)), (1, Vec::new()));
    assert_eq!(
        field.flags(record, FlagKind::ClosedVersion),
        pairs(&[("1", "")]),
        "begun under a closed version"
    );
    field.approve(record);
    let code = format!("{}/disease_code", filled.case);
    let state = format!("{}/treatment_state", filled.case);
    answer(wang, record, &[(&state, json!("treated"))]);
    submit(wang, record);
    field.sync(wang);
    assert_eq!(field.view(record).judged_by, 2);
    field.approve(record);
    let (store, scope) = field.office();
    let lines = store.record_history(&scope, record, None).unwrap();
    let under = |path: &str| -> Vec<(u32, String)> {
        let of_path = lines.iter().filter(|line| line.path == path);
        of_path.map(|line| (line.form_version, line.by.as_ref().unwrap().name.clone())).collect()
    };
    assert_eq!(under(&code), [(1, "li".to_owned())], "what was filled is not touched");
    assert_eq!(under(&state), [(1, "li".to_owned()), (2, "wang".to_owned())]);
    assert_eq!(
        (field.in_dataset(record, &code), field.in_dataset(record, &state)),
        (json!("md01"), json!("treated"))
    );
}
