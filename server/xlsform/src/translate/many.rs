//! Answers of many rows, and what is worked out over them.

use super::{Res, Translator, Ty, Val, why};

/// Rows of one repeat, or of a repeat inside each row of another, with one answer of each row.
#[derive(Debug, Clone)]
pub(crate) struct Nodes {
    /// The list of the outermost rows (`doc.members`), then paths below a row.
    pub(super) levels: Vec<String>,
    /// Path of the answer below the innermost row, and its type; none for the rows themselves.
    pub(super) leaf: Option<(String, Ty)>,
}

impl Translator<'_> {
    /// `outer(rows.map(r, ... inner))`, one level in another.
    fn folded(&self, nodes: &Nodes, outer: &str, inner: &dyn Fn(&str) -> Res<String>) -> Res<String> {
        let mut variables = Vec::new();
        let mut lists = Vec::new();
        for level in &nodes.levels {
            let list = match variables.last() {
                None => level.clone(),
                Some(above) => format!("{above}.{level}"),
            };
            lists.push(list);
            variables.push(self.variable());
        }
        let last = variables.last().map_or("", String::as_str);
        let mut code = inner(last)?;
        for (list, variable) in lists.iter().zip(&variables).rev() {
            code = format!("{outer}({list}.map({variable}, {code}))");
        }
        Ok(code)
    }

    fn leaf(nodes: &Nodes, variable: &str) -> Val {
        match &nodes.leaf {
            Some((path, ty)) => {
                Val::new(format!("{variable}.{path}"), 7, ty.clone(), !matches!(ty, Ty::Many(_)))
            }
            None => Val::new(format!("{variable}._id"), 7, Ty::Text, false),
        }
    }

    /// The number of rows.
    pub(super) fn count(&self, nodes: &Nodes) -> Res<Val> {
        let code = match nodes.levels.as_slice() {
            [one] => format!("size({one})"),
            [first, second] => {
                let row = self.variable();
                format!("sum({first}.map({row}, size({row}.{second})))")
            }
            _ => return why("rows of more than two repeats", "超过两层的重复组"),
        };
        Ok(Val::new(code, 7, Ty::Num, false))
    }

    /// The number of rows that have an answer.
    pub(super) fn count_answered(&self, nodes: &Nodes) -> Res<Val> {
        let code = self.folded(nodes, "sum", &|row| {
            Ok(format!("{} ? 1 : 0", Self::leaf(nodes, row).is_there().exact().paren(1)))
        })?;
        Ok(Val::new(code, 7, Ty::Num, false))
    }

    /// `sum`, `min` or `max` of the numbers of all rows.
    pub(super) fn aggregate(&self, nodes: &Nodes, name: &str) -> Res<Val> {
        let is_date = name != "sum" && matches!(nodes.leaf, Some((_, Ty::Date)));
        let code = self.folded(nodes, name, &|row| {
            let value = Self::leaf(nodes, row);
            Ok(if is_date { value.code } else { value.number(self.form)?.code })
        })?;
        let ty = if is_date { Ty::Date } else { Ty::Num };
        Ok(Val::new(code, 7, ty, name != "sum"))
    }

    /// The texts of all rows in one.
    pub(super) fn joined(&self, nodes: &Nodes, separator: &Val) -> Res<Val> {
        let [list] = nodes.levels.as_slice() else {
            return why("texts of a repeat inside a repeat", "重复组内重复组的文字");
        };
        let row = self.variable();
        let text = Self::leaf(nodes, &row).text_value()?.code;
        let code = format!("join({list}.map({row}, {text}), {})", separator.code);
        Ok(Val::new(code, 7, Ty::Text, false))
    }

    /// Whether a condition holds in any row.
    pub(super) fn any(&self, nodes: &Nodes, test: &dyn Fn(Val) -> Res<Val>) -> Res<Val> {
        let mut variables: Vec<String> = Vec::new();
        let mut open = String::new();
        for level in &nodes.levels {
            let list = variables.last().map_or(level.clone(), |above| format!("{above}.{level}"));
            let row = self.variable();
            open.push_str(&format!("{list}.exists({row}, "));
            variables.push(row);
        }
        let last = variables.last().map_or("", String::as_str);
        let inner = test(Self::leaf(nodes, last))?.exact();
        let code = format!("{open}{}{}", inner.code, ")".repeat(nodes.levels.len()));
        Ok(Val::bool(code, 7, None))
    }
}
