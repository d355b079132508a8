//! Moves of a state by an approved record: the county approves a case, and the household's register status follows.
//!
//! Which answers of which form move what is said by the form (`x-moves`, docs/form-format.md). Invariant: the state of
//! the register moves only where its own `x-transitions` allow it; what is not allowed is written nowhere and flagged on
//! both records. This file holds the decision; `store/sqlite/moves.rs` gathers the facts and writes.

use serde::{Deserialize, Serialize};

/// What became of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveVerdict {
    /// Written.
    Moved,
    /// It stood there already.
    Same,
    /// The approval was taken back, and what it had moved went back too.
    TakenBack,
    /// A move that had been refused is no longer asked for.
    Dropped,
    /// The form of the record to be moved does not allow it from where it stands.
    NotAllowed,
    /// There is no such record, or it is not in the register.
    NoRecord,
    /// People disagree about where it stands.
    DifferentAnswers,
    /// The approval was taken back, and the way back is not allowed: what it had moved still stands.
    Withdrawn,
}

const NAMES: [(MoveVerdict, &str); 8] = [
    (MoveVerdict::Moved, "moved"),
    (MoveVerdict::Same, "same"),
    (MoveVerdict::TakenBack, "taken_back"),
    (MoveVerdict::Dropped, "dropped"),
    (MoveVerdict::NotAllowed, "not_allowed"),
    (MoveVerdict::NoRecord, "no_record"),
    (MoveVerdict::DifferentAnswers, "different_answers"),
    (MoveVerdict::Withdrawn, "withdrawn"),
];

impl MoveVerdict {
    /// The stable word in the tables.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(verdict, _)| *verdict == self).map_or("", |(_, name)| name)
    }

    /// The verdict of a word.
    pub fn from_name(name: &str) -> Option<MoveVerdict> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(verdict, _)| *verdict)
    }
}

/// What the last move of a record came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastMove {
    /// Where from; none: there was no answer.
    pub from: Option<String>,
    /// Where to.
    pub to: String,
    /// What became of it.
    pub verdict: MoveVerdict,
    /// It was about the same record and answer as what is asked for now.
    pub same_place: bool,
}

/// What is to be done after a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Todo {
    /// Nothing.
    Nothing,
    /// To try the move that is asked for.
    Try,
    /// To try the way back of the last one.
    TryBack,
    /// To write down that the refused one is no longer asked for.
    Drop,
}

/// From what the approved answers ask for (none: nothing, or nothing is approved) and the last move.
pub fn todo(wanted: Option<&str>, last: Option<&LastMove>) -> Todo {
    let stands = |last: &LastMove| matches!(last.verdict, MoveVerdict::Moved | MoveVerdict::Same);
    match (wanted, last) {
        (Some(to), Some(last)) if stands(last) && last.same_place && last.to == to => Todo::Nothing,
        (Some(_), _) => Todo::Try,
        (None, Some(last)) => match last.verdict {
            MoveVerdict::Moved => Todo::TryBack,
            MoveVerdict::NotAllowed | MoveVerdict::NoRecord | MoveVerdict::DifferentAnswers => Todo::Drop,
            MoveVerdict::Same | MoveVerdict::TakenBack | MoveVerdict::Dropped | MoveVerdict::Withdrawn => {
                Todo::Nothing
            }
        },
        (None, None) => Todo::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_are_the_names_in_the_log() {
        for (verdict, name) in NAMES {
            assert_eq!(MoveVerdict::from_name(name), Some(verdict));
            assert_eq!(serde_json::to_value(verdict).unwrap(), name);
        }
    }

    #[test]
    fn what_is_to_be_done_as_a_table() {
        use MoveVerdict::*;
        let last = |verdict| LastMove { from: Some("a".into()), to: "b".into(), verdict, same_place: true };
        let table = [
            (None, None, Todo::Nothing),
            (Some("b"), None, Todo::Try),
            (Some("b"), Some(last(Moved)), Todo::Nothing),
            (Some("b"), Some(last(Same)), Todo::Nothing),
            (Some("c"), Some(last(Moved)), Todo::Try),
            (Some("b"), Some(last(NotAllowed)), Todo::Try),
            (Some("b"), Some(last(TakenBack)), Todo::Try),
            (Some("b"), Some(LastMove { same_place: false, ..last(Moved) }), Todo::Try),
            (None, Some(last(Moved)), Todo::TryBack),
            (None, Some(last(Same)), Todo::Nothing),
            (None, Some(last(NotAllowed)), Todo::Drop),
            (None, Some(last(Withdrawn)), Todo::Nothing),
        ];
        for (wanted, last, expected) in table {
            assert_eq!(todo(wanted, last.as_ref()), expected, "{wanted:?} {last:?}");
        }
    }
}
