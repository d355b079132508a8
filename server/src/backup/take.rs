//! Taking a backup, beside a server that works on.

use std::path::Path;

use super::examine::{examine, look};
use super::fault::BackupError;
use super::files::{self, NoPlace, Part};
use super::manifest::{FORMAT, Manifest, ManifestFile};
use super::{ATTACHMENTS, MANIFEST, is_digest};
use crate::store::SqliteStore;
use crate::store::sqlite::DATABASE_FILE;

/// A backup that was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    /// What it holds.
    pub manifest: Manifest,
    /// Attachments that are not what their name says: the backup does without them.
    pub left_out: Vec<String>,
}

/// Writes a backup of the data folder `data`, whose store is open, to `to`, which must not exist or be empty.
///
/// Phones are told that they need not keep what it holds only when it stands under its name, is on disk and was read again;
/// with `phones_keep` they are not told at all.
///
/// # Errors
/// [`BackupError`]; nothing stands at `to` then, and phones go on keeping what they keep.
pub fn take(
    store: &SqliteStore,
    data: &Path,
    to: &Path,
    phones_keep: bool,
    now_ms: i64,
) -> Result<Taken, BackupError> {
    let part = Part::begin(to).map_err(|error| no_place(error, to))?;
    let database = part.folder().join(DATABASE_FILE);
    files::new_file(&database).map_err(BackupError::io(&database))?;
    store.snapshot_into(&database)?;
    files::sync_file(&database).map_err(BackupError::io(&database))?;
    let inside = look(&database)?;
    let measured = files::measure(&database).map_err(BackupError::io(&database))?;
    let database =
        ManifestFile { path: DATABASE_FILE.to_owned(), bytes: measured.bytes, sha256: measured.sha256 };
    // After the database: what it names was there before it named it, and stays for ever.
    let (attachments, left_out) = attachments(data, part.folder())?;
    let manifest = Manifest {
        format: FORMAT,
        made_at: jiff::Timestamp::from_millisecond(now_ms).map(|at| at.to_string()).unwrap_or_default(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        schema_version: inside.schema_version,
        epoch: inside.epoch,
        log: inside.log,
        files: std::iter::once(database).chain(attachments).collect(),
    };
    let path = part.folder().join(MANIFEST);
    files::write(&path, manifest.to_text()?.as_bytes()).map_err(BackupError::io(&path))?;
    examine(part.folder())?;
    part.finish().map_err(BackupError::io(to))?;
    if !phones_keep {
        store.note_backed_up(manifest.log.rows)?;
    }
    Ok(Taken { manifest, left_out })
}

pub(super) fn no_place(error: NoPlace, target: &Path) -> BackupError {
    match error {
        NoPlace::Taken => BackupError::Taken(target.to_owned()),
        NoPlace::Io(source) => BackupError::Io { path: target.to_owned(), source },
    }
}

/// Copies the whole attachments; uploads under way have other names and are left to their phones.
fn attachments(data: &Path, part: &Path) -> Result<(Vec<ManifestFile>, Vec<String>), BackupError> {
    let (from, to) = (data.join(ATTACHMENTS), part.join(ATTACHMENTS));
    let (mut copied, mut left_out) = (Vec::new(), Vec::new());
    if !from.is_dir() {
        return Ok((copied, left_out));
    }
    for (path, is_file) in files::tree(&from).map_err(BackupError::io(&from))? {
        let name = path.rsplit('/').next().unwrap_or_default();
        if !is_file || !is_digest(name) || path.split('/').any(|part| part.starts_with('.')) {
            continue;
        }
        let (source, target) = (from.join(&path), to.join(&path));
        files::folders(&files::parent(&target)).map_err(BackupError::io(&target))?;
        let measured = files::copy(&source, &target).map_err(BackupError::io(&source))?;
        if measured.sha256 == name {
            let path = format!("{ATTACHMENTS}/{path}");
            copied.push(ManifestFile { path, bytes: measured.bytes, sha256: measured.sha256 });
        } else {
            std::fs::remove_file(&target).map_err(BackupError::io(&target))?;
            left_out.push(path);
        }
    }
    Ok((copied, left_out))
}
