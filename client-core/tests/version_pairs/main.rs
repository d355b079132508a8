//! Generated pairs of form versions: a phone with the old one and a phone with the new one edit the same record at the
//! same time, and meet in every order. Nothing that either wrote is lost, and both read the same under either version.
//!
//! * `plan`: two versions and how each question of the first is read under the second. * `phones`: two phones that write
//!   and meet. * `expected`: what must come out, by the plan alone. * `pairs`: the property. * `moved`: the rule for a question
//!   that moved, in tables.
#![allow(clippy::unwrap_used)]

mod expected;
mod moved;
mod pairs;
mod phones;
mod plan;
