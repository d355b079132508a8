//! The bytes of the dataset: one line a row, the same on every machine that holds the same log.

use std::collections::BTreeMap;

use serde_json::Value;

/// The JSON text of a row: keys sorted, no white space.
pub fn row_json(row: &BTreeMap<String, Value>) -> String {
    let mut text = String::with_capacity(64 * row.len() + 2);
    text.push('{');
    for (at, (path, value)) in row.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&Value::String(path.clone()).to_string());
        text.push(':');
        write_canonical(value, &mut text);
    }
    text.push('}');
    text
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        // Sorted here, so that no feature of serde_json elsewhere in the build can change the bytes.
        Value::Object(fields) => {
            let sorted: BTreeMap<String, Value> = fields.clone().into_iter().collect();
            text.push_str(&row_json(&sorted));
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// One line of a dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpLine {
    /// The record that stands for the household or event.
    pub record: String,
    /// Form id.
    pub form: String,
    /// The version that judged it.
    pub form_version: u32,
    /// Area code.
    pub area: String,
    /// The record it is about, the one that stays when it was merged; empty for none.
    pub subject: String,
    /// Approved heads, comma-separated.
    pub heads: String,
    /// When they were approved, milliseconds since 1970 UTC.
    pub approved_ms: i64,
    /// The row, already canonical.
    pub row: String,
}

impl DumpLine {
    /// The line, with its end.
    pub fn bytes(&self) -> Vec<u8> {
        let quote = |text: &str| Value::String(text.to_owned()).to_string();
        format!(
            "{{\"record\":{},\"form\":{},\"form_version\":{},\"area\":{},\"subject\":{},\"heads\":{},\"approved_ms\":{},\"row\":{}}}\n",
            quote(&self.record),
            quote(&self.form),
            self.form_version,
            quote(&self.area),
            quote(&self.subject),
            quote(&self.heads),
            self.approved_ms,
            self.row
        )
        .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_are_sorted_and_without_white_space() {
        let row: BTreeMap<String, Value> = [
            ("b".to_owned(), json!("二\"")),
            ("a".to_owned(), json!({"z": [1, null], "k": {"y": true, "x": "1.50"}})),
        ]
        .into_iter()
        .collect();
        assert_eq!(row_json(&row), r#"{"a":{"k":{"x":"1.50","y":true},"z":[1,null]},"b":"二\""}"#);
        assert_eq!(row_json(&BTreeMap::new()), "{}");
    }

    #[test]
    fn a_dump_line_is_one_line_of_json() {
        let line = DumpLine {
            record: "r".into(),
            form: "f".into(),
            form_version: 1,
            area: "01".into(),
            subject: String::new(),
            heads: "ab".into(),
            approved_ms: 5,
            row: r#"{"a":"x\ny"}"#.into(),
        };
        let bytes = line.bytes();
        let text = std::str::from_utf8(&bytes).unwrap();
        assert_eq!(text.matches('\n').count(), 1);
        let read: Value = serde_json::from_str(text).unwrap();
        assert_eq!(read["row"]["a"], json!("x\ny"));
    }
}
