//! `cargo xtask fuzz [TARGET] [--seconds N] [--build]`: builds the targets with the coverage libFuzzer needs and runs them.
//!
//! The stable compiler does it: the instrumentation is LLVM's own pass, and the crates hold no unsafe code for a sanitizer to
//! look at. With a nightly compiler `cargo fuzz run TARGET` works as well, since `fuzz/` is laid out for it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The targets, in the order they run.
const TARGETS: &[&str] =
    &["envelope", "gate", "messages", "frame", "form_package", "expression", "xlsx_import", "csv_import"];
/// Seconds a target runs when nothing else is said.
const SECONDS: u32 = 3_600;
/// The same flags as `cargo fuzz` has, without a sanitizer.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
 -Cllvm-args=-sanitizer-coverage-trace-compares";
/// With a target named, build scripts and macros are not instrumented.
const HOST: &str = "x86_64-unknown-linux-gnu";

/// Runs one target or all, or only builds them; the first finding ends it.
pub(super) fn run(args: &[String]) -> Result<()> {
    let (mut chosen, mut seconds, mut words) = (TARGETS.to_vec(), SECONDS, args.iter());
    let mut build_only = false;
    while let Some(word) = words.next() {
        match TARGETS.iter().find(|target| *target == word) {
            Some(target) => chosen = vec![*target],
            None if word == "--seconds" => {
                seconds =
                    words.next().and_then(|text| text.parse().ok()).context("--seconds takes a number")?;
            }
            None if word == "--build" => build_only = true,
            None => bail!("no target {word}; there are: {}", TARGETS.join(", ")),
        }
    }
    let folder = super::root().join("fuzz");
    build(&folder, &chosen)?;
    if build_only {
        return Ok(());
    }
    chosen.into_iter().try_for_each(|target| fuzz(&folder, target, seconds))
}

/// Builds these targets only: the program that writes the seeds has no libFuzzer to link with.
fn build(folder: &Path, targets: &[&str]) -> Result<()> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(["build", "--release", "--locked", "--target", HOST]);
    for target in targets {
        command.args(["--bin", target]);
    }
    command
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(folder.join("target"));
    super::run(command.env("RUSTFLAGS", FLAGS))
}

/// Begins with the seeds and with what earlier runs have grown from them; a finding is kept in `artifacts`.
fn fuzz(folder: &Path, target: &str, seconds: u32) -> Result<()> {
    let of = |what: &str| folder.join(what).join(target);
    let (seeds, grown, artifacts) = (of("corpus"), of("grown"), of("artifacts"));
    for made in [&seeds, &grown, &artifacts] {
        std::fs::create_dir_all(made)?;
    }
    let mut command = Command::new(folder.join("target").join(HOST).join("release").join(target));
    command.arg(&grown).arg(&seeds);
    // Zero seconds: the seeds once.
    command.arg(if seconds == 0 { "-runs=0".to_owned() } else { format!("-max_total_time={seconds}") });
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.args([
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-max_len=65536",
        "-print_final_stats=1",
        "-verbosity=0",
    ]);
    println!("fuzz {target}, {seconds} s");
    super::run(&mut command)
}
