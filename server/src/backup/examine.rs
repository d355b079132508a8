//! Whether a backup is whole: every file, its digest, nothing missing or too much; the database and the chain of its log.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::MANIFEST;
use super::fault::{BackupError, Damage, DamageKind};
use super::files;
use super::manifest::{LogHead, MANIFEST_BYTES_MAX, Manifest};
use crate::log;
use crate::store::StoreError;
use crate::store::sqlite::{DATABASE_FILE, backups};

/// Reads a backup through and says what it holds.
///
/// # Errors
/// [`BackupError::NoBackup`], [`BackupError::Newer`], or [`BackupError::Damaged`] with every damaged part.
pub fn examine(folder: &Path) -> Result<Manifest, BackupError> {
    let manifest = read_manifest(folder)?;
    let known = backups::schema_version();
    if manifest.schema_version > known {
        return Err(BackupError::Newer { what: "database", found: manifest.schema_version, known });
    }
    let mut damages = compare(folder, &manifest)?;
    // A database whose bytes are others than those written is looked at no further.
    if !damages.iter().any(|damage| damage.file == DATABASE_FILE) {
        damages.extend(
            database(&folder.join(DATABASE_FILE), &manifest).map(|kind| Damage::new(DATABASE_FILE, kind)),
        );
    }
    if damages.is_empty() { Ok(manifest) } else { Err(BackupError::Damaged(damages)) }
}

fn read_manifest(folder: &Path) -> Result<Manifest, BackupError> {
    let path = folder.join(MANIFEST);
    let size = match std::fs::metadata(&path) {
        Ok(found) if found.is_file() => found.len(),
        _ => return Err(BackupError::NoBackup(folder.to_owned())),
    };
    if size > MANIFEST_BYTES_MAX {
        return Err(BackupError::Damaged(vec![Damage::new(MANIFEST, DamageKind::Unreadable)]));
    }
    Manifest::of_text(&std::fs::read(&path).map_err(BackupError::io(&path))?)
}

/// The files against the manifest.
fn compare(folder: &Path, manifest: &Manifest) -> Result<Vec<Damage>, BackupError> {
    let mut there: BTreeMap<String, bool> =
        files::tree(folder).map_err(BackupError::io(folder))?.into_iter().collect();
    there.remove(MANIFEST);
    let mut damages = Vec::new();
    let mut named: Vec<&str> = Vec::new();
    for file in &manifest.files {
        let damaged = match there.remove(&file.path) {
            // Named twice is as good as not being there a second time.
            None => Some(DamageKind::Missing),
            Some(false) => Some(DamageKind::Unreadable),
            Some(true) => content(&folder.join(&file.path), file.bytes, &file.sha256),
        };
        damages.extend(damaged.map(|kind| Damage::new(&file.path, kind)));
        named.push(&file.path);
    }
    if !named.contains(&DATABASE_FILE) {
        damages.push(Damage::new(DATABASE_FILE, DamageKind::Missing));
    }
    let extra = there.into_keys().filter(|path| !named.contains(&path.as_str()));
    damages.extend(extra.map(|path| Damage::new(&path, DamageKind::Extra)));
    Ok(damages)
}

fn content(path: &Path, bytes: u64, sha256: &str) -> Option<DamageKind> {
    match files::measure(path) {
        Err(_) => Some(DamageKind::Unreadable),
        Ok(found) if found.bytes != bytes => Some(DamageKind::Size { expected: bytes, found: found.bytes }),
        Ok(found) if found.sha256 != sha256 => Some(DamageKind::Content),
        Ok(_) => None,
    }
}

/// What is wrong with the database inside.
fn database(path: &Path, manifest: &Manifest) -> Option<DamageKind> {
    match look(path) {
        Err(StoreError::Storage(error)) => Some(DamageKind::Database(error.to_string())),
        Err(error) => Some(DamageKind::Database(error.to_string())),
        Ok(Inside { faults, .. }) if !faults.is_empty() => Some(DamageKind::Database(faults.join("; "))),
        Ok(Inside { chain: false, .. }) => Some(DamageKind::Log),
        Ok(inside) if inside.log != manifest.log => Some(DamageKind::Log),
        Ok(inside) if inside.schema_version != manifest.schema_version || inside.epoch != manifest.epoch => {
            Some(DamageKind::Other)
        }
        Ok(_) => None,
    }
}

/// What a database says of itself.
pub(super) struct Inside {
    faults: Vec<String>,
    chain: bool,
    pub(super) log: LogHead,
    pub(super) schema_version: u32,
    pub(super) epoch: String,
}

/// Reads a database that nobody writes to, from its first page to its last.
pub(super) fn look(path: &Path) -> Result<Inside, StoreError> {
    let conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    let faults: Vec<String> = conn
        .prepare("PRAGMA integrity_check(5)")?
        .query_map([], |row| row.get::<_, String>(0))?
        .filter(|fault| !matches!(fault, Ok(fault) if fault == "ok"))
        .collect::<Result<_, _>>()?;
    let chain = match log::verify(&conn) {
        Ok(_) => true,
        Err(StoreError::Damaged(_)) => false,
        Err(error) => return Err(error),
    };
    let (rows, head) = backups::log_head(&conn)?;
    Ok(Inside {
        faults,
        chain,
        log: LogHead { rows, head: data_encoding::HEXLOWER.encode(&head) },
        schema_version: conn.pragma_query_value(None, "user_version", |row| row.get(0))?,
        epoch: backups::epoch(&conn)?.to_string(),
    })
}
