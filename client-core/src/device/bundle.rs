//! Bundles: what waits to be sent, as files sealed to the server that anybody may carry.

use doorstep_protocol::bundle::{self, Bundle};
use doorstep_protocol::{SignedEnvelope, limits};

use super::Device;
use crate::error::DeviceError;
use crate::store::meta::{self, name};
use crate::store::{StoreError, outbox};

/// What is to be carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundles {
    /// The files: one, or several when there is more than one may hold; none when nothing waits.
    pub files: Vec<Vec<u8>>,
    /// Envelopes in them.
    pub envelopes: usize,
}

impl Device {
    /// Seals what is queued and gives all envelopes that the server has not acknowledged, sealed to its key. Nothing changes
    /// on this device: they are offered at the next sync as well, and whatever arrives first counts.
    ///
    /// # Errors
    /// [`DeviceError::NotEnrolled`]; [`DeviceError::NoBundleKey`] when the server has never told its key.
    pub fn bundle(&mut self) -> Result<Bundles, DeviceError> {
        self.seal()?;
        let key: Option<Vec<u8>> = meta::get(self.store.read(), name::BUNDLE_KEY)?;
        let key: [u8; 32] = key.and_then(|key| key.try_into().ok()).ok_or(DeviceError::NoBundleKey)?;
        let made_at_ms = self.now_ms();
        let sealed = outbox::sealed_envelopes(self.store.read())?;
        let envelopes = sealed.len();
        let mut files = Vec::new();
        for envelopes in in_files(sealed) {
            let entropy = self.around.entropy.as_mut();
            let file =
                bundle::seal(&Bundle { made_at_ms, envelopes }, &key, &mut |bytes| entropy.fill(bytes));
            files.push(file.map_err(|error| {
                tracing::error!(%error, "a bundle could not be made");
                StoreError::Unreadable { what: "envelope" }
            })?);
        }
        Ok(Bundles { files, envelopes })
    }
}

/// Envelopes by file: each file within the limits.
fn in_files(envelopes: Vec<SignedEnvelope>) -> Vec<Vec<SignedEnvelope>> {
    let (mut files, mut bytes): (Vec<Vec<SignedEnvelope>>, usize) = (Vec::new(), 0);
    for envelope in envelopes {
        bytes += envelope.body.len();
        match files.last_mut() {
            Some(file)
                if file.len() < limits::ENVELOPES_PER_BUNDLE && bytes <= limits::BUNDLE_TARGET_BYTES =>
            {
                file.push(envelope);
            }
            _ => {
                bytes = envelope.body.len();
                files.push(vec![envelope]);
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use serde_bytes::ByteBuf;

    use super::*;

    #[test]
    fn files_stay_within_the_limits_and_hold_everything_in_order() {
        let envelope = |bytes: usize| SignedEnvelope {
            body: ByteBuf::from(vec![0; bytes]),
            signature: ByteBuf::default(),
        };
        let sizes = |envelopes: Vec<SignedEnvelope>| -> Vec<usize> {
            in_files(envelopes).iter().map(Vec::len).collect()
        };
        assert_eq!(sizes(Vec::new()), Vec::<usize>::new());
        assert_eq!(sizes(vec![envelope(1); 3]), [3]);
        assert_eq!(
            sizes(vec![envelope(1); limits::ENVELOPES_PER_BUNDLE + 1]),
            [limits::ENVELOPES_PER_BUNDLE, 1]
        );
        let large = limits::BUNDLE_TARGET_BYTES / 2;
        assert_eq!(sizes(vec![envelope(large); 5]), [2, 2, 1]);
    }
}
