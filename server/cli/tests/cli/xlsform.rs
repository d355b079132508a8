//! `doorstep import xlsform`: the package passes the check, the report is whole, nothing is left behind by a failure.

#![allow(clippy::unwrap_used)]

use std::fs;

use crate::support::{arg, doorstep};

/// A workbook of one sheet, as a spreadsheet program writes it.
fn workbook() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("survey").unwrap();
    let rows = [
        ["type", "name", "label::中文 (zh)", "label::English (en)", "relevant", "appearance"],
        ["integer", "Age", "年龄", "Age", "", "w4"],
        ["text", "why", "原因", "Why", "${Age} > 60", ""],
    ];
    for (row, cells) in rows.iter().enumerate() {
        for (column, text) in cells.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            sheet.write(row as u32, column as u16, *text).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_becomes_a_package_that_passes_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("visit.xlsx"), folder.path().join("made/visit"));
    fs::write(&file, workbook()).unwrap();
    let done = doorstep(&["import", "xlsform", arg(&file), "--out", arg(&out), "--json"]).done().json();
    let report = &done["report"];
    assert_eq!((&report["form"], &report["questions"]), (&"visit".into(), &2.into()));
    assert_eq!(report["cells"]["lost"], 1);
    let lost = report["entries"].as_array().unwrap().iter().find(|entry| entry["effect"] == "lost").unwrap();
    assert_eq!(
        (&lost["row"], &lost["column"], &lost["value"]),
        (&2.into(), &"F appearance".into(), &"w4".into())
    );
    assert!(lost["reason"]["zh"].is_string());
    let checked = doorstep(&["form", "check", arg(&out), "--json"]).done().json();
    assert_eq!((&checked["ok"], &checked["form"]), (&true.into(), &"visit".into()));
    let text =
        doorstep(&["import", "xlsform", arg(&file), "--out", arg(&folder.path().join("zh")), "--lang", "zh"]);
    assert!(text.done().out.contains("未导入：survey 第 2 行 F appearance"));
}

#[test]
fn a_failure_writes_nothing_and_a_full_folder_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("a.xlsx"), folder.path().join("out"));
    fs::write(&file, "no workbook").unwrap();
    let refused = doorstep(&["import", "xlsform", arg(&file), "--out", arg(&out), "--json"]);
    assert_eq!((refused.code, &refused.json()["error"]["kind"]), (1, &"not_excel".into()));
    fs::write(&file, workbook()).unwrap();
    fs::create_dir(&out).unwrap();
    fs::write(out.join("mine.txt"), "kept").unwrap();
    let refused = doorstep(&["import", "xlsform", arg(&file), "--out", arg(&out), "--json"]);
    assert_eq!((refused.code, &refused.json()["error"]["kind"]), (1, &"out_not_empty".into()));
    assert_eq!(fs::read_to_string(out.join("mine.txt")).unwrap(), "kept");
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["a.xlsx", "out"]);
}
