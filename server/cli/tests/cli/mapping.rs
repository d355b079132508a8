//! The list of diseases grows from 21 to 25 while a phone works with the first: nothing is recoded until a reviewer maps it.

use serde_json::json;

use crate::support::{Village, arg, repository};

#[test]
fn a_list_that_grows_recodes_nothing_and_a_reviewer_maps_what_was_typed() {
    let mut village = Village::begin("schemas/forms/health_service_record/1");
    assert_eq!(village.run(&["user", "post", "li", "doctor"]), json!({"name": "li", "post": "doctor"}));
    let phone = &mut village.phone;
    let record = phone.new_record("health_service_record", Some(Village::CODE), None).expect("record");
    let mut session = phone.session(record).expect("session");
    let row = format!("cases/{}", session.mint_row());
    for (key, value) in [("case_kind", "major"), ("disease_other", "脑卒中"), ("treatment_state", "waiting")]
    {
        session.answer(&format!("{row}/{key}"), &json!(value)).expect("answer");
    }
    session.submit(None, true).expect("submitted");
    phone.sync(&village.transport).expect("sync");

    let (ran, run) = (|words: &[&str]| village.ran(words), |words: &[&str]| village.run(words));
    run(&["form", "publish", arg(&repository("schemas/forms/health_service_record/2"))]);
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

    village.phone.sync(&village.transport).expect("sync");
    let shown = village.phone.show(record).expect("shown");
    let code = &shown.answers[&format!("{row}/disease_code")];
    assert_eq!((&code.value, code.candidates[0].by.as_str()), (&json!("md23"), "chen"));
    assert_eq!(shown.answers[&format!("{row}/disease_other")].value, json!("脑卒中"));
    assert_eq!(village.stop(), Some(0));
}
