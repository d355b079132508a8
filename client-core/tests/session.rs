//! Filling a form: every answer kept at once, errors in words, cascades, calculated values, rows, submission.
#![allow(clippy::unwrap_used)]

mod support;

use doorstep_client_core::device::FormCache;
use doorstep_client_core::session::{ItemView, QuestionView, View};
use doorstep_client_core::{Device, DeviceError};
use doorstep_records::RecordId;
use serde_json::json;
use support::server::TestServer;
use support::world::World;
use support::{Phone, START_MS, TestClock, visit_form};

struct Fixture {
    _folder: tempfile::TempDir,
    server: TestServer,
    phone: Phone,
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::new(1, &[&visit_form()]);
    let mut phone = Phone::new(folder.path(), "a.sqlite", &TestClock::at(START_MS), &FormCache::default(), 1);
    phone.open().enrol(&server, "http://127.0.0.1:1", "li", "phone").unwrap();
    phone.open().sync(&server).unwrap();
    Fixture { _folder: folder, server, phone }
}

fn begin(device: &mut Device) -> RecordId {
    device.new_record("visit", Some("v1"), None).unwrap()
}

fn question<'a>(view: &'a View, path: &str) -> Option<&'a QuestionView> {
    fn find<'a>(items: &'a [ItemView], path: &str) -> Option<&'a QuestionView> {
        items.iter().find_map(|item| match item {
            ItemView::Question(question) => (question.path == path).then_some(&**question),
            ItemView::Group { items, .. } => find(items, path),
            ItemView::Roster { rows, .. } => rows.iter().find_map(|row| find(&row.items, path)),
        })
    }
    view.pages.iter().find_map(|page| find(&page.items, path))
}

#[test]
fn every_answer_is_on_disk_when_the_call_returns() {
    let mut fixture = fixture();
    let id = begin(fixture.phone.open());
    for (path, value) in [("name", json!("王小明")), ("dry", json!(3)), ("wet", json!(4))] {
        fixture.phone.open().session(id).unwrap().answer(path, &value).unwrap();
        fixture.phone.crash();
        let session = fixture.phone.open().session(id).unwrap();
        assert_eq!(session.answers()[path], value);
    }
    let view = fixture.phone.open().session(id).unwrap().view("zh").unwrap();
    assert_eq!(question(&view, "land").unwrap().value, json!(7));
    assert_eq!(view.label, "王小明");
    let row = fixture.phone.open().row(id).unwrap();
    assert_eq!((row.label.as_str(), row.unsent), ("王小明", 5), "create, first answers, three answers");
}

#[test]
fn a_form_that_was_left_goes_on_as_the_store_has_it() {
    let mut fixture = fixture();
    let id = begin(fixture.phone.open());
    for (path, value) in [("name", json!("王小明")), ("dry", json!(3)), ("dry", json!(4))] {
        let mut session = fixture.phone.open().session(id).unwrap();
        session.answer(path, &value).unwrap();
        session.leave();
    }
    let mut shown = || {
        let mut session = fixture.phone.open().session(id).unwrap();
        let shown = (json!(session.view("zh").unwrap()), session.heads());
        session.leave();
        shown
    };
    let left = shown();
    assert_eq!(left.0["label"], "王小明");
    assert_eq!(shown(), left);
    fixture.phone.crash();
    let mut session = fixture.phone.open().session(id).unwrap();
    assert_eq!((json!(session.view("zh").unwrap()), session.heads()), left);
}

#[test]
fn what_came_while_a_form_was_left_is_in_it() {
    let world = World::new(44);
    let (mut one, mut other) = (world.phone("li", 1), world.phone("li", 2));
    let id = begin(one.open());
    one.open().session(id).unwrap().answer("name", &json!("王小明")).unwrap();
    world.sync(&mut one);
    world.sync(&mut other);
    one.open().session(id).unwrap().leave();
    other.open().session(id).unwrap().answer("dry", &json!(3)).unwrap();
    world.sync(&mut other);
    world.sync(&mut one);
    assert_eq!(one.open().session(id).unwrap().answers()["dry"], json!(3));
}

#[test]
fn relevance_cascades_and_errors_follow_the_answers() {
    let mut fixture = fixture();
    let id = begin(fixture.phone.open());
    let mut session = fixture.phone.open().session(id).unwrap();
    let view = session.view("zh").unwrap();
    assert!(question(&view, "why").is_none(), "irrelevant until the household is poor");
    let codes = |view: &View, path: &str| -> Vec<String> {
        question(view, path).unwrap().choices.iter().map(|choice| choice.code.clone()).collect()
    };
    assert_eq!(codes(&view, "town"), ["t1", "t2"]);
    assert!(codes(&view, "village").is_empty());

    session.answer_text("town", "甲镇").unwrap();
    session.answer_text("poor", "是").unwrap();
    session.answer("dry", &json!(-1)).unwrap();
    let view = session.view("zh").unwrap();
    assert_eq!(codes(&view, "village"), ["v1"]);
    assert!(question(&view, "why").unwrap().required);
    let dry = question(&view, "dry").unwrap();
    assert_eq!(dry.violations[0].key, "minimum");
    assert!(!dry.violations[0].message.is_empty());
    assert_eq!(view.pages[0].state, "invalid");

    session.answer("dry", &json!(200)).unwrap();
    let view = session.view("zh").unwrap();
    assert_eq!(question(&view, "dry").unwrap().violations[0].message, "旱地面积偏大");
    assert_eq!(view.pages[0].state, "incomplete", "a name and a reason are due; a warning is no error");
}

#[test]
fn an_unknown_path_is_refused_with_paths_that_look_alike() {
    let mut fixture = fixture();
    let id = begin(fixture.phone.open());
    let mut session = fixture.phone.open().session(id).unwrap();
    let before = session.heads();
    match session.answer_text("vilage", "v1") {
        Err(DeviceError::Answer { path, suggestions, .. }) => {
            assert_eq!((path.as_str(), suggestions[0].as_str()), ("vilage", "village"));
        }
        other => panic!("{other:?}"),
    }
    for path in ["land", "causes", "members", "members/x/name", "causes/unknown", "_form", "../x"] {
        assert!(session.answer_text(path, "1").is_err(), "{path}");
    }
    assert_eq!(session.heads(), before);
}

#[test]
fn rows_are_begun_kept_in_order_and_closed_not_erased() {
    let mut fixture = fixture();
    let id = begin(fixture.phone.open());
    let mut session = fixture.phone.open().session(id).unwrap();
    let rows: Vec<String> = ["甲", "乙", "丙"]
        .iter()
        .map(|name| {
            let row = session.add_row("members").unwrap();
            session.answer(&format!("members/{row}/name"), &json!(name)).unwrap();
            row.to_string()
        })
        .collect();
    session.close_row(&format!("members/{}", rows[1])).unwrap();
    let view = session.view("zh").unwrap();
    let roster = view.pages[0].items.iter().find_map(|item| match item {
        ItemView::Roster { rows, .. } => Some(rows),
        _ => None,
    });
    let labels: Vec<_> = roster.unwrap().iter().map(|row| row.label.as_str()).collect();
    assert_eq!(labels, ["甲", "丙"]);
    assert_eq!(session.answers()[&format!("members/{}/name", rows[1])], json!("乙"));
}

#[test]
fn a_submission_with_errors_needs_a_word_and_names_exact_heads() {
    let mut fixture = fixture();
    let id = begin(fixture.phone.open());
    let mut session = fixture.phone.open().session(id).unwrap();
    match session.submit(None, false) {
        Err(DeviceError::Incomplete(violations)) => {
            assert!(violations.iter().any(|v| v.path == "name" && v.key == "required"));
        }
        other => panic!("{other:?}"),
    }
    session.answer("name", &json!("王")).unwrap();
    let heads = session.heads();
    assert_eq!(session.submit(Some("已核对"), false).unwrap().heads, heads);
    let row = fixture.phone.open().row(id).unwrap();
    assert!(row.unsent_submission && row.state == "submitted");
    assert!(matches!(fixture.phone.open().discard(id, false), Err(DeviceError::WasSubmitted(_))));
    fixture.phone.open().sync(&fixture.server).unwrap();
    assert_eq!(fixture.server.submissions(), [(id, heads.iter().copied().collect::<Vec<_>>())]);
}

#[test]
fn a_discard_is_taken_back() {
    let mut fixture = fixture();
    let id = begin(fixture.phone.open());
    let device = fixture.phone.open();
    device.discard(id, false).unwrap();
    assert!(device.row(id).unwrap().discarded);
    assert!(matches!(device.session(id).unwrap().submit(None, true), Err(DeviceError::Discarded(_))));
    device.discard(id, true).unwrap();
    assert!(!device.row(id).unwrap().discarded);
}

#[test]
fn the_place_and_the_form_must_be_known() {
    let mut fixture = fixture();
    let device = fixture.phone.open();
    assert!(
        matches!(device.new_record("visit", None, None), Err(DeviceError::AreaNeeded { choices }) if choices.len() == 2)
    );
    assert!(matches!(device.new_record("visit", Some("v9"), None), Err(DeviceError::UnknownArea { .. })));
    assert!(
        matches!(device.new_record("vizit", None, None), Err(DeviceError::UnknownForm { known, .. }) if known == ["visit"])
    );
    let other = begin(device);
    assert!(matches!(
        device.new_record("visit", Some("v1"), Some(other)),
        Err(DeviceError::SubjectNotAllowed(_))
    ));
}
