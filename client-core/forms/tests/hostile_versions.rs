//! Hostile lens files and pairs of packages: every fault named, all of it in bounded time.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::time::Instant;

use common::{Files, faults, form_of, list, places, schema, small};
use doorstep_forms::{Causality, Class, Form, Register, Said, compare, compare_all, limits};
use serde_json::{Value, json};

/// A small form of version 3 with a lens file.
fn with_lens(name: &str, content: &[u8]) -> Files {
    let mut files = small(schema(json!({
        "a": {"title": "甲", "type": "string"},
        "n": {"title": "数", "type": "string", "format": "decimal"},
        "c": {"title": "选", "oneOf": [{"const": "x", "title": "一"}]},
        "t": {"title": "合计", "type": "string", "x-calculate": "doc.a"}
    })));
    let manifest = String::from_utf8(files["form.json"].clone()).unwrap();
    files.insert("form.json".into(), manifest.replace("\"version\":1", "\"version\":3").into_bytes());
    files.insert(name.into(), content.to_vec());
    files
}

#[track_caller]
fn lens(steps: Value, want: &[&str]) {
    let found = faults(with_lens("lenses/1.json", json!({ "steps": steps }).to_string().as_bytes()));
    let want: Vec<String> = want.iter().map(|place| format!("lenses/1.json#{place} lens")).collect();
    assert_eq!(places(&found), want, "{}", list(&found));
    for fault in found {
        assert!(!fault.reason_zh.is_ascii() && !fault.reason_en.is_empty(), "{fault}");
    }
}

#[test]
fn every_step_is_checked_where_it_stands() {
    lens(json!([{"op": "add", "at": "a", "value": "x"}, {"op": "remove", "at": "gone"}]), &[]);
    lens(json!([{"op": "explode", "at": "a"}]), &["/steps/0"]);
    lens(json!([{"op": "add", "at": "a"}]), &["/steps/0"]);
    lens(json!([{"op": "remove", "at": "gone", "keep": false}]), &["/steps/0"]);
    lens(json!(["add", 1, null]), &["/steps/0", "/steps/1", "/steps/2"]);
    lens(json!([{"op": "add", "at": "ghost", "value": 1}]), &["/steps/0/at"]);
    lens(json!([{"op": "add", "at": "a", "value": 1}]), &["/steps/0/value"]);
    lens(json!([{"op": "add", "at": "c", "value": "y"}]), &["/steps/0/value"]);
    lens(
        json!([{"op": "remove", "at": "a"}, {"op": "remove", "at": "_date"}]),
        &["/steps/0/at", "/steps/1/at"],
    );
    lens(json!([{"op": "convert", "at": "a", "to": "decimal"}]), &["/steps/0/to"]);
    lens(json!([{"op": "convert", "at": "n", "to": "decimal", "factor": "0"}]), &["/steps/0/factor"]);
    lens(json!([{"op": "convert", "at": "n", "to": "decimal", "factor": "ten"}]), &["/steps/0/factor"]);
    lens(json!([{"op": "convert", "at": "t", "to": "text"}]), &["/steps/0/at"]);
    lens(json!([{"op": "map_codes", "at": "c", "codes": {"old/er": "y"}}]), &["/steps/0/codes/old~1er"]);
    lens(json!([{"op": "map_codes", "at": "a", "codes": {"p": "q"}}]), &["/steps/0/at"]);
    lens(
        json!([{"op": "add", "at": "a", "value": "1"}, {"op": "add", "at": "a", "value": "2"}]),
        &["/steps/1"],
    );
    lens(json!({}), &["/steps"]);
    let many: Vec<Value> =
        (0..=limits::LENS_STEPS).map(|n| json!({"op": "remove", "at": format!("x{n}")})).collect();
    lens(json!(many), &["/steps"]);
}

#[test]
fn broken_lens_files_are_named() {
    let of = |name: &str, content: &[u8]| places(&faults(with_lens(name, content)));
    assert_eq!(
        of("lenses/3.json", b"{\"steps\": []}"),
        ["lenses/3.json# lens"],
        "a lens reads an earlier version"
    );
    for name in ["lenses/0.json", "lenses/01.json", "lenses/one.json", "lenses/99999999999.json"] {
        assert_eq!(of(name, b"{\"steps\": []}"), [format!("{name}# lens")]);
    }
    assert_eq!(of("lenses/1.json", b"{\"steps\": [], \"from\": 1}"), ["lenses/1.json#/from lens"]);
    assert_eq!(of("lenses/1.json", b"[]"), ["lenses/1.json#/steps lens"]);
    assert_eq!(of("lenses/1.json", b"{\"steps\": [}"), ["lenses/1.json# syntax"]);
    assert_eq!(of("lenses/1.json", b"\xef\xbb\xbf{\"steps\": []}"), ["lenses/1.json# byte_order_mark"]);
    assert_eq!(of("lenses/1.json", b"{\"steps\": []}\0"), ["lenses/1.json# nul"]);
    assert_eq!(of("lenses/1.json", b"{\"steps\": [\"\xff\"]}"), ["lenses/1.json# not_utf8"]);
    assert_eq!(
        of("lenses/1.json", b"{\"steps\": [], \"steps\": []}"),
        ["lenses/1.json#/steps duplicate_key"]
    );
    let deep = format!("{{\"steps\": {}1{}}}", "[".repeat(100), "]".repeat(100));
    assert_eq!(of("lenses/1.json", deep.as_bytes()).len(), 1);
    let large = format!("{{\"steps\": [{}]}}", "1,".repeat(300_000));
    assert_eq!(of("lenses/1.json", large.as_bytes()), ["lenses/1.json# too_large"]);
}

#[test]
fn former_places_are_free_single_and_of_the_same_depth() {
    let of = |a: Value, b: Value| {
        let question = |from: Value| json!({"title": "题", "type": "string", "x-from": from});
        places(&faults(small(schema(json!({ "a": question(a), "b": question(b) })))))
    };
    let at = |key: &str, kind: &str| format!("schema.json#/properties/{key}/x-from{kind}");
    assert_eq!(of(json!("old"), json!(["older", "oldest"])), Vec::<String>::new());
    assert_eq!(of(json!("b"), json!("x")), [at("a", " lens")], "stands there today");
    assert_eq!(of(json!("a"), json!("x")), [at("a", " lens")], "itself");
    assert_eq!(of(json!("x"), json!("x")), [at("b", " lens")], "claimed twice");
    assert_eq!(of(json!("rows/*/x"), json!("y")), [at("a", " lens")], "another depth");
    assert_eq!(of(json!("_date"), json!("y")), [at("a", " lens")], "reserved");
    for wrong in
        [json!(""), json!("a//b"), json!("甲"), json!([]), json!(1), json!("*"), json!({"from": "x"})]
    {
        let found = of(wrong.clone(), json!("y"));
        assert!(found.iter().any(|place| place.ends_with("keyword_value")), "{wrong}: {found:?}");
    }
    let calculated =
        schema(json!({"a": {"title": "题", "type": "string", "x-calculate": "'x'", "x-from": "old"}}));
    assert_eq!(places(&faults(small(calculated))), [at("a", " lens")]);
    let closed = schema(json!({"a": {"title": "题", "type": "string", "x-closed": true}}));
    assert_eq!(places(&faults(small(closed))), ["schema.json#/properties/a/x-closed question"]);
}

/// A form as large as one may be: 5,000 questions, or 20,000 codes used by many.
fn large(version: u32, questions: usize, codes: usize, length: usize) -> Form {
    let mut properties: serde_json::Map<String, Value> = (0..questions)
        .map(|n| (format!("q{n}"), json!({"title": format!("题{n}"), "type": "string", "maxLength": length})))
        .collect();
    for n in 0..questions.min(500) {
        properties[&format!("q{n}")] = json!({"title": "选", "type": "string", "x-codes": {"list": "big"}});
    }
    let mut files = small(schema(Value::Object(properties)));
    let manifest = String::from_utf8(files["form.json"].clone()).unwrap();
    let version = format!("\"version\":{version}");
    files.insert("form.json".into(), manifest.replace("\"version\":1", &version).into_bytes());
    let mut csv = "code,label\n".to_owned();
    (0..codes).for_each(|n| csv.push_str(&format!("c{n},码{n}\n")));
    files.insert("codes/big.csv".into(), csv.into_bytes());
    form_of(files)
}

#[test]
fn two_maximal_forms_are_compared_in_bounded_time() {
    let (one, two, three) =
        (large(1, 4_900, 20_000, 20), large(2, 4_900, 19_000, 10), large(3, 4_900, 19_000, 30));
    let start = Instant::now();
    let comparison = compare(&one, &two);
    assert_eq!(comparison.class(), Class::Structural);
    assert_eq!(comparison.changes.len(), limits::CHANGES);
    assert_eq!(comparison.changes.len() + comparison.left_out, 4_900, "all are counted");
    assert!(comparison.changes.iter().all(|change| change.reason_en.len() < 400));
    // Widening asks for proofs, up to a budget.
    let wider = compare_all(&[&one, &two], &three);
    assert!(wider.changes.len() + wider.left_out >= 4_400);
    // A bound on time is no test of speed: unbounded, this takes hours.
    assert!(start.elapsed().as_secs() < 120, "{:?}", start.elapsed());
}

#[test]
fn hostile_pairs_of_compounds_and_patterns_are_answered() {
    let start = Instant::now();
    let nested = |depth: usize, length: usize| {
        let mut at = json!({"type": "string", "maxLength": length});
        for _ in 0..depth {
            at = json!({"type": "object", "additionalProperties": false, "properties": {"a": at.clone(), "b": at}});
        }
        at["title"] = "题".into();
        at
    };
    let form = |question: Value| form_of(small(schema(json!({ "a": question }))));
    let comparison = compare(&form(nested(10, 9)), &form(nested(10, 8)));
    assert_eq!(comparison.class(), Class::Structural);
    let pattern = |text: &str, length: usize| {
        form(json!({"title": "题", "type": "string", "pattern": text, "maxLength": length}))
    };
    let long = format!("^({})*$", "[a-z]|".repeat(150));
    let widened = compare(&pattern(&long, 10), &pattern(&long, 1_000));
    assert!(widened.class() <= Class::Widening, "{:?}", widened.changes);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

struct Nobody;

impl Causality for Nobody {
    type Change = u32;

    fn has_seen(&self, _: &u32, _: &u32) -> bool {
        false
    }
}

#[test]
fn any_registers_give_a_reading_and_none_is_left_out() {
    let form = form_of(with_lens(
        "lenses/1.json",
        json!({"steps": [
            {"op": "convert", "at": "n", "to": "decimal", "factor": "79228162514264337593543950335"},
            {"op": "add", "at": "a", "value": "x"},
            {"op": "remove", "at": "gone"}
        ]})
        .to_string()
        .as_bytes(),
    ));
    let odd = [
        "n",
        "",
        "/",
        "a//b",
        "gone/x/y",
        "gone",
        "_",
        "_deleted",
        "x/_deleted",
        "中/文",
        "c/c/c/c/c/c/c/c/c",
        "*",
        "n/*",
    ];
    let values =
        [json!("9999999999"), json!(null), json!({"missing": "dk"}), json!([1]), json!(1e300), json!("\0")];
    let mut registers: BTreeMap<String, Register<u32>> = BTreeMap::new();
    for (at, path) in odd.iter().enumerate() {
        let candidates: Vec<Said<u32>> = values
            .iter()
            .enumerate()
            .map(|(n, value)| Said {
                value: value.clone(),
                version: [0, 1, 2, u32::MAX][n % 4],
                change: (at * 10 + n) as u32,
            })
            .collect();
        registers.insert((*path).to_owned(), Register { value: values[0].clone(), candidates });
    }
    let reading = form.read(&registers, &Nobody);
    for path in registers.keys() {
        let read = reading.candidates.values().flatten().any(|at| at.register == *path);
        assert!(read || reading.kept.contains_key(path), "{path:?} is nowhere");
    }
    assert!(reading.unconverted.iter().any(|at| at.path == "n"), "an overflow is no number");
    assert_eq!(reading.answers["a"], json!("x"));
}
