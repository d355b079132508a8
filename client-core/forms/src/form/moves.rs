//! What an approved record moves in its subject, and texts answered instead of a code of a list.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Form, Outcome};
use crate::Answers;
use crate::expr::Value;
use crate::model::{Kind, Options, beside};

/// Whether the moves of a state field lead from one code to another; empty: there was no answer. Where nothing is said
/// about first answers any will do.
pub(super) fn leads(moves: &BTreeMap<String, Vec<String>>, from: &str, to: &str) -> bool {
    match moves.get(from) {
        Some(list) => list.iter().any(|code| code == to),
        None => from.is_empty(),
    }
}

/// A move that a record asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Form id of the record that is moved.
    pub form: String,
    /// The answer that moves.
    pub answer: String,
    /// Where to.
    pub to: String,
    /// The answer that takes the date, and the date (ISO 8601) when there is one.
    pub dated: Option<(String, Option<String>)>,
}

/// Text that was answered because the list had no code for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OtherAnswer {
    /// Path of the text.
    pub path: String,
    /// Path of the code it stands for.
    pub code_path: String,
    /// What was answered.
    pub text: String,
}

impl Form {
    /// How this form says that a member has left, or has come (`x-membership`).
    pub fn membership(&self) -> Option<&crate::model::Membership> {
        self.model.membership.as_ref()
    }

    /// Whether its records may move something in their subject (`x-moves`).
    pub fn has_moves(&self) -> bool {
        self.model.moves.is_some()
    }

    /// The answer of the subject that takes the date of a move.
    pub fn dated_by_moves(&self) -> Option<&str> {
        self.model.moves.as_ref()?.dated.as_ref().map(|(answer, _)| answer.as_str())
    }

    /// What a record with these answers moves in its subject, once it is approved.
    pub fn moved(&self, answers: &Answers) -> Option<Move> {
        let def = self.model.moves.as_ref()?;
        let mut session = self.settled(answers);
        let to = session.eval_doc("x-moves", &def.to).as_text()?.to_string();
        let dated = def.dated.as_ref().map(|(answer, on)| {
            let on = match session.eval_doc("x-moves", on) {
                Value::Date(date) => Some(date.to_string()),
                _ => None,
            };
            (answer.clone(), on)
        });
        Some(Move { form: def.form.clone(), answer: def.answer.clone(), to, dated })
    }

    /// Whether the state field at `path` has the code `to` and may move there from `from`; none: it had no answer.
    pub fn allows_move(&self, path: &str, from: Option<&str>, to: &str) -> bool {
        let Some(question) = self.question(path) else { return false };
        let moves = question.transitions.as_ref();
        moves.is_some_and(|moves| leads(moves, from.unwrap_or_default(), to)) && self.offers(path, to)
    }

    /// Whether the select at `path` has this code and still offers it. Filters are not asked.
    pub fn offers(&self, path: &str, code: &str) -> bool {
        let Some(question) = self.question(path) else { return false };
        match &question.options {
            Options::Fixed(codes) => {
                codes.iter().any(|(known, _)| known == code) && !question.closed.contains(code)
            }
            Options::List { list, .. } => {
                let list = self.package.codes.get(list);
                list.is_some_and(|list| list.contains(code) && !list.is_closed(code))
            }
            Options::None | Options::Rows { .. } => false,
        }
    }

    /// Whether some question takes text that stands for a code (`x-other-of`).
    pub fn has_other_answers(&self) -> bool {
        self.model.questions.iter().any(|question| question.other_of.is_some())
    }

    /// The path of the code that the text at `path` stands for.
    pub fn code_path(&self, path: &str) -> Option<String> {
        let question = self.question(path).filter(|question| question.kind == Kind::Text)?;
        Some(beside(path, question.other_of.as_deref()?))
    }

    /// The texts among checked answers that wait for a code: answered, and still asked.
    pub fn other_answers(&self, outcome: &Outcome) -> Vec<OtherAnswer> {
        if !self.has_other_answers() {
            return Vec::new();
        }
        let row = self.dataset_row(outcome);
        let texts = row.into_iter().filter_map(|(path, value)| match value {
            Json::String(text) if !text.trim().is_empty() => {
                let code_path = self.code_path(&path)?;
                Some(OtherAnswer { path, code_path, text: text.trim().to_string() })
            }
            _ => None,
        });
        texts.collect()
    }
}

impl Form {
    /// Whose answer is suggested at `path` when people differ: words for posts and roles, the strongest first; said at
    /// the question or at what it stands in.
    pub fn authority(&self, path: &str) -> &[String] {
        let Some((id, _)) = self.resolve(path) else { return &[] };
        let questions = self.model.lineage(id).map(|id| self.model.questions[id].authority.as_slice());
        questions.into_iter().find(|words| !words.is_empty()).unwrap_or_default()
    }

    /// Which of several answers that stand against each other is suggested: of each candidate its value and what its
    /// author is. The strongest word that anybody is decides, if all who are it say the same. It only suggests: a person
    /// chooses.
    pub fn suggested(&self, path: &str, candidates: &[(Json, Vec<&str>)]) -> Vec<bool> {
        let is = |word: &str, one: &(Json, Vec<&str>)| one.1.contains(&word);
        let strongest = self.authority(path).iter().find(|word| candidates.iter().any(|one| is(word, one)));
        let Some(word) = strongest else { return vec![false; candidates.len()] };
        let mut theirs = candidates.iter().filter(|one| is(word, one)).map(|(value, _)| value);
        let first = theirs.next();
        let agreed = theirs.all(|value| Some(value) == first);
        let differ = candidates.iter().any(|(value, _)| Some(value) != first);
        candidates.iter().map(|one| agreed && differ && is(word, one)).collect()
    }
}
