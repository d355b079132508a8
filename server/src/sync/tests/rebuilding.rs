//! Rebuild: everything derived comes out of the log again, byte for byte.

use doorstep_protocol::Item;
use doorstep_records::RecordId;
use rusqlite::types::Value;

use super::world::{EAST, FORM, Phone, WEST, World, create};
use crate::accounts::role::Role;
use crate::log::{By, LogEntry};
use crate::store::conformance::world::package;
use crate::store::forms::Forms;
use crate::store::operations::Operations;
use crate::store::publishing::Publishing;
use crate::store::sqlite::DERIVED;
use crate::store::{SqliteStore, StoreError};

/// Every row of every derived table. `row_seq` is left out: where a phone stands in the list of changed lines is no
/// content, and its positions are never used again.
fn dump(store: &SqliteStore) -> Vec<String> {
    let table = |conn: &rusqlite::Connection, name: &str| -> Result<Vec<String>, StoreError> {
        let mut statement = conn.prepare(&format!("SELECT * FROM {name} ORDER BY 1, 2"))?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let rows = statement.query_map([], |row| {
            let mut line = name.to_owned();
            for (at, column) in columns.iter().enumerate() {
                if column != "row_seq" {
                    line += &format!(" {column}={:?}", row.get::<_, Value>(at)?);
                }
            }
            Ok(line)
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    store
        .read(|conn| {
            let mut lines = Vec::new();
            for name in DERIVED {
                lines.extend(table(conn, name)?);
            }
            Ok(lines)
        })
        .unwrap()
}

/// A register with everything in it: drafts, submissions, edits on two phones, waiting, quarantine, forks, discards.
fn lived(world: &World) -> Vec<Phone> {
    world.user("li", Role::Enumerator, &[EAST]);
    world.user("wang", Role::Enumerator, &[EAST, WEST]);
    let (mut li, mut wang) = (world.phone("li"), world.phone("wang"));
    let record = li.household(world, EAST, "a");
    world.pull(&mut wang, 48_000);
    for (phone, value) in [(&mut li, "1"), (&mut wang, "2")] {
        let edits = vec![
            phone.write(world, record, &[("land", value)]),
            phone.write(world, record, &[("name", value)]),
        ];
        let envelope = phone.seal(world, edits);
        world.push(phone, &envelope);
    }
    // Five changes of which the second comes last, with a bad one between them.
    let (late, mut items) = wang.begin(world, WEST, &[("name", "late")]);
    for value in ["1", "2", "3", "4"] {
        items.push(wang.write(world, late, &[("land", value)]));
    }
    let held_back = items.remove(2);
    let Item::Change { change, .. } = &items[2] else { panic!() };
    let mut bad = change.clone();
    bad[20] ^= 1;
    items.insert(2, Item::Change { record: late, change: bad });
    items.push(wang.submit(world, late));
    for part in [items, vec![held_back]] {
        let envelope = wang.seal(world, part);
        world.push(&wang, &envelope);
    }
    let (draft, mut items) = li.begin(world, EAST, &[("name", "draft")]);
    items.push(Item::Discard { record: draft, undo: false, at_ms: 3 });
    let (_, foreign) = li.begin(world, WEST, &[("name", "foreign")]);
    items.extend(foreign);
    let (_, early) = li.begin(world, EAST, &[("name", "never begun")]);
    items.extend(early.into_iter().skip(1));
    let envelope = li.seal(world, items);
    world.push(&li, &envelope);
    let by = By { user: None, name: "admin".to_owned() };
    world.log(LogEntry::AreaApplied { record, area: WEST.to_owned(), by });
    tried_and_closed(world, &mut li);
    vec![li, wang]
}

/// A test version with a record, replaced by another content for another phone; a version closed, published over, opened.
fn tried_and_closed(world: &World, li: &mut Phone) {
    let store = world.store();
    let (operator, far) = (store.operator_scope(), world.phone("wang").id());
    store.form_test(&operator, &package(2, "试"), &[li.id()], world.now()).unwrap();
    let (_, mut items) = li.begin(world, EAST, &[("name", "tried")]);
    if let Item::Create { form_version, test, .. } = &mut items[0] {
        (*form_version, *test) = (2, true);
    }
    li.deliver(world, items);
    store.form_test(&operator, &package(2, "再试"), &[far], world.now()).unwrap();
    store.form_open(&operator, FORM, 1, false, world.now()).unwrap();
    let late = RecordId::from_parts(1_900_000_000_000, world.random.bytes());
    li.deliver(world, vec![create(late, EAST)]);
    store.form_publish(&operator, &package(3, "农户"), world.now()).unwrap();
    store.form_open(&operator, FORM, 1, true, world.now()).unwrap();
}

#[test]
fn a_rebuild_makes_the_same_tables_again_and_phones_go_on_where_they_were() {
    let world = World::new();
    let mut phones = lived(&world);
    for phone in &mut phones {
        world.pull(phone, 48_000);
    }
    assert!(world.count("form_trial") == 1 && world.count("form_trial_device") == 2);
    assert!(world.count("waiting") == 1 && world.count("quarantine") >= 3 && world.count("released") >= 3);
    let before = dump(world.store());
    let rows = world.count("log");
    assert_eq!(world.store().rebuild().unwrap(), u64::try_from(rows).unwrap());
    let after = dump(world.store());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
    assert_eq!(before.len(), after.len());
    assert_eq!(world.store().log_verify().unwrap(), u64::try_from(rows).unwrap());
    for phone in &mut phones {
        assert!(world.pull(phone, 48_000).is_empty(), "the feed has its old positions");
    }
    let record = phones[1].household(&world, EAST, "after");
    assert_eq!(world.answers(record), phones[1].answers(record));
}

#[test]
fn a_log_that_was_touched_is_found() {
    let world = World::new();
    lived(&world);
    let touched = [
        "UPDATE log SET at_ms = at_ms + 1 WHERE seq = 3",
        "UPDATE log_payload SET bytes = x'00' WHERE seq = 4",
        "DELETE FROM log WHERE seq = 2",
        "UPDATE log SET kind = 'released' WHERE seq = 5",
    ];
    for sql in touched {
        let conn = world.database();
        conn.execute_batch("BEGIN").unwrap();
        conn.execute(sql, []).unwrap();
        assert!(crate::log::verify(&conn).is_err(), "{sql}");
        conn.execute_batch("ROLLBACK").unwrap();
    }
    assert!(world.store().log_verify().is_ok());
}
