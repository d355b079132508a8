//! Sync: enrolment, hello, push, pull; bundles that somebody carried.

pub mod bundle;
pub mod door;
pub(crate) mod enrol;
pub(crate) mod hello;
pub(crate) mod pull;
pub(crate) mod push;

#[cfg(test)]
mod tests;
