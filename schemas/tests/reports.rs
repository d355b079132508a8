//! Report definitions obey their meta-schema, reproduce every quoted figure once, and contain none.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

/// The table of published quantities, where the source reports lie beside the checkout.
const FIGURES: &str = "../../shared/domain/figures.tsv";

/// Values and unit as the quoted files write them: `0->20` and `4-20+` are two numbers, `人次>` is a unit and a qualifier.
fn as_quoted(value: &str, unit: &str) -> (Vec<String>, Vec<String>) {
    let values = match value {
        "4-20+" => vec!["4", "20"],
        _ => value.split(';').flat_map(|part| part.split("->")).collect(),
    };
    let plain = |unit: &str| unit.trim_end_matches(['>', '<', '=', '~']).to_owned();
    (values.into_iter().map(str::to_owned).collect(), unit.split(';').map(plain).collect())
}

#[test]
fn every_published_quantity_is_quoted_with_its_area_and_its_contradictions() {
    let path = std::env::var("DOORSTEP_FIGURES").unwrap_or_else(|_| FIGURES.to_owned());
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("SKIPPED: {} is not there", path.display());
        return;
    };
    let quoted: BTreeMap<String, doorstep_schemas::Quoted> =
        doorstep_schemas::quoted().into_iter().map(|quoted| (quoted.id.clone(), quoted)).collect();
    let mut owed = 0;
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [id, _, _, value, unit, _, "agg", ..] = cells[..] else { continue };
        let own = quoted.get(id).unwrap_or_else(|| panic!("{id} is not quoted"));
        assert_eq!((own.values.clone(), own.units.clone()), as_quoted(value, unit), "{id}");
        let inexact = unit.contains(['>', '<', '~']);
        assert_eq!(own.qualifiers.iter().any(|word| !word.is_empty()), inexact || id == "P9-16", "{id}");
        let fails = cells.get(7).is_some_and(|check| check.contains("FAIL"));
        assert_eq!(own.check.starts_with("FAIL: ") && !own.check_zh.is_empty(), fails, "{id}");
        owed += 1;
    }
    assert_eq!(owed, 189, "quantities that are counted");
}

#[test]
fn every_quoted_area_is_one_of_the_documented_ones() {
    let documented = include_str!("../areas/README.md");
    for quoted in doorstep_schemas::quoted() {
        assert!(documented.contains(&format!("`{}`", quoted.area)), "{}: {}", quoted.id, quoted.area);
    }
}

fn definitions() -> BTreeMap<String, Json> {
    let parse = |(id, text): (String, &str)| (id, serde_json::from_str(text).unwrap());
    doorstep_schemas::report_definitions().into_iter().map(parse).collect()
}

fn rows(report: &Json) -> &Vec<Json> {
    report["rows"].as_array().unwrap()
}

#[test]
fn each_definition_obeys_the_meta_schema() {
    let meta: Json = serde_json::from_str(doorstep_schemas::report_meta_schema()).unwrap();
    let validator = jsonschema::draft202012::new(&meta).unwrap();
    let definitions = definitions();
    let known = [
        ["T1a", "T1b", "T1c", "T1d", "T1e", "T1f", "T1g", "T1h", "T1i"].as_slice(),
        ["T7", "T8a", "T8b", "T8c", "T8d", "T8e", "T8f", "T8g", "T8h", "T8i", "T9a", "T9b"].as_slice(),
    ];
    for id in known.concat() {
        assert!(definitions.contains_key(id), "{id}");
    }
    for (id, report) in definitions {
        let faults: Vec<String> =
            validator.iter_errors(&report).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{id}: {faults:#?}");
        assert_eq!(report["id"], id.as_str());
    }
}

#[test]
fn the_meta_schema_refuses_a_value_with_two_ways_to_count() {
    let meta: Json = serde_json::from_str(doorstep_schemas::report_meta_schema()).unwrap();
    let validator = jsonschema::draft202012::new(&meta).unwrap();
    let mut report = definitions().remove("T8a").unwrap();
    report["rows"][0]["values"][0]["formula"] = Json::from("params.rate");
    assert!(!validator.is_valid(&report));
}

#[test]
fn every_name_leads_somewhere() {
    for (id, report) in definitions() {
        let mut keys = BTreeSet::new();
        for row in rows(&report) {
            let at = format!("{id}/{}", row["key"]);
            assert!(keys.insert(row["key"].as_str().unwrap()), "{at} stands twice");
            let mut earlier = BTreeSet::new();
            for value in row["values"].as_array().unwrap() {
                names_in_value(&report, value, &earlier, &at);
                assert!(earlier.insert(format!("values.{}", value["key"].as_str().unwrap())), "{at}");
            }
        }
        for (name, measure) in report["measures"].as_object().into_iter().flatten() {
            source_of(&report, measure, &format!("{id}/{name}"));
        }
    }
}

fn names_in_value(report: &Json, value: &Json, earlier: &BTreeSet<String>, at: &str) {
    source_of(report, value, at);
    let known = |reference: &str| match reference.strip_prefix("measures.") {
        Some(measure) => report["measures"].get(measure).is_some(),
        None => earlier.contains(reference),
    };
    for side in ["numerator", "denominator"] {
        if let Some(reference) = value["ratio"][side].as_str() {
            assert!(known(reference), "{at}: {reference}");
        }
    }
}

fn source_of(report: &Json, aggregate: &Json, at: &str) {
    for way in ["count", "sum", "distinct", "min", "max"] {
        if let Some(source) = aggregate[way]["source"].as_str() {
            assert!(report["sources"].get(source).is_some(), "{at}: no source {source}");
        }
    }
}

/// Quoted figures that have a definition. It only ever grows.
const REPRODUCED_LEAST: usize = 26;

#[test]
fn a_figure_is_reproduced_once_with_as_many_values_as_are_quoted() {
    let mut wanted: BTreeMap<String, usize> =
        doorstep_schemas::quoted().into_iter().map(|quoted| (quoted.id, quoted.values.len())).collect();
    let all = wanted.len();
    for (id, report) in definitions() {
        for row in rows(&report) {
            let Some(figure) = row["figure"].as_str() else { continue };
            let values = row["values"].as_array().unwrap();
            assert_eq!(wanted.remove(figure), Some(values.len()), "{id}: {figure}");
        }
    }
    println!(
        "{} of {all} quoted figures have a definition; without one: {:?}",
        all - wanted.len(),
        wanted.keys()
    );
    assert!(all - wanted.len() >= REPRODUCED_LEAST, "not reproduced: {wanted:?}");
}

#[test]
fn quoted_values_and_units_go_together() {
    for quoted in doorstep_schemas::quoted() {
        assert!(quoted.units.len() == quoted.values.len() || quoted.units.len() == 1, "{}", quoted.id);
        let known = ["", "over", "about", "nearly", "at_least", "at_most"];
        assert!(quoted.qualifiers.iter().all(|word| known.contains(&word.as_str())), "{}", quoted.id);
        for value in &quoted.values {
            let masked = value.contains('x');
            assert!(masked || value.parse::<f64>().is_ok(), "{}: {value}", quoted.id);
        }
    }
}

/// The only numbers a definition may hold: they are rules (the 30 % rate, percent, wan, recruited within 3 years, a family
/// of 4, the second of the three postings, the classes 2a and 2b of an identification, the budget years that the source
/// masks) or part of the language.
const RULES: [&str; 13] =
    ["0", "1", "2", "2a", "2b", "100", "0.30", "10000", "3", "4", "2016", "2017", "2018"];

#[test]
fn no_definition_contains_a_figure() {
    for (id, report) in definitions() {
        for (at, text) in strings("", &report) {
            let figure_or_name = at.ends_with("/figure") || at == "/id";
            for number in numbers(&text) {
                assert!(figure_or_name || RULES.contains(&number.as_str()), "{id}{at}: {number}");
            }
        }
    }
}

#[test]
fn a_planted_figure_would_be_found() {
    for text in ["370", "doc.members_found > 2852", "占 57.8%", "count:12463"] {
        assert!(numbers(text).iter().any(|n| !RULES.contains(&n.as_str())), "{text}");
    }
    assert!(numbers("doc.p8_x == 'T8a'").is_empty());
}

#[test]
fn chinese_and_english_differ_and_english_is_english() {
    for (id, report) in definitions() {
        for (at, text) in strings("", &report) {
            if at.ends_with("/en") {
                assert!(text.is_ascii(), "{id}{at}: {text}");
            }
        }
    }
}

/// Every string and number of a document with its pointer; `format` and `decimals` are part of the format.
fn strings(at: &str, json: &Json) -> Vec<(String, String)> {
    match json {
        Json::String(text) => vec![(at.to_owned(), text.clone())],
        Json::Number(_) if at == "/format" || at.ends_with("/decimals") => Vec::new(),
        Json::Number(number) => vec![(at.to_owned(), number.to_string())],
        Json::Array(items) => {
            items.iter().enumerate().flat_map(|(i, item)| strings(&format!("{at}/{i}"), item)).collect()
        }
        Json::Object(entries) => {
            entries.iter().flat_map(|(key, item)| strings(&format!("{at}/{key}"), item)).collect()
        }
        _ => Vec::new(),
    }
}

/// The numbers in a text that are not part of a name.
fn numbers(text: &str) -> Vec<String> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let words = text.split(|c: char| !word(c)).map(|word| word.trim_matches('.'));
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(str::to_owned).collect()
}
