//! The wire between a device and a server: messages, limits, problem kinds, versions.
//!
//! Words: an *envelope* is what a device pushes, numbered 1..n per device key and signed by it; its *items* are the
//! facts (a change, a submission, ...). A *page* is what a device pulls; its items are what the device must hear about.
//! `PROTOCOL.md` beside this crate tells the conversation; this crate is its normative form.
//!
//! Invariant: nothing here knows a clock, randomness, a socket or a file. Every decoder is bounded by [`limits`].
#![warn(missing_docs)]

pub mod attachment;
pub mod bundle;
pub mod envelope;
pub mod frame;
pub mod hello;
pub mod ids;
pub mod limits;
pub mod problem;
pub mod pull;
pub mod push;
#[cfg(feature = "schema")]
mod schema;
pub mod version;

pub use attachment::AttachmentHash;
pub use envelope::{Envelope, EnvelopeError, Item, SignedEnvelope};
pub use ids::{DeviceId, EnvelopeId, Epoch, ObjectId, UserId};
pub use problem::{Problem, ProblemKind};
