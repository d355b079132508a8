//! Names of files that survive a power cut: a file system may forget a name until its folder was synced.

use std::io;
use std::path::Path;

/// Makes the folder a file is to lie in, when it is missing.
pub(crate) fn make_folder_of(file: &Path) -> io::Result<()> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let is_named = |path: &&Path| !path.as_os_str().is_empty();
    let missing: Vec<&Path> = folder.ancestors().filter(is_named).take_while(|path| !path.exists()).collect();
    std::fs::create_dir_all(folder)?;
    missing.into_iter().try_for_each(sync_names_beside)
}

/// Makes the names in the folder of `file` durable.
#[cfg(unix)]
pub(crate) fn sync_names_beside(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
pub(crate) fn sync_names_beside(_: &Path) -> io::Result<()> {
    Ok(())
}
