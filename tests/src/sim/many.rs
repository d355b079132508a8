//! Many schedules on all cores.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::tally::{self, Counts};
use super::{Plant, run};

/// Steps of a usual schedule.
pub const STEPS: usize = 70;

/// What many schedules came to.
#[derive(Debug, Default)]
pub struct Many {
    /// Broken promises, each with its seed.
    pub found: Vec<(u64, String)>,
    /// How much happened.
    pub counts: Counts,
}

/// Runs a schedule for each seed.
pub fn many(seeds: Range<u64>, steps: usize) -> Many {
    let next = AtomicU64::new(seeds.start);
    let all = Mutex::new(Many::default());
    let workers = std::thread::available_parallelism().map_or(2, |cores| cores.get());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let (found, counts) = one(seed, steps, None);
                    let mut all = all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    all.found.extend(found.into_iter().map(|what| (seed, what)));
                    tally::add(&mut all.counts, &counts);
                }
            });
        }
    });
    let mut all = all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    all.found.sort();
    all
}

/// One schedule: what it broke, and how much happened. A panic is something broken.
pub fn one(seed: u64, steps: usize, plant: Option<Plant>) -> (Vec<String>, Counts) {
    match catch_unwind(AssertUnwindSafe(|| run(seed, steps, plant))) {
        Ok(Ok(report)) => (report.found.iter().map(ToString::to_string).collect(), report.counts),
        Ok(Err(trouble)) => (vec![trouble.to_string()], Counts::new()),
        Err(_) => (vec!["a panic, told above".to_owned()], Counts::new()),
    }
}

/// The command that replays a schedule exactly.
pub fn replay(seed: u64, steps: usize) -> String {
    format!("cargo xtask simulate --seed {seed} --schedules 1 --steps {steps}")
}
