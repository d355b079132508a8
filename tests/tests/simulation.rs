//! A survey under bad weather: two hundred seeds, and whichever `SEED` names.

use doorstep_tests::sim;

/// Seeds in a usual run.
const SEEDS: u64 = 200;
/// Steps of each.
const STEPS: usize = 70;

fn simulate(seed: u64) -> Vec<String> {
    match sim::run(seed, STEPS, None) {
        Ok(report) if std::env::var_os("COUNTS").is_some() => {
            eprintln!("{seed} {:?}", report.counts);
            report.found.iter().map(|violation| format!("SEED={seed}: {violation}")).collect()
        }
        Ok(report) => report.found.iter().map(|violation| format!("SEED={seed}: {violation}")).collect(),
        Err(trouble) => vec![format!("SEED={seed}: {trouble}")],
    }
}

#[test]
fn every_promise_holds_under_two_hundred_seeds() {
    if let Ok(seed) = std::env::var("SEED") {
        let found = simulate(seed.parse().expect("SEED is a number"));
        assert!(found.is_empty(), "{}", found.join("\n"));
        return;
    }
    let threads = std::thread::available_parallelism().map_or(2, |threads| threads.get() as u64);
    let workers: Vec<_> = (0..threads)
        .map(|first| {
            std::thread::spawn(move || {
                (first..SEEDS).step_by(threads as usize).flat_map(simulate).collect::<Vec<String>>()
            })
        })
        .collect();
    let found: Vec<String> = workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n"));
}
