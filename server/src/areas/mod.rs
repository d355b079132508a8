//! Areas: the administrative tree.

pub mod table;
