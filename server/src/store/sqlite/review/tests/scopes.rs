//! Outside the scope nothing exists.

use super::world::*;
use crate::accounts::role::Role;
use crate::duplicates::model::PairState;
use crate::reconcile::flag::FlagKind;
use crate::review::model::{NewComment, NewReview, RecordFilter};
use crate::review::rule::Decision;
use crate::store::dataset::Datasets;
use crate::store::duplicates::Duplicates;
use crate::store::records::{At, Records};
use crate::store::reviews::Reviews;
use crate::store::{FormScope, Scope, StoreError};
use doorstep_protocol::{ProblemKind, UserId};

const ID: &str = "999999198001010017";

fn outsiders() -> [Scope; 3] {
    let user = Some(UserId::from_bytes([9; 16]));
    let forms = FormScope::Only(vec![CHECK.to_owned()]);
    [
        scope(9, Role::Supervisor, &["01/0102/"]),
        scope(9, Role::Supervisor, &[]),
        Scope::new(user, "wang".into(), Role::Supervisor, vec!["01/".into()], forms, 1),
    ]
}

#[test]
fn a_reviewer_from_elsewhere_finds_nothing_anywhere() {
    let world = World::new();
    let (one, two) = (world.household(1, "张三", ID), world.household(2, "张三", ID));
    for (phone, record) in [(1, one), (2, two)] {
        world.submit(phone, record);
        world.approve(record);
    }
    let heads = world.heads(one);
    for scope in outsiders() {
        let store = &world.store;
        let page = store.record_list(&scope, &RecordFilter::default(), None, 10).unwrap();
        assert_eq!((page.records.len(), page.total), (0, 0));
        let named = RecordFilter { area: Some(EAST.into()), ..RecordFilter::default() };
        assert_eq!(store.record_list(&scope, &named, None, 10).unwrap().total, 0);
        assert_eq!(store.dataset_list(&scope, HOUSEHOLD, None, 10).unwrap().total, 0);
        let mut rows = 0;
        let each = &mut |_| {
            rows += 1;
            Ok(())
        };
        store.dataset_each(&scope, HOUSEHOLD, each).unwrap();
        assert_eq!(rows, 0);
        assert!(store.duplicate_list(&scope, PairState::Open, 10).unwrap().is_empty());

        let not_found = |what: &str, answer: Result<(), StoreError>| {
            assert_eq!(answer.unwrap_err().kind(), ProblemKind::NotFound, "{what}");
        };
        for at in [At::Now, At::ToReview, At::Heads(heads.clone())] {
            not_found("record_get", store.record_get(&scope, one, &at).map(drop));
        }
        not_found("record_history", store.record_history(&scope, one, None).map(drop));
        not_found("dataset_get", store.dataset_get(&scope, one).map(drop));
        not_found("duplicate_merge", store.duplicate_merge(&scope, one, two, 1).map(drop));
        not_found("duplicate_dismiss", store.duplicate_dismiss(&scope, one, two, 1));
        not_found("area_apply", store.area_apply(&scope, one, WEST, 1));
        let comment = NewComment { path: None, text: "?".into() };
        not_found("comment_add", store.comment_add(&scope, one, world.object(), &heads, &comment, 1));
        for decision in Decision::ALL {
            let review = NewReview {
                id: world.object(),
                decision,
                heads: heads.clone(),
                note: None,
                comments: Vec::new(),
                waivers: Vec::new(),
                at_ms: 1,
            };
            not_found("review_decide", store.review_decide(&scope, one, &review).map(drop));
        }
    }
}

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
