//! Two registrations of one household.

use doorstep_protocol::pull::PageItem;
use doorstep_protocol::push::ItemVerdict;
use doorstep_protocol::{Item, ProblemKind};
use doorstep_records::RecordId;

use crate::accounts::role::Role;
use crate::duplicates::model::PairState;
use crate::store::conformance::{EAST, PAGE, Phone, Subject, WEST, World, member, quarantined};
use crate::store::dataset::Datasets;
use crate::store::duplicates::Duplicates;
use crate::store::operations::Operations;

/// The same household on the phones of two people, both approved; the older first.
fn twice<S: Subject>() -> (World<S>, [Phone; 2], [RecordId; 2]) {
    let world = World::new();
    let mut phones = ["li", "wang"].map(|name| {
        world.user(name, Role::Enumerator, &[EAST]);
        world.phone(name)
    });
    let ids = [member(1), member(2)];
    let id_nos = ["999999198001010017", "999999 19800101 0017"];
    let mut records = [0, 1].map(|at| {
        let answers = [("name", "测试甲"), (ids[at].as_str(), id_nos[at])];
        phones[at].registered(&world, EAST, &answers)
    });
    records.iter().for_each(|record| world.approve(*record));
    if records[0] > records[1] {
        records.swap(0, 1);
        phones.swap(0, 1);
    }
    (world, phones, records)
}

fn pairs<S: Subject>(world: &World<S>, state: PairState) -> Vec<(RecordId, RecordId)> {
    let pairs = world.store().duplicate_list(&world.supervisor(), state, 10).unwrap();
    pairs.iter().map(|pair| (pair.a, pair.b)).collect()
}

pub(crate) fn merged_households_count_once_and_later_edits_follow<S: Subject>() {
    let (world, [mut one, mut other], [stays, alias]) = twice::<S>();
    let chief = world.supervisor();
    assert_eq!(pairs(&world, PairState::Open), [(stays, alias)]);
    assert_eq!(world.rows(&chief).len(), 2, "nothing is merged by itself");
    let merge = |a, b| world.store().duplicate_merge(&chief, a, b, world.now()).unwrap();
    assert_eq!(merge(alias, stays), stays);
    assert_eq!(world.rows(&chief).len(), 1, "from this moment on");
    world.settle();
    let rows = world.log_rows();
    assert_eq!(merge(stays, alias), stays);
    assert_eq!((world.log_rows(), pairs(&world, PairState::Open).len()), (rows, 0));
    assert_eq!(world.view(alias).line.alias_of, Some(stays));
    assert_eq!(world.view(stays).merged, [alias]);
    let told = |item: &PageItem| matches!(item, PageItem::Alias { record, canonical } if *record == alias && *canonical == Some(stays));
    for phone in [&mut one, &mut other] {
        assert!(world.pull(phone, PAGE).iter().any(told));
    }
    // The phone that still writes under the other name writes about the household.
    other.edit(&world, alias, &[("phone", "139")]);
    other.complete(&world, alias);
    world.approve(alias);
    one.edit(&world, stays, &[("land", 7_i64)]);
    one.complete(&world, stays);
    world.approve(stays);
    let row = world.rows(&chief).remove(0);
    let answers = row.answers().unwrap();
    assert_eq!((row.record, &answers["phone"], &answers["land"]), (stays, &"139".into(), &7.into()));
    assert_eq!(world.store().dataset_digest().unwrap().1, 1);
}

/// Every edit of the time in between stays where it was written, and the past remembers the merge.
pub(crate) fn unmerged_households_stand_as_they_did<S: Subject>() {
    let (world, [mut one, mut other], [stays, alias]) = twice::<S>();
    let chief = world.supervisor();
    let store = world.store();
    let refused = |scope: &crate::store::Scope, record| {
        store.duplicate_unmerge(scope, record, world.now()).unwrap_err().kind()
    };
    assert_eq!(refused(&chief, alias), ProblemKind::WrongState, "nothing to take back");
    let apart = world.now();
    store.duplicate_merge(&chief, stays, alias, world.now()).unwrap();
    world.settle();
    let together = world.now();
    for phone in [&mut one, &mut other] {
        world.pull(phone, PAGE);
    }
    one.edit(&world, stays, &[("land", 7_i64)]);
    other.edit(&world, alias, &[("phone", "139")]);
    for (phone, record) in [(&mut one, stays), (&mut other, alias)] {
        phone.complete(&world, record);
        world.approve(record);
    }
    assert_eq!(world.rows(&chief).len(), 1);
    world.user("peer", Role::Supervisor, &[WEST]);
    let (peer, li) = (world.scope("peer"), world.scope("li"));
    assert_eq!(
        (refused(&peer, alias), refused(&li, alias)),
        (ProblemKind::NotFound, ProblemKind::NotAllowed)
    );
    assert_eq!(
        refused(&chief, stays),
        ProblemKind::WrongState,
        "the one that stands for both is no other's name"
    );
    assert_eq!(store.duplicate_unmerge(&chief, alias, world.now()).unwrap(), stays);
    world.settle();
    let rows = world.rows(&chief);
    let answers = |record| {
        let row = rows.iter().find(|row| row.record == record).unwrap().answers().unwrap();
        (row.get("land").cloned(), row.get("phone").cloned())
    };
    assert_eq!(rows.len(), 2);
    assert_eq!(answers(stays), (Some(7.into()), None), "each edit where it was written");
    assert_eq!(answers(alias), (None, Some("139".into())));
    let then = |at_ms| world.rows(&chief.as_of(Some(at_ms))).len();
    assert_eq!((then(apart), then(together), then(world.now())), (2, 1, 2));
    let told = |item: &PageItem| matches!(item, PageItem::Alias { record, canonical } if *record == alias && canonical.is_none());
    for phone in [&mut one, &mut other] {
        assert!(world.pull(phone, PAGE).iter().any(told));
    }
    assert_eq!(pairs(&world, PairState::Dismissed), [(stays, alias)], "they are not asked again");
    let (digest, log) = (store.dataset_digest().unwrap(), world.log_rows());
    store.rebuild().unwrap();
    world.settle();
    assert_eq!((store.dataset_digest().unwrap(), world.log_rows()), (digest, log));
    assert_eq!(then(together), 1);
}

pub(crate) fn dismissed_pairs_are_not_asked_again<S: Subject>() {
    let (world, [mut one, _], [a, b]) = twice::<S>();
    let dismiss = || world.store().duplicate_dismiss(&world.supervisor(), b, a, world.now()).unwrap();
    dismiss();
    let rows = world.log_rows();
    dismiss();
    assert_eq!(world.log_rows(), rows);
    one.edit(&world, a, &[("land", 7_i64)]);
    world.settle();
    assert!(pairs(&world, PairState::Open).is_empty());
    assert_eq!(pairs(&world, PairState::Dismissed), [(a, b)]);
    assert_eq!(world.rows(&world.supervisor()).len(), 2);
}

/// What another person registered, submitted and had approved would go with somebody's unfinished draft.
pub(crate) fn a_draft_that_stands_for_others_is_not_set_aside<S: Subject>() {
    let world = World::<S>::new();
    let mut phones = ["li", "wang"].map(|name| {
        world.user(name, Role::Enumerator, &[EAST]);
        world.phone(name)
    });
    let chief = world.supervisor();
    let (draft, items) = phones[0].begin(&world, EAST, &[("name", "测试甲")]);
    phones[0].deliver(&world, items);
    let registered = phones[1].household(&world, EAST, "测试甲");
    world.approve(registered);
    assert_eq!(world.store().duplicate_merge(&chief, draft, registered, world.now()).unwrap(), draft);
    world.settle();
    let push = |phone: &mut Phone, undo| {
        let discard = Item::Discard { record: draft, undo, at_ms: world.now() };
        let envelope = phone.seal(&world, vec![discard]);
        world.push(phone, &envelope)
    };
    assert_eq!(push(&mut phones[0], false), [quarantined("stands_for_others")]);
    world.settle();
    assert_eq!(world.rows(&chief).len(), 1);
    world.store().duplicate_unmerge(&chief, registered, world.now()).unwrap();
    assert_eq!(push(&mut phones[0], false), [ItemVerdict::Accepted]);
    assert_eq!(push(&mut phones[0], true), [ItemVerdict::Accepted]);
}
