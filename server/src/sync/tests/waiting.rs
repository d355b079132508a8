//! Changes that come before what they build on: kept, released in causal order, told when they are released.

use doorstep_protocol::push::{EnvelopeResult, ItemVerdict};
use doorstep_protocol::{Item, SignedEnvelope};
use doorstep_records::RecordId;
use proptest::prelude::*;

use super::world::{EAST, Phone, World, quarantined};
use crate::accounts::role::Role;

fn world() -> (World, Phone) {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let phone = world.phone("li");
    (world, phone)
}

fn is_waiting(verdict: &ItemVerdict) -> bool {
    matches!(verdict, ItemVerdict::Waiting { .. })
}

/// A record begun, written three times and submitted, each in an envelope of its own.
fn story(world: &World, phone: &mut Phone) -> (RecordId, Vec<SignedEnvelope>) {
    let (record, mut items) = phone.begin(world, EAST, &[("name", "a")]);
    for value in ["1", "2"] {
        items.push(phone.write(world, record, &[("land", value)]));
    }
    items.push(phone.submit(world, record));
    let envelopes = items.into_iter().map(|item| phone.seal(world, vec![item])).collect();
    (record, envelopes)
}

#[test]
fn what_comes_backwards_waits_and_is_released_by_the_beginning() {
    let (world, mut phone) = world();
    let (record, envelopes) = story(&world, &mut phone);
    for envelope in envelopes.iter().skip(1).rev() {
        assert!(is_waiting(&world.push(&phone, envelope)[0]));
    }
    assert_eq!((world.count("waiting"), world.count("record")), (4, 0));
    assert_eq!(world.push(&phone, &envelopes[0]), [ItemVerdict::Accepted]);
    assert_eq!((world.count("waiting"), world.count("submission")), (0, 1));
    assert_eq!(world.answers(record), phone.answers(record));
    for envelope in &envelopes {
        assert_eq!(
            world.push(&phone, envelope),
            [ItemVerdict::Accepted],
            "a replay gives the current verdict"
        );
    }
}

#[test]
fn the_missing_predecessor_is_named_and_the_release_takes_its_place_in_the_feed() {
    let (world, mut phone) = world();
    let (record, items) = phone.begin(&world, EAST, &[("name", "a")]);
    let first = phone.seal(&world, items);
    world.push(&phone, &first);
    let missing = phone.write(&world, record, &[("land", "1")]);
    let needed = phone.heads(record);
    let late = phone.write(&world, record, &[("land", "2")]);
    let late = phone.seal(&world, vec![late]);
    let verdict = world.push(&phone, &late);
    assert_eq!(verdict, [ItemVerdict::Waiting { missing: needed.iter().copied().collect() }]);
    let mut twin = world.phone("li");
    world.pull(&mut twin, 48_000);
    let before = twin.answers(record);
    let missing = phone.seal(&world, vec![missing]);
    // Both in one push: the earlier envelope's verdict is already the later one.
    let response = world.send(&phone, &[late, missing]);
    assert!(response.results.iter().all(|result| matches!(
        result,
        EnvelopeResult::Recorded { items, .. } if items == &[ItemVerdict::Accepted]
    )));
    world.pull(&mut twin, 48_000);
    assert_ne!(before, twin.answers(record));
    assert_eq!(twin.answers(record), phone.answers(record));
}

#[test]
fn what_waits_for_a_refused_beginning_is_refused_with_it() {
    let (world, mut phone) = world();
    let (_, mut items) = phone.begin(&world, EAST, &[("name", "a")]);
    let change = items.remove(1);
    let waiting = phone.seal(&world, vec![change]);
    assert!(is_waiting(&world.push(&phone, &waiting)[0]));
    if let Item::Create { area, .. } = &mut items[0] {
        "991102".clone_into(area);
    }
    let begin = phone.seal(&world, items);
    assert_eq!(world.push(&phone, &begin), [quarantined("outside_area")]);
    assert_eq!(world.push(&phone, &waiting), [quarantined("outside_area")]);
    assert_eq!(world.count("waiting"), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any order and any doubling of the same envelopes, in pushes of any size, come to the same.
    #[test]
    fn order_and_doubling_change_nothing(
        order in Just((0..10_usize).chain(0..10).collect::<Vec<_>>()).prop_shuffle(),
        size in 1..5_usize,
    ) {
        let (world, mut phone) = world();
        let (one, mut envelopes) = story(&world, &mut phone);
        let (two, more) = story(&world, &mut phone);
        envelopes.extend(more);
        let places: Vec<usize> = order.into_iter().filter(|place| *place < envelopes.len()).collect();
        for push in places.chunks(size) {
            let push: Vec<SignedEnvelope> = push.iter().map(|place| envelopes[*place].clone()).collect();
            world.send(&phone, &push);
        }
        for record in [one, two] {
            prop_assert_eq!(world.answers(record), phone.answers(record));
            prop_assert_eq!(world.document(record).heads(), phone.heads(record));
        }
        prop_assert_eq!((world.count("waiting"), world.count("quarantine"), world.count("submission")), (0, 0, 2));
        let mut reader = world.phone("li");
        world.pull(&mut reader, 48_000);
        for record in [one, two] {
            prop_assert_eq!(reader.answers(record), phone.answers(record));
        }
    }
}
