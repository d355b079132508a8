//! Files of records: how they stand here, and fetching them.

use doorstep_forms::{Attachment, Signature};
use doorstep_protocol::AttachmentHash;
use doorstep_records::RecordId;

use super::Device;
use crate::error::DeviceError;
use crate::store::{FileState, StoreError, attachments};

/// A file as it stands on this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFile {
    /// What the answer says of it.
    pub attachment: Attachment,
    /// How it stands here; none when this device has nothing of it.
    pub state: Option<FileState>,
    /// Why it is refused or absent: the name of the server's problem, or `damaged`.
    pub reason: Option<String>,
}

impl Device {
    /// The file that an answer describes: an attachment, or the picture of a signature.
    ///
    /// # Errors
    /// [`DeviceError::NoAttachment`] when none is described there.
    pub fn file(&mut self, record: RecordId, path: &str) -> Result<LocalFile, DeviceError> {
        let session = self.session(record)?;
        let answer = session.answers().get(path);
        let described = answer.and_then(|answer| {
            Attachment::read(answer)
                .or_else(|| Attachment::read(Signature::read(answer)?.attachment.as_ref()?))
        });
        let none = || DeviceError::NoAttachment { path: path.to_owned() };
        let attachment = described.ok_or_else(none)?;
        let sha256 = hash_of(&attachment).ok_or_else(none)?;
        let known = attachments::state(self.store.read(), sha256)?;
        let (state, reason) = known.map_or((None, None), |(state, _, reason)| (Some(state), reason));
        Ok(LocalFile { attachment, state, reason })
    }

    /// Asks for a file; the next sync fetches it, and goes on where a cut ended it.
    ///
    /// # Errors
    /// Those of [`Device::file`].
    pub fn want_file(&mut self, record: RecordId, path: &str) -> Result<(), DeviceError> {
        let file = self.file(record, path)?.attachment;
        let record = self.canonical(record)?;
        if let Some(sha256) = hash_of(&file) {
            self.store.write::<_, StoreError>(|tx| attachments::want(tx, record, sha256, file.bytes))?;
        }
        Ok(())
    }

    /// The bytes of a file, if all of them are here.
    pub fn file_content(&self, file: &Attachment) -> Result<Option<Vec<u8>>, DeviceError> {
        match hash_of(file) {
            Some(sha256) => Ok(attachments::content(self.store.read(), sha256)?),
            None => Ok(None),
        }
    }

    /// How a file stands here.
    pub(crate) fn file_state(&self, file: &Attachment) -> Result<Option<FileState>, DeviceError> {
        let Some(sha256) = hash_of(file) else { return Ok(None) };
        Ok(attachments::state(self.store.read(), sha256)?.map(|(state, ..)| state))
    }
}

fn hash_of(file: &Attachment) -> Option<AttachmentHash> {
    file.sha256.parse().ok()
}
