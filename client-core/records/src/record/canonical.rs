//! The text form of all answers that is byte-identical on every replica with the same changes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Answers, Candidate};
use crate::ids::{ActorId, ChangeHash};
use crate::key::Key;
use crate::value::Value;

// Structs and not `serde_json::json!`: the order of its maps depends on a feature that other crates may turn on.

#[derive(Serialize)]
struct AnswerLine<'a> {
    value: &'a Value,
    candidates: Vec<CandidateLine<'a>>,
}

#[derive(Serialize)]
struct CandidateLine<'a> {
    value: &'a Value,
    change: ChangeHash,
    actor: ActorId,
    at: i64,
}

impl<'a> From<&'a Candidate> for CandidateLine<'a> {
    fn from(candidate: &'a Candidate) -> Self {
        Self { value: &candidate.value, change: candidate.hash, actor: candidate.actor, at: candidate.at_ms }
    }
}

/// All answers as one line of JSON, sorted by key:
/// `{"<key>":{"value":..,"candidates":[{"value":..,"change":"..","actor":"..","at":..}]}}`.
///
/// `value` is automerge's winner, `at` milliseconds since 1970; candidates are sorted by time and hash.
pub fn canonical_json(answers: &Answers) -> String {
    let lines: BTreeMap<&Key, AnswerLine<'_>> = answers
        .iter()
        .map(|(key, answer)| {
            let candidates = answer.candidates.iter().map(CandidateLine::from).collect();
            (key, AnswerLine { value: &answer.value, candidates })
        })
        .collect();
    // Writing text, numbers and maps with text keys to memory cannot fail.
    serde_json::to_string(&lines).unwrap_or_default()
}
