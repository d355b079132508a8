//! A package as one blob, and its content hash.
//!
//! Blob: `DSFP`, format version 1 (u8), number of files (u32), then for each file in name order: length of the
//! name (u16), name, length of the content (u32), content. All numbers little-endian. The encoding of a set of
//! files is unique: [`decode`] refuses any other order.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::fault::{FaultKind, Faults};
use crate::limits;

const MAGIC: &[u8; 5] = b"DSFP\x01";

/// Names a form version by its content: SHA-256 over the canonical list of its files.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormHash([u8; 32]);

impl FormHash {
    /// The hash as bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From stored bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> FormHash {
        FormHash(bytes)
    }

    /// The canonical list is, for each file in name order, the length of its name (u64, little-endian), the name, and
    /// the SHA-256 of its content.
    pub(super) fn of(files: &BTreeMap<String, Vec<u8>>) -> FormHash {
        let mut hash = Sha256::new();
        for (name, content) in files {
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name.as_bytes());
            hash.update(Sha256::digest(content));
        }
        FormHash(hash.finalize().into())
    }
}

impl fmt::Display for FormHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for FormHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FormHash({self})")
    }
}

/// Not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a form hash is 64 hexadecimal digits")]
pub struct BadFormHash;

impl FromStr for FormHash {
    type Err = BadFormHash;

    fn from_str(text: &str) -> Result<FormHash, BadFormHash> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).map_err(|_| BadFormHash)?;
        bytes.try_into().map(FormHash).map_err(|_| BadFormHash)
    }
}

impl serde::Serialize for FormHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for FormHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<FormHash, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

pub(super) fn encode(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend((files.len() as u32).to_le_bytes());
    for (name, content) in files {
        out.extend((name.len() as u16).to_le_bytes());
        out.extend(name.as_bytes());
        out.extend((content.len() as u32).to_le_bytes());
        out.extend(content);
    }
    out
}

pub(super) fn decode(blob: &[u8], faults: &mut Faults) -> Option<BTreeMap<String, Vec<u8>>> {
    let files = read(blob);
    if files.is_none() {
        let en = "this is not the encoding of a form package";
        faults.add("", "", FaultKind::Encoding, en, "不是表单包的传输编码");
    }
    files
}

fn read(blob: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    // Names and lengths come on top of the contents.
    if blob.len() > limits::PACKAGE_BYTES + limits::PACKAGE_FILES * 512 {
        return None;
    }
    let mut rest = blob.strip_prefix(MAGIC)?;
    let count = u32::from_le_bytes(take(&mut rest, 4)?.try_into().ok()?) as usize;
    if count > limits::PACKAGE_FILES {
        return None;
    }
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for _ in 0..count {
        let name_len = u16::from_le_bytes(take(&mut rest, 2)?.try_into().ok()?) as usize;
        let name = std::str::from_utf8(take(&mut rest, name_len)?).ok()?.to_string();
        let len = u32::from_le_bytes(take(&mut rest, 4)?.try_into().ok()?) as usize;
        let content = take(&mut rest, len)?.to_vec();
        if files.last_key_value().is_some_and(|(last, _)| *last >= name) {
            return None;
        }
        files.insert(name, content);
    }
    rest.is_empty().then_some(files)
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(len)?;
    *rest = tail;
    Some(head)
}
