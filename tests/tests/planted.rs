//! Each check of the simulation can fail: the fault it exists for is planted, and it must be the one to tell.

#![allow(clippy::unwrap_used)]

use doorstep_records::gate::{GateError, admit, inspect};
use doorstep_records::{ActorId, ChangeNote, Key, Record, RecordId, Value};
use doorstep_tests::sim::check::ungated;
use doorstep_tests::sim::forge::blind_overwrite;
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
fn promise_3_a_change_that_erases_what_it_never_saw_is_found_in_a_document() {
    let record = RecordId::from_parts(1_450_000_000_000, [1; 10]);
    let honest_actor = ActorId::derive(&[7; 16], "li", record, 0);
    let mut honest = Record::new();
    let key = Key::parse("name").unwrap();
    let note = ChangeNote::new(1, 1_450_000_000_000);
    let change = honest.write(&honest_actor, &note, &[(key.clone(), Value::Text("李家".into()))]).unwrap();
    let forged = blind_overwrite(ActorId::from_bytes([0xee; 16]), &inspect(&change.bytes).unwrap()).unwrap();
    assert_eq!(ungated(&mut honest).unwrap(), None, "an honest document passes");
    assert!(matches!(admit(&mut honest, &inspect(&forged).unwrap()), Err(GateError::Pred { .. })));

    // A server that hands changes to automerge without the gate.
    let mut bare = automerge::Automerge::load(&honest.save()).unwrap();
    bare.apply_changes([automerge::Change::from_bytes(forged).unwrap()]).unwrap();
    let mut stored = Record::load(&bare.save_nocompress()).unwrap();
    let answer = stored.answer(&key).unwrap();
    assert!(
        !answer.is_conflict() && answer.value != Value::Text("李家".into()),
        "the honest value is gone unseen"
    );
    assert!(ungated(&mut stored).unwrap().is_some(), "the check of replicas tells");
}

#[test]
fn promise_4_an_approval_of_unseen_heads_is_found() {
    assert!(is_found(Plant::ApproveUnseen, Check::ApprovalSeen));
}

#[test]
fn promise_5_a_pull_without_scope_is_found() {
    assert!(is_found(Plant::PullWithoutScope, Check::ScopeKept));
}
