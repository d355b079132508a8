//! The register as it stood: whatever happens later, a day in the past shows what it showed then.

use doorstep_protocol::Item;
use doorstep_records::{RecordId, Value};

use super::world::*;
use crate::dataset::model::DatasetRow;
use crate::log::{self, LogEntry};
use crate::review::rule::Decision;
use crate::source::{Entropy, NoEntropy};
use crate::store::dataset::Datasets;
use crate::store::duplicates::Duplicates;
use crate::store::reconciles::{Reconciled, Reconciles};
use crate::store::reviews::Reviews;
use crate::store::sqlite::DATABASE_FILE;
use crate::store::sqlite::review::data::past_dump;
use crate::store::{Scope, SqliteStore, StoreError};

const ID: &str = "999999198001010017";

/// Every row of both forms in a scope.
fn rows(store: &SqliteStore, scope: &Scope) -> Vec<DatasetRow> {
    let mut rows = Vec::new();
    for form in [HOUSEHOLD, CHECK] {
        let each = &mut |row| {
            rows.push(row);
            Ok(())
        };
        store.dataset_each(scope, form, each).unwrap();
    }
    rows
}

fn answers(rows: &[DatasetRow]) -> Vec<String> {
    rows.iter().map(|row| format!("{} {} {}", row.area, row.record == rows[0].record, row.json)).collect()
}

/// Every row that was superseded.
fn past(world: &World) -> Vec<String> {
    let mut bytes = Vec::new();
    let line = |line: &[u8]| {
        bytes.extend_from_slice(line);
        Ok::<(), StoreError>(())
    };
    world.store.read(|conn| past_dump(conn, line)).unwrap();
    String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
}

/// The time of the newest row of the log.
fn newest(world: &World) -> i64 {
    world.store.read(|conn| Ok(conn.query_row("SELECT max(at_ms) FROM log", [], |row| row.get(0))?)).unwrap()
}

/// Dice that give the same throws for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// Two households of one number and two others, with a check of the first; all approved.
fn village(world: &World) -> Vec<RecordId> {
    let mut records: Vec<RecordId> = [ID, ID, "999999198001010025", ""]
        .into_iter()
        .zip(1..)
        .map(|(id_no, phone)| {
            let record = world.household(phone, &format!("户{phone}"), id_no);
            world.submit(phone, record);
            world.approve(record);
            record
        })
        .collect();
    let check = world.begin(5, CHECK, EAST, Some(records[1]));
    world.edit(5, check, &[("round", text("1"))]);
    world.submit(5, check);
    world.settle();
    records.push(check);
    records
}

/// One thing that may happen to the register; what is refused has not happened.
fn happen(world: &World, records: &[RecordId], dice: &mut Dice) {
    let place = dice.below(4);
    let (phone, record) = (u8::try_from(place + 1).unwrap(), records[place]);
    match dice.below(8) {
        0 | 1 => {
            world.edit(phone, record, &[("land", Value::Int(world.now()))]);
            world.submit(phone, record);
            let heads = world.view(record).heads;
            world.decide(&supervisor(), record, Decision::Approve, &heads, Vec::new());
        }
        2 => drop(world.decide(
            &supervisor(),
            record,
            Decision::NotAccept,
            &world.view(record).heads,
            Vec::new(),
        )),
        3 => {
            drop(world.decide(&supervisor(), record, Decision::Reopen, &world.view(record).heads, Vec::new()))
        }
        4 => {
            let other = records[dice.below(4)];
            drop(world.store.duplicate_merge(&supervisor(), record, other, world.now()));
        }
        5 => {
            if world.view(record).line.alias_of.is_some() {
                world.log(LogEntry::Unmerged { alias: record, by: by("chen") });
            }
        }
        6 => {
            let area = if dice.below(2) == 0 { EAST } else { WEST };
            world.store.area_apply(&supervisor(), record, area, world.now()).unwrap();
        }
        _ => world.push(phone, vec![Item::Discard { record, undo: dice.below(2) == 0, at_ms: 1 }]),
    }
}

/// A second store that heard of the world only until an instant.
fn second(world: &World, until_ms: i64) -> (SqliteStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path(), &NoChance, 1).unwrap();
    let entries: Vec<(i64, LogEntry)> = world
        .store
        .read(|conn| {
            let mut statement = conn.prepare("SELECT seq, at_ms FROM log WHERE at_ms <= ?1 ORDER BY seq")?;
            let found = statement.query_map([until_ms], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let found: Vec<(i64, i64)> = found.collect::<Result<_, _>>()?;
            found.into_iter().map(|(seq, at_ms)| Ok((at_ms, log::payload(conn, seq)?))).collect()
        })
        .unwrap();
    for (at_ms, entry) in entries {
        store.write(move |tx| log::commit(tx, at_ms, &entry)).unwrap();
    }
    while store.reconcile_pending(100, until_ms, &NoChance).unwrap() != Reconciled::default() {}
    (store, folder)
}

struct NoChance;

impl Entropy for NoChance {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        bytes.fill(7);
        Ok(())
    }
}

/// Finds a dataset that is read as it is now whatever instant is asked for. (`Scope::as_of_ms` is not looked at.)
#[test]
fn any_day_shows_what_it_showed_then() {
    for seed in 0..24 {
        let world = World::new();
        let records = village(&world);
        let mut dice = Dice(seed);
        let mut seen = Vec::new();
        for _ in 0..16 {
            happen(&world, &records, &mut dice);
            world.settle();
            seen.push((newest(&world), rows(&world.store, &supervisor())));
        }
        let told = |at_ms: i64| rows(&world.store, &supervisor().as_of(Some(at_ms)));
        for (at_ms, then) in &seen {
            assert_eq!(told(*at_ms), *then, "seed {seed}, at {at_ms}");
        }
        assert_eq!(told(i64::MAX), rows(&world.store, &supervisor()), "seed {seed}: now is now");
        assert!(told(0).is_empty());
        let (at_ms, then) = &seen[dice.below(seen.len())];
        let (other, _folder) = second(&world, *at_ms);
        assert_eq!(rows(&other, &supervisor()), *then, "seed {seed}, a second store at {at_ms}");

        let (past, digest) = (past(&world), world.store.dataset_digest().unwrap());
        assert!(!past.is_empty(), "seed {seed}: nothing was ever superseded");
        world.rebuild();
        assert_eq!(self::past(&world), past, "seed {seed}: past rows after a rebuild");
        assert_eq!(world.store.dataset_digest().unwrap(), digest, "seed {seed}");
        for (at_ms, then) in &seen {
            assert_eq!(told(*at_ms), *then, "seed {seed}, at {at_ms}, after a rebuild");
        }
    }
}

#[test]
fn what_was_decided_between_two_looks_is_not_lost() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    world.submit(1, record);
    let heads = world.view(record).heads;
    world.decide(&supervisor(), record, Decision::Approve, &heads, Vec::new());
    let approved_ms = newest(&world);
    // Taken back before anything was reconciled: for that while it was in the register all the same.
    world.decide(&supervisor(), record, Decision::Reopen, &heads, Vec::new());
    world.settle();
    assert!(world.rows(HOUSEHOLD).is_empty());
    let then = rows(&world.store, &supervisor().as_of(Some(approved_ms)));
    assert_eq!(then.len(), 1, "{:?}", answers(&then));
    assert!(rows(&world.store, &supervisor().as_of(Some(approved_ms - 1))).is_empty());
}

#[test]
fn a_household_that_moved_stands_where_it_stood() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    world.submit(1, record);
    world.approve(record);
    let before = newest(&world);
    world.store.area_apply(&supervisor(), record, WEST, world.now()).unwrap();
    world.settle();
    let areas = |scope: &Scope| -> Vec<String> {
        rows(&world.store, scope).into_iter().map(|row| row.area).collect()
    };
    assert_eq!(
        (areas(&supervisor()), areas(&supervisor().as_of(Some(before)))),
        (vec![WEST.into()], vec![EAST.into()])
    );
    let east = scope(1, crate::accounts::role::Role::Supervisor, &["01/0101/"]);
    assert!(areas(&east).is_empty());
    assert_eq!(areas(&east.as_of(Some(before))), [EAST]);
    let west = scope(1, crate::accounts::role::Role::Supervisor, &["01/0102/"]);
    assert!(areas(&west.as_of(Some(before))).is_empty(), "it was not there then");
}

#[test]
fn pages_and_single_rows_are_those_of_then() {
    let world = World::new();
    let records = village(&world);
    let before = newest(&world);
    world.store.duplicate_merge(&supervisor(), records[0], records[1], world.now()).unwrap();
    world.settle();
    let then = supervisor().as_of(Some(before));
    let page = world.store.dataset_list(&then, HOUSEHOLD, None, 2).unwrap();
    assert_eq!((page.total, page.next), (4, Some(records[1])));
    assert_eq!(world.store.dataset_list(&supervisor(), HOUSEHOLD, None, 2).unwrap().total, 3);
    let other = world.store.dataset_get(&then, records[1]).unwrap();
    assert!(other.json.contains("户2"), "{}", other.json);
    assert!(world.store.dataset_get(&supervisor(), records[1]).is_err(), "it is a name of the first now");
    let check = world.store.dataset_get(&then, records[4]).unwrap();
    assert_eq!(check.subject, Some(records[1]));
    assert_eq!(world.store.dataset_get(&supervisor(), records[4]).unwrap().subject, Some(records[0]));
}

#[test]
fn a_folder_of_an_older_version_learns_its_past_from_the_log() {
    let world = World::new();
    let records = village(&world);
    let before = (newest(&world), rows(&world.store, &supervisor()));
    world.store.duplicate_merge(&supervisor(), records[0], records[1], world.now()).unwrap();
    world.settle();
    // As the first version left it: its tables, and the log as the only one with something in it.
    let folder = tempfile::tempdir().unwrap();
    let old = rusqlite::Connection::open(folder.path().join(DATABASE_FILE)).unwrap();
    old.execute_batch(include_str!("../../schema/0001.sql")).unwrap();
    let path: String = world
        .store
        .read(|conn| Ok(conn.query_row("SELECT file FROM pragma_database_list", [], |row| row.get(0))?))
        .unwrap();
    old.execute("ATTACH ?1 AS now", [path]).unwrap();
    old.execute_batch(
        "INSERT INTO meta SELECT * FROM now.meta; INSERT INTO log SELECT * FROM now.log; \
         INSERT INTO log_payload SELECT * FROM now.log_payload; PRAGMA user_version = 1",
    )
    .unwrap();
    drop(old);
    let store = SqliteStore::open(folder.path(), &NoChance, 1).unwrap();
    while store.reconcile_pending(100, 1, &NoChance).unwrap() != Reconciled::default() {}
    assert_eq!(rows(&store, &supervisor()), rows(&world.store, &supervisor()));
    assert_eq!(rows(&store, &supervisor().as_of(Some(before.0))), before.1);
}
