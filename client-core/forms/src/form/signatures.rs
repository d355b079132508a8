//! The rule of signatures: which answers were touched after they were signed.

use std::collections::BTreeSet;

use super::Form;
use super::outcome::Violation;
use crate::Answers;
use crate::model::{Kind, Severity};
use crate::signature::{Signature, SignatureState};

impl Form {
    /// Every signature among the answers, with what was touched since. `touched` tells the paths that changes after
    /// the given heads have put, or `None` when those heads are no state of the record.
    pub fn signatures(
        &self,
        answers: &Answers,
        mut touched: impl FnMut(&[String]) -> Option<Vec<String>>,
    ) -> Vec<SignatureState> {
        let mut states = Vec::new();
        for (path, value) in answers {
            let Some(def) = self.question(path).and_then(|q| q.signature.as_ref()) else { continue };
            let Some(signature) = Signature::read(value) else { continue };
            let since = touched(&signature.heads);
            let unknown = since.is_none();
            let is_signed = |path: &String| self.can_be_signed(path) && def.covers(path);
            let changed: BTreeSet<String> = since.into_iter().flatten().filter(is_signed).collect();
            states.push(SignatureState { path: path.clone(), signature, changed, unknown, again: def.again });
        }
        states
    }

    /// Answers that a signature may stand for: not the record's own housekeeping, and no signatures.
    fn can_be_signed(&self, path: &str) -> bool {
        let own = path.starts_with('_') || path.ends_with("/_order");
        !own && self.question(path).is_none_or(|q| q.kind != Kind::Signature)
    }

    /// Warnings `sign_again` for signatures that the form wants again.
    pub fn sign_again(&self, states: &[SignatureState]) -> Vec<Violation> {
        let overtaken = states.iter().filter(|state| state.again && state.is_overtaken());
        let warning = |state: &SignatureState| Violation {
            severity: Severity::Warning,
            ..Violation::keyword(&state.path, "sign_again", &[("by", state.signature.by.clone())])
        };
        overtaken.map(warning).collect()
    }
}
