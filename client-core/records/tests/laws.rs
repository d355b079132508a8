//! Laws over generated histories: several phones edit, sometimes meet, and in the end nothing depends on who
//! met whom in which order, and nothing that was ever written is gone.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;

use doorstep_records::gate::{Admission, Admitted, ChangeFacts, inspect};
use doorstep_records::{Heads, Key, Record, Value, canonical_json};
use proptest::prelude::*;
use support::{actor, copy, dk, key, merge, note, text};

const PHONES: usize = 3;

#[derive(Debug, Clone)]
enum Step {
    /// A phone writes some answers.
    Write { phone: usize, puts: Vec<(usize, u8)> },
    /// A phone writes as if it had seen only the `back`-th last state it was in.
    WriteAt { phone: usize, back: usize, puts: Vec<(usize, u8)> },
    /// A phone takes over what another has.
    Meet { into: usize, from: usize },
}

const KEYS: [&str; 8] = [
    "land",
    "income",
    "causes/illness",
    "members/r1/name",
    "members/r1/_deleted",
    "members/r2/name",
    "members/r2/_deleted",
    "members/r2/_order",
];

fn value(n: u8) -> Value {
    match n % 6 {
        0 => Value::Bool(true),
        1 => Value::Bool(false),
        2 => Value::Null,
        3 => dk(),
        4 => Value::Int(i64::from(n)),
        _ => text(&format!("户{n}")),
    }
}

fn step() -> impl Strategy<Value = Step> {
    let puts = || proptest::collection::vec((0..KEYS.len(), 0u8..12), 1..9);
    prop_oneof![
        5 => (0..PHONES, puts()).prop_map(|(phone, puts)| Step::Write { phone, puts }),
        1 => (0..PHONES, 0usize..4, puts()).prop_map(|(phone, back, puts)| Step::WriteAt { phone, back, puts }),
        2 => (0..PHONES, 0..PHONES).prop_map(|(into, from)| Step::Meet { into, from }),
    ]
}

/// What the phones hold in the end, and every value any of them wrote.
struct World {
    phones: Vec<Record>,
    written: Vec<(Key, Value)>,
}

fn run(steps: &[Step]) -> World {
    let mut world = World { phones: (0..PHONES).map(|_| Record::new()).collect(), written: Vec::new() };
    let mut states: Vec<Vec<Heads>> = vec![vec![Heads::empty()]; PHONES];
    for (at, step) in steps.iter().enumerate() {
        let (phone, puts, heads) = match step {
            Step::Meet { into, from } => {
                let mut from = copy(&mut world.phones[*from]);
                merge(&mut world.phones[*into], &mut from);
                states[*into].push(world.phones[*into].heads());
                continue;
            }
            Step::Write { phone, puts } => (*phone, puts, None),
            Step::WriteAt { phone, back, puts } => {
                let known = &states[*phone];
                (*phone, puts, Some(known[known.len().saturating_sub(1 + back)].clone()))
            }
        };
        let puts: BTreeMap<Key, Value> = puts.iter().map(|(k, n)| (key(KEYS[*k]), value(*n))).collect();
        let puts: Vec<_> = puts.into_iter().collect();
        let (who, note) = (actor(phone as u8), note(at as i64));
        let record = &mut world.phones[phone];
        let before = record.heads();
        let done = match &heads {
            None => record.write(&who, &note, &puts),
            Some(heads) => record.write_at(&who, &note, heads, &puts),
        };
        if let Ok(change) = done {
            assert!(record.heads().contains(&change.hash));
            world.written.extend(inspect(&change.bytes).unwrap().puts().map(|(k, v)| (k.clone(), v.clone())));
            states[phone].push(record.heads());
        } else {
            assert_eq!(record.heads(), before);
        }
    }
    world
}

fn show(record: &mut Record) -> String {
    format!("{} {:?} {:?}", canonical_json(&record.answers()), record.conflicts(), record.heads())
}

/// The changes of a record as the gate reads them.
fn facts(record: &mut Record) -> Vec<ChangeFacts> {
    record.changes().iter().map(|change| inspect(&change.bytes).unwrap()).collect()
}

/// The records with these positions, merged one after the other.
fn union(phones: &mut [Record], order: &[usize]) -> Record {
    let mut whole = Record::new();
    for at in order {
        merge(&mut whole, &mut phones[*at]);
    }
    whole
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn merging_commutes_and_associates(steps in proptest::collection::vec(step(), 1..30)) {
        let mut phones = run(&steps).phones;
        let expected = show(&mut union(&mut phones, &[0, 1, 2]));
        for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            prop_assert_eq!(&show(&mut union(&mut phones, &order)), &expected);
        }
        let mut left = union(&mut phones, &[0, 1]);
        let mut right = union(&mut phones, &[1, 2]);
        merge(&mut left, &mut phones[2]);
        let mut outer = copy(&mut phones[0]);
        merge(&mut outer, &mut right);
        prop_assert_eq!(&show(&mut left), &expected);
        prop_assert_eq!(&show(&mut outer), &expected);
    }

    #[test]
    fn merging_twice_changes_nothing(steps in proptest::collection::vec(step(), 1..30)) {
        let mut phones = run(&steps).phones;
        let mut whole = union(&mut phones, &[0, 1, 2]);
        let (expected, saved) = (show(&mut whole), whole.save());
        for at in [0, 1, 2, 2, 1, 0] {
            merge(&mut whole, &mut phones[at]);
        }
        prop_assert_eq!(&show(&mut whole), &expected);
        prop_assert_eq!(whole.save(), saved);
        prop_assert_eq!(&show(&mut copy(&mut whole)), &expected, "saved and loaded");
    }

    #[test]
    fn changes_arrive_in_any_order(
        steps in proptest::collection::vec(step(), 1..30),
        seed in any::<prop::sample::Index>(),
    ) {
        let mut phones = run(&steps).phones;
        let mut whole = union(&mut phones, &[0, 1, 2]);
        let mut changes = facts(&mut whole);
        let turn = if changes.is_empty() { 0 } else { seed.index(changes.len()) };
        changes.rotate_left(turn);
        changes.reverse();
        // One by one, offering what waits again and again.
        let mut singly = Admission::load(None).unwrap();
        let mut waiting = changes.clone();
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain(|change| matches!(singly.admit(change).unwrap(), Admitted::Waiting { .. }));
            prop_assert!(waiting.len() < before, "nothing waits for ever");
        }
        // All at once.
        let mut at_once = Admission::load(None).unwrap();
        for verdict in at_once.admit_all(&changes) {
            prop_assert_eq!(verdict, Ok(Admitted::Applied));
        }
        let raw: Vec<_> = changes.iter().map(|change| change.raw.clone()).collect();
        let expected = show(&mut whole);
        prop_assert_eq!(&show(singly.record()), &expected);
        prop_assert_eq!(&show(at_once.record()), &expected);
        prop_assert_eq!(&show(&mut Record::load_with_changes(None, &raw).unwrap()), &expected);
    }

    #[test]
    fn every_value_ever_written_is_in_the_history(steps in proptest::collection::vec(step(), 1..30)) {
        let World { mut phones, written } = run(&steps);
        let mut whole = union(&mut phones, &[0, 1, 2]);
        let history = whole.history(None);
        let sorted = |mut all: Vec<(Key, Value)>| {
            all.sort();
            all
        };
        let kept = sorted(history.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect());
        prop_assert_eq!(kept, sorted(written));
        // What no later change has overwritten is what stands, and the other way round.
        for (key, answer) in whole.answers() {
            let mut standing: Vec<_> = history.iter().filter(|entry| entry.key == key && !entry.superseded).collect();
            standing.sort_by_key(|entry| (entry.at_ms, entry.hash));
            let standing: Vec<_> = standing.iter().map(|entry| (&entry.value, entry.hash, entry.actor)).collect();
            let shown: Vec<_> =
                answer.candidates.iter().map(|shown| (&shown.value, shown.hash, shown.actor)).collect();
            prop_assert_eq!(shown, standing);
        }
    }

    #[test]
    fn only_the_changes_that_are_missing_are_sent(steps in proptest::collection::vec(step(), 1..30)) {
        let mut phones = run(&steps).phones;
        let mut whole = union(&mut phones, &[0, 1, 2]);
        let expected = show(&mut whole);
        for phone in &mut phones {
            let have = phone.heads();
            let now = whole.heads();
            let descends = whole.descends(&now, &have);
            prop_assert!(descends);
            let missing = whole.changes_since(&have).unwrap();
            prop_assert_eq!(missing.len() + phone.change_count(), whole.change_count());
            let raw: Vec<_> = missing.into_iter().map(|change| change.bytes).collect();
            let mut caught_up = Record::load_with_changes(Some(&phone.save()), &raw).unwrap();
            prop_assert_eq!(&show(&mut caught_up), &expected);
            prop_assert_eq!(&canonical_json(&whole.answers_at(&have).unwrap()), &canonical_json(&phone.answers()));
            prop_assert_eq!(whole.values_at(&have).unwrap(), phone.values());
        }
    }
}
