//! A filled record on paper: every answer in words, rosters as tables, boxes to sign in.

use std::collections::BTreeMap;

use doorstep_forms::{Answers, Context, Form, Kind, Mode, PageItem, Question, SignatureState};
use serde_json::Value as Json;

use super::html::Page;
use crate::language::Language;

/// Columns of a roster printed across; with more, the questions go down and the rows across.
const COLUMNS_MAX: usize = 7;
/// Rows printed beside one another when the questions go down.
const ROWS_ACROSS: usize = 4;

/// What is printed.
#[derive(Debug, Clone, Default)]
pub struct PrintedRecord {
    /// Record id.
    pub record: String,
    /// Name of its place.
    pub area: String,
    /// Where it stands, in words.
    pub state: String,
    /// Flat answers; where people disagree, none.
    pub answers: Answers,
    /// Paths where people disagree.
    pub different: Vec<String>,
    /// Signatures and what is to be said about them.
    pub signatures: Vec<SignatureState>,
}

/// The filled record.
pub fn record(form: &Form, printed: &PrintedRecord, language: Language) -> String {
    let mut page = Page::new(form.title(language.tag()), language);
    page.text("p", "head", &format!("{} · {}", printed.area, printed.state));
    page.text("p", "head note", &printed.record);
    let outcome = form.evaluate(&printed.answers, &Context { mode: Mode::Draft, previous: None });
    let mut values: BTreeMap<String, Json> = form.dataset_row(&outcome).into_iter().collect();
    values.retain(|_, value| !value.is_null());
    let filled = Filled { form, printed, values };
    for view in form.pages(page.locale()) {
        page.text("h2", "", &view.title);
        let mut lines = Vec::new();
        filled.items(&view.items, &mut lines, &mut page);
        filled.flush(&mut lines, &mut page);
    }
    if !printed.different.is_empty() {
        let paths: Vec<String> =
            printed.different.iter().map(|path| form.describe_path(path, page.locale())).collect();
        let said = format!("{}{}", page.pick("填写不一致：", "different answers: "), paths.join("; "));
        page.text("p", "note", &said);
    }
    let boxes = filled.signature_boxes(&page);
    page.signatures(&boxes);
    page.finish()
}

struct Filled<'a> {
    form: &'a Form,
    printed: &'a PrintedRecord,
    values: BTreeMap<String, Json>,
}

type Lines = Vec<Vec<String>>;

impl Filled<'_> {
    fn items(&self, items: &[PageItem], lines: &mut Lines, page: &mut Page) {
        for item in items {
            match item {
                PageItem::Question(template) => {
                    if let Some(question) = self.form.question(template) {
                        self.question(question, template, lines, page);
                    }
                }
                PageItem::Group { title, items } => {
                    self.flush(lines, page);
                    if !title.is_empty() {
                        page.text("h3", "", title);
                    }
                    self.items(items, lines, page);
                    self.flush(lines, page);
                }
            }
        }
    }

    /// Writes the lines collected so far as one table.
    fn flush(&self, lines: &mut Lines, page: &mut Page) {
        if !lines.is_empty() {
            page.table(&[], &std::mem::take(lines), &[]);
        }
    }

    fn question(&self, question: &Question, path: &str, lines: &mut Lines, page: &mut Page) {
        match question.kind() {
            Kind::Group => {
                for child in self.form.children(question) {
                    self.question(child, &format!("{path}/{}", child.key()), lines, page);
                }
            }
            Kind::Roster | Kind::Yearly => {
                self.flush(lines, page);
                self.roster(question, path, page);
            }
            Kind::Signature => {}
            _ => {
                let said = self.cell(question, path, page);
                lines.push(vec![question.title(page.locale()).to_owned(), said]);
            }
        }
    }

    /// An answer in words, with its unit.
    fn cell(&self, question: &Question, path: &str, page: &Page) -> String {
        let locale = page.locale();
        if self.printed.different.iter().any(|different| different == path) {
            return page.pick("（填写不一致）", "(different answers)").to_owned();
        }
        if question.kind() == Kind::SelectMany {
            let below = format!("{path}/");
            let ticked = self
                .values
                .iter()
                .filter(|(key, value)| key.starts_with(&below) && **value == Json::Bool(true));
            let labels: BTreeMap<String, _> = self.form.option_labels(question).into_iter().collect();
            let label = |code: &str| {
                let texts = labels.get(code);
                texts
                    .and_then(|t| t.get(locale).or_else(|| t.values().next()))
                    .map_or(code.to_owned(), String::clone)
            };
            let words: Vec<String> = ticked.map(|(key, _)| label(&key[below.len()..])).collect();
            return words.join(page.pick("、", ", "));
        }
        let Some(value) = self.values.get(path) else { return String::new() };
        let words = self.form.words(path, value, &self.printed.answers, locale);
        let numeric = matches!(question.kind(), Kind::Integer | Kind::Decimal) && !value.is_object();
        match question.unit(locale).filter(|_| numeric) {
            Some((_, symbol)) => format!("{words} {symbol}"),
            None => words,
        }
    }

    /// The rows' ids in their order.
    fn rows(&self, path: &str) -> Vec<(String, String)> {
        let rows = self.form.rows(path, &self.printed.answers).into_iter();
        rows.map(|row| (row.code, row.label)).collect()
    }

    fn roster(&self, question: &Question, path: &str, page: &mut Page) {
        let rows = self.rows(path);
        let mut columns: Vec<(String, &Question)> = Vec::new();
        let mut inside: Vec<(String, &Question)> = Vec::new();
        self.leaves(question, "", &mut columns, &mut inside);
        page.text("h3", "", &format!("{} ({})", question.title(page.locale()), rows.len()));
        if rows.is_empty() {
            return;
        }
        // A column that nobody filled takes no room.
        columns.retain(|(key, column)| {
            rows.iter().any(|(row, _)| !self.cell(column, &format!("{path}/{row}/{key}"), page).is_empty())
        });
        let titles: Vec<String> =
            columns.iter().map(|(_, column)| column.title(page.locale()).to_owned()).collect();
        let cells = |row: &str, page: &Page| -> Vec<String> {
            columns
                .iter()
                .map(|(key, column)| self.cell(column, &format!("{path}/{row}/{key}"), page))
                .collect()
        };
        if titles.len() <= COLUMNS_MAX {
            let heading: Vec<String> = [String::new()].into_iter().chain(titles).collect();
            let lines: Lines = rows
                .iter()
                .map(|(row, label)| [label.clone()].into_iter().chain(cells(row, page)).collect())
                .collect();
            page.table(&heading, &lines, &[]);
        } else {
            for some in rows.chunks(ROWS_ACROSS) {
                let heading: Vec<String> =
                    [String::new()].into_iter().chain(some.iter().map(|(_, label)| label.clone())).collect();
                let filled: Vec<Vec<String>> = some.iter().map(|(row, _)| cells(row, page)).collect();
                let line = |i: usize, title: &String| {
                    [title.clone()].into_iter().chain(filled.iter().map(|row| row[i].clone())).collect()
                };
                let lines: Lines = titles.iter().enumerate().map(|(i, title)| line(i, title)).collect();
                page.table(&heading, &lines, &[]);
            }
        }
        for (key, roster) in inside {
            for (row, label) in &rows {
                let below = format!("{path}/{row}/{key}");
                if !self.rows(&below).is_empty() {
                    page.text("p", "note", label);
                    self.roster(roster, &below, page);
                }
            }
        }
    }

    fn leaves<'f>(
        &'f self,
        question: &'f Question,
        prefix: &str,
        cells: &mut Vec<(String, &'f Question)>,
        rosters: &mut Vec<(String, &'f Question)>,
    ) {
        for child in self.form.children(question) {
            let key = format!("{prefix}{}", child.key());
            match child.kind() {
                Kind::Group => self.leaves(child, &format!("{key}/"), cells, rosters),
                Kind::Roster | Kind::Yearly => rosters.push((key, child)),
                _ => cells.push((key, child)),
            }
        }
    }

    /// What was signed, with what is to be said about it; else boxes to sign in.
    fn signature_boxes(&self, page: &Page) -> Vec<(String, String)> {
        let locale = page.locale();
        let asked = self.form.questions().filter(|question| question.kind() == Kind::Signature);
        let mut boxes: Vec<(String, String)> = asked
            .map(|question| {
                let path = question.template();
                let value = self.printed.answers.get(path).filter(|value| !value.is_null());
                let mut said =
                    value.map_or(String::new(), |v| self.form.words(path, v, &self.printed.answers, locale));
                let state = self.printed.signatures.iter().find(|state| state.path == path);
                if let Some(remark) = state.and_then(|state| state.remark(locale)) {
                    said.push_str(&format!(" · {remark}"));
                }
                (question.title(locale).to_owned(), said)
            })
            .collect();
        if boxes.is_empty() {
            let blank = |zh: &str, en: &str| (page.pick(zh, en).to_owned(), String::new());
            boxes = vec![
                blank("户主（签字）", "Head of household (signature)"),
                blank("调查员（签字）", "Enumerator (signature)"),
                blank("审核人（签字）", "Reviewer (signature)"),
            ];
        }
        boxes
    }
}
