//! Everything that ever happened to a household, as one list.

use doorstep_protocol::DeviceId;
use doorstep_records::RecordId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One thing that happened. `kind`: `began`, `answered`, `submitted`, `approved`, `sent_back`, `not_accepted`, `reopened`,
/// `waived`, `commented`, `discarded`, `undiscarded`, `merged`, `unmerged`, `not_duplicate`, `members_left`,
/// `members_came`, `edit_followed`, `edit_carried`, `area_changed`, `status_moved`, `moved_status`, `assigned`,
/// `assignment_moved`, `assignment_closed`, and `about`: a visit, a check, any record about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryEvent {
    /// Server clock, milliseconds since 1970 UTC; of remarks made on a phone, its own clock.
    pub at_ms: i64,
    /// What happened.
    pub kind: String,
    /// To which record: the one asked for, or one merged into it.
    pub record: RecordId,
    /// Who; empty for the server itself.
    pub by: String,
    /// As what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// On which device; none for the office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The record at the other end, as far as the scope reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<RecordId>,
    /// Answers that were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Given>,
    /// The rest, by name: `reason`, `form_version`, `heads`, `note`...
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub detail: Map<String, Value>,
}

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Given {
    /// Its path.
    pub path: String,
    /// The value.
    pub value: Value,
    /// True when a later one has replaced it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub superseded: bool,
}

impl HistoryEvent {
    /// An event without anything but who, what and when.
    pub fn new(at_ms: i64, kind: impl Into<String>, record: RecordId, by: impl Into<String>) -> HistoryEvent {
        HistoryEvent {
            at_ms,
            kind: kind.into(),
            record,
            by: by.into(),
            role: None,
            device: None,
            other: None,
            answers: Vec::new(),
            detail: Map::new(),
        }
    }

    /// The same with a detail; null is none.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> HistoryEvent {
        let value = value.into();
        if !value.is_null() {
            self.detail.insert(name.to_owned(), value);
        }
        self
    }

    /// A detail that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.detail.get(name).and_then(Value::as_str)
    }

    /// Takes away what tells of the other record, because it lies outside the scope of who asks. What happened to this
    /// record itself stays.
    pub fn without_other(&mut self) {
        const OWN: [&str; 6] = ["rows", "on", "state", "answer", "verdict", "to"];
        self.other = None;
        let own = self.kind != "edit_followed" && self.kind != "moved_status";
        self.detail.retain(|name, _| own && OWN.contains(&name.as_str()));
    }
}

/// Sorts events: by time, and what happened at the same time in the order in which one leads to the other.
pub fn sort(events: &mut [HistoryEvent]) {
    const FIRST: [&str; 3] = ["began", "answered", "submitted"];
    const LAST: [&str; 2] = ["waived", "commented"];
    let place = |kind: &str| {
        let last = || LAST.iter().position(|known| *known == kind).map(|at| at + FIRST.len() + 1);
        FIRST.iter().position(|known| *known == kind).or_else(last).unwrap_or(FIRST.len())
    };
    events.sort_by_key(|event| (event.at_ms, place(&event.kind)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at_ms: i64, kind: &str) -> HistoryEvent {
        HistoryEvent::new(at_ms, kind, RecordId::from_parts(1, [1; 10]), "li")
    }

    #[test]
    fn what_happened_at_once_stands_in_the_order_it_follows() {
        let mut events: Vec<HistoryEvent> =
            [(2, "approved"), (2, "waived"), (2, "submitted"), (2, "answered"), (1, "merged"), (2, "began")]
                .map(|(at_ms, kind)| event(at_ms, kind))
                .into();
        sort(&mut events);
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["merged", "began", "answered", "submitted", "approved", "waived"]);
    }

    #[test]
    fn nothing_of_a_record_outside_the_scope_is_left() {
        let mut left = event(1, "members_left").with("on", "2015-07-01").with("reason", "to cousin Wang");
        left.other = Some(RecordId::from_parts(2, [2; 10]));
        left.without_other();
        assert_eq!((left.other, left.text("on"), left.text("reason")), (None, Some("2015-07-01"), None));
        let mut followed = event(1, "edit_followed").with("original", "00ff");
        followed.without_other();
        assert!(followed.detail.is_empty());
    }
}
