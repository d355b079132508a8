//! Every code list of a form is a version of a master list, and codes are permanent.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

/// Code -> its row, by heading.
type List = BTreeMap<String, BTreeMap<String, String>>;

fn list(text: &str) -> List {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headings: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(headings[..5], ["code", "parent", "level", "label", "label_en"]);
    let row = |record: csv::StringRecord| -> (String, BTreeMap<String, String>) {
        let cells = headings.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
        (record[0].to_owned(), cells)
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn masters() -> BTreeMap<(String, u32), List> {
    doorstep_schemas::code_lists().into_iter().map(|(key, text)| (key, list(text))).collect()
}

fn schema(form: &str) -> Json {
    let files = doorstep_schemas::form_files(form, 1).unwrap();
    serde_json::from_slice(&files["schema.json"]).unwrap()
}

/// Codes and titles of a short list in a schema.
fn inline(schema: &Json) -> BTreeMap<String, String> {
    let text = |json: &Json| json.as_str().unwrap().to_owned();
    if let Some(options) = schema["oneOf"].as_array() {
        return options.iter().map(|option| (text(&option["const"]), text(&option["title"]))).collect();
    }
    let codes = schema["properties"].as_object().into_iter().flatten();
    codes.map(|(code, option)| (code.clone(), text(&option["title"]))).collect()
}

#[test]
fn each_list_of_a_form_is_a_version_of_the_master_list() {
    let masters = masters();
    let mut seen = 0;
    for (form, version) in doorstep_schemas::forms() {
        for (file, bytes) in doorstep_schemas::form_files(&form, version).unwrap() {
            let Some(name) = file.strip_prefix("codes/").and_then(|file| file.strip_suffix(".csv")) else {
                continue;
            };
            let own = list(std::str::from_utf8(&bytes).unwrap());
            let equal = masters.iter().any(|((list, _), master)| list == name && *master == own);
            assert!(equal, "{form} {file}: no version of schemas/codes/{name} is equal to it");
            seen += 1;
        }
    }
    assert!(seen > 10);
}

#[test]
fn each_short_list_is_a_version_of_the_master_list() {
    let masters = masters();
    let uses = include_str!("../codes/uses.tsv");
    for line in uses.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [form, pointer, name, version] = cells.as_slice() else { panic!("{line}") };
        let key = ((*name).to_owned(), version.parse().unwrap());
        let master =
            masters.get(&key).unwrap_or_else(|| panic!("there is no schemas/codes/{name}/{version}.csv"));
        let master = master.iter().map(|(code, row)| (code.clone(), row["label"].clone())).collect();
        let schema = schema(form);
        let place = schema.pointer(pointer).unwrap_or_else(|| panic!("{form} has no {pointer}"));
        assert_eq!(inline(place), master, "{form} {pointer} is not {name} {version}");
    }
}

#[test]
fn a_newer_version_drops_and_renames_no_code() {
    let masters = masters();
    for ((name, version), newer) in &masters {
        let Some(older) = masters.get(&(name.clone(), version.wrapping_sub(1))) else { continue };
        let dropped: BTreeSet<&String> = older.keys().filter(|code| !newer.contains_key(*code)).collect();
        assert!(dropped.is_empty(), "{name} {version} drops {dropped:?}");
    }
}

#[test]
fn every_code_has_words_in_both_languages() {
    let han = |text: &str| text.chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c));
    for ((name, version), list) in masters() {
        for (code, row) in list {
            let (zh, en) = (&row["label"], &row["label_en"]);
            assert!(!zh.is_empty() && !en.is_empty() && !han(en), "{name} {version} {code}: {zh:?}, {en:?}");
        }
    }
}
