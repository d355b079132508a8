//! Files and folders: copied with their digest, read again, forced to disk. What a backup holds is readable by its owner
//! only, like the data folder: the server's keys lie in it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Read and written at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// Size and digest of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Measured {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// Reads a file to its end.
pub(super) fn measure(path: &Path) -> io::Result<Measured> {
    pour(&mut File::open(path)?, &mut io::sink())
}

/// Copies a file to where none is yet, and forces it to disk.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<Measured> {
    let mut target = new_file(to)?;
    let measured = pour(&mut File::open(from)?, &mut target)?;
    target.sync_all()?;
    Ok(measured)
}

/// Writes a new file and forces it to disk.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = new_file(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn pour(from: &mut impl Read, to: &mut impl Write) -> io::Result<Measured> {
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = from.read(&mut chunk)?;
        if read == 0 {
            let sha256 = data_encoding::HEXLOWER.encode(&hasher.finalize());
            return Ok(Measured { bytes, sha256 });
        }
        hasher.update(&chunk[..read]);
        to.write_all(&chunk[..read])?;
        bytes += read as u64;
    }
}

/// A new, empty file for its owner only.
pub(super) fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A new folder for its owner only.
pub(super) fn new_folder(path: &Path) -> io::Result<()> {
    builder(false).create(path)
}

/// A folder with those above it, as far as they are missing.
pub(super) fn folders(path: &Path) -> io::Result<()> {
    builder(true).create(path)
}

fn builder(recursive: bool) -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(recursive);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Forces a file to disk that somebody else has written.
pub(super) fn sync_file(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Forces the names in a folder, and in all folders below it, to disk.
pub(super) fn sync_folders(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    sync_folder(path)
}

/// Forces the names in a folder to disk.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// The folder something lies in.
pub(super) fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Everything below a folder that is no folder, with its path there; in order. Links are named, never followed.
pub(super) fn tree(root: &Path) -> io::Result<Vec<(String, bool)>> {
    let mut found = Vec::new();
    walk(root, "", &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(folder: &Path, above: &str, found: &mut Vec<(String, bool)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if above.is_empty() { name } else { format!("{above}/{name}") };
        let kind = entry.file_type()?;
        match kind.is_dir() {
            true => walk(&entry.path(), &path, found)?,
            false => found.push((path, kind.is_file())),
        }
    }
    Ok(())
}

/// A folder being filled beside the place where it is to stand: it gets its name when it is whole, and goes when it is not.
pub(super) struct Part {
    folder: PathBuf,
    target: PathBuf,
    whole: bool,
}

/// The target of a [`Part`] is taken, or its place cannot be written.
pub(super) enum NoPlace {
    Taken,
    Io(io::Error),
}

impl Part {
    /// Begins to fill what is to become `target`, which must not exist or be an empty folder.
    pub(super) fn begin(target: &Path) -> Result<Part, NoPlace> {
        match fs::read_dir(target) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(NoPlace::Taken);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(NoPlace::Taken),
            Err(error) => return Err(NoPlace::Io(error)),
        }
        let Some(name) = target.file_name() else { return Err(NoPlace::Taken) };
        let parent = parent(target);
        folders(&parent).map_err(NoPlace::Io)?;
        let mut part = std::ffi::OsString::from(".");
        part.push(name);
        part.push(format!(".part-{}", std::process::id()));
        let folder = parent.join(part);
        new_folder(&folder).map_err(NoPlace::Io)?;
        Ok(Part { folder, target: target.to_owned(), whole: false })
    }

    /// The folder while it is filled.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Forces all names to disk and gives the folder its own.
    pub(super) fn finish(mut self) -> io::Result<()> {
        sync_folders(&self.folder)?;
        fs::rename(&self.folder, &self.target)?;
        self.whole = true;
        sync_folder(&parent(&self.target))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.whole
            && let Err(error) = fs::remove_dir_all(&self.folder)
        {
            tracing::debug!(%error, "a folder that was not finished stays");
        }
    }
}
