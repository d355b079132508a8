//! One walk over the dataset counts for every plan at once. A record is looked at, counted and let go; what stays in
//! memory are the totals, and the drill-down when it is asked for.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_forms::expr::{Budget, Expr, Scope, Value};
use doorstep_records::RecordId;
use rust_decimal::Decimal;

use super::definition::{Counting, Source};
use super::plan::{Plan, Planned};
use super::rows::{DatasetRow, Places, Rows, doc_value};

/// What one record gives to one aggregate.
#[derive(Debug, Clone, PartialEq)]
pub enum Contribution {
    /// Rows counted, or their sum.
    Number(Decimal),
    /// The different values it brings, as JSON text.
    Values(BTreeSet<String>),
}

/// An aggregate so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Total {
    sum: Decimal,
    /// Too large for a decimal: the total is then unknown, never wrong.
    overflow: bool,
    distinct: BTreeSet<String>,
    pub(super) drill: Vec<(RecordId, Contribution)>,
}

impl Total {
    fn add(&mut self, record: RecordId, contribution: Contribution, drill: bool) {
        match &contribution {
            Contribution::Number(number) => match self.sum.checked_add(*number) {
                Some(sum) => self.sum = sum,
                None => self.overflow = true,
            },
            Contribution::Values(values) => self.distinct.extend(values.iter().cloned()),
        }
        if drill {
            self.drill.push((record, contribution));
        }
    }

    pub(super) fn value(&self, counting: &Counting) -> Option<Decimal> {
        match counting {
            Counting::Distinct(_) => Some(Decimal::from(self.distinct.len())),
            Counting::Count | Counting::Sum(_) => (!self.overflow).then_some(self.sum),
        }
    }
}

/// Counted for the whole report or for one group of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) totals: Vec<Total>,
    /// Per report row: records counted, and unresolved conflicts among them.
    pub(super) rows: Vec<(u64, u64)>,
    /// Records counted anywhere in the report, and unresolved conflicts among them.
    pub(super) all: (u64, u64),
}

impl Tally {
    fn new(plan: &Plan) -> Tally {
        let totals = plan.aggregates.iter().map(|_| Total::default()).collect();
        let rows = plan.definition.rows.iter().map(|_| (0, 0)).collect();
        Tally { totals, rows, all: (0, 0) }
    }

    fn add(&mut self, plan: &Plan, row: &DatasetRow, given: &Given, drill: bool) {
        for (index, contribution) in given {
            self.totals[*index].add(row.record, contribution.clone(), drill);
        }
        let mut counted = false;
        for (number, (records, conflicts)) in self.rows.iter_mut().enumerate() {
            if plan.row_behind[number].iter().any(|index| given.contains_key(index)) {
                counted = true;
                *records += 1;
                *conflicts += u64::from(row.conflicts);
            }
        }
        if counted {
            self.all.0 += 1;
            self.all.1 += u64::from(row.conflicts);
        }
    }
}

/// What one record gives, by aggregate.
type Given = BTreeMap<usize, Contribution>;

/// A plan counted.
#[derive(Debug, Clone)]
pub struct Counted {
    pub(super) whole: Tally,
    /// By position in `by` and the group's code.
    pub(super) groups: BTreeMap<(usize, String), Tally>,
    /// Form versions of the records counted.
    pub(super) versions: BTreeSet<(String, u32)>,
}

/// Counts all plans. `drill` keeps, for each number, the records behind it.
pub fn run<R: Rows>(
    plans: &[Plan],
    rows: &R,
    places: &Places,
    drill: bool,
) -> Result<Vec<Counted>, R::Error> {
    let mut counters: Vec<Counter<'_>> = plans.iter().map(|plan| Counter::new(plan, drill)).collect();
    let forms: BTreeSet<&str> = plans.iter().flat_map(Plan::forms).collect();
    for form in forms {
        let latest = latest_per_subject(plans, rows, places, form)?;
        rows.visit(form, &mut |row| {
            let mut scope = scope(&row, places);
            for (number, counter) in counters.iter_mut().enumerate() {
                counter.take(form, &row, &mut scope, &latest[number]);
            }
            Ok(())
        })?;
    }
    Ok(counters.into_iter().map(|counter| counter.counted).collect())
}

fn scope(row: &DatasetRow, places: &Places) -> Scope {
    Scope::default().with("doc", doc_value(&row.answers)).with("area", places.value(&row.area))
}

/// For each source with `one_per`: the latest record about each subject, by date and then by record id.
type Latest = BTreeMap<String, BTreeMap<RecordId, (String, RecordId)>>;

fn latest_per_subject<R: Rows>(
    plans: &[Plan],
    rows: &R,
    places: &Places,
    form: &str,
) -> Result<Vec<Latest>, R::Error> {
    let mut latest: Vec<Latest> = plans.iter().map(|_| Latest::new()).collect();
    let asked = |source: &&Source| source.form == form && source.one_per_subject;
    if !plans.iter().any(|plan| plan.definition.sources.values().any(|source| asked(&source))) {
        return Ok(latest);
    }
    rows.visit(form, &mut |row| {
        let Some(subject) = row.subject else { return Ok(()) };
        let mut scope = scope(&row, places);
        let this = (date_of(&row), row.record);
        for (plan, latest) in plans.iter().zip(&mut latest) {
            for (name, source) in plan.definition.sources.iter().filter(|(_, source)| asked(source)) {
                if holds(source.filter.as_ref().map(|filter| &filter.expr), &mut scope) {
                    let best = latest.entry(name.clone()).or_default().entry(subject);
                    let best = best.or_insert_with(|| this.clone());
                    if this > *best {
                        *best = this.clone();
                    }
                }
            }
        }
        Ok(())
    })?;
    Ok(latest)
}

/// The day of an event record: `event_date`, else the day it was opened.
fn date_of(row: &DatasetRow) -> String {
    let text = |key| row.answers.get(key).and_then(serde_json::Value::as_str);
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
    fn new(plan: &'p Plan, drill: bool) -> Counter<'p> {
        let counted = Counted { whole: Tally::new(plan), groups: BTreeMap::new(), versions: BTreeSet::new() };
        Counter { plan, drill, counted }
    }

    fn take(&mut self, form: &str, row: &DatasetRow, scope: &mut Scope, latest: &Latest) {
        let plan = self.plan;
        let mut given = Given::new();
        let mut met = false;
        for (name, source) in plan.definition.sources.iter().filter(|(_, source)| source.form == form) {
            if !holds(source.filter.as_ref().map(|filter| &filter.expr), scope) {
                continue;
            }
            if source.one_per_subject && !is_latest(row, latest.get(name)) {
                continue;
            }
            met = true;
            count_source(plan, name, scope, &mut given);
        }
        if met {
            self.add(form, row, scope, &given);
        }
    }

    fn add(&mut self, form: &str, row: &DatasetRow, scope: &mut Scope, given: &Given) {
        let (plan, drill) = (self.plan, self.drill);
        let before = self.counted.whole.all.0;
        self.counted.whole.add(plan, row, given, drill);
        if self.counted.whole.all.0 > before {
            self.counted.versions.insert((form.to_owned(), row.form_version));
        }
        for (position, by) in plan.definition.by.iter().enumerate() {
            if let Some(code) = eval(&by.expr, scope).as_text() {
                let group = self.counted.groups.entry((position, code.to_owned()));
                group.or_insert_with(|| Tally::new(plan)).add(plan, row, given, drill);
            }
        }
    }
}

fn is_latest(row: &DatasetRow, latest: Option<&BTreeMap<RecordId, (String, RecordId)>>) -> bool {
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
                scope.push("row", item.clone());
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
    let number = match &planned.counting {
        Counting::Count => Decimal::ONE,
        Counting::Sum(of) => match eval(&of.expr, scope).as_number() {
            Some(number) => number,
            None => return,
        },
        Counting::Distinct(of) => {
            let value = eval(&of.expr, scope);
            if !value.is_null() {
                let values = given.entry(index).or_insert_with(|| Contribution::Values(BTreeSet::new()));
                if let Contribution::Values(values) = values {
                    values.insert(value.to_json().to_string());
                }
            }
            return;
        }
    };
    let sum = given.entry(index).or_insert(Contribution::Number(Decimal::ZERO));
    if let Contribution::Number(sum) = sum {
        *sum = sum.saturating_add(number);
    }
}
