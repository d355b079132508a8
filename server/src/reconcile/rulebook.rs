//! What reconcile and review ask of a form version.

use std::collections::BTreeMap;
use std::sync::Arc;

use doorstep_forms::{Form, Membership, PersonAnswers};
use serde_json::Value;

use crate::review::rule::StandingError;

/// What a form says about itself, so far as reconcile needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// One record per visit, follow-up, payment...
    pub is_event: bool,
    /// Valid submissions without disputes pass without a person.
    pub auto_approve: bool,
    /// Headquarters confirm what was approved.
    pub confirm: bool,
    /// Templates of the answers that lists are searched by.
    pub search: Vec<String>,
    /// Register forms: templates whose equal answers mean the same household. Event forms: answers that, all equal
    /// about the same subject, mean the same event.
    pub identity: Vec<String>,
    /// Register forms: which answers tell who a person is.
    pub person: Option<PersonAnswers>,
    /// Template of the answer that holds the area code.
    pub area_path: Option<String>,
    /// How it says that a member has left.
    pub membership: Option<Membership>,
}

/// What a form version makes of some answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Assessment {
    /// Hard errors, in path order. Warnings never stand against anything.
    pub errors: Vec<StandingError>,
    /// Answers this version does not know (empty key), and codes it does not know (the rule that says so).
    pub unknown: Vec<StandingError>,
    /// Texts that wait for a code of a list: path and text.
    pub others: Vec<(String, String)>,
    /// Files that answers describe: path and SHA-256.
    pub files: Vec<(String, String)>,
    /// What people call the record.
    pub label: String,
    /// The dataset row, when asked for: relevant answers and calculated values.
    pub row: Option<BTreeMap<String, Value>>,
}

/// How answers are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// As a draft: nothing is required.
    Draft,
    /// As a submission.
    Full,
    /// As a submission, and with its dataset row.
    Row,
}

/// A compiled form version.
pub trait Rulebook: Send + Sync {
    /// What it says about itself.
    fn about(&self) -> &About;
    /// The form itself when it reads records of earlier versions through lenses; then answers are read under it.
    fn lens(&self) -> Option<&Form> {
        None
    }
    /// Judges answers. `previous`: what was approved before, for allowed moves of a state.
    fn assess(
        &self,
        answers: &BTreeMap<String, Value>,
        previous: Option<&BTreeMap<String, Value>>,
        ask: Ask,
    ) -> Assessment;
}

/// Where form versions and areas are found.
pub trait Library: Sync {
    /// A published version, or `None`.
    fn version(&self, form: &str, version: u32) -> Option<Arc<dyn Rulebook>>;
    /// The codes from the root to an area, each followed by `/`; `None` for a code no area has.
    fn area_path(&self, code: &str) -> Option<String>;
}
