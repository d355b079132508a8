//! The server is lost and made again from a backup: nothing that phones were told is kept is gone.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use doorstep_tests::sim::{Plant, drill};

/// Drills in a usual run.
const SEEDS: u64 = 30;
/// Steps before the backup, between backup and loss, and after it.
const STEPS: usize = 40;

#[test]
fn promise_1_a_server_restored_from_a_backup_gets_back_what_the_backup_lacks() {
    let seeds = match std::env::var("SEED") {
        Ok(seed) => seed.parse().expect("SEED is a number")..seed.parse::<u64>().unwrap() + 1,
        Err(_) => 0..SEEDS,
    };
    let mut found = Vec::new();
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    for seed in seeds {
        match drill::run(seed, STEPS, None) {
            Ok(report) => {
                found.extend(report.found.iter().map(|violation| format!("SEED={seed}: {violation}")));
                for (name, count) in report.counts {
                    *counts.entry(name).or_default() += count;
                }
            }
            Err(trouble) => found.push(format!("SEED={seed}: {trouble}")),
        }
    }
    assert!(found.is_empty(), "{} violations:\n{}\n{counts:?}", found.len(), found.join("\n"));
}

#[test]
fn promise_1_phones_told_to_forget_what_no_backup_holds_lose_edits_and_that_is_found() {
    let lost = (0..12).any(|seed| {
        let report =
            drill::run(seed, STEPS, Some(Plant::BackedUpTooFar)).expect("a drill with a plant still runs");
        report.found.iter().any(|violation| violation.check == doorstep_tests::sim::Check::AckedEditKept)
    });
    assert!(lost);
}
