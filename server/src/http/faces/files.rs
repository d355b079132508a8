//! The built files: inside a release binary, on the disk beside a debug one.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};

use axum::body::Bytes;
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::write::GzEncoder;

/// `web/dist`, as `cargo xtask web` makes it; a release binary holds it. Without it there is no file.
#[cfg(not(debug_assertions))]
#[derive(rust_embed::RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Built;

/// One file.
#[derive(Clone)]
pub(super) struct File {
    pub(super) bytes: Bytes,
    /// Names its content.
    pub(super) tag: String,
}

/// Files by name, and what compressing them gave.
pub(super) struct Files {
    find: fn(&str) -> Option<File>,
    zipped: Mutex<HashMap<String, Bytes>>,
}

impl Files {
    /// Those of this binary.
    pub(super) fn built() -> &'static Files {
        static BUILT: OnceLock<Files> = OnceLock::new();
        BUILT.get_or_init(|| Files::found_by(built))
    }

    pub(super) fn found_by(find: fn(&str) -> Option<File>) -> Files {
        Files { find, zipped: Mutex::default() }
    }

    pub(super) fn get(&self, name: &str) -> Option<File> {
        (self.find)(name)
    }

    /// A file compressed; it is compressed once.
    pub(super) fn zipped(&self, name: &str, file: &File) -> Bytes {
        let key = format!("{name} {}", file.tag);
        let known =
            |files: &Files| files.zipped.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(bytes) = known(self) {
            return bytes;
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        // Writing to memory does not fail; if it did, the plain bytes would not be what the header says.
        let packed = encoder.write_all(&file.bytes).and_then(|()| encoder.finish()).unwrap_or_default();
        let packed = Bytes::from(packed);
        self.zipped.lock().unwrap_or_else(PoisonError::into_inner).insert(key, packed.clone());
        packed
    }
}

#[cfg(not(debug_assertions))]
fn built(name: &str) -> Option<File> {
    let file = Built::get(name)?;
    let bytes = match file.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    };
    Some(File { bytes, tag: HEXLOWER.encode(&file.metadata.sha256_hash()[..16]) })
}

/// A debug binary reads the disk: a face that was built again is seen at once, even the first one.
#[cfg(debug_assertions)]
fn built(name: &str) -> Option<File> {
    use sha2::{Digest, Sha256};
    use std::path::{Component, Path};
    // Nothing outside the folder is a face.
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../web/dist"));
    let bytes = std::fs::read(folder.join(name)).ok().filter(|_| inside)?;
    Some(File { tag: HEXLOWER.encode(&Sha256::digest(&bytes)[..16]), bytes: Bytes::from(bytes) })
}
