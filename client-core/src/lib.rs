//! What a phone runs: local store, outbox, sync engine, form session.
//!
//! [`Device`] is the whole of it. `store` is what survives a crash, `sync` the conversation with the server, `session` the
//! filling of a form, `told` what lists say, `failure` what a person reads when something went wrong, `driver` (feature `native`) the machine's
//! clock, randomness and network.
#![warn(missing_docs)]

pub mod device;
#[cfg(feature = "native")]
pub mod driver;
pub mod env;
mod error;
pub mod failure;
pub mod session;
pub mod store;
pub mod sync;
pub mod told;

pub use device::Device;
pub use error::DeviceError;
