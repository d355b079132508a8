//! Pairs of records that may be one.

use doorstep_records::RecordId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::block::Basis;
use super::compare::Reason;

/// What a supervisor said about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
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

/// Why two records are a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PairKind {
    /// The same number stands in both, or the key their form declares is equal.
    Certain,
    /// People in them are alike.
    Candidate,
    /// A supervisor spoke of them; nothing in them says so.
    Told,
}

impl PairKind {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            PairKind::Certain => "certain",
            PairKind::Candidate => "candidate",
            PairKind::Told => "told",
        }
    }
}

/// A reason, by its stable name and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Told {
    /// The stable name.
    pub key: Reason,
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

impl From<Reason> for Told {
    fn from(key: Reason) -> Told {
        let said = key.said();
        Told { key, en: said.en, zh: said.zh }
    }
}

/// Two people who may be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Match {
    /// The row in the older record; empty outside rosters.
    pub a: String,
    /// The row in the younger.
    pub b: String,
    /// What speaks for it and what against.
    pub reasons: Vec<Told>,
    /// The sum of the weights; from [`super::compare::THRESHOLD`] on they are shown.
    pub score: i32,
}

/// People who share a key with too many others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Crowd {
    /// What they share.
    pub basis: Basis,
    /// The name of one of them, as it is compared.
    pub name: String,
    /// How many share it inside the scope.
    pub people: u64,
    /// With how many of them anybody is compared.
    pub compared: usize,
}

/// Two records that may be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pair {
    /// The older record, which stays when they are merged.
    pub a: RecordId,
    /// The younger.
    pub b: RecordId,
    /// What people call them, the older first.
    pub labels: (String, String),
    /// Why they are a pair.
    pub kind: PairKind,
    /// What was said about it.
    pub state: PairState,
    /// The rows that carry the same number, of `a` and of `b`; empty text outside rosters. Nothing shared: a supervisor
    /// told so, or the number was corrected since.
    pub shared: Vec<(String, String)>,
    /// The people who may be one, those for whom most speaks first.
    pub evidence: Vec<Match>,
}
