//! Conflict threads of other collectors, rebuilt: what went wrong there when a run of offline edits arrived out of order,
//! in part, or interrupted by somebody else, must not go wrong here. Each file says in its own words what a public thread
//! of ODK was about and rebuilds it with real device stores and a real server, in every order of arrival: no false
//! conflict, no missing one, no lost value, one final state.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

#[path = "../field/mod.rs"]
mod field;

mod central_669;
mod central_698;
mod central_805;
mod central_808;
mod central_815;
mod collect_6164;
mod collect_6392;
mod orders;
