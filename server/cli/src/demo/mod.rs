//! `doorstep demo`: the survey of a town, end to end, with real devices and a real server.

pub mod answers;
pub mod crew;
pub mod deal;
pub mod ledger;
pub mod office;
pub mod people;
pub mod proxy;
pub mod seed;
pub mod town;
