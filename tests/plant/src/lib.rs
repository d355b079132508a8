//! Faults planted on purpose in the product's own code, to show that the tests find them: `cargo xtask mutants`.
//!
//! A seam in the code asks [`is`] whether its fault is to be made. Without the feature `on` the answer is `false` when
//! the program is compiled: a usual build holds neither the fault nor the question. With it, one fault is chosen for the
//! whole process by the variable [`VARIABLE`], so that one build serves all of them.

#![warn(missing_docs)]

/// The environment variable that names the fault to make.
pub const VARIABLE: &str = "DOORSTEP_PLANT";

/// A planted fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    // The gate.
    /// A change may overwrite values it has never seen.
    ForgedPred,
    /// A change may skip numbers of its actor.
    SeqGap,
    /// A change may count its operations from anywhere, and so win every conflict.
    StartOpInflated,
    /// Two changes may stand under one number of one actor.
    ForkAccepted,

    // The server's store.
    /// Callers are answered before the commit.
    AckBeforeCommit,
    /// The server's database does not wait for the disk.
    ServerNotDurable,
    /// The server goes on acknowledging after a commit that failed.
    AckAfterFailure,
    /// What a failed job wrote is kept.
    FailedJobKept,

    // Push.
    /// The server forgets which envelopes it has.
    NoDedup,
    /// An envelope counts although its signature does not fit.
    SignatureUnchecked,
    /// An envelope may name another person as its author.
    AuthorUnchecked,
    /// Anybody may write under anybody's actor.
    ActorUnbound,
    /// A record is written to from outside the scope.
    PushUnscoped,
    /// A record is begun outside the scope.
    BeginUnscoped,
    /// One bad change takes its whole envelope with it.
    PoisonSpreads,
    /// What came early is not kept until its time.
    WaitingDropped,
    /// What was released later is answered as if it still waited.
    ReleaseForgotten,
    /// A revoked phone writes on.
    RevokedWrites,
    /// A record is discarded after its submission.
    DiscardSubmitted,
    /// The watermark passes over envelopes that never came.
    WatermarkSkips,

    // Sessions.
    /// A challenge is good for many hellos.
    ChallengeReused,
    /// An enrolment code is good for many keys.
    CodeReused,

    // Pull.
    /// A cursor is good for any phone.
    CursorUnbound,
    /// A scope that changed is not noticed.
    ScopeUnnoticed,
    /// A page holds records outside the scope.
    PullUnscoped,
    /// The feed tells of places outside the scope.
    FeedUnscoped,
    /// A revoked phone is told what is new.
    RevokedReads,
    /// The drafts of others are told.
    DraftsTold,

    // Queries.
    /// The list of records ignores the scope.
    ListUnscoped,
    /// A single record ignores the scope.
    RecordUnscoped,
    /// A page of the dataset ignores the scope.
    DatasetUnscoped,
    /// An export ignores the scope.
    ExportUnscoped,
    /// The list of possible duplicates ignores the scope.
    PairsUnscoped,
    /// The flags of a record tell of possible duplicates outside the scope.
    SuspectsUnscoped,
    /// The list of work ignores the scope.
    WorkUnscoped,
    /// What is set aside is told to everybody.
    AsideUnscoped,

    // Review.
    /// An approval of heads that nobody was shown.
    ApproveUnseen,
    /// An approval over different answers.
    ApproveDisputed,
    /// An approval over errors.
    ApproveInvalid,
    /// An approval of less than was approved before.
    ApproveStepsBack,
    /// A waiver without a reason.
    WaiverUnreasoned,
    /// A newer submission is sent back unseen.
    SendBackUnseen,
    /// An arbitrary answer is shown as the truth.
    WinnerShown,
    /// What was filled under a test version is reviewed.
    TestReviewed,
    /// What was merged away counts in the dataset.
    MergedCounted,

    // Households.
    /// A member's late edits stay where the member was.
    CarrySkipped,
    /// What somebody wrote who had heard of a move is carried after it too.
    HeardCarried,
    /// Who moved between two registrations that became one has left it.
    MoversAway,
    /// One person on two registrations that became one is two.
    PersonsDoubled,

    // Areas.
    /// What lay in an area that ended stays there.
    SuccessorForgotten,
    /// An older view of the areas has the names of today.
    NamesOfToday,

    // Attachments.
    /// A file is kept whatever its bytes are.
    FileHashUnchecked,
    /// What arrived before a cut is thrown away.
    CutForgets,
    /// Whoever names a file has it.
    FileHolderUnchecked,
    /// An approval of answers whose files have not come.
    ApproveWithoutFiles,

    // Answers.
    /// Different answers are no conflict.
    ConflictMissed,
    /// Equal answers are one.
    ConflictImagined,
    /// Text beside a list waits for nobody.
    OtherAnswerUnlisted,

    // The log.
    /// A rebuild passes over what was released.
    RebuildSkipsReleased,
    /// A rebuild passes over merges.
    RebuildSkipsMerges,
    /// What was judged before a rebuild is written after it.
    JudgedBeforeRebuild,
    /// A touched payload of the log is not found.
    ChainUnchecked,

    // The phone.
    /// A form that was left goes on as it was, whatever came since.
    LeftFormStale,
    /// The cursor is kept before its page.
    CursorBeforePage,
    /// A record that leaves the scope goes with its unsent work.
    UnsentEvicted,
    /// Acknowledged envelopes are forgotten before a backup holds them.
    AckedForgotten,
    /// A restored server is taken for the same one.
    EpochUnnoticed,
    /// What a server said before it was restored still holds.
    OldLifeKept,
    /// Edits refused as a fork are not written anew.
    ForkDropped,
    /// What the server set aside is shown as sent.
    QuarantineHidden,
    /// A change is kept and not queued.
    ChangeUnqueued,
    /// The phone's store does not wait for the disk.
    PhoneNotDurable,
}

impl Plant {
    /// Every fault.
    pub const ALL: &[Plant] = &[
        Plant::ForgedPred,
        Plant::SeqGap,
        Plant::StartOpInflated,
        Plant::ForkAccepted,
        Plant::AckBeforeCommit,
        Plant::ServerNotDurable,
        Plant::AckAfterFailure,
        Plant::FailedJobKept,
        Plant::NoDedup,
        Plant::SignatureUnchecked,
        Plant::AuthorUnchecked,
        Plant::ActorUnbound,
        Plant::PushUnscoped,
        Plant::BeginUnscoped,
        Plant::PoisonSpreads,
        Plant::WaitingDropped,
        Plant::ReleaseForgotten,
        Plant::RevokedWrites,
        Plant::DiscardSubmitted,
        Plant::WatermarkSkips,
        Plant::ChallengeReused,
        Plant::CodeReused,
        Plant::CursorUnbound,
        Plant::ScopeUnnoticed,
        Plant::PullUnscoped,
        Plant::FeedUnscoped,
        Plant::RevokedReads,
        Plant::DraftsTold,
        Plant::ListUnscoped,
        Plant::RecordUnscoped,
        Plant::DatasetUnscoped,
        Plant::ExportUnscoped,
        Plant::PairsUnscoped,
        Plant::SuspectsUnscoped,
        Plant::WorkUnscoped,
        Plant::AsideUnscoped,
        Plant::ApproveUnseen,
        Plant::ApproveDisputed,
        Plant::ApproveInvalid,
        Plant::ApproveStepsBack,
        Plant::WaiverUnreasoned,
        Plant::SendBackUnseen,
        Plant::WinnerShown,
        Plant::TestReviewed,
        Plant::MergedCounted,
        Plant::CarrySkipped,
        Plant::HeardCarried,
        Plant::MoversAway,
        Plant::PersonsDoubled,
        Plant::SuccessorForgotten,
        Plant::NamesOfToday,
        Plant::FileHashUnchecked,
        Plant::CutForgets,
        Plant::FileHolderUnchecked,
        Plant::ApproveWithoutFiles,
        Plant::ConflictMissed,
        Plant::ConflictImagined,
        Plant::OtherAnswerUnlisted,
        Plant::RebuildSkipsReleased,
        Plant::RebuildSkipsMerges,
        Plant::JudgedBeforeRebuild,
        Plant::ChainUnchecked,
        Plant::LeftFormStale,
        Plant::CursorBeforePage,
        Plant::UnsentEvicted,
        Plant::AckedForgotten,
        Plant::EpochUnnoticed,
        Plant::OldLifeKept,
        Plant::ForkDropped,
        Plant::QuarantineHidden,
        Plant::ChangeUnqueued,
        Plant::PhoneNotDurable,
    ];
}

/// True when this fault is to be made: never, in this build.
#[cfg(not(feature = "on"))]
#[inline(always)]
pub const fn is(_plant: Plant) -> bool {
    false
}

/// True when this fault is to be made.
#[cfg(feature = "on")]
pub fn is(plant: Plant) -> bool {
    use std::sync::OnceLock;
    static CHOSEN: OnceLock<Option<Plant>> = OnceLock::new();
    *CHOSEN.get_or_init(chosen) == Some(plant)
}

/// The fault that the environment names. A name that is none ends the process: a misspelt fault would be found by no test.
#[cfg(feature = "on")]
fn chosen() -> Option<Plant> {
    let name = std::env::var(VARIABLE).ok()?;
    let found = Plant::ALL.iter().copied().find(|plant| format!("{plant:?}") == name);
    if found.is_none() {
        eprintln!("{VARIABLE}={name} names no planted fault");
        std::process::exit(2);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_listed_once_and_in_its_place() {
        for (place, plant) in Plant::ALL.iter().enumerate() {
            assert_eq!(*plant as usize, place, "{plant:?}");
        }
    }

    #[test]
    #[cfg(not(feature = "on"))]
    fn a_usual_build_makes_none() {
        const ASKED: bool = is(Plant::ForgedPred);
        const { assert!(!ASKED) };
    }
}
