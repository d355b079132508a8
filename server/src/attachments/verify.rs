//! The operator's check of the files: every blob is read and hashed again.

use std::collections::BTreeSet;

use doorstep_protocol::AttachmentHash;

use super::Files;
use super::folder::hash_of;
use crate::store::StoreError;

/// What became of the files.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) sound: u64,
    pub(crate) damaged: Vec<AttachmentHash>,
    pub(crate) gone: Vec<AttachmentHash>,
    pub(crate) strays: u64,
}

impl Files {
    /// Hashes these blobs anew, one after another. A file that cannot be read is told as gone and stops nothing.
    pub(crate) fn check(&self, known: &BTreeSet<AttachmentHash>) -> Result<Found, StoreError> {
        let mut found = Found::default();
        for sha256 in known {
            match self.folder.open(*sha256).and_then(|mut file| hash_of(&mut file)) {
                Ok(hash) if hash == *sha256 => found.sound += 1,
                Ok(_) => found.damaged.push(*sha256),
                Err(error) => {
                    tracing::error!(error.kind = ?error.kind(), attachment = %sha256, "a blob cannot be read");
                    found.gone.push(*sha256);
                }
            }
        }
        let strays = self.folder.names()?.into_iter().filter(|name| !known.contains(name)).count();
        found.strays = strays as u64;
        Ok(found)
    }
}
