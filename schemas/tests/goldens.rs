//! Every package loads, and every golden record comes out as expected: the exact set of violations, and the
//! calculated values it names.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use doorstep_forms::{Context, Form, FormPackage, Golden, Outcome};

fn forms() -> Vec<Form> {
    let compile = |(id, version): (String, u32)| {
        let files = doorstep_schemas::form_files(&id, version).unwrap();
        let package = FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{id}: {faults:#?}"));
        assert_eq!((package.id(), package.version()), (id.as_str(), version));
        Form::compile(package).unwrap_or_else(|faults| panic!("{id}: {faults:#?}"))
    };
    doorstep_schemas::forms().into_iter().map(compile).collect()
}

fn evaluate(form: &Form, golden: &Golden) -> Outcome {
    let context = Context { mode: golden.mode, previous: golden.previous.as_ref() };
    form.evaluate(&golden.answers, &context)
}

/// What differs between a golden record's expectation and its outcome.
fn differences(form: &Form, golden: &Golden) -> Vec<String> {
    let outcome = evaluate(form, golden);
    let found: BTreeSet<String> =
        outcome.violations.iter().map(|v| format!("{} {} {:?}", v.path, v.key, v.severity)).collect();
    let wanted: BTreeSet<String> =
        golden.expect.violations.iter().map(|v| format!("{} {} {:?}", v.path, v.key, v.severity)).collect();
    let mut out: Vec<String> = found.difference(&wanted).map(|v| format!("unexpected: {v}")).collect();
    out.extend(wanted.difference(&found).map(|v| format!("not found: {v}")));
    if let Some(irrelevant) = &golden.expect.irrelevant
        && irrelevant.iter().collect::<BTreeSet<_>>() != outcome.irrelevant.iter().collect()
    {
        out.push(format!("irrelevant: {:?}", outcome.irrelevant));
    }
    for (path, value) in &golden.expect.calculated {
        let got = outcome.calculated.get(path).cloned().unwrap_or_default();
        if got != *value {
            out.push(format!("{path} = {got}, not {value}"));
        }
    }
    out
}

#[test]
fn every_golden_record_comes_out_as_expected() {
    let mut wrong = Vec::new();
    for form in forms() {
        let goldens = form.package().golden_tests();
        assert!(goldens.len() > 15, "{}", form.manifest().id);
        for golden in goldens {
            let differences = differences(&form, golden);
            if !differences.is_empty() {
                wrong.push(format!("{} / {}: {differences:#?}", form.manifest().id, golden.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_expectation_would_be_found() {
    for form in forms() {
        let mut golden = form.package().golden_tests()[0].clone();
        golden.expect.violations.clear();
        golden.answers.insert("event_date".into(), "2999-01-01".into());
        golden.answers.insert("_date".into(), "2015-07-01".into());
        assert!(!differences(&form, &golden).is_empty());
    }
}

#[test]
fn golden_records_store_nothing_calculated() {
    for form in forms() {
        for golden in form.package().golden_tests() {
            for path in golden.answers.keys() {
                let calculated = form.question(path).is_some_and(doorstep_forms::Question::is_calculated);
                assert!(!calculated, "{}: {path}", golden.name);
            }
        }
    }
}

#[test]
fn a_check_carries_what_the_register_said() {
    let form = forms().into_iter().find(|form| form.manifest().id == "sample_check").unwrap();
    let golden = &form.package().golden_tests().iter().find(|g| g.answers.contains_key("_pre/member_count"));
    let row = form.dataset_row(&evaluate(&form, golden.unwrap()));
    assert_eq!(row["registered_members"], 5);
    assert_eq!(row["registered_cause_main"], "no_land");
    assert_eq!(row["head_name"], "赵一");
}
