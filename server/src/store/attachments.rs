//! Attachments: what phones send and fetch, what people read, what the operator checks.

use doorstep_protocol::AttachmentHash;
use doorstep_protocol::attachment::{Held, Wanted};
use doorstep_records::RecordId;

use super::sync::DeviceSession;
use super::{Scope, StoreError};
use crate::attachments::model::{Append, Checked, OpenBlob, Pieces};

/// Attachments. Outside the scope, and without a record that refers to it, a file does not exist.
pub trait Attachments {
    /// What is held of each file for the phone's person: all of it when they have sent it, or may see it in a record; else
    /// what this phone has sent so far, on disk.
    fn attachments_held(
        &self,
        session: DeviceSession,
        wanted: &[Wanted],
        now_ms: i64,
    ) -> Result<Vec<Held>, StoreError>;

    /// Takes bytes of a file as they come. A cut keeps what came before it; the answer leaves when everything is on disk,
    /// and for the last byte when the hash was checked and the file is written down.
    fn attachment_append(
        &self,
        session: DeviceSession,
        append: &Append,
        pieces: Pieces<'_>,
        now_ms: i64,
    ) -> Result<Held, StoreError>;

    /// A file that a record in the scope refers to.
    fn attachment_open(
        &self,
        scope: &Scope,
        record: RecordId,
        sha256: AttachmentHash,
    ) -> Result<OpenBlob, StoreError>;

    /// The same for the person of a phone.
    fn attachment_fetch(
        &self,
        session: DeviceSession,
        record: RecordId,
        sha256: AttachmentHash,
        now_ms: i64,
    ) -> Result<OpenBlob, StoreError>;

    /// Reads and hashes every file again, and names what records refer to and is not here.
    fn attachments_verify(&self) -> Result<Checked, StoreError>;
}
