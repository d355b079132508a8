//! Review: decisions on exact heads, with comments on answers, waivers with a reason, and amendments.

pub mod difference;
pub mod examine;
pub mod model;
pub mod rule;
pub mod state;
pub mod view;
