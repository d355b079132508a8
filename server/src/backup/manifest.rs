//! What a backup says of itself.

use serde::{Deserialize, Serialize};

use super::fault::{BackupError, Damage, DamageKind};
use super::{ATTACHMENTS, MANIFEST, is_digest};
use crate::store::sqlite::DATABASE_FILE;

/// The version of the manifest this program writes.
pub(super) const FORMAT: u32 = 1;
/// A manifest is read whole: about 150 bytes a file, so this is room for half a million attachments.
pub(super) const MANIFEST_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this file's own shape.
    pub format: u32,
    /// When it was taken, RFC 3339.
    pub made_at: String,
    /// The program that took it.
    pub program: String,
    /// Version of the database.
    pub schema_version: u32,
    /// The life of the server it was taken of.
    pub epoch: String,
    /// Where the log ends.
    pub log: LogHead,
    /// Every file but this one.
    pub files: Vec<ManifestFile>,
}

/// The end of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHead {
    /// Rows.
    pub rows: u64,
    /// Hash of the last row, in hexadecimal digits; empty for an empty log.
    pub head: String,
}

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Path inside the backup, parts joined by `/`.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
}

impl Manifest {
    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Attachments among the files.
    pub fn attachments(&self) -> usize {
        self.files.iter().filter(|file| file.path != DATABASE_FILE).count()
    }

    /// The text of the file.
    pub(super) fn to_text(&self) -> Result<String, BackupError> {
        let unwritable = |_| BackupError::Damaged(vec![Damage::new(MANIFEST, DamageKind::Unreadable)]);
        serde_json::to_string_pretty(self).map_err(unwritable)
    }

    /// Reads the text; a manifest of a later shape is told apart from a broken one.
    pub(super) fn of_text(text: &[u8]) -> Result<Manifest, BackupError> {
        #[derive(Deserialize)]
        struct Shape {
            format: u32,
        }
        let broken = || BackupError::Damaged(vec![Damage::new(MANIFEST, DamageKind::Unreadable)]);
        let shape: Shape = serde_json::from_slice(text).map_err(|_| broken())?;
        if shape.format > FORMAT {
            return Err(BackupError::Newer { what: "manifest", found: shape.format, known: FORMAT });
        }
        let manifest: Manifest = serde_json::from_slice(text).map_err(|_| broken())?;
        let strange = manifest.files.iter().find(|file| !is_ours(&file.path));
        match strange {
            Some(file) => Err(BackupError::Damaged(vec![Damage::new(&file.path, DamageKind::Strange)])),
            None => Ok(manifest),
        }
    }
}

/// True for a path that a backup may name: the database, or an attachment. Nothing else is ever written by it.
fn is_ours(path: &str) -> bool {
    let mut parts = path.split('/');
    match (parts.next(), parts.next_back()) {
        (Some(DATABASE_FILE), None) => true,
        (Some(ATTACHMENTS), Some(name)) => {
            is_digest(name) && parts.all(|part| !part.is_empty() && !part.starts_with('.'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_the_database_and_attachments_only() {
        let digest = "0a".repeat(32);
        for good in
            [DATABASE_FILE.to_owned(), format!("attachments/{digest}"), format!("attachments/0a/{digest}")]
        {
            assert!(is_ours(&good), "{good}");
        }
        for bad in ["", "/etc/passwd", "manifest.json", "attachments", "attachments/x", "../doorstep.sqlite"]
        {
            assert!(!is_ours(bad), "{bad}");
        }
        assert!(!is_ours(&format!("attachments/../{digest}")));
        assert!(!is_ours(&format!("attachments//{digest}")));
    }
}
