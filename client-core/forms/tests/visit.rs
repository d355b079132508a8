//! The worked example of the format: loads, and behaves as its keywords say.

mod common;

use common::{answers, fixture, form_of, row};
use doorstep_forms::{Context, Form, FormPackage, Kind, Mode, Outcome, Severity};
use serde_json::{Value, json};

fn visit() -> Form {
    form_of(fixture("visit"))
}

fn keys(outcome: &Outcome) -> Vec<(String, String)> {
    outcome.violations.iter().map(|v| (v.path.clone(), v.key.clone())).collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
}

fn household() -> Value {
    let (a, b) = (row('A'), row('B'));
    json!({
        "_date": "2015-12-31", "visit_date": "2015-12-30", "outcome": "completed",
        format!("members/{a}/name"): "甲", format!("members/{a}/relation"): "head",
        format!("members/{a}/born"): "1970-06-01", format!("members/{a}/income"): "10000.50",
        format!("members/{b}/name"): "乙", format!("members/{b}/relation"): "spouse",
        format!("members/{b}/born"): "1972-06-01", format!("members/{b}/income"): "2000",
    })
}

fn with(base: Value, more: Value) -> doorstep_forms::Answers {
    let mut all = answers(base);
    all.extend(answers(more));
    all
}

#[test]
fn goldens_pass() {
    let results = visit().check_goldens();
    assert_eq!(results.len(), 1);
    assert!(results.iter().all(|r| r.passed()), "{results:?}");
}

#[test]
fn a_golden_that_expects_something_else_fails() {
    let mut files = fixture("visit");
    let golden = json!({"name": "wrong", "answers": {}, "expect": {"violations": [
        {"path": "visit_date", "key": "required", "severity": "error"}], "calculated": {"income_per_capita": "1"},
        "irrelevant": ["land_mu"]}});
    files.insert("tests/complete.json".into(), golden.to_string().into_bytes());
    let results = form_of(files).check_goldens();
    assert!(!results[0].passed());
    let text = results[0].differences.join("\n");
    assert!(text.contains("unexpected violation: outcome required"), "{text}");
    assert!(text.contains("income_per_capita: expected"), "{text}");
    assert!(text.contains("land_mu should be irrelevant"), "{text}");
}

#[test]
fn calculates_and_gives_dataset_row_and_tree() {
    let form = visit();
    let outcome = form.evaluate(&answers(household()), &Context::FULL);
    assert_eq!(keys(&outcome), vec![]);
    assert!(!outcome.has_errors());
    assert_eq!(outcome.calculated["income_per_capita"], json!("6000.25"));
    assert_eq!(outcome.calculated[&format!("members/{}/age", row('A'))], json!(45));
    assert_eq!(outcome.tree["members"][row('B')]["age"], json!(43));
    assert_eq!(outcome.tree["members"][row('B')]["income"], json!("2000"));
    let dataset = form.dataset_row(&outcome);
    assert_eq!(dataset["income_per_capita"], json!("6000.25"));
    assert_eq!(dataset["_date"], json!("2015-12-31"));
    assert_eq!(dataset[&format!("members/{}/income", row('A'))], json!("10000.50"));
}

#[test]
fn a_draft_is_lenient_and_a_submission_is_not() {
    let form = visit();
    let empty = answers(json!({}));
    assert_eq!(keys(&form.evaluate(&empty, &Context::DRAFT)), vec![]);
    let started = answers(json!({ format!("members/{}/relation", row('A')): "other" }));
    assert_eq!(keys(&form.evaluate(&started, &Context::DRAFT))[1..], pairs(&[("members", "one_head")]));
    let full = form.evaluate(&empty, &Context::FULL);
    let want = [
        ("members", "minProperties"),
        ("members", "one_head"),
        ("outcome", "required"),
        ("visit_date", "required"),
    ];
    assert_eq!(keys(&full), pairs(&want));
    let away = with(household(), json!({"outcome": "nobody_home"}));
    assert_eq!(keys(&form.evaluate(&away, &Context::FULL)), pairs(&[("retry_date", "required")]));
    assert_eq!(keys(&form.evaluate(&away, &Context::DRAFT)), vec![]);
}

#[test]
fn missing_codes_satisfy_required_and_are_null_to_rules() {
    let form = visit();
    let income = format!("members/{}/income", row('B'));
    let unsaid = with(household(), json!({ income.clone(): null }));
    assert_eq!(keys(&form.evaluate(&unsaid, &Context::FULL))[1], (income.clone(), "required".into()));
    let refused = with(household(), json!({ income.clone(): {"missing": "refused"} }));
    let outcome = form.evaluate(&refused, &Context::FULL);
    assert_eq!(keys(&outcome), pairs(&[("income_per_capita", "income_incomplete")]));
    assert_eq!(outcome.violations[0].severity, Severity::Warning);
    assert_eq!(outcome.calculated["income_per_capita"], json!("5000.25"));
    assert_eq!(form.dataset_row(&outcome)[&income], json!({"missing": "refused"}));
}

#[test]
fn irrelevant_answers_stay_out_of_rules_and_dataset() {
    let form = visit();
    let (b, income) = (row('B'), format!("members/{}/income", row('B')));
    let child =
        with(household(), json!({ format!("members/{b}/born"): "2010-01-01", "retry_date": "no date" }));
    let outcome = form.evaluate(&child, &Context::FULL);
    // The bad date at an irrelevant question is no violation.
    assert_eq!(keys(&outcome), pairs(&[("income_per_capita", "income_incomplete")]));
    assert!(outcome.irrelevant.contains(&income) && outcome.irrelevant.contains("retry_date"));
    assert!(outcome.tree["members"][&b].get("income").is_none());
    assert!(!form.dataset_row(&outcome).contains_key(&income));
}

#[test]
fn closed_rows_are_left_out() {
    let form = visit();
    let b = row('B');
    let closed = with(household(), json!({ format!("members/{b}/_deleted"): true }));
    let outcome = form.evaluate(&closed, &Context::FULL);
    assert_eq!(outcome.calculated["income_per_capita"], json!("10000.5"));
    assert!(outcome.tree["members"].get(&b).is_none());
    assert!(outcome.unknown.is_empty());
}

#[test]
fn structural_violations_have_flat_paths_and_messages_in_both_languages() {
    let form = visit();
    let a = row('A');
    let bad = with(
        household(),
        json!({ format!("members/{a}/name"): "", format!("members/{a}/relation"): "uncle", "land_mu": "3.14159",
            "visit_date": "2015-02-30", "causes/illness": "yes", "location": "{\"type\":\"Point\"}",
            "members/short/name": "x", "members/short/relation": "other", "village": 5 }),
    );
    let outcome = form.evaluate(&bad, &Context::DRAFT);
    let want = [
        ("causes/illness", "type"),
        ("land_mu", "pattern"),
        ("location", "parts"),
        ("members", "one_head"),
        (&*format!("members/{a}/name"), "minLength"),
        (&*format!("members/{a}/relation"), "oneOf"),
        ("members/short", "propertyNames"),
        ("village", "type"),
        ("visit_date", "format"),
    ];
    let mut found = keys(&outcome);
    found.retain(|(_, key)| key != "income_incomplete");
    assert_eq!(found, pairs(&want));
    for violation in &outcome.violations {
        let (zh, en) = (form.message(violation, "zh"), form.message(violation, "en"));
        assert!(!zh.is_ascii() && !zh.is_empty(), "{zh}");
        assert!(en.is_ascii() && !en.is_empty(), "{en}");
    }
}

#[test]
fn unknown_paths_are_split_off_kept_and_named() {
    let form = visit();
    let odd = json!({"shoe_size": 43, "members/x": 1, "members//name": "n", "_pre/other": "x", "causes": "illness",
        "causes/war": true, "visit_date/x": 1, "a/b/c/d/e/f/g/h/i/j": 1, "": 1});
    let outcome = form.evaluate(&with(household(), odd.clone()), &Context::FULL);
    assert_eq!(outcome.unknown, answers(odd));
    assert!(outcome.violations.iter().all(|v| v.key == "unknown_path" && v.severity == Severity::Warning));
    assert_eq!(outcome.violations.len(), 9);
}

#[test]
fn codes_cascade() {
    let form = visit();
    let here = answers(json!({"town": "530626100"}));
    let codes =
        |a| -> Vec<String> { form.choices("village", a, "en").into_iter().map(|c| c.label).collect() };
    assert_eq!(codes(&here), ["Village One", "Village Two"]);
    assert_eq!(codes(&answers(json!({}))), Vec::<String>::new());
    assert_eq!(form.choices("town", &here, "zh")[1].label, "会仪镇");
    assert_eq!(form.choices("outcome", &here, "en")[1].label, "Nobody home");
    let wrong = with(household(), json!({"town": "530626100", "village": "530626101200"}));
    let outcome = form.evaluate(&wrong, &Context::DRAFT);
    assert_eq!(keys(&outcome), pairs(&[("village", "x-codes")]));
    assert_eq!(form.message(&outcome.violations[0], "en"), "\"Village Three\" cannot be chosen here");
    assert_eq!(form.message(&outcome.violations[0], "zh"), "选项“三村”在这里不可选");
    // Without a town nothing is offered, but what stands there is not called wrong; a code of no list is.
    let open = with(household(), json!({"village": "530626101200"}));
    assert_eq!(keys(&form.evaluate(&open, &Context::DRAFT)), vec![]);
    let none = with(household(), json!({"village": "999"}));
    assert_eq!(keys(&form.evaluate(&none, &Context::DRAFT)), pairs(&[("village", "x-codes")]));
}

#[test]
fn dates_are_compared_with_the_date_of_the_filling() {
    let form = visit();
    let ahead = with(household(), json!({"visit_date": "2016-01-01"}));
    let outcome = form.evaluate(&ahead, &Context::FULL);
    assert_eq!(keys(&outcome), pairs(&[("visit_date", "date_not_ahead")]));
    assert_eq!(form.message(&outcome.violations[0], "en"), "The visit cannot be later than today");
    assert_eq!(form.message(&outcome.violations[0], "zh"), "走访日期不能晚于今天");
}

#[test]
fn preloads_copy_and_show_the_subject() {
    let form = visit();
    let preloads = form.preloads();
    assert_eq!((preloads[0].source.as_str(), preloads[0].target.as_str()), ("head_name", "_pre/head_name"));
    let copied = form.preload_answers(&answers(json!({"head_name": "张三", "other": 1})));
    assert_eq!(copied, answers(json!({"_pre/head_name": "张三"})));
    let all = with(household(), json!({"_pre/head_name": "张三", "head_name": "typed over"}));
    let outcome = form.evaluate(&all, &Context::FULL);
    assert_eq!(outcome.tree["head_name"], json!("张三"));
    assert_eq!(form.label(&all), "张三");
    assert!(form.question("head_name").is_some_and(|q| q.read_only()));
}

#[test]
fn pages_questions_and_paths() {
    let form = visit();
    let titles = |locale| -> Vec<String> { form.pages(locale).into_iter().map(|p| p.title).collect() };
    assert_eq!(titles("en"), ["Visit", "Members", "Other"]);
    assert_eq!(titles("zh"), ["走访", "成员", "其他"]);
    let order: Vec<&str> = form.questions().map(|q| q.key()).collect();
    assert_eq!(&order[..4], ["head_name", "visit_date", "outcome", "retry_date"]);
    let land = form.question("land_mu").unwrap();
    assert_eq!(
        (land.kind(), land.title("en"), land.unit("zh")),
        (Kind::Decimal, "Farmland", Some(("mu", "亩")))
    );
    assert_eq!((land.hint("en"), land.unit("en")), (Some("As on the land certificate"), Some(("mu", "mu"))));
    assert_eq!(form.question("location").unwrap().kind(), Kind::Gps);
    let paths: Vec<String> = form.paths().collect();
    assert!(
        paths.contains(&"causes/no_skill".to_string()) && paths.contains(&"members/*/income".to_string())
    );
    assert!(!paths.contains(&"members".to_string()));
    let path = format!("members/{}/income", row('A'));
    assert_eq!(form.describe_path(&path, "en"), "Members › Income of the year");
    assert_eq!(form.describe_path("causes/illness", "zh"), "致贫原因（可多选） › 因病");
    assert_eq!(form.rows("members", &answers(household()))[1].label, "乙");
    let asked = form.asked(&answers(json!({"outcome": "completed"})));
    assert!(asked.iter().any(|a| a.path == "visit_date" && a.required));
    assert!(!asked.iter().any(|a| a.path == "retry_date"));
}

#[test]
fn typed_text_becomes_answers() {
    let form = visit();
    let cases = [
        ("land_mu", "1200.50", json!("1200.5")),
        ("land_mu", "１２．５", json!("12.5")),
        ("land_mu", "", json!(null)),
        ("land_mu", "?dk", json!({"missing": "dk"})),
        ("causes/illness", "是", json!(true)),
        ("causes", "?refused", json!({"missing": "refused"})),
        ("outcome", "completed", json!("completed")),
        ("outcome", "家中无人", json!("nobody_home")),
        ("town", "Huiyi Town", json!("530626101")),
        ("visit_date", "2015/12/31", json!("2015-12-31")),
        ("location", "28.1,104.2", json!("{\"coordinates\":[104.2,28.1],\"type\":\"Point\"}")),
        ("members/01J9ZZZZZZZZZZZZZZZZZZZZZA/name", " 甲 ", json!(" 甲 ")),
        ("members/01J9ZZZZZZZZZZZZZZZZZZZZZA/_deleted", "true", json!(true)),
        ("members/01J9ZZZZZZZZZZZZZZZZZZZZZA/_order", "b", json!("b")),
    ];
    for (path, text, want) in cases {
        assert_eq!(form.parse_answer(path, text), Ok(want), "{path}={text}");
    }
    for (path, text) in [
        ("land_mu", "many"),
        ("land_mu", "1e5"),
        ("visit_date", "2015-02-30"),
        ("outcome", "gone"),
        ("nowhere", "1"),
        ("income_per_capita", "1"),
        ("head_name", "x"),
        ("location", "91,0"),
        ("location", "{"),
        ("causes/war", "true"),
        ("members", "x"),
        ("causes/illness", "perhaps"),
        ("visit_date/_order", "x"),
    ] {
        let error = form.parse_answer(path, text).unwrap_err();
        assert!(!error.message("zh").is_ascii(), "{path}={text}");
    }
}

#[test]
fn transport_encoding_is_stable_and_bounded() {
    let package = FormPackage::from_files(fixture("visit")).unwrap();
    let bytes = package.to_bytes();
    let back = FormPackage::from_bytes(&bytes).unwrap();
    assert_eq!((back.hash(), back.to_bytes()), (package.hash(), bytes.clone()));
    assert_eq!(package.hash().to_string().parse(), Ok(package.hash()));
    let mut files = fixture("visit");
    files.get_mut("ui.json").unwrap().push(b' ');
    assert_ne!(FormPackage::from_files(files).unwrap().hash(), package.hash());
    for cut in 0..bytes.len().min(400) {
        assert!(FormPackage::from_bytes(&bytes[..cut]).is_err());
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(FormPackage::from_bytes(&longer).is_err());
    assert!(FormPackage::from_bytes(b"DSFP\x01\xff\xff\xff\xff").is_err());
}

#[test]
fn a_form_is_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let form = visit();
    shared(&form);
    assert_eq!(
        form.evaluate(&answers(household()), &Context { mode: Mode::Full, previous: None }).diagnostics,
        []
    );
}
