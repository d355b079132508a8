//! A survey under bad weather and worse: five hundred schedules, or the one that `SEED` names.

#![allow(clippy::unwrap_used)]

use std::ops::Range;

use doorstep_tests::sim;
use doorstep_tests::sim::many::{STEPS, many, one, replay};

/// Schedules in a usual run; `cargo xtask simulate` runs any number.
const SCHEDULES: u64 = 500;
/// Schedules in which everything happens that a planted fault needs to show.
const FEW: Range<u64> = 20..44;

#[test]
fn every_promise_holds_under_five_hundred_schedules() {
    if let Ok(seed) = std::env::var("SEED") {
        let (found, counts) = one(seed.parse().expect("SEED is a number"), STEPS, None);
        assert!(found.is_empty(), "{}\n{counts:?}", found.join("\n"));
        return;
    }
    let came = many(0..SCHEDULES, STEPS);
    told(&came.found);
    // A simulation in which something never happens proves nothing about it.
    let never: Vec<_> = came.counts.iter().filter(|(_, count)| **count == 0).collect();
    assert!(never.is_empty() && !came.counts.is_empty(), "never happened: {never:?}");
}

fn told(found: &[(u64, String)]) {
    let lines: Vec<String> =
        found.iter().map(|(seed, what)| format!("{what}\n  {}", replay(*seed, STEPS))).collect();
    assert!(found.is_empty(), "{} promises broken:\n{}", found.len(), lines.join("\n"));
}

#[test]
fn a_few_schedules_keep_every_promise() {
    told(&many(FEW, STEPS).found);
}

#[test]
fn a_seed_replays_to_the_letter() {
    let told = |seed| format!("{:?}", sim::run(seed, STEPS, None).unwrap());
    assert_eq!(told(7), told(7));
}
