//! Failing disks and commits: no acknowledgement, nothing half written, a clear problem.

use std::sync::mpsc::channel;
use std::time::Duration;

use doorstep_protocol::ProblemKind;
use doorstep_protocol::push::{ItemVerdict, PushRequest};

use super::world::{EAST, Phone, World};
use crate::accounts::role::Role;
use crate::store::StoreError;
use crate::store::operations::Operations;
use crate::store::sync::SyncStore;

fn world() -> (World, Phone) {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let phone = world.phone("li");
    (world, phone)
}

#[test]
fn an_acknowledgement_leaves_only_after_the_commit() {
    let (world, mut phone) = world();
    let (_, items) = phone.begin(&world, EAST, &[("name", "a")]);
    let envelope = phone.seal(&world, items);
    let session = world.session(&phone);
    // Another process holds the write lock: the job cannot be committed, so nobody may be told that it was.
    let blocker = world.database();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (told, answered) = channel();
    let (store, now) = (world.store().clone(), world.now());
    let pusher = std::thread::spawn(move || {
        let answer = store.envelopes_push(session, PushRequest { envelopes: vec![envelope] }, now);
        told.send(()).unwrap();
        answer
    });
    assert!(answered.recv_timeout(Duration::from_millis(300)).is_err());
    blocker.execute_batch("COMMIT").unwrap();
    assert!(pusher.join().unwrap().is_ok());
    assert_eq!(world.count("envelope"), 1);
}

#[test]
fn a_failed_commit_acknowledges_none_of_its_jobs_and_nothing_ever_again() {
    let (world, mut phone) = world();
    let (_, items) = phone.begin(&world, EAST, &[("name", "a")]);
    let envelope = phone.seal(&world, items);
    let session = world.session(&phone);
    let before = world.count("log");
    // A deferred constraint fails at the COMMIT, not in the job.
    let poisoned = world.store().write(|tx| {
        tx.execute_batch(
            "CREATE TABLE parent (id INTEGER PRIMARY KEY);
             CREATE TABLE child (parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
             INSERT INTO child VALUES (1);",
        )?;
        Ok(())
    });
    assert!(matches!(poisoned, Err(StoreError::Commit(_))), "{poisoned:?}");
    let request = PushRequest { envelopes: vec![envelope] };
    let error = world.store().envelopes_push(session, request, world.now()).unwrap_err();
    assert_eq!(error.kind(), ProblemKind::StorageFailed);
    assert!(world.store().health().is_err());
    assert_eq!(world.count("log"), before);
}

#[test]
fn a_job_that_fails_or_panics_takes_nothing_with_it() {
    let (world, mut phone) = world();
    let failed: Result<(), StoreError> = world.store().write(|tx| {
        tx.execute("DELETE FROM area", [])?;
        Err(StoreError::NotFound)
    });
    assert!(matches!(failed, Err(StoreError::NotFound)));
    let panicked: Result<(), StoreError> = world.store().write(|tx| {
        tx.execute("DELETE FROM area", [])?;
        panic!("planted");
    });
    assert!(matches!(panicked, Err(StoreError::Panicked)));
    assert_eq!(world.count("area"), 4);
    phone.household(&world, EAST, "a");
}

#[test]
fn a_full_disk_is_told_and_nothing_is_acknowledged() {
    let (world, mut phone) = world();
    let session = world.session(&phone);
    let limit = |pages: i64| {
        world.store().write(move |tx| {
            let now: i64 = tx.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            let max = if pages == 0 { 1_000_000 } else { now + pages };
            tx.query_row(&format!("PRAGMA max_page_count = {max}"), [], |row| row.get::<_, i64>(0))?;
            Ok(())
        })
    };
    limit(1).unwrap();
    let (record, items) = phone.begin(&world, EAST, &[("name", &"长".repeat(20_000))]);
    let envelope = phone.seal(&world, items);
    let request = PushRequest { envelopes: vec![envelope.clone()] };
    let error = world.store().envelopes_push(session, request, world.now()).unwrap_err();
    assert_eq!(error.kind(), ProblemKind::StorageFailed, "{error:?}");
    assert_eq!((world.count("envelope"), world.count("record")), (0, 0));
    // When there is room again, the same envelope is taken.
    limit(0).unwrap();
    assert_eq!(world.push(&phone, &envelope), vec![ItemVerdict::Accepted; 2]);
    assert_eq!(world.answers(record), phone.answers(record));
}

#[test]
fn many_callers_share_commits_and_each_gets_its_own_answer() {
    let (world, _) = world();
    let threads: Vec<_> = (0..64_i64)
        .map(|n| {
            let store = world.store().clone();
            std::thread::spawn(move || {
                store.write(move |_| if n % 2 == 0 { Ok(n) } else { Err(StoreError::NotFound) })
            })
        })
        .collect();
    for (n, thread) in (0..).zip(threads) {
        match thread.join().unwrap() {
            Ok(answer) => assert!(answer == n && n % 2 == 0),
            Err(error) => assert!(matches!(error, StoreError::NotFound) && n % 2 == 1),
        }
    }
}
