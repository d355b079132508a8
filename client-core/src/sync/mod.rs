//! Sync: hello, push, pull, without IO.
//!
//! [`Engine::step`] takes an [`Event`] and says which [`Effect`] comes next; the device performs it. The same events at the
//! same times with the same randomness give the same effects, so that a simulator can run it.
//!
//! The order of a sync: a session if there is none; envelopes up until none is left; pages down until the server says
//! there is no more; edits refused as a fork are written anew and go up; files last. Every failure leads back to the same question:
//! what does the store say is to be done next?

mod backoff;
mod engine;
mod event;
mod files;
pub(crate) mod perform;
pub(crate) mod repair;
mod transport;

pub use backoff::Policy;
pub(crate) use engine::problem_of;
pub use engine::{Engine, Identity};
pub use event::{
    Blocked, Download, Effect, Event, Post, Situation, SyncFailure, SyncReport, Upload, VerdictCounts, Write,
};
pub use transport::{Fetched, Reply, Transport, TransportError, route};
