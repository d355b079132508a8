//! The REST API over a real store: roles, areas, problems, limits.

mod accounts;
mod attachments;
mod border;
mod bundles;
mod matrix;
mod phone;
mod publishing;
mod review;
mod support;
