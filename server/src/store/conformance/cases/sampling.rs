//! Samples of the register.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_forms::FormPackage;
use doorstep_protocol::pull::PageItem;
use doorstep_protocol::{Item, ObjectId, ProblemKind};
use doorstep_records::RecordId;
use serde_json::json;

use crate::accounts::role::Role;
use crate::assignments::model::AssignmentFilter;
use crate::samples::compare::DifferenceKind;
use crate::samples::cover::cover;
use crate::samples::draw::Asked;
use crate::samples::model::{
    BaseFilter, CheckedFilter, Handout, NewSample, SampleView, Strata, UnitState, UnitView,
};
use crate::store::assignments::Assignments;
use crate::store::conformance::world::operator;
use crate::store::conformance::{EAST, PAGE, Phone, Subject, TOWN, WEST, World};
use crate::store::forms::Forms;
use crate::store::operations::Operations;
use crate::store::records::{OfficeEdit, Records};
use crate::store::reviews::Reviews;
use crate::store::samples::Samples;
use crate::store::{Scope, StoreError};

const REGISTER: &str = "ledger";
const CHECK: &str = "spot_check";

fn package(id: &str, kind: &str, keys: &[&str]) -> FormPackage {
    let question = |key: &&str| ((*key).to_owned(), json!({"title": key, "type": "string"}));
    let properties: serde_json::Map<String, serde_json::Value> = keys.iter().map(question).collect();
    let manifest = json!({"id": id, "version": 1, "kind": kind, "entity": "household", "title": {"zh": id},
        "locales": ["zh"], "label": format!("doc.{}", keys[0])});
    let schema =
        json!({"title": id, "type": "object", "additionalProperties": false, "properties": properties});
    let files = BTreeMap::from([
        ("form.json".to_owned(), manifest.to_string().into_bytes()),
        ("schema.json".to_owned(), schema.to_string().into_bytes()),
    ]);
    FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// A town with its two forms, an enumerator for each village, and one for both.
fn town<S: Subject>() -> (World<S>, Phone) {
    let world = World::<S>::new();
    let forms = [
        package(REGISTER, "register", &["head_name", "register_status", "cause_main", "household_attribute"]),
        package(
            CHECK,
            "event",
            &["head_name", "event_date", "visit_outcome", "cause_main", "household_attribute"],
        ),
    ];
    for form in forms {
        world.store().form_publish(&operator(), &form, world.now()).unwrap();
    }
    world.user("li", Role::Enumerator, &[EAST]);
    world.user("wang", Role::Enumerator, &[WEST]);
    world.user("zhao", Role::Enumerator, &[TOWN]);
    let phone = world.phone("zhao");
    (world, phone)
}

/// A submitted record of a form, under an id of choice.
fn filed<S: Subject>(
    world: &World<S>,
    phone: &mut Phone,
    (form, area, subject): (&str, &str, Option<RecordId>),
    record: RecordId,
    answers: &[(&str, &str)],
) {
    phone.records.insert(record, (doorstep_records::Record::new(), "draft".to_owned()));
    let create = Item::Create {
        record,
        form: form.to_owned(),
        form_version: 1,
        area: area.to_owned(),
        subject,
        test: false,
    };
    let change = phone.write(world, record, answers);
    let submission = phone.submit(world, record);
    phone.deliver(world, vec![create, change, submission]);
}

fn id(number: u64) -> RecordId {
    RecordId::from_parts(1_700_000_000_000 + number, [9; 10])
}

/// Twenty registered households in the east, ten in the west, and five that are not registered, in the order that is given.
fn registered<S: Subject>(world: &World<S>, phone: &mut Phone, order: impl Iterator<Item = u64>) {
    for number in order {
        let area = if number < 20 { EAST } else { WEST };
        let status = if number < 30 { "registered" } else { "unregistered" };
        let name = format!("户{number}");
        let answers = [("head_name", name.as_str()), ("register_status", status), ("cause_main", "illness")];
        filed(world, phone, (REGISTER, area, None), id(number), &answers);
        world.approve(id(number));
    }
}

fn new(asked: &str, by: Strata) -> NewSample {
    NewSample {
        name: "抽查".to_owned(),
        register: REGISTER.to_owned(),
        check: CHECK.to_owned(),
        area: TOWN.to_owned(),
        filter: BaseFilter::Registered,
        by,
        asked: Asked::parse(asked).unwrap(),
        seed: 7,
        as_of_ms: None,
    }
}

fn draw<S: Subject>(world: &World<S>, new: &NewSample) -> SampleView {
    world.store().sample_draw(&world.supervisor(), new, &world.random, world.now()).unwrap()
}

fn units<S: Subject>(world: &World<S>, sample: ObjectId) -> Vec<UnitView> {
    world.store().sample_get(&world.supervisor(), sample).unwrap().1
}

fn in_state(units: &[UnitView], state: UnitState) -> Vec<RecordId> {
    units.iter().filter(|unit| unit.state == state).map(|unit| unit.record).collect()
}

pub(crate) fn a_draw_is_the_same_whatever_the_order_of_arrival<S: Subject>() {
    let drawn = |order: Vec<u64>| {
        let (world, mut phone) = town::<S>();
        registered(&world, &mut phone, order.into_iter());
        let view = draw(&world, &new("33.4%", Strata::Village));
        let households = units(&world, view.id);
        let one = draw(&world, &new("4", Strata::None));
        let again = draw(&world, &new("33.4%", Strata::Village));
        assert_eq!(units(&world, again.id), households, "the same seed and list");
        let other = draw(&world, &NewSample { seed: 8, ..new("33.4%", Strata::Village) });
        assert_ne!(units(&world, other.id), households, "another seed");
        let all = draw(&world, &NewSample { filter: BaseFilter::All, ..new("50%", Strata::Status) });
        let before = world.store().sample_list(&world.supervisor()).unwrap();
        world.store().rebuild().unwrap();
        world.settle();
        assert_eq!(
            world.store().sample_list(&world.supervisor()).unwrap(),
            before,
            "a rebuild gives the same"
        );
        assert_eq!(units(&world, view.id), households);
        let shares = |view: &SampleView| -> Vec<(String, u32, u32)> {
            view.strata.iter().map(|stratum| (stratum.key.clone(), stratum.base, stratum.drawn)).collect()
        };
        (view.base_sha256.clone(), shares(&view), shares(&one), shares(&all), households)
    };
    let forward = drawn((0..35).collect());
    assert_eq!(forward.1, [(EAST.to_owned(), 20, 7), (WEST.to_owned(), 10, 3)], "floor(33.4 % of 30) = 10");
    assert_eq!(forward.2, [(String::new(), 30, 4)]);
    assert_eq!(forward.3, [("registered".to_owned(), 30, 15), ("unregistered".to_owned(), 5, 2)]);
    let mut backward: Vec<u64> = (0..35).rev().collect();
    backward.rotate_left(11);
    assert_eq!(drawn(backward), forward);
}

pub(crate) fn households_are_given_replaced_and_counted<S: Subject>() {
    let (world, mut phone) = town::<S>();
    registered(&world, &mut phone, 0..30);
    let chief = world.supervisor();
    let sample = draw(&world, &new("10", Strata::Village)).id;
    let handout = |to: &[&str], by_village| Handout {
        to: to.iter().map(|name| (*name).to_owned()).collect(),
        by_village,
        due: Some("2023-12-01".to_owned()),
        note: None,
    };
    let give =
        |handout: &Handout| world.store().sample_assign(&chief, sample, handout, &world.random, world.now());
    let wrong = give(&handout(&["li"], true)).unwrap_err();
    assert_eq!(wrong.kind(), ProblemKind::Invalid, "li may not work in the west");
    assert!(units(&world, sample).iter().all(|unit| unit.assignee.is_none()), "all of it or none");
    let given = give(&handout(&["zhao", "li"], true)).unwrap_err();
    assert_eq!(given.kind(), ProblemKind::Invalid, "the second village would be li's");
    let given = give(&handout(&["li", "zhao"], true)).unwrap();
    assert_eq!((given.given, given.standing), (vec![("li".to_owned(), 7), ("zhao".to_owned(), 3)], 0));
    assert_eq!(give(&handout(&["zhao"], true)).unwrap().standing, 10, "nothing is given twice");
    let told =
        |items: &[PageItem]| items.iter().filter(|item| matches!(item, PageItem::Assignment { .. })).count();
    assert_eq!(told(&world.pull(&mut phone, PAGE)), 3, "the phone hears of its households");

    let east: Vec<RecordId> =
        units(&world, sample).iter().filter(|unit| unit.stratum == EAST).map(|u| u.record).collect();
    let (first, second, third, reserve) = (east[0], east[1], east[2], east[7]);
    let visit = |phone: &mut Phone, number: u64, subject, outcome| {
        let answers = [("event_date", "2023-11-20"), ("visit_outcome", outcome)];
        filed(&world, phone, (CHECK, EAST, Some(subject)), id(number), &answers);
    };
    visit(&mut phone, 100, first, "nobody_home");
    visit(&mut phone, 101, first, "completed");
    visit(&mut phone, 102, second, "refused");
    visit(&mut phone, 103, third, "moved");
    world.approve(id(101));
    let replace = |record, reason: &str| {
        world.store().sample_replace(&chief, sample, record, reason, &world.random, world.now())
    };
    let kind = |result: Result<_, StoreError>| {
        result.map(|_: crate::samples::model::Replaced| ()).unwrap_err().kind()
    };
    assert_eq!(kind(replace(first, "x")), ProblemKind::WrongState, "it was checked");
    assert_eq!(kind(replace(reserve, "x")), ProblemKind::WrongState, "it was not drawn");
    assert_eq!(kind(replace(third, " ")), ProblemKind::Invalid, "without a reason");
    assert_eq!(kind(replace(id(999), "x")), ProblemKind::NotFound);
    let replaced = replace(third, "搬走").unwrap();
    assert_eq!(
        (replaced.by_record, replaced.assigned),
        (reserve, 1),
        "the next of the reserve, and nobody's choice"
    );
    assert_eq!(kind(replace(third, "x")), ProblemKind::WrongState, "only once");
    let open = AssignmentFilter { to: Some("li".to_owned()), open: true, ..AssignmentFilter::default() };
    let subjects: BTreeSet<RecordId> = world
        .store()
        .assignment_list(&chief, &open, None, 100)
        .unwrap()
        .into_iter()
        .filter_map(|view| view.subject)
        .collect();
    assert!(subjects.contains(&reserve) && !subjects.contains(&third), "the work went on");

    let told = cover(&units(&world, sample));
    let total = &told.total;
    assert_eq!((total.drawn, total.attempted, total.completed, total.approved), (10, 3, 1, 1));
    assert_eq!((total.replaced, total.not_begun, total.ended["refused"], total.ended["moved"]), (1, 8, 1, 1));
    assert_eq!(
        (told.replacements[0].reason.as_str(), told.replacements[0].by_record),
        ("搬走", Some(reserve))
    );
    let before = units(&world, sample);
    world.store().rebuild().unwrap();
    world.settle();
    assert_eq!(units(&world, sample), before, "a rebuild gives the same");
}

pub(crate) fn a_check_is_compared_with_the_register_of_its_day<S: Subject>() {
    let (world, mut phone) = town::<S>();
    registered(&world, &mut phone, 0..3);
    let sample = draw(&world, &new("3", Strata::None)).id;
    // The clock of this world stands in November 2023: what is approved today counts from today on.
    let checks = [
        (0, [("cause_main", "illness"), ("household_attribute", "general_poor")]),
        (1, [("cause_main", "disaster"), ("household_attribute", "general_poor")]),
    ];
    for (number, found) in checks {
        let mut answers =
            vec![("head_name", "户"), ("event_date", "2023-11-15"), ("visit_outcome", "completed")];
        answers.extend(found);
        filed(&world, &mut phone, (CHECK, EAST, Some(id(number))), id(100 + number), &answers);
    }
    let compared =
        |filter: &CheckedFilter| world.store().sample_discrepancies(&world.supervisor(), filter).unwrap();
    let of_sample = CheckedFilter { sample: Some(sample), area: None, check: CHECK.to_owned() };
    world.settle();
    assert_eq!(compared(&of_sample).compared, 0, "nothing is approved yet");
    world.approve(id(100));
    world.approve(id(101));
    let found = compared(&of_sample);
    assert_eq!((found.compared, found.differing, found.not_in_register), (2, 1, 0));
    let one = &found.differences[0];
    assert_eq!((one.kind, one.check, one.household), (DifferenceKind::Cause, id(101), id(1)));
    assert_eq!((one.registered.as_str(), one.found.as_str()), ("illness", "disaster"));
    // A day before anything was approved: the register knows none of them.
    let answers =
        [("event_date", "2023-11-01"), ("visit_outcome", "completed"), ("household_attribute", "wubao")];
    filed(&world, &mut phone, (CHECK, EAST, Some(id(2))), id(102), &answers);
    world.approve(id(102));
    assert_eq!(compared(&of_sample).compared, 2, "before the sample was drawn");
    let everything = CheckedFilter { sample: None, ..of_sample.clone() };
    let found = compared(&everything);
    assert_eq!((found.compared, found.not_in_register, found.by_kind["poor_unregistered"]), (3, 1, 1));
    // The register is corrected days later: the check still differs from what stood on its day.
    let later_ms = 1_700_000_000_000 + 5 * 86_400_000;
    correct(&world, id(1), later_ms);
    assert_eq!(compared(&of_sample).differences, std::slice::from_ref(one));
}

/// The cause of a household becomes what was found, approved at another time.
fn correct<S: Subject>(world: &World<S>, record: RecordId, at_ms: i64) {
    use crate::review::rule::Decision;
    let heads = world.view(record).heads;
    let puts = vec![(
        doorstep_records::Key::parse("cause_main").unwrap(),
        doorstep_records::Value::Text("disaster".into()),
    )];
    let edit = OfficeEdit { record, heads, puts, reason: None, at_ms };
    world.store().record_edit(&world.supervisor(), &edit, &world.random).unwrap();
    world.settle();
    let review = crate::review::model::NewReview {
        id: world.object(),
        decision: Decision::Approve,
        heads: world.view(record).heads,
        note: None,
        comments: Vec::new(),
        waivers: Vec::new(),
        at_ms,
    };
    world.store().review_decide(&world.supervisor(), record, &review).unwrap();
    world.settle();
}

pub(crate) fn samples_exist_inside_their_scope_only<S: Subject>() {
    let (world, mut phone) = town::<S>();
    registered(&world, &mut phone, 0..24);
    let sample = draw(&world, &new("6", Strata::Village)).id;
    world.user("far", Role::Supervisor, &[WEST]);
    let (far, own, rows) = (world.scope("far"), world.scope("zhao"), world.log_rows());
    let store = world.store();
    let handout = Handout { to: vec!["wang".to_owned()], by_village: true, due: None, note: None };
    let filter = CheckedFilter { sample: Some(sample), area: None, check: CHECK.to_owned() };
    let answers = |scope: &Scope| -> Vec<Result<(), StoreError>> {
        let now = world.now();
        vec![
            store.sample_get(scope, sample).map(drop),
            store.sample_assign(scope, sample, &handout, &world.random, now).map(drop),
            store.sample_replace(scope, sample, id(0), "x", &world.random, now).map(drop),
            store.sample_discrepancies(scope, &filter).map(drop),
            store.sample_draw(scope, &new("1", Strata::None), &world.random, now).map(drop),
        ]
    };
    for answer in answers(&far) {
        assert_eq!(answer.unwrap_err().kind(), ProblemKind::NotFound);
    }
    for answer in answers(&own) {
        assert_eq!(answer.unwrap_err().kind(), ProblemKind::NotAllowed, "an enumerator draws nothing");
    }
    assert!(store.sample_list(&far).unwrap().is_empty());
    assert_eq!(world.log_rows(), rows, "nothing was written");
    let west = NewSample { area: WEST.to_owned(), ..new("4", Strata::None) };
    let drawn = store.sample_draw(&far, &west, &world.random, world.now()).unwrap();
    assert_eq!((drawn.base, store.sample_list(&far).unwrap().len()), (4, 1), "their own village");
    assert_eq!(store.sample_list(&world.supervisor()).unwrap().len(), 2);
    let (_, households) = store.sample_get(&far, drawn.id).unwrap();
    let gone = in_state(&households, UnitState::Drawn)[0];
    store.area_apply(&operator(), gone, EAST, world.now()).unwrap();
    world.settle();
    let (_, households) = store.sample_get(&far, drawn.id).unwrap();
    let unit = households.iter().find(|unit| unit.record == gone).unwrap();
    assert!(unit.label.is_empty() && unit.area.is_empty(), "of what moved away nothing more is told");
}
