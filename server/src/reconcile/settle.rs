//! Different answers under a waiver: which one the dataset takes.
//!
//! Never the arbitrary winner of the merge. What was approved last stands until somebody chooses; where nothing was
//! approved the answer stays empty.

use std::collections::BTreeMap;

use serde_json::Value;

/// Replaces each answer at `different` by what was approved before, or by nothing. `approved_before` gives the
/// undisputed answer of the latest earlier approval that has one.
pub fn settle<'a>(
    answers: &mut BTreeMap<String, Value>,
    different: impl IntoIterator<Item = &'a str>,
    mut approved_before: impl FnMut(&str) -> Option<Value>,
) {
    for path in different {
        match approved_before(path) {
            Some(value) => answers.insert(path.to_owned(), value),
            None => answers.remove(path),
        };
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_winner_of_a_merge_never_passes() {
        let mut answers: BTreeMap<String, Value> = [
            ("a".to_owned(), json!("winner")),
            ("b".to_owned(), json!("winner")),
            ("c".to_owned(), json!(1)),
        ]
        .into_iter()
        .collect();
        settle(&mut answers, ["a", "b"], |path| (path == "a").then(|| json!("approved last year")));
        let expected: BTreeMap<String, Value> =
            [("a".to_owned(), json!("approved last year")), ("c".to_owned(), json!(1))].into_iter().collect();
        assert_eq!(answers, expected);
    }
}
