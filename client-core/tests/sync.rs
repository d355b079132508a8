//! Sync, case by case: one request when nothing is new, pages whole or not at all, poison, scope, merges, send-backs,
//! revocation, updates, enrolment, damaged files.

#![allow(clippy::unwrap_used)]

mod support;

use doorstep_client_core::sync::{Blocked, Effect, Event, SyncFailure, Write, route};
use doorstep_client_core::{Device, DeviceError};
use doorstep_protocol::pull::{Area, ListRow, PageItem};
use doorstep_protocol::push::{EnvelopeResult, ItemVerdict, PushResponse};
use doorstep_protocol::{ObjectId, SignedEnvelope};
use doorstep_records::{Heads, RecordId};
use serde_bytes::ByteBuf;
use serde_json::json;
use support::server::{Faults, object};
use support::world::{World, answer, begin, shown};
use support::{Phone, START_MS};

#[test]
fn two_devices_show_the_same_bytes_and_the_same_conflict() {
    let world = World::new(1);
    let (mut li, mut ma) = (world.phone("li", 1), world.phone("ma", 2));
    let id = begin(li.open());
    answer(li.open(), id, "name", json!("王"));
    world.sync(&mut li);
    world.sync(&mut ma);
    answer(li.open(), id, "dry", json!(3));
    answer(ma.open(), id, "dry", json!(5));
    answer(li.open(), id, "wet", json!(1));
    answer(ma.open(), id, "poor", json!(true));
    let before = shown(&mut li, id);
    assert!(
        before.contains("\"by\":\"li\""),
        "own changes name their author before the server has: {before}"
    );
    world.sync(&mut li);
    world.sync(&mut ma);
    world.sync(&mut li);
    assert_eq!(shown(&mut li, id), shown(&mut ma, id));
    let conflicts = ma.open().conflicts().unwrap();
    assert_eq!(conflicts.len(), 1);
    let candidates = &conflicts[0].1[0].candidates;
    let said: Vec<_> = candidates.iter().map(|c| (c.by.as_str(), c.value.clone())).collect();
    assert_eq!(said, [("li", json!(3)), ("ma", json!(5))]);
    ma.open().session(id).unwrap().resolve("dry", &json!(5), Some("看过地契")).unwrap();
    world.sync(&mut ma);
    world.sync(&mut li);
    assert!(li.open().conflicts().unwrap().is_empty());
    assert_eq!(shown(&mut li, id), shown(&mut ma, id));
    assert!(world.server.quarantined().is_empty());
}

#[test]
fn nothing_new_is_exactly_one_request() {
    let world = World::new(2);
    let mut li = world.phone("li", 1);
    let id = begin(li.open());
    answer(li.open(), id, "name", json!("王"));
    world.sync(&mut li);
    world.sync(&mut li);
    li.crash();
    world.server.take_routes();
    let report = li.open().sync(&world.server).unwrap();
    assert_eq!(world.server.take_routes(), [route::PULL]);
    assert_eq!((report.requests, report.page_items), (1, 0));
    assert!(report.bytes_up < 200, "{}", report.bytes_up);
}

#[test]
fn an_ended_session_is_begun_anew_within_the_same_sync() {
    let world = World::new(3);
    let mut li = world.phone("li", 1);
    let id = begin(li.open());
    world.server.forget_sessions();
    world.server.take_routes();
    world.sync(&mut li);
    let expected = [route::PUSH, route::CHALLENGE, route::HELLO, route::PUSH, route::PULL];
    assert_eq!(world.server.take_routes(), expected);
    assert_eq!(li.open().row(id).unwrap().unsent, 0);
    world.clock.advance(3_600_000);
    world.server.take_routes();
    world.sync(&mut li);
    assert_eq!(
        world.server.take_routes(),
        [route::CHALLENGE, route::HELLO, route::PULL],
        "an old token is not tried"
    );
}

#[test]
fn backed_up_envelopes_are_forgotten_and_acked_ones_kept() {
    let world = World::new(7);
    let mut li = world.phone("li", 1);
    let count = |phone: &mut Phone| -> i64 {
        phone.crash();
        let raw = rusqlite::Connection::open(&phone.path).unwrap();
        raw.query_row("SELECT count(*) FROM envelope", [], |row| row.get(0)).unwrap()
    };
    let id = begin(li.open());
    world.sync(&mut li);
    assert_eq!(count(&mut li), 1, "acked, kept");
    world.server.back_up();
    answer(li.open(), id, "dry", json!(1));
    world.sync(&mut li);
    assert_eq!(count(&mut li), 1, "the first is in the backup, the second is not");
}

#[test]
fn a_page_and_its_cursor_are_kept_together_or_not_at_all() {
    let world = World::new(8);
    let mut li = world.phone("li", 1);
    let area = |code: &str| PageItem::Area {
        area: Area {
            code: code.into(),
            parent: Some("t".into()),
            level: "village".into(),
            name_zh: code.into(),
            name_en: code.into(),
            ended: false,
        },
    };
    world.server.tell(area("v8"));
    world.server.tell(area("v9"));
    li.crash();
    let raw = rusqlite::Connection::open(&li.path).unwrap();
    raw.execute_batch("CREATE TRIGGER full BEFORE INSERT ON area WHEN NEW.code = 'v9' BEGIN SELECT RAISE(ABORT, 'full'); END").unwrap();
    let cursor = |raw: &rusqlite::Connection| -> Vec<u8> {
        raw.query_row("SELECT value FROM meta WHERE name = 'cursor'", [], |row| row.get(0)).unwrap()
    };
    let before = cursor(&raw);
    drop(raw);
    assert!(matches!(li.open().sync(&world.server), Err(DeviceError::Store(_))));
    assert!(li.open().areas().unwrap().iter().all(|area| area.code != "v8"), "half a page was kept");
    li.crash();
    let raw = rusqlite::Connection::open(&li.path).unwrap();
    assert_eq!(cursor(&raw), before);
    raw.execute_batch("DROP TRIGGER full").unwrap();
    drop(raw);
    world.sync(&mut li);
    let codes: Vec<_> = li.open().areas().unwrap().into_iter().map(|area| area.code).collect();
    assert!(codes.contains(&"v8".to_owned()) && codes.contains(&"v9".to_owned()));
}

fn row() -> ListRow {
    ListRow {
        form: "visit".into(),
        form_version: 1,
        area: "v1".into(),
        subject: None,
        label: "李".into(),
        state: "submitted".into(),
        search: String::new(),
        test: false,
        unread: false,
    }
}

#[test]
fn poison_in_a_page_stands_in_nobodys_way() {
    let world = World::new(9);
    let (mut li, mut ma) = (world.phone("li", 1), world.phone("ma", 2));
    let id = begin(li.open());
    answer(li.open(), id, "dry", json!(1));
    world.sync(&mut li);
    let poison = |bytes: &[u8]| PageItem::Changes {
        record: id,
        row: None,
        changes: vec![ByteBuf::from(bytes.to_vec())],
    };
    world.server.tell(poison(b"no change at all"));
    world.server.tell(poison(&[0x85, 0x6f, 0x4a, 0x83, 1, 2, 3, 4, 1, 200]));
    answer(li.open(), id, "wet", json!(2));
    world.sync(&mut li);
    let torn = RecordId::from_parts(7, [7; 10]);
    let document = ByteBuf::from(b"no document".to_vec());
    world.server.tell(PageItem::Snapshot { record: torn, row: row(), heads: Heads::empty(), document });
    world.sync(&mut ma);
    let show = ma.open().show(id).unwrap();
    assert_eq!((show.answers["dry"].value.clone(), show.answers["wet"].value.clone()), (json!(1), json!(2)));
    assert!(ma.open().show(torn).unwrap().answers.is_empty());
    ma.crash();
    let raw = rusqlite::Connection::open(&ma.path).unwrap();
    let kept: i64 = raw.query_row("SELECT count(*) FROM set_aside", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 3, "set aside, not thrown away");
    drop(raw);
    // It still takes part.
    answer(ma.open(), id, "poor", json!(true));
    world.sync(&mut ma);
    world.sync(&mut li);
    assert_eq!(shown(&mut ma, id), shown(&mut li, id));
}

#[test]
fn what_leaves_the_scope_goes_but_not_before_unsent_work_is_told() {
    let world = World::new(10);
    let mut li = world.phone("li", 1);
    let (kept, gone) = (begin(li.open()), begin(li.open()));
    world.sync(&mut li);
    let device = li.open().id().unwrap().unwrap();
    world.server.tell_one(device, PageItem::Left { record: gone });
    world.server.tell_one(device, PageItem::Left { record: kept });
    // Pull first, then write: the page with `left` must find unsent work.
    answer(li.open(), kept, "dry", json!(3));
    world.server.set_faults(Faults { lost_before: 100, ..Faults::default() });
    assert!(li.open().sync(&world.server).is_err());
    world.server.set_faults(Faults::default());
    let engine_sync = |phone: &mut Phone| world.sync(phone);
    engine_sync(&mut li);
    assert!(matches!(li.open().row(gone), Err(DeviceError::UnknownRecord(_))));
    assert_eq!(world.server.values_ever(kept, "dry"), [json!(3)]);
    assert!(matches!(li.open().row(kept), Err(DeviceError::UnknownRecord(_))), "told, then gone");
}

#[test]
fn a_record_out_of_scope_with_unsent_work_stays_until_it_is_told() {
    let world = World::new(11);
    let mut li = world.phone("li", 1);
    let id = begin(li.open());
    world.sync(&mut li);
    answer(li.open(), id, "dry", json!(3));
    // The page arrives while the work is still here.
    let device = li.open();
    let mut engine = device.engine().unwrap();
    let start = device.begin_sync().unwrap();
    assert!(matches!(device.advance(&mut engine, start).unwrap(), Effect::ReadOutbox { .. }));
    let page = doorstep_protocol::pull::Page {
        cursor: ByteBuf::from(vec![1, 0, 0, 0, 0, 0, 0, 0, 0]),
        more: false,
        epoch: doorstep_protocol::Epoch::from_bytes([1; 16]),
        items: vec![PageItem::Left { record: id }],
    };
    device.perform(&Effect::Store(Write::Page(Box::new(page)))).unwrap();
    assert_eq!(device.list().unwrap().len(), 1, "listed while it holds unsent work");
    answer(device, id, "wet", json!(4));
    world.sync(&mut li);
    assert_eq!(world.server.values_ever(id, "wet"), [json!(4)]);
}

#[test]
fn what_the_server_sets_aside_is_counted_as_needing_a_look() {
    let world = World::new(18);
    let mut li = world.phone("li", 1);
    let id = begin(li.open());
    answer(li.open(), id, "dry", json!(3));
    let device = li.open();
    let Event::Outbox(envelopes) = device.perform(&Effect::ReadOutbox { max_bytes: 1 << 20 }).unwrap() else {
        panic!("an outbox was asked for");
    };
    let aside = ItemVerdict::Quarantined { reason: "outside_area".to_owned() };
    let items = |signed: &SignedEnvelope| signed.peek().unwrap().items.len();
    let results: Vec<EnvelopeResult> = envelopes
        .iter()
        .map(|(id, signed)| EnvelopeResult::Recorded { id: *id, items: vec![aside.clone(); items(signed)] })
        .collect();
    let told: usize = envelopes.iter().map(|(_, signed)| items(signed)).sum();
    let response = PushResponse { results, watermark: 1, backed_up: 0 };
    let sent = envelopes.iter().map(|(id, _)| *id).collect();
    device.perform(&Effect::Store(Write::Pushed { sent, response })).unwrap();
    let row = device.row(id).unwrap();
    assert_eq!((row.unsent, row.needs_checking as usize), (0, told));
    assert!(told > 1, "the beginning and the answer");
}

#[test]
fn after_a_merge_of_duplicates_edits_go_to_the_one_that_stands() {
    let world = World::new(12);
    let mut li = world.phone("li", 1);
    let (a, b) = (begin(li.open()), begin(li.open()));
    answer(li.open(), a, "dry", json!(1));
    world.sync(&mut li);
    answer(li.open(), a, "wet", json!(9));
    world.server.tell(PageItem::Alias { record: a, canonical: Some(b) });
    world.sync(&mut li);
    assert_eq!(world.server.values_ever(a, "wet"), [json!(9)], "work on the other name stays valid");
    answer(li.open(), a, "dry", json!(2));
    assert_eq!(li.open().show(a).unwrap().id, b);
    world.sync(&mut li);
    assert_eq!(world.server.values_ever(b, "dry"), [json!(2)]);
    world.server.tell(PageItem::Alias { record: a, canonical: None });
    world.sync(&mut li);
    assert_eq!(li.open().show(a).unwrap().id, a);
}

#[test]
fn a_send_back_shows_its_comments_on_the_questions() {
    let world = World::new(13);
    let mut li = world.phone("li", 1);
    let id = begin(li.open());
    answer(li.open(), id, "name", json!("王"));
    world.sync(&mut li);
    let heads = li.open().show(id).unwrap().heads;
    let comment = |path: Option<&str>, text: &str, n: u8| PageItem::Comment {
        id: object(n),
        record: id,
        heads: heads.clone(),
        path: path.map(Into::into),
        by: "chief".into(),
        text: text.into(),
        at_ms: START_MS,
    };
    let review = PageItem::Review {
        id: ObjectId::from_bytes([9; 16]),
        record: id,
        heads: heads.clone(),
        decision: "sent_back".into(),
        by: "chief".into(),
        at_ms: START_MS,
        note: Some("请补充".into()),
    };
    let sent_back = PageItem::Row { record: id, row: ListRow { state: "sent_back".into(), ..row() } };
    for item in [review, comment(Some("name"), "姓名有误", 1), comment(None, "请尽快", 2), sent_back] {
        world.server.tell(item.clone());
        world.server.tell(item);
    }
    world.sync(&mut li);
    assert_eq!(li.open().row(id).unwrap().state, "sent_back");
    let view = li.open().session(id).unwrap().view("zh").unwrap();
    let notes: Vec<_> = view.comments.iter().map(|remark| remark.text.as_str()).collect();
    assert_eq!(notes, ["请补充", "请尽快"], "once each, however often they are told");
    assert!(serde_json::to_string(&view).unwrap().contains("姓名有误"));
    assert_eq!(li.open().reviews(id).unwrap().len(), 1);
}

#[test]
fn a_line_that_the_server_has_not_read_keeps_the_name_it_has_here() {
    let world = World::new(19);
    let mut li = world.phone("li", 1);
    let id = begin(li.open());
    answer(li.open(), id, "name", json!("王"));
    let known = li.open().row(id).unwrap().label;
    assert!(!known.is_empty());
    for (unread, label) in [(true, known.as_str()), (false, "")] {
        let row = ListRow { label: String::new(), unread, ..row() };
        world.server.tell(PageItem::Row { record: id, row });
        world.sync(&mut li);
        assert_eq!((li.open().row(id).unwrap().label.as_str(), unread), (label, unread));
    }
}

#[test]
fn a_revoked_device_delivers_keeps_its_work_and_says_so() {
    let world = World::new(14);
    let mut li = world.phone("li", 1);
    let id = begin(li.open());
    answer(li.open(), id, "dry", json!(1));
    let device = li.open().id().unwrap().unwrap();
    world.server.revoke(device);
    match li.open().sync(&world.server) {
        Err(DeviceError::Sync(SyncFailure::Blocked(Blocked::Revoked))) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(li.open().standing().unwrap().blocked, Some(Blocked::Revoked));
    assert_eq!(world.server.values_ever(id, "dry"), [json!(1)], "signed work was delivered");
    assert_eq!(li.open().show(id).unwrap().answers["dry"].value, json!(1));
}

#[test]
fn an_update_is_demanded_clearly_and_the_next_sync_goes_on() {
    let world = World::new(15);
    let mut li = world.phone("li", 1);
    let id = begin(li.open());
    world.server.demand_update(true);
    match li.open().sync(&world.server) {
        Err(DeviceError::Sync(SyncFailure::Blocked(Blocked::Update))) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(li.open().standing().unwrap().blocked, Some(Blocked::Update));
    world.server.demand_update(false);
    world.sync(&mut li);
    assert_eq!(li.open().standing().unwrap().blocked, None);
    assert_eq!(li.open().row(id).unwrap().unsent, 0);
}

#[test]
fn enrolment_survives_a_lost_answer_and_refuses_a_used_code() {
    let world = World::new(16);
    let mut phone = Phone::new(world.folder.path(), "new.sqlite", &world.clock, &world.forms, 5);
    assert!(matches!(phone.open().sync(&world.server), Err(DeviceError::NotEnrolled)));
    assert!(matches!(
        phone.open().enrol(&world.server, "u", "used", "n"),
        Err(DeviceError::Sync(SyncFailure::Problem(_)))
    ));
    world.server.set_faults(Faults { lost_after: 100, ..Faults::default() });
    assert!(phone.open().enrol(&world.server, "u", "li", "n").is_err());
    let key = phone.open().id().unwrap();
    phone.crash();
    world.server.set_faults(Faults::default());
    phone.open().enrol(&world.server, "u", "li", "n").unwrap();
    assert_eq!(phone.open().id().unwrap(), key, "the same key asks again");
    assert!(matches!(
        phone.open().enrol(&world.server, "u", "li", "n"),
        Err(DeviceError::AlreadyEnrolled { .. })
    ));
}

#[test]
fn a_store_belongs_to_one_program_and_a_damaged_one_is_set_aside() {
    let world = World::new(17);
    let mut li = world.phone("li", 1);
    let other = rusqlite::Connection::open(&li.path).unwrap();
    other.busy_timeout(std::time::Duration::ZERO).unwrap();
    let read = other.query_row("SELECT count(*) FROM meta", [], |row| row.get::<_, i64>(0));
    assert_eq!(read.unwrap_err().sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy));
    drop(other);
    li.crash();
    std::fs::write(&li.path, b"this was a database once, before the phone fell into the river").unwrap();
    let around = doorstep_client_core::driver::surroundings();
    match Device::open(&li.path, around) {
        Err(DeviceError::Store(doorstep_client_core::store::StoreError::Damaged { set_aside, .. })) => {
            assert!(std::fs::read(&set_aside).unwrap().starts_with(b"this was a database"));
        }
        other => panic!("{other:?}"),
    }
    assert!(
        Device::open(&li.path, doorstep_client_core::driver::surroundings()).is_ok(),
        "a new store is begun"
    );
}
