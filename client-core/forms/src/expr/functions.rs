//! The functions: names, arities, signatures and meanings. All are total and pass `null` on, except those
//! whose purpose is to see it (`has`, `is_dk`, `coalesce`, `count_missing`, the aggregates).

use std::cmp::Ordering;
use std::rc::Rc;

use jiff::civil::Date;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::error::{ExprError, Reason};
use super::eval::{Budget, Note, compare};
use super::idcard;
use super::types::{Type, mismatch};
use super::value::{Missing, Value, date_text, decimal_text};
use crate::limits;

macro_rules! functions {
    ($($variant:ident $name:literal $least:literal $most:expr;)*) => {
        /// A function of the language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Func { $($variant),* }

        impl Func {
            pub(super) fn by_name(name: &str) -> Option<Func> {
                match name { $($name => Some(Func::$variant),)* _ => None }
            }

            pub(super) fn name(self) -> &'static str {
                match self { $(Func::$variant => $name),* }
            }

            /// Least and most number of arguments.
            pub(super) fn arity(self) -> (usize, usize) {
                match self { $(Func::$variant => ($least, $most)),* }
            }
        }

        /// The names of all functions.
        pub(super) fn names() -> impl Iterator<Item = &'static str> {
            [$($name),*].into_iter()
        }

        #[cfg(test)]
        pub(super) const ALL: &[Func] = &[$(Func::$variant),*];
    };
}

const MANY: usize = 50;

functions! {
    Has "has" 1 1; Size "size" 1 1; Sum "sum" 1 MANY; Min "min" 1 MANY; Max "max" 1 MANY; Avg "avg" 1 MANY;
    Count "count" 1 1; CountMissing "count_missing" 1 1; Distinct "distinct" 1 1; Position "position" 2 2;
    Round "round" 1 2; Floor "floor" 1 1; Ceil "ceil" 1 1; Abs "abs" 1 1;
    Years "years" 2 2; Days "days" 2 2; Year "year" 1 1; Month "month" 1 1; Day "day" 1 1; Date "date" 1 1;
    Text "text" 1 1; Number "number" 1 1; Join "join" 2 2;
    StartsWith "startsWith" 2 2; EndsWith "endsWith" 2 2; Contains "contains" 2 2; Matches "matches" 2 2;
    Substring "substring" 2 3; Upper "upper" 1 1; Lower "lower" 1 1; Trim "trim" 1 1;
    IsDk "is_dk" 1 1; IsRefused "is_refused" 1 1; IsNa "is_na" 1 1; Coalesce "coalesce" 1 MANY;
    IdChecksumOk "id_checksum_ok" 1 1; IdBirthDate "id_birth_date" 1 1; IdSex "id_sex" 1 1;
}

/// The result type of a call, or what is wrong with an argument.
pub(super) fn signature(func: Func, pos: usize, args: &[(usize, Type)]) -> Result<Type, ExprError> {
    let want = |i: usize, want: Type| match args.get(i) {
        Some((at, ty)) if !ty.fits(&want) => Err(mismatch(*at, &want.to_string(), ty)),
        _ => Ok(()),
    };
    let all = |ty: Type| (0..args.len()).try_for_each(|i| want(i, ty.clone()));
    Ok(match func {
        Func::Has | Func::IsDk | Func::IsRefused | Func::IsNa => Type::Bool,
        Func::Size => match args.first() {
            Some((_, Type::Text)) => Type::Num,
            Some((at, ty)) if ty.item().is_none() => return Err(mismatch(*at, "list or text", ty)),
            _ => Type::Num,
        },
        Func::Count | Func::CountMissing => {
            item(args)?;
            Type::Num
        }
        Func::Distinct => {
            let item = item(args)?;
            scalar(pos, &item)?;
            Type::list(item)
        }
        Func::Position => {
            let item = item(args)?;
            scalar(pos, &item)?;
            want(1, item)?;
            Type::Num
        }
        Func::Sum | Func::Avg => {
            aggregate(args, &[Type::Num])?;
            Type::Num
        }
        Func::Min | Func::Max => aggregate(args, &[Type::Num, Type::Date])?,
        Func::Round | Func::Floor | Func::Ceil | Func::Abs => {
            all(Type::Num)?;
            Type::Num
        }
        Func::Years | Func::Days => {
            all(Type::Date)?;
            Type::Num
        }
        Func::Year | Func::Month | Func::Day => {
            all(Type::Date)?;
            Type::Num
        }
        Func::Date | Func::IdBirthDate => {
            all(Type::Text)?;
            Type::Date
        }
        Func::Number => {
            all(Type::Text)?;
            Type::Num
        }
        Func::Text => {
            args.iter().try_for_each(|(at, ty)| scalar(*at, ty))?;
            Type::Text
        }
        Func::Join => {
            want(0, Type::list(Type::Text)).or_else(|e| {
                let multi = args.first().and_then(|(_, ty)| ty.item()) == Some(Type::Text);
                if multi { Ok(()) } else { Err(e) }
            })?;
            want(1, Type::Text)?;
            Type::Text
        }
        Func::StartsWith | Func::EndsWith | Func::Contains | Func::Matches | Func::IdChecksumOk => {
            all(Type::Text)?;
            Type::Bool
        }
        Func::Substring => {
            want(0, Type::Text)?;
            want(1, Type::Num)?;
            want(2, Type::Num)?;
            Type::Text
        }
        Func::Upper | Func::Lower | Func::Trim | Func::IdSex => {
            all(Type::Text)?;
            Type::Text
        }
        Func::Coalesce => join(args)?,
    })
}

fn item(args: &[(usize, Type)]) -> Result<Type, ExprError> {
    match args.first() {
        Some((at, ty)) => ty.item().ok_or_else(|| mismatch(*at, "list", ty)),
        None => Ok(Type::Any),
    }
}

fn scalar(pos: usize, ty: &Type) -> Result<(), ExprError> {
    match ty {
        Type::List(_) | Type::Record(_) => Err(mismatch(pos, "single value", ty)),
        _ => Ok(()),
    }
}

fn join(args: &[(usize, Type)]) -> Result<Type, ExprError> {
    let mut common = Type::Null;
    for (at, ty) in args {
        common = common.join(ty).ok_or_else(|| mismatch(*at, &common.to_string(), ty))?;
    }
    Ok(common)
}

/// One list of, or several, values of one of the allowed types.
fn aggregate(args: &[(usize, Type)], allowed: &[Type]) -> Result<Type, ExprError> {
    let (at, ty) = match args {
        [(at, list)] if list.item().is_some() => (*at, list.item().unwrap_or(Type::Any)),
        [(at, other)] => {
            return Err(ExprError::new(
                *at,
                Reason::Type { expected: "list".into(), found: other.to_string() },
            ));
        }
        _ => (args.first().map_or(0, |(at, _)| *at), join(args)?),
    };
    match allowed.iter().find(|want| ty.fits(want)) {
        Some(_) if matches!(ty, Type::Any | Type::Null) => Ok(allowed[0].clone()),
        Some(want) => Ok(want.clone()),
        None => Err(mismatch(at, &allowed[0].to_string(), &ty)),
    }
}

/// Evaluates a call. Arguments of the wrong kind count as null.
pub(super) fn call(func: Func, args: &[Value], budget: &mut Budget) -> Value {
    let Some(first) = args.first() else { return Value::Null };
    let missing = |why: Missing| Value::Bool(matches!(first, Value::Missing(m) if *m == why));
    match func {
        Func::Has => Value::Bool(!first.is_null()),
        Func::IsDk => missing(Missing::Dk),
        Func::IsRefused => missing(Missing::Refused),
        Func::IsNa => missing(Missing::Na),
        Func::Coalesce => args.iter().find(|v| !v.is_null()).cloned().unwrap_or(Value::Null),
        Func::Size => size(first),
        Func::Count | Func::CountMissing | Func::Distinct => listed(func, first, budget),
        Func::Position => position(first, args.get(1), budget),
        Func::Sum | Func::Min | Func::Max | Func::Avg => aggregated(func, args, budget),
        Func::Round | Func::Floor | Func::Ceil | Func::Abs => rounded(func, args),
        Func::Years => years(args),
        Func::Days => args.get(1).map_or(Value::Null, |to| days(first, to)),
        Func::Year => date_part(first, |d| i64::from(d.year())),
        Func::Month => date_part(first, |d| i64::from(d.month())),
        Func::Day => date_part(first, |d| i64::from(d.day())),
        Func::Date => first.as_date().map_or(Value::Null, Value::Date),
        Func::Number => first.as_number().map_or(Value::Null, Value::Num),
        Func::Text => as_text(first),
        Func::Join => joined(first, args.get(1), budget),
        _ => textual(func, first.as_text(), args, budget),
    }
}

/// A number, or null with a note when it is out of range.
pub(super) fn number(result: Option<Decimal>, budget: &mut Budget) -> Value {
    result.map_or_else(
        || {
            budget.note(Note::Overflow);
            Value::Null
        },
        |n| Value::Num(n.normalize()),
    )
}

/// A text, or null with a note when it is too long.
pub(super) fn text(text: String, budget: &mut Budget) -> Value {
    budget.spend(text.len() / 64);
    if text.len() > limits::EXPR_TEXT_BYTES {
        budget.note(Note::TextTooLong);
        return Value::Null;
    }
    Value::Text(text.into())
}

/// Days from one date to the other, negative when the second is earlier.
pub(super) fn days(from: &Value, to: &Value) -> Value {
    match (from.as_date(), to.as_date()) {
        (Some(from), Some(to)) => {
            from.until(to).map_or(Value::Null, |span| Value::Num(Decimal::from(span.get_days())))
        }
        _ => Value::Null,
    }
}

fn size(value: &Value) -> Value {
    match value {
        Value::Text(t) => Value::Num(Decimal::from(t.chars().count())),
        other => other.items().map_or(Value::Null, |items| Value::Num(Decimal::from(items.len()))),
    }
}

fn listed(func: Func, list: &Value, budget: &mut Budget) -> Value {
    let Some(items) = list.items() else { return Value::Null };
    budget.spend(items.len());
    let missing = items.iter().filter(|v| v.is_null()).count();
    match func {
        Func::Count => Value::Num(Decimal::from(items.len() - missing)),
        Func::CountMissing => Value::Num(Decimal::from(missing)),
        _ => {
            let mut kept: Vec<Value> = Vec::new();
            for item in items.iter().filter(|v| !v.is_null()) {
                budget.spend(kept.len());
                if !kept.iter().any(|k| compare(k, item) == Some(Ordering::Equal)) {
                    kept.push(item.clone());
                }
                if kept.len() > 2_000 {
                    budget.note(Note::Steps);
                    return Value::Null;
                }
            }
            Value::List(Rc::new(kept))
        }
    }
}

/// Where a value stands in a list, counted from 1; null when it does not.
fn position(list: &Value, wanted: Option<&Value>, budget: &mut Budget) -> Value {
    let (Some(items), Some(wanted)) = (list.items(), wanted.filter(|v| !v.is_null())) else {
        return Value::Null;
    };
    budget.spend(items.len());
    let at = items.iter().position(|item| compare(item, wanted) == Some(Ordering::Equal));
    at.map_or(Value::Null, |at| Value::Num(Decimal::from(at + 1)))
}

fn aggregated(func: Func, args: &[Value], budget: &mut Budget) -> Value {
    let list = match args {
        [one] => match one.items() {
            Some(items) => items,
            None => return Value::Null,
        },
        many => Rc::new(many.to_vec()),
    };
    budget.spend(list.len());
    if matches!(func, Func::Min | Func::Max) {
        let want = if func == Func::Min { Ordering::Less } else { Ordering::Greater };
        let better = |best: Value, v: &Value| if compare(v, &best) == Some(want) { v.clone() } else { best };
        let mut present = list.iter().filter(|v| !v.is_null());
        return present.next().map_or(Value::Null, |first| present.fold(first.clone(), better));
    }
    let numbers: Vec<Decimal> = list.iter().filter_map(Value::as_number).collect();
    let total = numbers.iter().try_fold(Decimal::ZERO, |sum, n| sum.checked_add(*n));
    if func == Func::Sum {
        return number(total, budget);
    }
    if numbers.is_empty() {
        return Value::Null;
    }
    number(total.and_then(|t| t.checked_div(Decimal::from(numbers.len()))), budget)
}

/// Rounding is commercial: half away from zero.
fn rounded(func: Func, args: &[Value]) -> Value {
    let Some(n) = args[0].as_number() else { return Value::Null };
    Value::Num(match func {
        Func::Floor => n.floor(),
        Func::Ceil => n.ceil(),
        Func::Abs => n.abs(),
        _ => {
            let places = match args.get(1) {
                None => 0,
                Some(places) => match places.as_number().and_then(|p| p.to_u32()) {
                    Some(places) => places.min(28),
                    None => return Value::Null,
                },
            };
            n.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
        }
    })
}

/// Complete years; a birthday on 29 February is reached on 1 March of a common year.
fn years(args: &[Value]) -> Value {
    let (Some(from), Some(to)) = (args[0].as_date(), args.get(1).and_then(Value::as_date)) else {
        return Value::Null;
    };
    let complete = |from: Date, to: Date| {
        let before = (to.month(), to.day()) < (from.month(), from.day());
        i64::from(to.year()) - i64::from(from.year()) - i64::from(before)
    };
    Value::Num(Decimal::from(if from <= to { complete(from, to) } else { -complete(to, from) }))
}

fn date_part(value: &Value, part: impl Fn(Date) -> i64) -> Value {
    value.as_date().map_or(Value::Null, |d| Value::Num(Decimal::from(part(d))))
}

fn as_text(value: &Value) -> Value {
    match value {
        Value::Text(_) => value.clone(),
        Value::Num(n) => Value::from(decimal_text(n).as_str()),
        Value::Date(d) => Value::from(date_text(*d).as_str()),
        Value::Bool(b) => Value::from(if *b { "true" } else { "false" }),
        _ => Value::Null,
    }
}

fn joined(list: &Value, separator: Option<&Value>, budget: &mut Budget) -> Value {
    let (Some(items), Some(separator)) = (list.items(), separator.and_then(Value::as_text)) else {
        return Value::Null;
    };
    let mut out = String::new();
    for (i, part) in items.iter().filter_map(Value::as_text).enumerate() {
        if i > 0 {
            out.push_str(separator);
        }
        out.push_str(part);
        if out.len() > limits::EXPR_TEXT_BYTES {
            break;
        }
    }
    text(out, budget)
}

fn textual(func: Func, subject: Option<&str>, args: &[Value], budget: &mut Budget) -> Value {
    let Some(subject) = subject else { return Value::Null };
    budget.spend(subject.len() / 64);
    let with = |f: fn(&str, &str) -> bool| {
        args.get(1).and_then(Value::as_text).map_or(Value::Null, |other| Value::Bool(f(subject, other)))
    };
    match func {
        Func::StartsWith => with(|s, t| s.starts_with(t)),
        Func::EndsWith => with(|s, t| s.ends_with(t)),
        Func::Contains => with(|s, t| s.contains(t)),
        Func::Upper => text(subject.to_uppercase(), budget),
        Func::Lower => text(subject.to_lowercase(), budget),
        Func::Trim => Value::from(subject.trim()),
        Func::Substring => substring(subject, args),
        Func::IdChecksumOk => Value::Bool(idcard::checksum_ok(subject)),
        Func::IdBirthDate => idcard::birth_date(subject).map_or(Value::Null, Value::Date),
        Func::IdSex => idcard::sex(subject).map_or(Value::Null, Value::from),
        _ => Value::Null,
    }
}

/// Characters `from..to`, counted from 0; what lies beyond the end is left out.
fn substring(subject: &str, args: &[Value]) -> Value {
    let at = |i: usize| match args.get(i) {
        None => Some(usize::MAX),
        Some(v) => v.as_number().and_then(|n| n.to_usize()),
    };
    match (at(1), at(2)) {
        (Some(from), Some(to)) => {
            let part: String = subject.chars().skip(from).take(to.saturating_sub(from)).collect();
            Value::from(part.as_str())
        }
        _ => Value::Null,
    }
}
