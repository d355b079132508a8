//! The list of diseases grows from 21 to 25 while a phone works with the first: nothing is recoded until a reviewer maps it.

use std::fs;

use doorstep_client_core::Device;
use doorstep_client_core::driver::{HttpTransport, surroundings};
use serde_json::{Value, json};

use crate::support::{Served, arg, doorstep, repository};

const AREAS: &str =
    "code,parent,level,name_zh,name_en\n99,,county,示例县,Example\n9911,99,village,近村,Near\n";

#[test]
fn a_list_that_grows_recodes_nothing_and_a_reviewer_maps_what_was_typed() {
    let folder = tempfile::tempdir().expect("folder");
    let (data, areas) = (folder.path().join("data"), folder.path().join("areas.csv"));
    fs::write(&areas, AREAS).expect("areas");
    let ran = |words: &[&str]| doorstep(&[words, &["--data", arg(&data)]].concat());
    let run = |words: &[&str]| -> Value { ran(&[words, &["--json"]].concat()).done().json() };
    let version = |number: u32| repository(&format!("schemas/forms/health_service_record/{number}"));
    run(&["area", "import", arg(&areas)]);
    run(&["form", "publish", arg(&version(1))]);
    for (name, role) in [("chen", "supervisor"), ("li", "enumerator")] {
        run(&["user", "add", name, "--role", role, "--area", "9911", "--password", "correct horse"]);
    }
    assert_eq!(run(&["user", "post", "li", "doctor"]), json!({"name": "li", "post": "doctor"}));
    let served = Served::start(&data);
    let transport = HttpTransport::new(&served.url).expect("address");
    let mut phone = Device::open(&folder.path().join("phone"), surroundings()).expect("phone");
    let code = run(&["device", "invite", "li"])["code"].as_str().expect("code").to_owned();
    phone.enrol(&transport, &served.url, &code, "phone").expect("enrolled");
    phone.sync(&transport).expect("sync");
    let record = phone.new_record("health_service_record", Some("9911"), None).expect("record");
    let mut session = phone.session(record).expect("session");
    let row = format!("cases/{}", session.mint_row());
    for (key, value) in [("case_kind", "major"), ("disease_other", "脑卒中"), ("treatment_state", "waiting")]
    {
        session.answer(&format!("{row}/{key}"), &json!(value)).expect("answer");
    }
    session.submit(None, true).expect("submitted");
    phone.sync(&transport).expect("sync");

    run(&["form", "publish", arg(&version(2))]);
    let waiting = run(&["mapping", "list", "--form", "health_service_record"])["waiting"].clone();
    let one = &waiting[0];
    assert_eq!(
        (waiting.as_array().map(Vec::len), &one["text"], &one["by"]),
        (Some(1), &json!("脑卒中"), &json!("li"))
    );
    assert_eq!(
        (&one["version"], &one["likely"]["code"], &one["likely"]["version"]),
        (&json!(1), &json!("md23"), &json!(2))
    );
    let listed = ran(&["mapping", "list", "--lang", "zh"]).done().out;
    assert!(listed.contains("同名选项") && listed.contains("md23 脑卒中"), "{listed}");

    let map = |text: &str, code: &str| {
        let words =
            ["mapping", "apply", "--form", "health_service_record", "--reason", "25种目录", "--as", "chen"];
        ran(&[&words[..], &["--text", text, "--code", code, "--json"]].concat())
    };
    let unknown = map("脑卒中", "md99");
    assert!(
        unknown.code == 1 && unknown.json()["refused"][0]["en"].to_string().contains("md99"),
        "{}",
        unknown.out
    );
    let missing = map("中风", "md23");
    assert!(missing.code == 1 && missing.out.contains("not_found"), "{}", missing.out);
    let done = map("脑卒中", "md23").done().json();
    assert_eq!((&done["mapped"][0]["record"], &done["mapped"][0]["version"]), (&json!(record), &json!(2)));
    assert_eq!(run(&["mapping", "list"])["waiting"], json!([]));
    let queued = run(&["review", "list", "--form", "health_service_record"]);
    assert_eq!(queued["records"][0]["record"], json!(record), "to be approved like every amendment");

    phone.sync(&transport).expect("sync");
    let shown = phone.show(record).expect("shown");
    let code = &shown.answers[&format!("{row}/disease_code")];
    assert_eq!((&code.value, code.candidates[0].by.as_str()), (&json!("md23"), "chen"));
    assert_eq!(shown.answers[&format!("{row}/disease_other")].value, json!("脑卒中"));
    assert_eq!(served.stop(), Some(0));
}
