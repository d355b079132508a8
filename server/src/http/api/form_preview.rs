//! `POST /api/v1/forms/preview`: a questionnaire as a phone draws it, under answers that are kept nowhere.
//!
//! The page holds the answers and sends them with each act; the form answers what is asked then. So an author tries rules,
//! choices and calculations before anybody has the form. The JSON is that of the form session's view (`client-core`).

use std::collections::BTreeMap;

use axum::extract::State;
use doorstep_forms::{
    AnswerError, Answers, Context, Form, Kind, Outcome, PageItem, Question, Severity, Violation,
};
use doorstep_protocol::problem::ProblemKind;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::access::Caller;
use super::form_changes::{Source, source};
use crate::app::AppState;
use crate::http::extract::JsonFiles;
use crate::http::problem::HttpProblem;
use crate::language::Language;

/// Most answers of one preview.
const ANSWERS_MAX: usize = 5_000;

/// Body of `POST /forms/preview`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Preview {
    form: Source,
    /// What was answered so far.
    #[serde(default)]
    answers: Answers,
    /// What is done to them.
    act: Option<Act>,
}

/// One act of a person: an answer, or typed text; a null clears.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    path: String,
    #[serde(default)]
    value: Value,
    text: Option<String>,
}

/// Answer to `POST /forms/preview`.
#[derive(Serialize)]
pub(crate) struct Previewed {
    answers: Answers,
    view: Value,
}

/// What a phone would show.
pub(crate) async fn show(
    State(state): State<AppState>,
    caller: Caller,
    language: Language,
    JsonFiles(body): JsonFiles<Preview>,
) -> Result<axum::Json<Previewed>, HttpProblem> {
    if body.answers.len() > ANSWERS_MAX {
        return Err(ProblemKind::TooLarge.into());
    }
    let form = source(&state, &caller, body.form, "/form").await?;
    let (mut answers, act) = (body.answers, body.act);
    // Evaluating takes a while: on a blocking thread.
    let drawn = state
        .read(move |_| {
            Ok(act.map_or(Ok(()), |act| apply(&form, &mut answers, act)).map(|()| {
                let view = Drawing::new(&form, language.tag(), &answers).view();
                Previewed { answers, view }
            }))
        })
        .await?;
    drawn.map(axum::Json).map_err(|error| {
        HttpProblem::new(ProblemKind::Invalid).detail(error.message("en"), error.message("zh"))
    })
}

/// Does an act; with a tick go those that cannot stand beside it.
fn apply(form: &Form, answers: &mut Answers, act: Act) -> Result<(), AnswerError> {
    let value = match act.text {
        Some(text) => form.parse_answer(&act.path, &text)?,
        None => act.value,
    };
    if value == Value::Bool(true) {
        for path in form.ruled_out(&act.path) {
            answers.insert(path, Value::Bool(false));
        }
    }
    if value.is_null() {
        answers.remove(&act.path);
    } else {
        answers.insert(act.path, value);
    }
    Ok(())
}

/// What a view is drawn from.
struct Drawing<'a> {
    form: &'a Form,
    locale: &'a str,
    answers: &'a Answers,
    outcome: Outcome,
    /// Places that are asked, and whether an answer is needed there.
    asked: BTreeMap<String, bool>,
}

impl<'a> Drawing<'a> {
    fn new(form: &'a Form, locale: &'a str, answers: &'a Answers) -> Self {
        let asked = form.asked(answers).into_iter().map(|asked| (asked.path, asked.required)).collect();
        Drawing { form, locale, answers, outcome: form.evaluate(answers, &Context::FULL), asked }
    }

    fn view(&self) -> Value {
        let count = |severity| self.outcome.violations.iter().filter(|v| v.severity == severity).count();
        json!({
            "title": self.form.title(self.locale),
            "label": self.form.label(self.answers),
            "area": "",
            "state": "draft",
            "version": self.form.manifest().version,
            "pages": self.pages(),
            "errors": count(Severity::Error),
            "warnings": count(Severity::Warning),
            "violations": self.said_at(""),
            "comments": [],
        })
    }

    fn pages(&self) -> Vec<Value> {
        let page = |page: doorstep_forms::PageView| {
            let mut state = "complete";
            for violation in self.on_page(&templates(&page.items)) {
                if !is_due(violation) {
                    state = "invalid";
                    break;
                }
                state = "incomplete";
            }
            let items = self.items(&page.items);
            json!({ "key": page.key, "title": page.title, "state": state, "items": items })
        };
        self.form.pages(self.locale).into_iter().map(page).collect()
    }

    /// Errors of the questions of a page.
    fn on_page<'b>(&'b self, templates: &'b [String]) -> impl Iterator<Item = &'b Violation> {
        let here = move |violation: &&Violation| {
            let question = self.form.question(&violation.path);
            question.is_some_and(|question| {
                let template = question.template();
                templates.iter().any(|t| template == t || template.starts_with(&format!("{t}/")))
            })
        };
        self.outcome.violations.iter().filter(|v| v.severity == Severity::Error).filter(here)
    }

    fn items(&self, items: &[PageItem]) -> Vec<Value> {
        let item = |item: &PageItem| match item {
            PageItem::Question(template) => {
                self.form.question(template).and_then(|question| self.item(question, template))
            }
            PageItem::Group { title, items } => {
                let items = self.items(items);
                (!items.is_empty()).then(|| json!({ "item": "group", "title": title, "items": items }))
            }
        };
        items.iter().filter_map(item).collect()
    }

    /// A question with everything inside it; none while it is not asked.
    fn item(&self, question: &Question, path: &str) -> Option<Value> {
        if !self.asked.contains_key(path) || question.hidden_until_submitted() {
            return None;
        }
        let title = question.title(self.locale);
        Some(match question.kind() {
            Kind::Group => {
                json!({ "item": "group", "title": title, "items": self.children(question, path) })
            }
            kind @ (Kind::Roster | Kind::Yearly) => json!({
                "item": "roster",
                "path": path,
                "title": title,
                "yearly": kind == Kind::Yearly,
                "rows": self.rows(question, path),
                "violations": self.said_at(path),
            }),
            _ => self.question(question, path),
        })
    }

    fn rows(&self, question: &Question, path: &str) -> Vec<Value> {
        let row = |row: doorstep_forms::Choice| {
            let at = format!("{path}/{}", row.code);
            let (items, violations) = (self.children(question, &at), self.said_at(&at));
            json!({ "id": row.code, "path": at, "label": row.label, "items": items, "violations": violations })
        };
        self.form.rows(path, self.answers).into_iter().map(row).collect()
    }

    fn children(&self, question: &Question, path: &str) -> Vec<Value> {
        let children = self.form.children(question);
        children.filter_map(|child| self.item(child, &format!("{path}/{}", child.key()))).collect()
    }

    fn question(&self, question: &Question, path: &str) -> Value {
        let value = self.value(question, path);
        let mut drawn = json!({
            "item": "question",
            "path": path,
            "kind": question.kind(),
            "title": question.title(self.locale),
            "required": self.asked.get(path).copied().unwrap_or(false),
            "read_only": question.read_only(),
            "violations": self.said_at(path),
        });
        if let Some(hint) = question.hint(self.locale) {
            drawn["hint"] = hint.into();
        }
        if let Some((_, symbol)) = question.unit(self.locale) {
            drawn["unit"] = symbol.into();
        }
        if question.kind().is_compound() && value.is_string() {
            drawn["words"] = self.form.words(path, &value, self.answers, self.locale).into();
        }
        if question.has_choices() && !question.read_only() {
            drawn["choices"] = json!(self.form.choices(path, self.answers, self.locale));
        }
        drawn["value"] = value;
        drawn
    }

    fn value(&self, question: &Question, path: &str) -> Value {
        let in_tree = || path.split('/').try_fold(&self.outcome.tree, |at, segment| at.get(segment));
        if question.kind() == Kind::SelectMany {
            let ticks = in_tree().and_then(Value::as_object).into_iter().flatten();
            return ticks
                .filter(|(_, tick)| **tick == Value::Bool(true))
                .map(|(code, _)| code.clone())
                .collect();
        }
        let stored = self.answers.get(path).or_else(|| self.outcome.calculated.get(path));
        stored.or_else(in_tree).cloned().unwrap_or_default()
    }

    /// What is wrong at a place; an answer that is only due is no error while filling.
    fn said_at(&self, path: &str) -> Vec<Value> {
        let here = self.outcome.violations.iter().filter(|violation| violation.path == path);
        let said = |violation: &Violation| {
            let message = self.form.message(violation, self.locale);
            json!({ "key": violation.key, "severity": violation.severity, "message": message })
        };
        here.filter(|violation| !is_due(violation)).map(said).collect()
    }
}

fn is_due(violation: &Violation) -> bool {
    violation.severity == Severity::Error && matches!(violation.key.as_str(), "required" | "minProperties")
}

/// The question templates of a page.
fn templates(items: &[PageItem]) -> Vec<String> {
    let of = |item: &PageItem| match item {
        PageItem::Question(template) => vec![template.clone()],
        PageItem::Group { items, .. } => templates(items),
    };
    items.iter().flat_map(of).collect()
}
