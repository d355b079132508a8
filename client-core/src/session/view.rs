//! What the screen shows of a record being filled: pages, visible questions, values, different answers, errors, choices.

use std::collections::BTreeMap;

use doorstep_forms::{
    Choice, Context, Form, Kind, Mode, Outcome, PageItem, Question, Severity, SignatureState, Violation,
};
use serde::Serialize;
use serde_json::Value as Json;

use super::FormSession;
use crate::device::{Notice, ShownCandidate, preselected};
use crate::error::DeviceError;
use crate::store::FileState;
use crate::store::people::{Comment, Review};
use crate::store::records::state;

/// A record being filled.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    /// Title of the form.
    pub title: String,
    /// What people call the record.
    pub label: String,
    /// Area code.
    pub area: String,
    /// `draft`, `submitted`, `sent_back`, `approved` or `not_accepted`.
    pub state: String,
    /// Practice, or filled under a test version: it counts nowhere.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// Set aside as entered by mistake.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub discarded: bool,
    /// Where the form asks how the visit ended, when it asks for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit_outcome: Option<&'static str>,
    /// The form version it is filled under.
    pub version: u32,
    /// A newer version that it does not go on under, because that is built otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer_version: Option<u32>,
    /// Rules changed since the record was begun: told once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
    /// Pages in order.
    pub pages: Vec<PageView>,
    /// Errors of a full check.
    pub errors: usize,
    /// Warnings of a full check.
    pub warnings: usize,
    /// Violations of the record as a whole.
    pub violations: Vec<Said>,
    /// Remarks on the record as a whole, oldest first.
    pub comments: Vec<Remark>,
}

/// A page.
#[derive(Debug, Clone, Serialize)]
pub struct PageView {
    /// Stable key.
    pub key: String,
    /// Title.
    pub title: String,
    /// `complete`, `incomplete` (an answer is due) or `invalid` (an error stands).
    pub state: &'static str,
    /// What stands on it.
    pub items: Vec<ItemView>,
}

/// What stands on a page.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case", tag = "item")]
pub enum ItemView {
    /// A question.
    Question(Box<QuestionView>),
    /// Questions under one title.
    Group {
        /// Title; may be empty.
        title: String,
        /// What stands in it.
        items: Vec<ItemView>,
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
        rows: Vec<RowView>,
        /// Errors and warnings on the roster itself.
        violations: Vec<Said>,
    },
}

/// A row of a roster.
#[derive(Debug, Clone, Serialize)]
pub struct RowView {
    /// Row id or year.
    pub id: String,
    /// Path: `members/<row>`.
    pub path: String,
    /// What people call it.
    pub label: String,
    /// Its questions.
    pub items: Vec<ItemView>,
    /// Errors and warnings on the row itself.
    pub violations: Vec<Said>,
}

/// A question.
#[derive(Debug, Clone, Serialize)]
pub struct QuestionView {
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
    pub different: BTreeMap<String, Vec<ShownCandidate>>,
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

/// The question that every form asks for how a visit ended, by its permanent key.
const VISIT_OUTCOME: &str = "visit_outcome";

/// What a view is drawn from.
struct Drawing<'a> {
    form: &'a Form,
    locale: &'a str,
    answers: &'a doorstep_forms::Answers,
    outcome: &'a Outcome,
    asked: BTreeMap<String, bool>,
    different: BTreeMap<String, Vec<ShownCandidate>>,
    comments: Vec<Comment>,
    signatures: Vec<SignatureState>,
    files: BTreeMap<String, &'static str>,
    show_hidden: bool,
}

impl FormSession<'_> {
    /// What the screen shows now, in `locale`.
    ///
    /// Errors that only a submission asks for (a required answer) make a page incomplete, not invalid.
    pub fn view(&mut self, locale: &str) -> Result<View, DeviceError> {
        let mut different = BTreeMap::new();
        for (path, answer) in self.open_answers() {
            if answer.is_conflict() {
                let candidates = self.device.candidates(&answer.candidates)?;
                let candidates = preselected(Some(&self.form), &path, candidates);
                different.insert(path, candidates);
            }
        }
        let (comments, reviews) = (self.device.comments(self.row.id)?, self.device.reviews(self.row.id)?);
        let context = Context { mode: Mode::Full, previous: self.previous.as_ref() };
        let mut outcome = self.form.evaluate(&self.answers, &context);
        let signatures = self.signatures();
        outcome.violations.extend(self.form.sign_again(&signatures));
        let asked =
            self.form.asked(&self.answers).into_iter().map(|asked| (asked.path, asked.required)).collect();
        let mut files = BTreeMap::new();
        for (path, file) in self.form.attachments(&outcome) {
            files.insert(path, file_remark(self.device.file_state(&file)?, locale));
        }
        let drawing = Drawing {
            form: &self.form,
            locale,
            answers: &self.answers,
            outcome: &outcome,
            asked,
            different,
            comments,
            signatures,
            files,
            show_hidden: self.row.state != state::DRAFT,
        };
        let notice = match &self.notice {
            Some(notice) if !self.device.was_noticed(self.row.id, notice.to)? => Some(notice.clone()),
            _ => None,
        };
        let count = |severity| outcome.violations.iter().filter(|v| v.severity == severity).count();
        let view = View {
            version: self.form.manifest().version,
            newer_version: self.pinned,
            notice,
            title: self.form.title(locale).to_owned(),
            label: self.form.label(&self.answers),
            area: self.row.area.clone(),
            state: self.row.state.clone(),
            test: self.row.test,
            discarded: self.row.discarded,
            visit_outcome: drawing.asked.contains_key(VISIT_OUTCOME).then_some(VISIT_OUTCOME),
            pages: drawing.pages(),
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            violations: drawing.said_at(""),
            comments: whole_record(&drawing.comments, &reviews),
        };
        if let Some(notice) = &view.notice {
            self.device.set_noticed(self.row.id, notice.to)?;
        }
        Ok(view)
    }
}

/// Where a file is, as far as a person need know; empty when it is here and at the server.
fn file_remark(state: Option<FileState>, locale: &str) -> &'static str {
    match (state, locale.starts_with("zh")) {
        (Some(FileState::Queued), true) => "附件待上传",
        (Some(FileState::Queued), false) => "the file waits to be sent",
        (Some(FileState::Refused), true) => "服务器不接受该附件，附件仍在本机",
        (Some(FileState::Refused), false) => "the server does not take this file; it stays here",
        (Some(FileState::Held | FileState::Fetched), _) => "",
        (Some(FileState::Wanted | FileState::Absent) | None, true) => "附件不在本机",
        (Some(FileState::Wanted | FileState::Absent) | None, false) => "the file is not on this device",
    }
}

fn is_due(violation: &Violation) -> bool {
    violation.severity == Severity::Error && matches!(violation.key.as_str(), "required" | "minProperties")
}

/// Remarks on the record, and the notes of decisions, by time.
fn whole_record(comments: &[Comment], reviews: &[Review]) -> Vec<Remark> {
    let notes = reviews.iter().filter_map(|review| {
        Some(Remark { by: review.by.clone(), at: review.at_ms, text: review.note.clone()? })
    });
    let comments = comments.iter().filter(|comment| comment.path.is_none()).map(remark);
    let mut remarks: Vec<Remark> = notes.chain(comments).collect();
    remarks.sort_by_key(|remark| remark.at);
    remarks
}

fn remark(comment: &Comment) -> Remark {
    Remark { by: comment.by.clone(), at: comment.at_ms, text: comment.text.clone() }
}

impl Drawing<'_> {
    fn pages(&self) -> Vec<PageView> {
        let page = |page: doorstep_forms::PageView| {
            let templates = templates(&page.items);
            let on_page = |path: &str| {
                let template = super::paths::template_of(path);
                templates.iter().any(|t| template == *t || template.starts_with(&format!("{t}/")))
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

    fn items(&self, items: &[PageItem]) -> Vec<ItemView> {
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
    fn item(&self, question: &Question, path: &str) -> Option<ItemView> {
        if !self.asked.contains_key(path) || (self.is_hidden(path) && !self.show_hidden) {
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

    fn children(&self, question: &Question, path: &str) -> Vec<ItemView> {
        let children = self.form.children(question);
        children.filter_map(|child| self.item(child, &format!("{path}/{}", child.key()))).collect()
    }

    fn is_hidden(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        ends.into_iter()
            .any(|end| self.form.question(&path[..end]).is_some_and(Question::hidden_until_submitted))
    }

    fn question(&self, question: &Question, path: &str, title: String) -> QuestionView {
        let below = format!("{path}/");
        let here = self.different.iter().filter(|(at, _)| *at == path || at.starts_with(&below));
        let different: BTreeMap<_, _> =
            here.map(|(at, candidates)| (at.clone(), candidates.clone())).collect();
        let value = if different.is_empty() || question.kind() == Kind::SelectMany {
            self.value(question, path)
        } else {
            Json::Null
        };
        let comments =
            self.comments.iter().filter(|comment| comment.path.as_deref() == Some(path)).map(remark);
        QuestionView {
            path: path.to_owned(),
            kind: question.kind(),
            title,
            hint: question.hint(self.locale).map(str::to_owned),
            unit: question.unit(self.locale).map(|(_, symbol)| symbol.to_owned()),
            required: self.asked.get(path).copied().unwrap_or(false),
            read_only: question.read_only(),
            words: self.words(question, path, &value),
            remark: self.remark(question, path),
            value,
            different,
            unknown_codes: self.unknown_codes(question, path),
            choices: if question.has_choices() && !question.read_only() {
                self.form.choices(path, self.answers, self.locale)
            } else {
                Vec::new()
            },
            violations: self.said_at(path),
            comments: comments.collect(),
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

    fn remark(&self, question: &Question, path: &str) -> Option<&'static str> {
        match question.kind() {
            Kind::Attachment => self.files.get(path).copied().filter(|remark| !remark.is_empty()),
            _ => self.signatures.iter().find(|s| s.path == path).and_then(|s| s.remark(self.locale)),
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

    fn said_at(&self, path: &str) -> Vec<Said> {
        let here = self.outcome.violations.iter().filter(|violation| violation.path == path);
        let said = |violation: &Violation| Said {
            key: violation.key.clone(),
            severity: violation.severity,
            message: self.form.message(violation, self.locale),
        };
        // An answer that is only due is no error while filling.
        here.filter(|violation| !is_due(violation)).map(said).collect()
    }
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
