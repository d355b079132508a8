//! The promises of the design over the real programs: processes that are killed, and what a hostile or broken phone can
//! send over real HTTP. What needs thousands of turns is in the simulation.

#![allow(clippy::unwrap_used)]

mod bad_input;
mod killed;
mod raw;
mod restored;
mod town;
