//! The forms that all ids share: text in JSON, bytes in binary formats, hexadecimal when debugging.

use std::fmt;

use serde::de::{self, SeqAccess, Visitor};

use super::IdError;

/// Reads the bytes of an id from a binary format, whether it has byte strings or only lists.
pub(super) struct BytesVisitor<const N: usize>;

impl<'de, const N: usize> Visitor<'de> for BytesVisitor<N> {
    type Value = [u8; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{N} bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        bytes.try_into().map_err(|_| E::custom(IdError::Length { expected: N, got: bytes.len() }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut bytes = [0; N];
        for (position, byte) in bytes.iter_mut().enumerate() {
            *byte = list
                .next_element()?
                .ok_or_else(|| de::Error::custom(IdError::Length { expected: N, got: position }))?;
        }
        match list.next_element::<u8>()? {
            None => Ok(bytes),
            Some(_) => Err(de::Error::custom(IdError::Length { expected: N, got: N + 1 })),
        }
    }
}

/// How an id of so many bytes is serialised, printed for debugging and read from a slice.
macro_rules! id_forms {
    ($id:ident, $bytes:literal) => {
        impl serde::Serialize for $id {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_bytes(&self.to_bytes())
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $id {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    <String as serde::Deserialize>::deserialize(deserializer)?
                        .parse()
                        .map_err(serde::de::Error::custom)
                } else {
                    deserializer
                        .deserialize_bytes(crate::ids::form::BytesVisitor::<$bytes>)
                        .map(Self::from_bytes)
                }
            }
        }

        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($id))
            }
        }

        impl TryFrom<&[u8]> for $id {
            type Error = IdError;

            fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
                let got = bytes.len();
                let bytes = bytes.try_into().map_err(|_| IdError::Length { expected: $bytes, got })?;
                Ok(Self::from_bytes(bytes))
            }
        }
    };
}

pub(super) use id_forms;
