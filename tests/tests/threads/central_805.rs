//! getodk/central 805: one phone's offline run arrives with its last edit first, which is taken by force after a while.
//! There the edits that came after it were marked as conflicts one after another, though nobody but their own author had
//! touched the record.

use serde_json::json;

use crate::orders::Stage;

#[test]
fn a_run_of_one_phone_never_conflicts_with_itself() {
    let mut stage = Stage::known(&["li"], &[("name", json!("赵一")), ("address", json!("甲一组1号"))]);
    stage.edit(0, "address", "甲一组2号");
    stage.edit(0, "address", "甲一组3号");
    stage.edit(0, "why", "缺水");
    stage.edit(0, "address", "甲一组4号");
    let orders = stage.in_all_orders(&[], |arrived| {
        assert_eq!(arrived.view().unwrap().answers["address"].value, "甲一组4号");
    });
    assert_eq!(orders, 24);
}

/// Days may pass between any two of them, and an office that will not wait settles nothing by force: what waits waits.
#[test]
fn what_waits_for_days_is_not_applied_to_something_else() {
    let mut stage = Stage::known(&["li"], &[("name", json!("赵一"))]);
    for number in 1..=3 {
        stage.edit(0, "address", format!("甲一组{number}号"));
    }
    let letters = stage.letters();
    for order in crate::orders::orders(letters.len()) {
        let mut arrived = stage.fresh();
        for at in order {
            arrived.deliver(&[&letters[at]]);
            arrived.field.days(7);
            arrived.field.server.reconcile().unwrap();
            assert!(!arrived.view().unwrap().answers.values().any(|answer| answer.different));
        }
        arrived.quiet(&letters, &[]);
        assert_eq!(arrived.view().unwrap().answers["address"].value, "甲一组3号");
    }
}
