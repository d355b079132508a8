//! Values: what one answer holds. There are five kinds and no floats.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;

use crate::limits::TEXT_BYTES;

/// Why an answer is missing although the question was asked. Distinct from "never answered" (no register)
/// and from "cleared" ([`Value::Null`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing {
    /// Does not know.
    Dk,
    /// Refused to answer.
    Refused,
    /// Not applicable.
    Na,
}

impl Missing {
    /// The stored code: `dk`, `refused` or `na`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dk => "dk",
            Self::Refused => "refused",
            Self::Na => "na",
        }
    }

    /// Reads a stored code.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "dk" => Some(Self::Dk),
            "refused" => Some(Self::Refused),
            "na" => Some(Self::Na),
            _ => None,
        }
    }
}

/// One value. Money, measures and dates are text; a compound value is text holding canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Text of at most 64 KiB without NUL.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Cleared.
    Null,
    /// Missing, with the reason. Stored in the same register, so that "does not know" against a value shows.
    Missing(Missing),
}

impl Value {
    /// The value as JSON: text, boolean, integer, `null`, or `{"missing": "dk" | "refused" | "na"}`.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Bool(flag) => json!(flag),
            Self::Int(number) => json!(number),
            Self::Null => serde_json::Value::Null,
            Self::Missing(missing) => json!({"missing": missing.as_str()}),
        }
    }

    /// Reads what [`Value::to_json`] writes. `None` for anything else: floats, integers beyond 64 bits,
    /// lists, other objects, text over 64 KiB or with a NUL.
    pub fn from_json(json: &serde_json::Value) -> Option<Self> {
        let value = match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(flag) => Self::Bool(*flag),
            serde_json::Value::Number(number) => Self::Int(number.as_i64()?),
            serde_json::Value::String(text) => Self::Text(text.clone()),
            serde_json::Value::Object(object) if object.len() == 1 => {
                Self::Missing(Missing::from_code(object.get("missing")?.as_str()?)?)
            }
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => return None,
        };
        value.is_legal().then_some(value)
    }

    /// False for text that is too long or holds a NUL; every other value is legal.
    pub fn is_legal(&self) -> bool {
        match self {
            Self::Text(text) => text_is_legal(text),
            _ => true,
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = serde_json::Value::deserialize(deserializer)?;
        Self::from_json(&json).ok_or_else(|| serde::de::Error::custom("not a value of an answer"))
    }
}

/// The rule of text: at most 64 KiB, no NUL (databases and C readers cut text there).
pub(crate) fn text_is_legal(text: &str) -> bool {
    text.len() <= TEXT_BYTES && !text.as_bytes().contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_goes_both_ways() {
        let values = [
            Value::Text("三亩".into()),
            Value::Text(String::new()),
            Value::Bool(true),
            Value::Int(i64::MIN),
            Value::Int(i64::MAX),
            Value::Null,
            Value::Missing(Missing::Dk),
            Value::Missing(Missing::Refused),
            Value::Missing(Missing::Na),
        ];
        for value in values {
            assert_eq!(Value::from_json(&value.to_json()), Some(value));
        }
    }

    #[test]
    fn other_json_is_no_value() {
        let others = [
            json!(1.5),
            json!(u64::MAX),
            json!([]),
            json!({}),
            json!({"missing": "unknown"}),
            json!({"missing": "dk", "more": 1}),
            json!({"other": "dk"}),
            json!("a\0b"),
            json!("x".repeat(TEXT_BYTES + 1)),
        ];
        for other in others {
            assert_eq!(Value::from_json(&other), None, "{other}");
        }
    }
}
