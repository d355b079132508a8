//! A new version of a form arrives while records are being filled: drafts go on, or stay, and lose nothing.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;

use doorstep_client_core::DeviceError;
use doorstep_client_core::device::{FormCache, VersionStanding};
use doorstep_client_core::session::{ItemView, QuestionView, Signer, View};
use doorstep_forms::FormPackage;
use doorstep_protocol::pull::PageItem;
use doorstep_records::RecordId;
use serde_bytes::ByteBuf;
use serde_json::{Value, json};
use support::approve::approve;
use support::server::TestServer;
use support::{Phone, START_MS, TestClock};

/// A small form: `edit` makes the later versions of it.
fn package(version: u32, lens: Option<Value>, edit: impl Fn(&mut Value)) -> FormPackage {
    let mut schema = json!({
        "title": "小表", "type": "object", "additionalProperties": false, "properties": {
            "name": {"title": "姓名", "type": "string", "maxLength": 20},
            "land": {"title": "耕地", "type": "string", "format": "decimal"},
            "cause": {"title": "原因", "oneOf": [{"const": "illness", "title": "因病"}]},
            "causes": {"title": "其他原因", "type": "object", "x-multi": true, "additionalProperties": false,
                "properties": {"illness": {"title": "因病", "type": "boolean"}}}
        }
    });
    edit(&mut schema);
    let manifest = json!({"id": "small", "version": version, "kind": "register", "entity": "household",
        "title": {"zh": "小表"}, "locales": ["zh"]});
    let mut files = BTreeMap::from([
        ("form.json".to_owned(), manifest.to_string().into_bytes()),
        ("schema.json".to_owned(), schema.to_string().into_bytes()),
    ]);
    if let Some(steps) = lens {
        files.insert(
            format!("lenses/{}.json", version - 1),
            json!({ "steps": steps }).to_string().into_bytes(),
        );
    }
    FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn first() -> FormPackage {
    package(1, None, |_| {})
}

/// `land` becomes `house/land_mu`, by `x-from`.
fn moved(version: u32) -> FormPackage {
    package(version, None, |schema| {
        let mut land = schema["properties"].as_object_mut().unwrap().remove("land").unwrap();
        land["x-from"] = "land".into();
        schema["properties"]["house"] = json!({"title": "住房", "type": "object", "x-group": true,
            "additionalProperties": false, "properties": {"land_mu": land}});
    })
}

struct Fixture {
    _folder: tempfile::TempDir,
    server: TestServer,
    phones: Vec<Phone>,
}

fn fixture(phones: usize) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::new(1, &[&first()]);
    let clock = TestClock::at(START_MS);
    let phone = |n: usize| {
        let mut phone =
            Phone::new(folder.path(), &format!("{n}.sqlite"), &clock, &FormCache::default(), n as u64 + 1);
        phone.open().enrol(&server, "http://127.0.0.1:1", "li", "phone").unwrap();
        phone.open().sync(&server).unwrap();
        phone
    };
    let phones = (0..phones).map(phone).collect();
    Fixture { _folder: folder, server, phones }
}

impl Fixture {
    fn draft(&mut self) -> RecordId {
        let device = self.phones[0].open();
        let id = device.new_record("small", Some("v1"), None).unwrap();
        let mut session = device.session(id).unwrap();
        session.answer_text("name", "王小明").unwrap();
        session.answer_text("land", "3.5").unwrap();
        id
    }

    fn publish(&mut self, form: &FormPackage) {
        let package = ByteBuf::from(form.to_bytes());
        self.server.tell(PageItem::Form {
            form: "small".into(),
            version: form.version(),
            package,
            closed: false,
            test: false,
        });
    }

    fn sync(&mut self, phone: usize) {
        let server = self.server.clone();
        self.phones[phone].open().sync(&server).unwrap();
    }

    fn view(&mut self, phone: usize, id: RecordId) -> View {
        self.phones[phone].open().session(id).unwrap().view("zh").unwrap()
    }

    fn standing(&mut self, id: RecordId) -> VersionStanding {
        let device = self.phones[0].open();
        let row = device.row(id).unwrap();
        device.version_standing(&row).unwrap()
    }

    fn approve(&mut self, id: RecordId) {
        approve(&self.server, self.phones[0].open(), id, 1, 1);
    }
}

fn question<'a>(view: &'a View, path: &str) -> &'a QuestionView {
    let items = view.pages.iter().flat_map(|page| &page.items);
    let found = items.filter_map(|item| match item {
        ItemView::Question(question) => Some(&**question),
        _ => None,
    });
    found.into_iter().find(|question| question.path == path).unwrap()
}

fn paths(view: &View) -> Vec<String> {
    fn walk(items: &[ItemView], out: &mut Vec<String>) {
        for item in items {
            match item {
                ItemView::Question(question) => out.push(question.path.clone()),
                ItemView::Group { items, .. } => walk(items, out),
                ItemView::Roster { path, .. } => out.push(path.clone()),
            }
        }
    }
    let mut out = Vec::new();
    view.pages.iter().for_each(|page| walk(&page.items, &mut out));
    out
}

#[test]
fn a_wider_version_takes_drafts_over_silently() {
    let mut fixture = fixture(1);
    let id = fixture.draft();
    fixture.publish(&package(2, None, |schema| {
        schema["properties"]["phone"] = json!({"title": "电话", "type": "string"});
    }));
    fixture.sync(0);
    let view = fixture.view(0, id);
    assert_eq!((view.version, view.newer_version, view.notice.is_some()), (2, None, false));
    assert!(paths(&view).contains(&"phone".to_owned()));
    let mut session = fixture.phones[0].open().session(id).unwrap();
    assert_eq!(session.answers()["land"], json!("3.5"), "what was answered before stands");
    session.answer_text("phone", "138").unwrap();
    session.submit(None, false).unwrap();
    assert_eq!(
        fixture.phones[0].open().row(id).unwrap().form_version,
        2,
        "judged by what it was filled under"
    );
    assert_eq!(fixture.phones[0].open().form("small", 1).unwrap().manifest().version, 1, "kept");
}

#[test]
fn other_rules_are_told_once_in_both_languages() {
    let mut fixture = fixture(1);
    let id = fixture.draft();
    fixture.publish(&package(2, None, |schema| schema["properties"]["cause"]["x-required"] = true.into()));
    fixture.sync(0);
    match fixture.standing(id) {
        VersionStanding::Changed(notice) => {
            assert_eq!((notice.from, notice.to), (1, 2));
            assert!(
                notice.en.contains("cause: required now") && notice.zh.contains("cause: 改为必填"),
                "{notice:?}"
            );
        }
        other => panic!("{other:?}"),
    }
    let first = fixture.view(0, id);
    assert_eq!(first.version, 2);
    assert_eq!(first.notice.unwrap().changes.len(), 1);
    assert!(fixture.view(0, id).notice.is_none(), "once");
    fixture.phones[0].crash();
    assert!(fixture.view(0, id).notice.is_none(), "once for good");
    assert_eq!(fixture.standing(id), VersionStanding::Current);
}

#[test]
fn a_draft_stays_under_its_version_when_the_new_one_is_built_otherwise() {
    let mut fixture = fixture(1);
    let id = fixture.draft();
    fixture.publish(&moved(2));
    fixture.sync(0);
    assert_eq!(fixture.standing(id), VersionStanding::Pinned { version: 1, newest: 2 });
    let view = fixture.view(0, id);
    assert_eq!((view.version, view.newer_version), (1, Some(2)));
    assert!(paths(&view).contains(&"land".to_owned()));
    let device = fixture.phones[0].open();
    let under_two = device.read_under(id, 2).unwrap();
    assert_eq!((under_two.get("house/land_mu"), under_two.get("land")), (Some(&json!("3.5")), None));
    let mut session = device.session(id).unwrap();
    session.answer_text("land", "4").unwrap();
    session.submit(None, false).unwrap();
    assert_eq!(device.row(id).unwrap().form_version, 1);
    let fresh = device.new_record("small", Some("v1"), None).unwrap();
    assert_eq!(
        device.session(fresh).unwrap().form().manifest().version,
        2,
        "new records begin under the newest"
    );
}

#[test]
fn an_additive_version_is_not_lost_because_of_a_later_structural_one() {
    let mut fixture = fixture(1);
    let id = fixture.draft();
    fixture.publish(&package(2, None, |schema| schema["properties"]["name"]["maxLength"] = 40.into()));
    fixture.publish(&moved(3));
    fixture.sync(0);
    assert_eq!(fixture.view(0, id).version, 2);
}

#[test]
fn an_old_and_a_new_phone_disagree_in_two_places_and_somebody_chooses() {
    let mut fixture = fixture(2);
    let id = fixture.draft();
    fixture.sync(0);
    fixture.approve(id);
    fixture.sync(0);
    // One phone is offline with version 1 while the other gets version 2.
    fixture.phones[0].open().session(id).unwrap().answer_text("land", "5").unwrap();
    fixture.publish(&moved(2));
    fixture.sync(1);
    let mut session = fixture.phones[1].open().session(id).unwrap();
    assert_eq!(session.form().manifest().version, 2);
    assert_eq!(session.answers()["house/land_mu"], json!("3.5"), "through the lens");
    session.answer_text("house/land_mu", "6").unwrap();
    for phone in [0, 1, 0, 1] {
        fixture.sync(phone);
    }
    let conflicts = fixture.phones[1].open().conflicts_of(id).unwrap();
    let values: Vec<&Value> = conflicts[0].candidates.iter().map(|candidate| &candidate.value).collect();
    assert_eq!((conflicts[0].path.as_str(), values), ("house/land_mu", vec![&json!("6"), &json!("5")]));
    let shown = fixture.phones[1].open().show(id).unwrap();
    assert!(shown.answers["house/land_mu"].different && !shown.answers.contains_key("land"));
    // The old phone goes on under version 1: its own answer, and the new place is kept though unknown there.
    let session = fixture.phones[0].open().session(id).unwrap();
    assert_eq!(session.form().manifest().version, 1);
    assert_eq!((&session.answers()["land"], &session.answers()["house/land_mu"]), (&json!("5"), &json!("6")));
    // Choosing what stands in the new place already settles it.
    let device = fixture.phones[1].open();
    device.session(id).unwrap().resolve("house/land_mu", &json!("6"), Some("看过合同")).unwrap();
    assert!(device.conflicts_of(id).unwrap().is_empty());
    assert_eq!(device.session(id).unwrap().answers()["house/land_mu"], json!("6"));
    for phone in [1, 0] {
        fixture.sync(phone);
    }
    assert_eq!(fixture.server.values_ever(id, "land"), [json!("3.5"), json!("5")], "nothing is gone");
}

#[test]
fn an_old_phone_shows_and_keeps_codes_it_does_not_know() {
    let mut fixture = fixture(2);
    let id = fixture.draft();
    fixture.sync(0);
    // Only the other phone has the new version yet.
    let two = package(2, None, |schema| {
        let stroke = json!({"const": "stroke", "title": "脑卒中"});
        schema["properties"]["cause"]["oneOf"].as_array_mut().unwrap().push(stroke);
        schema["properties"]["causes"]["properties"]["stroke"] =
            json!({"title": "脑卒中", "type": "boolean"});
    });
    let device = fixture.phones[1].open().id().unwrap().unwrap();
    let package = ByteBuf::from(two.to_bytes());
    fixture.server.tell_one(
        device,
        PageItem::Form { form: "small".into(), version: 2, package, closed: false, test: false },
    );
    fixture.sync(1);
    let mut session = fixture.phones[1].open().session(id).unwrap();
    session.answer_text("cause", "stroke").unwrap();
    session.answer("causes/stroke", &json!(true)).unwrap();
    fixture.sync(1);
    fixture.sync(0);
    let view = fixture.view(0, id);
    assert_eq!(view.version, 1);
    let cause = question(&view, "cause");
    assert_eq!((&cause.value, &cause.unknown_codes), (&json!("stroke"), &vec!["stroke".to_owned()]));
    assert!(cause.choices.iter().all(|choice| choice.code != "stroke"), "shown, and not offered");
    assert_eq!(question(&view, "causes").unknown_codes, ["stroke"]);
    // What the old phone answers beside it touches neither.
    fixture.phones[0].open().session(id).unwrap().answer("causes/illness", &json!(true)).unwrap();
    fixture.sync(0);
    fixture.sync(1);
    let answers = fixture.phones[1].open().read_under(id, 2).unwrap();
    let ticks = [&answers["cause"], &answers["causes/stroke"], &answers["causes/illness"]];
    assert_eq!(ticks, [&json!("stroke"), &json!(true), &json!(true)]);
}

/// The fault it found: a draft was shown by the version it was begun under, so that what was signed under the one it had
/// gone on to was not told.
#[test]
fn a_draft_is_shown_by_the_version_it_goes_on_under_and_judged_by_it() {
    let mut fixture = fixture(1);
    let id = fixture.draft();
    fixture.publish(&package(2, None, |schema| {
        schema["properties"]["signed"] = json!({"title": "签名", "type": "object", "x-signature": true});
        schema["properties"]["cause"]["x-required"] = true.into();
    }));
    fixture.sync(0);
    let device = fixture.phones[0].open();
    assert!(device.show(id).unwrap().signatures.is_empty());
    let signer = Signer { by: "王小明".into(), role: None };
    device.session(id).unwrap().sign("signed", &signer).unwrap();
    assert_eq!(device.show(id).unwrap().signatures.len(), 1);
    // Required by the second version only: that one judges, before it is sent and when it is.
    let refused = device.session(id).unwrap().submit(None, false);
    assert!(
        matches!(refused, Err(DeviceError::Incomplete(ref errors)) if errors[0].path == "cause"),
        "{refused:?}"
    );
    let mut session = device.session(id).unwrap();
    session.answer_text("cause", "illness").unwrap();
    session.submit(None, false).unwrap();
    assert_eq!(device.row(id).unwrap().form_version, 2);
}
