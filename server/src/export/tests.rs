//! An export is written, then opened again as a program would.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::rc::Rc;

use serde_json::json;

use super::*;
use crate::reports::fixtures;

#[derive(Clone, Default)]
struct Folder(Rc<RefCell<BTreeMap<String, Vec<u8>>>>);

struct File(Folder, String);

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.0.borrow_mut().entry(self.1.clone()).or_default().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

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
    let (written, files) = export(Options { with_sensitive: true });
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
