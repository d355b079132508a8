//! Golden records: `tests/*.json`, one case or an array of cases.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::fault::{FaultKind, Faults};
use crate::json::Node;
use crate::model::Severity;

/// A record with the expected outcome.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// Names the case.
    pub name: String,
    /// `draft` or `full`.
    #[serde(default)]
    pub mode: crate::Mode,
    /// Flat answers.
    pub answers: BTreeMap<String, Json>,
    /// Flat answers before, for transitions.
    #[serde(default)]
    pub previous: Option<BTreeMap<String, Json>>,
    /// What must come out.
    pub expect: Expectation,
}

/// What must come out of a golden record.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// All violations, in any order.
    #[serde(default)]
    pub violations: Vec<ExpectedViolation>,
    /// Calculated values by path; those not named are not looked at. `null` = absent.
    #[serde(default)]
    pub calculated: BTreeMap<String, Json>,
    /// All irrelevant paths, if given.
    #[serde(default)]
    pub irrelevant: Option<Vec<String>>,
}

/// A violation by place and key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedViolation {
    /// Concrete path.
    pub path: String,
    /// Keyword or constraint key.
    pub key: String,
    /// Error or warning.
    pub severity: Severity,
}

pub(super) fn read(file: &str, node: &Node, faults: &mut Faults) -> Vec<Golden> {
    let one = std::slice::from_ref(node);
    let (cases, many) = if let Node::Array(items) = node { (items.as_slice(), true) } else { (one, false) };
    let mut out = Vec::new();
    for (i, case) in cases.iter().enumerate() {
        match serde_json::from_value(case.to_json()) {
            Ok(golden) => out.push(golden),
            Err(error) => {
                let pointer = if many { format!("/{i}") } else { String::new() };
                let why = error.to_string();
                faults.add(file, pointer, FaultKind::Golden, why.clone(), format!("样例记录有误：{why}"));
            }
        }
    }
    out
}
