//! `cargo xtask mutants`: each fault of `doorstep_plant` is planted, and the test named for it must fail.
//!
//! One build with the feature `plant` serves all of them; an environment variable chooses the fault. The same tests are
//! run first without any: a test that fails anyway has found nothing.

mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use doorstep_plant::VARIABLE;

use table::{MUTANTS, Mutant};

/// What is built: the packages with seams, and those with the tests.
const PACKAGES: [&str; 4] = ["doorstep-records", "doorstep-server", "doorstep-client-core", "doorstep-tests"];

/// What became of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The test failed by it.
    Caught,
    /// The test passed.
    Survived,
    /// The test did not come to an end of its own.
    Broken,
}

impl Fate {
    fn name(self) -> &'static str {
        match self {
            Fate::Caught => "caught",
            Fate::Survived => "SURVIVED",
            Fate::Broken => "BROKEN",
        }
    }
}

/// Plants the faults whose names hold one of `words`, or all of them.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let chosen: Vec<&Mutant> = MUTANTS
        .iter()
        .filter(|mutant| {
            let name = format!("{:?}", mutant.plant);
            words.is_empty() || words.iter().any(|word| name.contains(word.as_str()))
        })
        .collect();
    ensure!(!chosen.is_empty(), "no planted fault is called so");
    let programs = build()?;
    for mutant in &chosen {
        ensure!(programs.contains_key(mutant.program), "there is no test program `{}`", mutant.program);
    }
    sound(&programs, &chosen)?;
    let fates = plant_all(&programs, &chosen)?;
    print(&chosen, &fates);
    let missed = fates.iter().filter(|(fate, _)| *fate != Fate::Caught).count();
    ensure!(missed == 0, "{missed} of {} planted faults were not found", chosen.len());
    Ok(())
}

/// Builds the test programs with the faults in them; answers their files by name.
fn build() -> Result<BTreeMap<String, PathBuf>> {
    let mut args = vec!["test", "--no-run", "--locked", "--message-format=json-render-diagnostics"];
    args.extend(["--features", "doorstep-tests/plant", "--lib"]);
    PACKAGES.iter().for_each(|package| args.extend(["--package", package]));
    let wanted: BTreeSet<&str> = MUTANTS.iter().map(|mutant| mutant.program).collect();
    for program in wanted.iter().filter(|program| !program.starts_with("doorstep_")) {
        args.extend(["--test", program]);
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(args)
        .current_dir(crate::root())
        .stderr(Stdio::inherit())
        .output()
        .context("cargo cannot be started")?;
    ensure!(output.status.success(), "the tests do not build with the faults in them");
    programs(&String::from_utf8_lossy(&output.stdout))
}

/// The test programs among cargo's messages, one JSON object a line.
fn programs(messages: &str) -> Result<BTreeMap<String, PathBuf>> {
    let mut programs = BTreeMap::new();
    for line in messages.lines().filter(|line| line.contains(r#""test":true},"#)) {
        let Some((_, rest)) = line.split_once(r#""executable":""#) else { continue };
        let Some((path, _)) = rest.split_once('"') else { continue };
        // `name-<hash>`; a program that a test starts has no hash.
        let file = Path::new(path).file_stem().and_then(|stem| stem.to_str());
        let Some((name, hash)) = file.and_then(|stem| stem.rsplit_once('-')) else { continue };
        if hash.len() != 16 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            continue;
        }
        if programs.insert(name.to_owned(), PathBuf::from(path)).is_some() {
            bail!("two test programs are called `{name}`");
        }
    }
    Ok(programs)
}

/// Every test passes, and is there, while nothing is planted.
fn sound(programs: &BTreeMap<String, PathBuf>, chosen: &[&Mutant]) -> Result<()> {
    let mut tests: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for mutant in chosen {
        tests.entry(mutant.program).or_default().insert(mutant.name());
    }
    for (program, names) in tests {
        let mut command = Command::new(&programs[program]);
        command.arg("--exact").args(&names).env_remove(VARIABLE);
        let output = run_test(&mut command)?;
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "without any fault `{program}` fails:\n{said}");
        let ran = format!("{} passed", names.len());
        ensure!(said.contains(&ran), "`{program}` lacks one of {names:?}");
    }
    Ok(())
}

/// Runs each fault against its test, as many at the same time as there are cores.
fn plant_all(programs: &BTreeMap<String, PathBuf>, chosen: &[&Mutant]) -> Result<Vec<(Fate, f64)>> {
    let next = AtomicUsize::new(0);
    let fates = Mutex::new(vec![None; chosen.len()]);
    let workers = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    std::thread::scope(|scope| {
        let work = || -> Result<()> {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(mutant) = chosen.get(at) else { return Ok(()) };
                let begun = Instant::now();
                let fate = plant(&programs[mutant.program], mutant)?;
                let mut fates = fates.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                fates[at] = Some((fate, begun.elapsed().as_secs_f64()));
            }
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(done) => done,
            Err(_) => bail!("a worker panicked"),
        })
    })?;
    let fates = fates.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    fates.into_iter().map(|fate| fate.context("a fault was passed over")).collect()
}

fn plant(program: &Path, mutant: &Mutant) -> Result<Fate> {
    let mut command = Command::new(program);
    command.arg("--exact").arg(mutant.name()).env(VARIABLE, format!("{:?}", mutant.plant));
    let output = run_test(&mut command)?;
    let told = String::from_utf8_lossy(&output.stdout).contains("test result: FAILED");
    Ok(match (output.status.success(), told) {
        (true, _) => Fate::Survived,
        (false, true) => Fate::Caught,
        (false, false) => Fate::Broken,
    })
}

fn run_test(command: &mut Command) -> Result<Output> {
    command.current_dir(crate::root()).output().with_context(|| format!("cannot start {command:?}"))
}

fn print(chosen: &[&Mutant], fates: &[(Fate, f64)]) {
    println!("{:<22}{:<10}{:>7}  caught by", "planted fault", "result", "s");
    for (mutant, (fate, seconds)) in chosen.iter().zip(fates) {
        let plant = format!("{:?}", mutant.plant);
        println!("{plant:<22}{:<10}{seconds:>7.1}  {} {}", fate.name(), mutant.program, mutant.name());
    }
    let caught = fates.iter().filter(|(fate, _)| *fate == Fate::Caught).count();
    println!("{caught} of {} caught", chosen.len());
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorstep_plant::Plant;

    #[test]
    fn every_fault_has_a_test_that_must_find_it() {
        for plant in Plant::ALL {
            assert!(MUTANTS.iter().any(|mutant| mutant.plant == *plant), "{plant:?}");
        }
    }

    #[test]
    fn test_programs_are_found_among_the_messages() {
        let messages = r#"{"reason":"compiler-artifact","profile":{"opt_level":"0","test":true},"features":[],"executable":"/t/deps/gate_record-0f1e2d3c4b5a6978"}
{"reason":"compiler-artifact","profile":{"opt_level":"0","test":false},"features":[],"executable":"/t/doorstep-device"}
{"reason":"compiler-artifact","profile":{"opt_level":"0","test":true},"features":[],"executable":null}
{"reason":"compiler-artifact","profile":{"opt_level":"0","test":true},"features":[],"executable":"/t/gate_record-probe"}
{"reason":"build-finished","success":true}"#;
        let found = programs(messages).unwrap();
        assert_eq!(
            found,
            BTreeMap::from([(
                "gate_record".to_owned(),
                PathBuf::from("/t/deps/gate_record-0f1e2d3c4b5a6978")
            )])
        );
        assert!(programs(&format!("{messages}\n{messages}")).is_err());
    }
}
