//! One record as reconcile finds it: everything needed to judge it without a database.

use std::collections::BTreeSet;

use doorstep_forms::Form;
use doorstep_plant::{Plant, is as planted};
use doorstep_records::{ActorId, Heads, LoadError, Record, RecordId, UnknownHeads};

use super::flag::{Flag, FlagKind};
use super::past::History;
use super::reading::{Reading, read_at};
use super::settle::settle;
use crate::review::rule::{ApprovedHeads, Before, Decision, StandingError, outcome};
use crate::review::state::RecordState;

/// A record and what was said about it, oldest first.
#[derive(Debug, Clone)]
pub struct Case {
    /// The record.
    pub record: RecordId,
    /// Form id.
    pub form: String,
    /// The version it was opened under.
    pub form_version: u32,
    /// The published versions of the form.
    pub versions: Vec<u32>,
    /// Area code that authorises.
    pub area: String,
    /// The record it is about, the one that stays when it was merged.
    pub subject: Option<RecordId>,
    /// Present state.
    pub state: RecordState,
    /// Entered by mistake.
    pub discarded: bool,
    /// The record that stands for this one.
    pub alias_of: Option<RecordId>,
    /// The document as saved.
    pub document: Vec<u8>,
    /// Submissions in the order they were received.
    pub submissions: Vec<SubmissionFact>,
    /// Approvals that stand, in the order they were given.
    pub approvals: Vec<ApprovalFact>,
    /// What was waived: key and path, at which heads.
    pub waived: Vec<WaivedFact>,
    /// Other facts that become flags.
    pub counts: Counts,
    /// Filled under a test version: judged for whoever tries it, counted nowhere.
    pub test: bool,
    /// Begun under a version that had been closed to new records.
    pub begun_closed: bool,
    /// What the log says of it that is to be seen as flags.
    pub marks: Vec<Flag>,
    /// The actors of enumerators in its document.
    pub field: BTreeSet<ActorId>,
    /// Names (SHA-256) of the files it refers to that are here.
    pub files: BTreeSet<String>,
    /// The dataset row as it stands.
    pub stored_row: Option<StoredRow>,
    /// Members who left it for another record, or came from one.
    pub member_moves: Vec<MemberMove>,
    /// Registrations merged into this one, by record id.
    pub merged: Vec<Case>,
    /// Since when the stored row, or its absence, holds; 0 before anything was decided.
    pub timed_ms: i64,
    /// What was before.
    pub history: History,
}

/// "Complete at these heads", said by an enumerator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionFact {
    /// The exact state.
    pub heads: Heads,
    /// The version that judges it, for ever.
    pub form_version: u32,
    /// When it was received, server clock, milliseconds since 1970 UTC.
    pub received_ms: i64,
}

/// "Into the dataset at these heads".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalFact {
    /// The exact state.
    pub heads: Heads,
    /// When, server clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// What a reviewer let stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaivedFact {
    /// At which heads.
    pub heads: Heads,
    /// Which rule.
    pub key: String,
    /// Which answer.
    pub path: String,
}

/// What the dataset row that stands was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRow {
    /// The approved heads.
    pub heads: Heads,
    /// The version that judged it.
    pub form_version: u32,
    /// When it was approved.
    pub approved_ms: i64,
    /// The record it is about.
    pub subject: Option<RecordId>,
}

/// A member who left one record for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberMove {
    /// `members/<row>`.
    pub row: String,
    /// The record they left.
    pub from: RecordId,
    /// The record they came into.
    pub to: RecordId,
    /// The state of their membership in the record they left.
    pub state: String,
}

/// Facts counted beside the document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Items quarantined.
    pub quarantined: u32,
    /// Changes that wait for a predecessor.
    pub waiting: u32,
    /// By how much the clock of a device was ahead of the server's when the latest such submission arrived,
    /// milliseconds. A clock that is behind looks like a phone that was offline.
    pub ahead_ms: i64,
}

/// The decisions on a record, oldest first -> the approvals that still stand.
pub fn standing_approvals(decisions: &[(Decision, Heads, i64)]) -> Vec<ApprovalFact> {
    let mut standing: Vec<ApprovalFact> = Vec::new();
    let mut was_confirmed = false;
    for (decision, heads, at_ms) in decisions {
        let same = standing.last().is_some_and(|last| last.heads == *heads);
        let before =
            Before { was_approved: !standing.is_empty(), was_confirmed, same, holds_submission: true };
        was_confirmed = decision.confirms().unwrap_or(was_confirmed);
        match outcome(*decision, before).approved {
            ApprovedHeads::These => standing.push(ApprovalFact { heads: heads.clone(), at_ms: *at_ms }),
            ApprovedHeads::Kept => {}
            ApprovedHeads::Cleared => standing.clear(),
        }
    }
    standing
}

impl Case {
    /// What people said is complete, all submissions together; nothing before the first one.
    ///
    /// # Errors
    /// When a submission names heads that the document lacks.
    pub fn complete(&self, record: &mut Record) -> Result<Option<Heads>, UnknownHeads> {
        let states: Vec<&Heads> = self.submissions.iter().map(|submission| &submission.heads).collect();
        match states.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some((*only).clone())),
            several => record.joined(several).map(Some),
        }
    }

    /// The files among these (path and SHA-256) that have not arrived, as errors that stand against an approval.
    pub fn files_missing(&self, files: &[(String, String)]) -> Vec<StandingError> {
        let missing = files.iter().filter(|(_, sha256)| !self.files.contains(sha256));
        let missing = missing.filter(|_| !planted(Plant::ApproveWithoutFiles));
        let key = FlagKind::AttachmentsMissing.name();
        missing.map(|(path, _)| StandingError { path: path.clone(), key: key.to_owned() }).collect()
    }

    /// Opens the document.
    ///
    /// # Errors
    /// [`LoadError`] when the stored bytes are no record: the store is damaged.
    pub fn open(&self) -> Result<Record, LoadError> {
        Record::load(&self.document)
    }

    /// What was approved last.
    pub fn approved(&self) -> Option<&ApprovalFact> {
        self.approvals.last()
    }

    /// The form version that judges the record at `heads`: of the newest submission they hold; of a draft that was never
    /// submitted the newest published one it was written under, because a phone takes its drafts over to new versions;
    /// else the one it was opened under.
    pub fn judging_version(&self, record: &mut Record, heads: &Heads) -> u32 {
        let held = self
            .submissions
            .iter()
            .rev()
            .find(|submission| submission.heads == *heads || record.descends(heads, &submission.heads));
        match held {
            Some(submission) => submission.form_version,
            None => self.written_version(record, heads).unwrap_or(self.form_version),
        }
    }

    /// The newest published version among those a draft was written under; a test stays what it is.
    fn written_version(&self, record: &mut Record, heads: &Heads) -> Option<u32> {
        let newer = |version: &u32| *version > self.form_version && !self.test;
        if !self.versions.iter().any(newer) {
            return None;
        }
        let written = record.versions_at(heads).ok()?;
        self.versions.iter().copied().filter(|version| newer(version) && written.contains(version)).max()
    }

    /// The record at `heads` with its disputes settled by what was approved before `heads`: what the dataset would
    /// take. The disputes stay listed.
    ///
    /// # Errors
    /// [`UnknownHeads`] when the record lacks some of them.
    pub fn settled_at(
        &self,
        record: &mut Record,
        heads: &Heads,
        under: Option<&Form>,
    ) -> Result<Reading, UnknownHeads> {
        let mut reading = read_at(record, heads, under)?;
        self.settle(record, heads, &mut reading, under)?;
        Ok(reading)
    }

    /// Settles the disputes of a reading taken at `heads`.
    pub(super) fn settle(
        &self,
        record: &mut Record,
        heads: &Heads,
        reading: &mut Reading,
        under: Option<&Form>,
    ) -> Result<(), UnknownHeads> {
        if reading.is_settled() {
            return Ok(());
        }
        let mut earlier = Vec::new();
        for approval in self.approvals.iter().rev().filter(|approval| approval.heads != *heads) {
            if record.descends(heads, &approval.heads) {
                earlier.push(read_at(record, &approval.heads, under)?);
            }
        }
        let paths = reading.disputed_paths();
        settle(&mut reading.answers, paths.iter().map(String::as_str), |path| {
            let undisputed = earlier.iter().find(|reading| !reading.is_disputed(path))?;
            undisputed.answers.get(path).cloned()
        });
        for path in std::mem::take(&mut reading.kept_disputed) {
            if let Some(value) = earlier.iter().find_map(|reading| reading.kept.get(&path)) {
                reading.kept.insert(path, value.clone());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use doorstep_records::ChangeHash;

    use super::*;

    #[test]
    fn a_reversal_takes_every_approval_before_it_back() {
        let heads = |seed: u8| -> Heads { [ChangeHash::from_bytes([seed; 32])].into_iter().collect() };
        let standing = |decisions: &[(Decision, u8)]| -> Vec<i64> {
            let decisions: Vec<_> = decisions
                .iter()
                .enumerate()
                .map(|(at, (decision, seed))| (*decision, heads(*seed), at as i64))
                .collect();
            standing_approvals(&decisions).into_iter().map(|approval| approval.at_ms).collect()
        };
        use Decision::*;
        assert_eq!(standing(&[(SendBack, 1), (Approve, 2), (Approve, 3)]), [1, 2]);
        assert_eq!(standing(&[(Approve, 1), (NotAccept, 2)]), [0], "only the amendment is refused");
        assert_eq!(standing(&[(Approve, 1), (NotAccept, 1)]), [0; 0]);
        assert_eq!(standing(&[(Approve, 1), (Reopen, 1), (Approve, 4)]), [2]);
        assert_eq!(standing(&[(Approve, 1), (Confirm, 1), (Reopen, 1)]), [0], "it stays approved");
        assert_eq!(standing(&[(Approve, 1), (Confirm, 1), (Reopen, 1), (Reopen, 1)]), [0; 0]);
        assert_eq!(standing(&[(Approve, 1), (Confirm, 1), (NotAccept, 1), (Reopen, 1)]), [0; 0]);
    }
}
