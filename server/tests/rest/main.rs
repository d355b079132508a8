//! The REST API over a real store: roles, areas, problems, limits.

mod accounts;
mod attachments;
mod border;
mod browser;
mod bundles;
mod events;
mod matrix;
mod openapi;
mod phone;
mod publishing;
mod review;
mod support;
