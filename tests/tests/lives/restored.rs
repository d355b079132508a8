//! What a phone holds and the restored server does not.

use std::path::PathBuf;

use doorstep_client_core::DeviceError;
use doorstep_client_core::store::state;
use doorstep_client_core::sync::{Blocked, SyncFailure};
use doorstep_records::RecordId;
use doorstep_server::accounts::role::Role;
use doorstep_server::store::operations::Operations;
use doorstep_tests::sim::phone::Phone;
use doorstep_tests::sim::server::Cable;

use crate::town::{Town, answer, begin, is_same, shown, submit};

#[test]
fn promise_1_edits_after_the_backup_come_again_and_wait_for_each_other() {
    let mut town = Town::new();
    let (mut li, mut wang) = (town.phone("li"), town.phone("wang"));
    let old = begin(&mut li, "旧户");
    submit(&mut li, old);
    town.quiet(&mut [&mut li, &mut wang]);
    let backup = town.back_up();
    // After the backup: a new household of li's, and wang goes on from what li wrote.
    let new = begin(&mut li, "新户");
    submit(&mut li, new);
    answer(&mut li, old, "address", "村东");
    town.quiet(&mut [&mut li, &mut wang]);
    answer(&mut wang, old, "address", "村西");
    answer(&mut wang, new, "why", "因病");
    town.quiet(&mut [&mut li, &mut wang]);
    town.lose(&backup);
    // wang comes first: what builds on li's edits waits, and nothing goes from the phone.
    let report = town.sync(&mut wang);
    assert!(report.verdicts.waiting >= 2 && report.verdicts.quarantined == 0, "{report:?}");
    assert_eq!(shown(&mut wang, new, "why"), "因病");
    assert_eq!(shown(&mut wang, new, "name"), "新户", "a record that the server does not know stays");
    assert_eq!(town.values(old, "address"), Vec::<String>::new());
    town.quiet(&mut [&mut li, &mut wang]);
    assert_eq!(town.values(old, "address"), ["村西"]);
    assert_eq!(town.values(new, "why"), ["因病"]);
    for phone in [&mut li, &mut wang] {
        assert!(is_same(&town, phone, old) && is_same(&town, phone, new));
        assert_eq!(phone.device().unwrap().standing().unwrap().unsent, 0);
    }
}

#[test]
fn promise_1_edits_on_top_of_a_lost_edit_of_the_office_are_made_again_without_it() {
    let mut town = Town::new();
    let (mut li, mut wang) = (town.phone("li"), town.phone("wang"));
    let (old, quiet) = (begin(&mut li, "旧户"), begin(&mut li, "静户"));
    submit(&mut li, old);
    submit(&mut li, quiet);
    town.quiet(&mut [&mut li, &mut wang]);
    let backup = town.back_up();
    let new = begin(&mut li, "新户");
    submit(&mut li, new);
    town.quiet(&mut [&mut li, &mut wang]);
    for record in [old, quiet, new] {
        town.office_edit(record, "why", "后台改");
    }
    town.quiet(&mut [&mut li, &mut wang]);
    answer(&mut li, old, "address", "村东");
    submit(&mut li, old);
    answer(&mut wang, new, "address", "村西");
    // Nothing was changed here since the office did: only said about what it wrote.
    submit(&mut wang, quiet);
    wang.device().unwrap().comment(quiet, Some("why"), "再问一次").unwrap();
    town.quiet(&mut [&mut li, &mut wang]);
    assert_eq!(shown(&mut wang, quiet, "why"), "后台改");
    town.lose(&backup);
    // The office writes again: under another actor, so that nobody takes it for what was lost.
    town.office_edit(quiet, "why", "又改");
    town.quiet(&mut [&mut wang, &mut li]);
    assert_eq!(
        (town.values(old, "address"), town.values(new, "address")),
        (vec!["村东".into()], vec!["村西".into()])
    );
    for record in [old, new] {
        assert_eq!(town.values(record, "why"), Vec::<String>::new(), "lost by nature");
    }
    assert_eq!(town.values(quiet, "why"), ["又改"]);
    for phone in [&mut li, &mut wang] {
        for record in [old, quiet, new] {
            assert!(is_same(&town, phone, record), "{record} on {}", phone.name);
            assert_eq!(phone.device().unwrap().row(record).unwrap().needs_checking, 0);
        }
    }
    assert_eq!(li.device().unwrap().row(old).unwrap().state, state::SUBMITTED);
    assert_eq!(town.count("submission"), 5);
    assert_eq!((town.count("comment"), town.count("waiting")), (1, 5), "what waited there was said again");
}

#[test]
fn an_approval_after_the_backup_does_not_hold_on_phones_either() {
    let mut town = Town::new();
    let mut li = town.phone("li");
    let record = begin(&mut li, "旧户");
    submit(&mut li, record);
    town.quiet(&mut [&mut li]);
    let backup = town.back_up();
    town.approve(record);
    town.quiet(&mut [&mut li]);
    assert_eq!(li.device().unwrap().row(record).unwrap().state, state::APPROVED);
    town.lose(&backup);
    town.quiet(&mut [&mut li]);
    assert_eq!(li.device().unwrap().row(record).unwrap().state, state::SUBMITTED);
    assert!(li.device().unwrap().reviews(record).unwrap().is_empty());
    town.approve(record);
    town.quiet(&mut [&mut li]);
    assert_eq!(li.device().unwrap().row(record).unwrap().state, state::APPROVED);
    assert_eq!(li.device().unwrap().reviews(record).unwrap().len(), 1);
}

#[test]
fn promise_1_a_clones_envelope_under_a_number_that_the_backup_holds_is_not_forgotten() {
    let mut town = Town::new();
    let mut li = town.phone("li");
    let record = begin(&mut li, "旧户");
    town.sync(&mut li);
    // A copy of the phone, another installation under the same key: both go on counting from the same number.
    let folder = town.path("clone");
    let mut clone = li.cloned("li-clone", &folder, false).unwrap();
    answer(&mut li, record, "address", "村东");
    town.sync(&mut li);
    let backup = town.back_up();
    answer(&mut clone, record, "why", "因病");
    // Signed under that number, and sent only after the clone has heard what the backup holds.
    clone.device().unwrap().bundle().unwrap();
    town.server.time().pass(3_700_000);
    town.sync(&mut clone);
    // Both hear it again, more than once.
    for _ in 0..3 {
        town.server.time().pass(3_700_000);
        town.quiet(&mut [&mut li, &mut clone]);
    }
    town.lose(&backup);
    town.quiet(&mut [&mut li, &mut clone]);
    assert_eq!(
        (town.values(record, "address"), town.values(record, "why")),
        (vec!["村东".into()], vec!["因病".into()])
    );
}

/// A submitted household on `li`'s phone and on `wang`'s, of which there are two, and a backup of the server.
struct Cloned {
    town: Town,
    li: Phone,
    wang: Phone,
    clone: Phone,
    record: RecordId,
    backup: PathBuf,
}

fn cloned() -> Cloned {
    let mut town = Town::new();
    let (mut li, mut wang) = (town.phone("li"), town.phone("wang"));
    let record = begin(&mut li, "旧户");
    submit(&mut li, record);
    town.quiet(&mut [&mut li, &mut wang]);
    let folder = town.path("clone");
    let clone = wang.cloned("wang-clone", &folder, true).unwrap();
    let backup = town.back_up();
    Cloned { town, li, wang, clone, record, backup }
}

#[test]
fn promise_1_two_clones_that_wrote_one_number_are_both_kept_whoever_comes_first_in_the_next_life() {
    for clone_first in [false, true] {
        let Cloned { mut town, mut li, mut wang, mut clone, record, backup } = cloned();
        answer(&mut wang, record, "address", "村东");
        answer(&mut clone, record, "address", "村西");
        town.quiet(&mut [&mut wang, &mut clone, &mut li]);
        // Everybody has taken one of them for granted, and opened the record with it.
        for phone in [&mut wang, &mut clone, &mut li] {
            assert!(is_same(&town, phone, record));
        }
        // ...and gone on from there.
        answer(&mut li, record, "why", "因病");
        li.device().unwrap().comment(record, Some("address"), "哪一个").unwrap();
        town.lose(&backup);
        match clone_first {
            true => town.quiet(&mut [&mut li, &mut clone, &mut wang]),
            false => town.quiet(&mut [&mut li, &mut wang, &mut clone]),
        }
        assert_eq!((town.values(record, "why"), town.count("comment")), (vec!["因病".into()], 1));
        let mut ever = town.ever(record, "address");
        ever.sort();
        ever.dedup();
        assert_eq!(ever, ["村东", "村西"], "clone first: {clone_first}");
        for phone in [&mut li, &mut clone, &mut wang] {
            assert!(is_same(&town, phone, record), "{} with clone first: {clone_first}", phone.name);
            assert_eq!(phone.device().unwrap().standing().unwrap().unsent, 0);
        }
    }
}

#[test]
fn a_remark_on_a_clones_edit_that_the_next_life_did_not_take_is_said_about_what_stands() {
    for clone_first in [false, true] {
        let Cloned { mut town, mut li, mut wang, mut clone, record, backup } = cloned();
        let (taken, other) = if clone_first { (&mut wang, &mut clone) } else { (&mut clone, &mut wang) };
        answer(taken, record, "address", "村东");
        answer(other, record, "address", "村西");
        town.quiet(&mut [&mut *taken, &mut li]);
        // li writes nothing: all li has here is a remark on what one of them wrote.
        li.device().unwrap().comment(record, Some("address"), "哪一个").unwrap();
        town.quiet(&mut [&mut li]);
        town.lose(&backup);
        town.quiet(&mut [&mut *other, &mut *taken, &mut li]);
        assert_eq!((town.count("comment"), li.device().unwrap().standing().unwrap().unsent), (1, 0));
        for phone in [&mut *taken, &mut *other, &mut li] {
            assert!(is_same(&town, phone, record), "{} with clone first: {clone_first}", phone.name);
        }
    }
}

#[test]
fn promise_1_a_phone_and_an_account_younger_than_the_backup_come_back_with_their_work() {
    let mut town = Town::new();
    let backup = town.back_up();
    town.server.user_add("zhao", Role::Enumerator, &["A"]).unwrap();
    let mut zhao = town.phone("zhao");
    let record = begin(&mut zhao, "新户");
    submit(&mut zhao, record);
    town.quiet(&mut [&mut zhao]);
    town.lose(&backup);
    let refused = zhao.device().unwrap().sync(&Cable(&town.server));
    assert!(matches!(refused, Err(DeviceError::Sync(SyncFailure::Blocked(Blocked::Unknown)))), "{refused:?}");
    // A code for somebody else does not take the phone over.
    let code = town.server.invite("li").unwrap();
    let taken = zhao.device().unwrap().enrol(&Cable(&town.server), "http://127.0.0.1:1", &code, "zhao");
    assert!(matches!(taken, Err(DeviceError::Sync(SyncFailure::Problem(_)))), "{taken:?}");
    // The account was made again too, under another id.
    town.server.user_add("zhao", Role::Enumerator, &["A"]).unwrap();
    town.enrol(&mut zhao);
    answer(&mut zhao, record, "address", "村东");
    town.quiet(&mut [&mut zhao]);
    assert_eq!(
        (town.values(record, "name"), town.values(record, "address")),
        (vec!["新户".into()], vec!["村东".into()])
    );
    assert_eq!(zhao.device().unwrap().row(record).unwrap().state, state::SUBMITTED);
    assert!(is_same(&town, &mut zhao, record));
    town.server.store().unwrap().log_verify().unwrap();
}
