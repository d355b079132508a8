//! The binary `doorstep`.
pub mod args;
pub mod output;
