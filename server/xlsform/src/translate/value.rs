//! A translated part with its type, and the conversions XPath makes silently.

use super::{Res, why};
use crate::form::{Form, Id, ListId};

/// What a part is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ty {
    /// The empty text: no answer.
    Empty,
    Num,
    Text,
    Bool,
    Date,
    /// Text with day and time.
    DateTime,
    /// Text with a time.
    Time,
    /// One code of a list.
    Code(ListId),
    /// The ticks of a list.
    Many(ListId),
    /// A column of the list that is filtered.
    Column(ListId, String),
    /// The id of a row of a repeat.
    Row(Id),
    /// A place, a file, a ranking: only there or not there.
    Opaque,
}

/// A translated part.
#[derive(Debug, Clone)]
pub(crate) struct Val {
    pub(crate) code: String,
    /// How tightly its outermost operator binds: 0 `?:`, 1 `||`, 2 `&&`, 3 comparison, 4 `+`, 5 `*`, 6 sign, 7 all else.
    pub(crate) strength: u8,
    pub(crate) ty: Ty,
    /// May be null, which is the empty text (or no number) in XPath.
    pub(crate) nullable: bool,
    /// Of a condition: what null means; none when it is never null.
    pub(crate) null_is: Option<bool>,
    /// A literal, as written.
    pub(crate) literal: Option<String>,
}

/// A text as a literal of forms.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// A number in plain notation, if that is what the text is.
pub(super) fn plain_number(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_suffix('.').unwrap_or(text);
    let text = if text.starts_with('.') { format!("0{text}") } else { text.to_owned() };
    let text = text.strip_prefix("-.").map_or(text.clone(), |rest| format!("-0.{rest}"));
    let number = doorstep_forms::expr::parse_decimal(&text)?;
    Some(number.normalize().to_string())
}

impl Val {
    pub(super) fn new(code: impl Into<String>, strength: u8, ty: Ty, nullable: bool) -> Val {
        let null_is = (ty == Ty::Bool && nullable).then_some(false);
        Val { code: code.into(), strength, ty, nullable, null_is, literal: None }
    }

    pub(super) fn bool(code: impl Into<String>, strength: u8, null_is: Option<bool>) -> Val {
        Val { code: code.into(), strength, ty: Ty::Bool, nullable: null_is.is_some(), null_is, literal: None }
    }

    pub(super) fn constant(truth: bool) -> Val {
        Val::bool(if truth { "true" } else { "false" }, 7, None)
    }

    pub(super) fn empty() -> Val {
        Val::new("null", 7, Ty::Empty, true)
    }

    pub(crate) fn text(text: &str) -> Val {
        Val { literal: Some(text.to_owned()), ..Val::new(quoted(text), 7, Ty::Text, false) }
    }

    pub(super) fn num(text: &str) -> Res<Val> {
        let Some(number) = plain_number(text) else {
            return why(format!("the number {text} is too long"), format!("数字 {text} 过长"));
        };
        let strength = if number.starts_with('-') { 6 } else { 7 };
        Ok(Val { literal: Some(number.clone()), ..Val::new(number, strength, Ty::Num, false) })
    }

    pub(super) fn count(number: usize) -> Val {
        Val { literal: Some(number.to_string()), ..Val::new(number.to_string(), 7, Ty::Num, false) }
    }

    pub(super) fn infix(sign: &str, strength: u8, a: Val, b: Val) -> Val {
        let code = format!("{} {sign} {}", a.paren(strength), b.paren(strength + 1));
        Val::new(code, strength, Ty::Num, a.nullable || b.nullable)
    }

    pub(super) fn may_be_null(mut self) -> Val {
        self.nullable = true;
        self
    }

    pub(super) fn negated(self) -> Val {
        let literal =
            self.literal.as_ref().filter(|text| !text.starts_with('-')).map(|text| format!("-{text}"));
        Val { literal, ..Val::new(format!("-{}", self.paren(7)), 6, Ty::Num, self.nullable) }
    }

    /// The code, in brackets when it binds less tightly than `least`.
    pub(super) fn paren(&self, least: u8) -> String {
        if self.strength < least { format!("({})", self.code) } else { self.code.clone() }
    }

    /// A text literal.
    pub(super) fn as_text_literal(&self) -> Option<String> {
        self.literal.clone().filter(|_| matches!(self.ty, Ty::Text | Ty::Num))
    }

    /// A condition of which null is said: never null.
    pub(super) fn exact(self) -> Val {
        match self.null_is {
            Some(meant) if self.ty == Ty::Bool => {
                Val::bool(format!("coalesce({}, {meant})", self.code), 7, None)
            }
            _ => self,
        }
    }

    /// A condition read where null counts as `counts`.
    pub(super) fn settled_for(self, counts: bool) -> Val {
        if self.null_is == Some(counts) { self } else { self.exact() }
    }

    pub(super) fn not(self) -> Val {
        let null_is = self.null_is.map(|meant| !meant);
        Val::bool(format!("!{}", self.paren(6)), 6, null_is)
    }

    /// Whether there is an answer at all.
    pub(super) fn is_there(&self) -> Val {
        match self.ty {
            Ty::Empty => Val::constant(false),
            Ty::Many(_) => Val::bool(format!("size({}) > 0", self.code), 3, None),
            _ if self.literal.is_some() => Val::constant(true),
            // A text put together is there, and may be empty all the same.
            Ty::Text if !self.nullable => Val::bool(format!("size({}) > 0", self.code), 3, None),
            _ if !self.nullable => Val::constant(true),
            _ => Val::bool(format!("has({})", self.code), 7, None),
        }
    }

    /// As a condition: an empty text is false, zero is false.
    pub(super) fn truth(self) -> Val {
        match self.ty {
            Ty::Bool => self,
            Ty::Num => Val::bool(format!("{} != 0", self.paren(4)), 3, self.nullable.then_some(false)),
            _ => self.is_there(),
        }
    }

    /// As a number: days since 1970 of a date, 1 and 0 of a condition.
    pub(super) fn number(self, form: &Form) -> Res<Val> {
        if let (Ty::Text, Some(text)) = (&self.ty, &self.literal) {
            return match plain_number(text) {
                Some(number) => Val::num(&number),
                None => Ok(Val::new("null", 7, Ty::Num, true)),
            };
        }
        Ok(match &self.ty {
            Ty::Num => self,
            Ty::Empty => Val::new("null", 7, Ty::Num, true),
            Ty::Bool => {
                let value = self.exact();
                Val::new(format!("{} ? 1 : 0", value.paren(1)), 0, Ty::Num, false)
            }
            Ty::Date | Ty::DateTime => {
                let nullable = self.nullable;
                let day = self.date()?;
                Val::new(format!("days(date('1970-01-01'), {})", day.code), 7, Ty::Num, nullable)
            }
            Ty::Code(list) | Ty::Column(list, _) if !counts_as_written(form, *list, &self.ty) => {
                return why(
                    "the numbers of this list had to be renamed, so that they cannot be computed with",
                    "该选项表的数字代码已改名，无法参与计算",
                );
            }
            Ty::Text | Ty::Code(_) | Ty::Column(..) => {
                Val::new(format!("number({})", self.code), 7, Ty::Num, true)
            }
            Ty::Time | Ty::Many(_) | Ty::Row(_) | Ty::Opaque => {
                return why("this answer is no number", "此答案不是数字");
            }
        })
    }

    /// As a text.
    pub(super) fn text_value(self) -> Res<Val> {
        if let (Ty::Num, Some(text)) = (&self.ty, &self.literal) {
            return Ok(Val::text(&text.clone()));
        }
        Ok(match self.ty {
            Ty::Text | Ty::DateTime | Ty::Time | Ty::Code(_) | Ty::Column(..) => Val { ty: Ty::Text, ..self },
            Ty::Empty => Val::new("null", 7, Ty::Text, true),
            Ty::Num | Ty::Date => Val::new(format!("text({})", self.code), 7, Ty::Text, self.nullable),
            Ty::Bool => {
                let value = self.exact();
                Val::new(format!("text({})", value.code), 7, Ty::Text, false)
            }
            Ty::Many(_) => Val::new(format!("join({}, ' ')", self.code), 7, Ty::Text, false),
            Ty::Row(_) | Ty::Opaque => return why("this answer is no text", "此答案不是文字"),
        })
    }

    /// As a text that is never null.
    pub(super) fn full_text(self) -> Res<Val> {
        let value = self.text_value()?;
        if !value.nullable {
            return Ok(value);
        }
        let code =
            if value.code == "null" { "''".to_owned() } else { format!("coalesce({}, '')", value.code) };
        Ok(Val::new(code, 7, Ty::Text, false))
    }

    /// As a date.
    pub(super) fn date(self) -> Res<Val> {
        Ok(match (&self.ty, &self.literal) {
            (Ty::Date, _) => self,
            (Ty::Empty, _) => Val::new("null", 7, Ty::Date, true),
            (Ty::Num, Some(text)) if text.contains('.') => {
                return why("a date made of a fraction of days", "由小数天数得出的日期");
            }
            (Ty::Num, _) => {
                let code = format!("date('1970-01-01') + {}", self.paren(5));
                Val::new(code, 4, Ty::Date, self.nullable)
            }
            (Ty::Text, Some(text)) => {
                let day = text.get(..10).unwrap_or(text);
                if doorstep_forms::expr::parse_date(day).is_none() {
                    return why(format!("{text} is no date"), format!("{text} 不是日期"));
                }
                Val::new(format!("date({})", quoted(day)), 7, Ty::Date, false)
            }
            (Ty::Text | Ty::DateTime | Ty::Column(..) | Ty::Code(_), _) => {
                Val::new(format!("date(substring({}, 0, 10))", self.code), 7, Ty::Date, true)
            }
            _ => return why("this answer is no date", "此答案不是日期"),
        })
    }
}

/// Whether all numbers among the names of a list are its codes too.
fn counts_as_written(form: &Form, list: ListId, ty: &Ty) -> bool {
    if matches!(ty, Ty::Column(..)) {
        return true;
    }
    form.lists[list].codes.iter().all(|(name, code)| name == code || plain_number(name).is_none())
}
