//! `POST /sync/v1/push`: envelopes up, one verdict per item down. Acked means fsynced.

use doorstep_records::ChangeHash;
use serde::{Deserialize, Serialize};

use crate::envelope::SignedEnvelope;
use crate::ids::EnvelopeId;
use crate::problem::ProblemKind;

/// Envelopes of this device, in the order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushRequest {
    /// At most [`crate::limits::ENVELOPES_PER_PUSH`].
    pub envelopes: Vec<SignedEnvelope>,
}

/// The answer to [`PushRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushResponse {
    /// One result per envelope, in the order sent.
    pub results: Vec<EnvelopeResult>,
    /// Envelopes 1..=watermark of this device key are in the log.
    pub watermark: u64,
    /// Those of this key that are in the log now, these included, and numbered 1..=backed_up are in a backup.
    pub backed_up: u64,
}

/// What became of one envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvelopeResult {
    /// In the log, fsynced. A replay gives the current verdicts.
    Recorded {
        /// The envelope.
        id: EnvelopeId,
        /// One verdict per item, in the order of the items.
        items: Vec<ItemVerdict>,
    },
    /// Not taken; the device keeps it and shows the problem.
    Refused {
        /// The envelope, when its id could be read.
        id: Option<EnvelopeId>,
        /// Why.
        problem: ProblemKind,
    },
}

/// What became of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemVerdict {
    /// Taken and applied.
    Accepted,
    /// Known already; nothing changed.
    Duplicate,
    /// Kept until what it builds on arrives.
    Waiting {
        /// The predecessors that are missing.
        missing: Vec<ChangeHash>,
    },
    /// Kept, visible to supervisors, not applied.
    Quarantined {
        /// Stable kind, such as `fork`, `pred`, `outside_area`, `unknown_record`.
        reason: String,
    },
}

/// The kind under which a change is refused because its actor already wrote another change with that number:
/// the device replays it under a new generation.
pub const FORK: &str = "fork";
