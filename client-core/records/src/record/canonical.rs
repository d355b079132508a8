//! The text form of all answers that is byte-identical on every replica with the same changes.

use serde_json::{Map, Value as Json, json};

use super::Answers;

/// All answers as one line of JSON, sorted by key:
/// `{"<key>": {"value": .., "candidates": [{"actor", "at", "change", "value"}]}}`.
///
/// `value` is automerge's winner, `at` milliseconds since 1970, candidates are sorted by time and hash.
pub fn canonical_json(answers: &Answers) -> String {
    let mut lines = Map::new();
    for (key, answer) in answers {
        let candidates: Vec<Json> = answer
            .candidates
            .iter()
            .map(|candidate| {
                json!({
                    "value": candidate.value.to_json(),
                    "change": candidate.hash.to_string(),
                    "actor": candidate.actor.to_string(),
                    "at": candidate.at_ms,
                })
            })
            .collect();
        lines.insert(key.to_string(), json!({"value": answer.value.to_json(), "candidates": candidates}));
    }
    Json::Object(lines).to_string()
}
