//! Reconciling in batches.

use doorstep_records::RecordId;

use crate::accounts::role::Role;
use crate::duplicates::model::PairState;
use crate::review::model::{RecordFilter, RecordLine};
use crate::review::rule::Decision;
use crate::store::conformance::world::{member, operator};
use crate::store::conformance::{EAST, Subject, World};
use crate::store::dataset::Datasets;
use crate::store::duplicates::Duplicates;
use crate::store::operations::Operations;
use crate::store::records::Records;

/// Households of the story: more than are written in one transaction, twice over.
const MANY: u8 = 230;

/// Households with errors, with the number of an earlier one, approved, merged into an earlier one, and edited while they wait.
fn story<S: Subject>(limit: usize) -> World<S> {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let mut phone = world.phone("li");
    let mut records: Vec<RecordId> = Vec::new();
    for number in 0..MANY {
        let (name, id) = (format!("测试{number}"), format!("1101011949123100{:02}", number % 90));
        let (id_path, land) = (member(1), i64::from(number) - 3);
        let mut answers = vec![("name", name.as_str()), (id_path.as_str(), id.as_str())];
        answers.truncate(1 + usize::from(number % 3 > 0));
        let (record, mut items) = phone.begin(&world, EAST, &answers);
        items.push(phone.write(&world, record, &[("land", land)]));
        items.push(phone.submit(&world, record));
        phone.deliver(&world, items);
        records.push(record);
    }
    world.aside(|| world.settle_by(limit));
    for record in records.iter().skip(1).step_by(11) {
        let heads = world.view(*record).heads;
        world.decide(&world.supervisor(), *record, Decision::Approve, &heads, &[]);
    }
    for at in [5, 120, 229] {
        world.store().duplicate_merge(&operator(), records[at], records[at - 4], world.now()).unwrap();
        phone.edit(&world, records[at - 1], &[("land", 1_000_i64)]);
    }
    for record in records.iter().step_by(7) {
        phone.complete(&world, *record);
    }
    world.aside(|| world.settle_by(limit));
    world
}

pub(crate) fn many_at_once_come_to_the_same_as_one_by_one<S: Subject>() {
    let seen = |world: &World<S>| -> (Vec<RecordLine>, usize, Vec<u8>) {
        let filter = RecordFilter::default();
        let lines = world.store().record_list(&operator(), &filter, None, 500).unwrap().records;
        let pairs = world.store().duplicate_list(&operator(), PairState::Open, 500).unwrap().len();
        let mut rows = Vec::new();
        let mut dump = |line: &[u8]| {
            rows.extend_from_slice(line);
            Ok(())
        };
        world.store().dataset_dump(&mut dump).unwrap();
        (lines, pairs, rows)
    };
    let (single, many) = (story::<S>(1), story::<S>(1_000));
    let (one, other) = (seen(&single), seen(&many));
    assert!(one.0.len() > 200 && one.1 > 0 && !one.2.is_empty(), "{} {}", one.0.len(), one.1);
    assert_eq!(one, other);
    assert_eq!(many.store().health().unwrap().dirty, 0);
}
