//! What envelopes are answered, whenever and however often they come.

use doorstep_protocol::push::{EnvelopeResult, ItemVerdict};
use doorstep_protocol::{Envelope, EnvelopeId, Item, ProblemKind, SignedEnvelope};
use doorstep_records::{Record, RecordId};
use serde_bytes::ByteBuf;

use crate::accounts::role::Role;
use crate::store::conformance::world::operator;
use crate::store::conformance::{EAST, PAGE, Phone, Subject, WEST, World, quarantined, write};
use crate::store::records::{At, Records};

fn world<S: Subject>() -> (World<S>, Phone) {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let phone = world.phone("li");
    (world, phone)
}

fn is_waiting(verdicts: &[ItemVerdict]) -> bool {
    verdicts.iter().all(|verdict| matches!(verdict, ItemVerdict::Waiting { .. }))
}

pub(crate) fn an_envelope_is_recorded_once<S: Subject>() {
    let (world, mut phone) = world::<S>();
    let (record, mut items) = phone.begin(&world, EAST, &[("name", "测试甲")]);
    items.push(phone.submit(&world, record));
    let envelope = phone.seal(&world, items.clone());
    assert_eq!(world.push(&phone, &envelope), vec![ItemVerdict::Accepted; 3]);
    assert_eq!(world.view(record).heads, phone.heads(record));
    let rows = world.log_rows();
    assert_eq!(world.push(&phone, &envelope), vec![ItemVerdict::Accepted; 3], "the answer was lost");
    let twice = world.send(&phone, &[envelope.clone(), envelope]);
    assert_eq!((twice.results[0].clone(), twice.watermark), (twice.results[1].clone(), 1));
    assert_eq!(world.log_rows(), rows);
    // The same content in an envelope of its own is known item by item.
    let again = phone.seal(&world, items);
    let response = world.send(&phone, &[again]);
    let EnvelopeResult::Recorded { items, .. } = &response.results[0] else { panic!("{response:?}") };
    assert_eq!((items.as_slice(), response.watermark), (vec![ItemVerdict::Duplicate; 3].as_slice(), 2));
    assert_eq!(world.view(record).submissions.len(), 1);
}

pub(crate) fn an_id_stands_for_one_content<S: Subject>() {
    let (world, mut phone) = world::<S>();
    let (record, items) = phone.begin(&world, EAST, &[("name", "a")]);
    let envelope = phone.seal(&world, items);
    world.push(&phone, &envelope);
    let rows = world.log_rows();
    let mut other: Envelope = envelope.peek().unwrap();
    other.items = vec![Item::Discard { record, undo: false, at_ms: 5 }];
    let other = SignedEnvelope::seal(&other, &phone.key).unwrap();
    assert_eq!(world.refused(&phone, &other), ProblemKind::EnvelopeIdReused);
    // Nor may another phone speak under it.
    let twin = world.phone("li");
    let foreign = Envelope { device: twin.id(), ..envelope.peek().unwrap() };
    let foreign = SignedEnvelope::seal(&foreign, &twin.key).unwrap();
    assert_eq!(world.refused(&twin, &foreign), ProblemKind::EnvelopeIdReused);
    let mut stolen: Envelope = envelope.peek().unwrap();
    stolen.id = EnvelopeId::mint(2, [3; 10]);
    let stolen = SignedEnvelope::seal(&stolen, &twin.key).unwrap();
    assert_eq!(world.refused(&phone, &stolen), ProblemKind::SignatureInvalid);
    assert_eq!(world.log_rows(), rows);
    assert!(!world.view(record).line.discarded);
}

pub(crate) fn what_cannot_be_applied_is_kept_apart_and_stops_no_neighbour<S: Subject>() {
    let (world, mut phone) = world::<S>();
    let record = phone.household(&world, EAST, "a");
    let before = phone.records.get_mut(&record).unwrap().0.save();
    let (actor, mut twin) = (phone.actor(record), Record::load(&before).unwrap());
    // A clone of the phone numbers its own changes alike; a change of which a bit flipped; a foreign village.
    let forked = write(&mut twin, &actor, 7, record, &[("name", "c")]);
    let good = phone.write(&world, record, &[("name", "b")]);
    let late = phone.write(&world, record, &[("land", 3_i64)]);
    let Item::Change { change, .. } = &late else { panic!("no change") };
    let mut bytes = change.to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 0x55;
    let noise = Item::Change { record, change: ByteBuf::from(bytes) };
    let (_, foreign) = phone.begin(&world, WEST, &[("name", "elsewhere")]);
    let first = phone.seal(&world, vec![good]);
    assert_eq!(world.push(&phone, &first), [ItemVerdict::Accepted]);
    let envelope = phone.seal(&world, [vec![forked, noise, late], foreign].concat());
    let verdicts = world.push(&phone, &envelope);
    assert_eq!(verdicts[0], quarantined("fork"));
    assert!(matches!(verdicts[1], ItemVerdict::Quarantined { .. }), "{verdicts:?}");
    assert_eq!(verdicts[2], ItemVerdict::Accepted);
    assert_eq!(verdicts[3..], vec![quarantined("outside_area"); 2]);
    assert_eq!(world.push(&phone, &envelope), verdicts);
    let view = world.view(record);
    assert_eq!(view.heads, phone.heads(record));
    assert_eq!((&view.answers["name"].value, &view.answers["land"].value), (&"b".into(), &3.into()));
}

pub(crate) fn what_comes_early_waits_and_is_released<S: Subject>() {
    let (world, mut phone) = world::<S>();
    let (record, mut items) = phone.begin(&world, EAST, &[("name", "a")]);
    let beginning = phone.seal(&world, items.drain(..1).collect());
    let first = phone.seal(&world, items);
    let needed = phone.heads(record);
    let second = phone.write(&world, record, &[("land", 1_i64)]);
    let second = phone.seal(&world, vec![second]);
    let submission = phone.submit(&world, record);
    let submission = phone.seal(&world, vec![submission]);
    let verdicts = world.push(&phone, &second);
    assert_eq!(verdicts, [ItemVerdict::Waiting { missing: needed.iter().copied().collect() }]);
    assert!(is_waiting(&world.push(&phone, &submission)) && is_waiting(&world.push(&phone, &first)));
    assert_eq!(
        world.store().record_get(&operator(), record, &At::Now).unwrap_err().kind(),
        ProblemKind::NotFound
    );
    let mut reader = world.phone("li");
    world.pull(&mut reader, PAGE);
    assert!(!reader.holds(record));
    assert_eq!(world.push(&phone, &beginning), [ItemVerdict::Accepted]);
    for envelope in [&beginning, &first, &second, &submission] {
        assert_eq!(world.push(&phone, envelope), [ItemVerdict::Accepted], "the verdict of now");
    }
    world.pull(&mut reader, PAGE);
    assert_eq!((reader.answers(record), reader.state(record)), (phone.answers(record), "submitted"));
}

/// Two records that two phones began and corrected, an item an envelope; of both phones in the order they were made.
fn story<S: Subject>(world: &World<S>) -> (Vec<RecordId>, Vec<(Phone, Vec<SignedEnvelope>)>) {
    world.user("wang", Role::Enumerator, &[EAST]);
    let mut told = Vec::new();
    let mut records = Vec::new();
    for name in ["li", "wang"] {
        let mut phone = world.phone(name);
        let (record, mut items) = phone.begin(world, EAST, &[("name", name)]);
        for land in 1..=3_i64 {
            items.push(phone.write(world, record, &[("land", land)]));
        }
        items.push(phone.submit(world, record));
        items.push(phone.write(world, record, &[("phone", "139")]));
        records.push(record);
        let envelopes = items.into_iter().map(|item| phone.seal(world, vec![item])).collect();
        told.push((phone, envelopes));
    }
    (records, told)
}

/// What a world holds at the end: documents, lists and dataset as the office sees them, and as a new phone does.
fn outcome<S: Subject>(world: &World<S>, records: &[RecordId]) -> Vec<String> {
    world.settle();
    let mut reader = world.phone("li");
    world.pull(&mut reader, PAGE);
    let mut lines = Vec::new();
    for record in records {
        let view = world.view(*record);
        lines.push(format!("{} {:?} {:?}", view.heads, view.answers.keys(), view.line.state));
        lines.push(format!("{:?} {:?}", view.line.submitted_heads, view.flags));
        lines.push(format!(
            "{} {} {}",
            reader.heads(*record),
            reader.answers(*record),
            reader.state(*record)
        ));
        let history = world.store().record_history(&operator(), *record, None).unwrap();
        let mut history: Vec<String> = history.iter().map(|line| format!("{line:?}")).collect();
        history.sort();
        lines.extend(history);
    }
    lines
}

pub(crate) fn any_order_of_arrival_ends_in_the_same_documents<S: Subject>() {
    let arrive = |order: &dyn Fn(usize) -> Vec<usize>, size: usize| {
        let (world, _) = world::<S>();
        let (records, told) = story(&world);
        for (phone, envelopes) in &told {
            for places in order(envelopes.len()).chunks(size) {
                let push: Vec<_> = places.iter().map(|place| envelopes[*place].clone()).collect();
                world.send(phone, &push);
            }
            // Whatever was lost on the way is sent again.
            let verdicts = envelopes.iter().flat_map(|envelope| world.push(phone, envelope));
            assert!(verdicts.into_iter().all(|verdict| verdict == ItemVerdict::Accepted));
        }
        outcome(&world, &records)
    };
    let told = arrive(&|len| (0..len).collect(), 100);
    assert!(told.len() > 10, "{told:?}");
    assert_eq!(arrive(&|len| (0..len).rev().collect(), 1), told, "backwards");
    assert_eq!(arrive(&|len| (0..len).chain(0..len).collect(), 4), told, "twice");
    assert_eq!(
        arrive(&|len| (0..len).flat_map(|at| [at, at]).rev().collect(), 3),
        told,
        "doubled, backwards"
    );
    for step in [5, 7, 11] {
        let skip = move |len: usize| (0..len * 2).map(|at| at * step % (len + 1) % len).collect();
        assert_eq!(arrive(&skip, 2), told, "in steps of {step}");
    }
}
