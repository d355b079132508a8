//! HTTP.
pub mod border;
pub mod json;
pub mod problem;
pub mod serve;
