//! What changed from one version of a form to the next, and how much it can hurt.
//!
//! Everything a package says is compared in its compiled form: two spellings of one rule are no change. What a change
//! *means* cannot be known: a title or label that says something else is told as class A with a note, and the
//! people who publish must look.
//!
//! * `kinds`: the table of kinds. * `diff`: walks two forms. * `whole`: the form itself. * `question`, `options`,
//!   `facets`, `inside`, `rules`: one question. * `carried`: lenses and former versions. * `upgrade`: what becomes of drafts.

mod carried;
mod diff;
mod facets;
mod inside;
mod kinds;
mod options;
mod question;
mod rules;
mod upgrade;
mod whole;
mod words;

use serde::Serialize;

pub use kinds::{ChangeKind, Class};
pub use upgrade::{Upgrade, upgrade};

use crate::Form;

/// One difference between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change {
    /// How much it can hurt.
    pub class: Class,
    /// Template of the question (`members/*/income`); empty = the whole form.
    pub path: String,
    /// What kind; stable.
    pub kind: ChangeKind,
    /// What changed, in English.
    pub reason_en: String,
    /// The same in Chinese.
    pub reason_zh: String,
    /// What to do, in English: for D which lens is needed, for E the way out, else what to look at. Empty when
    /// nothing need be done.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub way_out_en: String,
    /// The same in Chinese.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub way_out_zh: String,
    /// For D: the new version has the lens for it. What is left is the dry run.
    pub lensed: bool,
}

impl Change {
    /// Whether it stops publishing, whatever a dry run says.
    pub fn blocks(&self) -> bool {
        match self.class {
            Class::Forbidden => true,
            Class::Structural => !self.lensed,
            _ => false,
        }
    }

    /// The reason in Chinese for `zh...`, else in English.
    pub fn reason(&self, locale: &str) -> &str {
        if locale.starts_with("zh") { &self.reason_zh } else { &self.reason_en }
    }

    /// What to do, in Chinese for `zh...`, else in English; empty when nothing need be done.
    pub fn way_out(&self, locale: &str) -> &str {
        if locale.starts_with("zh") { &self.way_out_zh } else { &self.way_out_en }
    }

    /// What changed and what to do, as sentences of one line.
    pub fn in_full(&self, locale: &str) -> String {
        let zh = locale.starts_with("zh");
        let (reason, way) = (if zh { &self.reason_zh } else { &self.reason_en }, self.way_out(locale));
        match (way.is_empty(), zh) {
            (true, _) => reason.clone(),
            (false, true) => format!("{reason}。{way}"),
            (false, false) => format!("{reason}. {way}"),
        }
    }
}

/// All differences between two versions, worst first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Comparison {
    /// The earlier version.
    pub old_version: u32,
    /// The later version.
    pub new_version: u32,
    /// The differences: worst class first, then by path and kind. At most [`crate::limits::CHANGES`].
    pub changes: Vec<Change>,
    /// How many more there are.
    pub left_out: usize,
}

impl Comparison {
    /// The worst class; A when nothing differs.
    pub fn class(&self) -> Class {
        // Sorted: what was left out is not worse.
        self.changes.first().map_or(Class::Cosmetic, |change| change.class)
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// What stops publishing: class E, and class D without its lens.
    pub fn blocking(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.blocks())
    }

    /// The changes of one class.
    pub fn of_class(&self, class: Class) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.class == class)
    }
}

/// Compares a version with the one before it. Re-use of keys and codes of still earlier versions is seen by
/// [`compare_all`].
pub fn compare(old: &Form, new: &Form) -> Comparison {
    compare_all(&[old], new)
}

/// Compares a version with the last of `earlier` (ascending), and watches over keys, codes and lenses of them all.
/// With none, nothing differs.
pub fn compare_all(earlier: &[&Form], new: &Form) -> Comparison {
    diff::all(earlier, new)
}
