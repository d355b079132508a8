//! Quantities as their questions take them.

use serde_json::{Value, json};

/// A number with how exact it is.
pub(super) fn qualified(number: &str, _unit: &str, _qualifier: Option<&str>) -> Value {
    number.into()
}

/// A number of which digits are masked in the source: never a guess.
pub(super) fn masked(_text: &str, _unit: &str) -> Value {
    json!({"missing": "dk"})
}
