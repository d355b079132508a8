//! The envelope of a chunk: magic bytes, checksum, type, length; inflating within a bound; the hash.

use flate2::{Decompress, FlushDecompress, Status};
use sha2::{Digest, Sha256};

use super::leb::{Cursor, write_unsigned};
use crate::gate::GateError;
use crate::ids::ChangeHash;
use crate::limits::{CHANGE_BYTES, CHANGE_INFLATED_BYTES};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// A whole document.
pub(crate) const TYPE_DOCUMENT: u8 = 0;
/// A change.
const TYPE_CHANGE: u8 = 1;
/// A change with a deflated body.
const TYPE_DEFLATED: u8 = 2;

/// Checksum, type and body of the one chunk that `bytes` consist of; `None` when they do not.
pub(crate) fn split(bytes: &[u8]) -> Option<([u8; 4], u8, &[u8])> {
    let mut cursor = Cursor::new(bytes);
    let magic: [u8; 4] = cursor.array().ok()?;
    let checksum = cursor.array().ok()?;
    let kind = cursor.byte().ok()?;
    let length = cursor.unsigned().ok()?;
    let whole = magic == MAGIC && length == cursor.rest().len() as u64;
    whole.then_some((checksum, kind, cursor.rest()))
}

/// The raw encoding of the change in `bytes`, its hash, and where its body starts.
///
/// A deflated body is inflated here, never by automerge, and never beyond 1 MiB.
pub(crate) fn open(bytes: &[u8]) -> Result<(Vec<u8>, ChangeHash, usize), GateError> {
    if bytes.len() > CHANGE_BYTES {
        return Err(GateError::TooLarge { bytes: bytes.len(), limit: CHANGE_BYTES });
    }
    let (checksum, kind, body) = split(bytes).ok_or(GateError::NotAChange)?;
    let inflated;
    let body = match kind {
        TYPE_CHANGE => body,
        TYPE_DEFLATED => {
            inflated = inflate(body)?;
            &inflated
        }
        _ => return Err(GateError::NotAChange),
    };
    let (raw, hash, body_at) = seal(body);
    if hash.as_bytes()[..4] != checksum {
        return Err(GateError::Checksum);
    }
    Ok((raw, hash, body_at))
}

/// Puts the header of a raw change before `body`.
pub(crate) fn seal(body: &[u8]) -> (Vec<u8>, ChangeHash, usize) {
    let mut typed_length = vec![TYPE_CHANGE];
    write_unsigned(&mut typed_length, body.len() as u64);
    let mut hasher = Sha256::new();
    hasher.update(&typed_length);
    hasher.update(body);
    let hash: [u8; 32] = hasher.finalize().into();
    let body_at = MAGIC.len() + 4 + typed_length.len();
    let mut raw = Vec::with_capacity(body_at + body.len());
    raw.extend_from_slice(&MAGIC);
    raw.extend_from_slice(&hash[..4]);
    raw.extend_from_slice(&typed_length);
    raw.extend_from_slice(body);
    (raw, ChangeHash::from_bytes(hash), body_at)
}

fn inflate(deflated: &[u8]) -> Result<Vec<u8>, GateError> {
    let mut stream = Decompress::new(false);
    let mut out = Vec::with_capacity((deflated.len() * 4).clamp(256, CHANGE_INFLATED_BYTES));
    loop {
        let read = stream.total_in() as usize;
        let before = out.len();
        let status = stream
            .decompress_vec(deflated.get(read..).unwrap_or_default(), &mut out, FlushDecompress::Finish)
            .map_err(|_| GateError::Inflate)?;
        if out.len() > CHANGE_INFLATED_BYTES {
            return Err(GateError::TooLarge { bytes: out.len(), limit: CHANGE_INFLATED_BYTES });
        }
        if status == Status::StreamEnd {
            let all_read = stream.total_in() as usize == deflated.len();
            return if all_read { Ok(out) } else { Err(GateError::Inflate) };
        }
        if out.len() < out.capacity() && out.len() == before && stream.total_in() as usize == read {
            // No room is missing and nothing moves: the stream is cut off.
            return Err(GateError::Inflate);
        }
        if out.len() == out.capacity() {
            if out.len() >= CHANGE_INFLATED_BYTES {
                return Err(GateError::TooLarge { bytes: out.len() + 1, limit: CHANGE_INFLATED_BYTES });
            }
            out.reserve_exact(out.len().min(CHANGE_INFLATED_BYTES - out.len()).max(1));
        }
    }
}
