//! What a screen shows of answers: pages, visible questions, values, errors, choices. One drawing for the phone that fills a
//! record and for the desk that tries a questionnaire.
//!
//! What stands beside the form (answers that differ, remarks, where files are) comes from the caller; `D` is how the caller tells
//! one of several different answers.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use crate::form as layout;
use crate::{Answers, Choice, Form, Kind, Outcome, PageItem, Question, Severity, Violation};

/// A page.
#[derive(Debug, Clone, Serialize)]
pub struct PageView<D> {
    /// Stable key.
    pub key: String,
    /// Title.
    pub title: String,
    /// `complete`, `incomplete` (an answer is due) or `invalid` (an error stands).
    pub state: &'static str,
    /// What stands on it.
    pub items: Vec<ItemView<D>>,
}

/// What stands on a page.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case", tag = "item")]
pub enum ItemView<D> {
    /// A question.
    Question(Box<QuestionView<D>>),
    /// Questions under one title.
    Group {
        /// Title; may be empty.
        title: String,
        /// What stands in it.
        items: Vec<ItemView<D>>,
    },
    /// A roster.
    Roster {
        /// Path: rows are added below it.
        path: String,
        /// Title.
        title: String,
        /// Rows are years, named by the person.
        yearly: bool,
        /// Open rows in their order.
        rows: Vec<RowView<D>>,
        /// Errors and warnings on the roster itself.
        violations: Vec<Said>,
    },
}

/// A row of a roster.
#[derive(Debug, Clone, Serialize)]
pub struct RowView<D> {
    /// Row id or year.
    pub id: String,
    /// Path: `members/<row>`.
    pub path: String,
    /// What people call it.
    pub label: String,
    /// Its questions.
    pub items: Vec<ItemView<D>>,
    /// Errors and warnings on the row itself.
    pub violations: Vec<Said>,
}

/// A question.
#[derive(Debug, Clone, Serialize)]
pub struct QuestionView<D> {
    /// Concrete path.
    pub path: String,
    /// Kind.
    pub kind: Kind,
    /// Title.
    pub title: String,
    /// Hint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Symbol of the unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// A submission needs an answer here.
    pub required: bool,
    /// Calculated, copied, or written by the office.
    pub read_only: bool,
    /// The value; of a multi-select the list of ticked codes; null when there is none, or when answers differ.
    pub value: Json,
    /// The value in words, where it is one register of several parts: a quantity, a ranking, a signature, a position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// What is to be said about a signature: changed after signing; about a file: where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<&'static str>,
    /// Where answers differ: all of them, by time. Of a multi-select, by tick.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub different: BTreeMap<String, Vec<D>>,
    /// Codes that stand here and that this version of the form does not know: kept, shown, not offered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown_codes: Vec<String>,
    /// What may be chosen now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Errors and warnings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Said>,
    /// Remarks, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Remark>,
}

/// A violation in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Keyword or constraint key.
    pub key: String,
    /// Error or warning.
    pub severity: Severity,
    /// One short sentence.
    pub message: String,
}

/// A remark or a supervisor's note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// Who.
    pub by: String,
    /// When, milliseconds since 1970 UTC.
    pub at: i64,
    /// What.
    pub text: String,
}

/// What is known beside the form and the answers.
#[derive(Debug, Clone)]
pub struct Beside<D> {
    /// Where answers differ, by path: all of them.
    pub different: BTreeMap<String, Vec<D>>,
    /// Remarks on questions, by path, oldest first.
    pub remarks: Vec<(String, Remark)>,
    /// What is to be said about signatures and files, by path.
    pub notes: BTreeMap<String, &'static str>,
    /// Show what is hidden until the record is submitted.
    pub show_hidden: bool,
}

impl<D> Default for Beside<D> {
    fn default() -> Self {
        Beside { different: BTreeMap::new(), remarks: Vec::new(), notes: BTreeMap::new(), show_hidden: false }
    }
}

/// What a view is drawn from.
#[derive(Debug)]
pub struct Drawing<'a, D> {
    form: &'a Form,
    locale: &'a str,
    answers: &'a Answers,
    outcome: &'a Outcome,
    asked: BTreeMap<String, bool>,
    beside: Beside<D>,
}

impl<'a, D: Clone> Drawing<'a, D> {
    /// A drawing in `locale` of `answers` and what checking them gave.
    pub fn new(
        form: &'a Form,
        locale: &'a str,
        answers: &'a Answers,
        outcome: &'a Outcome,
        beside: Beside<D>,
    ) -> Self {
        let asked = form.asked(answers).into_iter().map(|asked| (asked.path, asked.required)).collect();
        Drawing { form, locale, answers, outcome, asked, beside }
    }

    /// Whether the place of a question is asked now.
    pub fn is_asked(&self, path: &str) -> bool {
        self.asked.contains_key(path)
    }

    /// How many violations of this severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.outcome.violations.iter().filter(|violation| violation.severity == severity).count()
    }

    /// The pages in order. An answer that only a submission asks for makes a page incomplete, not invalid.
    pub fn pages(&self) -> Vec<PageView<D>> {
        let page = |page: layout::PageView| {
            let templates = templates(&page.items);
            let on_page = |path: &str| {
                self.form.question(path).is_some_and(|question| {
                    let template = question.template();
                    templates.iter().any(|t| template == t || template.starts_with(&format!("{t}/")))
                })
            };
            let errors = || {
                self.outcome.violations.iter().filter(|v| v.severity == Severity::Error && on_page(&v.path))
            };
            let state = match (errors().any(|v| !is_due(v)), errors().next().is_some()) {
                (true, _) => "invalid",
                (_, true) => "incomplete",
                _ => "complete",
            };
            PageView { key: page.key, title: page.title, state, items: self.items(&page.items) }
        };
        self.form.pages(self.locale).into_iter().map(page).collect()
    }

    fn items(&self, items: &[PageItem]) -> Vec<ItemView<D>> {
        let item = |item: &PageItem| match item {
            PageItem::Question(template) => self.form.question(template).and_then(|q| self.item(q, template)),
            PageItem::Group { title, items } => {
                let items = self.items(items);
                (!items.is_empty()).then(|| ItemView::Group { title: title.clone(), items })
            }
        };
        items.iter().filter_map(item).collect()
    }

    /// A question at a concrete path with everything inside it; `None` while it is irrelevant or hidden.
    fn item(&self, question: &Question, path: &str) -> Option<ItemView<D>> {
        if !self.asked.contains_key(path) || (self.is_hidden(path) && !self.beside.show_hidden) {
            return None;
        }
        let title = question.title(self.locale).to_owned();
        match question.kind() {
            Kind::Group => Some(ItemView::Group { title, items: self.children(question, path) }),
            kind @ (Kind::Roster | Kind::Yearly) => {
                let rows = self.form.rows(path, self.answers).into_iter().map(|row| {
                    let row_path = format!("{path}/{}", row.code);
                    RowView {
                        items: self.children(question, &row_path),
                        violations: self.said_at(&row_path),
                        id: row.code,
                        path: row_path,
                        label: row.label,
                    }
                });
                Some(ItemView::Roster {
                    rows: rows.collect(),
                    path: path.to_owned(),
                    title,
                    yearly: kind == Kind::Yearly,
                    violations: self.said_at(path),
                })
            }
            _ => Some(ItemView::Question(Box::new(self.question(question, path, title)))),
        }
    }

    fn children(&self, question: &Question, path: &str) -> Vec<ItemView<D>> {
        let children = self.form.children(question);
        children.filter_map(|child| self.item(child, &format!("{path}/{}", child.key()))).collect()
    }

    fn is_hidden(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        ends.into_iter()
            .any(|end| self.form.question(&path[..end]).is_some_and(Question::hidden_until_submitted))
    }

    fn question(&self, question: &Question, path: &str, title: String) -> QuestionView<D> {
        let below = format!("{path}/");
        let here = self.beside.different.iter().filter(|(at, _)| *at == path || at.starts_with(&below));
        let different: BTreeMap<_, _> =
            here.map(|(at, candidates)| (at.clone(), candidates.clone())).collect();
        let value = if different.is_empty() || question.kind() == Kind::SelectMany {
            self.value(question, path)
        } else {
            Json::Null
        };
        let remarks = self.beside.remarks.iter().filter(|(at, _)| at == path);
        QuestionView {
            path: path.to_owned(),
            kind: question.kind(),
            title,
            hint: question.hint(self.locale).map(str::to_owned),
            unit: question.unit(self.locale).map(|(_, symbol)| symbol.to_owned()),
            required: self.asked.get(path).copied().unwrap_or(false),
            read_only: question.read_only(),
            words: self.words(question, path, &value),
            remark: self.beside.notes.get(path).copied(),
            value,
            different,
            unknown_codes: self.unknown_codes(question, path),
            choices: if question.has_choices() && !question.read_only() {
                self.form.choices(path, self.answers, self.locale)
            } else {
                Vec::new()
            },
            violations: self.said_at(path),
            comments: remarks.map(|(_, remark)| remark.clone()).collect(),
        }
    }

    /// The value in words, where the screen could not say it otherwise: several parts in one register, or a choice that is
    /// not offered.
    fn words(&self, question: &Question, path: &str, value: &Json) -> Option<String> {
        let said = |value: &Json| self.form.words(path, value, self.answers, self.locale);
        match (question.kind(), value) {
            (kind, Json::String(_)) if kind.is_compound() => Some(said(value)),
            (Kind::SelectOne, Json::String(_)) if question.read_only() => Some(said(value)),
            (Kind::SelectMany, Json::Array(codes)) if question.read_only() && !codes.is_empty() => {
                let labels = self.form.option_labels(question);
                let label = |code: &Json| {
                    let code = code.as_str().unwrap_or_default();
                    let texts = labels.iter().find(|(known, _)| known == code).map(|(_, texts)| texts);
                    texts.and_then(|texts| texts.get(self.locale)).map_or(code, String::as_str).to_owned()
                };
                let labels: Vec<String> = codes.iter().map(label).collect();
                Some(labels.join(if self.locale.starts_with("zh") { "、" } else { ", " }))
            }
            _ => None,
        }
    }

    fn value(&self, question: &Question, path: &str) -> Json {
        if question.kind() == Kind::SelectMany {
            let ticks = self.in_tree(path).and_then(Json::as_object).into_iter().flatten();
            return ticks
                .filter(|(_, tick)| **tick == Json::Bool(true))
                .map(|(code, _)| code.clone())
                .collect();
        }
        let stored = self.answers.get(path).or_else(|| self.outcome.calculated.get(path));
        stored.or_else(|| self.in_tree(path)).cloned().unwrap_or_default()
    }

    /// Codes of a later version: of a multi-select the ticks the form does not know, else the answer itself.
    fn unknown_codes(&self, question: &Question, path: &str) -> Vec<String> {
        let known = self.form.option_labels(question);
        let is_known = |code: &str| known.iter().any(|(known, _)| known == code);
        if known.is_empty() {
            return Vec::new();
        }
        if question.kind() == Kind::SelectMany {
            let below = format!("{path}/");
            let ticks = self.answers.iter().filter_map(|(at, tick)| Some((at.strip_prefix(&below)?, tick)));
            let unknown = ticks.filter(|(code, tick)| **tick == Json::Bool(true) && !is_known(code));
            return unknown.map(|(code, _)| code.to_owned()).collect();
        }
        let code = self.answers.get(path).and_then(Json::as_str);
        let kind = question.kind() == Kind::SelectOne;
        code.filter(|code| kind && !is_known(code)).map(str::to_owned).into_iter().collect()
    }

    fn in_tree(&self, path: &str) -> Option<&Json> {
        path.split('/').try_fold(&self.outcome.tree, |at, segment| at.get(segment))
    }

    /// What is wrong at a place; an answer that is only due is no error while filling.
    pub fn said_at(&self, path: &str) -> Vec<Said> {
        let here = self.outcome.violations.iter().filter(|violation| violation.path == path);
        let said = |violation: &Violation| Said {
            key: violation.key.clone(),
            severity: violation.severity,
            message: self.form.message(violation, self.locale),
        };
        here.filter(|violation| !is_due(violation)).map(said).collect()
    }
}

fn is_due(violation: &Violation) -> bool {
    violation.severity == Severity::Error && matches!(violation.key.as_str(), "required" | "minProperties")
}

/// The question templates of a page.
fn templates(items: &[PageItem]) -> Vec<String> {
    items
        .iter()
        .flat_map(|item| match item {
            PageItem::Question(template) => vec![template.clone()],
            PageItem::Group { items, .. } => templates(items),
        })
        .collect()
}
