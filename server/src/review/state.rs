//! The states of a record under review, as lists and phones show them.

use serde::{Deserialize, Serialize};

/// Where a record stands. Flags are data beside it, not states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
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
    /// Final: kept, out of the dataset.
    NotAccepted,
}

impl RecordState {
    /// Every state.
    pub const ALL: [RecordState; 5] = [
        RecordState::Draft,
        RecordState::Submitted,
        RecordState::SentBack,
        RecordState::Approved,
        RecordState::NotAccepted,
    ];

    /// The stable name on the wire and in the tables.
    pub const fn name(self) -> &'static str {
        match self {
            RecordState::Draft => "draft",
            RecordState::Submitted => "submitted",
            RecordState::SentBack => "sent_back",
            RecordState::Approved => "approved",
            RecordState::NotAccepted => "not_accepted",
        }
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
        assert_eq!(RecordState::from_name("confirmed"), None);
    }
}
