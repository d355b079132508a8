//! Pages: first sync, what is new, drafts, nothing new, cursors.

use std::collections::BTreeMap;

use doorstep_protocol::pull::{PageItem, PullRequest};
use doorstep_protocol::{Item, ObjectId, ProblemKind};
use doorstep_records::RecordId;
use serde_bytes::ByteBuf;

use super::world::{EAST, FORM, Phone, TOWN, World};
use crate::accounts::role::Role;
use crate::log::feed::row_changed;
use crate::log::{By, LogEntry};
use crate::store::sync::SyncStore;

const PAGE: u32 = 48_000;

fn world() -> (World, Phone) {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let phone = world.phone("li");
    (world, phone)
}

fn names(items: &[PageItem]) -> Vec<&'static str> {
    items
        .iter()
        .map(|item| match item {
            PageItem::Snapshot { .. } => "snapshot",
            PageItem::Changes { .. } => "changes",
            PageItem::Row { .. } => "row",
            PageItem::Left { .. } => "left",
            PageItem::Actors { .. } => "actors",
            PageItem::Form { .. } => "form",
            PageItem::Area { .. } => "area",
            PageItem::Review { .. } => "review",
            PageItem::Comment { .. } => "comment",
            PageItem::Alias { .. } => "alias",
            PageItem::Assignment { .. } => "assignment",
        })
        .collect()
}

#[test]
fn a_first_sync_brings_places_forms_authors_and_records_in_that_order() {
    let (world, mut phone) = world();
    let record = phone.household(&world, EAST, "测试甲");
    let mut other = world.phone("li");
    let items = world.pull(&mut other, PAGE);
    assert_eq!(names(&items), ["area", "area", "area", "form", "actors", "snapshot"]);
    assert_eq!(other.answers(record), phone.answers(record));
    let PageItem::Actors { bindings } = &items[4] else { panic!() };
    assert_eq!((bindings[0].actor, bindings[0].device), (phone.actor(record), Some(phone.id())));
    let PageItem::Form { form, version, .. } = &items[3] else { panic!() };
    assert_eq!((form.as_str(), *version), (FORM, 1));
}

#[test]
fn a_first_sync_in_the_smallest_pages_misses_nothing_and_repeats_nothing() {
    let (world, mut phone) = world();
    let records: Vec<_> =
        (0..150).map(|n| phone.household(&world, EAST, &format!("{n} {}", "测".repeat(100)))).collect();
    let mut other = world.phone("li");
    let mut pages = 0;
    let mut snapshots = Vec::new();
    loop {
        let page = world.pull_page(&mut other, 1).unwrap();
        pages += 1;
        snapshots.extend(page.items.iter().filter_map(|item| match item {
            PageItem::Snapshot { record, .. } => Some(*record),
            _ => None,
        }));
        if !page.more {
            break;
        }
    }
    assert!(pages > 3, "{pages} pages");
    snapshots.sort();
    let mut expected = records.clone();
    expected.sort();
    assert_eq!(snapshots, expected);
}

#[test]
fn only_what_is_missing_is_sent_and_joined_by_record() {
    let (world, mut phone) = world();
    let record = phone.household(&world, EAST, "a");
    let mut other = world.phone("li");
    world.pull(&mut other, PAGE);
    for value in ["1", "2", "3"] {
        let edit = phone.write(&world, record, &[("land", value)]);
        let envelope = phone.seal(&world, vec![edit]);
        world.push(&phone, &envelope);
    }
    let items = world.pull(&mut other, PAGE);
    assert_eq!(names(&items), ["changes"], "the author is known already");
    let PageItem::Changes { changes, .. } = &items[0] else { panic!() };
    assert_eq!(changes.len(), 3);
    assert_eq!(other.answers(record), phone.answers(record));
    let edit = other.write(&world, record, &[("name", "b")]);
    let envelope = other.seal(&world, vec![edit]);
    world.push(&other, &envelope);
    let items = world.pull(&mut phone, PAGE);
    assert!(names(&items).contains(&"actors"));
    assert_eq!(other.answers(record), phone.answers(record));
}

#[test]
fn two_phones_that_differ_offline_show_the_same_conflict() {
    let (world, mut phone) = world();
    let record = phone.household(&world, EAST, "a");
    let mut other = world.phone("li");
    world.pull(&mut other, PAGE);
    for (phone, value) in [(&mut phone, "1"), (&mut other, "2")] {
        let edit = phone.write(&world, record, &[("land", value)]);
        let envelope = phone.seal(&world, vec![edit]);
        world.push(phone, &envelope);
    }
    world.pull(&mut phone, PAGE);
    world.pull(&mut other, PAGE);
    assert_eq!(phone.answers(record), other.answers(record));
    assert_eq!(phone.records.get_mut(&record).unwrap().0.conflicts().len(), 1);
}

#[test]
fn drafts_are_seen_by_their_author_and_supervisors_until_they_are_submitted() {
    let (world, mut phone) = world();
    world.user("wang", Role::Enumerator, &[EAST]);
    world.user("zhao", Role::Supervisor, &[TOWN]);
    let (mut own, mut peer, mut chief) = (world.phone("li"), world.phone("wang"), world.phone("zhao"));
    world.pull(&mut peer, PAGE);
    let (record, items) = phone.begin(&world, EAST, &[("name", "a")]);
    let envelope = phone.seal(&world, items);
    world.push(&phone, &envelope);
    for reader in [&mut own, &mut peer, &mut chief] {
        world.pull(reader, PAGE);
    }
    let holds = |phone: &Phone| phone.records.contains_key(&record);
    assert_eq!((holds(&own), holds(&peer), holds(&chief)), (true, false, true));
    let submission = phone.submit(&world, record);
    let envelope = phone.seal(&world, vec![submission]);
    world.push(&phone, &envelope);
    let told = world.pull(&mut peer, PAGE);
    assert_eq!(names(&told), ["actors", "snapshot"]);
    assert_eq!(names(&world.pull(&mut own, PAGE)), ["row"]);
    assert_eq!(peer.records[&record].1, "submitted");
    assert_eq!(own.records[&record].1, "submitted");
}

#[test]
fn lines_of_lists_that_reconciling_changes_reach_the_phone() {
    let (world, mut phone) = world();
    let record = phone.household(&world, EAST, "a");
    let mut other = world.phone("li");
    world.pull(&mut other, PAGE);
    world
        .store()
        .write(|tx| {
            tx.execute("UPDATE record SET label = '测试甲'", [])?;
            row_changed(tx, 1)
        })
        .unwrap();
    let items = world.pull(&mut other, PAGE);
    let [PageItem::Row { record: told, row }] = items.as_slice() else { panic!("{items:?}") };
    assert_eq!((*told, row.label.as_str()), (record, "测试甲"));
    assert!(world.pull(&mut other, PAGE).is_empty());
}

#[test]
fn a_line_says_that_nobody_has_read_it_and_comes_again_when_somebody_has() {
    let (world, mut phone) = world();
    let named = phone.household(&world, EAST, "测试甲");
    let nameless = phone.registered(&world, EAST, &[("phone", "1")]);
    let mut other = world.phone("li");
    let lines = |items: Vec<PageItem>| -> BTreeMap<RecordId, (String, bool)> {
        let line = |item| match item {
            PageItem::Snapshot { record, row, .. } | PageItem::Row { record, row } => {
                Some((record, (row.label, row.unread)))
            }
            _ => None,
        };
        items.into_iter().filter_map(line).collect()
    };
    let unread = (String::new(), true);
    let told = lines(world.pull(&mut other, PAGE));
    assert_eq!(told, BTreeMap::from([(named, unread.clone()), (nameless, unread)]));
    world.settle();
    let told = lines(world.pull(&mut other, PAGE));
    let read = |label: &str| (label.to_owned(), false);
    assert_eq!(told, BTreeMap::from([(named, read("测试甲")), (nameless, read(""))]));
}

#[test]
fn a_line_that_changed_is_told_beside_a_merge() {
    let (world, mut phone) = world();
    let (one, two) = (phone.household(&world, EAST, "a"), phone.household(&world, EAST, "b"));
    let mut other = world.phone("li");
    world.pull(&mut other, PAGE);
    let by = By { user: None, name: "admin".to_owned() };
    world.log(LogEntry::Merged { canonical: one, alias: two, by });
    world
        .store()
        .write(move |tx| {
            tx.execute("UPDATE record SET label = '测试乙' WHERE id = ?1", [two.to_bytes()])?;
            row_changed(tx, 2)
        })
        .unwrap();
    let items = world.pull(&mut other, PAGE);
    let line = |item: &PageItem| matches!(item, PageItem::Row { record, row } if *record == two && row.label == "测试乙");
    let alias = |item: &PageItem| matches!(item, PageItem::Alias { record, canonical } if *record == two && *canonical == Some(one));
    assert!(items.iter().any(line) && items.iter().any(alias), "{items:?}");
}

#[test]
fn comments_reach_those_who_have_the_record_and_those_who_get_it_later() {
    let (world, mut phone) = world();
    let record = phone.household(&world, EAST, "a");
    let mut other = world.phone("li");
    world.pull(&mut other, PAGE);
    let comment = Item::Comment {
        id: ObjectId::mint(1, [4; 10]),
        record,
        heads: phone.heads(record),
        path: Some("name".to_owned()),
        text: "请核实".to_owned(),
        at_ms: 9,
    };
    let envelope = phone.seal(&world, vec![comment]);
    world.push(&phone, &envelope);
    let items = world.pull(&mut other, PAGE);
    assert!(names(&items).contains(&"comment"), "{items:?}");
    let mut late = world.phone("li");
    let items = world.pull(&mut late, PAGE);
    assert!(names(&items).ends_with(&["snapshot", "comment"]), "{items:?}");
}

#[test]
fn a_cursor_that_was_touched_or_belongs_to_another_phone_is_refused() {
    let (world, mut phone) = world();
    world.pull(&mut phone, PAGE);
    let good = phone.cursor.clone().unwrap();
    let other = world.phone("li");
    let pull = |phone: &Phone, cursor: ByteBuf| {
        let request = PullRequest { cursor: Some(cursor), page_bytes: PAGE, doubted: Vec::new() };
        world.store().page_pull(world.session(phone), &request, world.random.bytes(), world.now())
    };
    assert!(pull(&phone, good.clone()).is_ok());
    let mut torn = good.clone();
    torn[40] ^= 1;
    for (phone, cursor) in [(&phone, torn), (&phone, ByteBuf::from(vec![])), (&other, good)] {
        assert_eq!(pull(phone, cursor).unwrap_err().kind(), ProblemKind::BadRequest);
    }
}
