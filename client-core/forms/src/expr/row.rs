//! Expressions over a nested tree of answers without its schema, for report definitions.

use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::Expr;
use super::eval::{Budget, Scope};
use super::value::{Missing, Record, Value, parse_decimal};

/// Evaluates `expr` with `doc` = `tree` (the `tree` of an [`crate::Outcome`]).
///
/// Without the schema, an object whose keys are all row ids (26 characters or a year) is read as a roster, an
/// object of booleans as a multi-select, and text that looks like a decimal or a date is used as one where a
/// number or date is due.
pub fn eval_on_row(expr: &Expr, tree: &Json) -> Value {
    let mut scope = Scope::default().with("doc", row_value(tree));
    expr.eval(&mut scope, &mut Budget::for_expression())
}

/// Converts a nested tree once, so that many expressions can be evaluated over it.
pub fn row_value(tree: &Json) -> Value {
    match tree {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => parse_decimal(&n.to_string()).map_or(Value::Null, Value::Num),
        Json::String(s) => Value::from(s.as_str()),
        Json::Array(items) => Value::List(Rc::new(items.iter().map(row_value).collect())),
        Json::Object(map) => object(tree, map),
    }
}

fn object(json: &Json, map: &Map<String, Json>) -> Value {
    if let Some(missing) = Missing::from_json(json) {
        return Value::Missing(missing);
    }
    if map.is_empty() {
        return Value::List(Rc::default());
    }
    if map.iter().all(|(key, value)| is_row_id(key) && value.is_object()) {
        return roster(map);
    }
    let record = if map.values().all(Json::is_boolean) { Record::multi() } else { Record::default() };
    fill(&record, map);
    Value::Record(Rc::new(record))
}

fn fill(record: &Record, map: &Map<String, Json>) {
    for (key, value) in map {
        record.set(&Arc::from(key.as_str()), row_value(value));
    }
}

fn roster(map: &Map<String, Json>) -> Value {
    rows(map, fill)
}

/// The open rows of a roster in their order, each filled by `fill`.
pub(super) fn rows(map: &Map<String, Json>, fill: impl Fn(&Record, &Map<String, Json>)) -> Value {
    let mut rows: Vec<_> = map.iter().filter_map(|(id, row)| Some((id, row.as_object()?))).collect();
    rows.retain(|(_, row)| row.get("_deleted") != Some(&Json::Bool(true)));
    rows.sort_by(|(a_id, a), (b_id, b)| order(a).cmp(&order(b)).then_with(|| a_id.cmp(b_id)));
    let rows = rows.into_iter().map(|(id, row)| {
        let record = Record::row(id, 0);
        fill(&record, row);
        Value::Record(Rc::new(record))
    });
    Value::List(Rc::new(rows.collect()))
}

/// Rows without an order key come after those with one.
fn order(row: &Map<String, Json>) -> (bool, &str) {
    let key = row.get("_order").and_then(Json::as_str);
    (key.is_none(), key.unwrap_or_default())
}

/// 26 characters of upper-case Crockford base32, or a 4-digit year.
pub(crate) fn is_row_id(key: &str) -> bool {
    let crockford = |b: u8| b.is_ascii_digit() || (b.is_ascii_uppercase() && !b"ILOU".contains(&b));
    match key.len() {
        26 => key.bytes().all(crockford),
        4 => key.bytes().all(|b| b.is_ascii_digit()),
        _ => false,
    }
}
