//! The data folder: made by the first command, readable by its owner only, because the server's keys lie in it.

use std::fs;
use std::io;
use std::path::Path;

use crate::store::sqlite::DATABASE_FILE;

/// Makes the folder and an empty database file when they are missing. SQLite gives its other files (`-wal`, `-shm`) the
/// permissions of the database file, so that setting them here once, before anything is written, covers all.
pub fn prepare(folder: &Path) -> io::Result<()> {
    let is_named = |path: &&Path| !path.as_os_str().is_empty();
    let missing: Vec<&Path> = folder.ancestors().filter(is_named).take_while(|path| !path.exists()).collect();
    make_folder(folder)?;
    make_file(&folder.join(DATABASE_FILE))?;
    // SQLite syncs the names inside the folder. Its own name must survive a power cut as well.
    missing.into_iter().filter_map(Path::parent).try_for_each(sync_names)
}

/// Makes the names in a folder durable.
#[cfg(unix)]
fn sync_names(folder: &Path) -> io::Result<()> {
    let here = Path::new(".");
    fs::File::open(if folder.as_os_str().is_empty() { here } else { folder })?.sync_all()
}

#[cfg(not(unix))]
fn sync_names(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(unix)]
fn make_file(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().append(true).create(true).mode(0o600).open(file).map(drop)
}

#[cfg(not(unix))]
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(not(unix))]
fn make_file(file: &Path) -> io::Result<()> {
    fs::OpenOptions::new().append(true).create(true).open(file).map(drop)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_made_belongs_to_its_owner_and_what_is_there_stays() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("a/b");
        prepare(&folder).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join(DATABASE_FILE))), (0o700, 0o600));
        fs::write(folder.join(DATABASE_FILE), "kept").unwrap();
        prepare(&folder).unwrap();
        assert_eq!(fs::read_to_string(folder.join(DATABASE_FILE)).unwrap(), "kept");
    }
}
