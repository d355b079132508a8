//! Scopes that change, also in the middle of a walk: what a phone holds at the end is what its scope holds.

use std::collections::BTreeSet;

use doorstep_protocol::UserId;
use doorstep_protocol::pull::PageItem;
use doorstep_protocol::push::ItemVerdict;
use doorstep_records::RecordId;
use proptest::prelude::*;

use super::world::{EAST, Phone, TOWN, WEST, World};
use crate::accounts::role::Role;
use crate::log::{By, LogEntry};

const PAGE: u32 = 48_000;

struct Town {
    world: World,
    east: Vec<RecordId>,
    west: Vec<RecordId>,
    writer: Phone,
    user: UserId,
    reader: Phone,
}

/// Households in both villages, a writer who reaches both, and a reader who reaches `areas`.
fn town(areas: &[&str]) -> Town {
    let world = World::new();
    world.user("writer", Role::Enumerator, &[TOWN]);
    let mut writer = world.phone("writer");
    let long = "测".repeat(400);
    let east = (0..12).map(|n| writer.household(&world, EAST, &format!("{n}{long}"))).collect();
    let west = (0..12).map(|n| writer.household(&world, WEST, &format!("{n}{long}"))).collect();
    let user = world.user("reader", Role::Enumerator, areas);
    let reader = world.phone("reader");
    Town { world, east, west, writer, user, reader }
}

fn held(phone: &Phone) -> BTreeSet<RecordId> {
    phone.records.keys().copied().collect()
}

fn set(parts: &[&[RecordId]]) -> BTreeSet<RecordId> {
    parts.concat().into_iter().collect()
}

#[test]
fn gained_areas_are_filled_and_lost_ones_left() {
    let Town { world, east, west, user, mut reader, .. } = town(&[EAST]);
    world.pull(&mut reader, PAGE);
    assert_eq!(held(&reader), set(&[&east]));
    world.grant(user, Role::Enumerator, &[EAST, WEST]);
    let items = world.pull(&mut reader, PAGE);
    assert_eq!(held(&reader), set(&[&east, &west]));
    let snapshots = items.iter().filter(|item| matches!(item, PageItem::Snapshot { .. })).count();
    assert_eq!(snapshots, west.len(), "what it had is not sent again");
    world.grant(user, Role::Enumerator, &[WEST]);
    world.pull(&mut reader, PAGE);
    assert_eq!(held(&reader), set(&[&west]));
    world.grant(user, Role::Enumerator, &[]);
    world.pull(&mut reader, PAGE);
    assert_eq!(held(&reader), set(&[]));
}

#[test]
fn edits_that_come_during_the_walk_are_not_missed() {
    let Town { world, east, west, mut writer, user, mut reader } = town(&[EAST]);
    world.pull(&mut reader, PAGE);
    world.grant(user, Role::Enumerator, &[EAST, WEST]);
    for (at, record) in east.iter().chain(&west).enumerate() {
        let edit = writer.write(&world, *record, &[("land", &at.to_string())]);
        let envelope = writer.seal(&world, vec![edit]);
        assert_eq!(world.push(&writer, &envelope), [ItemVerdict::Accepted]);
        world.pull_page(&mut reader, 1).unwrap();
    }
    world.pull(&mut reader, 1);
    for record in east.iter().chain(&west) {
        assert_eq!(reader.answers(*record), writer.answers(*record));
    }
}

#[test]
fn an_area_lost_and_regained_within_one_walk_is_whole_again() {
    let Town { world, east, west, mut writer, user, mut reader } = town(&[EAST]);
    world.pull(&mut reader, PAGE);
    world.grant(user, Role::Enumerator, &[WEST]);
    // Some of the east is taken away, some of the west is there...
    world.pull_page(&mut reader, 1).unwrap();
    assert!(held(&reader) != set(&[&east]));
    let edit = writer.write(&world, east[0], &[("land", "7")]);
    let envelope = writer.seal(&world, vec![edit]);
    world.push(&writer, &envelope);
    // ...when the east comes back.
    world.grant(user, Role::Enumerator, &[EAST]);
    world.pull(&mut reader, 1);
    assert_eq!(held(&reader), set(&[&east]));
    assert_eq!(reader.answers(east[0]), writer.answers(east[0]));
    assert!(!west.is_empty());
}

#[test]
fn a_record_that_moved_away_before_the_scope_changed_is_taken_away_too() {
    let Town { world, east, west, user, mut reader, .. } = town(&[EAST]);
    world.pull(&mut reader, PAGE);
    let by = By { user: None, name: "admin".to_owned() };
    world.log(LogEntry::AreaApplied { record: east[3], area: TOWN.to_owned(), by });
    world.grant(user, Role::Enumerator, &[WEST]);
    world.pull(&mut reader, PAGE);
    assert_eq!(held(&reader), set(&[&west]));
}

#[test]
fn a_record_that_moves_leaves_one_village_and_enters_the_other() {
    let Town { world, east, mut reader, .. } = town(&[EAST]);
    world.user("west", Role::Enumerator, &[WEST]);
    let mut west_reader = world.phone("west");
    world.pull(&mut reader, PAGE);
    world.pull(&mut west_reader, PAGE);
    let by = By { user: None, name: "admin".to_owned() };
    world.log(LogEntry::AreaApplied { record: east[3], area: WEST.to_owned(), by: by.clone() });
    world.pull(&mut reader, PAGE);
    world.pull(&mut west_reader, PAGE);
    assert!(!held(&reader).contains(&east[3]) && held(&west_reader).contains(&east[3]));
    // There and back between two pulls: nothing is lost.
    world.log(LogEntry::AreaApplied { record: east[4], area: WEST.to_owned(), by: by.clone() });
    world.log(LogEntry::AreaApplied { record: east[4], area: EAST.to_owned(), by });
    world.pull(&mut reader, PAGE);
    world.pull(&mut west_reader, PAGE);
    assert!(held(&reader).contains(&east[4]) && !held(&west_reader).contains(&east[4]));
}

#[test]
fn a_supervisor_who_becomes_an_enumerator_loses_the_drafts_of_others() {
    let Town { world, east, west, mut writer, .. } = town(&[EAST]);
    let (draft, items) = writer.begin(&world, EAST, &[("name", "draft")]);
    let envelope = writer.seal(&world, items);
    world.push(&writer, &envelope);
    let user = world.user("zhao", Role::Supervisor, &[TOWN]);
    let mut phone = world.phone("zhao");
    world.pull(&mut phone, PAGE);
    assert_eq!(held(&phone), set(&[&east, &west, &[draft]]));
    world.grant(user, Role::Enumerator, &[TOWN]);
    world.pull(&mut phone, PAGE);
    assert_eq!(held(&phone), set(&[&east, &west]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever scopes come and go between pages of a walk, and whatever is written meanwhile: at the end the phone
    /// holds what its scope holds, as it stands.
    #[test]
    fn a_phone_ends_with_what_its_scope_holds(steps in prop::collection::vec((0..4_u8, 0..24_usize, 1..4_usize), 1..7)) {
        let Town { world, east, west, mut writer, user, mut reader } = town(&[EAST]);
        let all = [east.clone(), west.clone()].concat();
        let mut last = 1;
        for (areas, edited, pages) in steps {
            last = areas;
            let areas: &[&str] = match areas { 0 => &[], 1 => &[EAST], 2 => &[WEST], _ => &[TOWN] };
            world.grant(user, Role::Enumerator, areas);
            for _ in 0..pages {
                world.pull_page(&mut reader, 1).unwrap();
            }
            let edit = writer.write(&world, all[edited], &[("land", &world.now().to_string())]);
            let envelope = writer.seal(&world, vec![edit]);
            world.push(&writer, &envelope);
        }
        world.pull(&mut reader, 1);
        let expected = match last {
            0 => set(&[]),
            1 => set(&[&east]),
            2 => set(&[&west]),
            _ => set(&[&east, &west]),
        };
        prop_assert_eq!(held(&reader), expected.clone());
        for record in expected {
            prop_assert_eq!(reader.answers(record), writer.answers(record));
        }
    }
}
