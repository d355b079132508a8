//! A tree back to text, every operator in parentheses.

use super::ast::{Kind, Node};
use super::value::decimal_text;

pub(super) fn print(node: &Node) -> String {
    let mut out = String::new();
    write(node, &mut out);
    out
}

fn list(items: &[Node], out: &mut String) {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write(item, out);
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('\'');
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
}

fn write(node: &Node, out: &mut String) {
    match &node.kind {
        Kind::Null => out.push_str("null"),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Num(n) => out.push_str(&decimal_text(n)),
        Kind::Text(t) => quote(t, out),
        Kind::Ident(name) => out.push_str(name),
        Kind::List(items) => {
            out.push('[');
            list(items, out);
            out.push(']');
        }
        Kind::Field(inner, name) => {
            write(inner, out);
            out.push('.');
            out.push_str(&name.text);
        }
        Kind::Index(inner, index) => {
            write(inner, out);
            out.push('[');
            write(index, out);
            out.push(']');
        }
        Kind::Not(inner) => {
            out.push_str("(!");
            write(inner, out);
            out.push(')');
        }
        Kind::Neg(inner) => {
            out.push_str("(-");
            write(inner, out);
            out.push(')');
        }
        Kind::Binary(op, left, right) => {
            out.push('(');
            write(left, out);
            out.push(' ');
            out.push_str(op.symbol());
            out.push(' ');
            write(right, out);
            out.push(')');
        }
        Kind::Ternary(condition, yes, no) => {
            out.push('(');
            write(condition, out);
            out.push_str(" ? ");
            write(yes, out);
            out.push_str(" : ");
            write(no, out);
            out.push(')');
        }
        Kind::Call(func, args) => {
            out.push_str(func.name());
            out.push('(');
            list(args, out);
            out.push(')');
        }
        Kind::Matches(subject, pattern) => {
            out.push_str("matches(");
            write(subject, out);
            out.push_str(", ");
            quote(&pattern.text, out);
            out.push(')');
        }
        Kind::Macro(kind, inner, variable, body) => {
            write(inner, out);
            out.push('.');
            out.push_str(kind.name());
            out.push('(');
            out.push_str(variable);
            out.push_str(", ");
            write(body, out);
            out.push(')');
        }
    }
}
