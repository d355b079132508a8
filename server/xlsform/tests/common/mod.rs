//! Workbooks made on the spot, and what becomes of them.
#![allow(dead_code)]

use std::collections::BTreeMap;

use doorstep_forms::{Answers, Context, Form, FormPackage, Mode};
use doorstep_xlsform::{Effect, Entry, Imported, Options, Report, import};
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

/// A workbook of sheets; cells are separated by `|`, rows are lines.
pub(crate) fn book(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, text) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (row, line) in text.trim().lines().enumerate() {
            for (column, cell) in
                line.split('|').map(str::trim).enumerate().filter(|(_, cell)| !cell.is_empty())
            {
                sheet.write_string(row as u32, column as u16, cell).unwrap();
            }
        }
    }
    book.save_to_buffer().unwrap()
}

pub(crate) fn no_files(_: &str) -> Option<Vec<u8>> {
    None
}

pub(crate) fn options<'a>() -> Options<'a> {
    Options { name: "form", language: None, files: &no_files }
}

/// An import that must give a sound package, and every cell an account.
pub(crate) struct Made {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) report: Report,
    pub(crate) form: Form,
}

pub(crate) fn made(bytes: &[u8]) -> Made {
    made_with(bytes, &options())
}

pub(crate) fn made_with(bytes: &[u8], options: &Options<'_>) -> Made {
    let Imported { files, report } = import(bytes, options).unwrap_or_else(|error| panic!("{error}"));
    let package = FormPackage::from_files(files.clone()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let form = Form::compile(package).unwrap_or_else(|faults| panic!("{faults:#?}"));
    accounted(&report);
    Made { files, report, form }
}

/// Every cell is carried or lost, and what is lost stands in an entry with its reason in both languages.
pub(crate) fn accounted(report: &Report) {
    assert_eq!(report.cells.total, report.cells.carried + report.cells.lost);
    if report.more == 0 {
        let lost: usize = report.entries.iter().filter(|e| e.effect == Effect::Lost).map(|e| e.cells).sum();
        assert_eq!(lost, report.cells.lost, "lost cells without an entry");
    }
    for entry in &report.entries {
        assert!(!entry.reason.en.is_empty() && !entry.reason.zh.is_empty(), "{entry:?}");
        assert!(
            !doorstep_han(&entry.reason.en)
                || doorstep_han(&entry.value)
                || entry.reason.en.contains('"')
                || doorstep_han(&entry.reason.zh)
        );
    }
}

fn doorstep_han(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

pub(crate) fn survey(text: &str) -> Made {
    made(&book(&[("survey", text)]))
}

pub(crate) fn with_choices(survey: &str, choices: &str) -> Made {
    made(&book(&[("survey", survey), ("choices", choices)]))
}

impl Made {
    pub(crate) fn json(&self, file: &str) -> Value {
        let bytes = self.files.get(file).unwrap_or_else(|| panic!("{file} of {:?}", self.files.keys()));
        serde_json::from_slice(bytes).unwrap()
    }

    pub(crate) fn schema(&self) -> Value {
        self.json("schema.json")
    }

    /// The schema object of a question, by its path without row ids.
    pub(crate) fn question(&self, path: &str) -> Value {
        let mut at = self.schema();
        for part in path.split('/') {
            let inside =
                if at["additionalProperties"].is_object() { at["additionalProperties"].clone() } else { at };
            at = inside["properties"][part].clone();
            assert!(at.is_object(), "{path}: no {part}");
        }
        at
    }

    /// Entries about a cell, by sheet, row and heading.
    pub(crate) fn entries(&self, sheet: &str, row: usize) -> Vec<&Entry> {
        self.report.entries.iter().filter(|entry| entry.sheet == sheet && entry.row == row).collect()
    }

    pub(crate) fn says(&self, sheet: &str, row: usize, effect: Effect, words: &str) {
        let entries = self.entries(sheet, row);
        let found = entries.iter().any(|entry| entry.effect == effect && entry.reason.en.contains(words));
        assert!(found, "row {row} of {sheet} does not say {words:?}: {entries:#?}");
    }

    /// The keys of all violations of some answers, `path:key`.
    pub(crate) fn violations(&self, answers: &[(&str, Value)]) -> Vec<String> {
        let outcome = self.form.evaluate(&self.answers(answers), &context());
        outcome.violations.iter().map(|v| format!("{}:{}", v.path, v.key)).collect()
    }

    pub(crate) fn irrelevant(&self, answers: &[(&str, Value)]) -> Vec<String> {
        let outcome = self.form.evaluate(&self.answers(answers), &context());
        outcome.irrelevant.iter().map(ToString::to_string).collect()
    }

    pub(crate) fn calculated(&self, answers: &[(&str, Value)], path: &str) -> Value {
        let outcome = self.form.evaluate(&self.answers(answers), &context());
        outcome.calculated.get(path).cloned().unwrap_or(Value::Null)
    }

    fn answers(&self, answers: &[(&str, Value)]) -> Answers {
        let mut all: Answers =
            answers.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
        all.insert("_date".into(), json!("2024-03-01"));
        all
    }
}

fn context() -> Context<'static> {
    Context { mode: Mode::Full, ..Context::default() }
}
