//! getodk/central 698: an offline run of two edits is interrupted by somebody else's edit of what the second one changes.
//! There the second edit followed directly on the first and so was no conflict, though its author had never seen the
//! other's value; and one that was settled hid the next edit of the same run.

use doorstep_client_core::DeviceError;
use serde_json::json;

use crate::field::{answer, given, pairs, shown};
use crate::orders::Stage;

#[test]
fn the_second_edit_conflicts_although_it_follows_its_own_first() {
    let mut stage = Stage::known(&["li", "wang"], &[("name", json!("赵一")), ("why", json!("因病"))]);
    stage.edit(0, "address", "甲一组1号");
    stage.edit(0, "why", "缺水");
    stage.edit(1, "why", "缺技术");
    let orders = stage.in_all_orders(&["why"], |arrived| {
        let view = arrived.view().unwrap();
        assert_eq!(
            given(&view.answers["why"].candidates),
            [("li".to_owned(), json!("缺水")), ("wang".to_owned(), json!("缺技术"))]
        );
        assert_eq!(view.answers["address"].value, "甲一组1号", "the first one conflicts with nothing");
    });
    assert_eq!(orders, 6);
}

#[test]
fn longer_runs_on_both_sides_conflict_where_both_wrote_and_nowhere_else() {
    let mut stage = Stage::known(&["li", "wang"], &[("name", json!("赵一"))]);
    stage.edit(0, "why", "缺水");
    stage.edit(0, "dry", 3);
    stage.edit(0, "why", "缺土地");
    stage.edit(1, "address", "甲一组1号");
    stage.edit(1, "why", "缺技术");
    assert_eq!(stage.in_all_orders(&["why"], |_| ()), 120);
}

/// The office settles the conflict before the last edit of the interrupted run arrives: its author had not seen that.
#[test]
fn a_later_edit_of_the_interrupted_run_is_a_conflict_again() {
    let mut stage = Stage::known(&["li", "wang"], &[("name", json!("赵一"))]);
    stage.edit(0, "why", "缺水");
    stage.edit(0, "why", "缺土地");
    stage.edit(1, "why", "缺技术");
    let letters = stage.letters();
    for first in [[0, 2], [2, 0]] {
        let mut arrived = stage.fresh();
        for at in first {
            arrived.deliver(&[&letters[at]]);
        }
        arrived.field.office_edit(arrived.record, &[("why", json!("缺技术"))], "当面核对");
        assert!(!arrived.view().unwrap().answers["why"].different, "settled");
        arrived.deliver(&[&letters[1]]);
        assert_eq!(
            given(&arrived.view().unwrap().answers["why"].candidates),
            [("li".to_owned(), json!("缺土地")), ("shen".to_owned(), json!("缺技术"))]
        );
        arrived.quiet(&letters, &["why"]);
        // Settled by somebody who has seen all of it, it stays settled everywhere.
        let (record, li) = (arrived.record, &mut arrived.phones[0]);
        li.device().unwrap().session(record).unwrap().resolve("why", &json!("缺土地"), None).unwrap();
        arrived.quiet(&letters, &[]);
        assert_eq!(shown(&mut arrived.phones[1], record, "why").0, "缺土地");
        let again =
            arrived.phones[1].device().unwrap().session(record).unwrap().resolve("why", &json!("缺水"), None);
        assert!(matches!(again, Err(DeviceError::NoConflict { .. })), "{again:?}");
    }
}

/// The interruption is on a phone that has heard the first half of the run: then it was seen, and is no conflict.
#[test]
fn who_has_seen_the_first_half_conflicts_with_the_second_only() {
    let mut stage = Stage::known(&["li", "wang"], &[("name", json!("赵一"))]);
    stage.edit(0, "why", "缺水");
    stage.edit(0, "dry", 3);
    let letters = stage.letters();
    let mut arrived = stage.fresh();
    arrived.deliver(&[&letters[0]]);
    let record = arrived.record;
    arrived.field.sync(&mut arrived.phones[1]);
    answer(&mut arrived.phones[1], record, &[("why", json!("缺技术")), ("dry", json!(4))]);
    arrived.field.sync(&mut arrived.phones[1]);
    assert_eq!(arrived.view().unwrap().answers["why"].value, "缺技术", "it was seen and overruled");
    arrived.deliver(&[&letters[1]]);
    arrived.quiet(&letters, &["dry"]);
    let flags = arrived.field.flags(record, doorstep_server::reconcile::flag::FlagKind::Conflict);
    assert_eq!(flags, pairs(&[("different_answers", "dry")]));
}
