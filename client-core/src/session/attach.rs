//! Attaching a file: its bytes and the answer that describes it are kept by one transaction.

use doorstep_forms::{AnswerError, Attachment, AttachmentDef};
use doorstep_protocol::AttachmentHash;
use doorstep_protocol::attachment::MediaType;
use serde_json::Value as Json;

use super::FormSession;
use crate::error::DeviceError;
use crate::store::{StoreError, attachments};

/// Characters of a file's name that are kept.
const NAME_CHARS: usize = 200;

impl FormSession<'_> {
    /// Attaches a file. When this returns, its bytes are on disk and stay there until the server holds them; the next sync
    /// sends them, after everything else. Attaching another file replaces the answer.
    ///
    /// # Errors
    /// [`DeviceError::Answer`] when nothing can be attached at the path, or the file is none that the question takes.
    pub fn attach(
        &mut self,
        path: &str,
        content: &[u8],
        name: Option<&str>,
    ) -> Result<Attachment, DeviceError> {
        let question = self.form.question(path).filter(|question| !question.read_only());
        let Some(def) = question.and_then(|question| question.attachment()) else {
            return Err(self.no_answer(path, AnswerError::NotAttached(path.to_owned())));
        };
        let media_type = checked(def, content).map_err(|error| self.no_answer(path, error))?;
        let sha256 = AttachmentHash::of(content);
        let attachment = Attachment {
            sha256: sha256.to_string(),
            bytes: content.len() as u64,
            media_type: media_type.name().to_owned(),
            name: name.and_then(plain_name),
        };
        let put = self.put(path, &Json::String(attachment.canonical()))?;
        let record = self.row.id;
        let stands = self.answers.get(path).and_then(Json::as_str) == Some(&attachment.canonical());
        if stands {
            // The answer is there already; whether its bytes are is another matter.
            self.device
                .store
                .write::<_, StoreError>(|tx| attachments::insert_own(tx, record, sha256, content))?;
        }
        self.write_with(&[put], None, |tx| attachments::insert_own(tx, record, sha256, content))?;
        Ok(attachment)
    }
}

/// The kind of a file that a question takes.
fn checked(def: &AttachmentDef, content: &[u8]) -> Result<MediaType, AnswerError> {
    let bytes = content.len() as u64;
    if bytes == 0 || bytes > def.max_bytes() {
        return Err(AnswerError::FileSize { bytes, most: def.max_bytes() });
    }
    let taken = |kind: &MediaType| def.types().contains(&kind.name());
    let found = MediaType::sniff(content).filter(taken);
    found.ok_or_else(|| AnswerError::FileType { taken: def.types().to_vec() })
}

/// The last part of a path, without what no name needs.
fn plain_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path() {
        assert_eq!(plain_name("/home/li/屋 1.jpg").as_deref(), Some("屋 1.jpg"));
        assert_eq!(plain_name("..\\..\\a\u{7}.png").as_deref(), Some("a.png"));
        assert_eq!((plain_name("x/"), plain_name(" ")), (None, None));
        assert_eq!(plain_name(&"长".repeat(300)).map(|name| name.chars().count()), Some(NAME_CHARS));
    }
}
