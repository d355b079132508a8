//! The walk of the checks over the dataset: first what the lists need is kept of other records, then each record is looked at.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use doorstep_forms::expr::{Budget, Expr, Record, RowShape, Scope, Value, parse_date};
use doorstep_records::RecordId;
use serde_json::{Map, Value as Json};

use super::plan::{CheckPlan, ListPlan};
use crate::reports::Places;
use crate::reports::rows::nest;

/// Something a check found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The record to look at.
    pub record: RecordId,
    /// The check.
    pub key: String,
    /// The answer; empty for the whole record.
    pub path: String,
}

/// One approved record.
#[derive(Debug, Clone)]
pub struct CheckRow {
    /// The record; of merged duplicates the one that stays.
    pub record: RecordId,
    /// Area code.
    pub area: String,
    /// The record it is about, redirected to the one that stays.
    pub subject: Option<RecordId>,
    /// Answers by path, irrelevant ones pruned, calculated ones present.
    pub answers: Map<String, Json>,
}

/// The dataset, and what was approved before.
pub trait Records {
    /// What can go wrong in the store.
    type Error;

    /// Visits every row of a form once.
    fn visit(
        &self,
        form: &str,
        visit: &mut dyn FnMut(CheckRow) -> Result<(), Self::Error>,
    ) -> Result<(), Self::Error>;

    /// Answers at each earlier approval that stands, oldest first; without the one in the dataset.
    fn earlier(&self, record: RecordId) -> Result<Vec<Map<String, Json>>, Self::Error>;
}

/// What is kept of the records of a list: by their text, from which record.
type Index = HashMap<String, Vec<(RecordId, Value)>>;
/// By check and list.
type Indexes = HashMap<(usize, String), Index>;

/// Runs all checks. `today` is the civil date of the deployment, ISO 8601.
///
/// # Errors
/// What the store says.
pub fn run<R: Records>(
    plans: &[CheckPlan],
    rows: &R,
    places: &Places,
    today: &str,
) -> Result<BTreeSet<Finding>, R::Error> {
    let indexes = indexes(plans, rows, places)?;
    let mut findings = BTreeSet::new();
    let forms: BTreeSet<&str> = plans.iter().map(|plan| plan.definition.form.as_str()).collect();
    for form in forms {
        let own: Vec<(usize, &CheckPlan)> =
            plans.iter().enumerate().filter(|(_, plan)| plan.definition.form == form).collect();
        let shape = own.first().map(|(_, plan)| plan.shape.clone()).unwrap_or_default();
        // Earlier answers are read after the walk: the store is not asked twice at the same time.
        let mut later = Vec::new();
        rows.visit(form, &mut |row| {
            let mut scope = scope(&row, &shape, places);
            scope.push("today", parse_date(today).map_or(Value::Null, Value::Date));
            for (number, plan) in &own {
                if plan.definition.earlier {
                    if holds(plan.filter.as_ref(), &mut scope) {
                        later.push((*number, row.clone()));
                    }
                } else {
                    look(*number, plan, &row, &mut scope, &indexes, &mut findings);
                }
            }
            Ok(())
        })?;
        for (number, row) in later {
            let mut scope = scope(&row, &shape, places);
            scope.push("today", parse_date(today).map_or(Value::Null, Value::Date));
            let earlier = rows.earlier(row.record)?;
            let earlier = earlier.iter().map(|answers| document(answers, &shape)).collect::<Vec<_>>();
            scope.push("earlier", Value::List(earlier.into()));
            look(number, &plans[number], &row, &mut scope, &indexes, &mut findings);
        }
    }
    Ok(findings)
}

fn indexes<R: Records>(plans: &[CheckPlan], rows: &R, places: &Places) -> Result<Indexes, R::Error> {
    let mut indexes = Indexes::new();
    let lists: Vec<(usize, &String, &ListPlan)> = plans
        .iter()
        .enumerate()
        .flat_map(|(number, plan)| plan.lists.iter().map(move |(name, list)| (number, name, list)))
        .collect();
    let forms: BTreeSet<&str> = lists.iter().map(|(_, _, list)| list.form.as_str()).collect();
    for form in forms {
        let shape = lists.iter().find(|(_, _, list)| list.form == form);
        let shape = shape.map(|(_, _, list)| list.shape.clone()).unwrap_or_default();
        rows.visit(form, &mut |row| {
            let mut scope = scope(&row, &shape, places);
            for (number, name, list) in lists.iter().filter(|(_, _, list)| list.form == form) {
                if !holds(list.filter.as_ref(), &mut scope) {
                    continue;
                }
                let keys = texts(&eval(&list.theirs, &mut scope));
                if keys.is_empty() {
                    continue;
                }
                let kept = eval(&list.keep, &mut scope);
                let index = indexes.entry((*number, (*name).clone())).or_default();
                for key in keys {
                    index.entry(key).or_default().push((row.record, kept.clone()));
                }
            }
            Ok(())
        })?;
    }
    Ok(indexes)
}

fn look(
    number: usize,
    plan: &CheckPlan,
    row: &CheckRow,
    scope: &mut Scope,
    indexes: &Indexes,
    findings: &mut BTreeSet<Finding>,
) {
    if !holds(plan.filter.as_ref(), scope) {
        return;
    }
    let definition = &plan.definition;
    let mut found = |path: String| {
        findings.insert(Finding { record: row.record, key: definition.key.clone(), path });
    };
    let Some(each) = &plan.each else {
        if is_wrong(number, plan, row.record, scope, indexes) {
            found(definition.path.clone());
        }
        return;
    };
    let roster = definition.each.as_deref().unwrap_or_default();
    let Value::List(items) = eval(each, scope) else { return };
    for item in items.iter() {
        scope.push("row", item.clone());
        if is_wrong(number, plan, row.record, scope, indexes) {
            let id = eval_text("row._id", scope);
            let inner =
                if definition.path.is_empty() { String::new() } else { format!("/{}", definition.path) };
            found(format!("{roster}/{id}{inner}"));
        }
        scope.pop();
    }
}

fn is_wrong(number: usize, plan: &CheckPlan, own: RecordId, scope: &mut Scope, indexes: &Indexes) -> bool {
    let mut pushed = 0;
    for (name, list) in &plan.lists {
        let mine = eval(&list.mine, scope);
        let matched = mine
            .as_text()
            .and_then(|mine| indexes.get(&(number, name.clone()))?.get(mine))
            .map(|kept| kept.iter().filter(|(record, _)| *record != own).map(|(_, kept)| kept.clone()))
            .map(Iterator::collect::<Vec<_>>)
            .unwrap_or_default();
        scope.push(name.as_str(), Value::List(matched.into()));
        pushed += 1;
    }
    let wrong = eval(&plan.wrong, scope).as_bool() == Some(true);
    (0..pushed).for_each(|_| scope.pop());
    wrong
}

fn scope(row: &CheckRow, shape: &RowShape, places: &Places) -> Scope {
    let levels: BTreeMap<&str, &str> = places.levels(&row.area);
    let area = Record::new(levels.into_iter().map(|(level, code)| (level, Value::from(code))));
    let subject = row.subject.map_or(Value::Null, |subject| Value::from(subject.to_string().as_str()));
    Scope::default()
        .with("doc", document(&row.answers, shape))
        .with("area", Value::Record(area.into()))
        .with("record", Value::from(row.record.to_string().as_str()))
        .with("subject", subject)
}

/// The `doc` of an expression: a list without rows is empty, as in the form.
fn document(answers: &Map<String, Json>, shape: &RowShape) -> Value {
    match nest(answers) {
        Json::Object(tree) => shape.value(&tree),
        _ => Value::Null,
    }
}

/// A text or a list of texts; empty ones match nothing.
fn texts(value: &Value) -> BTreeSet<String> {
    let all: Vec<&str> = match value {
        Value::List(items) => items.iter().filter_map(Value::as_text).collect(),
        other => other.as_text().into_iter().collect(),
    };
    all.into_iter().filter(|text| !text.trim().is_empty()).map(str::to_owned).collect()
}

fn holds(filter: Option<&Expr>, scope: &mut Scope) -> bool {
    filter.is_none_or(|expr| eval(expr, scope).as_bool() == Some(true))
}

fn eval(expr: &Expr, scope: &mut Scope) -> Value {
    expr.eval(scope, &mut Budget::for_expression())
}

fn eval_text(text: &str, scope: &mut Scope) -> String {
    let value = Expr::parse(text).ok().map(|expr| eval(&expr, scope));
    value.as_ref().and_then(Value::as_text).unwrap_or_default().to_owned()
}
