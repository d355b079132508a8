//! JSON bodies, read strictly: bounded depth, string and array lengths, no doubled keys, no NUL.
//!
//! serde_json alone accepts `{"a":1,"a":2}` (the last wins) and any length: two readers of one body could disagree.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// What a body may hold.
#[derive(Debug, Clone, Copy)]
pub struct JsonLimits {
    /// Nesting of objects and arrays.
    pub depth: usize,
    /// Bytes of one string.
    pub string_bytes: usize,
    /// Elements of one array, members of one object.
    pub elements: usize,
}

/// The limits of ordinary requests.
pub const ORDINARY: JsonLimits = JsonLimits { depth: 32, string_bytes: 64 * 1024, elements: 10_000 };
/// The limits of a form upload: its files are long strings.
pub const FILES: JsonLimits = JsonLimits { depth: 8, string_bytes: 4 * 1024 * 1024, elements: 10_000 };

/// Why a body was not taken.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Not JSON at all.
    #[error("not JSON: {0}")]
    Syntax(#[source] serde_json::Error),
    /// JSON, and over a limit or ambiguous.
    #[error("not acceptable JSON: {0}")]
    Strict(#[source] serde_json::Error),
    /// Fine JSON of another shape.
    #[error("unexpected value at `{pointer}`: {source}")]
    Shape {
        /// JSON pointer of the wrong place.
        pointer: String,
        /// What was expected there.
        #[source]
        source: serde_json::Error,
    },
}

/// Reads a body as `T`.
pub fn read<T: DeserializeOwned>(bytes: &[u8], limits: JsonLimits) -> Result<T, JsonError> {
    let strict = Cell::new(false);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let seed = Strict { limits, depth: 0, refused: &strict };
    let value = seed
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| if strict.get() { JsonError::Strict(error) } else { JsonError::Syntax(error) })?;
    serde_path_to_error::deserialize(value).map_err(|error| {
        let pointer = pointer(error.path());
        JsonError::Shape { pointer, source: error.into_inner() }
    })
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    limits: JsonLimits,
    depth: usize,
    refused: &'a Cell<bool>,
}

impl Strict<'_> {
    fn refuse<E: Error>(self, what: fmt::Arguments<'_>) -> E {
        self.refused.set(true);
        E::custom(what)
    }

    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= self.limits.depth {
            return Err(self.refuse(format_args!("nested deeper than {}", self.limits.depth)));
        }
        Ok(Strict { depth: self.depth + 1, ..self })
    }

    fn text<E: Error>(self, text: &str) -> Result<String, E> {
        if text.len() > self.limits.string_bytes {
            return Err(self.refuse(format_args!("a string longer than {} bytes", self.limits.string_bytes)));
        }
        if text.contains('\0') {
            return Err(self.refuse(format_args!("a NUL character")));
        }
        Ok(text.to_owned())
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| self.refuse(format_args!("a number out of range")))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.text(text).map(Value::String)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element_seed(inner)? {
            if elements.len() >= self.limits.elements {
                return Err(self.refuse(format_args!("more than {} elements", self.limits.elements)));
            }
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let key = self.text(&key)?;
            if members.len() >= self.limits.elements {
                return Err(self.refuse(format_args!("more than {} members", self.limits.elements)));
            }
            let value = map.next_value_seed(inner)?;
            if members.insert(key, value).is_some() {
                return Err(self.refuse(format_args!("the same key twice")));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[allow(dead_code)]
        rows: Vec<Row>,
    }
    #[derive(Debug, serde::Deserialize)]
    struct Row {
        #[allow(dead_code)]
        age: u8,
    }

    #[test]
    fn ambiguous_and_oversized_bodies_are_refused() {
        let deep = format!("{}1{}", "[".repeat(33), "]".repeat(33));
        let deepest = format!("{}1{}", "[".repeat(32), "]".repeat(32));
        let long = format!("\"{}\"", "x".repeat(64 * 1024 + 1));
        let many = format!("[{}0]", "0,".repeat(10_000));
        for body in [r#"{"a":1,"a":2}"#, r#"{"a":{"b":1,"b":1}}"#, r#""a\u0000b""#, &deep, &long, &many] {
            let error = read::<Value>(body.as_bytes(), ORDINARY).unwrap_err();
            assert!(matches!(error, JsonError::Strict(_)), "{error}");
        }
        assert!(read::<Value>(deepest.as_bytes(), ORDINARY).is_ok());
        assert!(read::<Value>(long.as_bytes(), FILES).is_ok());
    }

    #[test]
    fn broken_text_is_a_syntax_error() {
        for body in ["", "{", "{\"a\":}", "[1,]", "nul", "1 2", "\"\\ud800\"", "\u{feff}{}", "{'a':1}", "NaN"]
        {
            let error = read::<Value>(body.as_bytes(), ORDINARY).unwrap_err();
            assert!(matches!(error, JsonError::Syntax(_)), "{body}: {error}");
        }
        assert!(matches!(read::<Value>(b"\"\xff\"", ORDINARY), Err(JsonError::Syntax(_))));
    }

    #[test]
    fn another_shape_is_named_by_pointer() {
        let Err(JsonError::Shape { pointer, .. }) =
            read::<Sample>(br#"{"rows":[{"age":1},{"age":300}]}"#, ORDINARY)
        else {
            panic!("taken");
        };
        assert_eq!(pointer, "/rows/1/age");
        assert!(matches!(read::<Sample>(br#"{"rows":[],"x":1}"#, ORDINARY), Err(JsonError::Shape { .. })));
    }
}
