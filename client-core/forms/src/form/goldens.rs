//! Golden records: the form's own tests.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value as Json;

use super::Form;
use super::outcome::Context;
use crate::package::{ExpectedViolation, Golden};

/// How a golden record came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GoldenResult {
    /// Name of the case.
    pub name: String,
    /// What differs from the expected outcome; empty = passed.
    pub differences: Vec<String>,
}

impl GoldenResult {
    /// Whether the outcome was as expected.
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

impl Form {
    /// Runs the golden records of the package.
    pub fn check_goldens(&self) -> Vec<GoldenResult> {
        let result = |golden: &Golden| GoldenResult {
            name: golden.name.clone(),
            differences: self.differences(golden),
        };
        self.package.golden_tests().iter().map(result).collect()
    }

    fn differences(&self, golden: &Golden) -> Vec<String> {
        let context = Context { mode: golden.mode, previous: golden.previous.as_ref() };
        let outcome = self.evaluate(&golden.answers, &context);
        let mut out = Vec::new();
        let found: BTreeSet<ExpectedViolation> = outcome
            .violations
            .iter()
            .map(|v| ExpectedViolation { path: v.path.clone(), key: v.key.clone(), severity: v.severity })
            .collect();
        let expected: BTreeSet<ExpectedViolation> = golden.expect.violations.iter().cloned().collect();
        let say = |v: &ExpectedViolation| format!("{} {} {:?}", v.path, v.key, v.severity);
        out.extend(expected.difference(&found).map(|v| format!("expected violation missing: {}", say(v))));
        out.extend(found.difference(&expected).map(|v| format!("unexpected violation: {}", say(v))));
        for (path, want) in &golden.expect.calculated {
            let got = outcome.calculated.get(path).unwrap_or(&Json::Null);
            if got != want {
                out.push(format!("{path}: expected {want}, calculated {got}"));
            }
        }
        if let Some(irrelevant) = &golden.expect.irrelevant {
            let want: BTreeSet<String> = irrelevant.iter().cloned().collect();
            let missing = want.difference(&outcome.irrelevant).map(|p| format!("{p} should be irrelevant"));
            let extra = outcome.irrelevant.difference(&want).map(|p| format!("{p} should not be irrelevant"));
            out.extend(missing.chain(extra));
        }
        out
    }
}
