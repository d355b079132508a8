//! Sync: enrolment, hello, push, pull.

pub(crate) mod enrol;
pub(crate) mod hello;
