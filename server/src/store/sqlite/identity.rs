//! Who this server is: made once, kept in `meta`.

use doorstep_protocol::bundle::BundleSecret;
use doorstep_protocol::{DeviceId, Epoch};
use ed25519_dalek::SigningKey;
use rusqlite::Connection;
use serde_bytes::ByteArray;
use sha2::{Digest, Sha256};

use crate::store::StoreError;

/// What makes this server this one.
pub struct Identity {
    /// This life of the data.
    pub epoch: Epoch,
    /// The install marker in the server's own actors.
    pub install: [u8; 16],
    pub(crate) signing_key: SigningKey,
    pub(crate) cursor_secret: [u8; 32],
}

impl Identity {
    pub(super) fn read(conn: &Connection) -> Result<Identity, StoreError> {
        Ok(Identity {
            epoch: Epoch::from_bytes(get(conn, "epoch")?),
            install: get(conn, "install")?,
            signing_key: SigningKey::from_bytes(&get(conn, "signing_key")?),
            cursor_secret: get(conn, "cursor_secret")?,
        })
    }

    /// What bundles are sealed to. It follows from the signing key, so that it needs no keeping of its own, and a server
    /// restored from a backup opens bundles that were made before.
    pub(crate) fn bundle_secret(&self) -> BundleSecret {
        let mut seed = Sha256::new();
        seed.update(b"doorstep-bundle-key-v1\0");
        seed.update(self.signing_key.to_bytes());
        BundleSecret::derive(&seed.finalize().into())
    }

    /// The public half of [`Identity::bundle_secret`], as phones are told it.
    pub(crate) fn bundle_key(&self) -> Option<ByteArray<32>> {
        Some(ByteArray::new(self.bundle_secret().public()))
    }

    /// The server as a signer of envelopes.
    pub fn device(&self) -> DeviceId {
        DeviceId::of_key(self.signing_key.verifying_key().as_bytes())
    }
}

fn get<const N: usize>(conn: &Connection, key: &str) -> Result<[u8; N], StoreError> {
    Ok(conn.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))?)
}
