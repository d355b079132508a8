//! Printed pages: nothing written by people becomes markup, and a posting list holds nothing but what is posted.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use doorstep_forms::{Answers, Form, FormPackage};
use doorstep_server::language::Language;
use doorstep_server::print::{Head, Posted, Posting, PrintedRecord, posting, questionnaire, record};
use serde_json::{Value, json};

const CANARY: &str = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&";

fn form(schema: Value, locales: Value, en: Option<Value>) -> Form {
    let manifest = json!({"id": "small", "version": 1, "kind": "register", "entity": "household",
        "title": {"zh": format!("表{CANARY}"), "en": format!("Form{CANARY}")}, "locales": locales, "label": "doc.name"});
    let mut files = BTreeMap::from([
        ("form.json".to_owned(), manifest.to_string().into_bytes()),
        ("schema.json".to_owned(), schema.to_string().into_bytes()),
    ]);
    if let Some(en) = en {
        files.insert("i18n/en.json".to_owned(), en.to_string().into_bytes());
    }
    let package = FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:#?}"));
    Form::compile(package).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// A form whose every text is a canary.
fn hostile() -> Form {
    let title = |text: &str| format!("{text}{CANARY}");
    let many: serde_json::Map<String, Value> =
        (0..8).map(|i| (format!("q{i}"), json!({"title": title("列"), "type": "string"}))).collect();
    form(
        json!({"title": title("表"), "type": "object", "additionalProperties": false, "properties": {
            "name": {"title": title("姓名"), "description": title("提示"), "type": "string"},
            "land": {"title": title("地"), "type": "integer", "x-unit": {"code": "mu", "symbol": title("亩")}},
            "grade": {"title": title("级"), "oneOf": [{"const": "a", "title": title("甲")}]},
            "needs": {"title": title("需求"), "type": "array", "items": {"oneOf": [{"const": "a", "title": title("甲")}]}},
            "ticks": {"title": title("多选"), "type": "object", "x-multi": true, "additionalProperties": false,
                "properties": {"a": {"title": title("甲"), "type": "boolean"}}},
            "amount": {"title": title("量"), "type": "object", "x-quantity": {"unit": "bag", "symbol": title("袋")}},
            "why": {"title": title("为何"), "type": "string", "x-relevant": "doc.grade == 'a'"},
            "odd": {"title": title("怪"), "type": "string", "x-relevant": "size(doc.name) < 1000 && doc.name != '<script>alert(3)</script>'"},
            "members": {"title": title("成员"), "type": "object", "x-roster": {"label": "row.name"}, "additionalProperties": {
                "type": "object", "additionalProperties": false, "properties": {"name": {"title": title("名"), "type": "string"}}}},
            "wide": {"title": title("宽表"), "type": "object", "x-roster": {}, "additionalProperties": {
                "type": "object", "additionalProperties": false, "properties": many}},
            "sign": {"title": title("签名"), "type": "object", "x-signature": true}
        }}),
        json!(["zh"]),
        None,
    )
}

fn assert_no_markup(html: &str) {
    for bad in ["<script", "<img", "onerror=alert(2)>"] {
        assert!(!html.contains(bad), "{bad} in {html}");
    }
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the canary is there as text");
    assert_eq!(html.matches("<html").count(), 1);
}

#[test]
fn labels_and_answers_are_text() {
    let form = hostile();
    for language in [Language::Zh, Language::En] {
        assert_no_markup(&questionnaire(&form, language));
    }
    let row = "01J9ZZZZZZZZZZZZZZZZZZZZZA";
    let mut answers: Answers = serde_json::from_value(json!({
        "name": CANARY, "land": 3, "grade": CANARY, "needs": format!("[{}]", json!(CANARY)), "ticks/a": true,
        "amount": json!({"unit": CANARY, "value": "1"}).to_string(), "why": CANARY, "odd": CANARY,
        format!("members/{row}/name"): CANARY,
        "sign": json!({"by": CANARY, "role": CANARY, "signed_on": CANARY, "heads": ["a"]}).to_string()
    }))
    .unwrap();
    answers.extend((0..8).map(|i| (format!("wide/{row}/q{i}"), json!(CANARY))));
    let printed = PrintedRecord {
        record: CANARY.into(),
        area: CANARY.into(),
        state: CANARY.into(),
        different: vec!["name".into()],
        answers,
        signatures: Vec::new(),
    };
    for language in [Language::Zh, Language::En] {
        let html = record(&form, &printed, language);
        assert_no_markup(&html);
        assert!(html.contains("填写不一致") || html.contains("different answers"));
    }
}

#[test]
fn the_questionnaire_tells_when_a_question_is_asked_and_has_boxes() {
    let form = form(
        json!({"title": "表", "type": "object", "additionalProperties": false, "properties": {
            "poor": {"title": "贫困", "type": "boolean", "x-required": true},
            "why": {"title": "原因", "oneOf": [{"const": "ill", "title": "因病"}], "x-relevant": "doc.poor"},
            "total": {"title": "合计", "type": "integer", "x-calculate": "1"},
            "members": {"title": "成员", "type": "object", "x-roster": {}, "additionalProperties": {
                "type": "object", "additionalProperties": false, "properties": {"name": {"title": "姓名", "type": "string"}}}},
            "name": {"title": "户主", "type": "string"}
        }}),
        json!(["zh", "en"]),
        Some(
            json!({"poor.label": "Poor", "why.label": "Reason", "why.ill": "illness", "total.label": "Total",
            "members.label": "Members", "members.name.label": "Name", "name.label": "Head"}),
        ),
    );
    let zh = questionnaire(&form, Language::Zh);
    for said in ["★ 贫困", "□ 是", "□ 因病", "仅当“贫困”为“是”时填写", "<th>姓名</th>", "被访人（签字）"]
    {
        assert!(zh.contains(said), "{said} in {zh}");
    }
    assert!(!zh.contains("合计"), "what is calculated is not asked");
    let en = questionnaire(&form, Language::En);
    for said in ["★ Poor", "□ illness", "only if &quot;Poor&quot; is yes", "<th>Name</th>"] {
        assert!(en.contains(said), "{said} in {en}");
    }
}

#[test]
fn the_forms_of_the_project_can_be_printed_in_both_languages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/forms");
    for name in ["household_register", "sample_check"] {
        let mut files = BTreeMap::new();
        let folder = root.join(name).join("1");
        let mut folders = vec![folder.clone()];
        while let Some(at) = folders.pop() {
            for entry in std::fs::read_dir(at).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let inside = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
                    files.insert(inside, std::fs::read(&path).unwrap());
                }
            }
        }
        let form = Form::compile(FormPackage::from_files(files).unwrap()).unwrap();
        let (zh, en) = (questionnaire(&form, Language::Zh), questionnaire(&form, Language::En));
        let han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        // Brackets of width and the sign for "needed" aside, an English page has no Chinese.
        assert!(!han(&en.replace("Noto Serif CJK SC", "")), "{name}");
        assert!(zh.contains("□") && en.contains("only if"), "{name}");
        for golden in form.package().golden_tests() {
            let printed = PrintedRecord { answers: golden.answers.clone(), ..PrintedRecord::default() };
            assert!(record(&form, &printed, Language::Zh).contains("</html>"));
        }
    }
}

#[test]
fn a_posting_list_counts_and_withholds_names_of_minors() {
    let posted = |head: Head, group: &str| Posted { group: group.into(), head, class: CANARY.into() };
    let list = Posting {
        area: "松岭村".into(),
        subject: "识别".into(),
        day: "2015-07-01".into(),
        households: vec![
            posted(Head::Adult("王小明".into()), "乙组"),
            posted(Head::Minor, "甲组"),
            posted(Head::AgeUnknown, "甲组"),
        ],
    };
    let html = posting(&list, Language::Zh);
    assert_no_markup(&html);
    assert!(html.contains("共 3 户") && html.contains("未成年人，姓名不公示"));
    assert!(html.contains("出生日期不详"), "who may be an adult is not called a minor");
    assert!(html.find("乙组") < html.find("甲组"), "by group");
}
