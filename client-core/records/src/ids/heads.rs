//! Heads: the name of an exact state of a record.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ChangeHash, IdError};

/// The hashes that name an exact state of a record, sorted and without duplicates. Empty = the empty record.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Heads(Vec<ChangeHash>);

impl Heads {
    /// The heads of the empty record.
    pub fn empty() -> Self {
        Self::default()
    }

    /// True for the empty record.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many heads there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The hashes in ascending order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &ChangeHash> {
        self.0.iter()
    }

    /// The hashes in ascending order.
    pub fn as_slice(&self) -> &[ChangeHash] {
        &self.0
    }

    /// True when `hash` is one of the heads themselves (not merely in their past).
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.0.binary_search(hash).is_ok()
    }
}

impl FromIterator<ChangeHash> for Heads {
    fn from_iter<I: IntoIterator<Item = ChangeHash>>(hashes: I) -> Self {
        let mut hashes: Vec<_> = hashes.into_iter().collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }
}

impl From<ChangeHash> for Heads {
    fn from(hash: ChangeHash) -> Self {
        Self(vec![hash])
    }
}

impl<'a> IntoIterator for &'a Heads {
    type Item = &'a ChangeHash;
    type IntoIter = std::slice::Iter<'a, ChangeHash>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl fmt::Display for Heads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, hash) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            hash.fmt(f)?;
        }
        Ok(())
    }
}

impl FromStr for Heads {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        text.split(',').map(str::parse).collect()
    }
}

impl fmt::Debug for Heads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Heads({self})")
    }
}

impl Serialize for Heads {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl<'de> Deserialize<'de> for Heads {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<ChangeHash>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_sorted_and_without_duplicates() {
        let hash = |byte| ChangeHash::from_bytes([byte; 32]);
        let heads: Heads = [hash(2), hash(1), hash(2)].into_iter().collect();
        assert_eq!(heads.as_slice(), [hash(1), hash(2)]);
        assert_eq!(heads.to_string().parse(), Ok(heads.clone()));
        assert_eq!("".parse(), Ok(Heads::empty()));
        assert!(heads.contains(&hash(1)) && !heads.contains(&hash(3)));
        let json = serde_json::to_string(&heads).unwrap();
        assert_eq!(json, format!("[\"{}\",\"{}\"]", hash(1), hash(2)));
        assert_eq!(serde_json::from_str::<Heads>(&json).unwrap(), heads);
    }
}
