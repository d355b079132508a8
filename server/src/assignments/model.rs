//! What is asked of assignments and what is told about them.

use doorstep_protocol::ObjectId;
use doorstep_records::RecordId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Assignments of one command.
pub const ASSIGNMENTS_MAX: usize = 1_000;
/// Records asked for in an area.
pub const QUANTITY_MAX: u32 = 100_000;

/// Work to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAssignments {
    /// Form id.
    pub form: String,
    /// What about.
    pub about: About,
    /// Sign-in name of whom it is given to.
    pub to: String,
    /// The civil day by which it is to be done.
    pub due: Option<String>,
    /// What they should know.
    pub note: Option<String>,
}

/// What work is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// These households, one assignment each.
    Subjects(Vec<RecordId>),
    /// An area, with so many records.
    Area {
        /// Area code.
        area: String,
        /// Records asked for.
        quantity: u32,
    },
}

/// Which assignments to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AssignmentFilter {
    /// Sign-in name of who is to do it.
    pub to: Option<String>,
    /// Form id.
    pub form: Option<String>,
    /// At or below this area.
    pub area: Option<String>,
    /// Only those that are still asked for.
    pub open: bool,
}

/// How far work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AssignmentProgress")]
pub enum Progress {
    /// Nothing has come.
    NotBegun,
    /// A draft is there.
    InProgress,
    /// Sent back to be corrected.
    SentBack,
    /// Submitted, and waits for review.
    Done,
    /// Approved.
    Approved,
}

/// An assignment in lists.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AssignmentView {
    /// The assignment.
    pub id: ObjectId,
    /// Form id.
    pub form: String,
    /// The household.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<RecordId>,
    /// What people call the household.
    pub label: String,
    /// Area code.
    pub area: String,
    /// Records asked for.
    pub quantity: u32,
    /// Records submitted since it was given, at most counted once each.
    pub done: u32,
    /// Of these, approved.
    pub approved: u32,
    /// Of these, sent back.
    pub sent_back: u32,
    /// Drafts on the way.
    pub in_progress: u32,
    /// Who is to do it.
    pub assignee: String,
    /// By what day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// What they should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who gave it.
    pub by: String,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// False once it is no longer asked for.
    pub open: bool,
    /// Why it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl AssignmentView {
    /// How far the work as a whole is.
    pub fn progress(&self) -> Progress {
        match () {
            () if self.approved >= self.quantity => Progress::Approved,
            () if self.done >= self.quantity && self.sent_back == 0 => Progress::Done,
            () if self.sent_back > 0 => Progress::SentBack,
            () if self.done + self.in_progress > 0 => Progress::InProgress,
            () => Progress::NotBegun,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_as_far_as_its_records_are() {
        let view = |quantity, done, approved, sent_back, in_progress| AssignmentView {
            id: ObjectId::from_bytes([1; 16]),
            form: String::new(),
            subject: None,
            label: String::new(),
            area: String::new(),
            quantity,
            done,
            approved,
            sent_back,
            in_progress,
            assignee: String::new(),
            due: None,
            note: None,
            by: String::new(),
            at_ms: 0,
            open: true,
            reason: None,
        };
        for (counts, expected) in [
            ((1, 0, 0, 0, 0), Progress::NotBegun),
            ((1, 0, 0, 0, 1), Progress::InProgress),
            ((1, 1, 0, 0, 0), Progress::Done),
            ((1, 1, 0, 1, 0), Progress::SentBack),
            ((1, 1, 1, 0, 0), Progress::Approved),
            ((20, 7, 7, 0, 0), Progress::InProgress),
            ((20, 20, 19, 1, 0), Progress::SentBack),
            ((20, 20, 20, 0, 3), Progress::Approved),
        ] {
            let (quantity, done, approved, sent_back, drafts) = counts;
            assert_eq!(view(quantity, done, approved, sent_back, drafts).progress(), expected, "{counts:?}");
        }
    }
}
