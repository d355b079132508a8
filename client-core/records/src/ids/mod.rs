//! Ids: newtypes with a private field. As text in JSON, as bytes in binary formats such as CBOR.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use uuid::Uuid;

mod form;
mod heads;

use form::id_forms;
pub use heads::Heads;

/// Why a text or a byte string is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not a UUID.
    #[error("not a record id (UUID)")]
    Record,
    /// Not 26 characters of upper-case Crockford base32 below 2^128.
    #[error("not a row id (26 characters of Crockford base32)")]
    Row,
    /// Not 64 lower-case hexadecimal digits.
    #[error("not a change hash (64 hexadecimal digits)")]
    ChangeHash,
    /// Not 32 lower-case hexadecimal digits.
    #[error("not an actor id (32 hexadecimal digits)")]
    Actor,
    /// Too few or too many bytes.
    #[error("an id of {expected} bytes, not {got}")]
    Length {
        /// Bytes this id has.
        expected: usize,
        /// Bytes that came.
        got: usize,
    },
}

/// The id of a record: a UUIDv7, minted on the device.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(Uuid);

/// The id of a row of a roster: a UUIDv7 written as 26 characters of Crockford base32, so that it is one
/// segment of a [`crate::Key`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(u128);

/// The SHA-256 that names a change; the raw and the deflated encoding of a change share it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeHash([u8; 32]);

/// Who wrote a change, as automerge knows it: one per (install, user, record, generation). 16 bytes: it travels
/// with every change and does not compress.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId([u8; 16]);

fn uuid_v7(unix_ms: u64, random: [u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid()
}

impl RecordId {
    /// Wraps a UUID that was minted elsewhere.
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// A UUIDv7 from the time in milliseconds since 1970 (UTC) and ten random bytes.
    pub fn from_parts(unix_ms: u64, random: [u8; 10]) -> Self {
        Self(uuid_v7(unix_ms, random))
    }

    /// The UUID.
    pub fn as_uuid(&self) -> Uuid {
        self.0
    }

    /// The 16 bytes, most significant first.
    pub fn to_bytes(&self) -> [u8; 16] {
        self.0.into_bytes()
    }

    /// From 16 bytes, most significant first.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl FromStr for RecordId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self).map_err(|_| IdError::Record)
    }
}

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ROW_CHARS: usize = 26;

impl RowId {
    /// A UUIDv7 from the time in milliseconds since 1970 (UTC) and ten random bytes.
    pub fn from_parts(unix_ms: u64, random: [u8; 10]) -> Self {
        Self(uuid_v7(unix_ms, random).as_u128())
    }

    /// Wraps a UUID that was minted elsewhere.
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid.as_u128())
    }

    /// The 16 bytes, most significant first.
    pub fn to_bytes(&self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// From 16 bytes, most significant first.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// Says whether `segment` is a row id, without building one.
    pub fn is_row_id(segment: &str) -> bool {
        let bytes = segment.as_bytes();
        bytes.len() == ROW_CHARS && bytes[0] <= b'7' && bytes.iter().all(|byte| CROCKFORD.contains(byte))
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for position in (0..ROW_CHARS).rev() {
            let digit = (self.0 >> (5 * position)) & 31;
            write!(f, "{}", char::from(CROCKFORD[digit as usize]))?;
        }
        Ok(())
    }
}

impl FromStr for RowId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !Self::is_row_id(text) {
            return Err(IdError::Row);
        }
        let mut value: u128 = 0;
        for byte in text.bytes() {
            let digit = CROCKFORD.iter().position(|known| *known == byte).ok_or(IdError::Row)?;
            value = (value << 5) | digit as u128;
        }
        Ok(Self(value))
    }
}

fn parse_hex_32(text: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

impl ChangeHash {
    /// The 32 bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0
    }

    /// From 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ChangeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for ChangeHash {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_hex_32(text).map(Self).ok_or(IdError::ChangeHash)
    }
}

impl ActorId {
    /// The actor of one person on one installation in one record.
    ///
    /// The first half of a SHA-256 over the parts, so that merging two records never makes two writers one, and a
    /// cloned phone (new `generation`) never continues the sequence of the other.
    pub fn derive(install: &[u8; 16], user: &str, record: RecordId, generation: u32) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(b"doorstep actor 1\0");
        hasher.update(install);
        hasher.update((user.len() as u64).to_be_bytes());
        hasher.update(user.as_bytes());
        hasher.update(record.to_bytes());
        hasher.update(generation.to_be_bytes());
        let digest: [u8; 32] = hasher.finalize().into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(bytes)
    }

    /// The 16 bytes.
    pub fn to_bytes(&self) -> [u8; 16] {
        self.0
    }

    /// From 16 bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for ActorId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        HEXLOWER
            .decode(text.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or(IdError::Actor)
    }
}

id_forms!(RecordId, 16);
id_forms!(RowId, 16);
id_forms!(ChangeHash, 32);
id_forms!(ActorId, 16);

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: [u8; 10] = [7, 1, 2, 3, 4, 5, 6, 7, 8, 9];

    #[test]
    fn ids_are_uuid_v7_and_ordered_by_time() {
        let early = RecordId::from_parts(1_700_000_000_000, RANDOM);
        let late = RecordId::from_parts(1_700_000_000_001, [0; 10]);
        assert_eq!(early.as_uuid().get_version_num(), 7);
        assert!(early < late);
        assert_eq!(early.to_string().parse(), Ok(early));
        assert_eq!(RecordId::from_bytes(early.to_bytes()), early);
        let rows =
            (RowId::from_parts(1_700_000_000_000, RANDOM), RowId::from_parts(1_700_000_000_001, [0; 10]));
        assert!(rows.0.to_string() < rows.1.to_string(), "the text sorts as the time does");
    }

    #[test]
    fn row_ids_are_26_crockford_characters() {
        let row = RowId::from_parts(1_700_000_000_000, RANDOM);
        let text = row.to_string();
        assert_eq!(text.len(), 26);
        assert_eq!(text.parse(), Ok(row));
        assert!(crate::Key::parse(&format!("members/{text}/name")).is_ok());
        assert_eq!("7ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse(), Ok(RowId(u128::MAX)));
        for wrong in
            ["", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", &text.to_lowercase(), &text[1..], "0000000000000000000000000U"]
        {
            assert_eq!(wrong.parse::<RowId>(), Err(IdError::Row), "{wrong}");
        }
    }

    #[test]
    fn each_part_makes_another_actor() {
        let record = RecordId::from_parts(1, RANDOM);
        let base = ActorId::derive(&[1; 16], "u1", record, 0);
        let others = [
            ActorId::derive(&[2; 16], "u1", record, 0),
            ActorId::derive(&[1; 16], "u2", record, 0),
            ActorId::derive(&[1; 16], "u1", RecordId::from_parts(2, RANDOM), 0),
            ActorId::derive(&[1; 16], "u1", record, 1),
        ];
        for other in others {
            assert_ne!(base, other);
        }
        assert_eq!(base, ActorId::derive(&[1; 16], "u1", record, 0));
        assert_eq!(base.to_string().parse(), Ok(base));
    }
}
