//! From the county's ledger to a report and an export, with the commands of the manual.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Ran, arg, doorstep, repository};
use serde_json::{Value, json};

struct Office {
    folder: tempfile::TempDir,
}

impl Office {
    fn new() -> Office {
        let office = Office { folder: tempfile::tempdir().expect("folder") };
        office.run(&["area", "import", arg(&repository("schemas/areas/demo.csv"))]).done();
        for form in ["household_register", "sample_check"] {
            office.run(&["form", "publish", arg(&repository(&format!("schemas/forms/{form}/1")))]).done();
        }
        office
    }

    fn run(&self, words: &[&str]) -> Ran {
        let data = self.folder.path().join("data");
        doorstep(&[words, &["--data", arg(&data)]].concat())
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("file");
        path
    }

    fn import(&self, ledger: &Path) -> Value {
        self.run(&["import", "households", arg(ledger), "--json"]).done().json()
    }

    fn registered(&self) -> Value {
        let counted = self.run(&["report", "T8f", "--json"]).done().json();
        let figures = counted["figures"].as_array().expect("figures").clone();
        figures.into_iter().find(|figure| figure["id"] == "P8-26").expect("P8-26")["values"].clone()
    }
}

/// The sample of docs/ledger.md.
fn sample() -> String {
    let manual = fs::read_to_string(repository("docs/ledger.md")).expect("docs/ledger.md");
    let sample = manual.split("```csv\n").nth(1).and_then(|rest| rest.split("```").next());
    sample.expect("a sample").to_owned()
}

#[test]
fn the_sample_of_the_manual_is_imported_once_counted_and_exported() {
    let office = Office::new();
    let ledger = office.file("ledger.csv", &sample());
    let first = office.import(&ledger);
    assert_eq!(
        (&first["created"], &first["fault_count"], &first["warning_count"]),
        (&json!(1), &json!(0), &json!(0))
    );
    assert_eq!(office.import(&ledger)["unchanged"], json!(1));
    assert_eq!(office.registered(), json!([1, 2]));
    let out = office.folder.path().join("out");
    office.run(&["export", "household_register", "--format", "csv", "--out", arg(&out)]).done();
    let masked = fs::read_to_string(out.join("household_register.members.csv")).expect("members");
    assert!(!masked.contains("999999197001010017") && !masked.contains("赵一"));
    office.run(&["export", "household_register", "--out", arg(&out), "--with-sensitive"]).done();
    let clear = fs::read_to_string(out.join("household_register.members.csv")).expect("members");
    assert!(clear.starts_with('\u{feff}') && clear.contains("'999999197001010017"));
    let main = office.run(&["export", "household_register"]).done().out;
    assert_eq!(main.lines().count(), 2);
}

#[test]
fn all_figures_come_in_one_list_in_both_languages() {
    let office = Office::new();
    let counted = office.run(&["report", "--all", "--json"]).done().json();
    let figures = counted["figures"].as_array().expect("figures");
    let ids: Vec<&str> = figures.iter().filter_map(|figure| figure["id"].as_str()).collect();
    let town: Vec<&str> = ids.iter().copied().filter(|id| id.starts_with("P8-")).collect();
    assert_eq!((town.len(), town[0], town[27]), (28, "P8-01", "P8-53"));
    assert!(!ids.iter().any(|id| id.starts_with("P1-")), "reports over forms that are not published rest");
    for figure in figures {
        assert_eq!(figure["values"].as_array().map(Vec::len), figure["quoted"].as_array().map(Vec::len));
    }
    assert!(office.run(&["report", "--all", "--lang", "zh"]).done().out.contains("引用值"));
    assert!(office.run(&["report", "--all", "--lang", "en"]).done().out.contains("quoted"));
}

#[test]
fn wrong_ledgers_are_told_and_leave_nothing_half_done() {
    let office = Office::new();
    let bad = format!("{}1002,1,王五,王五,,户主,男,汉族,,,,,,,,,,\n", sample());
    let ledger = office.file("bad.csv", &bad);
    let refused = office.run(&["import", "households", arg(&ledger), "--all-or-nothing", "--json"]);
    assert_eq!(refused.code, 1);
    let error = &refused.json()["error"];
    assert_eq!(
        (&error["kind"], &error["faults"][0]["pointer"]),
        (&json!("bad_rows"), &json!("4:B 行政区划代码"))
    );
    assert_eq!(office.registered(), json!([0, 0]));
    let checked = office.run(&["import", "households", arg(&ledger), "--dry-run"]).done();
    assert!(checked.out.contains("row 4 B 行政区划代码 (household 1002)"), "{}", checked.out);
    assert_eq!(office.registered(), json!([0, 0]));
    let report = office.import(&ledger);
    assert_eq!((&report["created"], &report["rejected"]), (&json!(1), &json!(1)));
    for (name, text) in [("none.csv", "a,b\n1,2\n"), ("noise.xlsx", "PK\u{3}\u{4}noise")] {
        let file = office.file(name, text);
        let failed = office.run(&["import", "households", arg(&file), "--json"]);
        assert_eq!((failed.code, &failed.json()["error"]["kind"]), (1, &json!("bad_ledger")), "{name}");
    }
    assert_eq!(office.run(&["report", "T9z"]).code, 1);
    assert_eq!(office.run(&["export", "no_form"]).code, 1);
}

#[test]
fn without_a_form_the_next_step_is_told() {
    let folder = tempfile::tempdir().expect("folder");
    let (data, ledger) = (folder.path().join("data"), folder.path().join("ledger.csv"));
    fs::write(&ledger, sample()).expect("file");
    let failed = doorstep(&["import", "households", arg(&ledger), "--data", arg(&data)]);
    assert_eq!(failed.code, 1);
    assert!(failed.err.contains("form publish"), "{}", failed.err);
    let failed = doorstep(&["report", "--all", "--data", arg(&data)]);
    assert_eq!(failed.code, 1);
}
