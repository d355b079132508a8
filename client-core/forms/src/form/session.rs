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
    /// Index of the row around among the rows of its roster, if the roster stands in another.
    outer: Option<usize>,
    pub(super) order: Option<String>,
}

/// One place of a question: in the document, or in a row. Its path is written only where somebody must read it
/// ([`Session::path`]): there are as many places as answers, and few paths are ever needed.
pub(super) struct Place {
    pub(super) id: QId,
    /// The record that holds the answer.
    pub(super) holder: Rc<Record>,
    /// Index in the rows of the question's roster.
    pub(super) row: Option<usize>,
}

pub(super) struct Session<'f> {
    pub(super) form: &'f Form,
    doc: Rc<Record>,
    /// What every expression sees: `doc`, and `codes` once an expression has read a code list.
    scope: Scope,
    has_lists: bool,
    /// Open rows of each roster, by question.
    rows: Vec<Vec<Row>>,
    /// The records of each group, by question: one, or one for each row of the roster around it.
    groups: Vec<Vec<Rc<Record>>>,
    pub(super) irrelevant: BTreeSet<String>,
    /// The same by question: the rows of its roster where it is irrelevant, ascending (0 outside rosters).
    off: Vec<Vec<usize>>,
    pub(super) calculated: BTreeMap<String, Json>,
    budget: Budget,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<'f> Session<'f> {
    pub(super) fn new(form: &'f Form, nested: &Nested) -> Session<'f> {
        let count = form.model.questions.len();
        let doc = Rc::new(Record::with_room(form.model.roots.len() + nested.reserved.len() + 1));
        let mut session = Session {
            form,
            scope: Scope::default().with(NAMES.doc.clone(), Value::Record(doc.clone())),
            doc,
            has_lists: false,
            rows: std::iter::repeat_with(Vec::new).take(count).collect(),
            groups: vec![Vec::new(); count],
            irrelevant: BTreeSet::new(),
            off: vec![Vec::new(); count],
            calculated: BTreeMap::new(),
            budget: Budget::with_total(limits::FORM_STEPS),
            diagnostics: Vec::new(),
        };
        let doc = session.doc.clone();
        session.fill(&doc, None, Some(&nested.tree), "", None);
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

    /// Fills `record` with the answers to the questions inside `parent`, which stands in the row `row` of its roster.
    fn fill(
        &mut self,
        record: &Rc<Record>,
        parent: Option<QId>,
        map: Option<&Map<String, Json>>,
        prefix: &str,
        row: Option<usize>,
    ) {
        let form = self.form;
        // Answers and questions are both sorted by key: they are walked side by side.
        let mut given = map.into_iter().flatten().peekable();
        for id in form.model.children_in_key_order(parent) {
            let question = &form.model.questions[*id];
            while given.next_if(|(key, _)| key.as_str() < &*question.key).is_some() {}
            let json = given.next_if(|(key, _)| key.as_str() == &*question.key).map(|(_, json)| json);
            let value = match question.kind {
                Kind::Group => {
                    let group = Rc::new(Record::with_room(question.children.len()));
                    let path = format!("{prefix}{}/", question.key);
                    self.fill(&group, Some(*id), json.and_then(Json::as_object), &path, row);
                    self.groups[*id].push(group.clone());
                    Value::Record(group)
                }
                Kind::Roster | Kind::Yearly => {
                    let path = format!("{prefix}{}", question.key);
                    self.roster(*id, question, json.and_then(Json::as_object), &path, row)
                }
                Kind::SelectMany => ticks(json),
                // Also where there is no answer: the fields of a kind of record stand in the same places.
                kind => json.map_or(Value::Null, |json| convert::scalar(kind, &question.ty, json)),
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
        outer: Option<usize>,
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
            let record = Rc::new(Record::row(row_id, question.children.len()));
            let row_path = format!("{path}/{row_id}");
            let at = self.rows[id].len();
            self.fill(&record, Some(id), Some(map), &format!("{row_path}/"), Some(at));
            values.push(Value::Record(record.clone()));
            self.rows[id].push(Row { id: row_id.clone(), path: row_path, record, outer, order });
        }
        Value::List(Rc::new(values))
    }

    /// `doc._pre`, nested as the source paths are.
    fn preloads(&self) {
        let pre = Rc::new(Record::default());
        for (source, id) in &self.form.preloaded {
            let question = &self.form.model.questions[*id];
            let value = self.holder(question, None).map_or(Value::Null, |holder| holder.get(&question.key));
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

    /// The record that holds the answer to a question in the row `row` of its roster.
    fn holder(&self, question: &Question, row: Option<usize>) -> Option<&Rc<Record>> {
        let Some(parent) = question.parent else { return Some(&self.doc) };
        match self.form.model.questions[parent].kind {
            Kind::Group => self.groups[parent].get(row.unwrap_or(0)),
            _ => self.rows[parent].get(row?).map(|row| &row.record),
        }
    }

    /// How many places a question has, inside something irrelevant or not.
    pub(super) fn count(&self, id: QId) -> usize {
        self.form.model.questions[id].roster.map_or(1, |roster| self.rows[roster].len())
    }

    /// The place number `at` of a question; none when it is inside something irrelevant.
    pub(super) fn place(&self, id: QId, at: usize) -> Option<Place> {
        let question = &self.form.model.questions[id];
        let row = question.roster.map(|_| at);
        if question.conditional && !self.is_around_on(id, row) {
            return None;
        }
        Some(Place { id, holder: self.holder(question, row)?.clone(), row })
    }

    /// Every place of a question that is not inside something irrelevant.
    pub(super) fn places(&self, id: QId) -> impl Iterator<Item = Place> {
        (0..self.count(id)).filter_map(move |at| self.place(id, at))
    }

    /// The path of a place.
    pub(super) fn path(&self, place: &Place) -> String {
        let row = self.form.model.questions[place.id].roster.zip(place.row);
        let row = row.and_then(|(roster, row)| self.rows[roster].get(row));
        self.form.model.path(place.id, row.map(|row| row.path.as_str()))
    }

    /// Whether neither the place nor anything around it is irrelevant.
    pub(super) fn is_on(&self, place: &Place) -> bool {
        let question = &self.form.model.questions[place.id];
        !question.conditional || (!self.is_off(place.id, place.row) && self.is_around_on(place.id, place.row))
    }

    fn is_off(&self, id: QId, row: Option<usize>) -> bool {
        self.off[id].binary_search(&row.unwrap_or(0)).is_ok()
    }

    /// Whether nothing around the question in this row is irrelevant.
    fn is_around_on(&self, id: QId, row: Option<usize>) -> bool {
        let questions = &self.form.model.questions;
        let (mut at, mut row) = (questions[id].parent, row);
        while let Some(around) = at.filter(|_| !self.irrelevant.is_empty()) {
            if questions[around].kind.is_roster() {
                row = row.and_then(|row| self.rows[around].get(row)).and_then(|row| row.outer);
            }
            if self.is_off(around, row) {
                return false;
            }
            at = questions[around].parent;
        }
        true
    }

    /// Whether anything stands at some place of a question: an answer, ticks, rows, a calculated value.
    pub(super) fn is_answered(&self, id: QId) -> bool {
        let key = &self.form.model.questions[id].key;
        self.places(id).any(|place| match place.holder.get(key) {
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

    /// The value of a rule in a row of `roster`, with `more` as one more name.
    fn value(
        &mut self,
        rule: &Rule,
        (roster, row): (Option<QId>, Option<usize>),
        more: Option<(&Arc<str>, Value)>,
    ) -> Value {
        if !self.has_lists && rule.reads_lists() {
            self.scope.push(NAMES.codes.clone(), self.form.lists());
            self.has_lists = true;
        }
        let seen_by_all = self.scope.len();
        if let Some((roster, row)) = roster.zip(row)
            && let Some(row) = self.rows[roster].get(row)
        {
            self.scope.push(NAMES.row.clone(), Value::Record(row.record.clone()));
            let around = self.form.model.questions[roster].roster.zip(row.outer);
            if let Some(outer) = around.and_then(|(roster, outer)| self.rows[roster].get(outer)) {
                self.scope.push(NAMES.parent.clone(), Value::Record(outer.record.clone()));
            }
        }
        if let Some((name, value)) = more {
            self.scope.push(name.clone(), value);
        }
        let value = rule.expr.eval(&mut self.scope, &mut self.budget);
        self.scope.truncate(seen_by_all);
        value
    }

    fn at_place(&mut self, rule: &Rule, place: &Place, more: Option<(&Arc<str>, Value)>) -> Value {
        let value = self.value(rule, (self.form.model.questions[place.id].roster, place.row), more);
        if self.budget.has_notes() {
            let at = self.path(place);
            self.take_notes(&at);
        }
        value
    }

    fn take_notes(&mut self, at: &str) {
        for note in self.budget.take_notes() {
            self.diagnostics.push(Diagnostic { at: at.to_string(), note: note.code() });
        }
    }

    /// Evaluates a rule of a question at one of its places.
    pub(super) fn eval(&mut self, rule: &Rule, place: &Place) -> Value {
        self.at_place(rule, place, None)
    }

    /// The same with `value` = the answer.
    pub(super) fn eval_value(&mut self, rule: &Rule, place: &Place, value: Value) -> Value {
        self.at_place(rule, place, Some((&NAMES.value, value)))
    }

    /// The same with `code` = a row of a code list.
    pub(super) fn eval_code(&mut self, rule: &Rule, place: &Place, code: Value) -> Value {
        self.at_place(rule, place, Some((&NAMES.code, code)))
    }

    /// Evaluates a rule of a roster in one of its rows.
    pub(super) fn eval_row(&mut self, roster: QId, row: usize, rule: &Rule) -> Value {
        let value = self.value(rule, (Some(roster), Some(row)), None);
        if self.budget.has_notes() {
            let at = self.rows[roster].get(row).map_or(String::new(), |r| r.path.clone());
            self.take_notes(&at);
        }
        value
    }

    /// Evaluates a rule of the form as a whole.
    pub(super) fn eval_doc(&mut self, at: &str, rule: &Rule) -> Value {
        let value = self.value(rule, (None, None), None);
        self.take_notes(at);
        value
    }

    /// The document as a value, for expressions of others (labels, reports).
    pub(super) fn doc_scope(&self) -> Scope {
        let scope = Scope::default().with(NAMES.doc.clone(), Value::Record(self.doc.clone()));
        if self.form.lists_read.is_empty() {
            scope
        } else {
            scope.with(NAMES.codes.clone(), self.form.lists())
        }
    }

    /// Works out relevance and calculations, in dependency order.
    pub(super) fn settle(&mut self) {
        let form = self.form;
        for step in &form.steps {
            let (Step::Relevance(id) | Step::Calculate(id)) = *step;
            let question = &form.model.questions[id];
            for at in 0..self.count(id) {
                let Some(place) = self.place(id, at) else { continue };
                match (step, &question.relevant, &question.calculate) {
                    (Step::Relevance(_), Some(rule), _) => self.relevance(rule, &place),
                    (Step::Calculate(_), _, Some(rule)) => self.calculate(rule, &place),
                    _ => {}
                }
            }
        }
    }

    fn relevance(&mut self, rule: &Rule, place: &Place) {
        if self.eval(rule, place).as_bool() != Some(true) {
            place.holder.set(&self.form.model.questions[place.id].key, self.blank(place.id));
            self.off[place.id].push(place.row.unwrap_or(0));
            self.irrelevant.insert(self.path(place));
        }
    }

    fn calculate(&mut self, rule: &Rule, place: &Place) {
        if !self.is_on(place) {
            return;
        }
        let question = &self.form.model.questions[place.id];
        let value = self.eval(rule, place);
        let kept = convert::calculated(question.kind, value, &mut self.budget);
        if self.budget.has_notes() {
            let at = self.path(place);
            self.take_notes(&at);
        }
        if let Some((value, json)) = kept {
            place.holder.set(&question.key, value);
            self.calculated.insert(self.path(place), json);
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
