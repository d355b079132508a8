//! Reviews: the queue, decisions on exact heads, comments, waivers.

/// Reviews: the queue, decisions on exact heads, comments, waivers.
pub trait Reviews {}
