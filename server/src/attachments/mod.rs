//! Attachments: files that answers describe (`x-attachment`), named by their SHA-256.
//!
//! A *blob* is a whole file whose hash was checked; a *partial* is what has arrived of one from one phone. A *reference* is a
//! change of a record that describes a file, and whose author is a *holder* of it: who has sent all its bytes, or was
//! shown it in a record. Invariants:
//!
//! * **Knowing a hash grants nothing.** A record gives a file only when a holder wrote the reference; whoever does not hold it
//!   and cannot see such a record is told what they would be told of a file that does not exist.
//! * **What has arrived is kept.** Bytes go to disk as they come; a cut ends the request and not the partial.
//! * **A partial belongs to one phone**, so that nobody's wrong bytes can spoil another's.
//! * Blobs and holders are a truth of their own beside the log. Which record refers to what is derived.
//!
//! `folder`: the files. `desk`: one writer to a partial. `receive`: from pieces to a blob. `model`: what is asked and answered.
//! `described`: references in a change. `verify`: the operator's check.

pub(crate) mod described;
mod desk;
mod folder;
pub mod model;
pub(crate) mod receive;
pub(crate) mod verify;

pub(crate) use receive::Files;

/// The folder of the files inside the data folder.
pub const FOLDER: &str = "attachments";
