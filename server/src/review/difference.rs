//! What changed between two readings of a record: an amendment shown answer by answer.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One answer that differs between two readings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangedAnswer {
    /// Path of the answer.
    pub path: String,
    /// What it was; null when there was none.
    pub before: Value,
    /// What it is; null when there is none.
    pub after: Value,
}

/// Every answer that differs, in path order. A cleared answer and one that was never given read alike.
pub fn changed_answers(
    before: &BTreeMap<String, Value>,
    after: &BTreeMap<String, Value>,
) -> Vec<ChangedAnswer> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    paths
        .into_iter()
        .filter_map(|path| {
            let old = before.get(path).unwrap_or(&Value::Null);
            let new = after.get(path).unwrap_or(&Value::Null);
            (old != new).then(|| ChangedAnswer {
                path: path.clone(),
                before: old.clone(),
                after: new.clone(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn given_changed_and_cleared_answers_are_named_and_equal_ones_are_not() {
        let map = |pairs: &[(&str, Value)]| -> BTreeMap<String, Value> {
            pairs.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect()
        };
        let before = map(&[("a", json!("1")), ("b", json!(true)), ("c", json!(3)), ("gone", Value::Null)]);
        let after = map(&[("a", json!("2")), ("b", json!(true)), ("d", json!({"missing": "dk"}))]);
        let changed = changed_answers(&before, &after);
        let lines: Vec<String> =
            changed.iter().map(|c| format!("{} {} {}", c.path, c.before, c.after)).collect();
        assert_eq!(lines, ["a \"1\" \"2\"", "c 3 null", "d null {\"missing\":\"dk\"}"]);
    }
}
