//! Every data-quality rule of the sources has a key, a golden record or dataset that fires it and one that does not.
#![allow(clippy::unwrap_used)]

use serde_json::Value as Json;

struct Rule<'a> {
    text: &'a str,
    key: &'a str,
    place: &'a str,
    form: &'a str,
}

fn rules() -> Vec<Rule<'static>> {
    let read = |line: &'static str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [text, key, place, form] = cells.as_slice() else { panic!("b4.tsv: {line}") };
        Rule { text, key, place, form }
    };
    include_str!("../rules/b4.tsv").lines().skip(1).map(read).collect()
}

fn goldens(form: &str) -> Vec<Json> {
    let files = doorstep_schemas::form_files(form, 1).unwrap_or_else(|| panic!("no form {form}"));
    let tests = files.iter().filter(|(name, _)| name.starts_with("tests/"));
    let cases = tests.map(|(name, bytes)| -> Vec<Json> {
        serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{form} {name}: {error}"))
    });
    cases.flatten().collect()
}

fn violations(golden: &Json) -> &Vec<Json> {
    golden["expect"]["violations"].as_array().unwrap()
}

/// A constraint: some golden names its key, and the pair `key: does not fire` (or a whole record) has no violation.
fn constraint(form: &str, key: &str) -> Result<(), &'static str> {
    let goldens = goldens(form);
    let fires = |golden: &Json| violations(golden).iter().any(|found| found["key"] == key);
    let quiet = |golden: &Json| {
        let about = golden["name"].as_str().unwrap().starts_with(&format!("{key}:"));
        about && violations(golden).is_empty()
    };
    match (goldens.iter().any(fires), goldens.iter().any(quiet)) {
        (true, true) => Ok(()),
        (false, _) => Err("no golden record fires it"),
        _ => Err("no golden record keeps it quiet"),
    }
}

/// A keyword at a question, `pattern:phone`: some golden breaks it there, and some other answers the question soundly.
fn structure(form: &str, key: &str) -> Result<(), &'static str> {
    let (keyword, template) = key.split_once(':').ok_or("no keyword:question")?;
    let last = template.rsplit('.').next().unwrap_or(template);
    let at = |path: &str| path == last || path.ends_with(&format!("/{last}"));
    let goldens = goldens(form);
    let breaks = |golden: &Json| {
        let broken = |found: &Json| found["key"] == keyword && at(found["path"].as_str().unwrap());
        violations(golden).iter().any(broken)
    };
    let sound = |golden: &Json| {
        golden["answers"].as_object().unwrap().keys().any(|path| at(path)) && violations(golden).is_empty()
    };
    match (goldens.iter().any(breaks), goldens.iter().any(sound)) {
        (true, true) => Ok(()),
        (false, _) => Err("no golden record breaks it"),
        _ => Err("no golden record keeps it"),
    }
}

/// A check over several records: its golden datasets have flags, and have none.
fn check(form: &str, key: &str) -> Result<(), &'static str> {
    let rules = doorstep_schemas::check_rules();
    let rule: Json = serde_json::from_str(rules.get(key).ok_or("no such check")?).unwrap();
    if rule["form"] != form {
        return Err("it flags another form");
    }
    let goldens = doorstep_schemas::check_goldens();
    let cases: Vec<Json> = serde_json::from_str(goldens.get(key).ok_or("no golden datasets")?).unwrap();
    let none = |case: &Json| case["flags"].as_array().unwrap().is_empty();
    match (cases.iter().any(|case| !none(case)), cases.iter().any(none)) {
        (true, true) => Ok(()),
        _ => Err("golden datasets on one side only"),
    }
}

/// Suspected duplicates come from the form's `identity`; what the server makes of it is tested there (`server/src/duplicates`,
/// `server/src/store/sqlite/review/tests/merging.rs`).
fn duplicate(form: &str) -> Result<(), &'static str> {
    let files = doorstep_schemas::form_files(form, 1).unwrap();
    let manifest: Json = serde_json::from_slice(&files["form.json"]).unwrap();
    let identity = manifest["identity"].as_array().is_some_and(|list| !list.is_empty());
    identity.then_some(()).ok_or("the form names no evidence of identity")
}

#[test]
fn every_rule_is_carried() {
    let (rules, mut missing) = (rules(), Vec::new());
    for Rule { text, key, place, form } in &rules {
        let carried = match *place {
            "constraint" => constraint(form, key),
            "structure" => structure(form, key),
            "check" => check(form, key),
            "duplicate" => duplicate(form),
            _ => Err("an unknown place"),
        };
        match carried {
            Ok(()) => println!("{text:<70} {key:<28} {place:<10} {form}"),
            Err(why) => missing.push(format!("{text} ({form} {key}): {why}")),
        }
    }
    println!("{} of {}", rules.len() - missing.len(), rules.len());
    assert!(missing.is_empty(), "{missing:#?}");
}
