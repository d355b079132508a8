//! Backups: a copy of everything a server knows, taken while it works, and another life begun from one.
//!
//! * `manifest`: what a backup says of itself. * `take`: taking one. * `examine`: whether one is whole.
//! * `restore`: a new data folder from one. * `files`: bytes, their digests, and the disk. * `fault`: what can be wrong.
//!
//! A backup is a folder: the database as one snapshot, the attachments, and `manifest.json` with size and SHA-256 of every
//! file. Invariants: a backup under its own name is complete, on disk and was read again; only then phones are told that they
//! need not keep what it holds. A restored server has a new epoch, so that every phone offers again what it still keeps.

mod examine;
mod fault;
mod files;
mod manifest;
mod restore;
mod take;

pub use examine::examine;
pub use fault::{BackupError, Damage, DamageKind};
pub use manifest::{LogHead, Manifest, ManifestFile};
pub use restore::{Restored, restore};
pub use take::{Taken, take};

/// The folder of attachments inside the data folder and inside a backup; each file is named by its SHA-256.
pub const ATTACHMENTS: &str = "attachments";
/// The manifest inside a backup.
pub const MANIFEST: &str = "manifest.json";

/// True when `name` is a SHA-256 in lower-case digits: a whole attachment. Anything else there is an upload under way.
fn is_digest(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
