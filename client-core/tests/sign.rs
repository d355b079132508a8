//! Signing: a signature names the heads; a later change of an answer is told; two at once are two candidates.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;

use doorstep_client_core::device::FormCache;
use doorstep_client_core::session::Signer;
use doorstep_client_core::{Device, DeviceError};
use doorstep_forms::{FormPackage, SignatureState};
use doorstep_records::RecordId;
use serde_json::json;
use support::server::TestServer;
use support::{Phone, START_MS, TestClock};

fn plan_form() -> FormPackage {
    let schema = json!({
        "title": "帮扶计划", "type": "object", "additionalProperties": false,
        "properties": {
            "name": {"title": "户主姓名", "type": "string"},
            "measures": {"title": "措施", "type": "object", "x-roster": {"order": "_order"}, "additionalProperties": {
                "type": "object", "additionalProperties": false, "properties": {"what": {"title": "内容", "type": "string"}}}},
            "booklets": {"title": "宣传册", "type": "object", "x-quantity": {"unit": "copies"}},
            "needs": {"title": "需求", "type": "array", "items": {"oneOf": [
                {"const": "infrastructure", "title": "基础设施"}, {"const": "jobs", "title": "就业"}]}},
            "sign_head": {"title": "户主签名", "type": "object", "x-signature": true},
            "sign_cadre": {"title": "干部签名", "type": "object", "x-signature": {"covers": ["measures"], "again": true}}
        }
    });
    let form = json!({"id": "plan", "version": 1, "kind": "register", "entity": "household",
        "title": {"zh": "计划"}, "locales": ["zh"], "label": "doc.name"});
    FormPackage::from_files(BTreeMap::from([
        ("form.json".to_owned(), form.to_string().into_bytes()),
        ("schema.json".to_owned(), schema.to_string().into_bytes()),
    ]))
    .unwrap()
}

struct Fixture {
    folder: tempfile::TempDir,
    server: TestServer,
}

impl Fixture {
    fn new() -> Fixture {
        let server = TestServer::new(1, &[&plan_form()]);
        Fixture { folder: tempfile::tempdir().unwrap(), server }
    }

    fn phone(&self, user: &str, seed: u64) -> Phone {
        let name = format!("{user}.sqlite");
        let mut phone =
            Phone::new(self.folder.path(), &name, &TestClock::at(START_MS), &FormCache::default(), seed);
        phone.open().enrol(&self.server, "http://127.0.0.1:1", user, "phone").unwrap();
        phone.open().sync(&self.server).unwrap();
        phone
    }
}

fn sign(device: &mut Device, id: RecordId, path: &str, by: &str) {
    let signer = Signer { by: by.into(), role: Some("户主".into()) };
    device.session(id).unwrap().sign(path, &signer).unwrap();
}

fn state(device: &mut Device, id: RecordId, path: &str) -> SignatureState {
    let states = device.session(id).unwrap().signatures();
    states.into_iter().find(|state| state.path == path).unwrap()
}

#[test]
fn a_later_change_is_told_and_covers_limits_what_counts() {
    let fixture = Fixture::new();
    let mut li = fixture.phone("li", 1);
    let device = li.open();
    let id = device.new_record("plan", Some("v1"), None).unwrap();
    device.session(id).unwrap().answer("name", &json!("王")).unwrap();
    let row = device.session(id).unwrap().add_row("measures").unwrap();
    let before = device.session(id).unwrap().heads();
    sign(device, id, "sign_head", " 王小明 ");
    sign(device, id, "sign_cadre", "李四");
    let head = state(device, id, "sign_head");
    assert_eq!((head.signature.by.as_str(), head.signature.signed_on.as_str()), ("王小明", "2015-12-13"));
    let named: Vec<String> = before.iter().map(ToString::to_string).collect();
    assert_eq!(head.signature.heads, named, "exactly the state before the signature");
    assert!(!head.is_overtaken(), "another signature is no change of an answer");

    device.session(id).unwrap().answer_text("booklets", "70余万份").unwrap();
    let changed: Vec<String> = state(device, id, "sign_head").changed.into_iter().collect();
    assert_eq!(changed, ["booklets"]);
    assert!(!state(device, id, "sign_cadre").is_overtaken(), "it covers the measures alone");
    assert!(device.session(id).unwrap().submit(None, false).unwrap().violations.is_empty());

    let what = format!("measures/{row}/what");
    device.session(id).unwrap().answer(&what, &json!("修路")).unwrap();
    assert_eq!(state(device, id, "sign_cadre").remark("zh"), Some("签名后有改动"));
    let submitted = device.session(id).unwrap().submit(None, false).unwrap();
    let asked: Vec<&str> = submitted.violations.iter().map(|v| v.key.as_str()).collect();
    assert_eq!(asked, ["sign_again"], "a warning, which blocks nothing; sign_head does not ask");
    let shown = device.show(id).unwrap().to_json();
    assert_eq!(shown["signatures"][0]["changed"], json!([what]));

    sign(device, id, "sign_cadre", "李四");
    assert!(!state(device, id, "sign_cadre").is_overtaken());
    assert!(device.session(id).unwrap().submit(None, false).unwrap().violations.is_empty());
}

#[test]
fn what_the_signer_had_not_seen_counts_as_changed_and_two_signers_are_two_candidates() {
    let fixture = Fixture::new();
    let (mut li, mut ma) = (fixture.phone("li", 1), fixture.phone("ma", 2));
    let id = li.open().new_record("plan", Some("v1"), None).unwrap();
    li.open().session(id).unwrap().answer("name", &json!("王")).unwrap();
    li.open().sync(&fixture.server).unwrap();
    ma.open().sync(&fixture.server).unwrap();

    sign(li.open(), id, "sign_head", "王小明");
    ma.open().session(id).unwrap().answer_text("needs", "就业,infrastructure").unwrap();
    ma.open().sync(&fixture.server).unwrap();
    li.open().sync(&fixture.server).unwrap();
    let changed: Vec<String> = state(li.open(), id, "sign_head").changed.into_iter().collect();
    assert_eq!(changed, ["needs"], "the merge brought what was not signed");

    sign(li.open(), id, "sign_head", "王小明");
    sign(ma.open(), id, "sign_head", "王大山");
    ma.open().sync(&fixture.server).unwrap();
    li.open().sync(&fixture.server).unwrap();
    let conflicts = li.open().conflicts_of(id).unwrap();
    assert_eq!(
        (conflicts.len(), conflicts[0].path.as_str(), conflicts[0].candidates.len()),
        (1, "sign_head", 2)
    );
    assert!(li.open().session(id).unwrap().signatures().is_empty(), "neither is put forward");
}

#[test]
fn only_signatures_are_signed_and_foreign_heads_are_told() {
    let fixture = Fixture::new();
    let mut li = fixture.phone("li", 1);
    let device = li.open();
    let id = device.new_record("plan", Some("v1"), None).unwrap();
    let mut session = device.session(id).unwrap();
    for (path, by) in [("name", "王"), ("sign_head", " "), ("nothing", "王")] {
        let signer = Signer { by: by.into(), role: None };
        assert!(matches!(session.sign(path, &signer), Err(DeviceError::Answer { .. })), "{path} {by}");
    }
    assert!(session.parse("sign_head", "王小明").is_err(), "a name alone is no signature");
    let foreign = json!({"by": "王", "signed_on": "2015-12-13", "heads": ["ab".repeat(32)]});
    session.answer_text("sign_head", &foreign.to_string()).unwrap();
    let state = session.signatures().remove(0);
    assert!(state.unknown && state.remark("en") == Some("what was signed cannot be told"));
    session.answer_text("sign_head", r#"{"by":"王","signed_on":"2015-12-13","heads":["xyz"]}"#).unwrap();
    let wrong = session.check(doorstep_forms::Mode::Draft).violations;
    assert_eq!(wrong[0].key, "signature_shape");
}
