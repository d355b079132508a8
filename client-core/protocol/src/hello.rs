//! Enrolment and the hello: how a device becomes known, and how it gets a session.
//!
//! No refresh token exists to be lost on a mountain: whoever holds the device key gets a new session by signing a
//! fresh challenge.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

use crate::ids::{DeviceId, Epoch, UserId};

const HELLO_TAG: &[u8] = b"doorstep-hello-v1\0";

/// `POST /sync/v1/enrol`: a new device key asks to belong to the user who was given the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The one-time code, as shown or scanned (Crockford base32; case and hyphens do not matter).
    pub code: String,
    /// The device's Ed25519 public key.
    pub public_key: ByteArray<32>,
    /// What the phone calls itself, for the list of devices.
    pub name: String,
    /// Sign-in name of the person whose work is on the device already: a code for somebody else is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
}

/// The answer to [`EnrolRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolResponse {
    /// The device as the server knows it.
    pub device: DeviceId,
    /// Whose device it is.
    pub user: Person,
    /// The server's present life.
    pub epoch: Epoch,
    /// The X25519 key that bundles are sealed to; none from a server that takes no bundles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle_key: Option<ByteArray<32>>,
}

/// A person as others may see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Account.
    pub id: UserId,
    /// Sign-in name.
    pub name: String,
    /// `enumerator`, `supervisor` or `admin`.
    pub role: String,
}

/// `POST /sync/v1/challenge`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeRequest {
    /// Who asks.
    pub device: DeviceId,
}

/// The answer to [`ChallengeRequest`]; the same for known and unknown devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// To be signed; good once, for [`crate::limits::CHALLENGE_SECONDS`].
    pub nonce: ByteArray<32>,
}

/// `POST /sync/v1/hello`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloRequest {
    /// Who speaks.
    pub device: DeviceId,
    /// The challenge answered.
    pub nonce: ByteArray<32>,
    /// Ed25519 over the tag `doorstep-hello-v1\0`, the device id and the nonce; 64 bytes.
    pub signature: ByteBuf,
    /// Protocol versions the device speaks.
    pub protocols: Vec<u16>,
    /// The device's clock, milliseconds since 1970 UTC.
    pub now_ms: i64,
}

/// The answer to [`HelloRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloResponse {
    /// Bearer token of the session.
    pub token: String,
    /// Seconds it lives.
    pub token_seconds: u32,
    /// The protocol version both will speak.
    pub protocol: u16,
    /// The server's present life. A new one: every envelope that is still kept is offered again.
    pub epoch: Epoch,
    /// Envelopes 1..=watermark of this device key are in the log.
    pub watermark: u64,
    /// Those of this key that are in the log now and numbered 1..=backed_up are in a backup: what the device knew as acked
    /// when it asked it may forget, up to this number.
    pub backed_up: u64,
    /// The server's clock, milliseconds since 1970 UTC.
    pub server_now_ms: i64,
    /// Whose device it is.
    pub user: Person,
    /// The X25519 key that bundles are sealed to; none from a server that takes no bundles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle_key: Option<ByteArray<32>>,
}

/// The signature of a hello.
pub fn sign_hello(key: &SigningKey, nonce: &[u8; 32]) -> Vec<u8> {
    let device = DeviceId::of_key(key.verifying_key().as_bytes());
    key.sign(&hello_bytes(device, nonce)).to_bytes().to_vec()
}

/// True when the hello was signed by the holder of `public_key`.
pub fn hello_is_signed(request: &HelloRequest, public_key: &[u8; 32]) -> bool {
    let (Ok(key), Ok(signature)) =
        (VerifyingKey::from_bytes(public_key), Signature::from_slice(&request.signature))
    else {
        return false;
    };
    key.verify_strict(&hello_bytes(request.device, &request.nonce), &signature).is_ok()
}

fn hello_bytes(device: DeviceId, nonce: &[u8; 32]) -> Vec<u8> {
    [HELLO_TAG, &device.to_bytes(), nonce].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_is_good_for_its_key_and_nonce_only() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let device = DeviceId::of_key(key.verifying_key().as_bytes());
        let mut hello = HelloRequest {
            device,
            nonce: ByteArray::new([5; 32]),
            signature: ByteBuf::from(sign_hello(&key, &[5; 32])),
            protocols: vec![1],
            now_ms: 0,
        };
        assert!(hello_is_signed(&hello, key.verifying_key().as_bytes()));
        assert!(!hello_is_signed(&hello, SigningKey::from_bytes(&[2; 32]).verifying_key().as_bytes()));
        hello.nonce = ByteArray::new([6; 32]);
        assert!(!hello_is_signed(&hello, key.verifying_key().as_bytes()));
    }
}
