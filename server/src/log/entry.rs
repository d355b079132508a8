//! What can stand in the log. The encoding (CBOR, enums tagged outside) is for ever: add variants and optional fields,
//! never change one.

use doorstep_protocol::push::ItemVerdict;
use doorstep_protocol::{DeviceId, EnvelopeId, ObjectId, SignedEnvelope, UserId};
use doorstep_records::{ChangeHash, Heads, RecordId};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::areas::{Area, Succession};
use crate::moves::MoveVerdict;
use crate::review::rule::{Decision, Waiver};

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogEntry {
    /// An envelope exactly as received, with its verdicts.
    Envelope(EnvelopeEntry),
    /// Items that waited, or stood in quarantine, have their final verdict.
    Released(ReleasedEntry),
    /// Items left quarantine to be judged once more; an entry with their verdicts follows.
    Retried(RetriedEntry),
    /// A form version was published.
    FormPublished {
        /// The package as the forms crate encodes it.
        package: ByteBuf,
        /// Who.
        by: By,
    },
    /// Areas were added or changed; parents first.
    AreasImported {
        /// The areas as they are from now on.
        areas: Vec<Area>,
        /// Who.
        by: By,
    },
    /// Areas ended, and others follow them: what lay in one lies in its successor.
    AreasSucceeded {
        /// Which follows which.
        successions: Vec<Succession>,
        /// The first civil day of the successors, ISO 8601.
        on: String,
        /// Who.
        by: By,
    },
    /// A decision on exact heads.
    Reviewed(ReviewedEntry),
    /// Two registrations of one household: `alias` is another name of `canonical` from now on.
    Merged {
        /// Stands for both.
        canonical: RecordId,
        /// The other one.
        alias: RecordId,
        /// Who.
        by: By,
    },
    /// A merge was taken back.
    Unmerged {
        /// The record that stands for itself again.
        alias: RecordId,
        /// Who.
        by: By,
    },
    /// Two suspects are two households.
    DuplicateDismissed {
        /// One.
        a: RecordId,
        /// The other.
        b: RecordId,
        /// Who.
        by: By,
    },
    /// A remark from the console.
    Commented {
        /// The record.
        record: RecordId,
        /// The state its author saw.
        heads: Heads,
        /// The remark.
        comment: ReviewComment,
        /// Who.
        by: By,
    },
    /// A record was moved to another area.
    AreaApplied {
        /// The record.
        record: RecordId,
        /// The area code.
        area: String,
        /// Who.
        by: By,
    },
    /// Work was given to people.
    Assigned {
        /// What was given.
        assignments: Vec<Assigned>,
        /// Who gave it.
        by: By,
    },
    /// Open work was given to somebody else.
    AssignmentsMoved {
        /// Which.
        assignments: Vec<ObjectId>,
        /// To whom.
        assignee: UserId,
        /// Their sign-in name then.
        name: String,
        /// Who moved it.
        by: By,
    },
    /// Work is no longer asked for.
    AssignmentsClosed {
        /// Which.
        assignments: Vec<ObjectId>,
        /// Why.
        reason: String,
        /// Who closed it.
        by: By,
    },
    /// A form version goes to chosen devices as a test (测试版); it replaces an earlier test of the same number.
    FormTested {
        /// The package as the forms crate encodes it.
        package: ByteBuf,
        /// The devices.
        devices: Vec<DeviceId>,
        /// Who.
        by: By,
    },
    /// A form version, published or tested, was closed to new records, or opened to them again.
    FormOpened {
        /// Form id.
        form: String,
        /// Version.
        version: u32,
        /// False: closed.
        open: bool,
        /// Who.
        by: By,
    },
    /// An approved record moved an answer of the record it is about, or could not.
    Moved(MovedEntry),
    /// A sample was drawn from the register.
    SampleDrawn(super::SampleDrawnEntry),
    /// A household of a sample was replaced.
    SampleReplaced(super::SampleReplacedEntry),
    /// Members left a household for another one: a split, a marriage.
    MembersMoved(MembersMovedEntry),
    /// An edit of a member who had left was written anew in the household the member is in.
    EditCarried(EditCarriedEntry),
}

impl LogEntry {
    /// The stable word in the log's own column.
    pub fn kind(&self) -> &'static str {
        match self {
            LogEntry::Envelope(_) => "envelope",
            LogEntry::Released(_) => "released",
            LogEntry::Retried(_) => "retried",
            LogEntry::FormPublished { .. } => "form_published",
            LogEntry::AreasImported { .. } => "areas_imported",
            LogEntry::AreasSucceeded { .. } => "areas_succeeded",
            LogEntry::Reviewed(_) => "reviewed",
            LogEntry::Merged { .. } => "merged",
            LogEntry::Unmerged { .. } => "unmerged",
            LogEntry::DuplicateDismissed { .. } => "duplicate_dismissed",
            LogEntry::Commented { .. } => "commented",
            LogEntry::AreaApplied { .. } => "area_applied",
            LogEntry::Assigned { .. } => "assigned",
            LogEntry::AssignmentsMoved { .. } => "assignments_moved",
            LogEntry::AssignmentsClosed { .. } => "assignments_closed",
            LogEntry::FormTested { .. } => "form_tested",
            LogEntry::FormOpened { .. } => "form_opened",
            LogEntry::Moved(_) => "moved",
            LogEntry::SampleDrawn(_) => "sample_drawn",
            LogEntry::SampleReplaced(_) => "sample_replaced",
            LogEntry::MembersMoved(_) => "members_moved",
            LogEntry::EditCarried(_) => "edit_carried",
        }
    }
}

/// Who gave a command; no user for the operator at the machine and the server itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// Account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Sign-in name then.
    pub name: String,
}

impl From<&crate::store::Scope> for By {
    fn from(scope: &crate::store::Scope) -> By {
        By { user: scope.user(), name: scope.user_name().to_owned() }
    }
}

/// Whose envelope it is: from the key that signed it, never from its content or its carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Account.
    pub user: UserId,
    /// Sign-in name then.
    pub name: String,
    /// Role then.
    pub role: String,
    /// The key that signed.
    pub device: DeviceId,
    /// True when the server itself signed (imports, console edits): no phone stands behind it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub server: bool,
}

/// An envelope in the log. When it was received is the log row's own time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnvelopeEntry {
    /// Exactly as received.
    pub signed: SignedEnvelope,
    /// Who stands behind it.
    pub author: Author,
    /// One per item.
    pub verdicts: Vec<ItemVerdict>,
}

/// Items of one record that were set free together, in the order in which they are applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleasedEntry {
    /// The record.
    pub record: RecordId,
    /// The items.
    pub items: Vec<ReleasedItem>,
}

/// One item set free.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleasedItem {
    /// Its envelope.
    pub envelope: EnvelopeId,
    /// Its place there.
    pub item: u32,
    /// Its verdict from now on.
    pub verdict: ItemVerdict,
}

/// Items of one record that leave quarantine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetriedEntry {
    /// The record.
    pub record: RecordId,
    /// Each by its envelope and its place there, in the order in which they came.
    pub items: Vec<(EnvelopeId, u32)>,
    /// Who asked for it.
    pub by: By,
}

/// A review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewedEntry {
    /// Minted by the server.
    pub id: ObjectId,
    /// The record.
    pub record: RecordId,
    /// What was judged.
    pub heads: Heads,
    /// The decision.
    pub decision: Decision,
    /// On the whole record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// On single answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<ReviewComment>,
    /// What was let stand, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// Who.
    pub by: By,
    /// True when the form's own rule approved it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub auto: bool,
}

/// What an approved record moved in the record it is about. The change itself, and its approval, stand before it in the
/// log; here stands why, and what could not be moved: a replay repeats the verdict and never judges it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MovedEntry {
    /// The record that was decided on.
    pub source: RecordId,
    /// What is approved of it now; empty when nothing is.
    pub heads: Heads,
    /// The record it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<RecordId>,
    /// The answer that moves.
    pub answer: String,
    /// From where; none: there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Where to.
    pub to: String,
    /// What became of it.
    pub verdict: MoveVerdict,
    /// Who decided on the source.
    pub by: By,
}

/// Members who left a household. The changes that close and open their membership stand before it in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MembersMovedEntry {
    /// The record they left.
    pub from: RecordId,
    /// The record they came into.
    pub to: RecordId,
    /// True when that began with them (分户).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub begins: bool,
    /// Their rows, as paths: `members/<row>`.
    pub rows: Vec<String>,
    /// The civil day.
    pub on: String,
    /// The state of their membership in the record they left.
    pub state: String,
    /// What was copied: the state of the record they left.
    pub base: Heads,
    /// The change that closed their membership.
    pub closed: ChangeHash,
    /// The last of the changes that copied their answers.
    pub opened: ChangeHash,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who.
    pub by: By,
}

/// An edit that followed a member, or was submitted since it did. The changes themselves stand before it in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditCarriedEntry {
    /// The record it was made in.
    pub from: RecordId,
    /// The record the member is in.
    pub to: RecordId,
    /// The change that closed the membership: names the move.
    pub closed: ChangeHash,
    /// The edit.
    pub original: ChangeHash,
    /// The edit that it was itself written anew from, over all moves; else itself.
    pub root: ChangeHash,
    /// What it was written anew in; empty when it was before, and is submitted now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<CarriedChange>,
    /// Its author said that it is complete.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub submitted: bool,
    /// Whose edit it is.
    pub by: By,
}

/// A change that an edit was written anew in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedChange {
    /// The change.
    pub change: ChangeHash,
    /// True when it has seen the answers that were copied, because the author of the edit had.
    pub saw_copy: bool,
}

/// A remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewComment {
    /// Minted by the server.
    pub id: ObjectId,
    /// The answer's path, or none for the whole record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Plain text.
    pub text: String,
}

/// A form to be filled about one household, or in an area, by one person, as it was given. What a device is told later
/// (`doorstep_protocol::pull::Assignment`) looks alike and is not the same: it tells how the work stands now and changes with the
/// protocol, while an entry of the log is for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// Minted by the server.
    pub id: ObjectId,
    /// Form id.
    pub form: String,
    /// The household it is about; none for work in an area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<RecordId>,
    /// Area code: where the household lay then, or the area to work in.
    pub area: String,
    /// How many records are asked for; 1 about a household.
    pub quantity: u32,
    /// To whom.
    pub assignee: UserId,
    /// Their sign-in name then.
    pub name: String,
    /// The civil day by which it is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// What they should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
