//! The syntax tree.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use regex::Regex;
use rust_decimal::Decimal;

use super::functions::Func;

/// A node and the character offset where it starts.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) pos: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Num(Decimal),
    Text(Arc<str>),
    Ident(Arc<str>),
    List(Vec<Node>),
    Field(Box<Node>, FieldName),
    Index(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Neg(Box<Node>),
    Binary(Op, Box<Node>, Box<Node>),
    Ternary(Box<Node>, Box<Node>, Box<Node>),
    Call(Func, Vec<Node>),
    /// `matches` with its literal pattern, compiled once.
    Matches(Box<Node>, Pattern),
    Macro(MacroKind, Box<Node>, Arc<str>, Box<Node>),
}

/// The name of a field, and where it was found last among the sorted fields of a record: records of one kind nearly always
/// have it at the same place.
#[derive(Debug)]
pub(super) struct FieldName {
    pub(super) text: Arc<str>,
    pub(super) found_at: AtomicUsize,
}

impl From<String> for FieldName {
    fn from(text: String) -> FieldName {
        FieldName { text: text.into(), found_at: AtomicUsize::new(0) }
    }
}

impl Clone for FieldName {
    fn clone(&self) -> FieldName {
        FieldName { text: self.text.clone(), found_at: AtomicUsize::new(0) }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) text: Arc<str>,
    pub(super) regex: Regex,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

impl Op {
    /// Binding strength: a larger number binds tighter. All operators are left-associative.
    pub(super) fn strength(self) -> u8 {
        match self {
            Op::Or => 1,
            Op::And => 2,
            Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::In => 3,
            Op::Add | Op::Sub => 4,
            Op::Mul | Op::Div | Op::Rem => 5,
        }
    }

    pub(super) fn symbol(self) -> &'static str {
        match self {
            Op::Or => "||",
            Op::And => "&&",
            Op::Eq => "==",
            Op::Ne => "!=",
            Op::Lt => "<",
            Op::Le => "<=",
            Op::Gt => ">",
            Op::Ge => ">=",
            Op::In => "in",
            Op::Add => "+",
            Op::Sub => "-",
            Op::Mul => "*",
            Op::Div => "/",
            Op::Rem => "%",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MacroKind {
    Map,
    Filter,
    All,
    Exists,
    ExistsOne,
}

impl MacroKind {
    pub(super) fn by_name(name: &str) -> Option<MacroKind> {
        Some(match name {
            "map" => MacroKind::Map,
            "filter" => MacroKind::Filter,
            "all" => MacroKind::All,
            "exists" => MacroKind::Exists,
            "exists_one" => MacroKind::ExistsOne,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            MacroKind::Map => "map",
            MacroKind::Filter => "filter",
            MacroKind::All => "all",
            MacroKind::Exists => "exists",
            MacroKind::ExistsOne => "exists_one",
        }
    }
}
