//! getodk/central 815: an edit arrives before the record it belongs to was begun, and the beginning comes afterwards.
//! There the record was marked as a conflict while the list of conflicts was empty: a mark that nobody could act on.
//!
//! That the mark and the list agree is looked at after every single arrival of every order (`orders.rs`); here also in
//! the queue, on the phones and in an approval.

use std::collections::BTreeSet;

use doorstep_server::reconcile::flag::FlagKind;
use doorstep_server::review::model::RecordFilter;
use doorstep_server::store::records::Records;
use serde_json::json;

use crate::field::{pairs, submit};
use crate::orders::{Arrived, Stage};

fn queued(arrived: &Arrived) -> u64 {
    let (store, scope) = arrived.field.office();
    let filter = RecordFilter { flag: Some(FlagKind::Conflict), ..RecordFilter::default() };
    store.record_list(&scope, &filter, None, 10).unwrap().total
}

#[test]
fn an_edit_before_its_beginning_marks_nothing() {
    let mut stage = Stage::unborn(&["li", "wang"]);
    stage.edit(0, "name", "赵一");
    stage.edit(0, "why", "缺水");
    stage.complete(0);
    let orders = stage.in_all_orders(&[], |arrived| {
        assert_eq!(queued(arrived), 0);
        let conflicts =
            arrived.phones.iter_mut().map(|phone| phone.device().unwrap().conflicts_of(arrived.record));
        assert!(conflicts.flatten().all(|conflicts| conflicts.is_empty()));
        arrived.field.approve(arrived.record);
    });
    assert_eq!(orders, 24);
}

#[test]
fn what_is_marked_is_listed_wherever_it_is_looked_for() {
    let mut stage = Stage::known(&["li", "wang", "zhao"], &[("name", json!("赵一"))]);
    stage.edit(0, "why", "缺水");
    stage.edit(0, "address", "甲一组1号");
    stage.edit(1, "why", "缺技术");
    stage.edit(2, "why", "缺水");
    stage.edit(2, "address", "甲一组2号");
    let orders = stage.in_all_orders(&["address", "why"], |arrived| {
        assert_eq!(queued(arrived), 1);
        for phone in &mut arrived.phones {
            let listed = phone.device().unwrap().conflicts_of(arrived.record).unwrap();
            let listed: BTreeSet<String> = listed.into_iter().map(|conflict| conflict.path).collect();
            assert_eq!(listed, BTreeSet::from(["address".to_owned(), "why".to_owned()]), "{}", phone.name);
        }
        submit(&mut arrived.phones[0], arrived.record);
        arrived.field.sync(&mut arrived.phones[0]);
        let against = arrived.field.try_approve(arrived.record, &[]);
        assert_eq!(against, pairs(&[("conflict", "address"), ("conflict", "why")]));
    });
    assert_eq!(orders, 120);
}
