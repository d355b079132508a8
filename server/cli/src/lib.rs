//! The binary `doorstep`.
pub mod args;
pub mod demo;
pub mod output;
