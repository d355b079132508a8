//! Flags: what somebody should look at. Data beside the state of a record, never a state.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a flag says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlagKind {
    /// Different answers stand against each other; `key` tells the kind.
    Conflict,
    /// What was submitted breaks a rule; `key` names it.
    Invalid,
    /// Answers changed since the approval; `detail` counts them.
    EditedSinceApproval,
    /// The same household, or the same event, may be entered elsewhere; `key` is the other record.
    DuplicateSuspect,
    /// A merged registration answers differently at `path`; `detail` is its answer.
    DuplicateDiffers,
    /// Something sent for this record was not applied; `detail` counts.
    Quarantined,
    /// The answers place the record elsewhere; `detail` is the area code.
    OutsideArea,
    /// A device's clock was far from the server's.
    ClockSkew,
    /// Something sent for this record waits for what it builds on; `detail` counts.
    Waiting,
    /// An answer or code that the form version does not know. It is kept.
    UnknownPath,
    /// No form version to judge it by is published here; `key` is the version.
    FormMissing,
    /// A check over several records found something; `key` names it, `detail` says it in words.
    CrossCheck,
    /// What is stored of it contradicts itself: the operator must look.
    Damaged,
    /// Begun under a version after that was closed to new records, by a phone that had not heard; `key` is the version.
    ClosedVersion,
    /// Text was answered where the list had no code; `path` is its place, `detail` the text. It waits to be mapped.
    OtherAnswer,
    /// An approval that moves a state of the register could not move it, or was taken back; `key` tells why, `path` is
    /// the state (on the register), `detail` from where to where.
    MoveRefused,
    /// An enumerator chose between different answers, and no approval covers that yet; `path` is the answer, `detail` what
    /// was not chosen, as JSON. Every value stays in the history.
    ResolvedInField,
    /// It lies in an area that has ended; `key` is the area. Where it was divided a person says on which side it lies.
    AreaEnded,
    /// A file that an answer describes has not arrived; `path` is the answer, `detail` the SHA-256.
    AttachmentsMissing,
    /// A household without a head, or with more than one; `key` tells which (`none`, `several`), `detail` names their rows.
    HeadUndecided,
}

impl FlagKind {
    /// Every kind.
    pub const ALL: [FlagKind; 20] = [
        FlagKind::Conflict,
        FlagKind::Invalid,
        FlagKind::EditedSinceApproval,
        FlagKind::DuplicateSuspect,
        FlagKind::DuplicateDiffers,
        FlagKind::Quarantined,
        FlagKind::OutsideArea,
        FlagKind::ClockSkew,
        FlagKind::Waiting,
        FlagKind::UnknownPath,
        FlagKind::FormMissing,
        FlagKind::CrossCheck,
        FlagKind::Damaged,
        FlagKind::ClosedVersion,
        FlagKind::OtherAnswer,
        FlagKind::MoveRefused,
        FlagKind::ResolvedInField,
        FlagKind::AreaEnded,
        FlagKind::AttachmentsMissing,
        FlagKind::HeadUndecided,
    ];

    /// The stable name in the tables and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            FlagKind::Conflict => "conflict",
            FlagKind::Invalid => "invalid",
            FlagKind::EditedSinceApproval => "edited_since_approval",
            FlagKind::DuplicateSuspect => "duplicate_suspect",
            FlagKind::DuplicateDiffers => "duplicate_differs",
            FlagKind::Quarantined => "quarantined",
            FlagKind::OutsideArea => "outside_area",
            FlagKind::ClockSkew => "clock_skew",
            FlagKind::Waiting => "waiting",
            FlagKind::UnknownPath => "unknown_path",
            FlagKind::FormMissing => "form_missing",
            FlagKind::CrossCheck => "cross_check",
            FlagKind::Damaged => "damaged",
            FlagKind::ClosedVersion => "closed_version",
            FlagKind::OtherAnswer => "other_answer",
            FlagKind::MoveRefused => "move_refused",
            FlagKind::ResolvedInField => "resolved_in_field",
            FlagKind::AreaEnded => "area_ended",
            FlagKind::AttachmentsMissing => "attachments_missing",
            FlagKind::HeadUndecided => "head_undecided",
        }
    }

    /// The kind of a name.
    pub fn from_name(name: &str) -> Option<FlagKind> {
        FlagKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One flag of a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Flag {
    /// What it says.
    pub kind: FlagKind,
    /// Which rule, which other record...; empty when the kind says all.
    pub key: String,
    /// Path of the answer; empty for the whole record.
    pub path: String,
    /// A short text for machines: a count, a code, a value as JSON.
    pub detail: String,
}

impl Flag {
    /// A flag on the whole record.
    pub fn whole(kind: FlagKind, detail: impl Into<String>) -> Flag {
        Flag { kind, key: String::new(), path: String::new(), detail: detail.into() }
    }

    /// A flag on one answer.
    pub fn at(kind: FlagKind, key: impl Into<String>, path: impl Into<String>) -> Flag {
        Flag { kind, key: key.into(), path: path.into(), detail: String::new() }
    }
}

/// How many flags of each kind: what a list shows.
pub fn counted(flags: &[Flag]) -> BTreeMap<FlagKind, usize> {
    let mut counts = BTreeMap::new();
    for flag in flags {
        *counts.entry(flag.kind).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_are_the_names_on_the_wire() {
        for kind in FlagKind::ALL {
            assert_eq!(FlagKind::from_name(kind.name()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
