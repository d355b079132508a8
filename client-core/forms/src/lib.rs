//! Forms: packages, expressions and validation. Pure: no clock, no randomness, no IO.
#![warn(missing_docs)]

pub mod expr;
pub mod limits;
mod pattern;
