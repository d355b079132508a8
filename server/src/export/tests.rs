//! An export is written, then opened again as a program would.

use std::collections::BTreeMap;

use serde_json::json;

use super::folder_tests::{File, Folder};
use super::*;
use crate::reports::fixtures;

const ROW: &str = "0AAAAAAAAAAAAAAAAAAAAAAAAA";

fn record() -> ExportRow {
    let answers = json!({
        "_date": "2015-07-01",
        "_pre/x": "y",
        "poor": true,
        "unit_kind": "village",
        "address": "=1+1",
        "cause_main": "illness",
        "cultivated_mu": "-1.50",
        "gone_question": "kept",
        format!("members/{ROW}/_order"): "a",
        format!("members/{ROW}/name"): "赵一",
        format!("members/{ROW}/id_no"): "999999197001010017",
        format!("members/{ROW}/health/disabled"): true,
        format!("members/{ROW}/membership/state"): "active",
        "years/2015/is_estimate": false,
        format!("years/2015/wage/{ROW}/amount"): "1200.00",
    });
    ExportRow {
        record: "0190-record".into(),
        form_version: 1,
        area: "99999910020001".into(),
        subject: None,
        approved_at: "2015-07-02T00:00:00Z".into(),
        answers: answers.as_object().unwrap().clone(),
    }
}

/// A version of a form of its own.
fn version(version: u32, properties: serde_json::Value) -> doorstep_forms::Form {
    let manifest = json!({"id": "small", "version": version, "kind": "register", "entity": "household",
        "title": {"zh": "小表"}, "locales": ["zh"]});
    let schema =
        json!({"title": "小表", "type": "object", "additionalProperties": false, "properties": properties});
    let files = BTreeMap::from([
        ("form.json".to_owned(), manifest.to_string().into_bytes()),
        ("schema.json".to_owned(), schema.to_string().into_bytes()),
    ]);
    let package =
        doorstep_forms::FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:?}"));
    doorstep_forms::Form::compile(package).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn question(title: &str) -> serde_json::Value {
    json!({"title": title, "type": "string", "x-pii": "none"})
}

fn roster(title: &str, from: Option<&str>, rows: serde_json::Value) -> serde_json::Value {
    let mut roster = json!({"title": title, "type": "object", "x-roster": {"kind": "rows"},
        "propertyNames": {"pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"},
        "additionalProperties": {"type": "object", "additionalProperties": false, "properties": rows}});
    if let Some(from) = from {
        roster["x-from"] = json!(from);
    }
    roster
}

/// Three versions, their questions in alphabetical order: the second adds one question before the old ones and one after
/// them, drops `phone`, and marks `name` as personal no more; in the third `house` moved into a group under another name and the roster was renamed.
fn three() -> [doorstep_forms::Form; 3] {
    let name = json!({"title": "户主", "type": "string", "x-pii": "direct"});
    let one = version(
        1,
        json!({"name": name, "phone": question("电话"), "house": question("房"), "land": question("地"),
            "members": roster("成员", None, json!({"name": question("名"), "age": question("龄")}))}),
    );
    let two = version(
        2,
        json!({"name": question("户主"), "cattle": question("牛"), "house": question("房"), "land": question("地"),
            "zone": question("区"),
            "members": roster("成员", None, json!({"job": question("业"), "name": question("名"), "age": question("龄")}))}),
    );
    let mut dwelling = question("房");
    dwelling["x-from"] = json!("house");
    let three = version(
        3,
        json!({"name": question("户主"), "cattle": question("牛"), "land": question("地"), "zone": question("区"),
            "home": {"title": "住", "type": "object", "x-group": true, "additionalProperties": false,
                "properties": {"dwelling": dwelling}},
            "people": roster("人", Some("members"), json!({"job": question("业"), "name": question("名")}))}),
    );
    [one, two, three]
}

fn row_of(form_version: u32, answers: serde_json::Value) -> ExportRow {
    let answers = answers.as_object().unwrap().clone();
    ExportRow { record: format!("record-{form_version}"), form_version, answers, ..record() }
}

/// The lines of each file, as they stand: a heading and its cells by place.
fn lines(forms: &[doorstep_forms::Form], rows: &[ExportRow]) -> BTreeMap<String, Vec<Vec<String>>> {
    let folder = Folder::default();
    let open = |name: &str| Ok(File(folder.clone(), name.to_owned()));
    let mut exporter =
        Exporter::new(forms, Options { with_sensitive: true, ..Options::default() }, open).unwrap();
    rows.iter().for_each(|row| exporter.row(row).unwrap());
    exporter.finish().unwrap();
    let read = |bytes: &Vec<u8>| {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
        reader.records().map(|line| line.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    folder.0.borrow().iter().map(|(name, bytes)| (name.clone(), read(bytes))).collect()
}

/// Each file as a list of lines: heading to cell.
type Files = BTreeMap<String, Vec<BTreeMap<String, String>>>;

fn export(options: Options) -> (Vec<Written>, Files) {
    let folder = Folder::default();
    let form = fixtures::form("household_register");
    let open = |name: &str| Ok(File(folder.clone(), name.to_owned()));
    let mut exporter = Exporter::new([&form], options, open).unwrap();
    exporter.row(&record()).unwrap();
    let written = exporter.finish().unwrap();
    let mut files = BTreeMap::new();
    for (name, bytes) in folder.0.borrow().iter() {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap();
        let mut reader = csv::Reader::from_reader(bytes);
        let lines: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
        files.insert(name.clone(), lines);
    }
    (written, files)
}

#[test]
fn records_and_rosters_have_a_file_each() {
    let (written, files) = export(Options { with_sensitive: true, ..Options::default() });
    let names: Vec<_> = written.iter().filter(|file| file.rows > 0).map(|file| file.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "household_register.csv",
            "household_register.members.csv",
            "household_register.years.csv",
            "household_register.years.wage.csv",
        ]
    );
    let main = &files["household_register.csv"][0];
    assert_eq!((main["_record"].as_str(), main["_area"].as_str()), ("0190-record", "'99999910020001"));
    assert_eq!((main["_form_version"].as_str(), main["_date"].as_str()), ("1", "2015-07-01"));
    assert_eq!((main["address"].as_str(), main["cultivated_mu"].as_str()), ("'=1+1", "-1.50"));
    assert_eq!(main["_unknown"], r#"{"gone_question":"kept"}"#);
    let member = &files["household_register.members.csv"][0];
    assert_eq!(read_text(&member["id_no"]), "999999197001010017");
    assert_eq!((member["_row.members"].as_str(), member["membership/state"].as_str()), (ROW, "active"));
    assert_eq!(member["health/disabled"], "true");
    let wage = &files["household_register.years.wage.csv"][0];
    assert_eq!(
        (wage["_row.years"].as_str(), wage["_row.wage"].as_str(), wage["amount"].as_str()),
        ("2015", ROW, "1200.00")
    );
}

#[test]
fn personal_answers_are_masked_unless_asked_for() {
    let (_, files) = export(Options::default());
    let main = &files["household_register.csv"][0];
    assert_eq!(
        (main["address"].as_str(), main["poor"].as_str(), main["_unknown"].as_str()),
        (MASK, MASK, MASK)
    );
    assert_eq!((main["unit_kind"].as_str(), main["phone"].as_str()), ("village", ""));
    let member = &files["household_register.members.csv"][0];
    assert_eq!(
        (member["name"].as_str(), member["id_no"].as_str(), member["health/disabled"].as_str()),
        (MASK, MASK, MASK)
    );
    assert!(!format!("{files:?}").contains("赵一") && !format!("{files:?}").contains("19700101"));
}

#[test]
fn headings_stand_in_the_order_of_the_form() {
    let folder = Folder::default();
    let form = fixtures::form("household_register");
    let open = |name: &str| Ok(File(folder.clone(), name.to_owned()));
    Exporter::new([&form], Options::default(), open).unwrap().finish().unwrap();
    let files = folder.0.borrow();
    let head = String::from_utf8(files["household_register.csv"].clone()).unwrap();
    let columns: Vec<&str> = head.trim_start_matches('\u{feff}').trim_end().split(',').skip(6).collect();
    let expected: Vec<String> = form.paths().filter(|path| !path.contains('*')).collect();
    assert_eq!(columns[..columns.len() - 1], expected);
}

#[test]
fn every_old_cell_stays_in_its_column_when_versions_come() {
    let forms = three();
    let first = row_of(
        1,
        json!({"name": "甲", "phone": "139", "house": "砖", "land": "3",
        format!("members/{ROW}/name"): "乙", format!("members/{ROW}/age"): "9"}),
    );
    let second = row_of(2, json!({"name": "丙", "cattle": "2", "house": "木", "land": "4", "zone": "z"}));
    let third = row_of(
        3,
        json!({"name": "丁", "home/dwelling": "土", "land": "5",
        format!("people/{ROW}/job"): "工"}),
    );
    let before = lines(&forms[..1], std::slice::from_ref(&first));
    let middle = lines(&forms[..2], &[first.clone(), second.clone()]);
    let after = lines(&forms, &[first, second, third]);
    let main = |files: &BTreeMap<String, Vec<Vec<String>>>| files["small.csv"].clone();
    let heading = |files: &BTreeMap<String, Vec<Vec<String>>>| main(files)[0][6..].join(",");
    assert_eq!(heading(&before), "house,land,name,phone,_unknown");
    assert_eq!(heading(&middle), "house,land,name,phone,cattle,zone,_unknown");
    assert_eq!(heading(&after), "home/dwelling,land,name,phone,cattle,zone,_unknown");
    let cells = |files: &BTreeMap<String, Vec<Vec<String>>>, line: usize| main(files)[line][6..].join(",");
    assert_eq!(cells(&before, 1), "砖,3,甲,139,");
    assert_eq!(cells(&middle, 1), "砖,3,甲,139,,,");
    assert_eq!(cells(&after, 1), "砖,3,甲,139,,,");
    assert_eq!(cells(&after, 2), "木,4,丙,,2,z,");
    assert_eq!(cells(&after, 3), "土,5,丁,,,,");
    let versions: Vec<String> = main(&after)[1..].iter().map(|line| line[1].clone()).collect();
    assert_eq!(versions, ["1", "2", "3"]);
    // The roster was renamed: one file, under the newest name, with every column it ever had.
    assert_eq!(before["small.members.csv"][0].join(","), "_record,_row.members,age,name");
    assert!(!after.contains_key("small.members.csv"));
    let people = &after["small.people.csv"];
    assert_eq!(people[0].join(","), "_record,_row.people,age,name,job");
    assert_eq!(people[1][2..].join(","), "9,乙,");
    assert_eq!(people[2][2..].join(","), ",,工");
}

#[test]
fn what_no_version_knows_and_what_would_share_a_cell_stands_apart() {
    let forms = three();
    // A name of the first version beside the one of its own: its own takes the cell, whichever is read first.
    let odd = row_of(3, json!({"house": "砖", "home/dwelling": "土", "zzz": 1, "cattle": "2", "aaa/b": "x"}));
    let after = lines(&forms, &[odd]);
    let line = &after["small.csv"][1][6..];
    assert_eq!(line[0], "土");
    assert_eq!(line[6], r#"{"aaa/b":"x","house":"砖","zzz":1}"#);
}

#[test]
fn a_mark_taken_off_later_uncovers_nothing_of_before() {
    let forms = three();
    let folder = Folder::default();
    let open = |name: &str| Ok(File(folder.clone(), name.to_owned()));
    let mut exporter = Exporter::new(&forms, Options::default(), open).unwrap();
    exporter.row(&row_of(1, json!({"name": "甲", "phone": "139"}))).unwrap();
    exporter.finish().unwrap();
    let text = String::from_utf8(folder.0.borrow()["small.csv"].clone()).unwrap();
    assert!(text.contains(&format!("{MASK},139")) && !text.contains("甲"), "{text}");
}
