//! A son who moves out by command, the history of the household that he leaves, and what is said to wrong rows.

use serde_json::json;

use crate::support::Village;

#[test]
fn a_member_leaves_by_command_and_the_history_tells_it() {
    let mut village = Village::begin("schemas/forms/household_register/1");
    let phone = &mut village.phone;
    let record = phone.new_record("household_register", Some(Village::CODE), None).expect("record");
    let mut session = phone.session(record).expect("session");
    let rows = [("测试甲", "head", "male"), ("测试乙", "son", "male")].map(|(name, relation, sex)| {
        let row = session.add_row("members").expect("row");
        for (key, value) in [("name", name), ("relation", relation), ("sex", sex)] {
            session.answer(&format!("members/{row}/{key}"), &json!(value)).expect("answer");
        }
        row.to_string()
    });
    session.submit(None, true).expect("submitted");
    phone.sync(&village.transport).expect("sync");
    let (record, son) = (record.to_string(), rows[1].as_str());

    let split = |row: &str| {
        let words = ["household", "split", &record, "--rows", row, "--on", "2015-07-01", "--as", "chen"];
        let relation = format!("{son}=head");
        village.ran(&[&words[..], &["--relation", &relation, "--reason", "分家", "--json"]].concat())
    };
    let nobody = split("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    assert_eq!(nobody.code, 1, "{}", nobody.out);
    assert!(nobody.out.contains("record history") || nobody.err.contains("record history"), "{}", nobody.err);
    let done = split(son).done().json();
    let new = done["to"].as_str().expect("a new household").to_owned();
    assert_eq!(done["approved"], json!(false), "nothing of it was approved before: {done}");

    let events = village.run(&["record", "history", &record])["events"].clone();
    assert!(events.as_array().is_some_and(|events| events.len() > 3), "{events}");
    let told = village.ran(&["record", "history", &record, "--lang", "zh"]).done().out;
    assert!(told.contains("测试乙") && told.contains("分家") && told.contains("chen"), "{told}");
    let told = village.ran(&["record", "history", &new, "--lang", "zh"]).done().out;
    assert!(told.contains("测试乙"), "{told}");
    let unknown = village.ran(&["record", "history", "01ARZ3ND-nothing"]);
    assert_eq!(unknown.code, 1, "{}", unknown.out);
}
