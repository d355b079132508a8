//! What becomes of a draft when a new version of its form arrives.

use serde::Serialize;

use super::{Change, Class, Comparison};
use crate::Form;

/// The decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "upgrade")]
pub enum Upgrade {
    /// The draft goes on under the new version; nobody need know.
    Silent,
    /// It goes on under the new version, and the person is told once what changed.
    Notice {
        /// The changes of rules.
        changes: Vec<Change>,
    },
    /// It goes on under the version it was begun under. Under the new one it can be read.
    Pinned,
}

/// Decides about the drafts of `old` when `new` arrives; `comparison` is [`super::compare`] of the two.
pub fn upgrade(old: &Form, new: &Form, comparison: &Comparison) -> Upgrade {
    let other = old.manifest().id != new.manifest().id || new.manifest().version < old.manifest().version;
    match comparison.class() {
        _ if other => Upgrade::Pinned,
        Class::Structural | Class::Forbidden => Upgrade::Pinned,
        Class::Rules => Upgrade::Notice { changes: comparison.of_class(Class::Rules).cloned().collect() },
        Class::Cosmetic | Class::Widening => Upgrade::Silent,
    }
}
