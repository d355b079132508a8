//! What is kept and not applied: who is told of it, and what becomes of it when its cause is gone.

use doorstep_protocol::push::ItemVerdict;
use doorstep_protocol::{Item, ProblemKind};
use doorstep_records::RecordId;
use serde_bytes::ByteBuf;
use serde_json::json;

use crate::accounts::role::Role;
use crate::quarantine::{AsideFilter, AsideItem, ITEMS_MAX, Retried, WAITING};
use crate::review::state::RecordState;
use crate::store::accounts::Accounts;
use crate::store::conformance::world::operator;
use crate::store::conformance::{EAST, PAGE, Phone, Subject, WEST, World, quarantined};
use crate::store::operations::Operations;
use crate::store::quarantine::Quarantine;
use crate::store::{Scope, StoreError};

/// `li` works in the east, and began a household in the west.
fn stray<S: Subject>() -> (World<S>, Phone, RecordId) {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    world.user("chen", Role::Supervisor, &[EAST]);
    world.user("zhou", Role::Supervisor, &[WEST]);
    let mut phone = world.phone("li");
    let (record, mut items) = phone.begin(&world, WEST, &[("name", "测试甲")]);
    items.push(phone.submit(&world, record));
    let envelope = phone.seal(&world, items);
    assert_eq!(world.push(&phone, &envelope), vec![quarantined("outside_area"); 3]);
    (world, phone, record)
}

fn listed<S: Subject>(world: &World<S>, scope: &Scope, filter: &AsideFilter) -> Vec<AsideItem> {
    world.store().quarantine_list(scope, filter, ITEMS_MAX).unwrap()
}

fn retry<S: Subject>(world: &World<S>, scope: &Scope, record: RecordId) -> Result<Vec<Retried>, StoreError> {
    let retried = world.store().quarantine_retry(scope, &[record], world.now());
    world.settle();
    retried
}

fn taken(record: RecordId, accepted: u32) -> Vec<Retried> {
    vec![Retried { record, accepted, waiting: 0, quarantined: Vec::new() }]
}

/// Replaying the log leads to the same lists.
fn stands<S: Subject>(world: &World<S>) {
    let before = listed(world, &operator(), &AsideFilter::default());
    world.store().rebuild().unwrap();
    world.settle();
    assert_eq!(listed(world, &operator(), &AsideFilter::default()), before);
}

pub(crate) fn what_was_set_aside_is_listed_to_whom_it_concerns<S: Subject>() {
    let (world, mut phone, record) = stray::<S>();
    let all = AsideFilter::default();
    let items = listed(&world, &world.scope("zhou"), &all);
    let told: Vec<(&str, &str, &str)> =
        items.iter().map(|item| (item.kind.as_str(), item.reason.as_str(), item.by.as_str())).collect();
    let outside = |kind| (kind, "outside_area", "li");
    assert_eq!(told, ["create", "change", "submission"].map(outside));
    assert!(items.iter().all(|item| (item.record, item.area.as_deref()) == (record, Some(WEST))));
    assert!(items[1].says.contains(&("name".to_owned(), json!("测试甲"))), "{:?}", items[1].says);
    assert_eq!(listed(&world, &operator(), &all), items);
    // A village they do not work in has no strays.
    assert_eq!(listed(&world, &world.scope("chen"), &all), []);
    assert_eq!(retry(&world, &world.scope("chen"), record).unwrap_err().kind(), ProblemKind::NotFound);
    let refused = world.store().quarantine_list(&world.scope("li"), &all, 9).unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::NotAllowed);
    // What waits for a beginning that nobody has seen can be placed by nobody.
    let (early, items) = phone.begin(&world, EAST, &[("name", "测试乙")]);
    let change = phone.seal(&world, items[1..].to_vec());
    world.push(&phone, &change);
    let waiting = AsideFilter { reason: Some(WAITING.to_owned()), record: None };
    assert_eq!(listed(&world, &world.scope("chen"), &waiting), []);
    let items = listed(&world, &operator(), &waiting);
    assert_eq!(items.iter().map(|item| item.record).collect::<Vec<_>>(), [early]);
    assert_eq!(retry(&world, &operator(), early).unwrap_err().kind(), ProblemKind::NotFound, "it waits");
    let of_record = AsideFilter { record: Some(record), reason: None };
    assert_eq!(listed(&world, &operator(), &of_record).len(), 3);
    stands(&world);
}

pub(crate) fn what_was_set_aside_is_taken_once_its_cause_is_gone<S: Subject>() {
    let (world, mut phone, record) = stray::<S>();
    let zhou = world.scope("zhou");
    let before = listed(&world, &zhou, &AsideFilter::default());
    let still = retry(&world, &zhou, record).unwrap();
    assert_eq!(still[0].quarantined, ["outside_area"; 3], "the cause stands");
    assert_eq!(listed(&world, &zhou, &AsideFilter::default()), before);

    let areas = [EAST.to_owned(), WEST.to_owned()];
    world.store().user_grant(&operator(), "li", Role::Enumerator, &areas, world.now()).unwrap();
    assert_eq!(retry(&world, &zhou, record).unwrap(), taken(record, 3));
    assert_eq!(listed(&world, &zhou, &AsideFilter::default()), []);
    let view = world.view(record);
    assert_eq!((view.line.state, view.heads), (RecordState::Submitted, phone.heads(record)));
    assert_eq!(view.submissions[0].by, "li");
    // The phone asks again and hears it; another one that works there gets the record.
    phone.edit(&world, record, &[("land", 3_i64)]);
    world.user("wang", Role::Enumerator, &[WEST]);
    let mut reader = world.phone("wang");
    world.pull(&mut reader, PAGE);
    assert_eq!((reader.answers(record), reader.state(record)), (phone.answers(record), "submitted"));
    assert_eq!(retry(&world, &zhou, record).unwrap_err().kind(), ProblemKind::NotFound);
    stands(&world);
}

pub(crate) fn what_a_revoked_phone_had_signed_is_taken_by_a_persons_decision<S: Subject>() {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    world.user("chen", Role::Supervisor, &[EAST]);
    let mut phone = world.phone("li");
    let known = phone.household(&world, EAST, "测试甲");
    let late = phone.write(&world, known, &[("land", 4_i64)]);
    let (begun, items) = phone.begin(&world, EAST, &[("name", "测试乙")]);
    let envelope = phone.seal(&world, [vec![late], items].concat());
    world.store().device_revoke(&operator(), phone.id(), world.now()).unwrap();
    assert_eq!(world.push(&phone, &envelope), vec![quarantined("device_revoked"); 3]);
    world.settle();
    let chen = world.scope("chen");
    assert_eq!(listed(&world, &chen, &AsideFilter::default()).len(), 3);
    assert_eq!(retry(&world, &chen, known).unwrap(), taken(known, 1));
    assert_eq!(retry(&world, &chen, begun).unwrap(), taken(begun, 2));
    assert_eq!(world.view(known).answers["land"].value, json!(4));
    assert_eq!(world.view(begun).answers["name"].value, json!("测试乙"));
    stands(&world);
}

pub(crate) fn what_is_wrong_in_itself_stays_set_aside<S: Subject>() {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let mut phone = world.phone("li");
    let record = phone.household(&world, EAST, "测试甲");
    let Item::Change { change, .. } = phone.write(&world, record, &[("land", 4_i64)]) else { panic!() };
    let mut bytes = change.to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 0x55;
    let noise = phone.seal(&world, vec![Item::Change { record, change: ByteBuf::from(bytes) }]);
    let verdict = world.push(&phone, &noise);
    world.settle();
    let heads = world.view(record).heads;
    let retried = retry(&world, &operator(), record).unwrap();
    assert_eq!((retried[0].accepted, retried[0].quarantined.len()), (0, 1));
    let ItemVerdict::Quarantined { reason } = &verdict[0] else { panic!("{verdict:?}") };
    assert_eq!(&retried[0].quarantined[0], reason);
    let items = listed(&world, &operator(), &AsideFilter::default());
    assert_eq!((items.len(), items[0].says.len()), (1, 0), "it cannot be read");
    assert_eq!(world.view(record).heads, heads);
    stands(&world);
}
