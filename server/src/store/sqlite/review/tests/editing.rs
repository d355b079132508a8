//! Edits from the office.

use super::world::*;
use crate::accounts::role::Role;
use crate::review::rule::Refusal;
use crate::store::records::{At, OfficeEdit, Records};
use crate::store::{Scope, StoreError};
use doorstep_protocol::ProblemKind;
use doorstep_records::{Heads, Key, RecordId, Value};

const ID: &str = "999999198001010017";

fn edit(
    world: &World,
    scope: &Scope,
    record: RecordId,
    heads: &Heads,
    path: &str,
    value: Value,
) -> Result<Heads, StoreError> {
    let edit = OfficeEdit {
        record,
        heads: heads.clone(),
        puts: vec![(Key::parse(path).unwrap(), value)],
        reason: Some("seen the deed".into()),
        at_ms: world.now(),
    };
    world.store.record_edit(scope, &edit, &world.entropy)
}

#[test]
fn choosing_between_different_answers_keeps_the_losers_in_history() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    let base = world.submit(1, record);
    world.edit_at(1, record, &base, &[("land", Value::Int(3))]);
    world.edit_at(2, record, &base, &[("land", Value::Int(5))]);
    let heads = world.submit(1, record);
    world.view(record);
    assert!(matches!(world.refusal(record, &heads), Refusal::DifferentAnswers { .. }));

    let settled = edit(&world, &supervisor(), record, &heads, "land", Value::Int(5)).unwrap();
    world.settle();
    assert!(world.flags(record).is_empty());
    let view = world.store.record_get(&supervisor(), record, &At::ToReview).unwrap();
    assert_eq!(view.heads, settled, "what the office settled is part of what is to be reviewed");
    let chosen = &view.answers["land"].candidates[0];
    assert_eq!(chosen.by.as_ref().map(|by| (by.name.as_str(), by.device)), Some(("li", None)));
    let key = Key::parse("land").unwrap();
    let history = world.store.record_history(&supervisor(), record, Some(&key)).unwrap();
    let told: Vec<_> = history.iter().map(|line| (line.value.clone(), line.superseded)).collect();
    assert_eq!(told.len(), 3);
    assert!(told.contains(&(3.into(), true)) && told.contains(&(5.into(), true)));
    assert_eq!(history.last().unwrap().reason.as_deref(), Some("seen the deed"));
    world.approve(record);
    assert_eq!(world.rows(HOUSEHOLD)[0].answers().unwrap()["land"], 5);
    let before = world.dump();
    world.rebuild();
    assert_eq!(world.dump(), before);
}

#[test]
fn an_edit_on_an_older_state_stands_beside_what_arrived_since() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    let seen = world.submit(1, record);
    world.edit(1, record, &[("land", Value::Int(3))]);
    edit(&world, &supervisor(), record, &seen, "land", Value::Int(5)).unwrap();
    world.settle();
    assert_eq!(world.flags(record), ["conflict different_answers land"]);
    edit(&world, &supervisor(), record, &seen, "phone", text("1")).unwrap();
    world.settle();
    assert_eq!(world.view(record).answers["phone"].value, "1", "and the same editor may go on");
}

#[test]
fn what_the_office_may_not_write() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    let heads = world.submit(1, record);
    let kind = |scope: &Scope, heads: &Heads, path: &str| {
        edit(&world, scope, record, heads, path, text("x")).unwrap_err().kind()
    };
    assert_eq!(kind(&supervisor(), &heads, "_subject"), ProblemKind::Invalid);
    assert_eq!(kind(&supervisor(), &Heads::empty(), "phone"), ProblemKind::NotSeen);
    assert_eq!(kind(&scope(9, Role::Supervisor, &["01/0102/"]), &heads, "phone"), ProblemKind::NotFound);
    assert_eq!(kind(&scope(9, Role::Enumerator, &["01/"]), &heads, "phone"), ProblemKind::NotAllowed);
    edit(&world, &supervisor(), record, &heads, "phone", text("x")).unwrap();
    let now = world.view(record).heads;
    assert_eq!(kind(&supervisor(), &now, "phone"), ProblemKind::Invalid, "it stands already");
}
