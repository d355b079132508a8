//! What reviewers are shown and what they say: plain data for the API, the command line and tests.

use std::collections::BTreeMap;

use doorstep_forms::{Signature, SignatureState};
use doorstep_protocol::{DeviceId, ObjectId, UserId};
use doorstep_records::{ChangeHash, Heads, RecordId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::difference::ChangedAnswer;
use super::rule::{Decision, Refusal, Waiver};
use super::state::RecordState;
use crate::reconcile::flag::{Flag, FlagKind};

/// Records in one page of a list.
pub const PAGE_RECORDS_MAX: u32 = 500;
/// Comments in one decision.
pub const COMMENTS_MAX: usize = 500;
/// Waivers in one decision.
pub const WAIVERS_MAX: usize = 500;
/// Bytes of a note, a comment or a reason.
pub const TEXT_BYTES_MAX: usize = doorstep_protocol::limits::COMMENT_BYTES;

/// Which records a list shows. Everything absent means everything in scope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordFilter {
    /// Form id.
    pub form: Option<String>,
    /// Area code, with everything below it.
    pub area: Option<String>,
    /// State.
    pub state: Option<RecordState>,
    /// Carrying at least one flag of this kind.
    pub flag: Option<FlagKind>,
    /// Begun by the person of this sign-in name.
    pub author: Option<String>,
    /// Words that all stand in the label or the search text.
    pub text: Option<String>,
    /// About this record.
    pub subject: Option<RecordId>,
    /// Records entered by mistake are left out unless asked for.
    pub discarded: bool,
    /// Only records filled under a test version. Without it there are none of them.
    pub test: bool,
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordLine {
    /// The record.
    pub record: RecordId,
    /// Form id.
    pub form: String,
    /// The form version it was opened under.
    pub form_version: u32,
    /// Area code.
    pub area: String,
    /// The record it is about.
    pub subject: Option<RecordId>,
    /// The record that stands for it, when it was merged.
    pub alias_of: Option<RecordId>,
    /// What people call it.
    pub label: String,
    /// Where it stands.
    pub state: RecordState,
    /// Entered by mistake.
    pub discarded: bool,
    /// How many flags of each kind.
    pub flags: BTreeMap<FlagKind, usize>,
    /// Sign-in name of who began it.
    pub author: String,
    /// The present state.
    pub heads: Heads,
    /// What was submitted last.
    pub submitted_heads: Option<Heads>,
    /// What was approved last.
    pub approved_heads: Option<Heads>,
    /// Last touched, server clock, milliseconds since 1970 UTC.
    pub changed_ms: i64,
    /// Last submitted, milliseconds since 1970 UTC.
    pub submitted_ms: Option<i64>,
    /// Last approved, milliseconds since 1970 UTC.
    pub approved_ms: Option<i64>,
    /// Filled under a test version: it counts nowhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// A page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordPage {
    /// By record id, which is the order they were begun in.
    pub records: Vec<RecordLine>,
    /// Where the next page starts.
    pub next: Option<RecordId>,
    /// How many records the filter finds in scope.
    pub total: u64,
}

/// A place in the order in which the server was told things.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// In the feed.
    pub feed: i64,
    /// Among changed lines.
    pub rows: i64,
}

/// What was touched after a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordChanges {
    /// Where the order stood when this was read.
    pub place: Place,
    /// Records inside the scope.
    pub records: Vec<RecordId>,
    /// More were touched than are named.
    pub more: bool,
}

/// Who stands behind an actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Author {
    /// The person.
    pub user: UserId,
    /// Their sign-in name.
    pub name: String,
    /// Their role then.
    pub role: String,
    /// The device; none for the office.
    pub device: Option<DeviceId>,
    /// What they are besides: `doctor`, `cadre`...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
}

/// One of the values given for an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CandidateView {
    /// The value.
    pub value: Value,
    /// The change that gave it.
    pub change: ChangeHash,
    /// Who.
    pub by: Option<Author>,
    /// The clock of their device, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// The form suggests this one (`x-authority`); nothing is chosen by that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suggested: bool,
}

/// An answer as a reviewer sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnswerView {
    /// The value; null when people disagree: nobody's answer is shown as the truth.
    pub value: Value,
    /// True when people disagree.
    pub different: bool,
    /// Every value that stands, oldest first.
    pub candidates: Vec<CandidateView>,
}

/// A broken rule, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ViolationView {
    /// Path of the answer; empty for the whole record.
    pub path: String,
    /// The rule.
    pub key: String,
    /// `error` or `warning`.
    pub severity: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// "Complete", said by an enumerator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubmissionView {
    /// The submission.
    pub id: ObjectId,
    /// The exact state.
    pub heads: Heads,
    /// The version that judges it.
    pub form_version: u32,
    /// Who.
    pub by: String,
    /// The clock of their device, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// The server's clock, milliseconds since 1970 UTC.
    pub received_ms: i64,
    /// A note for the supervisor.
    pub note: Option<String>,
}

/// A decision that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewView {
    /// The review.
    pub id: ObjectId,
    /// The exact state judged.
    pub heads: Heads,
    /// What was decided.
    pub decision: Decision,
    /// Who.
    pub by: String,
    /// True when the form's own rule let it pass.
    pub auto: bool,
    /// Server clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// A note on the whole record.
    pub note: Option<String>,
}

/// A remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommentView {
    /// The comment.
    pub id: ObjectId,
    /// The state its author saw.
    pub heads: Heads,
    /// Path of the answer; none for the whole record.
    pub path: Option<String>,
    /// Who.
    pub by: String,
    /// Plain text.
    pub text: String,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// A signature as a reviewer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignatureView {
    /// Where it stands.
    pub path: String,
    /// Who: a name, or the row id of a member.
    pub by: String,
    /// As what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Civil date.
    pub signed_on: String,
    /// What was signed.
    pub heads: Vec<String>,
    /// Answers changed after signing.
    pub changed: Vec<String>,
    /// The heads name no state of this record.
    pub unknown: bool,
}

impl SignatureView {
    /// As the rule of signatures gave it, for those who put it in words.
    pub fn to_state(&self) -> SignatureState {
        SignatureState {
            path: self.path.clone(),
            signature: Signature {
                by: self.by.clone(),
                role: self.role.clone(),
                signed_on: self.signed_on.clone(),
                heads: self.heads.clone(),
                attachment: None,
            },
            changed: self.changed.iter().cloned().collect(),
            unknown: self.unknown,
            again: false,
        }
    }
}

/// A record as a reviewer sees it, at exact heads. Whoever is shown it may decide about these heads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecordView {
    /// Its line in lists.
    pub line: RecordLine,
    /// The heads shown.
    pub heads: Heads,
    /// The form version that judges them.
    pub judged_by: u32,
    /// Path -> answer.
    pub answers: BTreeMap<String, AnswerView>,
    /// Path -> calculated value.
    pub calculated: BTreeMap<String, Value>,
    /// Broken rules.
    pub violations: Vec<ViolationView>,
    /// Signatures, and what was changed after each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<SignatureView>,
    /// Answers that differ between what was approved last and the heads shown.
    pub amendment: Vec<ChangedAnswer>,
    /// Flags of the present state.
    pub flags: Vec<Flag>,
    /// Oldest first.
    pub submissions: Vec<SubmissionView>,
    /// Oldest first.
    pub reviews: Vec<ReviewView>,
    /// Oldest first.
    pub comments: Vec<CommentView>,
    /// Registrations merged into this one.
    pub merged: Vec<RecordId>,
}

/// One value ever given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryLine {
    /// Path of the answer.
    pub path: String,
    /// The value.
    pub value: Value,
    /// The change that gave it.
    pub change: ChangeHash,
    /// Who.
    pub by: Option<Author>,
    /// The clock of their device, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Under which form version.
    pub form_version: u32,
    /// Why, when told.
    pub reason: Option<String>,
    /// The change it follows from, when told: the text that was mapped, the case that was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cites: Option<ChangeHash>,
    /// True when a later value has replaced it.
    pub superseded: bool,
}

/// A remark to be made with a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewComment {
    /// Path of the answer; none for the whole record.
    #[serde(default)]
    pub path: Option<String>,
    /// Plain text.
    pub text: String,
}

/// A decision to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReview {
    /// Minted by the caller.
    pub id: ObjectId,
    /// What.
    pub decision: Decision,
    /// About exactly this state.
    pub heads: Heads,
    /// A note on the whole record.
    pub note: Option<String>,
    /// Remarks, with ids minted by the caller.
    pub comments: Vec<(ObjectId, NewComment)>,
    /// What is let stand, and why.
    pub waivers: Vec<Waiver>,
    /// Server clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// What became of a decision that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reviewed {
    /// The state now.
    pub state: RecordState,
    /// True when newer answers than those judged are there, to be looked at as an amendment.
    pub newer: bool,
}

/// Why a decision was not taken, with the difference between what was approved and the heads named.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// Answers that differ between the heads named and the present state.
    pub difference: Vec<ChangedAnswer>,
}
