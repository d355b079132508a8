//! The files: `attachments/5f/5f...` for blobs, `attachments/partial/<phone>/<sha256>` for what has arrived of one.
//!
//! Names are made here, of hexadecimal digits alone: nothing that a phone says becomes a path.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use doorstep_protocol::attachment::SNIFFED_BYTES;
use doorstep_protocol::limits::ATTACHMENT_PARTIALS_PER_DEVICE;
use doorstep_protocol::{AttachmentHash, DeviceId};
use sha2::{Digest, Sha256};

/// Bytes read at once.
const READ_BYTES: usize = 64 * 1024;

/// The folder of the files.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

/// What has arrived of one file from one phone, open for more.
#[derive(Debug)]
pub(super) struct Partial {
    file: File,
    path: PathBuf,
    /// Bytes that are there.
    pub(super) len: u64,
}

impl Folder {
    pub(super) fn new(data: &Path) -> Folder {
        Folder { root: data.join(super::FOLDER) }
    }

    fn blob(&self, sha256: AttachmentHash) -> PathBuf {
        let name = sha256.to_string();
        self.root.join(&name[..2]).join(name)
    }

    fn of_device(&self, device: DeviceId) -> PathBuf {
        self.root.join("partial").join(device.to_string())
    }

    /// Bytes that have arrived, synced before they are told.
    pub(super) fn arrived(&self, device: DeviceId, sha256: AttachmentHash) -> io::Result<u64> {
        let path = self.of_device(device).join(sha256.to_string());
        match File::open(path) {
            Ok(file) => {
                file.sync_data()?;
                Ok(file.metadata()?.len())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Opens what has arrived, or begins it. Of too many of one phone, those that have not grown for longest go.
    pub(super) fn open_partial(&self, device: DeviceId, sha256: AttachmentHash) -> io::Result<Partial> {
        let folder = self.of_device(device);
        let path = folder.join(sha256.to_string());
        if !path.exists() {
            make_folder(&folder)?;
            make_room(&folder)?;
        }
        let mut file = File::options().read(true).append(true).create(true).open(&path)?;
        let len = file.seek(SeekFrom::End(0))?;
        Ok(Partial { file, path, len })
    }

    /// Makes a blob of a partial whose hash was checked. The partial stays: until the blob is written down, a crash must
    /// not cost what has arrived.
    pub(super) fn keep(&self, partial: &Partial, device: DeviceId, sha256: AttachmentHash) -> io::Result<()> {
        let blob = self.blob(sha256);
        let fresh = blob.with_extension(format!("{device}.new"));
        if let Some(folder) = blob.parent() {
            make_folder(folder)?;
            remove(&fresh)?;
            // The same bytes under a second name; a copy where the disk knows no such thing.
            if fs::hard_link(&partial.path, &fresh).is_err() {
                fs::copy(&partial.path, &fresh)?;
                File::open(&fresh)?.sync_all()?;
            }
            // What stood there had the same hash once: the fresh bytes are at least as good.
            fs::rename(&fresh, &blob)?;
            sync_folder(folder)?;
        }
        Ok(())
    }

    /// Forgets what arrived of a file: it is a blob now, or it was wrong.
    pub(super) fn forget(&self, device: DeviceId, sha256: AttachmentHash) -> io::Result<()> {
        remove(&self.of_device(device).join(sha256.to_string()))
    }

    pub(super) fn open(&self, sha256: AttachmentHash) -> io::Result<File> {
        File::open(self.blob(sha256))
    }

    /// The names of all blobs in the folder.
    pub(super) fn names(&self) -> io::Result<Vec<AttachmentHash>> {
        let mut names = Vec::new();
        for folder in entries(&self.root)? {
            if folder.file_name().is_some_and(|name| name != "partial") && folder.is_dir() {
                let files = entries(&folder)?;
                let name = |path: &PathBuf| path.file_name()?.to_str()?.parse::<AttachmentHash>().ok();
                names.extend(files.iter().filter_map(name));
            }
        }
        Ok(names)
    }
}

impl Partial {
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// The bytes that tell what it is.
    pub(super) fn first(&mut self) -> io::Result<Vec<u8>> {
        self.file.seek(SeekFrom::Start(0))?;
        let mut first = Vec::with_capacity(SNIFFED_BYTES);
        (&self.file).take(SNIFFED_BYTES as u64).read_to_end(&mut first)?;
        Ok(first)
    }

    pub(super) fn hash(&mut self) -> io::Result<AttachmentHash> {
        self.file.seek(SeekFrom::Start(0))?;
        hash_of(&mut self.file)
    }
}

/// The name of what is left to read.
pub(super) fn hash_of(file: &mut File) -> io::Result<AttachmentHash> {
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; READ_BYTES]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(AttachmentHash::from_bytes(hasher.finalize().into())),
            read => hasher.update(&buffer[..read]),
        }
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let Some(parent) = folder.parent() else { return Ok(()) };
    make_folder(parent)?;
    crate::folder::make_folder(folder)?;
    // The name of a new folder must survive a power cut as well.
    sync_folder(parent)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn make_room(folder: &Path) -> io::Result<()> {
    let mut begun = Vec::new();
    for path in entries(folder)? {
        let grown = path.metadata().and_then(|known| known.modified());
        // One that another request just finished is none any more.
        begun.extend(grown.ok().map(|at| (at, path)));
    }
    begun.sort();
    let most = ATTACHMENT_PARTIALS_PER_DEVICE - 1;
    let room = begun.len().saturating_sub(most);
    begun.iter().take(room).try_for_each(|(_, path)| remove(path))
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
