//! Areas over time: renamed, merged, divided; what lay in them lies where it belongs, and an older register shows it where
//! it lay.

use doorstep_protocol::push::ItemVerdict;
use doorstep_records::RecordId;

use crate::accounts::role::Role;
use crate::areas::Succession;
use crate::reconcile::flag::FlagKind;
use crate::review::model::RecordFilter;
use crate::store::areas::Areas;
use crate::store::conformance::world::{AREAS, operator};
use crate::store::conformance::{EAST, PAGE, Phone, Subject, WEST, World};
use crate::store::dataset::Datasets;
use crate::store::operations::Operations;
use crate::store::records::Records;
use crate::store::reports::Reports;
use crate::store::reviews::Reviews;

const ON: &str = "2024-01-01";

fn succession(from: &str, to: &str) -> Succession {
    Succession { from: from.to_owned(), to: to.to_owned() }
}

fn succeed<S: Subject>(world: &World<S>, successions: &[Succession]) -> u64 {
    world.store().areas_succeed(&operator(), successions, ON, world.now()).unwrap().unwrap()
}

/// Where the dataset has a record, at an instant or now.
fn place<S: Subject>(world: &World<S>, record: RecordId, as_of_ms: Option<i64>) -> String {
    world.store().dataset_get(&operator().as_of(as_of_ms), record).unwrap().area
}

fn flagged<S: Subject>(world: &World<S>, flag: FlagKind) -> Vec<RecordId> {
    let filter = RecordFilter { flag: Some(flag), ..RecordFilter::default() };
    let page = world.store().record_list(&operator(), &filter, None, 10).unwrap();
    page.records.into_iter().map(|line| line.record).collect()
}

/// Somebody of the east, and somebody of the west.
fn county<S: Subject>() -> (World<S>, Phone, Phone) {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    world.user("wang", Role::Enumerator, &[WEST]);
    let (east, west) = (world.phone("li"), world.phone("wang"));
    (world, east, west)
}

fn rebuilt_alike<S: Subject>(world: &World<S>) {
    world.settle();
    let before = world.store().dataset_digest().unwrap();
    world.store().rebuild().unwrap();
    world.settle();
    assert_eq!(world.store().dataset_digest().unwrap(), before);
}

pub(crate) fn a_name_is_that_of_its_day<S: Subject>() {
    let world = World::<S>::new();
    let before = world.now();
    world
        .store()
        .areas_import(&operator(), AREAS.replace("东村", "东新村").as_bytes(), world.now())
        .unwrap()
        .unwrap();
    let between = world.now();
    world
        .store()
        .areas_import(&operator(), AREAS.replace("东村", "东风村").as_bytes(), world.now())
        .unwrap()
        .unwrap();
    for (at, name) in [(Some(before), "东村"), (Some(between), "东新村"), (None, "东风村")] {
        let scope = operator().as_of(at);
        let areas = world.store().area_list(&scope).unwrap();
        assert_eq!(areas.iter().find(|area| area.code == EAST).unwrap().name_zh, name);
        assert_eq!(world.store().report_places(&scope).unwrap().name(EAST).unwrap().zh, name);
    }
}

pub(crate) fn what_lay_in_a_merged_area_lies_in_its_successor<S: Subject>() {
    let (world, mut east, mut west) = county::<S>();
    let record = east.household(&world, EAST, "a");
    world.approve(record);
    let before = world.now();
    // A phone without network, of somebody who did not begin the record.
    world.user("zhao", Role::Enumerator, &[EAST]);
    let mut offline = world.phone("zhao");
    world.pull(&mut offline, PAGE);
    let unsent = offline.write(&world, record, &[("land", 4_i64)]);
    let (late, items) = offline.begin(&world, EAST, &[("name", "late")]);

    assert_eq!(succeed(&world, &[succession(EAST, WEST)]), 1);
    let rows = world.log_rows();
    assert_eq!((succeed(&world, &[succession(EAST, WEST)]), world.log_rows()), (0, rows), "once");
    world.settle();
    assert_eq!(
        (place(&world, record, None), place(&world, record, Some(before))),
        (WEST.into(), EAST.into())
    );
    let ended = world.store().area_list(&operator()).unwrap();
    let ended = ended.iter().find(|area| area.code == EAST).unwrap();
    assert_eq!(ended.valid_to.as_deref(), Some("2023-12-31"), "the day before");

    // It hears of it only after it has sent what it had.
    offline.deliver(&world, [vec![unsent], items].concat());
    let again = east.seal(&world, vec![crate::store::conformance::create(record, EAST)]);
    assert_eq!(world.push(&east, &again), [ItemVerdict::Duplicate], "the same beginning, sent once more");
    world.pull(&mut offline, PAGE);
    world.pull(&mut west, PAGE);
    assert!(!offline.holds(record) && !offline.holds(late) && west.holds(record));
    assert!(west.answers(record).contains("\"land\":{\"value\":4"), "{}", west.answers(record));
    let submission = offline_submission(&world, &mut offline, late);
    let envelope = offline.seal(&world, vec![submission]);
    assert_eq!(world.push(&offline, &envelope), [ItemVerdict::Accepted], "its own work");
    world.approve(late);
    assert_eq!(place(&world, late, None), WEST);
    assert_eq!(flagged(&world, FlagKind::AreaEnded), []);
    rebuilt_alike(&world);
}

/// What a phone says of a record that has left it meanwhile.
fn offline_submission<S: Subject>(
    world: &World<S>,
    phone: &mut Phone,
    record: RecordId,
) -> doorstep_protocol::Item {
    let heads = world.view(record).heads;
    doorstep_protocol::Item::Submission {
        id: world.object(),
        record,
        heads,
        form_version: 1,
        at_ms: world.now() + i64::try_from(phone.number).unwrap(),
        note: None,
    }
}

pub(crate) fn what_lay_in_a_divided_area_waits_for_a_person<S: Subject>() {
    let (world, mut east, _) = county::<S>();
    let record = east.household(&world, EAST, "a");
    world.approve(record);
    let more =
        format!("{AREAS}991103,9911,village,南村\n991104,9911,village,北村\n991105,9911,village,新南村\n");
    world.store().areas_import(&operator(), more.as_bytes(), world.now()).unwrap().unwrap();
    assert_eq!(succeed(&world, &[succession(EAST, "991103"), succession(EAST, "991104")]), 0);
    let begun = east.household(&world, EAST, "begun since");
    world.settle();
    assert_eq!(place(&world, record, None), EAST, "only a person knows on which side");
    assert_eq!(flagged(&world, FlagKind::AreaEnded), [record, begun]);
    for (record, area) in [(record, "991103"), (begun, "991104")] {
        world.store().area_apply(&world.supervisor(), record, area, world.now()).unwrap();
    }
    world.settle();
    assert_eq!(
        (place(&world, record, None), flagged(&world, FlagKind::AreaEnded)),
        ("991103".into(), vec![])
    );
    // Areas follow one another.
    assert_eq!(succeed(&world, &[succession("991103", "991105")]), 1);
    world.settle();
    assert_eq!(place(&world, record, None), "991105");
    rebuilt_alike(&world);
}

pub(crate) fn areas_end_once_and_only_in_reach<S: Subject>() {
    let world = World::<S>::new();
    world.user("admin", Role::Admin, &[EAST]);
    let admin = world.scope("admin");
    let operator = operator();
    let refused = |scope, from, to, on: &str| {
        let rows = world.log_rows();
        let faults = world.store().areas_succeed(scope, &[succession(from, to)], on, world.now()).unwrap();
        assert_eq!(world.log_rows(), rows);
        faults.unwrap_err().remove(0).said.en
    };
    let far = refused(&admin, EAST, WEST, ON);
    assert_eq!(far.replace(WEST, "x"), refused(&admin, EAST, "991199", ON).replace("991199", "x"));
    refused(&operator, EAST, EAST, ON);
    refused(&operator, EAST, WEST, "2024-02-30");
    succeed(&world, &[succession(EAST, WEST)]);
    assert!(refused(&operator, EAST, "9911", ON).contains("ended already"));
    refused(&operator, WEST, EAST, ON);
}
