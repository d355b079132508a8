//! Two registrations of one household.

use super::world::*;
use crate::duplicates::model::PairState;
use crate::review::rule::{Decision, Refusal};
use crate::review::state::RecordState;
use crate::store::duplicates::Duplicates;
use crate::store::reviews::Decided;
use doorstep_protocol::ProblemKind;
use doorstep_records::{RecordId, Value};

const ID: &str = "999999198001010017";

/// The same household on two phones, both approved.
fn twice(world: &World) -> (RecordId, RecordId) {
    let one = world.household(1, "张三", ID);
    let two = world.household(2, "张三", "999999 19800101 0017");
    world.edit(2, two, &[("land", Value::Int(7))]);
    for (phone, record) in [(1, one), (2, two)] {
        world.submit(phone, record);
        world.approve(record);
    }
    (one, two)
}

fn merge(world: &World, one: RecordId, other: RecordId) -> RecordId {
    let canonical = world.store.duplicate_merge(&supervisor(), one, other, world.now()).unwrap();
    world.settle();
    canonical
}

#[test]
fn the_same_number_in_two_households_is_listed_and_nothing_else_is() {
    let world = World::new();
    let (one, two) = twice(&world);
    let namesake = world.household(3, "张三", "999999198001010025");
    let draft = world.household(4, "张三", ID);
    world.submit(3, namesake);
    world.settle();
    let pairs = world.store.duplicate_list(&supervisor(), PairState::Open, 10).unwrap();
    assert_eq!(pairs.len(), 1, "neither the same name nor a draft is a match: {pairs:?}");
    assert_eq!((pairs[0].a, pairs[0].b), (one, two));
    assert_eq!(pairs[0].shared, [(member(1), member(2))]);
    assert_eq!(world.flags(one), [format!("duplicate_suspect {two} certain")]);
    assert_eq!(world.flags(two), [format!("duplicate_suspect {one} certain")]);
    assert!(world.flags(draft).is_empty());
    assert_eq!(world.rows(HOUSEHOLD).len(), 2, "nothing is merged by itself");
}

#[test]
fn a_corrected_number_is_no_match_any_more() {
    let world = World::new();
    let (one, two) = twice(&world);
    let path = format!("{}/id_no", member(2));
    world.edit(2, two, &[(&path, text("999999198001010025"))]);
    world.settle();
    assert!(world.store.duplicate_list(&supervisor(), PairState::Open, 10).unwrap().is_empty());
    assert!(world.flags(one).is_empty());
    assert_eq!(world.flags(two), ["edited_since_approval 1"]);
}

#[test]
fn merged_is_one_household_one_row_each_person_once() {
    let world = World::new();
    let (one, two) = twice(&world);
    assert_eq!(merge(&world, two, one), one, "the older stays");
    let rows = world.rows(HOUSEHOLD);
    assert_eq!(rows.len(), 1);
    let answers = rows[0].answers().unwrap();
    assert_eq!((rows[0].record, &answers["land"], &answers["persons"]), (one, &7.into(), &1.into()));
    assert_eq!(world.view(two).line.alias_of, Some(one));
    assert_eq!(world.view(one).merged, [two]);
    assert!(world.flags(two).is_empty());
    let differs = format!("duplicate_differs {}/id_no \"999999 19800101 0017\"", member(1));
    assert_eq!(world.flags(one), [differs]);
    assert_eq!(merge(&world, one, two), one, "said again, the same");
    let before = world.dump();
    world.rebuild();
    assert_eq!((world.dump(), world.flags(one).len()), (before, 1));
}

#[test]
fn later_edits_of_the_other_name_count_for_the_household() {
    let world = World::new();
    let (one, two) = twice(&world);
    merge(&world, one, two);
    world.edit(2, two, &[("phone", text("139"))]);
    world.submit(2, two);
    world.settle();
    let heads = world.view(two).heads;
    let decided = world.decide(&supervisor(), two, Decision::Approve, &heads, Vec::new());
    assert!(matches!(decided, Decided::Taken(_)), "{decided:?}");
    world.settle();
    let rows = world.rows(HOUSEHOLD);
    assert_eq!((rows.len(), rows[0].answers().unwrap()["phone"].clone()), (1, "139".into()));
    assert_eq!(world.state(two), RecordState::Approved);
    let before = world.dump();
    world.rebuild();
    assert_eq!(world.dump(), before);
}

#[test]
fn a_check_of_either_name_is_about_the_household() {
    let world = World::new();
    let (one, two) = twice(&world);
    let checks: Vec<RecordId> = [(1, one), (2, two)]
        .map(|(phone, subject)| {
            let check = world.begin(phone, CHECK, EAST, Some(subject));
            world.edit(phone, check, &[("round", text("1"))]);
            world.submit(phone, check);
            world.settle();
            check
        })
        .into();
    assert!(world.flags(checks[0]).is_empty(), "two households, one check each");
    merge(&world, one, two);
    let subjects: Vec<_> = world.rows(CHECK).iter().map(|row| row.subject).collect();
    assert_eq!(subjects, [Some(one), Some(one)]);
    let told: Vec<_> =
        world.rows(CHECK).iter().map(|row| row.answers().unwrap()["_subject"].clone()).collect();
    assert_eq!(told, [one.to_string(), one.to_string()]);
    assert_eq!(
        world.flags(checks[0]),
        [format!("duplicate_suspect {} certain", checks[1])],
        "one round twice"
    );
    let before = world.dump();
    world.rebuild();
    assert_eq!(world.dump(), before);
}

#[test]
fn merging_what_was_merged_into_moves_every_name() {
    let world = World::new();
    let (one, two) = twice(&world);
    let three = world.household(3, "张三", ID);
    world.submit(3, three);
    world.approve(three);
    merge(&world, two, three);
    assert_eq!(merge(&world, one, two), one);
    assert_eq!((world.view(two).line.alias_of, world.view(three).line.alias_of), (Some(one), Some(one)));
    assert_eq!(world.rows(HOUSEHOLD).len(), 1);
    let error = world.store.duplicate_merge(&supervisor(), two, three, world.now()).unwrap_err();
    assert_eq!(error.kind(), ProblemKind::WrongState);
}

#[test]
fn dismissed_is_not_asked_again_not_even_after_a_rebuild() {
    let world = World::new();
    let (one, two) = twice(&world);
    world.store.duplicate_dismiss(&supervisor(), one, two, world.now()).unwrap();
    world.settle();
    let open = || world.store.duplicate_list(&supervisor(), PairState::Open, 10).unwrap().len();
    assert_eq!((open(), world.flags(one).len(), world.rows(HOUSEHOLD).len()), (0, 0, 2));
    world.rebuild();
    assert_eq!((open(), world.flags(one).len(), world.rows(HOUSEHOLD).len()), (0, 0, 2));
}

#[test]
fn what_is_merged_away_may_still_be_approved_and_never_merged_with_itself() {
    let world = World::new();
    let (one, two) = twice(&world);
    let error = world.store.duplicate_merge(&supervisor(), one, one, world.now()).unwrap_err();
    assert_eq!(error.kind(), ProblemKind::WrongState);
    merge(&world, one, two);
    let heads = world.heads(two);
    assert_eq!(
        world.refusal(two, &heads),
        Refusal::WrongState(RecordState::Approved),
        "nothing new to approve"
    );
}

// Pairing everybody with everybody would fail here: half a million pairs for a thousand stop-gap numbers.
#[test]
fn a_stop_gap_number_in_every_household_does_not_explode() {
    let world = World::new();
    for phone in 1..=40 {
        let record = world.household(phone, "户", "12345678");
        world.submit(phone, record);
    }
    world.settle();
    let pairs = world.store.duplicate_list(&supervisor(), PairState::Open, 500).unwrap().len();
    assert!((39..=16 * 40).contains(&pairs), "{pairs}");
}
