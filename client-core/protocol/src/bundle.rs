//! Bundles: signed envelopes in one file, sealed to the server's key, that any phone or USB stick can carry.
//!
//! ```text
//! file = "doorstep-bundle\x01" | SHA-256(server's key)[0..8] | encapsulated key, 32 bytes | sealed
//! sealed = HPKE(zstd(CBOR of Bundle)), info "doorstep-bundle-v1\0", aad = the first 24 bytes
//! ```
//!
//! HPKE is RFC 9180 in base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305. The seal hides and shows every
//! altered byte; who made the file it does not say. Who wrote an envelope is in the envelope's own signature.

use std::convert::Infallible;

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::envelope::SignedEnvelope;
use crate::frame::{self, FrameError};
use crate::limits;

const MAGIC: &[u8; 16] = b"doorstep-bundle\x01";
const INFO: &[u8] = b"doorstep-bundle-v1\0";
const KEY_ID: usize = 8;
const ENCAPSULATED: usize = 32;

/// What a bundle holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// The clock of the phone that made the file, milliseconds since 1970 UTC. Advisory.
    pub made_at_ms: i64,
    /// At most [`limits::ENVELOPES_PER_BUNDLE`], of one device in the order of their numbers. The server looks at each alone.
    pub envelopes: Vec<SignedEnvelope>,
}

/// Why a file is not taken as a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// It does not begin like one.
    #[error("the file is no bundle")]
    NotABundle,
    /// More bytes or envelopes than a bundle may have.
    #[error("the bundle is larger than a bundle may be")]
    TooLarge,
    /// It was sealed to another key.
    #[error("the bundle is sealed to another server")]
    OtherServer,
    /// Cut off or altered.
    #[error("the bundle is damaged")]
    Damaged,
    /// What was sealed is no list of envelopes.
    #[error("what the bundle holds cannot be read")]
    Content(#[source] FrameError),
    /// The server's key is none.
    #[error("the server's key cannot be used")]
    Key,
}

/// The server's half of the seal.
#[derive(Clone)]
pub struct BundleSecret {
    secret: <X25519HkdfSha256 as Kem>::PrivateKey,
    public: [u8; 32],
}

impl BundleSecret {
    /// Derives it from a secret of the server (RFC 9180, 7.1.3); the same secret gives the same key.
    pub fn derive(seed: &[u8; 32]) -> BundleSecret {
        let (secret, public) = X25519HkdfSha256::derive_keypair(seed);
        BundleSecret { secret, public: public.to_bytes().into() }
    }

    /// What phones are told.
    pub fn public(&self) -> [u8; 32] {
        self.public
    }
}

impl std::fmt::Debug for BundleSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BundleSecret").finish_non_exhaustive()
    }
}

/// Seals a bundle to a server's key. `fill` gives randomness.
///
/// # Errors
/// [`BundleError::TooLarge`], [`BundleError::Key`].
pub fn seal(
    bundle: &Bundle,
    key: &[u8; 32],
    fill: &mut dyn FnMut(&mut [u8]),
) -> Result<Vec<u8>, BundleError> {
    if bundle.envelopes.len() > limits::ENVELOPES_PER_BUNDLE {
        return Err(BundleError::TooLarge);
    }
    let public = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(key).map_err(|_| BundleError::Key)?;
    let plain = frame::encode(bundle).map_err(BundleError::Content)?;
    let head = head(key);
    let (encapsulated, sealed) = hpke::single_shot_seal_with_rng::<
        ChaCha20Poly1305,
        HkdfSha256,
        X25519HkdfSha256,
    >(&OpModeS::Base, &public, INFO, &plain, &head, &mut Source(fill))
    .map_err(|_| BundleError::Key)?;
    let file = [head.as_slice(), &encapsulated.to_bytes(), &sealed].concat();
    if file.len() > limits::BUNDLE_BYTES { Err(BundleError::TooLarge) } else { Ok(file) }
}

/// Opens a bundle, within bounds.
///
/// # Errors
/// [`BundleError`]: what is wrong with the file.
pub fn open(file: &[u8], secret: &BundleSecret) -> Result<Bundle, BundleError> {
    if file.len() > limits::BUNDLE_BYTES {
        return Err(BundleError::TooLarge);
    }
    let (magic, rest) = file.split_first_chunk::<16>().ok_or(BundleError::NotABundle)?;
    if magic != MAGIC {
        return Err(BundleError::NotABundle);
    }
    let (key_id, rest) = rest.split_first_chunk::<KEY_ID>().ok_or(BundleError::Damaged)?;
    let head = head(&secret.public);
    if !head.ends_with(key_id) {
        return Err(BundleError::OtherServer);
    }
    let (encapsulated, sealed) = rest.split_first_chunk::<ENCAPSULATED>().ok_or(BundleError::Damaged)?;
    let encapsulated =
        <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| BundleError::Damaged)?;
    let plain = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &secret.secret,
        &encapsulated,
        INFO,
        sealed,
        &head,
    )
    .map_err(|_| BundleError::Damaged)?;
    let inflated = frame::inflate(&plain, limits::BUNDLE_INFLATED_BYTES).map_err(|error| match error {
        FrameError::TooLarge { .. } => BundleError::TooLarge,
        error => BundleError::Content(error),
    })?;
    let bundle: Bundle = frame::from_cbor(&inflated).map_err(BundleError::Content)?;
    if bundle.envelopes.len() > limits::ENVELOPES_PER_BUNDLE {
        return Err(BundleError::TooLarge);
    }
    Ok(bundle)
}

/// The first bytes of a file sealed to a key.
fn head(key: &[u8; 32]) -> Vec<u8> {
    let digest: [u8; 32] = Sha256::digest(key).into();
    [MAGIC.as_slice(), &digest[..KEY_ID]].concat()
}

/// Randomness given by the caller, as HPKE takes it.
struct Source<'a>(&'a mut dyn FnMut(&mut [u8]));

impl TryRng for Source<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        (self.0)(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        (self.0)(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        (self.0)(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Source<'_> {}

#[cfg(test)]
mod tests {
    use serde_bytes::ByteBuf;

    use super::*;

    fn bundle() -> Bundle {
        let envelope = SignedEnvelope {
            body: ByteBuf::from(b"canary in a body".to_vec()),
            signature: ByteBuf::from(vec![7; 64]),
        };
        Bundle { made_at_ms: 1_450_000_000_000, envelopes: vec![envelope; 3] }
    }

    fn seal_to(secret: &BundleSecret, bundle: &Bundle, seed: u8) -> Vec<u8> {
        seal(bundle, &secret.public(), &mut |bytes| bytes.fill(seed)).unwrap()
    }

    #[test]
    fn a_bundle_opens_with_the_key_it_is_sealed_to_only_and_shows_nothing() {
        let (ours, theirs) = (BundleSecret::derive(&[1; 32]), BundleSecret::derive(&[2; 32]));
        let file = seal_to(&ours, &bundle(), 3);
        assert_eq!(open(&file, &ours).unwrap(), bundle());
        assert!(matches!(open(&file, &theirs), Err(BundleError::OtherServer)));
        assert!(!file.windows(6).any(|bytes| bytes == b"canary"));
        assert_ne!(file, seal_to(&ours, &bundle(), 4), "other randomness, other bytes");
        assert_eq!(BundleSecret::derive(&[1; 32]).public(), ours.public());
    }

    #[test]
    fn every_altered_byte_and_every_cut_is_found() {
        let secret = BundleSecret::derive(&[1; 32]);
        let file = seal_to(&secret, &bundle(), 3);
        for at in 0..file.len() {
            let mut altered = file.clone();
            altered[at] ^= 1;
            let error = open(&altered, &secret).unwrap_err();
            let expected = match at {
                0..16 => matches!(error, BundleError::NotABundle),
                16..24 => matches!(error, BundleError::OtherServer),
                _ => matches!(error, BundleError::Damaged),
            };
            assert!(expected, "byte {at}: {error}");
            assert!(open(&file[..at], &secret).is_err(), "{at} bytes");
        }
    }

    #[test]
    fn a_bomb_is_refused_at_the_bound() {
        let secret = BundleSecret::derive(&[1; 32]);
        let envelope = SignedEnvelope {
            body: ByteBuf::from(vec![0; limits::BUNDLE_INFLATED_BYTES]),
            signature: ByteBuf::from(vec![7; 64]),
        };
        let file = seal_to(&secret, &Bundle { made_at_ms: 0, envelopes: vec![envelope] }, 3);
        assert!(file.len() < 100_000, "{}", file.len());
        assert!(matches!(open(&file, &secret), Err(BundleError::TooLarge)));
        let many = Bundle {
            made_at_ms: 0,
            envelopes: vec![bundle().envelopes[0].clone(); limits::ENVELOPES_PER_BUNDLE + 1],
        };
        assert!(matches!(seal(&many, &secret.public(), &mut |_| ()), Err(BundleError::TooLarge)));
    }
}
