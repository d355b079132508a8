//! Questions for a file: what an answer may be, and which files a record speaks of.

mod common;

use common::{answers, form, row, schema};
use doorstep_forms::{ATTACHMENT_TYPES, Answers, Attachment, Context, Form, Kind, META_SCHEMA};
use serde_json::{Value, json};

fn asked() -> Form {
    form(schema(json!({
        "house": {"title": "住房照片", "type": "object", "x-attachment": {"types": ["image/png", "image/jpeg"], "max_bytes": 2000000}},
        "paper": {"title": "证明", "type": "object", "x-attachment": true, "x-relevant": "doc.has_paper"},
        "has_paper": {"title": "有证明", "type": "boolean"},
        "members": {"title": "成员", "type": "object", "x-roster": {}, "additionalProperties": {
            "type": "object", "additionalProperties": false, "properties": {
                "card": {"title": "证件照", "type": "object", "x-attachment": true}}}},
        "sign": {"title": "签名", "type": "object", "x-signature": true},
        "size": {"title": "大小", "type": "integer", "x-calculate": "doc.house.bytes"}
    })))
}

fn file(seed: &str, bytes: u64, media_type: &str) -> Attachment {
    Attachment { sha256: seed.repeat(32), bytes, media_type: media_type.into(), name: None }
}

fn violations(answer: Value) -> Vec<String> {
    let given = answers(json!({ "house": answer.to_string() }));
    asked().evaluate(&given, &Context::FULL).violations.into_iter().map(|found| found.key).collect()
}

#[test]
fn a_description_is_one_answer_and_is_checked() {
    let good = json!(file("5f", 1_500_000, "image/jpeg"));
    assert_eq!(violations(good.clone()), [""; 0]);
    for (key, value, expected) in [
        ("bytes", json!(2_000_001), "attachment_size"),
        ("bytes", json!(0), "attachment_shape"),
        ("type", json!("application/pdf"), "attachment_type"),
        ("sha256", json!("no hash"), "attachment_shape"),
        ("path", json!("/etc/passwd"), "attachment_shape"),
    ] {
        let mut wrong = good.clone();
        wrong[key] = value;
        assert_eq!(violations(wrong), [expected], "{key}");
    }
    let form = asked();
    assert_eq!(form.question("house").map(|q| q.kind()), Some(Kind::Attachment));
    assert!(form.parse_answer("house", "house.jpg").is_err(), "a file is attached, not typed");
    let outcome = form.evaluate(&answers(json!({ "house": good.to_string() })), &Context::FULL);
    assert_eq!(outcome.calculated["size"], json!(1_500_000));
    for locale in ["zh", "en"] {
        let mut wrong = good.clone();
        wrong["bytes"] = json!(9_000_000);
        let outcome = form.evaluate(&answers(json!({ "house": wrong.to_string() })), &Context::FULL);
        assert!(form.message(&outcome.violations[0], locale).contains("2000000"));
    }
}

#[test]
fn a_record_speaks_of_the_files_that_are_asked_for_only() {
    let form = asked();
    let (open, closed) = (row('A'), row('B'));
    let picture = json!({"by": "王", "signed_on": "2015-07-01", "heads": ["5f".repeat(32)], "attachment": file("04", 4, "image/png")});
    let given: Answers = [
        ("house".to_owned(), json!(file("01", 1, "image/png").canonical())),
        ("paper".to_owned(), json!(file("02", 2, "application/pdf").canonical())),
        (format!("members/{open}/card"), json!(file("03", 3, "image/png").canonical())),
        (format!("members/{closed}/card"), json!(file("05", 5, "image/png").canonical())),
        (format!("members/{closed}/_deleted"), json!(true)),
        ("sign".to_owned(), json!(picture.to_string())),
    ]
    .into();
    let outcome = form.evaluate(&given, &Context::FULL);
    assert_eq!(outcome.violations, []);
    let mut found: Vec<(String, u64)> =
        form.attachments(&outcome).into_iter().map(|(path, file)| (path, file.bytes)).collect();
    found.sort_by_key(|(_, bytes)| *bytes);
    assert_eq!(found, [("house".into(), 1), (format!("members/{open}/card"), 3), ("sign".into(), 4)]);
    assert!(form.has_attachments());
}

#[test]
fn the_meta_schema_knows_the_types_of_the_code() {
    let meta: Value = serde_json::from_str(META_SCHEMA).expect("JSON");
    let known = &meta["$defs"]["node"]["properties"]["x-attachment"]["properties"];
    assert_eq!(known["types"]["items"]["enum"], json!(ATTACHMENT_TYPES));
    assert_eq!(known["max_bytes"]["maximum"], json!(doorstep_forms::limits::ATTACHMENT_BYTES));
}
