//! HTTP: the border every request passes, typed extractors, and the routes.

pub(crate) mod answer;
pub mod api;
mod attachments;
pub mod border;
mod browser;
pub mod extract;
mod faces;
mod health;
pub mod json;
pub mod openapi;
pub mod problem;
pub mod router;
pub mod serve;
mod sync;
