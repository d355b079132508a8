//! What is asked about attachments and what is answered.

use std::fs::File;

use doorstep_protocol::AttachmentHash;
use doorstep_protocol::attachment::MediaType;
use doorstep_records::RecordId;
use serde::Serialize;

/// Where the bytes of a request belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Append {
    /// The file.
    pub sha256: AttachmentHash,
    /// Its whole size.
    pub bytes: u64,
    /// Where the first byte of this request belongs.
    pub offset: u64,
}

/// The connection broke off; what came before is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut;

/// The bytes of a request as they come.
pub type Pieces<'a> = &'a mut dyn Iterator<Item = Result<Vec<u8>, Cut>>;

/// A blob, open for reading.
#[derive(Debug)]
pub struct OpenBlob {
    /// Its name.
    pub sha256: AttachmentHash,
    /// Its size.
    pub bytes: u64,
    /// What it is, told by its first bytes when it arrived.
    pub media_type: MediaType,
    /// At its beginning.
    pub file: File,
}

/// What a check of all attachments found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Blobs whose bytes are what their names say.
    pub sound: u64,
    /// Blobs whose bytes have changed.
    pub damaged: Vec<BadBlob>,
    /// Blobs whose file is gone or cannot be read.
    pub gone: Vec<BadBlob>,
    /// Files that records refer to and that have not arrived: they may be on a phone still.
    pub awaited: Vec<Awaited>,
    /// Files in the folder that nothing knows of: left by a crash, harmless.
    pub strays: u64,
}

impl Checked {
    /// Everything that was received is there, as it was received.
    pub fn is_sound(&self) -> bool {
        self.damaged.is_empty() && self.gone.is_empty()
    }
}

/// A blob that is not what it should be, and the records that lose by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadBlob {
    /// Its name.
    pub sha256: AttachmentHash,
    /// Records that refer to it.
    pub records: Vec<RecordId>,
}

/// A file that has not arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Awaited {
    /// The record.
    pub record: RecordId,
    /// Path of the answer.
    pub path: String,
    /// The file.
    pub sha256: AttachmentHash,
}
