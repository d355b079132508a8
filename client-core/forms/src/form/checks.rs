//! The checks after structure: required answers, bounds, constraints, codes, transitions.

use std::cmp::Ordering;
use std::collections::HashSet;

use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::outcome::Violation;
use super::session::{Place, Session};
use crate::expr::Value;
use crate::model::{Constraint, Kind, Options, QId, Question, Required};
use crate::{Answers, Mode};

/// One run of the checks.
pub(super) struct Checks<'s, 'f> {
    pub(super) session: &'s mut Session<'f>,
    pub(super) mode: Mode,
    pub(super) previous: Option<&'s Answers>,
    pub(super) malformed: &'s HashSet<String>,
    /// Paths with a structural violation: an answer is there, whatever expressions make of it.
    pub(super) faulty: &'s HashSet<String>,
    pub(super) out: Vec<Violation>,
}

impl<'f> Checks<'_, 'f> {
    pub(super) fn run(&mut self) {
        let form = self.session.form;
        for (id, question) in form.model.questions.iter().enumerate() {
            if !self.concerns(question) {
                continue;
            }
            for at in 0..self.session.count(id) {
                let place = self.session.place(id, at).filter(|place| self.session.is_on(place));
                if let Some(place) = place {
                    self.question(question, &place);
                }
            }
        }
        for constraint in &form.model.constraints {
            self.root_constraint(constraint);
        }
    }

    /// Skips questions that no check here can find fault with.
    fn concerns(&self, question: &Question) -> bool {
        let required = !matches!(question.required, Required::No) || question.min_properties.is_some();
        (self.mode == Mode::Full && required)
            || !question.bounds.list.is_empty()
            || question.quantity.is_some()
            || !question.constraints.is_empty()
            || !question.row_constraints.is_empty()
            || matches!(question.options, Options::List { .. } | Options::Rows { .. })
            || (question.transitions.is_some() && self.previous.is_some())
    }

    fn question(&mut self, question: &'f Question, place: &Place) {
        let value = place.holder.get(&question.key);
        if self.mode == Mode::Full && !question.read_only {
            self.required(question, place, &value);
        }
        if let Value::Num(n) = &value {
            self.bounds(question, place, *n);
        }
        if let Some(def) = &question.quantity
            && let Value::Record(record) = &value
            && !self.is_among(self.faulty, place)
        {
            if let Value::Num(n) = record.get("value") {
                self.bounds(question, place, n);
            }
            let path = self.session.path(place);
            self.out.extend(super::quantity::check(def, record, &path));
        }
        for constraint in question.constraints.iter().filter(|_| !value.is_null()) {
            if self.session.eval_value(&constraint.rule, place, value.clone()).as_bool() == Some(false) {
                self.fails(constraint, self.session.path(place), &question.template);
            }
        }
        if !question.row_constraints.is_empty() {
            self.row_constraints(question, place);
        }
        match &question.options {
            Options::List { .. } => self.codes(question, place, &value),
            Options::Rows { roster } => self.row_of(roster, place, &value),
            _ => {}
        }
        if let (Some(moves), Some(previous)) = (&question.transitions, self.previous) {
            let path = self.session.path(place);
            self.transition(moves, previous.get(&path).and_then(Json::as_str), path, &value);
        }
    }

    fn is_among(&self, paths: &HashSet<String>, place: &Place) -> bool {
        !paths.is_empty() && paths.contains(&self.session.path(place))
    }

    fn required(&mut self, question: &'f Question, place: &Place, value: &Value) {
        let demanded = match &question.required {
            Required::No => false,
            Required::Always => true,
            Required::When(rule) => self.session.eval(rule, place).as_bool() == Some(true),
        };
        let count = match value {
            Value::Missing(_) => return,
            Value::List(items) if question.kind.is_roster() || question.kind == Kind::Ranking => items.len(),
            Value::Record(record) if question.kind == Kind::SelectMany => record.ticked().len(),
            Value::Text(text) => usize::from(!text.trim().is_empty()),
            Value::Null => {
                usize::from(self.is_among(self.malformed, place) || self.is_among(self.faulty, place))
            }
            _ => 1,
        };
        let least = question.min_properties.unwrap_or(0);
        if count == 0 && demanded {
            self.out.push(Violation::keyword(self.session.path(place), "required", &[]));
        } else if question.kind.is_container()
            && (count as u64) < least
            && (count > 0 || question.kind.is_roster())
        {
            let limit = [("limit", least.to_string())];
            self.out.push(Violation::keyword(self.session.path(place), "minProperties", &limit));
        }
    }

    fn bounds(&mut self, question: &Question, place: &Place, n: Decimal) {
        for (keyword, limit) in &question.bounds.list {
            let order = n.cmp(limit);
            let fine = match *keyword {
                "minimum" => order != Ordering::Less,
                "maximum" => order != Ordering::Greater,
                "exclusiveMinimum" => order == Ordering::Greater,
                "exclusiveMaximum" => order == Ordering::Less,
                _ => limit.is_zero() || n.checked_rem(*limit).is_none_or(|rest| rest.is_zero()),
            };
            if !fine {
                let limit = crate::expr::decimal_text(limit);
                self.out.push(Violation::keyword(self.session.path(place), keyword, &[("limit", limit)]));
            }
        }
    }

    fn fails(&mut self, constraint: &Constraint, path: String, owner: &str) {
        self.out.push(Violation {
            path,
            key: constraint.key.clone(),
            severity: constraint.severity,
            message_key: format!("constraint.{owner}#{}", constraint.key),
            params: Default::default(),
        });
    }

    /// While filling, a constraint waits until one of the answers it reads is there.
    fn is_due(&self, constraint: &Constraint) -> bool {
        let session = &self.session;
        let mut owners =
            constraint.rule.reads.iter().filter_map(|read| session.form.model.owner(read)).peekable();
        self.mode == Mode::Full || owners.peek().is_none() || owners.any(|id| session.is_answered(id))
    }

    fn root_constraint(&mut self, constraint: &Constraint) {
        let Some(path) = self.first_relevant(constraint, |location| location.to_string()) else { return };
        if self.is_due(constraint)
            && self.session.eval_doc(&constraint.key, &constraint.rule).as_bool() == Some(false)
        {
            self.fails(constraint, path, "");
        }
    }

    /// The first place of a constraint that is relevant.
    fn first_relevant(&self, constraint: &Constraint, path: impl Fn(&str) -> String) -> Option<String> {
        let mut paths = constraint.locations.iter().map(|location| path(location));
        if constraint.conditional { paths.find(|path| self.session.is_relevant(path)) } else { paths.next() }
    }

    fn row_constraints(&mut self, question: &'f Question, place: &Place) {
        let at = self.session.path(place);
        for row in 0..self.session.rows(place.id).len() {
            // A roster inside another has places of its own: only the rows below this place are meant.
            let base = &self.session.rows(place.id)[row].path;
            if base.strip_prefix(at.as_str()).is_some_and(|rest| rest.starts_with('/')) {
                let base = base.clone();
                self.row(question, place.id, (row, &base));
            }
        }
    }

    fn row(&mut self, question: &'f Question, roster: QId, (row, base): (usize, &str)) {
        let path =
            |location: &str| if location.is_empty() { base.to_owned() } else { format!("{base}/{location}") };
        for constraint in &question.row_constraints {
            let skipped = constraint.conditional && self.first_relevant(constraint, path).is_none();
            if skipped || !self.is_due(constraint) {
                continue;
            }
            if self.session.eval_row(roster, row, &constraint.rule).as_bool() == Some(false)
                && let Some(path) = self.first_relevant(constraint, path)
            {
                self.fails(constraint, path, &format!("{}/*", question.template));
            }
        }
    }

    fn codes(&mut self, question: &'f Question, place: &Place, value: &Value) {
        let (chosen, ticks) = match value {
            Value::Text(_) => (std::slice::from_ref(value).to_vec(), false),
            Value::Record(record) if record.multi => (record.ticked(), true),
            Value::List(ranked) if question.kind == Kind::Ranking => (ranked.to_vec(), false),
            _ => return,
        };
        for code in chosen {
            let code = code.as_text().unwrap_or_default();
            if !self.offered(question, place, code) {
                let path = self.session.path(place);
                let path = if ticks { format!("{path}/{code}") } else { path };
                self.out.push(Violation::keyword(path, "x-codes", &[("code", code.to_string())]));
            }
        }
    }

    /// Whether the list has the code, and the filter does not exclude it.
    fn offered(&mut self, question: &'f Question, place: &Place, code: &str) -> bool {
        let Options::List { list, filter } = &question.options else { return true };
        let Some(codes) = self.session.form.package.codes.get(list) else { return false };
        match filter {
            Some(rule) => codes
                .record(code)
                .is_some_and(|row| self.session.eval_code(rule, place, row).as_bool() != Some(false)),
            None => codes.contains(code),
        }
    }

    fn row_of(&mut self, roster: &str, place: &Place, value: &Value) {
        let Some(id) = self.session.form.model.by_template.get(roster) else { return };
        let chosen: &[Value] = match value {
            Value::List(ranked) => ranked,
            one => std::slice::from_ref(one),
        };
        let rows = self.session.rows(*id);
        let gone = |row: &Value| row.as_text().is_some_and(|row| !rows.iter().any(|r| r.id == row));
        if chosen.iter().any(gone) {
            self.out.push(Violation::keyword(self.session.path(place), "x-row-of", &[]));
        }
    }

    fn transition(
        &mut self,
        moves: &std::collections::BTreeMap<String, Vec<String>>,
        before: Option<&str>,
        path: String,
        value: &Value,
    ) {
        let from = before.unwrap_or_default();
        let Some(to) = value.as_text().filter(|to| *to != from) else { return };
        if !super::moves::leads(moves, from, to) {
            let params = [("from", from.to_string()), ("to", to.to_string())];
            self.out.push(Violation::keyword(path, "x-transitions", &params));
        }
    }
}
