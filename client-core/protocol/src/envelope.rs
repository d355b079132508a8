//! Envelopes: what a device says happened, numbered and signed.
//!
//! An envelope is signed whole; its items are judged one by one, so that a bad item never blocks its neighbours.

use doorstep_records::{ActorId, Heads, RecordId, with_actor, without_actor};
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

/// The body as it is written: an [`Envelope`], whose changes may be brief.
#[derive(Serialize, Deserialize)]
struct Body {
    number: u64,
    id: EnvelopeId,
    device: DeviceId,
    user: UserId,
    made_at_ms: i64,
    /// The mark of the installation that wrote the brief changes: with the user and the record it gives their actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    install: Option<serde_bytes::ByteArray<16>>,
    items: Vec<Item>,
}

/// The first byte of a brief change; a whole one begins with automerge's 0x85. The generation of the actor follows.
const BRIEF: u8 = 0x01;
/// Clones of one installation that are tried; the changes of others are written whole.
const GENERATIONS: u8 = 8;

impl Envelope {
    /// Reads the body of an envelope; brief changes become whole.
    ///
    /// # Errors
    /// [`FrameError`] when it is no envelope.
    pub fn read(body: &[u8]) -> Result<Envelope, FrameError> {
        let Body { number, id, device, user, made_at_ms, install, mut items } = frame::from_cbor(body)?;
        if let Some(install) = install {
            let user = user.to_string();
            for item in &mut items {
                // What cannot be made whole stays as it came, and the gate refuses it alone.
                if let Item::Change { record, change } = item
                    && let [BRIEF, generation, brief @ ..] = change.as_slice()
                    && let Some(whole) =
                        with_actor(brief, &ActorId::derive(&install, &user, *record, u32::from(*generation)))
                {
                    *change = ByteBuf::from(whole);
                }
            }
        }
        Ok(Envelope { number, id, device, user, made_at_ms, items })
    }

    /// The body, with the changes of this installation brief.
    fn briefly(self, install: [u8; 16]) -> Body {
        let Envelope { number, id, device, user, made_at_ms, mut items } = self;
        let user_text = user.to_string();
        for item in &mut items {
            if let Item::Change { record, change } = item {
                let found = (0..GENERATIONS).find_map(|generation| {
                    let actor = ActorId::derive(&install, &user_text, *record, u32::from(generation));
                    Some([vec![BRIEF, generation], without_actor(change, &actor)?].concat())
                });
                *change = found.map_or(std::mem::take(change), ByteBuf::from);
            }
        }
        Body { number, id, device, user, made_at_ms, install: Some(install.into()), items }
    }
}

impl SignedEnvelope {
    /// Signs an envelope with the device's key; the changes that `install` wrote travel without what it repeats.
    pub fn seal_from(
        envelope: Envelope,
        install: [u8; 16],
        key: &SigningKey,
    ) -> Result<SignedEnvelope, FrameError> {
        Ok(SignedEnvelope::signed(frame::to_cbor(&envelope.briefly(install))?, key))
    }

    fn signed(body: Vec<u8>, key: &SigningKey) -> SignedEnvelope {
        let signature = key.sign(&signed_bytes(&body)).to_bytes().to_vec();
        SignedEnvelope { body: ByteBuf::from(body), signature: ByteBuf::from(signature) }
    }

    /// Signs an envelope with the device's key.
    pub fn seal(envelope: &Envelope, key: &SigningKey) -> Result<SignedEnvelope, FrameError> {
        Ok(SignedEnvelope::signed(frame::to_cbor(envelope)?, key))
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
        let envelope = Envelope::read(&self.body).map_err(EnvelopeError::Body)?;
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
    use doorstep_records::{ChangeNote, Key, Record, Value};

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
    fn the_changes_of_an_installation_travel_briefly_and_arrive_whole() {
        let (key, install) = (key(1), [7; 16]);
        let mut envelope = envelope(&key);
        let id = RecordId::from_parts(1_700_000_000_000, [4; 10]);
        let written = |install: [u8; 16], user: &str, generation| {
            let actor = ActorId::derive(&install, user, id, generation);
            let put = (Key::parse("name").unwrap(), Value::Text("李家".into()));
            let change = Record::new().write(&actor, &ChangeNote::new(1, 1_000), &[put]).unwrap();
            Item::Change { record: id, change: ByteBuf::from(change.bytes) }
        };
        let me = envelope.user.to_string();
        envelope.items = vec![
            written(install, &me, 0),
            written(install, &me, 3),
            written([8; 16], &me, 0),
            written(install, "another", 0),
            Item::Change { record: id, change: ByteBuf::from(vec![0x01, 0, 0xff]) },
            Item::Change { record: id, change: ByteBuf::default() },
        ];
        let plain = SignedEnvelope::seal(&envelope, &key).unwrap();
        let sealed = SignedEnvelope::seal_from(envelope.clone(), install, &key).unwrap();
        // Two of them are brief, at 25 bytes less each; the mark takes 25.
        assert_eq!(plain.body.len() - sealed.body.len(), 2 * 25 - 25);
        for signed in [plain, sealed] {
            assert_eq!(signed.open(key.verifying_key().as_bytes()).unwrap(), envelope);
        }
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
