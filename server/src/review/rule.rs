//! The rule of review: what a decision on exact heads needs, and why it is refused.
//!
//! Pure: the store gathers the facts about a record at the heads named, this file decides. Invariant: an approval never
//! covers content its reviewer was not shown, and never lets an arbitrary winner or an unexplained error into the
//! dataset.

use std::collections::BTreeSet;

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::ProblemKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::state::RecordState;

/// What a reviewer may decide about exact heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The answers at these heads enter the dataset.
    Approve,
    /// Back to the enumerator's phone, in the same document.
    SendBack,
    /// Final: kept, out of the dataset. On an amendment only the amendment is refused.
    NotAccept,
    /// What was approved stands for headquarters too, where the form asks for that.
    Confirm,
    /// Takes an approval or a final refusal back: the record is to be reviewed again. Takes a confirmation back: the record
    /// stays approved.
    Reopen,
}

impl Decision {
    /// Every decision.
    pub const ALL: [Decision; 5] =
        [Decision::Approve, Decision::SendBack, Decision::NotAccept, Decision::Confirm, Decision::Reopen];

    /// The stable name in the tables and on the wire: what was done.
    pub const fn name(self) -> &'static str {
        match self {
            Decision::Approve => "approved",
            Decision::SendBack => "sent_back",
            Decision::NotAccept => "not_accepted",
            Decision::Confirm => "confirmed",
            Decision::Reopen => "reopened",
        }
    }

    /// The decision of a name.
    pub fn from_name(name: &str) -> Option<Decision> {
        Decision::ALL.into_iter().find(|decision| decision.name() == name)
    }

    /// What this says of the confirmation of what is approved: an amendment that was sent back or not accepted says nothing.
    pub const fn confirms(self) -> Option<bool> {
        match self {
            Decision::Confirm => Some(true),
            Decision::Approve | Decision::Reopen => Some(false),
            Decision::SendBack | Decision::NotAccept => None,
        }
    }
}

/// An error that stands against an approval: where, and which rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct StandingError {
    /// Path of the answer; empty for the whole record.
    pub path: String,
    /// The rule: a JSON Schema keyword or the key of a constraint.
    pub key: String,
}

/// The key under which different answers are waived.
pub const WAIVE_DIFFERENT: &str = "conflict";

/// A reviewer's reason to let something stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waiver {
    /// [`WAIVE_DIFFERENT`], or the key of the error waived.
    pub key: String,
    /// Path of the answer; empty for the whole record.
    pub path: String,
    /// Why; never empty.
    pub reason: String,
}

/// What the rule looks at: the record, at the heads the reviewer names.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Present state.
    pub state: RecordState,
    /// Entered by mistake.
    pub discarded: bool,
    /// Every head named is part of the record.
    pub known: bool,
    /// These heads were served to this reviewer.
    pub served: bool,
    /// They hold the newest submission.
    pub holds_submission: bool,
    /// They hold some submission.
    pub holds_any_submission: bool,
    /// They hold what was approved last, or nothing was.
    pub descends: bool,
    /// They are exactly what was approved last.
    pub is_approved: bool,
    /// The form asks headquarters to confirm what was approved.
    pub confirms: bool,
    /// The reviewer is headquarters: an admin.
    pub headquarters: bool,
    /// Paths with different answers at these heads.
    pub different: Vec<String>,
    /// Errors at these heads.
    pub errors: Vec<StandingError>,
}

/// Why a decision is not taken. The difference belongs to the refusal, so that nobody has to guess.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The move does not exist from this state.
    #[error("not possible while the record is {}", .0.name())]
    WrongState(RecordState),
    /// The reviewer was not shown these heads, or they are no heads of this record.
    #[error("these heads were not shown to this reviewer")]
    NotSeen,
    /// The heads do not hold what was approved before.
    #[error("these heads do not hold what was approved before")]
    NotDescending,
    /// Different answers stand against each other.
    #[error("different answers at {}", .paths.join(", "))]
    DifferentAnswers {
        /// Where.
        paths: Vec<String>,
    },
    /// Errors stand.
    #[error("{} errors", .violations.len())]
    InvalidAnswers {
        /// Which.
        violations: Vec<StandingError>,
    },
    /// Headquarters alone confirm, and undo what they have confirmed.
    #[error("an admin confirms, and takes back what was confirmed")]
    Headquarters,
    /// The form does not ask for a confirmation.
    #[error("the form does not ask for a confirmation")]
    NotAsked,
    /// A waiver without a reason.
    #[error("a reason is needed at {path}")]
    ReasonMissing {
        /// The path waived without a reason.
        path: String,
    },
}

impl Refusal {
    /// The problem it is at the border.
    pub fn kind(&self) -> ProblemKind {
        match self {
            Refusal::WrongState(_) | Refusal::NotAsked => ProblemKind::WrongState,
            Refusal::Headquarters => ProblemKind::NotAllowed,
            Refusal::NotSeen => ProblemKind::NotSeen,
            Refusal::NotDescending => ProblemKind::Conflict,
            Refusal::DifferentAnswers { .. } => ProblemKind::DifferentAnswers,
            Refusal::InvalidAnswers { .. } => ProblemKind::InvalidAnswers,
            Refusal::ReasonMissing { .. } => ProblemKind::Invalid,
        }
    }

    /// The paths it is about, each with the rule.
    pub fn places(&self) -> Vec<StandingError> {
        let at = |path: &String, key: &str| StandingError { path: path.clone(), key: key.to_owned() };
        match self {
            Refusal::DifferentAnswers { paths } => {
                paths.iter().map(|path| at(path, WAIVE_DIFFERENT)).collect()
            }
            Refusal::InvalidAnswers { violations } => violations.clone(),
            Refusal::ReasonMissing { path } => vec![at(path, "reason")],
            Refusal::WrongState(_)
            | Refusal::NotAsked
            | Refusal::Headquarters
            | Refusal::NotSeen
            | Refusal::NotDescending => Vec::new(),
        }
    }
}

/// Takes or refuses a decision.
pub fn decide(decision: Decision, facts: &Facts, waivers: &[Waiver]) -> Result<(), Refusal> {
    if facts.discarded {
        return Err(Refusal::WrongState(facts.state));
    }
    let undone = !matches!(decision, Decision::Approve | Decision::Confirm);
    if facts.state == RecordState::Confirmed && undone && !facts.headquarters {
        return Err(Refusal::Headquarters);
    }
    match decision {
        Decision::Approve => approve(facts, waivers),
        Decision::SendBack => send_back(facts),
        Decision::NotAccept => not_accept(facts),
        Decision::Confirm => confirm(facts),
        Decision::Reopen => match facts.state {
            RecordState::Approved | RecordState::Confirmed | RecordState::NotAccepted => Ok(()),
            state => Err(Refusal::WrongState(state)),
        },
    }
}

fn approve(facts: &Facts, waivers: &[Waiver]) -> Result<(), Refusal> {
    let served = facts.served || planted(Plant::ApproveUnseen);
    if !facts.known || !served {
        return Err(Refusal::NotSeen);
    }
    let open =
        matches!(facts.state, RecordState::Submitted | RecordState::SentBack) || facts.state.is_approved();
    // What is a draft at these heads is nobody's claim that it is complete; a repeated approval changes nothing.
    if !open || !facts.holds_any_submission || facts.is_approved && facts.state.is_approved() {
        return Err(Refusal::WrongState(facts.state));
    }
    if !facts.descends && !planted(Plant::ApproveStepsBack) {
        return Err(Refusal::NotDescending);
    }
    let unreasoned = |waiver: &&Waiver| waiver.reason.trim().is_empty() && !planted(Plant::WaiverUnreasoned);
    if let Some(waiver) = waivers.iter().find(unreasoned) {
        return Err(Refusal::ReasonMissing { path: waiver.path.clone() });
    }
    let waived: BTreeSet<(&str, &str)> =
        waivers.iter().map(|waiver| (waiver.key.as_str(), waiver.path.as_str())).collect();
    let stands = |key: &str, path: &str| !waived.contains(&(key, path));
    let paths: Vec<String> =
        facts.different.iter().filter(|path| stands(WAIVE_DIFFERENT, path)).cloned().collect();
    if !paths.is_empty() && !planted(Plant::ApproveDisputed) {
        return Err(Refusal::DifferentAnswers { paths });
    }
    let violations: Vec<StandingError> =
        facts.errors.iter().filter(|error| stands(&error.key, &error.path)).cloned().collect();
    if !violations.is_empty() && !planted(Plant::ApproveInvalid) {
        return Err(Refusal::InvalidAnswers { violations });
    }
    Ok(())
}

/// What was approved, whole, and shown to headquarters; whatever else has come since waits for its own approval.
fn confirm(facts: &Facts) -> Result<(), Refusal> {
    if !facts.confirms {
        return Err(Refusal::NotAsked);
    }
    if !facts.headquarters {
        return Err(Refusal::Headquarters);
    }
    if facts.state != RecordState::Approved {
        return Err(Refusal::WrongState(facts.state));
    }
    if !facts.known || !facts.served || !facts.is_approved { Err(Refusal::NotSeen) } else { Ok(()) }
}

fn send_back(facts: &Facts) -> Result<(), Refusal> {
    match facts.state {
        RecordState::Submitted | RecordState::Approved | RecordState::Confirmed => {}
        state => return Err(Refusal::WrongState(state)),
    }
    // A newer submission the reviewer has not looked at is not what is being sent back.
    let holds = facts.holds_submission || planted(Plant::SendBackUnseen);
    if !facts.known || !holds { Err(Refusal::NotSeen) } else { Ok(()) }
}

fn not_accept(facts: &Facts) -> Result<(), Refusal> {
    match facts.state {
        RecordState::Submitted | RecordState::SentBack | RecordState::Approved | RecordState::Confirmed => {}
        state => return Err(Refusal::WrongState(state)),
    }
    if !facts.known || !facts.served || !facts.holds_submission { Err(Refusal::NotSeen) } else { Ok(()) }
}

/// What a decision makes of a record, so far as the state goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The state afterwards.
    pub state: RecordState,
    /// What becomes of the approved heads.
    pub approved: ApprovedHeads,
}

/// What becomes of the approved heads of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovedHeads {
    /// The heads of this decision.
    These,
    /// What they were.
    Kept,
    /// None: the record leaves the dataset.
    Cleared,
}

/// What stood when a decision was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// Some heads were approved.
    pub was_approved: bool,
    /// They were confirmed.
    pub was_confirmed: bool,
    /// The heads decided on are they.
    pub same: bool,
    /// The heads decided on hold the newest submission.
    pub holds_submission: bool,
}

/// The state after a decision that was taken.
pub fn outcome(decision: Decision, before: Before) -> Outcome {
    let confirmed = before.was_confirmed && before.was_approved;
    let stands = if confirmed { RecordState::Confirmed } else { RecordState::Approved };
    let kept = |state| Outcome { state, approved: ApprovedHeads::Kept };
    match decision {
        Decision::Approve => Outcome {
            // Approving what A submitted leaves what B submitted since in the queue.
            state: if before.holds_submission { RecordState::Approved } else { RecordState::Submitted },
            approved: ApprovedHeads::These,
        },
        Decision::SendBack => kept(RecordState::SentBack),
        // An amendment that is not accepted leaves what was approved before standing.
        Decision::NotAccept if before.was_approved && !before.same => kept(stands),
        Decision::NotAccept => Outcome { state: RecordState::NotAccepted, approved: ApprovedHeads::Cleared },
        Decision::Confirm => kept(RecordState::Confirmed),
        Decision::Reopen if confirmed => kept(RecordState::Approved),
        Decision::Reopen => Outcome { state: RecordState::Submitted, approved: ApprovedHeads::Cleared },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A submitted record, seen, clean: what every row of the table departs from.
    fn clean() -> Facts {
        Facts {
            state: RecordState::Submitted,
            known: true,
            served: true,
            holds_submission: true,
            holds_any_submission: true,
            descends: true,
            ..Facts::default()
        }
    }

    fn error(path: &str, key: &str) -> StandingError {
        StandingError { path: path.into(), key: key.into() }
    }

    fn waiver(key: &str, path: &str, reason: &str) -> Waiver {
        Waiver { key: key.into(), path: path.into(), reason: reason.into() }
    }

    #[test]
    fn the_approval_table() {
        use RecordState::*;
        let wrong = |state| Err(Refusal::WrongState(state));
        let table: Vec<(&str, Facts, Result<(), Refusal>)> = vec![
            ("clean", clean(), Ok(())),
            ("draft", Facts { state: Draft, ..clean() }, wrong(Draft)),
            ("not accepted", Facts { state: NotAccepted, ..clean() }, wrong(NotAccepted)),
            ("sent back, then thought better of", Facts { state: SentBack, ..clean() }, Ok(())),
            ("an amendment nobody submitted again", Facts { state: Approved, ..clean() }, Ok(())),
            ("again", Facts { state: Approved, is_approved: true, ..clean() }, wrong(Approved)),
            ("discarded", Facts { discarded: true, ..clean() }, wrong(Submitted)),
            ("unknown heads", Facts { known: false, ..clean() }, Err(Refusal::NotSeen)),
            ("not served", Facts { served: false, ..clean() }, Err(Refusal::NotSeen)),
            ("only drafts", Facts { holds_any_submission: false, ..clean() }, wrong(Submitted)),
            ("the older submission", Facts { holds_submission: false, ..clean() }, Ok(())),
            ("behind the last approval", Facts { descends: false, ..clean() }, Err(Refusal::NotDescending)),
            (
                "different answers",
                Facts { different: vec!["land_mu".into()], ..clean() },
                Err(Refusal::DifferentAnswers { paths: vec!["land_mu".into()] }),
            ),
            (
                "an error",
                Facts { errors: vec![error("land_mu", "minimum")], ..clean() },
                Err(Refusal::InvalidAnswers { violations: vec![error("land_mu", "minimum")] }),
            ),
        ];
        for (name, facts, expected) in table {
            assert_eq!(decide(Decision::Approve, &facts, &[]), expected, "{name}");
        }
    }

    #[test]
    fn a_waiver_lets_its_own_path_and_key_stand_and_nothing_else() {
        let facts = Facts {
            different: vec!["land_mu".into(), "phone".into()],
            errors: vec![error("land_mu", "minimum")],
            ..clean()
        };
        let mut waivers = vec![waiver(WAIVE_DIFFERENT, "land_mu", "measured again next week")];
        assert_eq!(
            decide(Decision::Approve, &facts, &waivers),
            Err(Refusal::DifferentAnswers { paths: vec!["phone".into()] })
        );
        waivers.push(waiver(WAIVE_DIFFERENT, "phone", "both numbers work"));
        assert_eq!(
            decide(Decision::Approve, &facts, &waivers),
            Err(Refusal::InvalidAnswers { violations: vec![error("land_mu", "minimum")] })
        );
        waivers.push(waiver("minimum", "land_mu", "  "));
        assert_eq!(
            decide(Decision::Approve, &facts, &waivers),
            Err(Refusal::ReasonMissing { path: "land_mu".into() })
        );
        waivers[2].reason = "leased out".into();
        assert_eq!(decide(Decision::Approve, &facts, &waivers), Ok(()));
    }

    #[test]
    fn the_table_of_the_other_decisions() {
        use Decision::{NotAccept, Reopen, SendBack};
        use RecordState::{Approved, Draft, NotAccepted, Submitted};
        let at = |state| Facts { state, ..clean() };
        let wrong = |state| Err(Refusal::WrongState(state));
        let table: Vec<(Decision, Facts, Result<(), Refusal>)> = vec![
            (SendBack, at(Submitted), Ok(())),
            (SendBack, at(Approved), Ok(())),
            (SendBack, at(Draft), wrong(Draft)),
            (SendBack, at(RecordState::SentBack), wrong(RecordState::SentBack)),
            (SendBack, at(NotAccepted), wrong(NotAccepted)),
            (SendBack, Facts { holds_submission: false, ..clean() }, Err(Refusal::NotSeen)),
            (SendBack, Facts { known: false, ..clean() }, Err(Refusal::NotSeen)),
            (NotAccept, at(Submitted), Ok(())),
            (NotAccept, at(Draft), wrong(Draft)),
            (NotAccept, at(NotAccepted), wrong(NotAccepted)),
            (NotAccept, Facts { served: false, ..clean() }, Err(Refusal::NotSeen)),
            (Reopen, at(NotAccepted), Ok(())),
            (Reopen, at(Approved), Ok(())),
            (Reopen, at(Submitted), wrong(Submitted)),
            (Reopen, at(Draft), wrong(Draft)),
        ];
        for (decision, facts, expected) in table {
            assert_eq!(decide(decision, &facts, &[]), expected, "{decision:?} from {:?}", facts.state);
        }
    }

    #[test]
    fn headquarters_confirm_what_was_approved_and_nobody_else_undoes_it() {
        use Decision::{Approve, Confirm, NotAccept, Reopen, SendBack};
        use RecordState::{Approved, Confirmed, Submitted};
        let chief = |state| Facts { state, is_approved: true, confirms: true, headquarters: true, ..clean() };
        let table: Vec<(Decision, Facts, Result<(), Refusal>)> = vec![
            (Confirm, chief(Approved), Ok(())),
            (Confirm, Facts { confirms: false, ..chief(Approved) }, Err(Refusal::NotAsked)),
            (Confirm, Facts { headquarters: false, ..chief(Approved) }, Err(Refusal::Headquarters)),
            (Confirm, Facts { served: false, ..chief(Approved) }, Err(Refusal::NotSeen)),
            (Confirm, Facts { is_approved: false, ..chief(Approved) }, Err(Refusal::NotSeen)),
            (Confirm, chief(Submitted), Err(Refusal::WrongState(Submitted))),
            (Confirm, chief(Confirmed), Err(Refusal::WrongState(Confirmed))),
            (Approve, chief(Confirmed), Err(Refusal::WrongState(Confirmed))),
            (Approve, Facts { is_approved: false, headquarters: false, ..chief(Confirmed) }, Ok(())),
        ];
        let undo = [SendBack, NotAccept, Reopen].into_iter().flat_map(|decision| {
            let other = Facts { headquarters: false, ..chief(Confirmed) };
            [(decision, chief(Confirmed), Ok(())), (decision, other, Err(Refusal::Headquarters))]
        });
        for (decision, facts, expected) in table.into_iter().chain(undo) {
            assert_eq!(decide(decision, &facts, &[]), expected, "{decision:?} from {:?}", facts.state);
        }
    }

    #[test]
    fn what_a_decision_makes_of_a_record() {
        let before = |was_approved, same, holds_submission| Before {
            was_approved,
            was_confirmed: false,
            same,
            holds_submission,
        };
        let after = |decision, was, same, holds| {
            let outcome = outcome(decision, before(was, same, holds));
            (outcome.state, outcome.approved)
        };
        use ApprovedHeads::*;
        assert_eq!(after(Decision::Approve, false, false, true), (RecordState::Approved, These));
        assert_eq!(after(Decision::Approve, false, false, false), (RecordState::Submitted, These));
        assert_eq!(after(Decision::SendBack, true, false, true), (RecordState::SentBack, Kept));
        assert_eq!(after(Decision::NotAccept, true, false, true), (RecordState::Approved, Kept));
        assert_eq!(after(Decision::NotAccept, true, true, true), (RecordState::NotAccepted, Cleared));
        assert_eq!(after(Decision::NotAccept, false, false, true), (RecordState::NotAccepted, Cleared));
        assert_eq!(after(Decision::Reopen, true, true, true), (RecordState::Submitted, Cleared));
        assert_eq!(after(Decision::Confirm, true, true, true), (RecordState::Confirmed, Kept));
        let of_confirmed = |decision, same| {
            let outcome = outcome(decision, Before { was_confirmed: true, ..before(true, same, true) });
            (outcome.state, outcome.approved)
        };
        assert_eq!(of_confirmed(Decision::Reopen, true), (RecordState::Approved, Kept));
        assert_eq!(of_confirmed(Decision::NotAccept, false), (RecordState::Confirmed, Kept), "an amendment");
        assert_eq!(of_confirmed(Decision::Approve, false), (RecordState::Approved, These));
    }
}
