//! Bodies: CBOR under zstd, decoded within bounds.

use std::io::Read;

use serde::{Serialize, de::DeserializeOwned};

use crate::limits;

/// A body that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// More bytes than a body may have.
    #[error("body of {bytes} bytes, at most {limit}")]
    TooLarge {
        /// Bytes found (at least).
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The body is not a zstd stream.
    #[error("body is not zstd")]
    NotZstd(#[source] std::io::Error),
    /// The inflated body is not the expected CBOR message.
    #[error("body is not the expected message")]
    NotMessage(#[source] ciborium::de::Error<std::io::Error>),
    /// A message that cannot be encoded; a fault of this program.
    #[error("message cannot be encoded")]
    Encode(#[source] ciborium::ser::Error<std::io::Error>),
}

/// The CBOR of a message, uncompressed: what is signed.
pub fn to_cbor<T: Serialize>(message: &T) -> Result<Vec<u8>, FrameError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(message, &mut bytes).map_err(FrameError::Encode)?;
    Ok(bytes)
}

/// Reads one CBOR message that fills `bytes`.
pub fn from_cbor<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, FrameError> {
    ciborium::de::from_reader_with_recursion_limit(bytes, 32).map_err(FrameError::NotMessage)
}

/// The body of a message: CBOR under zstd level 3.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, FrameError> {
    compress(&to_cbor(message)?)
}

/// zstd level 3 over bytes.
pub fn compress(bytes: &[u8]) -> Result<Vec<u8>, FrameError> {
    zstd::bulk::compress(bytes, 3).map_err(FrameError::NotZstd)
}

/// Reads a body, never inflating more than [`limits::INFLATED_BYTES`].
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, FrameError> {
    from_cbor(&inflate(body, limits::INFLATED_BYTES)?)
}

/// Inflates a zstd stream of at most `limit` bytes.
pub fn inflate(body: &[u8], limit: usize) -> Result<Vec<u8>, FrameError> {
    let mut decoder = zstd::stream::read::Decoder::new(body).map_err(FrameError::NotZstd)?;
    // A foreign window size would make the decoder allocate before a byte is read: 8 MiB is the largest we send.
    decoder.window_log_max(23).map_err(FrameError::NotZstd)?;
    let mut inflated = Vec::new();
    decoder.take(limit as u64 + 1).read_to_end(&mut inflated).map_err(FrameError::NotZstd)?;
    if inflated.len() > limit {
        return Err(FrameError::TooLarge { bytes: inflated.len(), limit });
    }
    Ok(inflated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_refused_at_the_bound() {
        let bomb = compress(&vec![0; limits::INFLATED_BYTES + 1]).unwrap();
        assert!(bomb.len() < 2_000);
        assert!(matches!(decode::<Vec<u8>>(&bomb), Err(FrameError::TooLarge { .. })));
    }

    #[test]
    fn deep_nesting_and_noise_are_errors() {
        let deep = compress(&[0x81; 10_000]).unwrap();
        assert!(matches!(decode::<Vec<u8>>(&deep), Err(FrameError::NotMessage(_))));
        assert!(matches!(decode::<Vec<u8>>(b"noise"), Err(FrameError::NotZstd(_))));
        assert!(decode::<Vec<u8>>(b"").is_err());
    }
}
