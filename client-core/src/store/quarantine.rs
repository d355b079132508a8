//! A damaged store is set aside, whole and under a name that says so; what it still holds of unsent work goes into a new
//! one, which the next opening finds.
//!
//! The new store is complete before the damaged one moves, so that a program that ends in between loses nothing: the next
//! one begins again, or finishes the renaming.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::salvage::{Pages, salvage};
use super::{Saved, StoreError, files, migrate};

/// What lies beside a store and moves with it. The installation's marker too: what the new store writes is another
/// actor's, because it does not know how far the old one had counted.
const BESIDE: &[&str] = &["-wal", "-shm", ".install"];
/// The new store until it has its place.
const FRESH: &str = ".salvaged";

fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Gives a salvaged store its place, if a program ended before it could.
pub(super) fn finish(path: &Path) -> io::Result<()> {
    let fresh = with(path, FRESH);
    if path.exists() || !fresh.exists() {
        return Ok(());
    }
    std::fs::rename(fresh, path)?;
    files::sync_names_beside(path)
}

/// Sets a damaged store aside; the error says where it is and what was saved.
pub(super) fn quarantine(path: &Path, now_ms: i64) -> StoreError {
    let fresh = with(path, FRESH);
    let saved = match renewed(path, &fresh) {
        Ok(saved) => Some(saved),
        Err(error) => {
            tracing::error!(%error, "nothing could be saved from the damaged store");
            None
        }
    };
    let aside = with(path, &format!(".damaged-{now_ms}"));
    if std::fs::rename(path, &aside).is_err() {
        return StoreError::Damaged { set_aside: path.display().to_string(), saved: None };
    }
    for suffix in BESIDE {
        // What cannot follow stays beside the new name: nothing is deleted.
        if let Err(error) = std::fs::rename(with(path, suffix), with(&aside, suffix)) {
            tracing::debug!(%error, suffix, "nothing to set aside");
        }
    }
    let placed = saved.is_none() || std::fs::rename(&fresh, path).is_ok();
    if let Err(error) = files::sync_names_beside(path) {
        tracing::error!(%error, "the folder cannot be synced");
    }
    let saved = saved.filter(|_| placed);
    tracing::error!(store.set_aside = %aside.display(), ?saved, "the local store is damaged");
    StoreError::Damaged { set_aside: aside.display().to_string(), saved }
}

/// Makes a new store of what the damaged one still holds; everything is in one file when it is closed.
fn renewed(path: &Path, fresh: &Path) -> Result<Saved, StoreError> {
    for suffix in ["", "-journal"] {
        match std::fs::remove_file(with(fresh, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let mut connection = Connection::open(fresh)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    migrate::migrate(&mut connection)?;
    let pages = Pages::read(path, &with(path, "-wal"))?;
    let transaction = connection.transaction()?;
    let saved = salvage(&pages, &transaction)?;
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(saved)
}
