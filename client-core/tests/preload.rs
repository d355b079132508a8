//! A record about another: the subject's approved answers are copied when it is begun, and what the form hides stays
//! hidden until it is submitted.

#![allow(clippy::unwrap_used)]

mod support;

use doorstep_client_core::DeviceError;
use doorstep_client_core::device::FormCache;
use doorstep_forms::Mode;
use doorstep_records::RecordId;
use serde_json::json;
use support::server::TestServer;
use support::{Phone, START_MS, TestClock, repository_form};

struct Fixture {
    _folder: tempfile::TempDir,
    server: TestServer,
    phone: Phone,
    household: RecordId,
}

/// A phone with one household of two members.
fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let server =
        TestServer::new(1, &[&repository_form("household_register"), &repository_form("sample_check")]);
    let mut phone = Phone::new(folder.path(), "a.sqlite", &TestClock::at(START_MS), &FormCache::default(), 1);
    let device = phone.open();
    device.enrol(&server, "http://127.0.0.1:1", "li", "phone").unwrap();
    device.sync(&server).unwrap();
    let household = device.new_record("household_register", Some("v1"), None).unwrap();
    let mut session = device.session(household).unwrap();
    for (name, relation) in [("王小明", "head"), ("李花", "spouse")] {
        let row = session.mint_row();
        let answers = [("name", name), ("relation", relation)]
            .map(|(key, value)| (format!("members/{row}/{key}"), json!(value)));
        session.answer_all(&answers).unwrap();
    }
    session.answer_text("address", "一组").unwrap();
    session.answer_text("cause_main", "illness").unwrap();
    device.sync(&server).unwrap();
    Fixture { _folder: folder, server, phone, household }
}

fn approve(fixture: &mut Fixture) {
    let device = fixture.phone.open();
    support::approve::approve(&fixture.server, device, fixture.household, 1, 1);
    device.sync(&fixture.server).unwrap();
}

#[test]
fn approved_answers_are_copied_with_their_heads_and_later_edits_are_not() {
    let mut fixture = fixture();
    approve(&mut fixture);
    let household = fixture.household;
    let device = fixture.phone.open();
    let approved = device.show(household).unwrap().heads;
    device.session(household).unwrap().answer_text("address", "二组").unwrap();
    let check = device.new_record("sample_check", None, Some(household)).unwrap();
    assert_eq!(device.row(check).unwrap().area, "v1", "where the household lies");
    let session = device.session(check).unwrap();
    let answers = session.answers();
    assert_eq!(answers["_pre/address"], json!("一组"));
    assert_eq!(answers["_pre/head_name"], json!("王小明"), "a calculated answer of the subject");
    assert_eq!(answers["_pre/member_count"], json!(2));
    assert_eq!(answers["_pre/_heads"], json!(approved.to_string()));
    assert_eq!(answers["_subject"], json!(household.to_string()));
    assert_eq!(answers["_form"], json!("sample_check"));
    assert_eq!(answers["_date"], json!("2015-12-13"));
    let wrong: Vec<_> = session.check(Mode::Draft).violations;
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn nothing_is_copied_from_a_household_that_nobody_approved() {
    let mut fixture = fixture();
    let household = fixture.household;
    let device = fixture.phone.open();
    let check = device.new_record("sample_check", None, Some(household)).unwrap();
    assert!(device.session(check).unwrap().answers().keys().all(|path| !path.starts_with("_pre/")));
}

#[test]
fn registered_values_show_only_after_the_submission() {
    let mut fixture = fixture();
    approve(&mut fixture);
    let household = fixture.household;
    let device = fixture.phone.open();
    let check = device.new_record("sample_check", None, Some(household)).unwrap();
    let seen = |device: &mut doorstep_client_core::Device| {
        let view = device.session(check).unwrap().view("zh").unwrap();
        let all = serde_json::to_string(&view).unwrap() + &device.show(check).unwrap().to_json().to_string();
        (
            all.contains("\"registered_cause_main\""),
            all.contains("_pre/member_count"),
            all.contains("_pre/address"),
        )
    };
    assert_eq!(seen(device), (false, false, true));
    device.session(check).unwrap().submit(None, true).unwrap();
    assert_eq!(seen(device), (true, true, true));
}

#[test]
fn an_event_needs_its_subject() {
    let mut fixture = fixture();
    let device = fixture.phone.open();
    assert!(matches!(
        device.new_record("sample_check", Some("v1"), None),
        Err(DeviceError::SubjectNeeded(_))
    ));
    let stranger = RecordId::from_parts(1, [1; 10]);
    assert!(matches!(
        device.new_record("sample_check", Some("v1"), Some(stranger)),
        Err(DeviceError::UnknownRecord(_))
    ));
}
