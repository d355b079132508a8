//! Values of answers between JSON and the expression language.

use std::rc::Rc;
use std::sync::Arc;

use rust_decimal::RoundingStrategy;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value as Json;

use crate::expr::{Budget, Missing, Note, Record, Type, Value, decimal_text, parse_date, parse_decimal};
use crate::model::Kind;

/// Reads a single answer as its kind; what is not of that kind reads as null (the structure check names it).
pub(super) fn scalar(kind: Kind, ty: &Type, json: &Json) -> Value {
    if let Some(missing) = Missing::from_json(json) {
        return Value::Missing(missing);
    }
    match (kind, json) {
        (Kind::Text | Kind::SelectOne, Json::String(s)) => Value::from(s.as_str()),
        (Kind::Decimal, Json::String(s)) => parse_decimal(s).map_or(Value::Null, Value::Num),
        (Kind::Integer, Json::Number(n)) => n.as_i64().map_or(Value::Null, |n| Value::Num(n.into())),
        (Kind::Bool, Json::Bool(b)) => Value::Bool(*b),
        (Kind::Date, Json::String(s)) => parse_date(s).map_or(Value::Null, Value::Date),
        (kind, json) if kind.is_compound() => typed(ty, json),
        _ => Value::Null,
    }
}

/// Reads the inside of a compound by its static type.
fn typed(ty: &Type, json: &Json) -> Value {
    match (ty, json) {
        (Type::Num, Json::Number(n)) => parse_decimal(&n.to_string()).map_or(Value::Null, Value::Num),
        (Type::Num, Json::String(s)) => parse_decimal(s).map_or(Value::Null, Value::Num),
        (Type::Date, Json::String(s)) => parse_date(s).map_or(Value::Null, Value::Date),
        (Type::Bool, Json::Bool(b)) => Value::Bool(*b),
        (Type::Text, Json::String(s)) => Value::from(s.as_str()),
        (Type::List(item), Json::Array(items)) => {
            Value::List(Rc::new(items.iter().map(|json| typed(item, json)).collect()))
        }
        (Type::Record(record), Json::Object(map)) => {
            let out = Record::default();
            for (key, ty) in &record.fields {
                if let Some(json) = map.get(key) {
                    out.set(&Arc::from(key.as_str()), typed(ty, json));
                }
            }
            Value::Record(Rc::new(out))
        }
        _ => Value::Null,
    }
}

/// A calculated value as it is kept: decimals rounded to 4 places (half away from zero), whole numbers whole.
/// `None` when there is none.
pub(super) fn calculated(kind: Kind, value: Value, budget: &mut Budget) -> Option<(Value, Json)> {
    match (kind, value) {
        (Kind::Decimal, Value::Num(n)) => {
            let n = n.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero).normalize();
            Some((Value::Num(n), Json::String(decimal_text(&n))))
        }
        (Kind::Integer, Value::Num(n)) => match n.to_i64().filter(|_| n.fract().is_zero()) {
            Some(whole) => Some((Value::Num(n), Json::from(whole))),
            None => {
                budget.note(Note::NotWhole);
                None
            }
        },
        (Kind::Text | Kind::SelectOne, value @ Value::Text(_))
        | (Kind::Bool, value @ Value::Bool(_))
        | (Kind::Date, value @ Value::Date(_)) => {
            let json = value.to_json();
            Some((value, json))
        }
        _ => None,
    }
}
