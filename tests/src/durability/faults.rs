//! A program whose disk fills or fails, or whose life ends, at a given call.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{trace, under_shim};

/// What befalls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is killed before the call.
    Kill,
    /// From this call on nothing can be written.
    Full,
    /// The next sync fails, once.
    Broken,
}

impl Fault {
    fn name(self) -> &'static str {
        match self {
            Fault::Kill => "kill",
            Fault::Full => "full",
            Fault::Broken => "broken",
        }
    }
}

/// Lets a fault befall a program at call number `at` of those that change files below `root`.
pub fn at_call(command: &mut Command, root: &Path, fault: Fault, at: usize) {
    under_shim(command, root).env("FAULT", fault.name()).env("FAULT_AT", at.to_string());
}

/// Runs a program and counts its calls that change files below `root`.
pub fn count_calls(command: &mut Command, root: &Path) -> Result<usize> {
    let file = tempfile::NamedTempFile::new()?;
    let output = under_shim(command, root).env("TRACE_FILE", file.path()).output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(trace::calls(&trace::read(file.path())?))
}

/// Calls at which to try: all of them, or so many (`CALLS`, else 25) over the whole range.
pub fn sampled(calls: usize) -> Vec<usize> {
    let wanted = std::env::var("CALLS").ok().and_then(|calls| calls.parse().ok()).unwrap_or(25_usize);
    let mut sampled: Vec<usize> = match calls <= wanted {
        true => (1..=calls).collect(),
        false => (0..wanted).map(|at| 1 + at * (calls - 1) / (wanted - 1).max(1)).collect(),
    };
    sampled.dedup();
    sampled
}
