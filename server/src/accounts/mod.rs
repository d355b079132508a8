//! People and their keys: passwords, sign-in throttling, one-time codes and session tokens.

pub mod password;
pub mod secret;
pub mod throttle;
