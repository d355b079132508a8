//! Promise 1, the power cut: an acknowledgement leaves only when everything written before it was synced, and whatever the
//! disk kept of the rest, both stores open with all they acknowledged. On Linux, where calls to the C library can be
//! listened to. `STATES=10000 cargo test -p doorstep-tests --test durability` cuts the power more often (in `SEED`'s way).

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::path::Path;

use doorstep_tests::durability::replay::power_cuts;
use doorstep_tests::durability::trace::Event;
use doorstep_tests::durability::{Acks, acks, survived, traced};
use doorstep_tests::sim::scratch;
use tempfile::TempDir;

/// Power cuts of each kind.
fn states() -> usize {
    std::env::var("STATES").ok().and_then(|states| states.parse().ok()).unwrap_or(300)
}

fn seed() -> u64 {
    std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

/// The shim goes by the ends of names; the root ends like this.
const ROOT: &str = "-root";

struct Run {
    root: TempDir,
    events: Vec<Event>,
}

impl Run {
    fn of(args: &[&str], deaf: Option<&str>) -> Run {
        let root = tempfile::Builder::new().suffix(ROOT).tempdir_in(scratch()).unwrap();
        // The phone's folder belongs to the platform, the server's is made by the server.
        std::fs::create_dir(root.path().join("phone")).unwrap();
        let probe = Path::new(env!("CARGO_BIN_EXE_durability-probe"));
        let events = traced(probe, args, root.path(), deaf).unwrap();
        Run { root, events }
    }

    fn cut(&self, states: usize, check: impl FnMut(&Path, &[String]) -> Result<(), String>) -> Vec<String> {
        power_cuts(&self.events, self.root.path(), (states, seed()), check).unwrap()
    }
}

const ROUNDS: &str = "20";

#[test]
fn promise_1_server_and_phone_acknowledge_only_what_is_synced() {
    let run = Run::of(&["phone", ROUNDS], None);
    assert_eq!(acks(&run.events), Acks { durable: 60, hasty: 0 });
}

#[test]
fn promise_1_after_a_power_cut_server_and_phone_have_all_they_acknowledged_and_go_on() {
    let run = Run::of(&["phone", ROUNDS], None);
    let mut at = 0;
    let lost = run.cut(states(), |folder, acks| {
        survived::server(folder, acks)?;
        survived::phone(folder, acks)?;
        at += 1;
        if at % 4 == 0 { survived::both_go_on(folder, acks) } else { Ok(()) }
    });
    assert_eq!(lost, Vec::<String>::new());
}

#[test]
fn promise_1_planted_a_disk_that_does_not_sync_is_found() {
    let run = Run::of(&["phone", ROUNDS], Some("doorstep.sqlite-wal"));
    let lost = run.cut(100, survived::server);
    assert!(lost.iter().any(|what| what.contains("the server lost")), "{lost:?}");
    let run = Run::of(&["phone", ROUNDS], Some("phone.sqlite-wal"));
    assert!(!run.cut(100, survived::phone).is_empty());
}

#[test]
fn promise_1_planted_a_folder_whose_name_is_not_synced_is_found() {
    // The folder in which the server makes its data folder is the root; the phone's lies there already.
    let run = Run::of(&["phone", ROUNDS], Some(ROOT));
    assert!(!run.cut(100, survived::server).is_empty());
}

#[test]
fn promise_1_planted_a_database_that_does_not_sync_is_found() {
    for (mode, is_safe) in [("FULL", true), ("NORMAL", false), ("OFF", false)] {
        let run = Run::of(&["plain", mode, "200"], None);
        let counted = acks(&run.events);
        assert_eq!(counted.durable + counted.hasty, 200);
        assert!(if is_safe { counted.hasty == 0 } else { counted.hasty > 100 }, "{mode}: {counted:?}");
        let lost = run.cut(states(), survived::plain);
        println!("{mode}: acknowledgements lost in {} of {} states", lost.len(), states());
        assert_eq!(lost.is_empty(), is_safe, "{mode}: {:?}", lost.first());
    }
}
