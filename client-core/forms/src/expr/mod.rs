//! The expression language of forms and reports: the syntax of CEL with our own *total* semantics.
//!
//! Total means: evaluation always ends, never panics, and answers `null` where there is no answer. A missing
//! answer is `null`; operators and functions pass `null` on; `&&`, `||` and `!` are three-valued. There is one
//! number type (decimal), and no clock. Types are checked against the schema when a form is published, so that a
//! mistyped rule is refused with its position instead of failing on a phone.
//!
//! [`Expr::parse`] gives the tree, [`Expr::check`] its static [`Type`] and the answers it reads,
//! [`Expr::eval`] its [`Value`] over a [`Scope`].

mod ast;
mod describe;
mod error;
mod eval;
mod functions;
mod idcard;
mod lexer;
mod parser;
mod print;
mod row;
mod shape;
mod types;
mod value;

#[cfg(test)]
mod tests;

pub use error::{ExprError, Reason};
pub use eval::{Budget, Note, Scope};
pub use row::{eval_on_row, row_value};
pub use shape::RowShape;
pub use types::{Checked, RecordType, Type, TypeEnv};
pub use value::{Missing, Record, Table, Value, date_text, parse_date, parse_decimal};

pub(crate) use describe::Naming;
pub(crate) use row::is_row_id;
pub(crate) use value::decimal_text;

use ast::Node;

/// A parsed expression. Cheap to evaluate many times; `Send + Sync`.
#[derive(Debug, Clone)]
pub struct Expr {
    root: Node,
}

impl Expr {
    /// Parses `text`. Refuses text over [`crate::limits::EXPR_BYTES`], nesting over
    /// [`crate::limits::EXPR_DEPTH`], unknown functions, wrong numbers of arguments and bad patterns.
    pub fn parse(text: &str) -> Result<Expr, ExprError> {
        Ok(Expr { root: parser::parse(text)? })
    }

    /// The static type of the expression and the answer templates it reads.
    pub fn check(&self, env: &TypeEnv) -> Result<Checked, ExprError> {
        types::check(&self.root, env)
    }

    /// Evaluates over `scope`. Always returns; running out of `budget` gives `Value::Null` and a note.
    pub fn eval(&self, scope: &mut Scope, budget: &mut Budget) -> Value {
        eval::run(&self.root, scope, budget)
    }
}

impl std::fmt::Display for Expr {
    /// Prints the expression so that parsing the result gives the same tree.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&print::print(&self.root))
    }
}
