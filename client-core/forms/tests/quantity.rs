//! Quantities keep their unit, their qualifier and what was typed; masked digits stay masked.

mod common;

use common::{answers, faults, form, places, schema, small};
use doorstep_forms::{Context, Form, Kind, Outcome, Qualifier, Quantity};
use proptest::prelude::*;
use serde_json::{Value, json};

fn survey() -> Form {
    form(schema(json!({
        "booklets": {"title": "宣传册", "type": "object", "x-quantity": {"unit": "copies"}},
        "paid": {"title": "拨付", "type": "object",
            "x-quantity": {"unit": "yuan", "entry": ["wan_yuan", "yi_yuan"], "qualifiers": false, "minimum": 0, "maximum": 100000000}},
        "wheat": {"title": "小麦", "type": "object", "x-quantity": {"unit": "kg", "entry": ["jin", "ton"]}},
        "land": {"title": "土地", "type": "object", "x-quantity": {"unit": "mu", "entry": ["area_fen", "hectare", "m2"]}},
        "cattle": {"title": "养牛", "type": "object", "x-quantity": {"unit": "head"}},
        "bridges": {"title": "桥", "type": "object", "x-quantity": {"unit": "bridge", "symbol": "孔", "entry": ["wan_bridge"]}},
        "many": {"title": "多", "type": "boolean", "x-calculate": "doc.booklets.value >= 100000 && doc.booklets.qualifier == 'over'"},
        "yuan_each": {"title": "单价", "type": "string", "format": "decimal", "x-calculate": "doc.paid.value / doc.booklets.value"},
        "unread": {"title": "未读", "type": "string", "x-calculate": "coalesce(doc.cattle.masked, text(doc.cattle.value)) + doc.cattle.unit"}
    })))
}

fn full(form: &Form, given: Value) -> Outcome {
    form.evaluate(&answers(given), &Context::FULL)
}

fn keys(outcome: &Outcome) -> Vec<(&str, &str)> {
    outcome.violations.iter().map(|v| (v.path.as_str(), v.key.as_str())).collect()
}

#[test]
fn typed_texts_in_both_languages() {
    let form = survey();
    let over_70_wan =
        r#"{"entered":"70","entered_unit":"wan_copies","qualifier":"over","unit":"copies","value":"700000"}"#;
    let cases = [
        ("booklets", "70余万份", over_70_wan),
        ("booklets", "70万余份", over_70_wan),
        ("booklets", "70多万", over_70_wan),
        ("booklets", "７０ 余 万 份", over_70_wan),
        ("booklets", "over 70 wan", over_70_wan),
        ("booklets", "Over 70 wan copies", over_70_wan),
        ("booklets", "> 70 wan_copies", over_70_wan),
        ("booklets", "超过70万份", over_70_wan),
        ("booklets", "700000", r#"{"unit":"copies","value":"700000"}"#),
        ("booklets", "500份左右", r#"{"qualifier":"about","unit":"copies","value":"500"}"#),
        ("booklets", "约500份左右", r#"{"qualifier":"about","unit":"copies","value":"500"}"#),
        ("booklets", "近200份", r#"{"qualifier":"nearly","unit":"copies","value":"200"}"#),
        ("booklets", "1000份以上", r#"{"qualifier":"at_least","unit":"copies","value":"1000"}"#),
        ("booklets", "不少于1000份", r#"{"qualifier":"at_least","unit":"copies","value":"1000"}"#),
        ("booklets", "≥1000", r#"{"qualifier":"at_least","unit":"copies","value":"1000"}"#),
        (
            "booklets",
            "不超过3千份",
            r#"{"entered":"3","entered_unit":"qian_copies","qualifier":"at_most","unit":"copies","value":"3000"}"#,
        ),
        ("booklets", "at most 1 copy", r#"{"qualifier":"at_most","unit":"copies","value":"1"}"#),
        (
            "paid",
            "216.0429万元",
            r#"{"entered":"216.0429","entered_unit":"wan_yuan","unit":"yuan","value":"2160429"}"#,
        ),
        (
            "paid",
            "216.0429 wan_yuan",
            r#"{"entered":"216.0429","entered_unit":"wan_yuan","unit":"yuan","value":"2160429"}"#,
        ),
        ("paid", "¥300.50", r#"{"unit":"yuan","value":"300.5"}"#),
        ("wheat", "25斤", r#"{"entered":"25","entered_unit":"jin","unit":"kg","value":"12.5"}"#),
        ("wheat", "1.5 tonnes", r#"{"entered":"1.5","entered_unit":"ton","unit":"kg","value":"1500"}"#),
        ("land", "3分", r#"{"entered":"3","entered_unit":"area_fen","unit":"mu","value":"0.3"}"#),
        ("land", "1公顷", r#"{"entered":"1","entered_unit":"hectare","unit":"mu","value":"15"}"#),
        ("land", "5亩多", r#"{"qualifier":"over","unit":"mu","value":"5"}"#),
        ("cattle", "2x00头以上", r#"{"masked":"2x00","qualifier":"at_least","unit":"head"}"#),
        ("cattle", "12X00余", r#"{"masked":"12x00","qualifier":"over","unit":"head"}"#),
        ("cattle", "1□万头", r#"{"entered_unit":"wan_head","masked":"1□","unit":"head"}"#),
        (
            "bridges",
            "2万孔",
            r#"{"entered":"2","entered_unit":"wan_bridge","unit":"bridge","value":"20000"}"#,
        ),
    ];
    for (path, text, want) in cases {
        let got = form.parse_answer(path, text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(got, json!(want), "{text}");
        assert_eq!(keys(&full(&form, json!({ path: got }))), [], "{text}");
    }
    assert_eq!(form.parse_answer("booklets", "?dk"), Ok(json!({"missing": "dk"})));
    assert_eq!(form.parse_answer("booklets", " "), Ok(Value::Null));
}

#[test]
fn what_can_be_read_in_two_ways_is_refused_with_what_is_expected() {
    let form = survey();
    let cases = [
        ("booklets", "七十万份", "没有阿拉伯数字|“七十万份”无法识别"),
        ("booklets", "70,000份", "“70,000”不是规范的数字"),
        ("booklets", "1.5.2", "“1.5.2”不是规范的数字"),
        ("booklets", "60-70份", "出现了两个数"),
        ("booklets", "70万2000份", "出现了两个数"),
        ("booklets", "约70余份", "两个限定词互相矛盾"),
        ("booklets", "70元", "“元”无法识别"),
        ("booklets", "70k", "“k”无法识别"),
        ("booklets", "万份", "“万”的位置不对"),
        ("booklets", "70万万份", "“万”的位置不对"),
        ("booklets", "70份万", "“万”的位置不对"),
        ("booklets", "70近", "“近”的位置不对"),
        ("booklets", "约", "没有阿拉伯数字"),
        ("paid", "约300元", "这里只能填准确数"),
        ("paid", "3千元", "这里不用单位“千元”"),
        ("land", "3亩5分", "出现了两个数"),
        ("cattle", "2,x00", "“2,x00”不是规范的数字"),
        ("bridges", "3亿孔", "这里不用单位“亿孔”"),
        ("paid", "79228162514264337593543950335亿元", "数字过大"),
    ];
    for (path, text, reason) in cases {
        let error = form.parse_answer(path, text).expect_err(text);
        let (zh, en) = (error.message("zh"), error.message("en"));
        assert!(reason.split('|').any(|r| zh.contains(r)), "{text}: {zh}");
        assert!(zh.contains("应填一个数") && en.contains("expected one number"), "{text}: {en}");
    }
    let said = form.parse_answer("paid", "5 mu").unwrap_err().message("en");
    assert_eq!(
        said,
        "\"5 mu\": \"mu\" is not understood; expected one number, such as 70 or 1.5, in yuan, wan yuan, yi yuan"
    );
}

#[test]
fn expressions_see_the_amount_and_how_it_was_said() {
    let form = survey();
    let typed = |path: &str, text: &str| form.parse_answer(path, text).unwrap();
    let outcome = full(
        &form,
        json!({"booklets": typed("booklets", "70余万份"), "paid": typed("paid", "7万元"), "cattle": typed("cattle", "2x00头")}),
    );
    assert_eq!(outcome.calculated["many"], json!(true));
    assert_eq!(outcome.calculated["yuan_each"], json!("0.1"));
    assert_eq!(outcome.calculated["unread"], json!("2x00head"));
    assert_eq!(form.dataset_row(&outcome)["cattle"], json!(r#"{"masked":"2x00","unit":"head"}"#));
    let question = form.question("booklets").unwrap();
    assert_eq!((question.kind(), question.unit("zh")), (Kind::Quantity, Some(("copies", "份"))));
}

#[test]
fn wrong_answers_are_flagged_in_both_languages() {
    let form = survey();
    let cases = [
        (json!("{"), "type", "内容无法识别"),
        (json!("[]"), "quantity_shape", "数量须含数值"),
        (json!("{}"), "quantity_shape", "数量须含数值"),
        (json!(r#"{"unit":"copies","value":"1","colour":"red"}"#), "quantity_shape", "不能有别的内容"),
        (json!(r#"{"unit":"pages","value":"1"}"#), "quantity_unit", "单位应为份、千份、万份、亿份"),
        (
            json!(r#"{"entered":"1","entered_unit":"jin","unit":"copies","value":"1"}"#),
            "quantity_unit",
            "单位应为",
        ),
        (json!(r#"{"unit":"copies","value":700000}"#), "quantity_value", "十进制数"),
        (json!(r#"{"unit":"copies","value":"7e5"}"#), "quantity_value", "十进制数"),
        (json!(r#"{"unit":"copies"}"#), "quantity_value", "只能有其一"),
        (json!(r#"{"masked":"7x","unit":"copies","value":"70"}"#), "quantity_value", "只能有其一"),
        (json!(r#"{"masked":"700","unit":"copies"}"#), "quantity_value", "2x00"),
        (json!(r#"{"qualifier":"exact","unit":"copies","value":"1"}"#), "quantity_qualifier", "限定词应为"),
        (
            json!(r#"{"entered":"70","entered_unit":"wan_copies","unit":"copies","value":"70000"}"#),
            "quantity_entered",
            "填写的 70 wan_copies 与数值 70000 不符",
        ),
        (json!(r#"{"entered_unit":"wan_copies","unit":"copies","value":"70"}"#), "quantity_entered", "不符"),
        (json!(r#"{"entered":"71","unit":"copies","value":"70"}"#), "quantity_entered", "不符"),
        (json!(r#"{"entered":"70","masked":"7x","unit":"copies"}"#), "quantity_entered", "不符"),
    ];
    for (answer, key, said) in cases {
        let outcome = full(&form, json!({ "booklets": answer }));
        assert_eq!(keys(&outcome), [("booklets", key)], "{answer}");
        let zh = form.message(&outcome.violations[0], "zh");
        assert!(zh.contains(said), "{answer}: {zh}");
        let en = form.message(&outcome.violations[0], "en");
        assert!(en.is_ascii() || en.contains('份'), "{en}");
        assert_ne!(en, "Something is wrong with this answer");
    }
    let over = |text: &str| keys_of(&full(&form, json!({ "paid": text })));
    assert_eq!(over(r#"{"unit":"yuan","value":"100000001"}"#), ["maximum"]);
    assert_eq!(over(r#"{"unit":"yuan","value":"-1"}"#), ["minimum"]);
    assert_eq!(over(r#"{"qualifier":"about","unit":"yuan","value":"1"}"#), ["quantity_qualifier"]);
}

fn keys_of(outcome: &Outcome) -> Vec<String> {
    outcome.violations.iter().map(|v| v.key.clone()).collect()
}

#[test]
fn words_for_people() {
    let form = survey();
    let cases = [
        ("booklets", "70余万份", "70余万份", "over 700,000 copies"),
        ("paid", "216.0429万元", "216.0429万元", "2,160,429 yuan"),
        ("land", "不少于3分", "不少于3分", "at least 0.3 mu"),
        ("booklets", "1.5多万", "超过1.5万份", "over 15,000 copies"),
        ("cattle", "2x00头以上", "不少于2x00头", "at least 2x00 head"),
        ("cattle", "-1234567.5", "-1234567.5头", "-1,234,567.5 head"),
    ];
    for (path, text, zh, en) in cases {
        let def = form.question(path).and_then(|q| q.quantity()).unwrap();
        let quantity = Quantity::read(&form.parse_answer(path, text).unwrap()).unwrap();
        assert_eq!((quantity.text(def, "zh").as_str(), quantity.text(def, "en").as_str()), (zh, en));
    }
}

#[test]
fn sums_say_what_their_parts_said() {
    use Qualifier::{About, AtLeast, AtMost, Nearly, Over};
    let of = Qualifier::of_sum;
    assert_eq!(of(None, None), None);
    assert_eq!(of(Some(Over), None), Some(Over));
    assert_eq!(of(Some(Over), Some(AtLeast)), Some(Over));
    assert_eq!(of(Some(Nearly), Some(AtMost)), Some(AtMost));
    assert_eq!(of(Some(Over), Some(Nearly)), Some(About));
    assert_eq!(of(Some(AtLeast), Some(About)), Some(About));
    for (a, b) in Qualifier::ALL.into_iter().flat_map(|a| Qualifier::ALL.map(|b| (a, b))) {
        assert_eq!(of(Some(a), Some(b)), of(Some(b), Some(a)));
    }
}

#[test]
fn mistaken_definitions_are_faults() {
    let definition = |quantity: Value| {
        faults(small(schema(json!({"q": {"title": "量", "type": "object", "x-quantity": quantity}}))))
    };
    let one = |quantity: Value| {
        let list = definition(quantity);
        assert_eq!(list.len(), 1, "{list:?}");
        (places(&list).remove(0), list[0].reason_en.clone())
    };
    let (place, why) = one(json!({"unit": "yaun"}));
    assert_eq!(place, "schema.json#/properties/q/x-quantity/unit keyword_value");
    assert!(why.ends_with("did you mean `yuan`?"), "{why}");
    let (place, why) = one(json!({"unit": "mu", "entry": ["jin"]}));
    assert_eq!(place, "schema.json#/properties/q/x-quantity/entry/0 keyword_value");
    assert!(why.contains("cannot be converted"), "{why}");
    assert_eq!(
        one(json!({"unit": "mu", "rate": 1})).0,
        "schema.json#/properties/q/x-quantity/rate keyword_value"
    );
    assert_eq!(one(json!({})).0, "schema.json#/properties/q/x-quantity keyword_value");
    let text =
        faults(small(schema(json!({"q": {"title": "量", "type": "string", "x-quantity": {"unit": "mu"}}}))));
    assert_eq!(places(&text), ["schema.json#/properties/q/x-quantity question"]);
    let written = json!({"title": "量", "type": "object", "x-quantity": {"unit": "mu"}, "properties": {"value": {"type": "string"}}});
    let list = faults(small(schema(json!({ "q": written }))));
    assert_eq!(places(&list), ["schema.json#/properties/q/properties question"]);
}

proptest! {
    /// Chinese words read back as the same answer, and every answer made from typed text is valid.
    #[test]
    fn chinese_words_read_back(digits in 0u64..10_000_000, scale in 0u32..4, unit in 0usize..4, qualifier in 0usize..6) {
        let form = survey();
        let def = form.question("booklets").and_then(|q| q.quantity()).unwrap();
        let number = rust_decimal::Decimal::new(digits as i64, scale).normalize();
        let qualifier = Qualifier::ALL.get(qualifier).copied();
        let quantity = Quantity::new(number, &def.entry()[unit], "copies", qualifier).unwrap();
        let words = quantity.text(def, "zh");
        prop_assert_eq!(def.parse(&words).map_err(|e| e.to_string()), Ok(quantity.clone()), "{}", words);
        let outcome = full(&form, json!({"booklets": quantity.canonical()}));
        prop_assert_eq!(keys(&outcome), []);
    }

    /// Any text gives an answer or an error, never a panic; and what is answered is valid.
    #[test]
    fn reading_is_total(text in "[0-9xX□*.,，万千亿余多约近份斤 a-zé😀>=≥~-]{0,24}") {
        let form = survey();
        if let Ok(value) = form.parse_answer("booklets", &text) {
            let wrong = full(&form, json!({"booklets": value.clone()}));
            prop_assert_eq!(keys(&wrong), [], "{} -> {}", text, value);
        }
    }
}
