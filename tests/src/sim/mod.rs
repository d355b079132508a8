//! A simulation of a survey: several real device stores and the real server core in one process, joined by a network that
//! loses, doubles, delays, tears and reorders, with crashes, full disks, wrong clocks, copied, restored and revoked phones,
//! a server restored from a backup, and grants, work and form versions that change in the middle of it all. Everything
//! follows from a seed, so that a seed replays a failure to the letter.
//!
//! * `chance`, `time`: randomness and clocks. * `server`, `phone`, `wire`: who takes part. * `tally`: how much happened.
//! * `world`: one schedule. `deeds`: what people do on phones; `office`, `desk`: what supervisors do; `mishaps`: what
//!   befalls machines. * `many`: schedules on all cores.
//! * `check`, `rebuild`: what must hold when all is quiet again. `oracle`: what the accepted changes mean, worked
//!   out without the server's and the phone's reading. `sight`: what a person may know of.
//! * `drill`: the server is lost and made again from a backup.
//! * `plant`: faults planted at the seams between phone and server. Those inside are `doorstep_plant`'s.

pub mod chance;
pub mod check;
pub mod cursor;
mod deeds;
mod desk;
pub mod drill;
pub mod forge;
pub mod form;
pub mod many;
mod mishaps;
pub mod office;
pub mod oracle;
pub mod phone;
pub mod plant;
pub mod rebuild;
pub mod server;
pub mod sight;
pub mod tally;
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
