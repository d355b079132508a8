//! The answers as expressions see them, filled in step by step: records that share their values, rows in order,
//! calculated values and relevance as they become known.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value as Json};

use super::nest::Nested;
use super::outcome::Diagnostic;
use super::{Form, convert};
use crate::expr::{Budget, Record, Scope, Value, parse_date};
use crate::limits;
use crate::model::{Kind, QId, Question, Rule, Step};

struct Names {
    doc: Arc<str>,
    row: Arc<str>,
    parent: Arc<str>,
    value: Arc<str>,
    code: Arc<str>,
    codes: Arc<str>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| Names {
    doc: "doc".into(),
    row: "row".into(),
    parent: "parent".into(),
    value: "value".into(),
    code: "code".into(),
    codes: "codes".into(),
});

/// An open row.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) path: String,
    pub(super) record: Rc<Record>,
    /// Record of the row around, if the roster stands in another.
    pub(super) outer: Option<Rc<Record>>,
    pub(super) order: Option<String>,
}

/// One place of a question: in the document, or in a row.
pub(super) struct Place {
    pub(super) path: String,
    /// The record that holds the answer.
    pub(super) holder: Rc<Record>,
    /// Index in the rows of the question's roster.
    pub(super) row: Option<usize>,
}

pub(super) struct Session<'f> {
    pub(super) form: &'f Form,
    doc: Rc<Record>,
    /// The code lists that some expression reads, if any does.
    codes: Option<Value>,
    /// Open rows of each roster, by question.
    rows: Vec<Vec<Row>>,
    pub(super) irrelevant: BTreeSet<String>,
    pub(super) calculated: BTreeMap<String, Json>,
    budget: Budget,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<'f> Session<'f> {
    pub(super) fn new(form: &'f Form, nested: &Nested) -> Session<'f> {
        let mut session = Session {
            form,
            doc: Rc::new(Record::default()),
            codes: form.lists(),
            rows: form.model.questions.iter().map(|_| Vec::new()).collect(),
            irrelevant: BTreeSet::new(),
            calculated: BTreeMap::new(),
            budget: Budget::with_total(limits::FORM_STEPS),
            diagnostics: Vec::new(),
        };
        let doc = session.doc.clone();
        session.fill(&doc, &form.model.roots, Some(&nested.tree), "", None);
        for (key, value) in &nested.reserved {
            let text = value.as_str().unwrap_or_default();
            let value = match key.as_str() {
                "_date" => parse_date(text).map_or(Value::Null, Value::Date),
                _ => Value::from(text),
            };
            doc.set(&Arc::from(key.as_str()), value);
        }
        session.preloads();
        session
    }

    /// Fills `record` with the answers of `ids`.
    fn fill(
        &mut self,
        record: &Rc<Record>,
        ids: &[QId],
        map: Option<&Map<String, Json>>,
        prefix: &str,
        row: Option<&Rc<Record>>,
    ) {
        let questions = &self.form.model.questions;
        for id in ids {
            let question = &questions[*id];
            let json = map.and_then(|m| m.get(&*question.key));
            let value = match question.kind {
                Kind::Group => {
                    let group = Rc::new(Record::default());
                    let path = format!("{prefix}{}/", question.key);
                    self.fill(&group, &question.children, json.and_then(Json::as_object), &path, row);
                    Value::Record(group)
                }
                Kind::Roster | Kind::Yearly => {
                    let path = format!("{prefix}{}", question.key);
                    self.roster(*id, question, json.and_then(Json::as_object), &path, row)
                }
                Kind::SelectMany => ticks(json),
                kind => match json {
                    Some(json) => convert::scalar(kind, &question.ty, json),
                    None => continue,
                },
            };
            record.set(&question.key, value);
        }
    }

    fn roster(
        &mut self,
        id: QId,
        question: &Question,
        map: Option<&Map<String, Json>>,
        path: &str,
        outer: Option<&Rc<Record>>,
    ) -> Value {
        let order = |row: &Json| row.get("_order").and_then(Json::as_str).map(String::from);
        let mut entries: Vec<(&String, &Map<String, Json>, Option<String>)> = map
            .into_iter()
            .flatten()
            .filter_map(|(row_id, json)| Some((row_id, json.as_object()?, order(json))))
            .collect();
        entries.sort_by(|(a_id, _, a), (b_id, _, b)| {
            (a.is_none(), a).cmp(&(b.is_none(), b)).then_with(|| a_id.cmp(b_id))
        });
        let mut values = Vec::with_capacity(entries.len());
        for (row_id, map, order) in entries {
            let record = Rc::new(Record::row(row_id));
            let row_path = format!("{path}/{row_id}");
            self.fill(&record, &question.children, Some(map), &format!("{row_path}/"), Some(&record));
            values.push(Value::Record(record.clone()));
            let outer = outer.cloned();
            self.rows[id].push(Row { id: row_id.clone(), path: row_path, record, outer, order });
        }
        Value::List(Rc::new(values))
    }

    /// `doc._pre`, nested as the source paths are.
    fn preloads(&self) {
        let pre = Rc::new(Record::default());
        for (source, id) in &self.form.preloaded {
            let question = &self.form.model.questions[*id];
            let value = self.holder(question, None).get(&question.key);
            let mut at = pre.clone();
            let mut keys = source.split('/').peekable();
            while let Some(key) = keys.next() {
                let key: Arc<str> = key.into();
                if keys.peek().is_none() {
                    at.set(&key, value.clone());
                    break;
                }
                at = match at.get(&key) {
                    Value::Record(inner) => inner,
                    _ => {
                        let inner = Rc::new(Record::default());
                        at.set(&key, Value::Record(inner.clone()));
                        inner
                    }
                };
            }
        }
        self.doc.set(&Arc::from("_pre"), Value::Record(pre));
    }

    pub(super) fn rows(&self, roster: QId) -> &[Row] {
        &self.rows[roster]
    }

    fn holder(&self, question: &Question, row: Option<&Row>) -> Rc<Record> {
        let start = row.map_or(&self.doc, |row| &row.record).clone();
        question.groups.iter().fold(start, |at, key| match at.get(key) {
            Value::Record(inner) => inner,
            _ => at,
        })
    }

    /// Every place of a question that is not inside something irrelevant.
    pub(super) fn places(&self, id: QId) -> Vec<Place> {
        let question = &self.form.model.questions[id];
        let place = |row: Option<(usize, &Row)>| {
            let path = self.form.model.path(id, row.map(|(_, r)| r.path.as_str()));
            let above = path.rsplit_once('/').map_or("", |(above, _)| above);
            (!question.conditional || self.is_relevant(above)).then(|| Place {
                holder: self.holder(question, row.map(|(_, r)| r)),
                path,
                row: row.map(|(i, _)| i),
            })
        };
        match question.roster {
            None => place(None).into_iter().collect(),
            Some(roster) => self.rows[roster].iter().enumerate().filter_map(|r| place(Some(r))).collect(),
        }
    }

    /// Whether anything stands at some place of a question: an answer, ticks, rows, a calculated value.
    pub(super) fn is_answered(&self, id: QId) -> bool {
        let key = &self.form.model.questions[id].key;
        self.places(id).iter().any(|place| match place.holder.get(key) {
            Value::Null => false,
            Value::List(items) => !items.is_empty(),
            Value::Record(record) => !record.multi || !record.ticked().is_empty(),
            _ => true,
        })
    }

    /// Whether neither the path nor anything above it is irrelevant.
    pub(super) fn is_relevant(&self, path: &str) -> bool {
        if self.irrelevant.is_empty() {
            return true;
        }
        let ends = path.match_indices('/').map(|(i, _)| i).chain([path.len()]);
        !ends.into_iter().any(|end| self.irrelevant.contains(&path[..end]))
    }

    fn scope(&self, roster: Option<QId>, row: Option<usize>) -> Scope {
        let scope = Scope::default().with(NAMES.doc.clone(), Value::Record(self.doc.clone()));
        let scope = match &self.codes {
            Some(codes) => scope.with(NAMES.codes.clone(), codes.clone()),
            None => scope,
        };
        let row = roster.zip(row).and_then(|(roster, row)| self.rows[roster].get(row));
        let Some(row) = row else { return scope };
        let scope = scope.with(NAMES.row.clone(), Value::Record(row.record.clone()));
        match &row.outer {
            Some(outer) => scope.with(NAMES.parent.clone(), Value::Record(outer.clone())),
            None => scope,
        }
    }

    fn run(&mut self, at: &str, rule: &Rule, scope: Scope) -> Value {
        let value = self.value(rule, scope);
        self.take_notes(at);
        value
    }

    fn value(&mut self, rule: &Rule, mut scope: Scope) -> Value {
        rule.expr.eval(&mut scope, &mut self.budget)
    }

    fn take_notes(&mut self, at: &str) {
        for note in self.budget.take_notes() {
            self.diagnostics.push(Diagnostic { at: at.to_string(), note: note.code() });
        }
    }

    /// Evaluates a rule of a question at one of its places.
    pub(super) fn eval(&mut self, id: QId, rule: &Rule, place: &Place) -> Value {
        let scope = self.scope(self.form.model.questions[id].roster, place.row);
        self.run(&place.path, rule, scope)
    }

    /// The same with `value` = the answer.
    pub(super) fn eval_value(&mut self, id: QId, rule: &Rule, place: &Place, value: Value) -> Value {
        let scope = self.scope(self.form.model.questions[id].roster, place.row);
        self.run(&place.path, rule, scope.with(NAMES.value.clone(), value))
    }

    /// The same with `code` = a row of a code list.
    pub(super) fn eval_code(&mut self, id: QId, rule: &Rule, place: &Place, code: Value) -> Value {
        let scope = self.scope(self.form.model.questions[id].roster, place.row);
        self.run(&place.path, rule, scope.with(NAMES.code.clone(), code))
    }

    /// Evaluates a rule of a roster in one of its rows.
    pub(super) fn eval_row(&mut self, roster: QId, row: usize, rule: &Rule) -> Value {
        let value = self.value(rule, self.scope(Some(roster), Some(row)));
        if self.budget.has_notes() {
            let at = self.rows[roster].get(row).map_or(String::new(), |r| r.path.clone());
            self.take_notes(&at);
        }
        value
    }

    /// Evaluates a rule of the form as a whole.
    pub(super) fn eval_doc(&mut self, at: &str, rule: &Rule) -> Value {
        self.run(at, rule, self.scope(None, None))
    }

    /// The document as a value, for expressions of others (labels, reports).
    pub(super) fn doc_scope(&self) -> Scope {
        self.scope(None, None)
    }

    /// Works out relevance and calculations, in dependency order.
    pub(super) fn settle(&mut self) {
        let form = self.form;
        for step in &form.steps {
            let (Step::Relevance(id) | Step::Calculate(id)) = *step;
            let question = &form.model.questions[id];
            for place in self.places(id) {
                match (step, &question.relevant, &question.calculate) {
                    (Step::Relevance(_), Some(rule), _) => self.relevance(id, rule, place),
                    (Step::Calculate(_), _, Some(rule)) => self.calculate(id, rule, place),
                    _ => {}
                }
            }
        }
    }

    fn relevance(&mut self, id: QId, rule: &Rule, place: Place) {
        if self.eval(id, rule, &place).as_bool() != Some(true) {
            place.holder.set(&self.form.model.questions[id].key, self.blank(id));
            self.irrelevant.insert(place.path);
        }
    }

    fn calculate(&mut self, id: QId, rule: &Rule, place: Place) {
        if !self.is_relevant(&place.path) {
            return;
        }
        let question = &self.form.model.questions[id];
        let value = self.eval(id, rule, &place);
        let kept = convert::calculated(question.kind, value, &mut self.budget);
        self.take_notes(&place.path);
        if let Some((value, json)) = kept {
            place.holder.set(&question.key, value);
            self.calculated.insert(place.path, json);
        }
    }

    /// What an irrelevant question reads as.
    fn blank(&self, id: QId) -> Value {
        let question = &self.form.model.questions[id];
        match question.kind {
            Kind::Roster | Kind::Yearly => Value::List(Rc::default()),
            Kind::SelectMany => Value::Record(Rc::new(Record::multi())),
            Kind::Group => {
                let group = Record::default();
                for child in &question.children {
                    group.set(&self.form.model.questions[*child].key, self.blank(*child));
                }
                Value::Record(Rc::new(group))
            }
            _ => Value::Null,
        }
    }
}

fn ticks(json: Option<&Json>) -> Value {
    if let Some(missing) = json.and_then(crate::expr::Missing::from_json) {
        return Value::Missing(missing);
    }
    let record = Record::multi();
    for (code, tick) in json.and_then(Json::as_object).into_iter().flatten() {
        record.set(&Arc::from(code.as_str()), Value::Bool(*tick == Json::Bool(true)));
    }
    Value::Record(Rc::new(record))
}
