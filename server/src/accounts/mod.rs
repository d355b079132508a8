//! People and their keys: roles, passwords, sign-in throttling, one-time codes and session tokens.

pub mod doors;
pub mod model;
pub mod password;
pub mod role;
pub mod secret;
pub mod throttle;
