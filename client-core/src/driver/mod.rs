//! The machine under a native device: its clock, its randomness, its network.

mod http;
mod machine;

pub use http::{HttpTransport, ready_tls};
pub use machine::{SystemClock, SystemEntropy, surroundings};
