//! Envelopes: what a device says happened, numbered and signed.
//!
//! An envelope is signed whole; its items are judged one by one, so that a bad item never blocks its neighbours.

use doorstep_records::{Heads, RecordId};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use crate::frame::{self, FrameError};
use crate::ids::{DeviceId, EnvelopeId, ObjectId, UserId};
use crate::limits;

/// What the signature covers: this tag, then the SHA-256 of the body.
const SIGNED_TAG: &[u8] = b"doorstep-envelope-v1\0";

/// The body of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// 1, 2, 3... per device key. A phone restored from an old copy re-uses numbers: the id tells them apart.
    pub number: u64,
    /// Minted by the device; the same id with another body is refused.
    pub id: EnvelopeId,
    /// The signing device.
    pub device: DeviceId,
    /// Who was signed in; the server accepts only a user bound to the device.
    pub user: UserId,
    /// The device's clock when the envelope was closed, milliseconds since 1970 UTC. Advisory.
    pub made_at_ms: i64,
    /// What happened, in order.
    pub items: Vec<Item>,
}

/// One fact inside an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// A record was begun. Area and subject authorise and are fixed here.
    Create {
        /// The new record, minted on the device.
        record: RecordId,
        /// Form id.
        form: String,
        /// The form version it was opened under.
        form_version: u32,
        /// Area code where it lies.
        area: String,
        /// The record it is about (event forms), if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<RecordId>,
        /// Begun under what was a test version on this device, or about a record that was: it never counts, also when
        /// the version was published meanwhile.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        test: bool,
    },
    /// One automerge change of a record, raw or deflated encoding.
    Change {
        /// The record changed.
        record: RecordId,
        /// The change chunk, as automerge encodes it.
        change: ByteBuf,
    },
    /// "Record R at heads H is complete."
    Submission {
        /// The submission.
        id: ObjectId,
        /// The record submitted.
        record: RecordId,
        /// The exact state submitted.
        heads: Heads,
        /// The form version that judges it, for ever.
        form_version: u32,
        /// The device's clock, milliseconds since 1970 UTC.
        at_ms: i64,
        /// A note for the supervisor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A remark on an answer (`path`) or on the whole record.
    Comment {
        /// The comment.
        id: ObjectId,
        /// The record commented on.
        record: RecordId,
        /// The state the author saw.
        heads: Heads,
        /// The answer's path, or none for the whole record.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        /// Plain text.
        text: String,
        /// The device's clock, milliseconds since 1970 UTC.
        at_ms: i64,
    },
    /// A never-submitted record was entered by mistake (作废), or that was undone. Nothing is erased.
    Discard {
        /// The record set aside.
        record: RecordId,
        /// True takes the discard back.
        undo: bool,
        /// The device's clock, milliseconds since 1970 UTC.
        at_ms: i64,
    },
}

impl Item {
    /// The record an item is about.
    pub fn record(&self) -> RecordId {
        match self {
            Item::Create { record, .. }
            | Item::Change { record, .. }
            | Item::Submission { record, .. }
            | Item::Comment { record, .. }
            | Item::Discard { record, .. } => *record,
        }
    }
}

/// An envelope as it travels and as the log keeps it: the exact bytes that were signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedEnvelope {
    /// CBOR of [`Envelope`].
    pub body: ByteBuf,
    /// Ed25519 over the tag `doorstep-envelope-v1\0` and the SHA-256 of `body`; 64 bytes.
    pub signature: ByteBuf,
}

/// Why an envelope as a whole cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Larger than [`limits::ENVELOPE_BYTES`].
    #[error("envelope of {0} bytes, at most {max}", max = limits::ENVELOPE_BYTES)]
    TooLarge(usize),
    /// The signature does not belong to the key and the body.
    #[error("the signature does not fit the device key")]
    Signature,
    /// The body is not an envelope.
    #[error("the body is not an envelope")]
    Body(#[source] FrameError),
    /// More than [`limits::ITEMS_PER_ENVELOPE`] items.
    #[error("{0} items, at most {max}", max = limits::ITEMS_PER_ENVELOPE)]
    TooManyItems(usize),
    /// The body names another device than the key that signed it.
    #[error("the body names another device than the one that signed")]
    OtherDevice,
}

impl SignedEnvelope {
    /// Signs an envelope with the device's key.
    pub fn seal(envelope: &Envelope, key: &SigningKey) -> Result<SignedEnvelope, FrameError> {
        let body = frame::to_cbor(envelope)?;
        let signature = key.sign(&signed_bytes(&body)).to_bytes().to_vec();
        Ok(SignedEnvelope { body: ByteBuf::from(body), signature: ByteBuf::from(signature) })
    }

    /// SHA-256 of the body: what makes a replay recognisable.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.body).into()
    }

    /// Reads the body without checking the signature: only to find out whose key to check it with.
    pub fn peek(&self) -> Result<Envelope, EnvelopeError> {
        if self.body.len() > limits::ENVELOPE_BYTES {
            return Err(EnvelopeError::TooLarge(self.body.len()));
        }
        let envelope: Envelope = frame::from_cbor(&self.body).map_err(EnvelopeError::Body)?;
        if envelope.items.len() > limits::ITEMS_PER_ENVELOPE {
            return Err(EnvelopeError::TooManyItems(envelope.items.len()));
        }
        Ok(envelope)
    }

    /// Checks size, signature, device and item count, and gives the body.
    pub fn open(&self, public_key: &[u8; 32]) -> Result<Envelope, EnvelopeError> {
        if self.body.len() > limits::ENVELOPE_BYTES {
            return Err(EnvelopeError::TooLarge(self.body.len()));
        }
        let key = VerifyingKey::from_bytes(public_key).map_err(|_| EnvelopeError::Signature)?;
        let signature = Signature::from_slice(&self.signature).map_err(|_| EnvelopeError::Signature)?;
        key.verify_strict(&signed_bytes(&self.body), &signature).map_err(|_| EnvelopeError::Signature)?;
        let envelope = self.peek()?;
        if envelope.device != DeviceId::of_key(public_key) {
            return Err(EnvelopeError::OtherDevice);
        }
        Ok(envelope)
    }
}

fn signed_bytes(body: &[u8]) -> Vec<u8> {
    let mut bytes = SIGNED_TAG.to_vec();
    bytes.extend_from_slice(&Sha256::digest(body));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn envelope(key: &SigningKey) -> Envelope {
        let record = RecordId::from_parts(1_700_000_000_000, [3; 10]);
        Envelope {
            number: 1,
            id: EnvelopeId::mint(1_700_000_000_000, [1; 10]),
            device: DeviceId::of_key(key.verifying_key().as_bytes()),
            user: UserId::mint(1_700_000_000_000, [2; 10]),
            made_at_ms: 1_700_000_000_000,
            items: vec![Item::Discard { record, undo: false, at_ms: 1_700_000_000_000 }],
        }
    }

    #[test]
    fn a_sealed_envelope_opens_with_its_key_only() {
        let sealed = SignedEnvelope::seal(&envelope(&key(1)), &key(1)).unwrap();
        assert_eq!(sealed.open(key(1).verifying_key().as_bytes()).unwrap(), envelope(&key(1)));
        assert!(matches!(sealed.open(key(2).verifying_key().as_bytes()), Err(EnvelopeError::Signature)));
    }

    #[test]
    fn every_flipped_byte_is_found() {
        let sealed = SignedEnvelope::seal(&envelope(&key(1)), &key(1)).unwrap();
        for position in 0..sealed.body.len() {
            let mut torn = sealed.clone();
            torn.body[position] ^= 1;
            assert!(matches!(torn.open(key(1).verifying_key().as_bytes()), Err(EnvelopeError::Signature)));
        }
    }

    #[test]
    fn a_body_that_names_another_device_is_refused() {
        let sealed = SignedEnvelope::seal(&envelope(&key(2)), &key(1)).unwrap();
        assert!(matches!(sealed.open(key(1).verifying_key().as_bytes()), Err(EnvelopeError::OtherDevice)));
    }
}
