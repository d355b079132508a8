//! The evaluator: total, bounded, and without side effects.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use jiff::ToSpan;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::ast::{Kind, MacroKind, Node, Op};
use super::functions;
use super::value::Value;
use crate::limits;

/// The names an expression can see, innermost last.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    names: Vec<(Arc<str>, Value)>,
}

impl Scope {
    /// Adds a name.
    pub fn with(mut self, name: impl Into<Arc<str>>, value: Value) -> Scope {
        self.push(name, value);
        self
    }

    /// Adds a name for the time until [`Scope::pop`].
    pub fn push(&mut self, name: impl Into<Arc<str>>, value: Value) {
        self.names.push((name.into(), value));
    }

    /// Removes the name added last.
    pub fn pop(&mut self) {
        self.names.pop();
    }

    /// How many names there are, for [`Scope::truncate`].
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Removes all names but the first `count`.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.names.truncate(count);
    }

    fn get(&self, name: &str) -> Value {
        self.names.iter().rev().find(|(n, _)| &**n == name).map_or(Value::Null, |(_, v)| v.clone())
    }
}

/// What went wrong quietly, where the result is `null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// Division or remainder by zero.
    DivisionByZero,
    /// A number too large to hold.
    Overflow,
    /// A date outside the calendar.
    DateRange,
    /// A text longer than the limit.
    TextTooLong,
    /// The step budget ran out.
    Steps,
    /// A calculated whole number came out with a fraction.
    NotWhole,
}

impl Note {
    /// A stable name for logs and tests.
    pub fn code(self) -> &'static str {
        match self {
            Note::DivisionByZero => "division_by_zero",
            Note::Overflow => "overflow",
            Note::DateRange => "date_range",
            Note::TextTooLong => "text_too_long",
            Note::Steps => "steps",
            Note::NotWhole => "not_whole",
        }
    }
}

/// Steps left, and the notes taken on the way.
#[derive(Debug)]
pub struct Budget {
    total: u64,
    left: u64,
    exhausted: bool,
    notes: BTreeSet<Note>,
}

impl Budget {
    /// A budget for one expression.
    pub fn for_expression() -> Budget {
        Budget::with_total(limits::EXPR_STEPS)
    }

    /// A budget of `total` steps for many expressions, each bounded by [`limits::EXPR_STEPS`].
    pub fn with_total(total: u64) -> Budget {
        Budget { total, left: 0, exhausted: false, notes: BTreeSet::new() }
    }

    /// Takes the notes of the expressions evaluated since the last call.
    pub fn take_notes(&mut self) -> BTreeSet<Note> {
        std::mem::take(&mut self.notes)
    }

    pub(crate) fn has_notes(&self) -> bool {
        !self.notes.is_empty()
    }

    pub(crate) fn note(&mut self, note: Note) {
        self.notes.insert(note);
    }

    fn step(&mut self) -> bool {
        if self.left == 0 {
            self.exhausted = true;
            self.note(Note::Steps);
            return false;
        }
        self.left -= 1;
        true
    }

    pub(super) fn spend(&mut self, steps: usize) {
        self.left = self.left.saturating_sub(steps as u64);
    }
}

pub(super) fn run(root: &Node, scope: &mut Scope, budget: &mut Budget) -> Value {
    let granted = budget.total.min(limits::EXPR_STEPS);
    budget.left = granted;
    budget.exhausted = false;
    let value = eval(root, scope, budget);
    budget.total -= granted - budget.left;
    if budget.exhausted { Value::Null } else { value }
}

fn eval(node: &Node, scope: &mut Scope, budget: &mut Budget) -> Value {
    if !budget.step() {
        return Value::Null;
    }
    match &node.kind {
        Kind::Null => Value::Null,
        Kind::Bool(b) => Value::Bool(*b),
        Kind::Num(n) => Value::Num(*n),
        Kind::Text(t) => Value::Text(t.clone()),
        Kind::Ident(name) => scope.get(name),
        Kind::List(items) => Value::List(Rc::new(items.iter().map(|i| eval(i, scope, budget)).collect())),
        Kind::Field(inner, name) => match eval(inner, scope, budget) {
            Value::Record(record) => record.get_near(&name.text, &name.found_at),
            _ => Value::Null,
        },
        Kind::Index(inner, at) => {
            let (inner, at) = (eval(inner, scope, budget), eval(at, scope, budget));
            index(&inner, &at, budget)
        }
        Kind::Not(inner) => match eval(inner, scope, budget).as_bool() {
            Some(b) => Value::Bool(!b),
            None => Value::Null,
        },
        Kind::Neg(inner) => eval(inner, scope, budget).as_number().map_or(Value::Null, |n| Value::Num(-n)),
        Kind::Binary(op, left, right) => binary(*op, left, right, scope, budget),
        Kind::Ternary(condition, yes, no) => match eval(condition, scope, budget).as_bool() {
            Some(true) => eval(yes, scope, budget),
            Some(false) => eval(no, scope, budget),
            None => Value::Null,
        },
        Kind::Matches(subject, pattern) => match eval(subject, scope, budget).as_text() {
            Some(text) => {
                budget.spend(text.len() / 16);
                Value::Bool(pattern.regex.is_match(text))
            }
            None => Value::Null,
        },
        Kind::Call(func, args) => match args.as_slice() {
            // Nearly all calls: without a list of their own.
            [only] => {
                let only = [eval(only, scope, budget)];
                functions::call(*func, &only, budget)
            }
            [first, second] => {
                let both = [eval(first, scope, budget), eval(second, scope, budget)];
                functions::call(*func, &both, budget)
            }
            args => {
                let args: Vec<Value> = args.iter().map(|arg| eval(arg, scope, budget)).collect();
                functions::call(*func, &args, budget)
            }
        },
        Kind::Macro(kind, list, variable, body) => {
            let list = eval(list, scope, budget);
            comprehension(*kind, &list, variable, body, scope, budget)
        }
    }
}

fn index(inner: &Value, at: &Value, budget: &mut Budget) -> Value {
    match (inner, at) {
        (Value::Record(record), Value::Text(name)) => record.get(name),
        (Value::List(items), Value::Text(id)) => {
            budget.spend(items.len());
            let is_row = |v: &&Value| matches!(v, Value::Record(r) if r.id.as_deref() == Some(&**id));
            items.iter().find(is_row).cloned().unwrap_or(Value::Null)
        }
        (Value::Table(table), Value::Text(id)) => {
            budget.spend(table.count());
            table.row(id).unwrap_or(Value::Null)
        }
        (list, Value::Num(n)) if n.fract().is_zero() && matches!(list, Value::List(_) | Value::Table(_)) => {
            let items = list.items();
            n.to_usize().and_then(|i| items?.get(i).cloned()).unwrap_or(Value::Null)
        }
        _ => Value::Null,
    }
}

fn binary(op: Op, left: &Node, right: &Node, scope: &mut Scope, budget: &mut Budget) -> Value {
    let a = eval(left, scope, budget);
    if matches!(op, Op::And | Op::Or) {
        let decisive = op == Op::Or;
        if a.as_bool() == Some(decisive) {
            return Value::Bool(decisive);
        }
        let b = eval(right, scope, budget);
        return match (a.as_bool(), b.as_bool()) {
            (_, Some(b)) if b == decisive => Value::Bool(decisive),
            (Some(_), Some(_)) => Value::Bool(!decisive),
            _ => Value::Null,
        };
    }
    if let (Op::Eq | Op::Ne, Value::Text(text), Kind::Text(literal)) = (op, &a, &right.kind) {
        // What most conditions ask: nothing is copied for it.
        if !budget.step() {
            return Value::Null;
        }
        return Value::Bool((text == literal) == (op == Op::Eq));
    }
    let b = eval(right, scope, budget);
    match op {
        Op::In => contained(&a, &b, budget),
        Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Rem => arithmetic(op, &a, &b, budget),
        _ => compare(&a, &b).map_or(Value::Null, |order| {
            Value::Bool(match op {
                Op::Eq => order == Ordering::Equal,
                Op::Ne => order != Ordering::Equal,
                Op::Lt => order == Ordering::Less,
                Op::Le => order != Ordering::Greater,
                Op::Gt => order == Ordering::Greater,
                _ => order != Ordering::Less,
            })
        }),
    }
}

/// The order of two scalars; `None` when either is null or they are of different kinds.
pub(super) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Num(_), _) | (_, Value::Num(_)) => Some(a.as_number()?.cmp(&b.as_number()?)),
        (Value::Date(_), _) | (_, Value::Date(_)) => Some(a.as_date()?.cmp(&b.as_date()?)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn contained(needle: &Value, list: &Value, budget: &mut Budget) -> Value {
    if needle.is_null() {
        return Value::Null;
    }
    if let (Value::Record(record), Value::Text(code)) = (list, needle)
        && record.multi
    {
        return Value::Bool(matches!(record.get(code), Value::Bool(true)));
    }
    let Some(items) = list.items() else { return Value::Null };
    budget.spend(items.len());
    Value::Bool(items.iter().any(|item| compare(item, needle) == Some(Ordering::Equal)))
}

fn arithmetic(op: Op, a: &Value, b: &Value, budget: &mut Budget) -> Value {
    match (op, a, b) {
        (_, a, b) if a.is_null() || b.is_null() => Value::Null,
        (Op::Add, Value::Text(a), Value::Text(b)) => functions::text(format!("{a}{b}"), budget),
        (Op::Sub, Value::Date(_), Value::Date(_) | Value::Text(_))
        | (Op::Sub, Value::Text(_), Value::Date(_)) => functions::days(b, a),
        (Op::Add, Value::Date(date), days) | (Op::Add, days, Value::Date(date)) => {
            shift(*date, days.as_number(), budget)
        }
        (Op::Sub, Value::Date(date), days) => shift(*date, days.as_number().map(|n| -n), budget),
        _ => match (a.as_number(), b.as_number()) {
            (Some(a), Some(b)) => compute(op, a, b, budget),
            _ => Value::Null,
        },
    }
}

fn shift(date: jiff::civil::Date, days: Option<Decimal>, budget: &mut Budget) -> Value {
    let Some(days) = days else { return Value::Null };
    let moved = days
        .to_i32()
        .filter(|_| days.fract().is_zero())
        .filter(|n| n.abs() <= 4_000_000)
        .and_then(|n| date.checked_add(n.days()).ok());
    moved.map_or_else(
        || {
            budget.note(Note::DateRange);
            Value::Null
        },
        Value::Date,
    )
}

fn compute(op: Op, a: Decimal, b: Decimal, budget: &mut Budget) -> Value {
    if matches!(op, Op::Div | Op::Rem) && b.is_zero() {
        budget.note(Note::DivisionByZero);
        return Value::Null;
    }
    let result = match op {
        Op::Add => a.checked_add(b),
        Op::Sub => a.checked_sub(b),
        Op::Mul => a.checked_mul(b),
        Op::Div => a.checked_div(b),
        _ => a.checked_rem(b),
    };
    functions::number(result, budget)
}

fn comprehension(
    kind: MacroKind,
    list: &Value,
    variable: &Arc<str>,
    body: &Node,
    scope: &mut Scope,
    budget: &mut Budget,
) -> Value {
    let Some(items) = list.items() else { return Value::Null };
    let mut kept = Vec::new();
    let (mut yes, mut unknown) = (0_usize, false);
    for item in items.iter() {
        scope.names.push((variable.clone(), item.clone()));
        let value = eval(body, scope, budget);
        scope.pop();
        if budget.exhausted {
            return Value::Null;
        }
        match (kind, value.as_bool()) {
            (MacroKind::Map, _) => kept.push(value),
            (MacroKind::Filter, Some(true)) => kept.push(item.clone()),
            (MacroKind::Filter, _) => {}
            (MacroKind::All, Some(false)) => return Value::Bool(false),
            (MacroKind::Exists, Some(true)) => return Value::Bool(true),
            (_, Some(answer)) => yes += usize::from(answer),
            (_, None) => unknown = true,
        }
    }
    match kind {
        MacroKind::Map | MacroKind::Filter => Value::List(Rc::new(kept)),
        MacroKind::ExistsOne if yes > 1 => Value::Bool(false),
        _ if unknown => Value::Null,
        MacroKind::All => Value::Bool(true),
        MacroKind::Exists => Value::Bool(false),
        MacroKind::ExistsOne => Value::Bool(yes == 1),
    }
}
