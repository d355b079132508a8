//! Publishing by commands: differences, dry runs, test versions and closing, with a real phone beside a running server.

use std::fs;
use std::path::{Path, PathBuf};

use doorstep_client_core::device::Purpose;
use doorstep_client_core::driver::{HttpTransport, surroundings};
use doorstep_client_core::{Device, DeviceError};
use serde_json::{Value, json};

use crate::support::{Ran, Served, arg, doorstep};

const AREAS: &str =
    "code,parent,level,name_zh,name_en\n99,,county,示例县,Example\n9911,99,village,近村,Near\n";

struct Survey {
    folder: tempfile::TempDir,
    served: Served,
}

impl Survey {
    fn begin() -> Survey {
        let folder = tempfile::tempdir().expect("folder");
        let (data, areas) = (folder.path().join("data"), folder.path().join("areas.csv"));
        fs::write(&areas, AREAS).expect("areas");
        let one = package(folder.path(), "1", 1, &json!({"type": "integer", "title": "人数", "minimum": 1}));
        let run = |words: &[&str]| doorstep(&[words, &["--data", arg(&data)]].concat()).done();
        run(&["area", "import", arg(&areas)]);
        run(&["form", "publish", arg(&one)]);
        for (name, role) in [("chen", "admin"), ("zhao", "supervisor"), ("li", "enumerator")] {
            run(&["user", "add", name, "--role", role, "--area", "9911", "--password", "correct horse"]);
        }
        let served = Served::start(&data);
        Survey { folder, served }
    }

    fn ran(&self, words: &[&str]) -> Ran {
        let data = self.folder.path().join("data");
        doorstep(&[words, &["--data", arg(&data)]].concat())
    }

    fn json(&self, words: &[&str]) -> Value {
        self.ran(&[words, &["--json"]].concat()).done().json()
    }

    fn refused(&self, words: &[&str]) -> Value {
        let ran = self.ran(&[words, &["--json"]].concat());
        assert_eq!(ran.code, 1, "{}", ran.out);
        ran.json()["error"].clone()
    }

    /// A package folder with one question.
    fn package(&self, name: &str, version: u32, persons: &Value) -> String {
        arg(&package(self.folder.path(), name, version, persons)).to_owned()
    }

    fn phone(&self, name: &str) -> (Device, HttpTransport, String) {
        let transport = HttpTransport::new(&self.served.url).expect("address");
        let mut phone = Device::open(&self.folder.path().join(name), surroundings()).expect("phone");
        let code = self.json(&["device", "invite", "li"])["code"].as_str().expect("code").to_owned();
        phone.enrol(&transport, &self.served.url, &code, name).expect("enrolled");
        phone.sync(&transport).expect("first sync");
        let id = phone.id().expect("id").expect("an id").to_string();
        (phone, transport, id)
    }
}

fn package(folder: &Path, name: &str, version: u32, persons: &Value) -> PathBuf {
    let folder = folder.join(name);
    fs::create_dir_all(folder.join("i18n")).expect("folder");
    let form = json!({"id": "small", "version": version, "kind": "register", "entity": "household",
        "title": {"zh": "小表", "en": "Small"}});
    let schema = json!({"title": "小表", "type": "object", "additionalProperties": false,
        "properties": {"persons": persons}});
    let mut texts = json!({"persons.label": "Persons"});
    if persons.get("x-roster").is_some() {
        texts["persons.age.label"] = json!("Age");
    }
    if persons.get("x-constraints").is_some() {
        texts["enough.error"] = json!("Too few");
    }
    for (name, text) in [("form.json", form), ("schema.json", schema), ("i18n/en.json", texts)] {
        fs::write(folder.join(name), text.to_string()).expect("file");
    }
    folder
}

fn filled(phone: &mut Device, persons: i64, test: bool) -> Result<String, DeviceError> {
    let record = phone.mint_record();
    let purpose = if test { Purpose::TestVersion } else { Purpose::Work };
    phone.new_record_as(record, "small", Some("9911"), None, purpose)?;
    let mut session = phone.session(record)?;
    session.answer("persons", &json!(persons))?;
    session.submit(None, true)?;
    Ok(record.to_string())
}

#[test]
fn a_difference_is_told_by_class_and_a_forbidden_one_fails() {
    let survey = Survey::begin();
    let wider = survey.package("2", 2, &json!({"type": "integer", "title": "人数", "minimum": 0}));
    let same = survey.json(&["form", "diff", "small@1", "small@1"]);
    assert_eq!((&same["class"], &same["changes"]), (&json!("A"), &json!([])));
    let told = survey.json(&["form", "diff", "small@1", &wider]);
    assert_eq!((&told["class"], &told["changes"][0]["path"]), (&json!("B"), &json!("persons")));
    let text = survey.ran(&["form", "diff", "small@1", &wider, "--lang", "zh"]).done().out;
    assert!(text.contains("总体为 B 类"), "{text}");
    let several = json!({"title": "人数", "type": "object", "x-roster": {"kind": "rows"},
        "propertyNames": {"pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"},
        "additionalProperties": {"type": "object", "additionalProperties": false,
            "properties": {"age": {"title": "年龄", "type": "integer"}}}});
    let forbidden = survey.package("roster", 2, &several);
    let ran = survey.ran(&["form", "diff", "small@1", &forbidden, "--json"]);
    assert_eq!((ran.code, &ran.json()["class"]), (1, &json!("E")), "{}", ran.out);
    let refused = survey.refused(&["form", "publish", &forbidden, "--confirm"]);
    assert_eq!(
        (&refused["kind"], &refused["faults"][0]["pointer"]),
        (&json!("change_forbidden"), &json!("persons"))
    );
    let missing = survey.refused(&["form", "diff", "small@7", &wider]);
    assert_eq!((&missing["kind"], &missing["where"]), (&json!("form_missing"), &json!("small@7")));
}

#[test]
fn a_changed_rule_is_tried_first_and_published_on_its_base() {
    let survey = Survey::begin();
    let (mut phone, transport, _) = survey.phone("phone.db");
    let few = filled(&mut phone, 2, false).expect("filled");
    filled(&mut phone, 9, false).expect("filled");
    phone.sync(&transport).expect("sync");
    let rule =
        json!([{"key": "enough", "severity": "error", "human": "人数过少", "expression": "value > 3"}]);
    let stricter = survey.package(
        "2",
        2,
        &json!({"type": "integer", "title": "人数", "minimum": 1, "x-constraints": rule}),
    );
    let tried = survey.json(&["form", "dry-run", &stricter]);
    assert_eq!(
        (&tried["class"], &tried["dry_run"]["records"], &tried["dry_run"]["invalid"]),
        (&json!("C"), &json!(2), &json!(1))
    );
    assert_eq!(tried["dry_run"]["rules"][0]["records"], json!([few]));
    assert_eq!(survey.json(&["form", "publish", &stricter, "--dry-run"]), tried);
    let refused = survey.refused(&["form", "publish", &stricter]);
    assert_eq!(
        (&refused["kind"], &refused["impact"]["dry_run"]),
        (&json!("confirmation_needed"), &tried["dry_run"])
    );
    let text = survey.ran(&["form", "publish", &stricter]).err;
    assert!(text.contains("--confirm") && text.contains(&few) && text.contains("enough"), "{text}");
    let base = tried["base"].as_str().expect("base").to_owned();
    let wrong = survey.refused(&["form", "publish", &stricter, "--confirm", "--base", "12"]);
    assert_eq!(wrong["where"], "--base 12");
    let done = survey.json(&["form", "publish", &stricter, "--confirm", "--base", &base]);
    assert_eq!((&done["version"], &done["class"]), (&json!(2), &json!("C")));
    let third = survey.package(
        "3",
        3,
        &json!({"type": "integer", "title": "人口", "minimum": 1, "x-constraints": rule}),
    );
    let late = survey.refused(&["form", "publish", &third, "--base", &base]);
    assert!(
        late["kind"] == "conflict" && late["message"].as_str().is_some_and(|text| text.contains("Version 2")),
        "{late}"
    );
    assert_eq!(survey.json(&["form", "list"])["forms"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_test_version_runs_on_one_phone_and_leaves_the_dataset_alone() {
    let survey = Survey::begin();
    let ((mut tester, transport, device), (mut other, _, _)) =
        (survey.phone("tester.db"), survey.phone("other.db"));
    let two = survey.package("2", 2, &json!({"type": "integer", "title": "人数", "minimum": 0}));
    let test = survey.json(&["form", "test", &two, "--device", &device]);
    assert_eq!((&test["version"], &test["devices"]), (&json!(2), &json!([device])));
    for phone in [&mut tester, &mut other] {
        phone.sync(&transport).expect("sync");
    }
    assert_eq!(tester.test_forms().expect("forms"), [("small".to_owned(), 2)]);
    assert_eq!(
        tester.forms().expect("forms"),
        [("small".to_owned(), 1)],
        "real work goes on under version 1"
    );
    assert!(other.test_forms().expect("forms").is_empty());
    assert!(matches!(filled(&mut other, 0, true), Err(DeviceError::UnknownForm { .. })));
    let tried = filled(&mut tester, 0, true).expect("filled");
    let real = filled(&mut tester, 3, false).expect("filled");
    let rows = tester.list().expect("list");
    let marked: Vec<bool> = rows.iter().map(|row| row.test).collect();
    assert_eq!(marked, [true, false]);
    for phone in [&mut tester, &mut other] {
        phone.sync(&transport).expect("sync");
    }
    assert_eq!(other.list().expect("list").len(), 1, "a test is nobody else's");
    let queue = |words: &[&str]| {
        let listed = survey.json(&[&["review", "list"], words].concat());
        listed["records"]
            .as_array()
            .map(|all| all.iter().map(|line| line["record"].clone()).collect::<Vec<_>>())
    };
    assert_eq!(queue(&[]), Some(vec![json!(real)]));
    assert_eq!(queue(&["--test"]), Some(vec![json!(tried)]));
    let all = survey.json(&["review", "approve", "--all", "--form", "small"]);
    assert_eq!(all["decided"], json!([{ "record": real, "state": "approved" }]));
    let ran = survey.ran(&["review", "approve", &tried, "--json"]);
    assert!(ran.code == 1 && ran.out.contains("wrong_state"), "{}", ran.out);
    let export = survey.ran(&["export", "small", "--with-sensitive"]).done().out;
    assert!(export.contains(&real) && !export.contains(&tried), "{export}");

    // The same content becomes real; what was tried stays a test, on the phone as well.
    survey.json(&["form", "publish", &two]);
    tester.sync(&transport).expect("sync");
    assert_eq!(tester.forms().expect("forms"), [("small".to_owned(), 2)]);
    assert!(tester.test_forms().expect("forms").is_empty());
    assert!(tester.list().expect("list").iter().any(|row| row.test && row.id.to_string() == tried));
    let rebuilt = survey.json(&["rebuild"]);
    assert_eq!((&rebuilt["identical"], &rebuilt["rows"]), (&json!(true), &json!(1)));
    assert_eq!(queue(&["--test"]), Some(vec![json!(tried)]));
}

#[test]
fn a_closed_version_is_offered_no_more_and_drafts_of_it_go_on() {
    let survey = Survey::begin();
    let ((mut phone, transport, _), (mut deaf, _, _)) = (survey.phone("phone.db"), survey.phone("deaf.db"));
    let draft = phone.new_record("small", Some("9911"), None).expect("draft");
    let closed = survey.json(&["form", "close", "small", "1"]);
    assert_eq!(closed, json!({"form": "small", "version": 1, "open": false, "changed": true}));
    phone.sync(&transport).expect("sync");
    assert!(phone.forms().expect("forms").is_empty());
    let refused = phone.new_record("small", Some("9911"), None);
    assert!(matches!(refused, Err(DeviceError::FormClosed { .. })), "{refused:?}");
    let mut session = phone.session(draft).expect("the draft goes on");
    session.answer("persons", &json!(4)).expect("answer");
    session.submit(None, false).expect("submitted");
    phone.sync(&transport).expect("sync");
    // A phone that has not heard: taken, and flagged.
    let late = filled(&mut deaf, 5, false).expect("filled");
    deaf.sync(&transport).expect("sync");
    let flagged = survey.json(&["review", "list", "--flag", "closed_version"]);
    assert_eq!((&flagged["total"], &flagged["records"][0]["record"]), (&json!(1), &json!(late)));
    assert_eq!(survey.json(&["review", "list"])["total"], 2);
    survey.json(&["form", "reopen", "small", "1"]);
    phone.sync(&transport).expect("sync");
    assert_eq!(phone.forms().expect("forms"), [("small".to_owned(), 1)]);
    let missing = survey.refused(&["form", "close", "small", "9"]);
    assert_eq!((&missing["kind"], &missing["where"]), (&json!("form_missing"), &json!("small@9")));
}
