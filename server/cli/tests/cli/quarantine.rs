//! What a revoked phone had signed is set aside, shown, and taken when a supervisor says so.

use std::fs;

use doorstep_client_core::Device;
use doorstep_client_core::driver::{HttpTransport, surroundings};
use serde_json::{Value, json};

use crate::support::{Served, arg, doorstep, repository};

const AREAS: &str =
    "code,parent,level,name_zh,name_en\n99,,county,示例县,Example\n9911,99,village,近村,Near\n";

#[test]
fn what_is_set_aside_is_shown_and_taken_when_somebody_says_so() {
    let folder = tempfile::tempdir().expect("folder");
    let (data, areas) = (folder.path().join("data"), folder.path().join("areas.csv"));
    fs::write(&areas, AREAS).expect("areas");
    let ran = |words: &[&str]| doorstep(&[words, &["--data", arg(&data)]].concat());
    let run = |words: &[&str]| -> Value { ran(&[words, &["--json"]].concat()).done().json() };
    run(&["area", "import", arg(&areas)]);
    run(&["form", "publish", arg(&repository("schemas/forms/health_service_record/1"))]);
    for (name, role) in [("chen", "supervisor"), ("li", "enumerator")] {
        run(&["user", "add", name, "--role", role, "--area", "9911", "--password", "correct horse"]);
    }
    let served = Served::start(&data);
    let transport = HttpTransport::new(&served.url).expect("address");
    let mut phone = Device::open(&folder.path().join("phone"), surroundings()).expect("phone");
    let code = run(&["device", "invite", "li"])["code"].as_str().expect("code").to_owned();
    phone.enrol(&transport, &served.url, &code, "phone").expect("enrolled");
    phone.sync(&transport).expect("sync");
    let record = phone.new_record("health_service_record", Some("9911"), None).expect("record");
    let mut session = phone.session(record).expect("session");
    let row = format!("cases/{}", session.mint_row());
    session.answer(&format!("{row}/disease_other"), &json!("脑卒中")).expect("answer");
    session.submit(None, true).expect("submitted");
    // The phone is lost before it could sync; its memory card is found.
    let carried = folder.path().join("carried.bundle");
    fs::write(&carried, &phone.bundle().expect("bundle").files[0]).expect("card");
    let device = run(&["device", "list"])["devices"][0]["id"].as_str().expect("device").to_owned();
    run(&["device", "revoke", &device]);
    run(&["bundle", "import", arg(&carried)]);

    let items = run(&["quarantine", "list", "--as", "chen"])["items"].clone();
    let kinds: Vec<&str> =
        items.as_array().into_iter().flatten().filter_map(|item| item["kind"].as_str()).collect();
    assert!(kinds.starts_with(&["create", "change"]) && kinds.ends_with(&["submission"]), "{items}");
    let shown = ran(&["quarantine", "list", "--reason", "device_revoked", "--lang", "zh"]).done().out;
    assert!(shown.contains("收到时间") && shown.contains("脑卒中") && shown.contains("li"), "{shown}");
    assert_eq!(run(&["quarantine", "list", "--reason", "outside_area"])["items"], json!([]));

    let record = record.to_string();
    let retried = run(&["quarantine", "retry", &record, "--as", "chen"])["records"].clone();
    assert_eq!((&retried[0]["accepted"], &retried[0]["quarantined"]), (&json!(kinds.len()), &json!([])));
    assert_eq!(run(&["quarantine", "list"])["items"], json!([]));
    assert_eq!(run(&["review", "list"])["records"][0]["record"], json!(record));
    let again = ran(&["quarantine", "retry", &record]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("quarantine list") && again.err.contains(&record), "{}", again.err);
}
