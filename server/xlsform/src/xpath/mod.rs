//! XPath as XLSForms write it: lexer, parser, tree. What it means is the matter of `translate`.

mod lexer;
mod parser;

pub(crate) use parser::parse;

/// An operator with two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// `.` or `current()`
    This,
    /// `..`
    Parent,
    /// A name.
    Child(String),
}

/// The tree of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum X {
    /// A number as it stands.
    Num(String),
    /// A text.
    Text(String),
    /// `${name}`
    Ref(String),
    /// `${last-saved#name}`
    LastSaved(String),
    /// A path; absolute when it starts with `/`.
    Path {
        absolute: bool,
        steps: Vec<Step>,
    },
    /// Steps below another expression: `${rep}/name`, `instance('x')/root/item`.
    Below(Box<X>, Vec<Step>),
    /// Something with conditions in brackets.
    Filter(Box<X>, Box<X>),
    Call(String, Vec<X>),
    Neg(Box<X>),
    Binary(Op, Box<X>, Box<X>),
    /// All of them; at least two.
    And(Vec<X>),
    /// Any of them; at least two.
    Or(Vec<X>),
}

/// What is wrong with an expression, and the character where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) position: usize,
    pub(crate) found: String,
}

impl SyntaxError {
    fn new(position: usize, found: impl Into<String>) -> SyntaxError {
        SyntaxError { position, found: found.into() }
    }
}

/// What is found where an expression ends too early.
pub(crate) const END: &str = "the end";

/// Typographic quotes as the plain ones that were meant, as pyxform does.
pub(crate) fn straight(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            other => other,
        })
        .collect()
}
