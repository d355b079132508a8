//! The promises of the design over the real programs: processes that are killed, and what a hostile or broken phone can
//! send over real HTTP. What needs thousands of turns is in the simulation.

#![allow(clippy::unwrap_used)]

mod bad_input;
mod damaged;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod each_call;
mod killed;
mod phone;
mod raw;
mod restored;
mod town;
#[cfg(target_os = "linux")]
#[path = "../village/mod.rs"]
mod village;
