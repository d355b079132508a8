//! A survey under bad weather: two hundred seeds, or the one that `SEED` names.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use doorstep_tests::sim;

/// Seeds in a usual run.
const SEEDS: u64 = 200;
/// Steps of each.
const STEPS: usize = 70;

type Counts = BTreeMap<&'static str, usize>;

fn simulate(seed: u64, counts: &mut Counts) -> Vec<String> {
    match sim::run(seed, STEPS, None) {
        Ok(report) => {
            for (name, count) in report.counts {
                *counts.entry(name).or_default() += count;
            }
            report.found.iter().map(|violation| format!("SEED={seed}: {violation}")).collect()
        }
        Err(trouble) => vec![format!("SEED={seed}: {trouble}")],
    }
}

#[test]
fn every_promise_holds_under_two_hundred_seeds() {
    if let Ok(seed) = std::env::var("SEED") {
        let mut counts = Counts::new();
        let found = simulate(seed.parse().expect("SEED is a number"), &mut counts);
        assert!(found.is_empty(), "{}\n{counts:?}", found.join("\n"));
        return;
    }
    let threads = std::thread::available_parallelism().map_or(2, |threads| threads.get() as u64);
    let workers: Vec<_> = (0..threads)
        .map(|first| {
            std::thread::spawn(move || {
                let mut counts = Counts::new();
                let seeds = (first..SEEDS).step_by(threads as usize);
                let found: Vec<String> = seeds.flat_map(|seed| simulate(seed, &mut counts)).collect();
                (found, counts)
            })
        })
        .collect();
    let (mut found, mut counts) = (Vec::new(), Counts::new());
    for worker in workers {
        let (of_one, counted) = worker.join().unwrap();
        found.extend(of_one);
        counted.into_iter().for_each(|(name, count)| *counts.entry(name).or_default() += count);
    }
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n"));
    // A simulation in which nothing happens proves nothing.
    assert!(counts.values().all(|count| *count > 0), "something never happened: {counts:?}");
}

#[test]
fn a_seed_replays_to_the_letter() {
    let told = |seed| format!("{:?}", sim::run(seed, STEPS, None).unwrap());
    assert_eq!(told(7), told(7));
}
