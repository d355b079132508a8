//! One walk over the dataset counts for every plan at once. A record is looked at, counted and let go; what stays in
//! memory are the totals, the drill-down when it is asked for, and of subjects the answers that expressions read.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use doorstep_forms::expr::{Budget, Expr, Record, RowShape, Scope, Value};
use doorstep_records::RecordId;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::definition::{Counting, Source};
use super::plan::{Plan, Planned};
use super::qualifier::Qualifier;
use super::rows::{DatasetRow, Fields, Places, Rows, doc_value, no_doc};
use super::tally::{Contribution, Given, Part, Tally, combined};
use crate::dataset::valid::Valid;

// The names that expressions see, made once: they are pushed for every row of every source.
static AREA: LazyLock<Arc<str>> = LazyLock::new(|| "area".into());
static DOC: LazyLock<Arc<str>> = LazyLock::new(|| "doc".into());
static RECORD: LazyLock<Arc<str>> = LazyLock::new(|| "record".into());
static ROW: LazyLock<Arc<str>> = LazyLock::new(|| "row".into());
static SUBJECT: LazyLock<Arc<str>> = LazyLock::new(|| "subject".into());
static VALID_AT: LazyLock<Arc<str>> = LazyLock::new(|| "valid_at".into());

/// How to count.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Keep, for each number, the records behind it.
    pub drill: bool,
    /// The day that facts must hold for; any when there is none.
    pub valid_at: Option<Date>,
}

/// A plan counted.
#[derive(Debug, Clone)]
pub struct Counted {
    pub(super) whole: Tally,
    /// By position in `by` and the group's code.
    pub(super) groups: BTreeMap<(usize, String), Tally>,
    /// Form versions of the records counted.
    pub(super) versions: BTreeSet<(String, u32)>,
}

/// Counts all plans.
pub fn run<R: Rows>(
    plans: &[Plan],
    rows: &R,
    places: &Places,
    counts: Counts,
) -> Result<Vec<Counted>, R::Error> {
    let subjects = subjects(plans, rows, counts)?;
    let mut counters: Vec<Counter<'_>> = plans.iter().map(|plan| Counter::new(plan, counts)).collect();
    let mut areas = Areas { places, known: HashMap::new() };
    let forms: BTreeSet<&str> = plans.iter().flat_map(Plan::forms).collect();
    for form in forms {
        let fields = fields(plans, form);
        let shape = shape(plans, form, &fields);
        let of_form = (form, &fields, &shape);
        let latest = latest_per_subject(plans, rows, of_form, &mut areas, (&subjects, counts))?;
        rows.visit(form, &fields, &mut |row| {
            let mut looked = Looked::new(&row, &shape, areas.value(&row.area), &subjects, counts.valid_at);
            for (number, counter) in counters.iter_mut().enumerate() {
                counter.take(form, &mut looked, &latest[number]);
            }
            Ok(())
        })?;
    }
    Ok(counters.into_iter().map(|counter| counter.counted).collect())
}

/// What any plan looks at in the records of a form.
fn fields(plans: &[Plan], form: &str) -> Fields {
    plans.iter().filter_map(|plan| plan.fields.get(form)).fold(Fields::default(), Fields::and)
}

/// The lists among what is looked at.
fn shape(plans: &[Plan], form: &str, fields: &Fields) -> RowShape {
    let known = plans.iter().find_map(|plan| plan.shapes.get(form)).cloned();
    known.unwrap_or_default().only(|name| fields.wants(name))
}

/// Records that others are about: the answers of theirs that expressions read.
type Subjects = BTreeMap<String, HashMap<RecordId, Value>>;

fn subjects<R: Rows>(plans: &[Plan], rows: &R, counts: Counts) -> Result<Subjects, R::Error> {
    let forms: BTreeSet<&str> = plans.iter().flat_map(Plan::subjects).collect();
    let mut subjects = Subjects::new();
    for form in forms {
        let valid = plans.iter().find_map(|plan| plan.subject_valid.get(form));
        let of_form = subjects.entry(form.to_owned()).or_default();
        let fields = fields(plans, form);
        let shape = shape(plans, form, &fields);
        rows.visit(form, &fields, &mut |row| {
            let doc = match counts.valid_at.zip(valid) {
                Some((at, valid)) => doc_value(&valid.answers(&row.answers, at), &shape),
                None => doc_value(&row.answers, &shape),
            };
            of_form.insert(row.record, doc);
            Ok(())
        })?;
    }
    Ok(subjects)
}

/// The `area` of expressions, made once for each place.
struct Areas<'a> {
    places: &'a Places,
    known: HashMap<String, Value>,
}

impl Areas<'_> {
    fn value(&mut self, code: &str) -> Value {
        if let Some(value) = self.known.get(code) {
            return value.clone();
        }
        let value = self.places.value(code);
        self.known.insert(code.to_owned(), value.clone());
        value
    }
}

/// One row while it is looked at. What is expensive is made when it is first needed.
struct Looked<'r> {
    row: &'r DatasetRow,
    shape: &'r RowShape,
    subjects: &'r Subjects,
    valid_at: Option<Date>,
    scope: Scope,
    docs: Vec<(Option<Valid>, Value)>,
}

impl<'r> Looked<'r> {
    fn new(
        row: &'r DatasetRow,
        shape: &'r RowShape,
        area: Value,
        subjects: &'r Subjects,
        valid_at: Option<Date>,
    ) -> Looked<'r> {
        let text = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::from);
        let record = Record::new([
            ("id", Value::from(row.record.to_string().as_str())),
            ("author", text(&row.author)),
            ("device", text(&row.device)),
        ]);
        let scope = Scope::default()
            .with(AREA.clone(), area)
            .with(RECORD.clone(), Value::Record(record.into()))
            .with(VALID_AT.clone(), valid_at.map_or(Value::Null, Value::Date));
        Looked { row, shape, subjects, valid_at, scope, docs: Vec::new() }
    }

    /// The record's answers that hold for the day asked for.
    fn doc(&mut self, valid: Option<&Valid>) -> Value {
        let valid = valid.filter(|_| self.valid_at.is_some());
        if let Some((_, doc)) = self.docs.iter().find(|(known, _)| known.as_ref() == valid) {
            return doc.clone();
        }
        let doc = match self.valid_at.zip(valid) {
            Some((at, valid)) => doc_value(&valid.answers(&self.row.answers, at), self.shape),
            None => doc_value(&self.row.answers, self.shape),
        };
        self.docs.push((valid.cloned(), doc.clone()));
        doc
    }

    /// Pushes the names of a source; [`Looked::leave`] takes them away.
    fn enter(&mut self, source: &Source, valid: Option<&Valid>) {
        let doc = self.doc(valid);
        self.scope.push(DOC.clone(), doc);
        let subject = source.subject.as_ref().map(|form| {
            let found = self.row.subject.and_then(|subject| self.subjects.get(form)?.get(&subject).cloned());
            found.unwrap_or_else(no_doc)
        });
        self.scope.push(SUBJECT.clone(), subject.unwrap_or(Value::Null));
    }

    fn leave(&mut self) {
        self.scope.pop();
        self.scope.pop();
    }

    /// True when the source takes the record; the names of the source must have been entered.
    fn taken(&mut self, source: &Source, valid: Option<&Valid>) -> bool {
        let in_time = match self.valid_at.zip(valid) {
            Some((at, valid)) => valid.counts(&self.row.answers, at),
            None => true,
        };
        in_time && holds(source.filter.as_ref().map(|filter| &filter.expr), &mut self.scope)
    }
}

/// For each source with `one_per`: the latest record about each subject, by date and then by record id.
type Latest = BTreeMap<String, HashMap<RecordId, (String, RecordId)>>;

fn latest_per_subject<R: Rows>(
    plans: &[Plan],
    rows: &R,
    (form, fields, shape): (&str, &Fields, &RowShape),
    areas: &mut Areas<'_>,
    (subjects, counts): (&Subjects, Counts),
) -> Result<Vec<Latest>, R::Error> {
    let mut latest: Vec<Latest> = plans.iter().map(|_| Latest::new()).collect();
    let asked = |source: &&Source| source.form == form && source.one_per_subject;
    if !plans.iter().any(|plan| plan.definition.sources.values().any(|source| asked(&source))) {
        return Ok(latest);
    }
    rows.visit(form, fields, &mut |row| {
        let Some(subject) = row.subject else { return Ok(()) };
        let mut looked = Looked::new(&row, shape, areas.value(&row.area), subjects, counts.valid_at);
        let this = (date_of(&row.answers), row.record);
        for (plan, latest) in plans.iter().zip(&mut latest) {
            for (name, source) in plan.definition.sources.iter().filter(|(_, source)| asked(source)) {
                let valid = plan.valid.get(name);
                looked.enter(source, valid);
                if looked.taken(source, valid) {
                    let best = latest.entry(name.clone()).or_default().entry(subject);
                    let best = best.or_insert_with(|| this.clone());
                    if this > *best {
                        *best = this.clone();
                    }
                }
                looked.leave();
            }
        }
        Ok(())
    })?;
    Ok(latest)
}

/// The day of an event record: `event_date`, else the day it was opened.
fn date_of(answers: &Map<String, Json>) -> String {
    let text = |key| answers.get(key).and_then(Json::as_str);
    text("event_date").or(text("_date")).unwrap_or_default().to_owned()
}

fn holds(filter: Option<&Expr>, scope: &mut Scope) -> bool {
    filter.is_none_or(|expr| eval(expr, scope).as_bool() == Some(true))
}

fn eval(expr: &Expr, scope: &mut Scope) -> Value {
    expr.eval(scope, &mut Budget::for_expression())
}

struct Counter<'p> {
    plan: &'p Plan,
    drill: bool,
    counted: Counted,
}

impl<'p> Counter<'p> {
    fn new(plan: &'p Plan, counts: Counts) -> Counter<'p> {
        let counted = Counted { whole: Tally::new(plan), groups: BTreeMap::new(), versions: BTreeSet::new() };
        Counter { plan, drill: counts.drill, counted }
    }

    fn take(&mut self, form: &str, looked: &mut Looked<'_>, latest: &Latest) {
        let plan = self.plan;
        let mut given = Given::new();
        let mut met = false;
        for (name, source) in plan.definition.sources.iter().filter(|(_, source)| source.form == form) {
            let valid = plan.valid.get(name);
            looked.enter(source, valid);
            let counts = looked.taken(source, valid)
                && (!source.one_per_subject || is_latest(looked.row, latest.get(name)));
            if counts {
                met = true;
                count_source(plan, name, &mut looked.scope, &mut given);
            }
            looked.leave();
        }
        if met {
            self.add(form, looked, &given);
        }
    }

    fn add(&mut self, form: &str, looked: &mut Looked<'_>, given: &Given) {
        let (plan, drill, row) = (self.plan, self.drill, looked.row);
        let before = self.counted.whole.all.0;
        self.counted.whole.add(plan, row, given, drill);
        if self.counted.whole.all.0 > before {
            self.counted.versions.insert((form.to_owned(), row.form_version));
        }
        for (position, by) in plan.definition.by.iter().enumerate() {
            if let Some(code) = eval(&by.expr, &mut looked.scope).as_text() {
                let group = self.counted.groups.entry((position, code.to_owned()));
                group.or_insert_with(|| Tally::new(plan)).add(plan, row, given, drill);
            }
        }
    }
}

fn is_latest(row: &DatasetRow, latest: Option<&HashMap<RecordId, (String, RecordId)>>) -> bool {
    let Some(subject) = row.subject else { return true };
    latest.and_then(|latest| latest.get(&subject)).is_some_and(|(_, record)| *record == row.record)
}

fn count_source(plan: &Plan, name: &str, scope: &mut Scope, given: &mut Given) {
    let aggregates = || plan.aggregates.iter().enumerate().filter(|(_, planned)| planned.source == name);
    match plan.rosters.get(name) {
        None => {
            for (index, planned) in aggregates() {
                count_row(index, planned, scope, given);
            }
        }
        Some(roster) => {
            let Value::List(items) = eval(roster, scope) else { return };
            for item in items.iter() {
                scope.push(ROW.clone(), item.clone());
                for (index, planned) in aggregates() {
                    count_row(index, planned, scope, given);
                }
                scope.pop();
            }
        }
    }
}

fn count_row(index: usize, planned: &Planned, scope: &mut Scope, given: &mut Given) {
    if !holds(planned.filter.as_ref(), scope) {
        return;
    }
    let qualifier = qualifier(planned, scope);
    let number = match &planned.counting {
        Counting::Count => Decimal::ONE,
        Counting::Sum(of) | Counting::Min(of) | Counting::Max(of) => {
            match eval(&of.expr, scope).as_number() {
                Some(number) => number,
                // A number whose digits are masked is none, and yet part of the total.
                None if qualifier == Qualifier::Masked => Decimal::ZERO,
                None => return,
            }
        }
        Counting::Distinct(of) => {
            let value = eval(&of.expr, scope);
            if !value.is_null() {
                let part = given.entry(index).or_insert_with(|| part(Contribution::Values(BTreeSet::new())));
                if let Contribution::Values(values) = &mut part.gives {
                    values.insert(value.to_json().to_string());
                }
            }
            return;
        }
    };
    match given.get_mut(&index) {
        None => {
            given.insert(index, Part { gives: Contribution::Number(number), qualifier });
        }
        Some(part) => {
            if let Contribution::Number(so_far) = &mut part.gives {
                // Too large for one record is too large for the total as well, which then says so.
                *so_far = combined(&planned.counting, Some(*so_far), number).unwrap_or(Decimal::MAX);
            }
            part.qualifier = part.qualifier.with(qualifier);
        }
    }
}

fn part(gives: Contribution) -> Part {
    Part { gives, qualifier: Qualifier::Exact }
}

/// How exact the number of a row is; exact when nothing is said.
fn qualifier(planned: &Planned, scope: &mut Scope) -> Qualifier {
    let said = planned.approx.as_ref().map(|approx| eval(approx, scope));
    said.as_ref().and_then(Value::as_text).and_then(Qualifier::of).unwrap_or_default()
}
