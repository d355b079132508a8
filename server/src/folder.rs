//! The data folder: made by the first command, readable by its owner only, because the server's keys lie in it.

use std::fs;
use std::io;
use std::path::Path;

use crate::store::sqlite::DATABASE_FILE;

/// Makes the folder and an empty database file when they are missing. SQLite gives its other files (`-wal`, `-shm`) the
/// permissions of the database file, so that setting them here once, before anything is written, covers all.
pub fn prepare(folder: &Path) -> io::Result<()> {
    make_folder(folder)?;
    make_file(&folder.join(DATABASE_FILE))
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
