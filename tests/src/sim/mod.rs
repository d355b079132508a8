//! A simulation of a survey: several real device stores and the real server core in one process, joined by a network that
//! loses, doubles, delays, tears and reorders, with crashes, wrong clocks, copied phones, restored phones and grants that
//! change in the middle of a walk. Everything follows from a seed, so that `SEED=n` replays a failure to the letter.
//!
//! * `chance`, `time`: randomness and clocks. * `server`, `phone`, `wire`: who takes part.
//! * `world`: what people do. * `office`: what supervisors do. * `check`: what must hold when all is quiet again.
//! * `drill`: the server is lost and made again from a backup.
//! * `plant`: faults planted on purpose, to show that the checks can fail.

pub mod chance;
pub mod check;
pub mod cursor;
pub mod drill;
pub mod forge;
pub mod form;
pub mod office;
pub mod phone;
pub mod plant;
pub mod server;
pub mod time;
pub mod violation;
pub mod wire;
pub mod world;

use std::path::PathBuf;

pub use plant::Plant;
pub use violation::{Check, Trouble, Violation};
pub use world::{Report, run};

/// Where the files of a simulation lie: in memory where the machine has such a folder, because a simulation asks for
/// thousands of fsyncs and cannot lose power.
pub fn scratch() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}
