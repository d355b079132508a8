//! What a revoked phone had signed is set aside, shown, and taken when a supervisor says so.

use std::fs;

use serde_json::json;

use crate::support::{Village, arg};

#[test]
fn what_is_set_aside_is_shown_and_taken_when_somebody_says_so() {
    let mut village = Village::begin("schemas/forms/health_service_record/1");
    let phone = &mut village.phone;
    let record = phone.new_record("health_service_record", Some(Village::CODE), None).expect("record");
    let mut session = phone.session(record).expect("session");
    let row = format!("cases/{}", session.mint_row());
    session.answer(&format!("{row}/disease_other"), &json!("脑卒中")).expect("answer");
    session.submit(None, true).expect("submitted");
    // The phone is lost before it could sync; its memory card is found.
    let bundle = phone.bundle().expect("bundle").files.remove(0);
    let carried = village.folder.path().join("carried.bundle");
    fs::write(&carried, bundle).expect("card");
    let (ran, run) = (|words: &[&str]| village.ran(words), |words: &[&str]| village.run(words));
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
