//! What a form session needs to ask: pages, places to answer, choices, preloads.

use serde::Serialize;

use super::Form;
use super::session::{Place, Session};
use crate::Answers;
use crate::model::{Item, Options, QId, Required, text_in};

/// A page of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageView {
    /// Stable key.
    pub key: String,
    /// Title in the locale asked for.
    pub title: String,
    /// What stands on the page.
    pub items: Vec<PageItem>,
}

/// What stands on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PageItem {
    /// A question by its template; of a container, everything inside it.
    Question(String),
    /// A titled group.
    Group {
        /// Title in the locale asked for; may be empty.
        title: String,
        /// What stands in the group.
        items: Vec<PageItem>,
    },
}

/// A code that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The code that is stored.
    pub code: String,
    /// The label in the locale asked for.
    pub label: String,
}

/// A place where an answer is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Concrete path.
    pub path: String,
    /// Template of its question.
    pub template: String,
    /// Whether a submission needs an answer here.
    pub required: bool,
}

/// An answer to copy from the subject when a record is created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preload {
    /// Template of the question that shows it.
    pub question: String,
    /// Path at the subject; everything below it (`source/...`) is copied too.
    pub source: String,
    /// Where the copy goes: `_pre/<source>`.
    pub target: String,
    /// Whether it stays hidden until the record is submitted.
    pub hidden_until_submitted: bool,
}

impl Form {
    /// The pages with titles in `locale`.
    pub fn pages(&self, locale: &str) -> Vec<PageView> {
        let page = |page: &crate::model::Page| PageView {
            key: page.key.clone(),
            title: text_in(&page.title, locale).to_string(),
            items: self.items(&page.items, locale),
        };
        self.pages.iter().map(page).collect()
    }

    fn items(&self, items: &[Item], locale: &str) -> Vec<PageItem> {
        let item = |item: &Item| match item {
            Item::Question(id) => PageItem::Question(self.model.questions[*id].template.clone()),
            Item::Group { title, items } => PageItem::Group {
                title: text_in(title, locale).to_string(),
                items: self.items(items, locale),
            },
        };
        items.iter().map(item).collect()
    }

    /// Every place of every relevant question in schema order, with whether a submission needs an answer there.
    /// Containers come before what is inside them.
    pub fn asked(&self, answers: &Answers) -> Vec<Asked> {
        let mut session = self.settled(answers);
        let mut out = Vec::new();
        for (id, question) in self.model.questions.iter().enumerate() {
            for at in 0..session.count(id) {
                let Some(place) = session.place(id, at).filter(|place| session.is_on(place)) else {
                    continue;
                };
                let required = !question.read_only
                    && match &question.required {
                        Required::No => false,
                        Required::Always => true,
                        Required::When(rule) => session.eval(rule, &place).as_bool() == Some(true),
                    };
                out.push(Asked { path: session.path(&place), template: question.template.clone(), required });
            }
        }
        out
    }

    /// The codes that may be chosen at `path` (of the select, not of a tick), cascading filters applied to
    /// `answers`. Empty for questions without codes and for unknown paths.
    pub fn choices(&self, path: &str, answers: &Answers, locale: &str) -> Vec<Choice> {
        let Some((id, _)) = self.resolve(path) else { return Vec::new() };
        let question = &self.model.questions[id];
        // A closed code is offered no more; where it was answered it stays, so that it can be read and kept.
        let open = |code: &str, closed: bool| !closed || is_answered(answers, path, code);
        match &question.options {
            Options::None => Vec::new(),
            Options::Fixed(codes) => codes
                .iter()
                .filter(|(code, _)| open(code, question.closed.contains(code)))
                .map(|(code, texts)| Choice { code: code.clone(), label: text_in(texts, locale).to_string() })
                .collect(),
            Options::List { list, filter } => {
                let Some(codes) = self.package.codes.get(list) else { return Vec::new() };
                let choice =
                    |code: &str| Choice { code: code.into(), label: codes.label(code, locale).into() };
                let open = |code: &&str| open(code, codes.is_closed(code));
                let Some(filter) = filter else { return codes.codes().filter(open).map(choice).collect() };
                let mut session = self.settled(answers);
                let Some(place) = place(&session, id, path) else { return Vec::new() };
                let mut offered = |code: &&str| {
                    codes
                        .record(code)
                        .is_some_and(|row| session.eval_code(filter, &place, row).as_bool() == Some(true))
                };
                codes.codes().filter(open).filter(&mut offered).map(choice).collect()
            }
            Options::Rows { roster } => {
                let Some(roster) = self.model.by_template.get(roster) else { return Vec::new() };
                let mut session = self.settled(answers);
                let labels = row_labels(&mut session, *roster);
                let choice = |(i, label): (usize, String)| {
                    let code = session.rows(*roster)[i].id.clone();
                    Choice { code, label }
                };
                labels.into_iter().enumerate().map(choice).collect()
            }
        }
    }

    /// The open rows of a roster in their order: row id and label (by the roster's `label`; else its number or
    /// year). `path` is the roster's.
    pub fn rows(&self, path: &str, answers: &Answers) -> Vec<Choice> {
        let Some((id, None)) = self.resolve(path) else { return Vec::new() };
        let mut session = self.settled(answers);
        let labels = row_labels(&mut session, id);
        let rows = session.rows(id).iter().zip(labels);
        let here = |row: &str| row.rsplit_once('/').is_some_and(|(above, _)| above == path);
        rows.filter(|(row, _)| here(&row.path))
            .map(|(row, label)| Choice { code: row.id.clone(), label })
            .collect()
    }

    /// What to copy from the subject's approved answers when a record of this form is created.
    pub fn preloads(&self) -> Vec<Preload> {
        let preload = |(source, id): &(String, QId)| {
            let question = &self.model.questions[*id];
            Preload {
                question: question.template.clone(),
                source: source.clone(),
                target: format!("_pre/{source}"),
                hidden_until_submitted: self.model.lineage(*id).any(|id| self.model.questions[id].hidden),
            }
        };
        self.preloaded.iter().map(preload).collect()
    }

    /// The copies to store under `_pre/` at creation, from the subject's approved answers (a dataset row).
    pub fn preload_answers(&self, subject: &Answers) -> Answers {
        let mut out = Answers::new();
        for (path, value) in subject.iter().filter(|(path, _)| self.preloads_path(path)) {
            out.insert(format!("_pre/{path}"), value.clone());
        }
        out
    }

    /// The same from a subject that was read under the version `of` of its form. This form may be older than that
    /// version and name places of before: an answer that moved (`x-from`) is copied to the name it is asked by, unless it
    /// is another measure or another code now; `kept` are the answers to questions that `of` has removed.
    pub fn preload_answers_under(&self, of: &Form, subject: &Answers, kept: &Answers) -> Answers {
        let mut out = self.preload_answers(kept);
        for (path, value) in subject {
            let former = of.unconverted_formers(path).into_iter().filter(|path| self.preloads_path(path));
            out.extend(former.map(|path| (format!("_pre/{path}"), value.clone())));
        }
        out.extend(self.preload_answers(subject));
        out
    }

    /// Whether a path of the subject is one that a question copies, or lies below it.
    fn preloads_path(&self, path: &str) -> bool {
        let below = |source: &String| {
            path.strip_prefix(source.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.preloaded.iter().any(|(source, _)| below(source))
    }
}

/// The place of `path`, or, where the row does not exist yet, none.
fn place(session: &Session<'_>, id: QId, path: &str) -> Option<Place> {
    session.places(id).find(|place| session.path(place) == path)
}

fn row_labels(session: &mut Session<'_>, roster: QId) -> Vec<String> {
    let form = session.form;
    let question = &form.model.questions[roster];
    let rule = question.roster_def.as_ref().and_then(|def| def.label.as_ref());
    let mut out = Vec::new();
    for i in 0..session.rows(roster).len() {
        let label = rule.map(|rule| session.eval_row(roster, i, rule));
        let fallback = match question.kind {
            crate::Kind::Yearly => session.rows(roster)[i].id.clone(),
            _ => (i + 1).to_string(),
        };
        let text = label.as_ref().and_then(|l| l.as_text()).filter(|t| !t.is_empty());
        out.push(text.map_or(fallback, String::from));
    }
    out
}

/// Whether a code is the answer at a select, one of its ticks, or in its ranking.
fn is_answered(answers: &Answers, path: &str, code: &str) -> bool {
    let chosen = answers.get(path).and_then(serde_json::Value::as_str);
    let ticked = answers.get(&format!("{path}/{code}")).is_some_and(|tick| tick.as_bool() == Some(true));
    ticked || chosen.is_some_and(|text| text == code || text.contains(&format!("\"{code}\"")))
}
