//! Pairs of records that may be one.

use doorstep_records::RecordId;
use serde::{Deserialize, Serialize};

/// What a supervisor said about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairState {
    /// Nothing yet.
    #[default]
    Open,
    /// They are one: the older stands for both.
    Merged,
    /// They are two.
    Dismissed,
}

impl PairState {
    /// Every state.
    pub const ALL: [PairState; 3] = [PairState::Open, PairState::Merged, PairState::Dismissed];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            PairState::Open => "open",
            PairState::Merged => "merged",
            PairState::Dismissed => "dismissed",
        }
    }

    /// The state of a name.
    pub fn from_name(name: &str) -> Option<PairState> {
        PairState::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Two records that may be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The older record, which stays when they are merged.
    pub a: RecordId,
    /// The younger.
    pub b: RecordId,
    /// What was said about it.
    pub state: PairState,
    /// The rows that carry the same number, of `a` and of `b`; empty text outside rosters. Nothing shared: a supervisor
    /// told so, or the number was corrected since.
    pub shared: Vec<(String, String)>,
}
