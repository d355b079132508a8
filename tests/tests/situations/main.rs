//! Twelve situations of field work, each end to end: people differ, and the result is the one that was agreed on.
//! Everywhere the same: nobody's answer is lost, what was approved last stands until a person decides, and nothing an
//! approver has not seen takes effect.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

#[path = "../field/mod.rs"]
mod field;

mod household;
mod invariants;
mod s01_health;
mod s02_registered_twice;
mod s05_office_and_phone;
mod s06_longer_list;
mod s07_causes;
mod s08_objection;
mod s09_sheep;
mod s10_income;
mod s11_funds;
mod s12_sixty_days;
