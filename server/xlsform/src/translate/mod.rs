//! From XPath to the expressions of forms.
//!
//! XPath knows texts, numbers and empty texts, and compares anything with anything; a form knows types, and what is
//! missing is null. So every part is translated with its type, and with what null would have been in XPath: an
//! unanswered question is the empty text there, `'' = 'a'` is false and `'' != 'a'` is true. Where null would lead
//! somewhere else, a `coalesce` says what was meant.

mod compare;
mod dates;
mod functions;
mod many;
mod paths;
mod regex;
mod selected;
mod textual;
mod value;

#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};

pub(crate) use paths::type_of;
pub(crate) use value::{Ty, Val};

use crate::form::{Form, Id, Kind, ListId};
use crate::limits;
use crate::said::Said;
use crate::xpath::{self, Op, X};
use many::Nodes;

/// Why an expression is not translated.
pub(crate) type Why = Said;
type Res<T> = Result<T, Why>;

/// Something in a row of many, or one value.
pub(crate) enum Out {
    One(Val),
    Nodes(Nodes),
}

/// A translated expression.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) code: String,
    pub(crate) ty: Ty,
    /// Questions it reads.
    pub(crate) reads: BTreeSet<Id>,
    /// What the translation means differently.
    pub(crate) notes: Vec<Said>,
    /// Columns of lists that must exist with the codes of another list: list, column, other list.
    pub(crate) recoded: BTreeSet<(ListId, String, ListId)>,
}

/// Types of the calculations, worked out when they are first read.
#[derive(Default)]
pub(crate) struct Calculations {
    done: RefCell<HashMap<Id, Result<Done, Why>>>,
    open: RefCell<Vec<Id>>,
}

/// Where an expression stands.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    /// The question it belongs to; none for the form as a whole.
    pub(crate) node: Option<Id>,
    /// `.` is the answer that is being checked.
    pub(crate) constraint: bool,
    /// Names are columns of this list.
    pub(crate) filter: Option<ListId>,
}

pub(crate) struct Translator<'a> {
    form: &'a Form,
    calculations: &'a Calculations,
    place: Place,
    rosters: Vec<Id>,
    reads: RefCell<BTreeSet<Id>>,
    notes: RefCell<Vec<Said>>,
    recoded: RefCell<BTreeSet<(ListId, String, ListId)>>,
    variables: Cell<usize>,
}

fn why<T>(en: impl Into<String>, zh: impl Into<String>) -> Res<T> {
    Err(Said::new(en, zh))
}

impl<'a> Translator<'a> {
    pub(crate) fn new(form: &'a Form, calculations: &'a Calculations, place: Place) -> Translator<'a> {
        Translator {
            form,
            calculations,
            place,
            rosters: form.rosters(place.node),
            reads: RefCell::default(),
            notes: RefCell::default(),
            recoded: RefCell::default(),
            variables: Cell::new(0),
        }
    }

    /// A condition where null counts as false (relevance, required).
    pub(crate) fn condition(self, text: &str) -> Res<Done> {
        let value = self.whole(text)?.settled_for(false);
        self.done(value)
    }

    /// A condition where null counts as passed (constraints).
    pub(crate) fn check(self, text: &str) -> Res<Done> {
        let value = self.whole(text)?.settled_for(true);
        self.done(value)
    }

    /// A filter of choices: null offers nothing.
    pub(crate) fn filter(self, text: &str) -> Res<Done> {
        self.condition(text)
    }

    fn whole(&self, text: &str) -> Res<Val> {
        let tree = parsed(text)?;
        self.bool(&tree)
    }

    /// A value of any type.
    pub(crate) fn value(self, text: &str) -> Res<Done> {
        let tree = parsed(text)?;
        let value = self.one(&tree)?.exact();
        let value = match value.ty {
            Ty::Many(_) => value.text_value()?,
            Ty::Opaque => return why("this answer cannot be copied", "此答案不能复制"),
            _ => value,
        };
        self.done(value)
    }

    /// A value for an answer of a kind.
    pub(crate) fn value_for(self, text: &str, kind: &Kind) -> Res<Done> {
        let tree = parsed(text)?;
        let value = self.one(&tree)?;
        let value = match kind {
            Kind::Integer | Kind::Decimal => value.number(self.form)?,
            Kind::Date => value.date()?,
            Kind::Acknowledge => value.truth().exact(),
            Kind::SelectOne(list) => match value.as_text_literal() {
                Some(text) => Val::text(&self.form.lists[*list].code_of(&text)),
                None => value.text_value()?,
            },
            Kind::DateTime | Kind::Time => {
                if !matches!(value.ty, Ty::DateTime | Ty::Time | Ty::Empty) {
                    return why("the time of the day is not known to a form", "表单无法得知一天中的时间");
                }
                value.text_value()?
            }
            Kind::Text | Kind::Note => value.text_value()?,
            _ => {
                return why("an answer of this type cannot be calculated", "此题型不能计算");
            }
        };
        self.done(value)
    }

    fn done(self, value: Val) -> Res<Done> {
        if value.code.len() > doorstep_forms::limits::EXPR_BYTES {
            return why("the expression becomes too long", "译出的表达式过长");
        }
        // The parser of forms has the last word: patterns, depth, arguments.
        if let Err(error) = doorstep_forms::expr::Expr::parse(&value.code) {
            return why(format!("forms refuse it: {error}"), format!("表单不接受：{}", error.reason.zh()));
        }
        let notes = self.notes.into_inner();
        Ok(Done {
            code: value.code,
            ty: value.ty,
            reads: self.reads.into_inner(),
            notes,
            recoded: self.recoded.into_inner(),
        })
    }

    fn note(&self, en: &str, zh: &str) {
        let said = Said::new(en, zh);
        let mut notes = self.notes.borrow_mut();
        if !notes.contains(&said) {
            notes.push(said);
        }
    }

    fn variable(&self) -> String {
        self.variables.set(self.variables.get() + 1);
        format!("r{}", self.variables.get())
    }

    fn out(&self, x: &X) -> Res<Out> {
        let out = self.part(x)?;
        // Some parts are written more than once: what contains them must not grow without end.
        match &out {
            Out::One(value) if value.code.len() > doorstep_forms::limits::EXPR_BYTES => {
                why("the expression becomes too long", "译出的表达式过长")
            }
            _ => Ok(out),
        }
    }

    fn part(&self, x: &X) -> Res<Out> {
        Ok(match x {
            X::Num(text) => Out::One(Val::num(text)?),
            X::Text(text) => Out::One(if text.is_empty() { Val::empty() } else { Val::text(text) }),
            X::Ref(name) => self.named(name)?,
            X::Path { absolute, steps } => self.path(*absolute, steps)?,
            X::LastSaved(name) => {
                return why(
                    format!("a form does not know the last saved answer of {name}"),
                    format!("表单不保存 {name} 的上次答案"),
                );
            }
            X::Filter(..) => {
                return why("conditions in [ ] have no counterpart", "没有与方括号条件对应的写法");
            }
            X::Below(..) => {
                return why("paths below an expression have no counterpart", "没有与此路径对应的写法");
            }
            X::Call(name, args) => self.call(name, args)?,
            X::Neg(inner) => Out::One(self.num(inner)?.negated()),
            X::Binary(op, a, b) => Out::One(self.binary(*op, a, b)?),
            X::And(list) => Out::One(self.all(list, true)?),
            X::Or(list) => Out::One(self.all(list, false)?),
        })
    }

    fn one(&self, x: &X) -> Res<Val> {
        match self.out(x)? {
            Out::One(value) => Ok(value),
            Out::Nodes(_) => why(
                "this reads an answer of many rows where one is due",
                "此处需要单个答案，却引用了多行的答案",
            ),
        }
    }

    fn bool(&self, x: &X) -> Res<Val> {
        Ok(match self.out(x)? {
            Out::One(value) => value.truth(),
            Out::Nodes(nodes) => Val::bool(format!("{} > 0", self.count(&nodes)?.code), 3, None),
        })
    }

    fn num(&self, x: &X) -> Res<Val> {
        self.one(x)?.number(self.form)
    }

    fn binary(&self, op: Op, a: &X, b: &X) -> Res<Val> {
        match op {
            Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge => self.compared(op, a, b),
            Op::Add | Op::Sub => {
                let (a, b) = (self.one(a)?, self.one(b)?);
                dates::added(op == Op::Add, a, b, self.form)
            }
            Op::Mul => Ok(Val::infix("*", 5, self.num(a)?, self.num(b)?)),
            Op::Div => Ok(Val::infix("/", 5, self.num(a)?, self.num(b)?).may_be_null()),
            Op::Mod => Ok(Val::infix("%", 5, self.num(a)?, self.num(b)?).may_be_null()),
        }
    }

    /// `and` or `or` of several conditions. Null stands for false in some and for true in others; only one meaning may
    /// remain, so the rarer one is said.
    fn all(&self, list: &[X], and: bool) -> Res<Val> {
        let mut values = Vec::with_capacity(list.len());
        for x in list {
            values.push(self.bool(x)?);
        }
        let false_is_null = values.iter().any(|value| value.null_is == Some(false));
        let keep = if false_is_null { Some(false) } else { Some(true) };
        let mixed = values.iter().any(|value| value.null_is.is_some() && value.null_is != keep);
        let null_is = values.iter().any(|value| value.null_is.is_some()).then_some(keep).flatten();
        if mixed {
            values = values.into_iter().map(|v| if v.null_is == keep { v } else { v.exact() }).collect();
        }
        let (sign, strength) = if and { ("&&", 2) } else { ("||", 1) };
        let code = balanced(&values, sign, strength);
        Ok(Val::bool(code, strength, null_is))
    }

    /// The translated calculation of a question.
    pub(crate) fn calculation(form: &Form, all: &Calculations, id: Id) -> Res<Done> {
        if let Some(done) = all.done.borrow().get(&id) {
            return done.clone();
        }
        let circle = all.open.borrow().contains(&id);
        if circle || all.open.borrow().len() >= limits::CALCULATION_DEPTH {
            let name = &form.nodes[id].name;
            return why(
                format!("the calculation of {name} leads back to itself, or through too many others"),
                format!("{name} 的计算循环引用或层次过多"),
            );
        }
        all.open.borrow_mut().push(id);
        let node = &form.nodes[id];
        let translator = Translator::new(form, all, Place { node: Some(id), ..Place::default() });
        let result = match &node.calculation {
            Some((text, _)) if node.kind == Kind::Calculate => translator.value(text),
            Some((text, _)) => translator.value_for(text, &node.kind),
            None => why("there is no calculation", "没有计算"),
        };
        all.open.borrow_mut().pop();
        all.done.borrow_mut().insert(id, result.clone());
        result
    }
}

fn parsed(text: &str) -> Res<X> {
    xpath::parse(&xpath::straight(text)).map_err(|error| {
        let (found, at) = (&error.found, error.position + 1);
        let wide = found.chars().next().filter(|sign| ('\u{FF01}'..='\u{FF5E}').contains(sign));
        let (en, zh) = match (found.as_str(), wide) {
            (xpath::END, _) => (String::new(), "表达式不完整".to_owned()),
            (_, Some(_)) => (
                " (full-width; the half-width sign is meant)".to_owned(),
                format!("此处的 {found} 为全角，应写半角"),
            ),
            _ => (String::new(), format!("此处的 {found} 无法识别")),
        };
        Said::new(
            format!("the expression cannot be read: {found} at character {at}{en}"),
            format!("表达式无法识别：第 {at} 个字符，{zh}"),
        )
    })
}

/// Joins conditions as a tree that is as low as it can be: forms bound its height.
fn balanced(values: &[Val], sign: &str, strength: u8) -> String {
    match values {
        [] => "true".to_owned(),
        [one] => one.paren(strength + 1),
        // A few are written flat, as a person would.
        _ if values.len() <= 40 => {
            let parts: Vec<String> = values.iter().map(|value| value.paren(strength + 1)).collect();
            parts.join(&format!(" {sign} "))
        }
        _ => {
            let (left, right) = values.split_at(values.len() / 2);
            let side = |values| format!("({})", balanced(values, sign, strength));
            format!("{} {sign} {}", side(left), side(right))
        }
    }
}
