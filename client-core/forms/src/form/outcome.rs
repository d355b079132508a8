//! What an evaluation gives.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::Form;
use crate::model::{Kind, QId, Severity};
use crate::{Answers, Mode};

/// How to check.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// Draft or full.
    pub mode: Mode,
    /// The answers before, for `x-transitions`; none for a new record.
    pub previous: Option<&'a Answers>,
}

impl Context<'_> {
    /// A check while filling.
    pub const DRAFT: Context<'static> = Context { mode: Mode::Draft, previous: None };
    /// A check of a submission.
    pub const FULL: Context<'static> = Context { mode: Mode::Full, previous: None };
}

/// Something wrong with one answer. [`Form::message`] says it in words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Violation {
    /// Concrete path, such as `members/01J.../income`; empty = the record as a whole.
    pub path: String,
    /// The keyword of the form format (`required`, `pattern`, `x-codes`...), the key of a constraint, or
    /// `unknown_path`.
    pub key: String,
    /// Error or warning.
    pub severity: Severity,
    /// Key of the message: `keyword.<keyword>`, or `constraint.<template>#<key>`.
    pub message_key: String,
    /// Values for the message, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

impl Violation {
    pub(super) fn keyword(path: impl Into<String>, keyword: &str, params: &[(&str, String)]) -> Violation {
        let severity = if keyword == "unknown_path" { Severity::Warning } else { Severity::Error };
        Violation {
            path: path.into(),
            key: keyword.to_string(),
            severity,
            message_key: format!("keyword.{keyword}"),
            params: params.iter().map(|(k, v)| (k.to_string(), v.clone())).collect(),
        }
    }
}

/// Something that gave `null` quietly: a division by zero, a number too large...
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Diagnostic {
    /// Path or constraint key whose expression was evaluated.
    pub at: String,
    /// Code of [`crate::expr::Note`].
    pub note: &'static str,
}

/// The result of [`Form::evaluate`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Violations in the order of their paths.
    pub violations: Vec<Violation>,
    /// Calculated values by concrete path: decimals and dates as strings, whole numbers as numbers. Absent where
    /// the result is null.
    pub calculated: BTreeMap<String, Json>,
    /// Concrete paths of irrelevant questions; of an irrelevant group, roster or multi-select only its own.
    pub irrelevant: BTreeSet<String>,
    /// The answers nested as in the schema, calculated values included, irrelevant and closed ones left out;
    /// decimals stay strings, missing answers stay `{"missing": ...}`. Also `_date`, `_subject`, `_form`.
    pub tree: Json,
    /// Answers under paths the form does not know.
    pub unknown: Answers,
    /// What gave `null` quietly.
    pub diagnostics: Vec<Diagnostic>,
}

impl Outcome {
    /// Whether any violation is an error.
    pub fn has_errors(&self) -> bool {
        self.violations.iter().any(|v| v.severity == Severity::Error)
    }
}

impl Form {
    /// The flat answers of a checked record as the dataset keeps them: calculated values included, irrelevant and
    /// closed ones left out, ticks only where true, compounds as JSON strings; with `_subject` and `_date`.
    pub fn dataset_row(&self, outcome: &Outcome) -> BTreeMap<String, Json> {
        let mut row = BTreeMap::new();
        let Json::Object(tree) = &outcome.tree else { return row };
        for key in ["_date", "_subject"] {
            if let Some(value) = tree.get(key) {
                row.insert(key.to_string(), value.clone());
            }
        }
        self.flatten(&self.model.roots, tree, "", &mut row);
        row
    }

    fn flatten(&self, ids: &[QId], map: &Map<String, Json>, prefix: &str, row: &mut BTreeMap<String, Json>) {
        for id in ids {
            let question = &self.model.questions[*id];
            let Some(value) = map.get(&*question.key) else { continue };
            let path = format!("{prefix}{}", question.key);
            let inner = value.as_object().filter(|_| crate::expr::Missing::from_json(value).is_none());
            match (question.kind, inner) {
                (Kind::Group, Some(map)) => self.flatten(&question.children, map, &format!("{path}/"), row),
                (Kind::Roster | Kind::Yearly, Some(rows)) => {
                    for (row_id, map) in rows.iter().filter_map(|(k, v)| Some((k, v.as_object()?))) {
                        self.flatten(&question.children, map, &format!("{path}/{row_id}/"), row);
                    }
                }
                (Kind::SelectMany, Some(ticks)) => {
                    let ticked = ticks.iter().filter(|(_, v)| **v == Json::Bool(true));
                    row.extend(ticked.map(|(code, v)| (format!("{path}/{code}"), v.clone())));
                }
                (kind, _) if kind.is_compound() && (value.is_array() || inner.is_some()) => {
                    row.insert(path, Json::String(canonical(value)));
                }
                _ => {
                    row.insert(path, value.clone());
                }
            }
        }
    }
}

/// JSON with sorted keys and no white space, whatever map `serde_json` was built with.
pub(crate) fn canonical(value: &Json) -> String {
    match value {
        Json::Object(map) => {
            let sorted: BTreeMap<_, _> = map.iter().collect();
            let parts: Vec<String> = sorted
                .iter()
                .map(|(k, v)| format!("{}:{}", Json::String((*k).clone()), canonical(v)))
                .collect();
            format!("{{{}}}", parts.join(","))
        }
        Json::Array(items) => {
            let parts: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", parts.join(","))
        }
        other => other.to_string(),
    }
}
