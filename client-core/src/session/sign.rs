//! Signing: a signature names the exact state of the record that was signed.

use doorstep_forms::{AnswerError, Answers, Attachment, Form, Kind, Signature, SignatureState};
use doorstep_protocol::AttachmentHash;
use doorstep_protocol::attachment::MediaType;
use doorstep_records::{ChangeHash, Heads, Key, Record};
use serde_json::Value as Json;

use super::FormSession;
use crate::error::DeviceError;
use crate::store::attachments;

/// What a drawn signature may come as.
const PICTURES: [&str; 2] = ["image/png", "image/jpeg"];

/// Who signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// A name, or the row id of a member.
    pub by: String,
    /// As what: 户主, witness...
    pub role: Option<String>,
}

impl FormSession<'_> {
    /// Signs the record as it stands now. The signature is kept when this returns; signing again replaces it.
    ///
    /// # Errors
    /// [`DeviceError::Answer`] when the path is no signature, or nobody is named.
    pub fn sign(&mut self, path: &str, signer: &Signer) -> Result<Signature, DeviceError> {
        let signature = self.signature(path, signer)?;
        self.answer(path, &Json::String(signature.canonical()))?;
        Ok(signature)
    }

    /// Signs with a picture of what the signer drew: it is kept with the answer, and sent as other files are.
    ///
    /// # Errors
    /// Those of [`FormSession::sign`]; [`DeviceError::Answer`] when the picture is none.
    pub fn sign_by_hand(
        &mut self,
        path: &str,
        signer: &Signer,
        picture: &[u8],
    ) -> Result<Signature, DeviceError> {
        let mut signature = self.signature(path, signer)?;
        let is_picture = |kind: &MediaType| PICTURES.contains(&kind.name());
        let Some(media_type) = MediaType::sniff(picture).filter(is_picture) else {
            return Err(self.no_answer(path, AnswerError::FileType { taken: PICTURES.to_vec() }));
        };
        let sha256 = AttachmentHash::of(picture);
        let attachment = Attachment {
            sha256: sha256.to_string(),
            bytes: picture.len() as u64,
            media_type: media_type.name().to_owned(),
            name: None,
        };
        signature.attachment = serde_json::from_str(&attachment.canonical()).ok();
        let put = self.put(path, &Json::String(signature.canonical()))?;
        let record = self.row.id;
        self.write_with(&[put], None, |tx| attachments::insert_own(tx, record, sha256, picture))?;
        Ok(signature)
    }

    /// A signature of the record as it stands now.
    fn signature(&mut self, path: &str, signer: &Signer) -> Result<Signature, DeviceError> {
        let question = self.form.question(path);
        let Some(question) = question else {
            return Err(self.no_answer(path, AnswerError::UnknownPath(path.to_owned())));
        };
        let by = signer.by.trim();
        if question.kind() != Kind::Signature || by.is_empty() {
            return Err(self.no_answer(path, AnswerError::NotSigned(path.to_owned())));
        }
        let role = signer.role.as_deref().map(str::trim).filter(|role| !role.is_empty());
        let heads = self.record.heads();
        Ok(Signature {
            by: by.to_owned(),
            role: role.map(str::to_owned),
            signed_on: self.device.today(),
            heads: heads.iter().map(ToString::to_string).collect(),
            attachment: None,
        })
    }

    /// The signatures, and what was changed since each.
    pub fn signatures(&mut self) -> Vec<SignatureState> {
        states(&self.form, &self.answers, &mut self.record)
    }
}

/// The signatures among the answers of a record as it stands.
pub(crate) fn states(form: &Form, answers: &Answers, record: &mut Record) -> Vec<SignatureState> {
    let now = record.heads();
    let mut states = form.signatures(answers, |heads| {
        let signed =
            heads.iter().map(|head| head.parse::<ChangeHash>()).collect::<Result<Heads, _>>().ok()?;
        let touched = record.touched(&signed, &now).ok()?;
        Some(touched.iter().map(ToString::to_string).collect())
    });
    // Where two people signed at once, neither signature is put forward.
    let open: Vec<Key> = record.open_keys();
    let mut disputed = |path: &str| {
        let key = open.iter().find(|key| key.as_str() == path);
        key.and_then(|key| record.answer(key)).is_some_and(|answer| answer.is_conflict())
    };
    states.retain(|state| !disputed(&state.path));
    states
}
