//! Identifiers of the wire: 16 bytes each, text as lower-case hexadecimal or UUID.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The text is not an identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {kind}")]
pub struct IdError {
    /// What was expected, such as `device id`.
    pub kind: &'static str,
    /// What was given.
    pub text: String,
}

macro_rules! id16 {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $format:expr, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// From its 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }
            /// Its 16 bytes.
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let format: fn(&[u8; 16]) -> String = $format;
                f.write_str(&format(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let parse: fn(&str) -> Option<[u8; 16]> = $parse;
                parse(text).map(Self).ok_or_else(|| IdError { kind: $kind, text: text.to_owned() })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_bytes(&self.0)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use serde::de::Error;
                if deserializer.is_human_readable() {
                    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
                } else {
                    let bytes = serde_bytes::ByteArray::<16>::deserialize(deserializer)?;
                    Ok(Self(bytes.into_array()))
                }
            }
        }
    };
}

fn hex(bytes: &[u8; 16]) -> String {
    HEXLOWER.encode(bytes)
}

fn from_hex(text: &str) -> Option<[u8; 16]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

fn uuid(bytes: &[u8; 16]) -> String {
    Uuid::from_bytes(*bytes).to_string()
}

fn from_uuid(text: &str) -> Option<[u8; 16]> {
    Uuid::try_parse(text).ok().map(Uuid::into_bytes)
}

id16!(
    /// A device: the first 16 bytes of the SHA-256 of its Ed25519 public key, so that a key names its device.
    DeviceId, "device id", hex, from_hex
);
id16!(
    /// A person's account; a UUID minted by the server.
    UserId, "user id", uuid, from_uuid
);
id16!(
    /// An envelope; a UUIDv7 minted by the device. The same id with another body is refused.
    EnvelopeId, "envelope id", uuid, from_uuid
);
id16!(
    /// A submission, comment, review or any other immutable object; a UUIDv7.
    ObjectId, "object id", uuid, from_uuid
);
id16!(
    /// One life of a server's data: new when it is made and whenever it is restored from a backup.
    Epoch, "epoch", uuid, from_uuid
);

impl DeviceId {
    /// The device that holds this Ed25519 public key.
    pub fn of_key(public_key: &[u8; 32]) -> Self {
        let digest = Sha256::digest(public_key);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(bytes)
    }
}

macro_rules! minted {
    ($($name:ident),*) => {$(
        impl $name {
            /// Mints a UUIDv7 from the caller's clock (milliseconds since 1970) and randomness.
            pub fn mint(unix_ms: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid().into_bytes())
            }
        }
    )*};
}
minted!(UserId, EnvelopeId, ObjectId, Epoch);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_what_they_print() {
        let device = DeviceId::of_key(&[7; 32]);
        assert_eq!(device.to_string().parse(), Ok(device));
        let user = UserId::mint(1_700_000_000_000, [1; 10]);
        assert_eq!(user.to_string().parse(), Ok(user));
        assert!("x".parse::<UserId>().is_err());
        assert!("00".parse::<DeviceId>().is_err());
    }
}
