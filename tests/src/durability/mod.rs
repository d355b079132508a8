//! Acked means on disk: what a process asked of the kernel, in order, and what its acknowledgements are worth if the power
//! fails; and the same process on a disk that is full, that breaks, or with its life ended at a given call.
//!
//! A kill alone cannot show the first, because the kernel keeps what a dead process has written.
//!
//! * `shim.c`: loaded before the C library. * `trace`: what it writes down. * `replay`: disks after a power cut.
//! * `survived`: what must be on them. * `faults`: disks that fill or fail, and programs that end, at a given call.

pub mod faults;
pub mod replay;
pub mod survived;
pub mod trace;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};

use trace::Event;

/// The shim, built once with the machine's C compiler.
pub fn shim() -> &'static Path {
    static SHIM: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    &SHIM.get_or_init(|| build_shim().expect("the shim compiles")).1
}

fn build_shim() -> Result<(tempfile::TempDir, PathBuf)> {
    let folder = tempfile::tempdir()?;
    let library = folder.path().join("shim.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/durability/shim.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-pthread", "-o"]).arg(&library).arg(source);
    ensure!(compiler.status().context("no C compiler")?.success(), "the shim does not compile");
    Ok((folder, library))
}

/// Loads the shim into a program that is about to start; it looks after files below `root` only.
pub fn under_shim<'a>(command: &'a mut Command, root: &Path) -> &'a mut Command {
    command.env("LD_PRELOAD", shim()).env("TRACE_ROOT", root)
}

/// Runs a probe under the shim over `root` and gives what it did. Of files whose name ends in `deaf`, syncs do nothing.
pub fn traced(probe: &Path, args: &[&str], root: &Path, deaf: Option<&str>) -> Result<Vec<Event>> {
    let file = tempfile::NamedTempFile::new_in(crate::sim::scratch())?;
    let mut command = Command::new(probe);
    under_shim(command.args(args).arg(root), root).env("TRACE_FILE", file.path());
    if let Some(deaf) = deaf {
        command.env("TRACE_DEAF", deaf);
    }
    let output = command.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    trace::read(file.path())
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
pub fn acks(events: &[Event]) -> Acks {
    let mut unsynced = BTreeSet::new();
    let mut acks = Acks::default();
    for event in events {
        match event {
            Event::Write(path, ..) => {
                unsynced.insert(path);
            }
            Event::Sync(path) => {
                unsynced.remove(path);
            }
            Event::Unlink(path) => {
                unsynced.remove(path);
            }
            Event::Ack(lines) if unsynced.is_empty() => acks.durable += lines.lines().count(),
            Event::Ack(lines) => acks.hasty += lines.lines().count(),
            _ => {}
        }
    }
    acks
}
