//! What a person finds on the device, what counts nowhere, and what a damaged store gives up.
#![allow(clippy::unwrap_used)]

mod support;

use doorstep_client_core::Device;
use doorstep_client_core::device::{FormCache, Purpose, Query, Surroundings};
use doorstep_client_core::store::{Store, StoreError};
use doorstep_client_core::sync::Policy;
use doorstep_records::RecordId;
use rusqlite::Connection;
use serde_json::json;
use support::world::{World, answer, begin};
use support::{Rng, TestClock};

fn labels(device: &mut Device, query: Query) -> Vec<String> {
    device.search(&query).unwrap().rows.iter().map(|row| row.label.clone()).collect()
}

fn searched(search: &str) -> Query {
    Query { search: search.to_owned(), ..Query::default() }
}

#[test]
fn what_was_written_since_is_found_too() {
    let world = World::new(41);
    let mut phone = world.phone("li", 1);
    let device = phone.open();
    let one = begin(device);
    assert_eq!(labels(device, searched("wxm")), [""; 0]);
    answer(device, one, "name", json!("王小明"));
    let other = begin(device);
    answer(device, other, "name", json!("张小明"));
    assert_eq!(labels(device, searched("wxm")), ["王小明"]);
    assert_eq!(labels(device, searched("xm")), ["王小明", "张小明"]);
    assert_eq!(labels(device, searched("xm 张")), ["张小明"], "all words are looked for");
    device.discard(one, false).unwrap();
    let found = device.search(&searched("")).unwrap();
    assert_eq!(json!(found.counts), json!({"discarded": 1, "in_progress": 1}));
}

#[test]
fn practice_goes_to_the_server_as_a_test_and_is_no_work() {
    let world = World::new(42);
    let mut phone = world.phone("li", 1);
    let device = phone.open();
    let (practice, work) = (device.mint_record(), device.mint_record());
    for (id, purpose) in [(practice, Purpose::Practice), (work, Purpose::Work)] {
        device.new_record_as(id, "visit", Some("v1"), None, purpose).unwrap();
        answer(device, id, "name", json!(format!("{purpose:?}")));
        device.session(id).unwrap().submit(None, true).unwrap();
    }
    let view = device.session(practice).unwrap().view("zh").unwrap();
    assert!(view.test && !device.session(work).unwrap().view("zh").unwrap().test);
    let query = |test| Query { test: Some(test), ..Query::default() };
    assert_eq!(labels(device, query(true)), ["Practice"]);
    assert_eq!(labels(device, query(false)), ["Work"]);
    world.sync(&mut phone);
    assert!(phone.open().row(practice).unwrap().test);
    assert_eq!(phone.open().standing().unwrap().unsent, 0);
}

/// A device in memory, as a browser without files has it.
fn in_memory(store: Store) -> Device {
    let around = Surroundings {
        clock: Box::new(TestClock::at(support::START_MS)),
        entropy: Box::new(Rng(7)),
        policy: Policy { attempts: 3, first_wait_ms: 10, longest_wait_ms: 100 },
        forms: FormCache::default(),
        civil_offset_s: 8 * 3600,
    };
    Device::with_store(store, [7; 16], around).unwrap()
}

/// A connection with pages of this size: browsers' are larger.
fn with_pages(connection: Connection, bytes: u32) -> Connection {
    connection.pragma_update(None, "page_size", bytes).unwrap();
    connection
}

#[test]
fn the_bytes_of_a_damaged_store_give_up_what_was_not_sent() {
    for (page, gone) in [(4096, 16), (8192, 16), (4096, 100), (8192, 100)] {
        let connection = with_pages(Connection::open_in_memory().unwrap(), page);
        gives_up(Store::adopt(connection).unwrap(), |device| {
            let mut image = device.image().unwrap();
            // The head of the file is gone: SQLite reads none of it any more.
            image[..gone].fill(0);
            (image, Vec::new())
        });
    }
}

#[test]
fn what_lies_in_the_log_of_a_damaged_store_is_given_up_too() {
    for page in [4096, 8192] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("doorstep.db");
        let connection = with_pages(Connection::open(&file).unwrap(), page);
        gives_up(Store::adopt_file(connection).unwrap(), |_| {
            let mut log = std::fs::read(folder.path().join("doorstep.db-wal")).unwrap();
            assert!(log.len() > 10 * page as usize, "what was done last is in the log alone");
            // One byte of the first page: SQLite reads nothing of the log from there on.
            log[100] ^= 1;
            let mut image = std::fs::read(&file).unwrap();
            image[..16].fill(0);
            (image, log)
        });
    }
}

#[test]
fn a_log_without_its_head_is_set_aside_with_its_store_and_read() {
    let world = World::new(45);
    let mut phone = world.phone("li", 1);
    let device = phone.open();
    let id = begin(device);
    answer(device, id, "name", json!("赵小一"));
    let unsent = device.standing().unwrap().unsent;
    // As a phone leaves it whose battery ends: with its log.
    let (file, copy) = (world.folder.path().join("li1.sqlite"), world.folder.path().join("copy.sqlite"));
    for suffix in ["", "-wal"] {
        let with = |path: &std::path::Path| format!("{}{suffix}", path.display());
        let mut bytes = std::fs::read(with(&file)).unwrap();
        bytes[..16].fill(0);
        std::fs::write(with(&copy), bytes).unwrap();
    }
    match Store::open(&copy, support::START_MS) {
        Err(StoreError::Damaged { saved: Some(saved), .. }) => {
            assert_eq!((saved.facts, saved.enrolled), (unsent, true));
        }
        other => panic!("{other:?}"),
    }
}

/// Answers on a device with this store, damages it, and sends what another one takes over.
fn gives_up(store: Store, damaged: impl FnOnce(&mut Device) -> (Vec<u8>, Vec<u8>)) {
    let world = World::new(43);
    let mut device = in_memory(store);
    device.enrol(&world.server, "http://127.0.0.1:1", "li", "li").unwrap();
    device.sync(&world.server).unwrap();
    let id: RecordId = begin(&mut device);
    answer(&mut device, id, "name", json!("赵小一"));
    let unsent = device.standing().unwrap().unsent;
    let (file, log) = damaged(&mut device);
    let mut fresh = in_memory(Store::in_memory().unwrap());
    let saved = fresh.salvage(file, log).unwrap();
    assert_eq!((saved.facts, saved.enrolled), (unsent, true));
    fresh.sync(&world.server).unwrap();
    assert_eq!(fresh.standing().unwrap().unsent, 0);
    let session = fresh.session(id).unwrap();
    assert_eq!(session.answers()["name"], "赵小一", "what was saved came back from the server");
}
