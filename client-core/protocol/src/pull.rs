//! `POST /sync/v1/pull`: pages of what a device must hear about, in its scope.

use doorstep_records::{ActorId, Heads, RecordId};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::ids::{DeviceId, Epoch, ObjectId, UserId};

/// Asks for the page after `cursor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// The cursor of the last page kept, or none for a first sync.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<ByteBuf>,
    /// Compressed bytes wanted, between [`crate::limits::PAGE_BYTES_MIN`] and [`crate::limits::PAGE_BYTES_MAX`].
    pub page_bytes: u32,
    /// Records told in an earlier life of the server and not in this one, at most [`crate::limits::DOUBTED`]: those that
    /// the server has, and that lie outside the scope, are told as left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubted: Vec<RecordId>,
}

/// One page. The device stores items and cursor in one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Where the next page starts; sealed by the server, fixed length.
    pub cursor: ByteBuf,
    /// True when another page is ready now.
    pub more: bool,
    /// The server's present life.
    pub epoch: Epoch,
    /// What happened, in feed order; changes of one record are joined within the page.
    pub items: Vec<PageItem>,
}

/// One thing a device must hear about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageItem {
    /// A record new to the device, whole.
    Snapshot {
        /// The record.
        record: RecordId,
        /// Its line in lists.
        row: ListRow,
        /// Its state; the device checks it when it opens the record.
        heads: Heads,
        /// The document as saved by the server, uncompressed automerge.
        document: ByteBuf,
    },
    /// New changes of a record the device has.
    Changes {
        /// The record.
        record: RecordId,
        /// Its line in lists after them, when it changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        row: Option<ListRow>,
        /// Raw change chunks in causal order.
        changes: Vec<ByteBuf>,
    },
    /// Only the line in lists changed (state, label, area).
    Row {
        /// The record.
        record: RecordId,
        /// Its line in lists.
        row: ListRow,
    },
    /// The record left the device's scope: evict it, keep unsent work.
    Left {
        /// The record.
        record: RecordId,
    },
    /// Who stands behind actors named in this or earlier pages.
    Actors {
        /// The bindings.
        bindings: Vec<ActorBinding>,
    },
    /// A published form version.
    Form {
        /// Form id.
        form: String,
        /// Version.
        version: u32,
        /// The package, as the forms crate encodes it.
        package: ByteBuf,
        /// Takes no new records; what was begun under it goes on.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        closed: bool,
        /// A test version (测试版): what is filled under it never counts. May arrive again with other content, and ends
        /// when the version arrives without this mark.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        test: bool,
    },
    /// An area of the device's scope.
    Area {
        /// The area.
        area: Area,
    },
    /// A supervisor's decision on exact heads.
    Review {
        /// The review.
        id: ObjectId,
        /// The record reviewed.
        record: RecordId,
        /// What was judged.
        heads: Heads,
        /// `approved`, `sent_back` or `not_accepted`.
        decision: String,
        /// Who decided.
        by: String,
        /// Server clock, milliseconds since 1970 UTC.
        at_ms: i64,
        /// A note on the whole record.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A comment on an answer or on the whole record.
    Comment {
        /// The comment.
        id: ObjectId,
        /// The record.
        record: RecordId,
        /// The state its author saw.
        heads: Heads,
        /// The answer's path, or none for the whole record.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        /// Who wrote it.
        by: String,
        /// Plain text.
        text: String,
        /// Milliseconds since 1970 UTC.
        at_ms: i64,
    },
    /// Work given to a person. It is told again, whole, when it goes to somebody else or is closed.
    Assignment {
        /// The work.
        assignment: Assignment,
    },
    /// Two registrations of one household were merged: edit `canonical` from now on. `None` takes the merge back.
    Alias {
        /// The record that is now another name of `canonical`.
        record: RecordId,
        /// The record that stands for both.
        canonical: Option<RecordId>,
    },
}

/// A form to be filled about one household, or in an area, by one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The assignment.
    pub id: ObjectId,
    /// Form id.
    pub form: String,
    /// The household it is about; none for work in an area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<RecordId>,
    /// Area code.
    pub area: String,
    /// How many records are asked for; 1 about a household.
    pub quantity: u32,
    /// Who is to do it.
    pub assignee: UserId,
    /// Their sign-in name.
    pub name: String,
    /// The civil day (`2015-07-13`) by which it is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// What they should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who gave it.
    pub by: String,
    /// When, server clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// False once it is no longer asked for.
    pub open: bool,
}

/// A record's line in lists, so that a device need not open documents to list or search them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRow {
    /// Form id.
    pub form: String,
    /// The form version it was last submitted or opened under.
    pub form_version: u32,
    /// Area code.
    pub area: String,
    /// The record it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<RecordId>,
    /// What people call it (the head's name).
    pub label: String,
    /// `draft`, `submitted`, `sent_back`, `approved` or `not_accepted`.
    pub state: String,
    /// What search looks through besides the label.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub search: String,
    /// Filled under a test version: kept, and counted nowhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// The server has not read the record: it knows no label and no search text yet, and whoever does keeps theirs. The line
    /// comes again once it was read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unread: bool,
}

/// Who writes under an actor: told by the server from the envelope's signer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorBinding {
    /// The actor.
    pub actor: ActorId,
    /// The person.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their role then.
    pub role: String,
    /// What they are besides: `doctor`, `cadre`...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    /// The device; none for the server's own changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
}

/// A place in the administrative tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// Code.
    pub code: String,
    /// Parent code; none for a root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// `province`, `city`, `county`, `town`, `village`, `natural_village`, `group`...
    pub level: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Others follow it: nothing new is begun there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}
