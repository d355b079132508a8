//! Promise 1, the power cut: an acknowledgement leaves only when everything written before it was synced. On Linux, where
//! calls to the C library can be listened to.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::path::Path;

use doorstep_tests::durability::{Acks, acks, trace};
use doorstep_tests::sim::scratch;

fn traced(args: &[&str]) -> Acks {
    let folder = tempfile::tempdir_in(scratch()).unwrap();
    acks(&trace(Path::new(env!("CARGO_BIN_EXE_durability-probe")), args, folder.path()).unwrap())
}

#[test]
fn promise_1_server_and_phone_acknowledge_only_what_is_synced() {
    assert_eq!(traced(&["phone"]), Acks { durable: 40, hasty: 0 });
}

#[test]
fn promise_1_planted_a_database_that_does_not_sync_is_found() {
    assert_eq!(traced(&["plain", "FULL"]), Acks { durable: 20, hasty: 0 });
    for mode in ["NORMAL", "OFF"] {
        assert_eq!(traced(&["plain", mode]), Acks { durable: 0, hasty: 20 }, "{mode}");
    }
}
