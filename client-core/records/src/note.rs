//! The note that travels with each change, in automerge's message field.

use serde::{Deserialize, Serialize};

use crate::ids::ChangeHash;
use crate::limits::NOTE_BYTES;

/// Under which form version a change was made, when, and why.
///
/// Stored as compact JSON `{"v":<form version>,"t":<unix ms>,"r":<reason>,"o":<original unix ms>,"c":<change>}`;
/// `r`, `o` and `c` only when present. The time is the device's own clock: advisory, never an order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChangeNote {
    /// The version number of the form that was open.
    #[serde(rename = "v")]
    pub form_version: u32,
    /// When the change was made, in milliseconds since 1970 (UTC).
    #[serde(rename = "t")]
    pub at_ms: i64,
    /// Why, where a person gave a reason (choosing between different answers, console edits).
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was first made, where a change was written anew (a refused edit replayed, a split).
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub original_at_ms: Option<i64>,
    /// The change this one follows from: of this record (a text mapped to a code) or of another (an approved case).
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub cites: Option<ChangeHash>,
}

impl ChangeNote {
    /// A note without reason.
    pub fn new(form_version: u32, at_ms: i64) -> Self {
        Self { form_version, at_ms, reason: None, original_at_ms: None, cites: None }
    }

    /// The same note with a reason.
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Reads a stored note; `None` for a message that is not a note.
    pub fn parse(message: &str) -> Option<Self> {
        serde_json::from_str(message).ok()
    }

    /// The stored form. `None` when the reason makes it longer than 8 KiB.
    pub(crate) fn to_message(&self) -> Option<String> {
        let message = serde_json::to_string(self).ok()?;
        (message.len() <= NOTE_BYTES).then_some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_is_compact() {
        let plain = ChangeNote::new(3, 1_700_000_000_000);
        assert_eq!(plain.to_message().as_deref(), Some(r#"{"v":3,"t":1700000000000}"#));
        let full = ChangeNote { original_at_ms: Some(-5), ..plain.with_reason("户主确认") };
        let message = full.to_message().unwrap();
        assert_eq!(message, r#"{"v":3,"t":1700000000000,"r":"户主确认","o":-5}"#);
        assert_eq!(ChangeNote::parse(&message), Some(full));
        assert_eq!(ChangeNote::parse("hello"), None);
    }

    #[test]
    fn a_reason_is_bounded() {
        let note = ChangeNote::new(1, 0).with_reason("x".repeat(NOTE_BYTES));
        assert_eq!(note.to_message(), None);
    }
}
