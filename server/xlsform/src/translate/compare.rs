//! Comparisons: XPath compares anything with anything, forms compare what is of one type.

use super::value::plain_number;
use super::{Out, Res, Translator, Ty, Val, why};
use crate::form::ListId;
use crate::xpath::{Op, X};

fn sign(op: Op) -> &'static str {
    match op {
        Op::Eq => "==",
        Op::Ne => "!=",
        Op::Lt => "<",
        Op::Le => "<=",
        Op::Gt => ">",
        _ => ">=",
    }
}

fn turned(op: Op) -> Op {
    match op {
        Op::Lt => Op::Gt,
        Op::Le => Op::Ge,
        Op::Gt => Op::Lt,
        Op::Ge => Op::Le,
        same => same,
    }
}

impl Translator<'_> {
    pub(super) fn compared(&self, op: Op, a: &X, b: &X) -> Res<Val> {
        match (self.out(a)?, self.out(b)?) {
            (Out::One(a), Out::One(b)) => self.compare(op, a, b),
            (Out::Nodes(nodes), Out::One(b)) => self.any(&nodes, &|a| self.compare(op, a, b.clone())),
            (Out::One(a), Out::Nodes(nodes)) => self.any(&nodes, &|b| self.compare(op, a.clone(), b)),
            (Out::Nodes(_), Out::Nodes(_)) => {
                why("two answers of many rows are compared", "比较了两个多行的答案")
            }
        }
    }

    fn compare(&self, op: Op, a: Val, b: Val) -> Res<Val> {
        let equality = matches!(op, Op::Eq | Op::Ne);
        if b.ty == Ty::Empty {
            return Ok(against_nothing(op, &a));
        }
        if a.ty == Ty::Empty {
            return Ok(against_nothing(op, &b));
        }
        // What decides stands on the left.
        let rank = |value: &Val| match value.ty {
            Ty::Row(_) | Ty::Opaque => 9,
            Ty::Many(_) => 8,
            Ty::Bool => 7,
            Ty::Date => 6,
            Ty::DateTime => 5,
            Ty::Time => 4,
            Ty::Code(_) => 3,
            Ty::Num => 2,
            Ty::Column(..) => 1,
            Ty::Text | Ty::Empty => 0,
        };
        let swapped = rank(&b) > rank(&a);
        let (op, a, b) = if swapped { (turned(op), b, a) } else { (op, a, b) };
        match (&a.ty, &b.ty) {
            (Ty::Row(_) | Ty::Opaque, _) => why("this answer cannot be compared", "此答案不能比较"),
            (Ty::Many(list), _) if equality => self.many(op, *list, &a, &b),
            (Ty::Bool, _) if equality => truths(op, a, b),
            (Ty::Date, Ty::Num) => Ok(related(op, a.number(self.form)?, b)),
            (Ty::Date, _) => Ok(related(op, a, b.date()?)),
            (Ty::DateTime, Ty::Text) if b.literal.as_ref().is_some_and(|text| text.len() == 10) => {
                Ok(related(op, a.date()?, b.date()?))
            }
            (Ty::DateTime, Ty::DateTime | Ty::Text) => Ok(related(op, a, b)),
            (Ty::DateTime, Ty::Num) => Ok(related(op, a.number(self.form)?, b)),
            (Ty::Time, Ty::Time | Ty::Text) => Ok(related(op, a, b)),
            (Ty::Code(list), Ty::Num | Ty::Text) if equality && b.literal.is_some() => {
                Ok(related(op, a.clone(), Val::text(&self.meant(*list, &b))))
            }
            (Ty::Code(list), Ty::Column(of, column)) if equality => {
                let b = self.recoded(b.clone(), *of, column, *list);
                Ok(related(op, a, b))
            }
            (Ty::Code(_), Ty::Code(_) | Ty::Text) if equality => Ok(related(op, a, b)),
            (Ty::Num, Ty::Text) if equality && b.literal.is_some() => numbers(op, a, &b),
            (Ty::Text | Ty::Column(..), Ty::Text | Ty::Column(..)) if equality => Ok(related(op, a, b)),
            (Ty::Column(..), Ty::Num) | (Ty::Num, Ty::Column(..)) if equality && b.literal.is_some() => {
                Ok(related(op, a.number(self.form)?, b.number(self.form)?))
            }
            _ => {
                // Numbers stand in the order they were written in.
                let (op, a, b) = if swapped { (turned(op), b, a) } else { (op, a, b) };
                Ok(related(op, a.number(self.form)?, b.number(self.form)?))
            }
        }
    }

    /// The code a literal means in a list: as it stands there, else the one that is the same number.
    fn meant(&self, list: ListId, literal: &Val) -> String {
        let text = literal.literal.clone().unwrap_or_default();
        let data = &self.form.lists[list];
        if !data.codes.contains_key(&text)
            && let Some(number) = plain_number(&text)
        {
            let same = |choice: &&crate::form::Choice| plain_number(&choice.name).as_ref() == Some(&number);
            if let Some(choice) = data.choices.iter().find(same) {
                return choice.code.clone();
            }
        }
        data.code_of(&text)
    }

    /// A column whose cells are names of another list, with the codes of that list.
    pub(super) fn recoded(&self, value: Val, of: ListId, column: &str, list: ListId) -> Val {
        if self.form.lists[list].is_plain() {
            return value;
        }
        self.recoded.borrow_mut().insert((of, column.to_owned(), list));
        let ident = crate::choices::recoded(column, &self.form.lists[list].key);
        Val::new(format!("code.{ident}"), 7, Ty::Column(of, ident), true)
    }

    /// All ticks of a question as one text: only that one choice can be meant.
    fn many(&self, op: Op, list: ListId, a: &Val, b: &Val) -> Res<Val> {
        let one = b.literal.as_ref().filter(|text| !text.contains(' '));
        let Some(text) = one.filter(|_| matches!(b.ty, Ty::Text | Ty::Num)) else {
            return why("all ticks of a question are compared with something", "多选题的全部选项参与了比较");
        };
        let code = super::value::quoted(&self.form.lists[list].code_of(text));
        let only = Val::bool(format!("{code} in {} && size({}) == 1", a.code, a.code), 2, None);
        Ok(if op == Op::Eq { only } else { only.not() })
    }
}

/// `x = ''` and `x != ''`; nothing is smaller or larger than the empty text.
fn against_nothing(op: Op, value: &Val) -> Val {
    match op {
        Op::Ne => value.is_there(),
        Op::Eq => match value.is_there() {
            there if there.code == "true" => Val::constant(false),
            there if there.code == "false" => Val::constant(true),
            there if there.code.ends_with(") > 0") => {
                Val::bool(format!("{} == 0", there.code.trim_end_matches(" > 0")), 3, None)
            }
            there => there.not(),
        },
        _ => Val::constant(false),
    }
}

/// A comparison of one type. Null is the empty text: equal to nothing but another one.
fn related(op: Op, a: Val, b: Val) -> Val {
    // What is no number at all is equal to nothing, and no smaller or larger.
    if a.code == "null" || b.code == "null" {
        return Val::constant(op == Op::Ne);
    }
    let code = format!("{} {} {}", a.paren(4), sign(op), b.paren(4));
    match (op, a.nullable, b.nullable) {
        (Op::Eq, true, true) => {
            let both = format!("!has({}) && !has({})", a.code, b.code);
            Val::bool(format!("coalesce({code}, {both})"), 7, None)
        }
        (Op::Ne, true, true) => {
            let either = format!("has({}) || has({})", a.code, b.code);
            Val::bool(format!("coalesce({code}, {either})"), 7, None)
        }
        (_, false, false) => Val::bool(code, 3, None),
        (Op::Ne, ..) => Val::bool(code, 3, Some(true)),
        _ => Val::bool(code, 3, Some(false)),
    }
}

/// A number against a literal that may be none.
fn numbers(op: Op, a: Val, b: &Val) -> Res<Val> {
    let text = b.literal.clone().unwrap_or_default();
    match plain_number(&text) {
        Some(number) => Ok(related(op, a, Val::num(&number)?)),
        None if text == "NaN" && op == Op::Ne => Ok(a.is_there()),
        None if text == "NaN" => Ok(a.is_there().not()),
        None => Ok(Val::constant(op == Op::Ne)),
    }
}

/// A condition against another, or against the text that stands for one.
fn truths(op: Op, a: Val, b: Val) -> Res<Val> {
    if b.ty == Ty::Bool {
        let (a, b) = (a.exact(), b.exact());
        return Ok(Val::bool(format!("{} {} {}", a.paren(4), sign(op), b.paren(4)), 3, None));
    }
    let text = b.literal.as_ref().map(|text| text.to_lowercase());
    let yes = match text.as_deref() {
        Some("true" | "ok" | "yes" | "1") => true,
        Some("false" | "no" | "0") => false,
        _ => {
            return why("yes or no is compared with another text", "是否题与其他文字比较");
        }
    };
    let same = (op == Op::Eq) == yes;
    Ok(if same { a } else { a.exact().not() })
}
