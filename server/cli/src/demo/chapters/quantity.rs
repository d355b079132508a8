//! Quantities as their questions take them: canonical JSON in one answer.

use serde_json::{Value, json};

/// A number in the unit of its question, with how exact it is.
pub(super) fn qualified(number: &str, unit: &str, qualifier: Option<&str>) -> Value {
    let quantity = match qualifier {
        Some(qualifier) => json!({"qualifier": qualifier, "unit": unit, "value": number}),
        None => json!({"unit": unit, "value": number}),
    };
    quantity.to_string().into()
}

/// A number of which digits are masked in the source: kept as it is printed, never a guess.
pub(super) fn masked(text: &str, unit: &str) -> Value {
    json!({"masked": text, "unit": unit}).to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_and_nothing_is_between() {
        assert_eq!(
            qualified("1000", "measure", Some("over")),
            r#"{"qualifier":"over","unit":"measure","value":"1000"}"#
        );
        assert_eq!(qualified("4.5", "measure", None), r#"{"unit":"measure","value":"4.5"}"#);
        assert_eq!(masked("2x00", "measure"), r#"{"masked":"2x00","unit":"measure"}"#);
    }
}
