//! Keys: the path of one answer, such as `land` or `members/01J9ZC4Q7Y8M2N3P4R5S6T7V8W/income`.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::limits::{KEY_BYTES, KEY_SEGMENTS, SEGMENT_BYTES};

/// The last segment that closes a row: `members/<row>/_deleted = true`.
pub const DELETED: &str = "_deleted";

/// The last segment that orders a row among its siblings.
pub const ORDER: &str = "_order";

/// A checked path: 1 to 8 segments of `[A-Za-z0-9_]{1,64}` joined by `/`, at most 255 bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Key(String);

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Longer than 255 bytes.
    #[error("a key has at most {KEY_BYTES} bytes")]
    TooLong,
    /// More than 8 segments.
    #[error("a key has at most {KEY_SEGMENTS} segments")]
    TooManySegments,
    /// An empty segment, or one longer than 64 bytes.
    #[error("a segment of a key has 1 to {SEGMENT_BYTES} characters")]
    SegmentLength,
    /// A character outside `[A-Za-z0-9_]`.
    #[error("a key consists of letters, digits, '_' and '/'")]
    Character,
}

impl Key {
    /// Checks `text` and wraps it.
    ///
    /// # Errors
    /// [`KeyError`] names the first rule that `text` breaks.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        check(text)?;
        Ok(Self(text.to_owned()))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments, outermost first.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// The last segment: the name of the question itself.
    pub fn last_segment(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// True when the first segment is `segment`.
    pub fn starts_with_segment(&self, segment: &str) -> bool {
        self.0.split('/').next() == Some(segment)
    }

    /// True when this key lies below `prefix`, segment by segment; a key does not lie below itself.
    pub fn is_below(&self, prefix: &str) -> bool {
        self.0.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The row that this key closes or opens: `members/<row>` of `members/<row>/_deleted`.
    pub fn closes_row(&self) -> Option<&str> {
        let (row, last) = self.0.rsplit_once('/')?;
        (last == DELETED).then_some(row)
    }

    /// Wraps what [`check`] has accepted already.
    pub(crate) fn from_checked(text: String) -> Self {
        Self(text)
    }
}

/// Says whether `text` obeys the rules of a key, without copying it.
pub(crate) fn check(text: &str) -> Result<(), KeyError> {
    if text.len() > KEY_BYTES {
        return Err(KeyError::TooLong);
    }
    let mut segments = 0;
    for segment in text.split('/') {
        segments += 1;
        if segments > KEY_SEGMENTS {
            return Err(KeyError::TooManySegments);
        }
        if segment.is_empty() || segment.len() > SEGMENT_BYTES {
            return Err(KeyError::SegmentLength);
        }
        if !segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(KeyError::Character);
        }
    }
    Ok(())
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.0)
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for Key {
    type Error = KeyError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Key {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        check(&text)?;
        Ok(Self(text))
    }
}

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.0
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::try_from(text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_keys() {
        let long_segment = "a".repeat(64);
        let too_long_segment = "a".repeat(65);
        let eight = ["a"; 8].join("/");
        let nine = ["a"; 9].join("/");
        let bytes_255 = ["a".repeat(63), "a".repeat(63), "a".repeat(63), "a".repeat(63)].join("/");
        let bytes_256 = format!("{bytes_255}b");
        let table: &[(&str, Result<(), KeyError>)] = &[
            ("land", Ok(())),
            ("members/01J9ZC4Q7Y8M2N3P4R5S6T7V8W/income", Ok(())),
            ("_form", Ok(())),
            ("years/2015/grain_jin", Ok(())),
            (&long_segment, Ok(())),
            (&eight, Ok(())),
            (&bytes_255, Ok(())),
            ("", Err(KeyError::SegmentLength)),
            ("/a", Err(KeyError::SegmentLength)),
            ("a/", Err(KeyError::SegmentLength)),
            ("a//b", Err(KeyError::SegmentLength)),
            (&too_long_segment, Err(KeyError::SegmentLength)),
            (&nine, Err(KeyError::TooManySegments)),
            (&bytes_256, Err(KeyError::TooLong)),
            ("a-b", Err(KeyError::Character)),
            ("a b", Err(KeyError::Character)),
            ("收入", Err(KeyError::Character)),
            ("a\0", Err(KeyError::Character)),
        ];
        for (text, expected) in table {
            assert_eq!(Key::parse(text).map(|_| ()), *expected, "{text:?}");
        }
    }

    #[test]
    fn parts_of_a_key() {
        let key = Key::parse("members/r1/_deleted").unwrap();
        assert_eq!(key.segments().collect::<Vec<_>>(), ["members", "r1", "_deleted"]);
        assert!(key.starts_with_segment("members") && !key.starts_with_segment("member"));
        assert_eq!(key.closes_row(), Some("members/r1"));
        assert_eq!(key.last_segment(), "_deleted");
        assert!(key.is_below("members/r1") && !key.is_below("members/r"));
        assert_eq!(Key::parse("land").unwrap().closes_row(), None);
    }
}
