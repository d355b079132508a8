//! Acked means fsynced: what a process asked of the kernel, in order, and what was acknowledged before it was on disk.
//!
//! A kill cannot show this, because the kernel keeps what a dead process has written; only a power cut loses it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Builds the shim with the machine's C compiler.
pub fn build_shim(folder: &Path) -> Result<PathBuf> {
    let library = folder.join("shim.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/durability/shim.c");
    let status =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).status();
    ensure!(status.context("no C compiler")?.success(), "the shim does not compile");
    Ok(library)
}

/// Runs a probe under the shim and gives its trace.
pub fn trace(probe: &Path, args: &[&str], folder: &Path) -> Result<String> {
    let file = folder.join("trace");
    let output = Command::new(probe)
        .args(args)
        .arg(folder)
        .env("LD_PRELOAD", build_shim(folder)?)
        .env("TRACE_FILE", &file)
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(std::fs::read_to_string(file)?)
}

/// What a trace shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Acks {
    /// Acknowledgements with everything on disk.
    pub durable: usize,
    /// Acknowledgements while something written was not synced.
    pub hasty: usize,
}

/// Counts acknowledgements by whether everything written before them had been synced.
pub fn acks(trace: &str) -> Acks {
    let mut unsynced = BTreeSet::new();
    let mut acks = Acks::default();
    for line in trace.lines() {
        match line.split_at_checked(2) {
            Some(("w ", file)) => {
                unsynced.insert(file);
            }
            Some(("s ", file)) => {
                unsynced.remove(file);
            }
            Some(("a ", _)) if unsynced.is_empty() => acks.durable += 1,
            Some(("a ", _)) => acks.hasty += 1,
            _ => {}
        }
    }
    acks
}
