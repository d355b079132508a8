//! What the server keeps and has not applied: items in quarantine, and items that wait for a predecessor.
//!
//! Nothing that a phone has signed is thrown away. What could not be taken (a village outside the areas of its author, a form
//! that is not published here, a revoked phone) is listed here with who sent it, when, why it was not taken and what it says.
//! When the reason is gone, a supervisor of the place has it judged once more, by the rules of that moment.

use doorstep_protocol::{DeviceId, EnvelopeId};
use doorstep_records::RecordId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Items of one answer to the list.
pub const ITEMS_MAX: u32 = 500;
/// Records of one retry.
pub const RETRY_MAX: usize = 500;
/// The reason of what waits for a predecessor.
pub const WAITING: &str = "waiting";

/// Which items are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AsideFilter {
    /// Only those of this record.
    pub record: Option<RecordId>,
    /// Only those set aside for this reason; [`WAITING`] for what waits.
    pub reason: Option<String>,
}

/// An item that is kept and not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AsideItem {
    /// The record it is about; it may not exist here.
    pub record: RecordId,
    /// The envelope it came in.
    pub envelope: EnvelopeId,
    /// Its place there.
    pub item: u32,
    /// `create`, `change`, `submission`, `comment`, `discard`.
    pub kind: String,
    /// Why: [`WAITING`], or the reason of the quarantine as the phone was told it.
    pub reason: String,
    /// When it came, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who sent it, by sign-in name.
    pub by: String,
    /// The phone that signed it.
    pub device: DeviceId,
    /// The form of the record, where something here tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// The area of the record, where something here tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// What it says: answers (path and value), a note, a remark.
    pub says: Vec<(String, serde_json::Value)>,
}

/// What came of a retry, record by record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Retried {
    /// The record.
    pub record: RecordId,
    /// Items that are applied now, or were already.
    pub accepted: u32,
    /// Items that wait for a predecessor.
    pub waiting: u32,
    /// Items that stay in quarantine, with the reason of now.
    pub quarantined: Vec<String>,
}
