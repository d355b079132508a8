//! The states of a record under review, as lists and phones show them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::language::Language;

/// Where a record stands. Flags are data beside it, not states.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    /// Never submitted.
    #[default]
    Draft,
    /// Waiting for a supervisor.
    Submitted,
    /// Back on the enumerator's phone.
    SentBack,
    /// In the dataset.
    Approved,
    /// In the dataset, and looked at by headquarters (forms that ask for it).
    Confirmed,
    /// Final: kept, out of the dataset.
    NotAccepted,
}

impl RecordState {
    /// Every state.
    pub const ALL: [RecordState; 6] = [
        RecordState::Draft,
        RecordState::Submitted,
        RecordState::SentBack,
        RecordState::Approved,
        RecordState::Confirmed,
        RecordState::NotAccepted,
    ];

    /// The state as people read it.
    pub const fn title(self, language: Language) -> &'static str {
        match (self, language) {
            (RecordState::Draft, Language::Zh) => "填写中",
            (RecordState::Submitted, Language::Zh) => "待审核",
            (RecordState::SentBack, Language::Zh) => "退回修改",
            (RecordState::Approved, Language::Zh) => "审核通过",
            (RecordState::Confirmed, Language::Zh) => "复核通过",
            (RecordState::NotAccepted, Language::Zh) => "不予采用",
            (RecordState::Draft, Language::En) => "in progress",
            (RecordState::Submitted, Language::En) => "waiting for review",
            (RecordState::SentBack, Language::En) => "sent back",
            (RecordState::Approved, Language::En) => "approved",
            (RecordState::Confirmed, Language::En) => "confirmed",
            (RecordState::NotAccepted, Language::En) => "not accepted (final)",
        }
    }

    /// The stable name on the wire and in the tables.
    pub const fn name(self) -> &'static str {
        match self {
            RecordState::Draft => "draft",
            RecordState::Submitted => "submitted",
            RecordState::SentBack => "sent_back",
            RecordState::Approved => "approved",
            RecordState::Confirmed => "confirmed",
            RecordState::NotAccepted => "not_accepted",
        }
    }

    /// True when a person has let it into the dataset and nothing waits for another one.
    pub const fn is_approved(self) -> bool {
        matches!(self, RecordState::Approved | RecordState::Confirmed)
    }

    /// The state of a name.
    pub fn from_name(name: &str) -> Option<RecordState> {
        RecordState::ALL.into_iter().find(|state| state.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for state in RecordState::ALL {
            assert_eq!(RecordState::from_name(state.name()), Some(state));
        }
        assert_eq!(RecordState::from_name("rejected"), None);
    }
}
