//! A record about another whose form was rebuilt since: what is copied stands where the forms look for it.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;

use doorstep_client_core::device::FormCache;
use doorstep_forms::{Answers, FormPackage};
use doorstep_protocol::pull::PageItem;
use doorstep_records::RecordId;
use serde_bytes::ByteBuf;
use serde_json::{Value, json};
use support::approve::approve;
use support::server::TestServer;
use support::{Phone, START_MS, TestClock};

fn package(id: &str, version: u32, properties: Value, lens: Option<Value>) -> FormPackage {
    let (kind, subject) = if id == "visit" { ("event", "required") } else { ("register", "none") };
    let manifest = json!({"id": id, "version": version, "kind": kind, "entity": "household", "subject": subject,
        "title": {"zh": "表"}, "locales": ["zh"]});
    let schema =
        json!({"title": "表", "type": "object", "additionalProperties": false, "properties": properties});
    let mut files = BTreeMap::from([
        ("form.json".to_owned(), manifest.to_string().into_bytes()),
        ("schema.json".to_owned(), schema.to_string().into_bytes()),
    ]);
    if let Some(steps) = lens {
        files.insert("lenses/1.json".into(), json!({ "steps": steps }).to_string().into_bytes());
    }
    FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn text(title: &str) -> Value {
    json!({"title": title, "type": "string"})
}

fn number(title: &str) -> Value {
    json!({"title": title, "type": "string", "format": "decimal"})
}

fn first() -> FormPackage {
    let properties = json!({"name": text("户主"), "land": number("耕地"), "herd": number("畜群"), "note": text("备注"),
        "half": {"title": "一半", "type": "string", "format": "decimal", "x-calculate": "doc.land / 2"}});
    package("small", 1, properties, None)
}

/// `land` moves, `herd` moves and is counted in another unit, `note` goes.
fn rebuilt() -> FormPackage {
    let (mut land, mut herd) = (number("耕地"), number("畜群"));
    land["x-from"] = "land".into();
    herd["x-from"] = "herd".into();
    let farm = json!({"title": "田", "type": "object", "x-group": true, "additionalProperties": false,
        "properties": {"land": land, "herd_tens": herd}});
    let steps = json!([{"op": "convert", "at": "farm/herd_tens", "to": "decimal", "factor": "0.1"},
        {"op": "remove", "at": "note"}, {"op": "remove", "at": "half"}]);
    package("small", 2, json!({"name": text("户主"), "farm": farm}), Some(steps))
}

/// A visit that copies these answers.
fn visit(version: u32, sources: &[(&str, &str, Value)]) -> FormPackage {
    let question = |(key, source, schema): &(&str, &str, Value)| {
        let mut schema = schema.clone();
        schema["x-preload"] = json!(format!("subject.{source}"));
        ((*key).to_owned(), schema)
    };
    let properties: serde_json::Map<String, Value> = sources.iter().map(question).collect();
    package("visit", version, Value::Object(properties), None)
}

fn old_visit() -> FormPackage {
    let sources =
        [("land", number("地")), ("herd", number("畜")), ("note", text("注")), ("half", number("半"))];
    visit(1, &sources.map(|(key, schema)| (key, key, schema)))
}

struct Fixture {
    _folder: tempfile::TempDir,
    server: TestServer,
    phone: Phone,
    household: RecordId,
    reviews: u8,
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::new(1, &[&first(), &old_visit()]);
    let mut phone = Phone::new(folder.path(), "a.sqlite", &TestClock::at(START_MS), &FormCache::default(), 1);
    let device = phone.open();
    device.enrol(&server, "http://127.0.0.1:1", "li", "phone").unwrap();
    device.sync(&server).unwrap();
    let household = device.new_record("small", Some("v1"), None).unwrap();
    let mut session = device.session(household).unwrap();
    for (path, typed) in [("name", "王小明"), ("land", "3.5"), ("herd", "40"), ("note", "靠河")] {
        session.answer_text(path, typed).unwrap();
    }
    device.sync(&server).unwrap();
    Fixture { _folder: folder, server, phone, household, reviews: 0 }
}

impl Fixture {
    fn publish(&mut self, package: &FormPackage) {
        self.server.tell(PageItem::Form {
            form: package.id().to_owned(),
            version: package.version(),
            package: ByteBuf::from(package.to_bytes()),
            closed: false,
            test: false,
        });
        self.phone.open().sync(&self.server).unwrap();
    }

    /// Approves the household as it is, judged by a version.
    fn approve(&mut self, version: u32) {
        let record = self.household;
        let device = self.phone.open();
        device.sync(&self.server).unwrap();
        self.reviews += 1;
        approve(&self.server, device, record, version, self.reviews);
        device.sync(&self.server).unwrap();
    }

    /// What a new visit copies.
    fn copied(&mut self) -> Answers {
        let device = self.phone.open();
        let visit = device.new_record("visit", None, Some(self.household)).unwrap();
        let answers = device.session(visit).unwrap().answers().clone();
        let copies =
            answers.into_iter().filter(|(path, _)| path.starts_with("_pre/") && path != "_pre/_heads");
        copies.collect()
    }
}

fn pre(pairs: &[(&str, &str)]) -> Answers {
    pairs.iter().map(|(path, value)| (format!("_pre/{path}"), json!(value))).collect()
}

#[test]
fn a_version_that_only_adds_changes_no_copy() {
    let mut fixture = fixture();
    fixture.approve(1);
    let own = pre(&[("half", "1.75"), ("herd", "40"), ("land", "3.5"), ("note", "靠河")]);
    assert_eq!(fixture.copied(), own);
    // Calculated otherwise since: what was approved is copied, not what the new rule would make of it.
    let other = json!({"name": text("户主"), "land": number("耕地"), "herd": number("畜群"), "note": text("备注"),
        "half": {"title": "一半", "type": "string", "format": "decimal", "x-calculate": "doc.land / 3"}});
    fixture.publish(&package("small", 2, other, None));
    assert_eq!(fixture.copied(), own);
}

/// The fault it found: the household was read under its own version, where a form that was made for the rebuilt one found
/// nothing.
#[test]
fn forms_of_before_and_after_find_what_they_copy() {
    let mut fixture = fixture();
    fixture.approve(1);
    fixture.publish(&rebuilt());
    // The old visit asks by the old names. Tens of animals are not copied where animals are asked for.
    assert_eq!(fixture.copied(), pre(&[("land", "3.5"), ("note", "靠河")]));
    let sources = [("land", "farm.land", number("地")), ("tens", "farm.herd_tens", number("十头"))];
    fixture.publish(&visit(2, &sources));
    assert_eq!(fixture.copied(), pre(&[("farm/herd_tens", "4"), ("farm/land", "3.5")]));
}

#[test]
fn an_old_form_never_copies_what_was_answered_before_last() {
    let mut fixture = fixture();
    fixture.approve(1);
    fixture.publish(&rebuilt());
    let household = fixture.household;
    let mut session = fixture.phone.open().session(household).unwrap();
    assert_eq!(session.form().manifest().version, 2, "approved and untouched");
    session.answer_text("farm/land", "6").unwrap();
    session.submit(None, false).unwrap();
    fixture.approve(2);
    assert_eq!(fixture.copied(), pre(&[("land", "6"), ("note", "靠河")]));
}
