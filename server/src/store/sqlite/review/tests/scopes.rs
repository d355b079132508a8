//! Outside the scope nothing exists.

use super::world::*;
use crate::accounts::role::Role;
use crate::duplicates::model::PairState;
use crate::reconcile::flag::FlagKind;
use crate::review::model::RecordFilter;
use crate::store::Scope;
use crate::store::duplicates::Duplicates;
use crate::store::records::{At, Records};
use crate::store::reviews::Reviews;
use doorstep_protocol::ProblemKind;

const ID: &str = "999999198001010017";

#[test]
fn a_pair_with_one_foot_outside_is_not_shown_and_not_merged() {
    let world = World::new();
    let inside = world.household(1, "张三", ID);
    let outside = world.begin(2, HOUSEHOLD, WEST, None);
    let id_path = format!("{}/id_no", member(2));
    world.edit(2, outside, &[("name", text("张三")), (&id_path, text(ID))]);
    for (phone, record) in [(1, inside), (2, outside)] {
        world.submit(phone, record);
    }
    world.settle();
    let east = scope(9, Role::Supervisor, &["01/0101/"]);
    assert!(world.store.duplicate_list(&east, PairState::Open, 10).unwrap().is_empty());
    let error = world.store.duplicate_merge(&east, inside, outside, 1).unwrap_err();
    assert_eq!(error.kind(), ProblemKind::NotFound);
    let error = world.store.area_apply(&east, inside, WEST, 1).unwrap_err();
    assert_eq!(error.kind(), ProblemKind::NotFound, "nor may a record be moved out of sight");
    assert_eq!(world.store.duplicate_list(&supervisor(), PairState::Open, 10).unwrap().len(), 1);
    let suspects = RecordFilter { flag: Some(FlagKind::DuplicateSuspect), ..RecordFilter::default() };
    let listed = |scope: &Scope| world.store.record_list(scope, &suspects, None, 10).unwrap().total;
    assert_eq!((listed(&east), listed(&supervisor())), (0, 2));
    let view = world.store.record_get(&east, inside, &At::Now).unwrap();
    assert!(view.line.flags.is_empty() && view.flags.is_empty(), "{view:?}");
    assert!(!format!("{view:?}").contains(&outside.to_string()), "not even by the name of the other record");
}

#[test]
fn enumerators_decide_nothing_and_see_no_drafts_of_others() {
    let world = World::new();
    let (own, other) = (world.household(1, "张三", ""), world.household(2, "李四", ""));
    let phone = scope(1, Role::Enumerator, &["01/"]);
    let listed = |scope: &Scope| {
        let page = world.store.record_list(scope, &RecordFilter::default(), None, 10).unwrap();
        page.records.iter().map(|line| line.record).collect::<Vec<_>>()
    };
    assert_eq!(listed(&phone), [own]);
    assert_eq!(listed(&supervisor()), [own, other]);
    let error = world.store.duplicate_merge(&phone, own, other, 1).unwrap_err();
    assert_eq!(error.kind(), ProblemKind::NotAllowed);
}
