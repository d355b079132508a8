//! Static types, and the answers an expression reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::ast::{Kind, MacroKind, Node, Op};
use super::error::{ExprError, Reason};
use super::functions;
use super::value::parse_date;

/// The static type of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// Unknown: fits everywhere (rows of reports, the literal `[]`).
    Any,
    /// The literal `null`.
    Null,
    /// True or false.
    Bool,
    /// A number.
    Num,
    /// Text or a code.
    Text,
    /// A civil date.
    Date,
    /// A list.
    List(Arc<Type>),
    /// A record.
    Record(Arc<RecordType>),
}

/// The fields of a record type. Two record types are the same when their templates are.
#[derive(Debug, Default)]
pub struct RecordType {
    /// The path template of the record (`members/*`), empty for the root; names what is read.
    pub template: String,
    /// Known fields.
    pub fields: BTreeMap<String, Type>,
    /// Type of every other field, if other fields are allowed.
    pub open: Option<Type>,
    /// A multi-select: fields are its codes.
    pub multi: bool,
}

impl PartialEq for RecordType {
    fn eq(&self, other: &Self) -> bool {
        self.template == other.template
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Any => f.write_str("any"),
            Type::Null => f.write_str("null"),
            Type::Bool => f.write_str("bool"),
            Type::Num => f.write_str("number"),
            Type::Text => f.write_str("text"),
            Type::Date => f.write_str("date"),
            Type::List(item) => write!(f, "list of {item}"),
            Type::Record(r) if r.template.is_empty() => f.write_str("record doc"),
            Type::Record(r) => write!(f, "record {}", r.template),
        }
    }
}

impl Type {
    /// A list of `item`.
    pub fn list(item: Type) -> Type {
        Type::List(Arc::new(item))
    }

    /// Whether a value of this type may stand where `want` is wanted.
    pub fn fits(&self, want: &Type) -> bool {
        match (self, want) {
            (Type::Any | Type::Null, _) | (_, Type::Any) => true,
            (Type::List(a), Type::List(b)) => a.fits(b),
            (a, b) => a == b,
        }
    }

    /// The common type of two branches, if there is one.
    pub(super) fn join(&self, other: &Type) -> Option<Type> {
        match (self, other) {
            (Type::Null | Type::Any, t) | (t, Type::Null | Type::Any) => Some(t.clone()),
            (Type::List(a), Type::List(b)) => a.join(b).map(Type::list),
            (a, b) if a == b => Some(a.clone()),
            _ => None,
        }
    }

    /// The item type when this can be iterated: lists, and multi-selects (their ticked codes).
    pub(super) fn item(&self) -> Option<Type> {
        match self {
            Type::List(item) => Some((**item).clone()),
            Type::Record(r) if r.multi => Some(Type::Text),
            Type::Any | Type::Null => Some(Type::Any),
            _ => None,
        }
    }
}

/// The names in scope and their types.
#[derive(Debug, Clone, Default)]
pub struct TypeEnv {
    names: Vec<(Arc<str>, Type)>,
}

impl TypeEnv {
    /// Adds a name.
    pub fn with(mut self, name: &str, ty: Type) -> TypeEnv {
        self.names.push((name.into(), ty));
        self
    }

    fn get(&self, name: &str) -> Option<&Type> {
        self.names.iter().rev().find(|(n, _)| &**n == name).map(|(_, t)| t)
    }
}

/// The outcome of a check.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The type of the whole expression.
    pub ty: Type,
    /// Path templates of all fields read, such as `members` and `members/*/income`.
    pub reads: BTreeSet<String>,
}

pub(super) fn check(root: &Node, env: &TypeEnv) -> Result<Checked, ExprError> {
    let mut checker = Checker { env: env.clone(), reads: BTreeSet::new() };
    let ty = checker.visit(root)?;
    Ok(Checked { ty, reads: checker.reads })
}

pub(super) fn mismatch(pos: usize, expected: &str, found: &Type) -> ExprError {
    ExprError::new(pos, Reason::Type { expected: expected.into(), found: found.to_string() })
}

pub(super) struct Checker {
    env: TypeEnv,
    reads: BTreeSet<String>,
}

impl Checker {
    fn visit(&mut self, node: &Node) -> Result<Type, ExprError> {
        Ok(match &node.kind {
            Kind::Null => Type::Null,
            Kind::Bool(_) => Type::Bool,
            Kind::Num(_) => Type::Num,
            Kind::Text(_) => Type::Text,
            Kind::Ident(name) => match self.env.get(name) {
                Some(ty) => ty.clone(),
                None => {
                    let known = self.env.names.iter().map(|(name, _)| &**name);
                    return Err(
                        ExprError::new(node.pos, Reason::UnknownName(name.to_string())).near(name, known)
                    );
                }
            },
            Kind::List(items) => self.list(items)?,
            Kind::Field(inner, name) => {
                let ty = self.visit(inner)?;
                self.field(node.pos, &ty, &name.text)?
            }
            Kind::Index(inner, index) => self.index(node.pos, inner, index)?,
            Kind::Not(inner) => self.want(inner, &Type::Bool)?,
            Kind::Neg(inner) => self.want(inner, &Type::Num)?,
            Kind::Binary(op, left, right) => self.binary(node.pos, *op, left, right)?,
            Kind::Ternary(condition, yes, no) => {
                self.want(condition, &Type::Bool)?;
                let (a, b) = (self.visit(yes)?, self.visit(no)?);
                a.join(&b).ok_or_else(|| mismatch(no.pos, &a.to_string(), &b))?
            }
            Kind::Matches(subject, _) => {
                self.want(subject, &Type::Text)?;
                Type::Bool
            }
            Kind::Call(func, args) => {
                let mut types = Vec::with_capacity(args.len());
                for arg in args {
                    types.push((arg.pos, self.visit(arg)?));
                }
                functions::signature(*func, node.pos, &types)?
            }
            Kind::Macro(kind, list, variable, body) => self.comprehension(*kind, list, variable, body)?,
        })
    }

    fn want(&mut self, node: &Node, want: &Type) -> Result<Type, ExprError> {
        let ty = self.visit(node)?;
        if ty.fits(want) { Ok(want.clone()) } else { Err(mismatch(node.pos, &want.to_string(), &ty)) }
    }

    fn list(&mut self, items: &[Node]) -> Result<Type, ExprError> {
        let mut common = Type::Any;
        for item in items {
            let ty = self.visit(item)?;
            common = common.join(&ty).ok_or_else(|| mismatch(item.pos, &common.to_string(), &ty))?;
        }
        Ok(Type::list(common))
    }

    fn field(&mut self, pos: usize, ty: &Type, name: &str) -> Result<Type, ExprError> {
        let record = match ty {
            Type::Any | Type::Null => return Ok(Type::Any),
            Type::Record(record) => record,
            other => return Err(mismatch(pos, "record", other)),
        };
        let read =
            if record.template.is_empty() { name.to_string() } else { format!("{}/{name}", record.template) };
        let Some(ty) = record.fields.get(name).or(record.open.as_ref()) else {
            let reason = Reason::UnknownField { record: ty.to_string(), field: name.to_string() };
            return Err(ExprError::new(pos, reason).near(name, record.fields.keys().map(String::as_str)));
        };
        self.reads.insert(read);
        Ok(ty.clone())
    }

    fn index(&mut self, pos: usize, inner: &Node, index: &Node) -> Result<Type, ExprError> {
        let ty = self.visit(inner)?;
        let at = self.visit(index)?;
        match &ty {
            Type::Any | Type::Null => Ok(Type::Any),
            Type::List(item) if at.fits(&Type::Num) => Ok((**item).clone()),
            Type::List(item) if matches!(**item, Type::Record(_) | Type::Any) && at.fits(&Type::Text) => {
                Ok((**item).clone())
            }
            Type::List(_) => Err(mismatch(index.pos, "number or row id", &at)),
            Type::Record(record) => match &index.kind {
                Kind::Text(name) => self.field(pos, &ty, name),
                _ if record.multi && at.fits(&Type::Text) => Ok(Type::Bool),
                _ => Err(mismatch(index.pos, "text literal", &at)),
            },
            other => Err(mismatch(pos, "list", other)),
        }
    }

    fn binary(&mut self, pos: usize, op: Op, left: &Node, right: &Node) -> Result<Type, ExprError> {
        match op {
            Op::And | Op::Or => {
                self.want(left, &Type::Bool)?;
                self.want(right, &Type::Bool)
            }
            Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge => self.comparison(pos, op, left, right),
            Op::In => {
                let (a, b) = (self.visit(left)?, self.visit(right)?);
                let item = b.item().ok_or_else(|| mismatch(right.pos, "list", &b))?;
                comparable(pos, (left, &a), (right, &item))?;
                Ok(Type::Bool)
            }
            Op::Add => self.addition(pos, left, right),
            Op::Sub => self.subtraction(left, right),
            Op::Mul | Op::Div | Op::Rem => {
                self.want(left, &Type::Num)?;
                self.want(right, &Type::Num)
            }
        }
    }

    fn comparison(&mut self, pos: usize, op: Op, left: &Node, right: &Node) -> Result<Type, ExprError> {
        let (a, b) = (self.visit(left)?, self.visit(right)?);
        comparable(pos, (left, &a), (right, &b))?;
        let ordered = !matches!(op, Op::Eq | Op::Ne);
        for (node, ty) in [(left, &a), (right, &b)] {
            if ordered && !matches!(ty, Type::Num | Type::Text | Type::Date | Type::Any | Type::Null) {
                return Err(mismatch(node.pos, "number, text or date", ty));
            }
        }
        Ok(Type::Bool)
    }

    fn addition(&mut self, pos: usize, left: &Node, right: &Node) -> Result<Type, ExprError> {
        let (a, b) = (self.visit(left)?, self.visit(right)?);
        match (&a, &b) {
            (Type::Date, t) | (t, Type::Date) if t.fits(&Type::Num) => Ok(Type::Date),
            (Type::Any | Type::Null, Type::Any | Type::Null) => Ok(Type::Any),
            _ if a.fits(&Type::Num) && b.fits(&Type::Num) => Ok(Type::Num),
            _ if a.fits(&Type::Text) && b.fits(&Type::Text) => Ok(Type::Text),
            _ if a.fits(&Type::Num) => Err(mismatch(right.pos, "number", &b)),
            _ if a.fits(&Type::Text) => Err(mismatch(right.pos, "text", &b)),
            _ => Err(mismatch(pos, "number or text", &a)),
        }
    }

    fn subtraction(&mut self, left: &Node, right: &Node) -> Result<Type, ExprError> {
        let (a, b) = (self.visit(left)?, self.visit(right)?);
        match (&a, &b) {
            (Type::Date, Type::Date) => Ok(Type::Num),
            (Type::Date, t) if t.fits(&Type::Num) => Ok(Type::Date),
            (Type::Any | Type::Null, Type::Any | Type::Null | Type::Date) => Ok(Type::Any),
            _ if !a.fits(&Type::Num) => Err(mismatch(left.pos, "number", &a)),
            _ if !b.fits(&Type::Num) => Err(mismatch(right.pos, "number", &b)),
            _ => Ok(Type::Num),
        }
    }

    fn comprehension(
        &mut self,
        kind: MacroKind,
        list: &Node,
        variable: &Arc<str>,
        body: &Node,
    ) -> Result<Type, ExprError> {
        let ty = self.visit(list)?;
        let item = ty.item().ok_or_else(|| mismatch(list.pos, "list", &ty))?;
        if self.env.get(variable).is_some() {
            return Err(ExprError::new(body.pos, Reason::Shadow(variable.to_string())));
        }
        self.env.names.push((variable.clone(), item.clone()));
        let result = if kind == MacroKind::Map { self.visit(body) } else { self.want(body, &Type::Bool) };
        self.env.names.pop();
        let body = result?;
        Ok(match kind {
            MacroKind::Map => Type::list(body),
            MacroKind::Filter => Type::list(item),
            MacroKind::All | MacroKind::Exists | MacroKind::ExistsOne => Type::Bool,
        })
    }
}

fn comparable(pos: usize, left: (&Node, &Type), right: (&Node, &Type)) -> Result<(), ExprError> {
    if matches!(left.0.kind, Kind::Null) || matches!(right.0.kind, Kind::Null) {
        return Err(ExprError::new(pos, Reason::NullComparison));
    }
    match (left.1, right.1) {
        (Type::Date, Type::Text) => date_literal(right.0, left.1, right.1, pos),
        (Type::Text, Type::Date) => date_literal(left.0, left.1, right.1, pos),
        (Type::List(_) | Type::Record(_), _) | (_, Type::List(_) | Type::Record(_)) => {
            Err(incomparable(pos, left.1, right.1))
        }
        (a, b) if a.fits(b) || b.fits(a) => Ok(()),
        (a, b) => Err(incomparable(pos, a, b)),
    }
}

fn incomparable(pos: usize, left: &Type, right: &Type) -> ExprError {
    ExprError::new(pos, Reason::Compare { left: left.to_string(), right: right.to_string() })
}

/// A text may be compared with a date only when it is a literal that is a date.
fn date_literal(node: &Node, left: &Type, right: &Type, pos: usize) -> Result<(), ExprError> {
    match &node.kind {
        Kind::Text(text) if parse_date(text).is_some() => Ok(()),
        Kind::Text(text) => Err(ExprError::new(node.pos, Reason::DateLiteral(text.to_string()))),
        _ => Err(incomparable(pos, left, right)),
    }
}
