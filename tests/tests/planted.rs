//! Each check of the simulation can fail: the fault it exists for is planted, and it must be the one to tell.

use doorstep_tests::sim::{self, Check, Plant};

/// Seeds tried until the check speaks up; chance may spare one seed, never all of them.
const SEEDS: u64 = 12;
const STEPS: usize = 60;

fn is_found(plant: Plant, check: Check) -> bool {
    (0..SEEDS).any(|seed| {
        let report = sim::run(seed, STEPS, Some(plant)).expect("a simulation with a plant still runs");
        report.found.iter().any(|violation| violation.check == check)
    })
}

#[test]
fn promise_1_an_ack_before_the_commit_is_found() {
    assert!(is_found(Plant::AckBeforeCommit, Check::AckedEditKept));
}

#[test]
fn promise_2_a_server_that_forgets_its_envelopes_is_found() {
    assert!(is_found(Plant::NoDedup, Check::RepeatChangesNothing));
}

#[test]
fn promise_3_a_cursor_kept_before_its_page_is_found() {
    assert!(is_found(Plant::CursorBeforePage, Check::ScopeComplete));
}

#[test]
fn promise_3_a_gate_that_lets_a_change_erase_what_it_never_saw_is_found() {
    assert!(is_found(Plant::GateWithoutPred, Check::ReplicasAgree));
}

#[test]
fn promise_4_an_approval_of_unseen_heads_is_found() {
    assert!(is_found(Plant::ApproveUnseen, Check::ApprovalSeen));
}

#[test]
fn promise_5_a_pull_without_scope_is_found() {
    assert!(is_found(Plant::PullWithoutScope, Check::ScopeKept));
}
