//! Constraints, by their keys.

use super::diff::Diff;
use super::kinds::ChangeKind as K;
use super::words::differ;
use crate::model::Constraint;

pub(super) fn compare(diff: &mut Diff<'_>, path: &str, old: &[Constraint], new: &[Constraint]) {
    for after in new {
        let key = &after.key;
        let Some(before) = old.iter().find(|before| before.key == *key) else {
            diff.add(path, K::ConstraintAdded, key);
            continue;
        };
        if before.rule.expr.to_string() != after.rule.expr.to_string() {
            diff.add(path, K::ConstraintChanged, key);
        }
        if before.severity != after.severity {
            diff.add(path, K::SeverityChanged, key);
        }
        if before.locations != after.locations {
            diff.add(path, K::LocationChanged, key);
        }
        if differ(&before.human, &after.human) {
            diff.add(path, K::MessageChanged, key);
        }
    }
    for before in old.iter().filter(|before| !new.iter().any(|after| after.key == before.key)) {
        diff.add(path, K::ConstraintRemoved, &before.key);
    }
}
