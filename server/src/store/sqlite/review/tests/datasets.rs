//! The dataset and its rebuild.

use super::world::*;
use crate::review::rule::{Decision, WAIVE_DIFFERENT};
use crate::store::dataset::Datasets;
use crate::store::reviews::Decided;
use doorstep_records::{RecordId, Value};

#[test]
fn a_rebuild_gives_the_same_bytes() {
    let world = World::new();
    let mut records: Vec<RecordId> = Vec::new();
    for phone in 1..=6 {
        let record = world.household(phone, &format!("户{phone}"), &format!("99999919800101{phone:04}"));
        world.submit(phone, record);
        if phone != 3 {
            world.approve(record);
        }
        records.push(record);
    }
    // A dispute let stand, with an answer approved before it.
    let base = world.edit(1, records[0], &[("land", Value::Int(2))]);
    world.submit(1, records[0]);
    world.approve(records[0]);
    world.edit_at(1, records[0], &base, &[("land", Value::Int(3))]);
    world.edit_at(2, records[0], &base, &[("land", Value::Int(4))]);
    let heads = world.submit(1, records[0]);
    world.view(records[0]);
    let waivers = vec![waiver(WAIVE_DIFFERENT, "land")];
    let decided = world.decide(&supervisor(), records[0], Decision::Approve, &heads, waivers);
    assert!(matches!(decided, Decided::Taken(_)), "{decided:?}");
    // Approved and edited since; approved and taken back.
    world.edit(2, records[1], &[("land", Value::Int(5))]);
    let heads = world.view(records[3]).heads;
    world.decide(&supervisor(), records[3], Decision::NotAccept, &heads, Vec::new());
    world.settle();

    let (before, digest) = (world.dump(), world.store.dataset_digest().unwrap());
    assert_eq!((before.lines().count(), digest.1), (4, 4));
    assert!(before.contains(r#""land":2"#) && !before.contains(r#""land":5"#));
    let flags: Vec<_> = records.iter().map(|record| world.flags(*record)).collect();
    world.rebuild();
    assert_eq!(world.dump(), before);
    assert_eq!(world.store.dataset_digest().unwrap(), digest);
    assert_eq!(records.iter().map(|record| world.flags(*record)).collect::<Vec<_>>(), flags);
}

// Planted fault: one changed answer in one record must move the digest.
#[test]
fn the_digest_tells_one_changed_answer() {
    let digest = |land: i64| {
        let world = World::new();
        let record = world.household(1, "张三", "");
        world.edit(1, record, &[("land", Value::Int(land))]);
        world.submit(1, record);
        world.approve(record);
        world.store.dataset_digest().unwrap().0
    };
    assert_eq!(digest(3), digest(3));
    assert_ne!(digest(3), digest(4));
}

#[test]
fn the_dataset_is_paged_by_record() {
    let world = World::new();
    let records: Vec<RecordId> = (1..=3)
        .map(|phone| {
            let record = world.household(phone, "户", "");
            world.submit(phone, record);
            world.approve(record);
            record
        })
        .collect();
    let page = world.store.dataset_list(&supervisor(), HOUSEHOLD, None, 2).unwrap();
    assert_eq!((page.rows.len(), page.next, page.total), (2, Some(records[1]), 3));
    let page = world.store.dataset_list(&supervisor(), HOUSEHOLD, page.next, 2).unwrap();
    assert_eq!((page.rows[0].record, page.next), (records[2], None));
    assert_eq!(world.store.dataset_get(&supervisor(), records[0]).unwrap().area, EAST);
}
