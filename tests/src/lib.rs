//! What the end-to-end tests share.
//!
//! * `binaries`: the real programs as processes that end with their test.
//! * `crowd`: very many made-up people, with planted duplicates.
//! * `durability`: what was acknowledged before it was on disk.
//! * `sim`: several real device stores and the real server core in one process, with faults from a seed.

pub mod binaries;
pub mod crowd;
pub mod durability;
pub mod sim;
