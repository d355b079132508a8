//! What is read to count progress, and what is told.

use std::collections::BTreeMap;

use doorstep_records::RecordId;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::assignments::model::AssignmentView;
use crate::reports::definition::Words;
use crate::review::state::RecordState;

/// What to count.
#[derive(Debug, Clone, PartialEq)]
pub struct ProgressFilter {
    /// Form id.
    pub form: String,
    /// At or below this area.
    pub area: Option<String>,
    /// Filled in less time than this is too fast, seconds.
    pub fast_s: i64,
    /// Further than this from the household is far, metres.
    pub far_m: f64,
    /// Whether to look for what is odd, too: it opens every submission that waits.
    pub odd: bool,
}

impl ProgressFilter {
    /// Records of a form; three minutes and half a kilometre.
    pub fn of(form: &str) -> ProgressFilter {
        ProgressFilter { form: form.to_owned(), area: None, fast_s: 180, far_m: 500.0, odd: true }
    }
}

/// Records of one person, place, state and moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// Who began them.
    pub author: String,
    /// Area code.
    pub area: String,
    /// Their state.
    pub state: RecordState,
    /// The quarter of an hour in which they were first received; none before that. Every clock of the earth begins its day with
    /// one.
    pub received_ms: Option<i64>,
    /// How many.
    pub records: u64,
}

/// A submission that waits for review, or a decided record it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// The record.
    pub record: RecordId,
    /// Who began it.
    pub author: String,
    /// Its state.
    pub state: RecordState,
    /// When it was begun, by the device's clock, milliseconds since 1970 UTC.
    pub begun_ms: i64,
    /// When it was first said to be complete, by the device's clock.
    pub said_ms: Option<i64>,
    /// Its answers.
    pub answers: Option<BTreeMap<String, Value>>,
    /// Where its household was when it was registered: longitude, latitude.
    pub household: Option<(f64, f64)>,
}

/// Everything that is read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Every record of the form, counted.
    pub tallies: Vec<Tally>,
    /// What may be odd, and what it is compared with.
    pub records: Vec<Filled>,
    /// Open assignments of the form.
    pub assignments: Vec<AssignmentView>,
    /// Area code -> its village's code and Chinese and English name.
    pub villages: BTreeMap<String, (String, String, String)>,
    /// What the checks over several records ask somebody to do: record, check, path.
    pub todo: Vec<Todo>,
}

/// Something to be done about a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Todo {
    /// The record.
    pub record: RecordId,
    /// What people call it.
    pub label: String,
    /// Which check says so.
    pub key: String,
    /// The answer it points at.
    pub path: String,
    /// What that check says, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Words>,
}

/// Counts of one group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Records asked for by open assignments.
    pub assigned: u64,
    /// Being filled.
    pub in_progress: u64,
    /// Submitted, whatever was decided since.
    pub done: u64,
    /// Of these, back at the enumerator's.
    pub sent_back: u64,
    /// Of these, approved.
    pub approved: u64,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ProgressLine")]
pub struct Line {
    /// Enumerator, area code or day.
    pub key: String,
    /// What people call it: the village.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<(String, String)>,
    /// Its counts.
    #[serde(flatten)]
    pub counts: Counts,
    /// Days until the first of its open assignments is due; negative when that has passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_left: Option<i32>,
}

/// Something odd about a submission that waits for review. A hint for the supervisor, never a verdict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Odd {
    /// The record.
    pub record: RecordId,
    /// Who filled it.
    pub author: String,
    /// `too_fast`, `gps_far` or `copied_answers`.
    pub kind: &'static str,
    /// Seconds, metres, or the record with the same answers.
    pub detail: String,
}

/// How a survey goes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Progress {
    /// Form id.
    pub form: String,
    /// The civil day it is counted for.
    pub today: String,
    /// All together.
    pub total: Line,
    /// By who filled, or is to fill.
    pub by_enumerator: Vec<Line>,
    /// By village.
    pub by_village: Vec<Line>,
    /// By the day it was received.
    pub by_day: Vec<Line>,
    /// What looks odd.
    pub odd: Vec<Odd>,
    /// What is to be done next.
    pub todo: Vec<Todo>,
}
