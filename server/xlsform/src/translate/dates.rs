//! Days: arithmetic on them, and their printed forms.

use super::{Res, Ty, Val, why};
use crate::form::Form;

/// Addition and subtraction; of dates too.
pub(super) fn added(plus: bool, a: Val, b: Val, form: &Form) -> Res<Val> {
    let sign = if plus { "+" } else { "-" };
    let nullable = a.nullable || b.nullable;
    let code = |a: &Val, b: &Val| format!("{} {sign} {}", a.paren(4), b.paren(5));
    let is_day = |value: &Val| matches!(value.ty, Ty::Date | Ty::DateTime);
    match (is_day(&a), is_day(&b)) {
        (true, true) if !plus => {
            let (a, b) = (a.date()?, b.date()?);
            Ok(Val::new(code(&a, &b), 4, Ty::Num, nullable))
        }
        (true, false) => {
            let (a, b) = (a.date()?, b.number(form)?);
            Ok(Val::new(code(&a, &b), 4, Ty::Date, nullable || b.nullable))
        }
        (false, true) if plus => {
            let (a, b) = (a.number(form)?, b.date()?);
            Ok(Val::new(code(&b, &a), 4, Ty::Date, nullable || a.nullable))
        }
        _ => Ok(Val::infix(sign, 4, a.number(form)?, b.number(form)?)),
    }
}

/// Longest form of a date: each of its parts writes the date again.
const FORMAT_BYTES: usize = 60;

/// `format-date(day, '%Y-%m')`
pub(super) fn formatted(day: Val, format: &str) -> Res<Val> {
    if format.len() > FORMAT_BYTES {
        return why("the form of the date is too long", "日期格式过长");
    }
    let nullable = day.nullable;
    let day = day.date()?;
    let d = &day.code;
    let mut parts: Vec<String> = Vec::new();
    let mut plain = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            plain.push(c);
            continue;
        }
        let two = |part: &str| format!("{part}({d}) < 10 ? '0' + text({part}({d})) : text({part}({d}))");
        let part = match chars.next() {
            Some('Y') => format!("text(year({d}))"),
            Some('y') => format!("substring(text(year({d})), 2)"),
            Some('m') => two("month"),
            Some('n') => format!("text(month({d}))"),
            Some('d') => two("day"),
            Some('e') => format!("text(day({d}))"),
            Some('%') => {
                plain.push('%');
                continue;
            }
            other => {
                let part: String = other.into_iter().collect();
                return why(
                    format!("the part %{part} of a date has no counterpart"),
                    format!("没有与日期格式 %{part} 对应的写法"),
                );
            }
        };
        if !plain.is_empty() {
            parts.push(super::value::quoted(&plain));
            plain.clear();
        }
        parts.push(part);
    }
    if !plain.is_empty() {
        parts.push(super::value::quoted(&plain));
    }
    let code = match parts.as_slice() {
        [one] => one.clone(),
        _ => format!("join([{}], '')", parts.join(", ")),
    };
    // The separators alone would remain of a day that is not there.
    let code = if nullable { format!("has({d}) ? {code} : null") } else { code };
    Ok(Val::new(code, 0, Ty::Text, nullable))
}
