//! A data folder from a backup: another life of the server.

use std::path::Path;

use super::examine::examine;
use super::fault::{BackupError, Damage, DamageKind};
use super::files::{self, Part};
use super::manifest::Manifest;
use super::take::no_place;
use crate::source::Entropy;
use crate::store::SqliteStore;
use crate::store::sqlite::{DATABASE_FILE, backups};

/// What was restored.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The backup.
    pub manifest: Manifest,
    /// The new life of the server.
    pub epoch: String,
}

/// Makes the data folder `data`, which must not exist or be empty, from the backup in `from`.
///
/// The server in it is a new life: it has another epoch, writes as another actor than the one that was lost (which may have
/// written more than the backup knows), nobody is signed in, no code is open, and no phone may forget anything yet.
///
/// # Errors
/// Those of [`examine`], or [`BackupError::Taken`]; nothing stands at `data` then.
pub fn restore(
    from: &Path,
    data: &Path,
    entropy: &dyn Entropy,
    now_ms: i64,
) -> Result<Restored, BackupError> {
    let manifest = examine(from)?;
    let part = Part::begin(data).map_err(|error| no_place(error, data))?;
    for file in &manifest.files {
        let (source, target) = (from.join(&file.path), part.folder().join(&file.path));
        files::folders(&files::parent(&target)).map_err(BackupError::io(&target))?;
        let measured = files::copy(&source, &target).map_err(BackupError::io(&source))?;
        if measured.sha256 != file.sha256 {
            return Err(BackupError::Damaged(vec![Damage::new(&file.path, DamageKind::Content)]));
        }
    }
    // Brings an older database to this version.
    drop(SqliteStore::open(part.folder(), entropy, now_ms)?);
    let database = part.folder().join(DATABASE_FILE);
    let epoch = backups::begin_new_life(&database, entropy, now_ms)?;
    files::sync_file(&database).map_err(BackupError::io(&database))?;
    part.finish().map_err(BackupError::io(data))?;
    Ok(Restored { manifest, epoch: epoch.to_string() })
}
