//! Simple conditions in words, for people who read a form on paper: "House is A and Illness is ticked".
//!
//! Only what can be said plainly is said; anything else gives `None` and is shown as it is written.

use super::Expr;
use super::ast::{Kind, Node, Op};
use super::functions::Func;
use super::value::decimal_text;

/// What the words need to know of a form.
pub(crate) trait Naming {
    /// The title of the answer `doc.a.b` (`base` = doc), `row.c`...; of a tick with its code.
    fn title(&self, base: &str, fields: &[&str]) -> Option<String>;
    /// The label of a code at that answer.
    fn label(&self, base: &str, fields: &[&str], code: &str) -> Option<String>;
    /// Chinese or English.
    fn zh(&self) -> bool;
}

impl Expr {
    /// The condition in words, if it can be said plainly.
    pub(crate) fn describe(&self, naming: &dyn Naming) -> Option<String> {
        Teller { naming }.tell(&self.root)
    }
}

/// `doc.a.b` as its base and fields.
fn path(node: &Node) -> Option<(&str, Vec<&str>)> {
    match &node.kind {
        Kind::Ident(name) => Some((&**name, Vec::new())),
        Kind::Field(inner, name) => {
            let (base, mut fields) = path(inner)?;
            fields.push(&name.text);
            Some((base, fields))
        }
        _ => None,
    }
}

struct Teller<'n> {
    naming: &'n dyn Naming,
}

impl Teller<'_> {
    fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        if self.naming.zh() { zh } else { en }
    }

    fn tell(&self, node: &Node) -> Option<String> {
        match &node.kind {
            Kind::Binary(op @ (Op::And | Op::Or), left, right) => {
                let word =
                    if *op == Op::And { self.pick("，且", " and ") } else { self.pick("，或", " or ") };
                Some(format!("{}{word}{}", self.side(*op, left)?, self.side(*op, right)?))
            }
            Kind::Binary(Op::In, item, list) => self.one_of(item, list),
            Kind::Binary(op, left, right) => self.compare(*op, left, right),
            Kind::Not(inner) => {
                let (open, close) = (self.pick("并非（", "not ("), self.pick("）", ")"));
                Some(format!("{open}{}{close}", self.tell(inner)?))
            }
            Kind::Call(Func::Has, args) => {
                let title = self.answer(args.first()?)?;
                Some(format!("{title}{}", self.pick("已填写", " is answered")))
            }
            Kind::Field(..) => Some(format!("{}{}", self.answer(node)?, self.pick("为“是”", " is yes"))),
            _ => None,
        }
    }

    /// An "or" inside an "and" (or the other way round) stands in brackets.
    fn side(&self, around: Op, node: &Node) -> Option<String> {
        let told = self.tell(node)?;
        match &node.kind {
            Kind::Binary(op @ (Op::And | Op::Or), ..) if *op != around => {
                Some(format!("{}{told}{}", self.pick("（", "("), self.pick("）", ")")))
            }
            _ => Some(told),
        }
    }

    fn answer(&self, node: &Node) -> Option<String> {
        let (base, fields) = path(node)?;
        self.naming.title(base, &fields)
    }

    fn value(&self, of: &Node, value: &Node) -> Option<String> {
        match &value.kind {
            Kind::Num(n) => Some(decimal_text(n)),
            Kind::Bool(yes) => {
                Some(if *yes { self.pick("是", "yes") } else { self.pick("否", "no") }.to_string())
            }
            Kind::Text(code) => {
                let (base, fields) = path(of)?;
                Some(self.naming.label(base, &fields, code).unwrap_or_else(|| code.to_string()))
            }
            Kind::Field(..) => self.answer(value),
            _ => None,
        }
    }

    fn compare(&self, op: Op, left: &Node, right: &Node) -> Option<String> {
        let word = match op {
            Op::Eq => self.pick("为", " is "),
            Op::Ne => self.pick("不为", " is not "),
            Op::Lt => self.pick("小于", " is less than "),
            Op::Le => self.pick("不超过", " is at most "),
            Op::Gt => self.pick("大于", " is more than "),
            Op::Ge => self.pick("不少于", " is at least "),
            _ => return None,
        };
        Some(format!("{}{word}{}", self.answer(left)?, self.value(left, right)?))
    }

    fn one_of(&self, item: &Node, list: &Node) -> Option<String> {
        if let Kind::Text(code) = &item.kind {
            // 'illness' in doc.causes
            let (base, mut fields) = path(list)?;
            fields.push(code);
            let title = self.naming.title(base, &fields)?;
            return Some(format!("{title}{}", self.pick("为“是”", " is yes")));
        }
        let Kind::List(items) = &list.kind else { return None };
        let values: Option<Vec<String>> = items.iter().map(|value| self.value(item, value)).collect();
        Some(format!(
            "{}{}{}",
            self.answer(item)?,
            self.pick("为", " is "),
            values?.join(self.pick("或", " or "))
        ))
    }
}
