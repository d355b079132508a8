//! The whole way once: a form published, a phone enrolled over HTTP, a record filled offline and synchronised, reviewed
//! by commands beside the running server, in the dataset, and there again after a rebuild.

use std::fs;
use std::path::Path;

use doorstep_client_core::Device;
use doorstep_client_core::driver::{HttpTransport, surroundings};
use serde_json::{Value, json};

use crate::support::{Served, arg, doorstep};

const AREAS: &str =
    "code,parent,level,name_zh,name_en\n99,,county,示例县,Example\n9911,99,village,近村,Near\n";

/// A form with one question, at least one person.
fn package(folder: &Path) {
    fs::create_dir_all(folder.join("i18n")).expect("folder");
    let files = [
        (
            "form.json",
            r#"{"id":"small","version":1,"kind":"register","entity":"household","title":{"zh":"小表","en":"Small"}}"#,
        ),
        (
            "schema.json",
            r#"{"title":"小表","type":"object","additionalProperties":false,
                "properties":{"persons":{"type":"integer","title":"人数","minimum":1},
                "photo":{"type":"object","title":"照片","x-attachment":true}}}"#,
        ),
        ("i18n/en.json", r#"{"persons.label":"Persons","photo.label":"Photo"}"#),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).expect("file");
    }
}

/// A served data folder with one form.
pub(crate) struct Survey {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) served: Served,
}

impl Survey {
    pub(crate) fn begin() -> Survey {
        let folder = tempfile::tempdir().expect("folder");
        let data = folder.path().join("data");
        let areas = folder.path().join("areas.csv");
        fs::write(&areas, AREAS).expect("areas");
        package(&folder.path().join("package"));
        let run = |words: &[&str]| doorstep(&[words, &["--data", arg(&data)]].concat()).done();
        run(&["area", "import", arg(&areas)]);
        run(&["form", "publish", arg(&folder.path().join("package"))]);
        for (name, role) in [("chen", "admin"), ("zhao", "supervisor"), ("li", "enumerator")] {
            run(&["user", "add", name, "--role", role, "--area", "9911", "--password", "correct horse"]);
        }
        let served = Served::start(&data);
        Survey { folder, served }
    }

    pub(crate) fn run(&self, words: &[&str]) -> Value {
        let data = self.folder.path().join("data");
        doorstep(&[words, &["--json", "--data", arg(&data)]].concat()).done().json()
    }

    pub(crate) fn refused(&self, words: &[&str]) -> Value {
        let data = self.folder.path().join("data");
        let ran = doorstep(&[words, &["--json", "--data", arg(&data)]].concat());
        assert_eq!(ran.code, 1, "{}", ran.out);
        ran.json()
    }

    /// A phone with two records, one of them with an error, delivered.
    fn fill(&self) -> Vec<String> {
        let transport = HttpTransport::new(&self.served.url).expect("address");
        let path = self.folder.path().join("phone.db");
        let mut phone = Device::open(&path, surroundings()).expect("phone");
        let code = self.run(&["device", "invite", "li"])["code"].as_str().expect("code").to_owned();
        phone.enrol(&transport, &self.served.url, &code, "phone").expect("enrolled");
        phone.sync(&transport).expect("first sync");
        let mut records = Vec::new();
        for persons in [3, 0] {
            let record = phone.new_record("small", Some("9911"), None).expect("record");
            let mut session = phone.session(record).expect("session");
            session.answer("persons", &json!(persons)).expect("answer");
            session.submit(None, true).expect("submitted");
            records.push(record.to_string());
        }
        phone.sync(&transport).expect("second sync");
        records
    }
}

#[test]
fn a_record_goes_from_the_phone_into_the_dataset() {
    let survey = Survey::begin();
    let records = survey.fill();
    let devices = survey.run(&["device", "list"]);
    assert_eq!(devices["devices"][0]["user"], "li");

    let queue = survey.run(&["review", "list", "--form", "small"]);
    assert_eq!(queue["total"], 2);
    let invalid = survey.run(&["review", "list", "--flag", "invalid"]);
    assert_eq!((&invalid["total"], &invalid["records"][0]["record"]), (&json!(1), &json!(records[1])));

    let all = survey.run(&["review", "approve", "--all", "--form", "small", "--as", "zhao"]);
    assert_eq!(all["decided"][0], json!({ "record": records[0], "state": "approved" }));
    assert_eq!(
        (all["decided"].as_array().map(Vec::len), &all["left"][0]["record"]),
        (Some(1), &json!(records[1]))
    );

    let refused = survey.refused(&["review", "approve", &records[1], "--as", "zhao"]);
    assert_eq!(refused["refused"][0]["kind"], "invalid_answers");
    assert_eq!(refused["refused"][0]["faults"][0]["pointer"], "persons");
    let back =
        survey.run(&["review", "send-back", &records[1], "--comment", "persons=请核对", "--as", "zhao"]);
    assert_eq!(back["decided"][0]["state"], "sent_back");

    let rebuilt = survey.run(&["rebuild"]);
    assert_eq!((&rebuilt["identical"], &rebuilt["rows"]), (&json!(true), &json!(1)));
    assert_eq!(survey.run(&["review", "list", "--state", "sent_back"])["total"], 1);
    assert_eq!(survey.served.stop(), Some(0));
}

#[test]
fn an_error_is_waived_with_a_reason() {
    let survey = Survey::begin();
    let records = survey.fill();
    let waived = survey.run(&["review", "approve", &records[1], "--waive", "minimum=moved away, checked"]);
    assert_eq!(waived["decided"][0]["state"], "approved");
    let wrong = survey.refused(&["review", "approve", &records[0], "--waive", "minimum"]);
    assert_eq!(wrong["error"]["kind"], "bad_option");
    let unknown = survey.refused(&["review", "approve", "xyz"]);
    assert_eq!(unknown["error"]["kind"], "bad_record");
    let elsewhere = "01890000-0000-7000-8000-000000000000";
    let nowhere = survey.refused(&["review", "approve", elsewhere]);
    assert_eq!(nowhere["refused"][0]["kind"], "not_found");
    let nobody = survey.refused(&["review", "list", "--as", "nobody"]);
    assert_eq!(nobody["error"]["where"], "--as nobody");
}
