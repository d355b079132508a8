//! What each keyword beyond the worked example means.

mod common;

use common::{answers, form, form_of, row, schema, small};
use doorstep_forms::{Context, Form, Kind, Mode, Outcome};
use serde_json::{Value, json};

fn keys(outcome: &Outcome) -> Vec<(&str, &str)> {
    outcome.violations.iter().map(|v| (v.path.as_str(), v.key.as_str())).collect()
}

fn full(form: &Form, value: Value) -> Outcome {
    form.evaluate(&answers(value), &Context::FULL)
}

fn decimal(title: &str) -> Value {
    json!({"title": title, "type": "string", "format": "decimal"})
}

fn rows(properties: Value) -> Value {
    json!({"title": "子表", "type": "object", "x-roster": {"order": "_order"}, "additionalProperties":
        {"type": "object", "additionalProperties": false, "properties": properties}})
}

#[test]
fn groups_are_records() {
    let form = form(schema(json!({
        "house": {"title": "住房", "type": "object", "x-group": true, "additionalProperties": false, "required": ["grade"],
            "x-relevant": "doc.has_house", "properties": {
            "grade": {"title": "等级", "enum": ["A", "B", "C", "D"]},
            "area": decimal("面积"),
            "unsafe_house": {"title": "危房", "type": "boolean", "x-calculate": "doc.house.grade in ['C', 'D']"}}},
        "has_house": {"title": "有住房", "type": "boolean"}
    })));
    let outcome = full(&form, json!({"has_house": true, "house/grade": "D", "house/area": "80"}));
    assert_eq!(keys(&outcome), []);
    assert_eq!(outcome.tree["house"], json!({"grade": "D", "area": "80", "unsafe_house": true}));
    assert_eq!(form.dataset_row(&outcome)["house/unsafe_house"], json!(true));
    assert_eq!(keys(&full(&form, json!({"has_house": true}))), [("house/grade", "required")]);
    let without = full(&form, json!({"has_house": false, "house/grade": "E"}));
    assert_eq!(keys(&without), []);
    assert_eq!(without.irrelevant.iter().collect::<Vec<_>>(), ["house"]);
    assert_eq!(without.tree, json!({"has_house": false}));
}

#[test]
fn years_and_rosters_inside_years() {
    let wage = rows(
        json!({"amount": decimal("金额"), "share": {"title": "占比", "type": "string", "format": "decimal",
        "x-calculate": "round(row.amount / parent.wages, 2)"}}),
    );
    let form = form(schema(json!({
        "years": {"title": "年度", "type": "object", "x-roster": {"kind": "yearly"}, "propertyNames": {"pattern": "^20[0-9]{2}$"},
            "additionalProperties": {"type": "object", "additionalProperties": false, "required": ["persons"], "properties": {
                "persons": {"title": "人数", "type": "integer", "minimum": 1},
                "wage": wage,
                "wages": {"title": "合计", "type": "string", "format": "decimal", "x-calculate": "sum(row.wage.map(w, w.amount))"},
                "percap": {"title": "人均", "type": "string", "format": "decimal", "x-calculate": "round(row.wages / row.persons, 2)"}}}},
        "before": {"title": "2014年人均", "type": "string", "format": "decimal", "x-calculate": "doc.years['2014'].percap"}
    })));
    let (a, b) = (row('A'), row('B'));
    let outcome = full(
        &form,
        json!({
        "years/2014/persons": 3, format!("years/2014/wage/{a}/amount"): "1000", format!("years/2014/wage/{b}/amount"): "3000",
        "years/2015/persons": 0, "years/soon/persons": 1, "years/1999/persons": 1 }),
    );
    assert_eq!(outcome.calculated["years/2014/percap"], json!("1333.33"));
    assert_eq!(outcome.calculated["before"], json!("1333.33"));
    assert_eq!(outcome.calculated[&format!("years/2014/wage/{b}/share")], json!("0.75"));
    assert_eq!(outcome.calculated["years/2015/wages"], json!("0"));
    assert!(!outcome.calculated.contains_key("years/2015/percap"));
    assert_eq!(
        outcome.diagnostics.iter().map(|d| (d.at.as_str(), d.note)).collect::<Vec<_>>(),
        [("years/2015/percap", "division_by_zero")]
    );
    assert_eq!(
        keys(&outcome),
        [
            ("years/1999", "propertyNames"),
            ("years/2015/persons", "minimum"),
            ("years/soon/persons", "unknown_path")
        ]
    );
    assert_eq!(form.question("years").map(|q| q.kind()), Some(Kind::Yearly));
    assert_eq!(form.describe_path("years/2014/percap", "zh"), "年度 2014 › 人均");
    assert_eq!(
        form.rows(
            "years/2014/wage",
            &answers(json!({ format!("years/2014/wage/{a}/amount"): "1",
        format!("years/2015/wage/{b}/amount"): "1" }))
        )
        .len(),
        1
    );
}

#[test]
fn row_constraints_and_question_constraints() {
    let mut member = rows(json!({
        "id_no": {"title": "证件号", "type": "string", "x-constraints": [
            {"key": "id_checksum", "severity": "warning", "expression": "id_checksum_ok(value)", "human": "证件号校验位有误"}]},
        "born": {"title": "出生", "type": "string", "format": "date"},
        "married": {"title": "结婚", "type": "string", "format": "date"}}));
    member["additionalProperties"]["x-constraints"] = json!([
        {"key": "after_birth", "severity": "error", "location": ["/married"], "expression": "row.married > row.born", "human": "结婚早于出生"},
        {"key": "whole_row", "severity": "warning", "expression": "has(row.born) || has(row.id_no)", "human": "至少填一项"}]);
    let form = form(schema(json!({ "members": member })));
    let (a, b) = (row('A'), row('B'));
    let outcome = full(
        &form,
        json!({
        format!("members/{a}/id_no"): "999999197001010018", format!("members/{a}/born"): "1970-01-01",
        format!("members/{a}/married"): "1960-01-01", format!("members/{b}/_order"): "b" }),
    );
    let want = [
        (format!("members/{a}/id_no"), "id_checksum"),
        (format!("members/{a}/married"), "after_birth"),
        (format!("members/{b}"), "whole_row"),
    ];
    assert_eq!(keys(&outcome), want.iter().map(|(p, k)| (p.as_str(), *k)).collect::<Vec<_>>());
    let messages: Vec<String> = outcome.violations.iter().map(|v| form.message(v, "zh")).collect();
    assert_eq!(messages, ["证件号校验位有误", "结婚早于出生", "至少填一项"]);
}

#[test]
fn a_draft_is_not_told_of_what_it_has_not_reached() {
    let mut schema = schema(json!({
        "agrees": {"title": "一致", "type": "boolean"},
        "differences": rows(json!({"what": {"title": "内容", "type": "string"}}))
    }));
    schema["x-constraints"] = json!([
        {"key": "list_them", "severity": "warning", "location": ["/differences"], "human": "请列出",
            "expression": "size(doc.differences) > 0 || doc.agrees != false"},
        {"key": "one_at_least", "severity": "error", "location": ["/differences"], "human": "至少一行", "expression": "size(doc.differences) > 0"}]);
    let form = form(schema);
    let draft = |value: Value| form.evaluate(&answers(value), &Context::DRAFT);
    assert_eq!(keys(&draft(json!({}))), []);
    assert_eq!(keys(&draft(json!({"agrees": false}))), [("differences", "list_them")]);
    assert_eq!(keys(&full(&form, json!({}))), [("differences", "one_at_least")]);
}

#[test]
fn required_by_expression_and_blank_text() {
    let form = form(schema(json!({
        "poor": {"title": "贫困", "type": "boolean", "x-required": true},
        "cause": {"title": "原因", "type": "string", "x-required": "doc.poor"}
    })));
    assert_eq!(keys(&full(&form, json!({"poor": true}))), [("cause", "required")]);
    assert_eq!(keys(&full(&form, json!({"poor": true, "cause": "  "}))), [("cause", "required")]);
    assert_eq!(keys(&full(&form, json!({"poor": false}))), []);
    assert_eq!(keys(&full(&form, json!({}))), [("poor", "required")]);
    let asked = form.asked(&answers(json!({"poor": true})));
    assert!(asked.iter().all(|a| a.required));
}

#[test]
fn multi_selects() {
    let form = form(schema(json!({
        "main": {"title": "主因", "enum": ["ill", "school", "land"]},
        "others": {"title": "其他原因", "type": "object", "x-multi": true, "additionalProperties": false, "maxProperties": 2, "minProperties": 1,
            "x-required": true, "properties": {"ill": {"title": "病", "type": "boolean"}, "school": {"title": "学", "type": "boolean"}, "land": {"title": "地", "type": "boolean"}},
            "x-constraints": [{"key": "not_main", "severity": "error", "expression": "!(doc.main in value)", "human": "与主因重复"}]},
        "n": {"title": "数", "type": "integer", "x-calculate": "size(doc.others)"}
    })));
    let outcome = full(&form, json!({"main": "ill", "others/ill": true, "others/school": false}));
    assert_eq!(keys(&outcome), [("others", "not_main")]);
    assert_eq!(outcome.calculated["n"], json!(1));
    assert_eq!(outcome.tree["others"], json!({"ill": true}));
    assert_eq!(
        keys(&full(&form, json!({"others/ill": true, "others/school": true, "others/land": true}))),
        [("others", "maxProperties")]
    );
    assert_eq!(keys(&full(&form, json!({"others/ill": false}))), [("others", "required")]);
    let unsaid = full(&form, json!({"others": {"missing": "dk"}}));
    assert_eq!(keys(&unsaid), []);
    assert!(!unsaid.calculated.contains_key("n"), "unknown is not none");
    assert_eq!(form.dataset_row(&unsaid)["others"], json!({"missing": "dk"}));
    // Ticks say more than "does not know".
    let both = full(&form, json!({"others": {"missing": "dk"}, "others/land": true}));
    assert_eq!((keys(&both), both.calculated["n"].clone()), (vec![], json!(1)));
}

#[test]
fn decimals_have_bounds() {
    let mut share = decimal("比例");
    share["minimum"] = json!(0);
    share["exclusiveMaximum"] = json!(1.5);
    let form = form(schema(json!({ "share": share })));
    for (text, key) in [
        ("-0.01", Some("minimum")),
        ("0", None),
        ("1.4999", None),
        ("1.5", Some("exclusiveMaximum")),
        ("1e5", Some("format")),
    ] {
        let outcome = full(&form, json!({ "share": text }));
        assert_eq!(keys(&outcome), key.map(|k| ("share", k)).into_iter().collect::<Vec<_>>(), "{text}");
    }
    let outcome = full(&form, json!({"share": "1.5"}));
    assert_eq!(form.message(&outcome.violations[0], "en"), "Must be less than 1.5");
}

#[test]
fn a_row_of_another_roster() {
    let mut members = rows(json!({"name": {"title": "姓名", "type": "string"}}));
    members["x-roster"]["label"] = json!("row.name");
    let form = form(schema(json!({
        "members": members,
        "wages": rows(json!({"who": {"title": "谁", "type": "string", "x-row-of": "members"},
            "who_name": {"title": "姓名", "type": "string", "x-calculate": "doc.members[row.who].name"}}))
    })));
    let (a, b, w) = (row('A'), row('B'), row('W'));
    let base = json!({ format!("members/{a}/name"): "甲", format!("members/{b}/_order"): "z", format!("wages/{w}/who"): a });
    let outcome = full(&form, base.clone());
    assert_eq!(keys(&outcome), []);
    assert_eq!(outcome.calculated[&format!("wages/{w}/who_name")], json!("甲"));
    let path = format!("wages/{w}/who");
    let labels: Vec<String> =
        form.choices(&path, &answers(base.clone()), "zh").into_iter().map(|c| c.label).collect();
    // Rows with an order key come first; a row without name is called by its number.
    assert_eq!(labels, ["1", "甲"]);
    let mut gone = answers(base);
    gone.insert(format!("members/{a}/_deleted"), json!(true));
    assert_eq!(keys(&form.evaluate(&gone, &Context::FULL)), [(path.as_str(), "x-row-of")]);
}

#[test]
fn transitions_need_the_state_before() {
    let form = form(schema(json!({
        "state": {"title": "状态", "oneOf": [{"const": "new", "title": "新"}, {"const": "posted", "title": "公示"}, {"const": "closed", "title": "结束"}],
            "x-transitions": {"": ["new"], "new": ["posted"], "posted": ["closed"]}}
    })));
    let go = |from: Value, to: &str| {
        let previous = answers(from);
        let outcome = form.evaluate(
            &answers(json!({ "state": to })),
            &Context { mode: Mode::Draft, previous: Some(&previous) },
        );
        outcome.violations.first().map(|v| form.message(v, "zh"))
    };
    assert_eq!(go(json!({"state": "new"}), "posted"), None);
    assert_eq!(go(json!({"state": "new"}), "new"), None);
    assert_eq!(go(json!({"state": "new"}), "closed"), Some("不能由“新”改为“结束”".into()));
    assert_eq!(go(json!({"state": "closed"}), "new"), Some("不能由“结束”改为“新”".into()));
    assert_eq!(go(json!({}), "new"), None);
    assert_eq!(go(json!({}), "posted"), Some("不能从“公示”开始".into()));
    assert_eq!(
        keys(&full(&form, json!({"state": "closed"}))),
        [],
        "without a state before, nothing is asked"
    );
}

#[test]
fn compounds_are_one_answer() {
    let form = form(schema(json!({
        "wheat": {"title": "小麦", "type": "object", "required": ["value"], "additionalProperties": false, "properties": {
            "value": {"type": "string", "format": "decimal"}, "unit": {"enum": ["kg", "jin"]}, "qualifier": {"enum": ["exact", "about"]}}},
        "needs": {"title": "需求", "type": "array", "uniqueItems": true, "maxItems": 2, "items": {"oneOf": [
            {"const": "money", "title": "钱"}, {"const": "skill", "title": "技术"}, {"const": "land", "title": "地"}]}},
        "kg": {"title": "公斤", "type": "string", "format": "decimal", "x-calculate": "doc.wheat.unit == 'jin' ? doc.wheat.value / 2 : doc.wheat.value"},
        "first": {"title": "首要", "type": "string", "x-calculate": "doc.needs[0]"}
    })));
    assert_eq!(form.question("needs").map(|q| q.kind()), Some(Kind::Ranking));
    assert_eq!(form.choices("needs", &answers(json!({})), "zh").len(), 3);
    let outcome =
        full(&form, json!({"wheat": r#"{"unit":"jin","value":"25"}"#, "needs": r#"["skill","money"]"#}));
    assert_eq!(keys(&outcome), []);
    assert_eq!(
        (outcome.calculated["kg"].clone(), outcome.calculated["first"].clone()),
        (json!("12.5"), json!("skill"))
    );
    assert_eq!(form.dataset_row(&outcome)["wheat"], json!(r#"{"unit":"jin","value":"25"}"#));
    let bad = full(&form, json!({"wheat": r#"{"unit":"ton"}"#, "needs": "[\"skill\",\"skill\",\"x\"]"}));
    assert_eq!(
        keys(&bad),
        [
            ("needs", "enum"),
            ("needs", "maxItems"),
            ("needs", "uniqueItems"),
            ("wheat", "enum"),
            ("wheat", "parts")
        ]
    );
    for broken in [json!("{"), json!({"value": "1"}), json!(5), json!("\"text\""), json!("[".repeat(1000))] {
        assert_eq!(keys(&full(&form, json!({ "wheat": broken }))), [("wheat", "type")]);
    }
}

#[test]
fn rankings_are_typed_checked_and_read() {
    let form = form(schema(json!({
        "help_needs": {"title": "需求", "type": "array", "uniqueItems": true, "minItems": 2, "x-required": true, "items": {"oneOf": [
            {"const": "infrastructure", "title": "基础设施"}, {"const": "jobs", "title": "就业"}, {"const": "land", "title": "土地"}]}},
        "first": {"title": "首要", "type": "string", "x-calculate": "doc.help_needs[0]"},
        "many": {"title": "项数", "type": "integer", "x-calculate": "size(doc.help_needs)"},
        "jobs_at": {"title": "就业位次", "type": "integer", "x-calculate": "position(doc.help_needs, 'jobs')"},
        "land_at": {"title": "土地位次", "type": "integer", "x-calculate": "position(doc.help_needs, 'land')"}
    })));
    let typed = json!(r#"["infrastructure","jobs"]"#);
    for text in
        ["infrastructure,jobs", " 基础设施、就业 ", "infrastructure > 就业", r#"["infrastructure", "jobs"]"#]
    {
        assert_eq!(form.parse_answer("help_needs", text), Ok(typed.clone()), "{text}");
    }
    assert!(form.parse_answer("help_needs", "jobs,roads").is_err(), "an unknown code");
    let outcome = full(&form, json!({ "help_needs": typed }));
    assert_eq!(keys(&outcome), []);
    let worked_out = json!({"first": "infrastructure", "many": 2, "jobs_at": 2});
    assert_eq!(json!(outcome.calculated), worked_out, "a code that was not ranked has no place");
    let wrong = |text: &str| {
        let outcome = full(&form, json!({ "help_needs": text }));
        outcome.violations.iter().map(|v| v.key.clone()).collect::<Vec<_>>()
    };
    assert_eq!(wrong(r#"["jobs","jobs"]"#), ["uniqueItems"]);
    assert_eq!(wrong(r#"["jobs","roads"]"#), ["enum"]);
    assert_eq!(wrong(r#"["jobs"]"#), ["minItems"]);
    assert_eq!(wrong("[]"), ["minItems", "required"]);
    assert_eq!(keys(&full(&form, json!({}))), [("help_needs", "required")]);
}

#[test]
fn rankings_of_a_list_and_of_rows() {
    let mut files = small(schema(json!({
        "crops": {"title": "作物", "type": "array", "items": {"type": "string", "x-codes": {"list": "crops"}}},
        "members": {"title": "成员", "type": "object", "x-roster": {}, "additionalProperties": {"type": "object", "additionalProperties": false,
            "properties": {"name": {"title": "姓名", "type": "string"}}}},
        "helpers": {"title": "帮手", "type": "array", "items": {"type": "string", "x-row-of": "members"}}
    })));
    files.insert("codes/crops.csv".into(), "code,label\nwheat,小麦\nmaize,玉米\n".into());
    let form = form_of(files);
    let member = row('A');
    let given = |helper: &str| {
        let name = format!("members/{member}/name");
        full(
            &form,
            json!({"crops": r#"["maize","rice"]"#, "helpers": json!([helper]).to_string(), name: "甲"}),
        )
    };
    assert_eq!(keys(&given(&member)), [("crops", "x-codes")]);
    assert_eq!(keys(&given(&row('B'))), [("crops", "x-codes"), ("helpers", "x-row-of")]);
    assert_eq!(form.parse_answer("crops", "玉米,wheat"), Ok(json!(r#"["maize","wheat"]"#)));
}

#[test]
fn calculations_in_order_with_kinds_kept() {
    let form = form(schema(json!({
        "total": {"title": "合计", "type": "string", "format": "decimal", "x-calculate": "doc.third * 3"},
        "third": {"title": "三分", "type": "string", "format": "decimal", "x-calculate": "doc.n / 3"},
        "whole": {"title": "整", "type": "integer", "x-calculate": "doc.n / 4"},
        "grade": {"title": "级", "enum": ["low", "high"], "x-calculate": "doc.n > 5 ? 'high' : 'low'"},
        "next": {"title": "次日", "type": "string", "format": "date", "x-calculate": "doc._date + 1"},
        "deep": {"title": "深", "type": "integer", "x-relevant": "doc.grade == 'high'", "x-calculate": "1"},
        "n": {"title": "数", "type": "integer"}
    })));
    let outcome = full(&form, json!({"n": 10, "_date": "2015-12-31", "third": "999"}));
    assert_eq!(outcome.calculated["third"], json!("3.3333"));
    assert_eq!(outcome.calculated["total"], json!("9.9999"), "what is shown is what is used");
    assert!(!outcome.calculated.contains_key("whole"));
    assert_eq!(outcome.diagnostics[0].note, "not_whole");
    assert_eq!(
        (outcome.calculated["grade"].clone(), outcome.calculated["next"].clone()),
        (json!("high"), json!("2016-01-01"))
    );
    assert_eq!(outcome.calculated["deep"], json!(1));
    let low = full(&form, json!({"n": 4}));
    assert!(low.irrelevant.contains("deep") && !low.calculated.contains_key("deep"));
    assert_eq!(low.calculated["whole"], json!(1));
    assert_eq!(
        form.eval_expr(
            &doorstep_forms::expr::Expr::parse("doc.third > 1").unwrap(),
            &answers(json!({"n": 4}))
        )
        .as_bool(),
        Some(true)
    );
}

#[test]
fn preloaded_rosters_and_hidden_answers() {
    let form = form(schema(json!({
        "registered": {"title": "登记成员", "type": "object", "x-roster": {"label": "row.name"}, "x-preload": "subject.members", "x-hidden-until": "submitted",
            "additionalProperties": {"type": "object", "additionalProperties": false, "properties": {"name": {"title": "姓名", "type": "string"}}}},
        "registered_cause": {"title": "登记原因", "type": "string", "x-preload": "subject.poor.cause", "x-hidden-until": "submitted"},
        "found": {"title": "实有人数", "type": "integer"},
        "found_cause": {"title": "实查原因", "type": "string"},
        "differs": {"title": "人数不符", "type": "boolean", "x-hidden-until": "submitted", "x-calculate": "doc.found != size(doc.registered)"},
        "cause_differs": {"title": "原因不符", "type": "boolean", "x-hidden-until": "submitted", "x-calculate": "doc.found_cause != doc._pre.poor.cause"}
    })));
    let subject = json!({ format!("members/{}/name", row('A')): "甲", format!("members/{}/name", row('B')): "乙", "poor/cause": "ill", "poor/other": "x" });
    let mut all = form.preload_answers(&answers(subject));
    assert_eq!(all.len(), 3);
    all.insert("found".into(), json!(3));
    all.insert("found_cause".into(), json!("ill"));
    let outcome = form.evaluate(&all, &Context::FULL);
    assert_eq!(keys(&outcome), []);
    assert_eq!(
        (outcome.calculated["differs"].clone(), outcome.calculated["cause_differs"].clone()),
        (json!(true), json!(false))
    );
    assert_eq!(form.preloads().iter().filter(|p| p.hidden_until_submitted).count(), 2);
    assert!(form.question("differs").is_some_and(|q| q.hidden_until_submitted()));
    assert_eq!(outcome.tree["registered"][row('A')]["name"], json!("甲"));
}

#[test]
fn any_answers_give_an_outcome() {
    use proptest::prelude::*;
    let form = form_of(common::fixture("visit"));
    let templates: Vec<String> = form
        .paths()
        .chain(["members".into(), "causes".into(), "_date".into(), "_pre/head_name".into(), "x/y".into()])
        .collect();
    let value = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|b| json!(b)),
        any::<i64>().prop_map(|n| json!(n)),
        any::<f64>().prop_map(|n| json!(n)),
        "\\PC{0,20}".prop_map(|s| json!(s)),
        "-?[0-9]{1,30}([.][0-9]{1,5})?".prop_map(|s| json!(s)),
        "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]".prop_map(|s| json!(s)),
        Just(json!({"missing": "dk"})),
        Just(json!({"missing": 1})),
        Just(json!([1, {"a": null}])),
        Just(json!("{\"type\":\"Point\",\"coordinates\":[1,2]}"))
    ];
    let entry = (proptest::sample::select(templates), "[AB]", value);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(1500));
    let strategy = proptest::collection::vec(entry, 0..30);
    let result = runner.run(&strategy, |entries| {
        let all: doorstep_forms::Answers = entries
            .into_iter()
            .map(|(template, letter, value)| {
                let letter = letter.chars().next().unwrap_or('A');
                (template.replace('*', &row(letter)), value)
            })
            .collect();
        for context in [Context::DRAFT, Context::FULL, Context { mode: Mode::Full, previous: Some(&all) }] {
            let outcome = form.evaluate(&all, &context);
            let dataset = form.dataset_row(&outcome);
            prop_assert!(!dataset.contains_key("retry_date") || !outcome.irrelevant.contains("retry_date"));
            prop_assert_eq!(form.evaluate(&all, &context), outcome);
        }
        let _ = (form.label(&all), form.asked(&all), form.choices("village", &all, "en"));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn typing_never_panics() {
    use proptest::prelude::*;
    let form = form_of(common::fixture("visit"));
    let templates: Vec<String> = form.paths().collect();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(3000));
    let strategy = (proptest::sample::select(templates), "\\PC{0,30}");
    let result = runner.run(&strategy, |(template, text)| {
        let path = template.replace('*', &row('A'));
        if let Ok(value) = form.parse_answer(&path, &text) {
            let outcome =
                form.evaluate(&doorstep_forms::Answers::from([(path.clone(), value)]), &Context::DRAFT);
            prop_assert!(outcome.unknown.is_empty());
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
