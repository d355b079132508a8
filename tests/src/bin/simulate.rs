//! Surveys under faults, each made by a seed: `simulate --seed N --schedules K --steps S --json`.
//!
//! Ends with 1 when a promise was broken, and tells the command that replays it.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use doorstep_tests::sim::many::{STEPS, many, replay};
use serde_json::json;

struct Args {
    seed: u64,
    schedules: u64,
    steps: usize,
    json: bool,
}

fn args() -> Result<Args> {
    let mut args = Args { seed: 0, schedules: 10_000, steps: STEPS, json: false };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let mut number = || -> Result<u64> {
            let text = given.next().with_context(|| format!("{name} needs a number"))?;
            text.parse().with_context(|| format!("{name} needs a number, not `{text}`"))
        };
        match name.as_str() {
            "--seed" => args.seed = number()?,
            "--schedules" => args.schedules = number()?,
            "--steps" => args.steps = usize::try_from(number()?)?,
            "--json" => args.json = true,
            other => bail!("`{other}`: --seed N --schedules K --steps S --json"),
        }
    }
    Ok(args)
}

fn main() -> Result<ExitCode> {
    let args = args()?;
    let begun = Instant::now();
    let came = many(args.seed..args.seed.saturating_add(args.schedules), args.steps);
    let seconds = begun.elapsed().as_secs_f64();
    let rate = args.schedules as f64 / seconds.max(1e-9);
    if args.json {
        let found: Vec<_> = came
            .found
            .iter()
            .map(|(seed, what)| json!({"seed": seed, "what": what, "replay": replay(*seed, args.steps)}))
            .collect();
        let told = json!({"seed": args.seed, "schedules": args.schedules, "steps": args.steps,
            "schedules_per_s": rate, "events": came.counts, "found": found});
        println!("{told}");
    } else {
        for (event, count) in &came.counts {
            println!("{count:>12}  {event}");
        }
        for (seed, what) in &came.found {
            println!("seed {seed}: {what}\n  {}", replay(*seed, args.steps));
        }
        println!("{} schedules in {seconds:.1} s, {rate:.2} schedules/s", args.schedules);
        println!("{} promises broken", came.found.len());
    }
    Ok(if came.found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
