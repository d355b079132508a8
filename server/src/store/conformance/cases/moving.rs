//! An approved case moves the state of the register: only where that allows it, once, and with the rest of the log.

use std::collections::BTreeMap;

use doorstep_forms::FormPackage;
use doorstep_protocol::Item;
use doorstep_records::{Key, RecordId};
use serde_json::{Value, json};

use super::mapping::submitted;
use crate::accounts::role::Role;
use crate::reconcile::flag::FlagKind;
use crate::review::rule::{Decision, WAIVE_DIFFERENT, Waiver};
use crate::review::state::RecordState;
use crate::store::conformance::world::{changed, operator};
use crate::store::conformance::{EAST, PAGE, Phone, Subject, World};
use crate::store::dataset::Datasets;
use crate::store::forms::Forms;
use crate::store::operations::Operations;
use crate::store::records::{At, Records};
use crate::store::reviews::Decided;

const CASE: &str = "case";

fn register() -> FormPackage {
    changed(2, |questions| {
        questions["status"] = json!({"title": "台账状态", "type": "string", "readOnly": true,
            "oneOf": [{"const": "unregistered", "title": "未建档"}, {"const": "registered", "title": "建档"},
                {"const": "exited", "title": "退出"}, {"const": "monitored", "title": "监测"}],
            "x-transitions": {"unregistered": ["registered", "monitored"], "registered": ["exited"], "exited": [],
                "monitored": ["unregistered"]}});
        questions["status_date"] =
            json!({"title": "状态日期", "type": "string", "format": "date", "readOnly": true});
    })
}

fn case_form() -> FormPackage {
    let manifest = json!({"id": CASE, "version": 1, "kind": "event", "entity": "household", "subject": "required",
        "title": {"zh": "识别表"}, "locales": ["zh"]});
    let schema = json!({"title": "识别表", "type": "object", "additionalProperties": false,
        "x-moves": {"form": "household", "answer": "status", "dated": "status_date", "on": "doc.on",
            "to": "doc.result == 'yes' ? doc.to : null"},
        "properties": {
            "to": {"title": "去向", "type": "string"},
            "result": {"title": "结论", "type": "string"},
            "on": {"title": "日期", "type": "string", "format": "date"}}});
    let files = BTreeMap::from([
        ("form.json".to_owned(), manifest.to_string().into_bytes()),
        ("schema.json".to_owned(), schema.to_string().into_bytes()),
    ]);
    FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// A registered household, approved.
fn world<S: Subject>() -> (World<S>, Phone, RecordId) {
    let world = World::<S>::new();
    for package in [register(), case_form()] {
        world.store().form_publish(&operator(), &package, world.now()).unwrap();
    }
    world.user("li", Role::Enumerator, &[EAST]);
    let mut li = world.phone("li");
    let household = submitted(&world, &mut li, (EAST, 2), &[("name", "甲"), ("status", "unregistered")]);
    world.approve(household);
    (world, li, household)
}

/// A case about a household, submitted.
fn case<S: Subject>(world: &World<S>, phone: &mut Phone, about: RecordId, to: &str) -> RecordId {
    let (record, mut items) =
        phone.begin(world, EAST, &[("to", to), ("result", "yes"), ("on", "2015-04-24")]);
    if let Item::Create { form, subject, .. } = &mut items[0] {
        (*form, *subject) = (CASE.to_owned(), Some(about));
    }
    items.push(phone.submit(world, record));
    phone.deliver(world, items);
    record
}

fn row<S: Subject>(world: &World<S>, household: RecordId) -> Value {
    let rows = world.rows(&world.supervisor());
    let row = rows.into_iter().find(|row| row.record == household).unwrap();
    Value::Object(row.answers().unwrap().into_iter().collect())
}

fn refused<S: Subject>(world: &World<S>, record: RecordId) -> Vec<String> {
    let flags = world.view(record).flags.into_iter();
    flags.filter(|flag| flag.kind == FlagKind::MoveRefused).map(|flag| flag.key).collect()
}

fn decide<S: Subject>(world: &World<S>, record: RecordId, decision: Decision) {
    let heads = world.view(record).heads;
    let decided = world.decide(&world.supervisor(), record, decision, &heads, &[]);
    assert!(matches!(decided, Decided::Taken(_)), "{decided:?}");
    world.settle();
}

pub(crate) fn an_approved_case_moves_the_register_once<S: Subject>() {
    let (world, mut li, household) = world::<S>();
    let first = case(&world, &mut li, household, "registered");
    world.settle();
    assert_eq!(row(&world, household)["status"], "unregistered", "only an approval moves");
    world.approve(first);
    let moved = row(&world, household);
    assert_eq!((&moved["status"], &moved["status_date"]), (&json!("registered"), &json!("2015-04-24")));
    assert_eq!(world.view(household).line.state, RecordState::Approved);
    let key = Key::parse("status").unwrap();
    let ever = || world.store().record_history(&world.supervisor(), household, Some(&key)).unwrap();
    let last = ever().pop().unwrap();
    let by = last.by.unwrap();
    assert_eq!((by.name.as_str(), by.device), ("chief", None));
    assert!(last.reason.unwrap().contains(&first.to_string()) && last.cites.is_some());
    world.pull(&mut li, PAGE);
    assert!(li.answers(household).contains("registered"), "phones hear of it");
    // The case is amended, and approved again: the register stands where it should already.
    li.edit(&world, first, &[("on", "2015-04-25")]);
    li.complete(&world, first);
    world.approve(first);
    let again = case(&world, &mut li, household, "registered");
    world.approve(again);
    assert_eq!((ever().len(), refused(&world, again).len()), (2, 0));
    let (digest, rows) = (world.store().dataset_digest().unwrap(), world.log_rows());
    world.store().rebuild().unwrap();
    world.settle();
    assert_eq!(
        (world.store().dataset_digest().unwrap(), world.log_rows()),
        (digest, rows),
        "a rebuild moves nothing twice"
    );
    assert_eq!(ever().len(), 2);
}

pub(crate) fn a_forbidden_move_is_flagged_on_both_and_written_nowhere<S: Subject>() {
    let (world, mut li, household) = world::<S>();
    let exit = case(&world, &mut li, household, "exited");
    world.approve(exit);
    let not_allowed = vec!["not_allowed".to_owned()];
    let flagged = || (refused(&world, exit), refused(&world, household));
    assert_eq!(flagged(), (not_allowed.clone(), not_allowed.clone()));
    assert_eq!(row(&world, household)["status"], "unregistered");
    // What becomes possible later is not done behind anybody's back, also not by a rebuild.
    let enter = case(&world, &mut li, household, "registered");
    world.approve(enter);
    let digest = world.store().dataset_digest().unwrap();
    world.store().rebuild().unwrap();
    world.settle();
    assert_eq!(world.store().dataset_digest().unwrap(), digest);
    assert_eq!(
        (row(&world, household)["status"].clone(), flagged()),
        (json!("registered"), (not_allowed.clone(), not_allowed))
    );
    // Looked at again and approved: now it is allowed.
    decide(&world, exit, Decision::Reopen);
    assert_eq!(flagged(), (vec![], vec![]));
    world.approve(exit);
    assert_eq!((row(&world, household)["status"].clone(), flagged()), (json!("exited"), (vec![], vec![])));
    // No way leads back from there.
    decide(&world, exit, Decision::Reopen);
    let withdrawn = vec!["withdrawn".to_owned()];
    assert_eq!(
        (row(&world, household)["status"].clone(), flagged()),
        (json!("exited"), (withdrawn.clone(), withdrawn))
    );
}

pub(crate) fn a_move_goes_back_with_its_approval_where_that_is_allowed<S: Subject>() {
    let (world, mut li, household) = world::<S>();
    let watched = case(&world, &mut li, household, "monitored");
    world.approve(watched);
    assert_eq!(row(&world, household)["status"], "monitored");
    decide(&world, watched, Decision::Reopen);
    let back = row(&world, household);
    assert_eq!((&back["status"], back.get("status_date")), (&json!("unregistered"), None));
    assert_eq!((refused(&world, watched), refused(&world, household)), (vec![], vec![]));
    // About a household that is no more than a draft.
    let (draft, items) = li.begin(&world, EAST, &[("name", "乙")]);
    li.deliver(&world, items);
    let early = case(&world, &mut li, draft, "registered");
    world.approve(early);
    assert_eq!(refused(&world, early), ["no_record"]);
}

pub(crate) fn what_waits_for_review_stays_approvable_after_a_move<S: Subject>() {
    let (world, mut li, household) = world::<S>();
    let entered = case(&world, &mut li, household, "registered");
    li.edit(&world, household, &[("land", 4_i64)]);
    li.complete(&world, household);
    li.edit(&world, household, &[("phone", "139")]);
    world.settle();
    world.approve(entered);
    let moved = row(&world, household);
    assert_eq!(
        (&moved["status"], moved.get("land")),
        (&json!("registered"), None),
        "nobody has seen that yet"
    );
    assert_eq!(world.view(household).line.state, RecordState::Submitted);
    let chief = world.supervisor();
    let shown = world.store().record_get(&chief, household, &At::ToReview).unwrap();
    assert!(!shown.answers.contains_key("phone"), "a draft is not shown to be decided on");
    let decided = world.decide(&chief, household, Decision::Approve, &shown.heads, &[]);
    assert!(matches!(decided, Decided::Taken(_)), "{decided:?}");
    world.settle();
    let row = row(&world, household);
    assert_eq!((&row["status"], &row["land"], row.get("phone")), (&json!("registered"), &json!(4), None));
}

/// Finds a move that is approved although its record was sent back. (`approve` of moves.rs looks at no state.)
pub(crate) fn a_move_of_a_record_that_was_sent_back_waits_for_a_person<S: Subject>() {
    let (world, mut li, household) = world::<S>();
    li.edit(&world, household, &[("land", 4_i64)]);
    li.complete(&world, household);
    world.settle();
    decide(&world, household, Decision::SendBack);
    let entered = case(&world, &mut li, household, "registered");
    world.approve(entered);
    assert_eq!(refused(&world, entered), [""; 0]);
    assert_eq!(
        row(&world, household)["status"],
        "unregistered",
        "what was sent back is approved by a person"
    );
    world.pull(&mut li, PAGE);
    assert!(li.answers(household).contains("registered"), "written all the same");
    li.complete(&world, household);
    world.approve(household);
    let row = row(&world, household);
    assert_eq!((&row["status"], &row["land"]), (&json!("registered"), &json!(4)));
}

/// Finds a move over different answers. (`attempt` of moves.rs asks for no dispute.)
pub(crate) fn nothing_moves_where_people_differ<S: Subject>() {
    let (world, mut li, household) = world::<S>();
    world.user("wang", Role::Enumerator, &[EAST]);
    let mut wang = world.phone("wang");
    world.pull(&mut wang, PAGE);
    li.edit(&world, household, &[("status", "registered")]);
    wang.edit(&world, household, &[("status", "monitored")]);
    world.pull(&mut li, PAGE);
    li.complete(&world, household);
    world.settle();
    let heads = world.view(household).heads;
    let waiver = Waiver { key: WAIVE_DIFFERENT.into(), path: "status".into(), reason: "known".into() };
    let decided = world.decide(&world.supervisor(), household, Decision::Approve, &heads, &[waiver]);
    assert!(matches!(decided, Decided::Taken(_)), "{decided:?}");
    world.settle();
    let entered = case(&world, &mut li, household, "registered");
    world.approve(entered);
    let differ = vec!["different_answers".to_owned()];
    assert_eq!((refused(&world, entered), refused(&world, household)), (differ.clone(), differ));
    assert_eq!(row(&world, household)["status"], "unregistered");
}
