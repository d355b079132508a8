//! getodk/central 669: several offline edits of one record, sent one by one, may arrive in any order, while somebody else
//! edits the same record. There an update that came before its predecessor was applied to the wrong version: conflicts
//! that nobody had caused, and a broken record.

use serde_json::json;

use crate::orders::Stage;

#[test]
fn a_run_begun_offline_is_whole_whatever_comes_first() {
    let mut stage = Stage::unborn(&["li"]);
    stage.edit(0, "name", "赵一");
    stage.edit(0, "address", "甲一组1号");
    stage.edit(0, "address", "甲一组2号");
    stage.complete(0);
    let orders = stage.in_all_orders(&[], |arrived| {
        let view = arrived.view().unwrap();
        assert_eq!(
            (&view.answers["name"].value, &view.answers["address"].value),
            (&json!("赵一"), &json!("甲一组2号"))
        );
    });
    assert_eq!(orders, 120);
}

#[test]
fn edits_of_two_people_on_other_answers_unite_whatever_comes_first() {
    let mut stage = Stage::known(&["li", "wang"], &[("name", json!("赵一"))]);
    stage.edit(0, "address", "甲一组1号");
    stage.edit(0, "dry", 3);
    stage.edit(0, "address", "甲一组2号");
    stage.edit(1, "why", "缺水");
    stage.edit(1, "wet", 2);
    let orders = stage.in_all_orders(&[], |arrived| {
        let view = arrived.view().unwrap();
        let values: Vec<_> =
            ["address", "dry", "why", "wet"].map(|path| view.answers[path].value.clone()).into();
        assert_eq!(values, [json!("甲一组2号"), json!(3), json!("缺水"), json!(2)]);
    });
    assert_eq!(orders, 120);
}

/// The office edits the record while the run is on its way: whenever that falls, the run is not disturbed by it.
#[test]
fn an_edit_of_the_office_between_any_two_of_them_disturbs_nothing() {
    let mut stage = Stage::known(&["li"], &[("name", json!("赵一"))]);
    stage.edit(0, "address", "甲一组1号");
    stage.edit(0, "dry", 3);
    stage.edit(0, "address", "甲一组2号");
    let seen = stage.field.view(stage.record).heads;
    let letters = stage.letters();
    for order in crate::orders::orders(letters.len()) {
        for between in 0..=letters.len() {
            let mut arrived = stage.fresh();
            for (at, letter) in order.iter().enumerate() {
                if at == between {
                    arrived.field.office_edit_at(
                        arrived.record,
                        seen.clone(),
                        &[("why", json!("缺水"))],
                        "核实",
                    );
                }
                arrived.deliver(&[&letters[*letter]]);
            }
            if between == letters.len() {
                arrived.field.office_edit_at(arrived.record, seen.clone(), &[("why", json!("缺水"))], "核实");
            }
            arrived.quiet(&letters, &[]);
            let view = arrived.view().unwrap();
            let values: Vec<_> =
                ["address", "dry", "why"].map(|path| view.answers[path].value.clone()).into();
            assert_eq!(values, [json!("甲一组2号"), json!(3), json!("缺水")]);
        }
    }
}
