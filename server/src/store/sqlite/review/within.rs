//! The part of every query that keeps a reader inside their scope.

use rusqlite::ToSql;

use crate::store::{FormScope, Scope, path_range};

/// Conditions and their arguments, in order.
#[derive(Default)]
pub(crate) struct Conditions {
    terms: Vec<String>,
    args: Vec<Box<dyn ToSql>>,
}

impl Conditions {
    /// Adds a condition; every `?` in it takes one argument.
    pub(crate) fn and(&mut self, term: impl Into<String>, args: Vec<Box<dyn ToSql>>) {
        self.terms.push(format!("({})", term.into()));
        self.args.extend(args);
    }

    /// Keeps to a scope. `path` and `form` name the columns of the area's path and of the form.
    pub(crate) fn within(&mut self, scope: &Scope, path: &str, form: &str) {
        // Whoever covers everything also sees records whose area is not known here.
        if !scope.covers("") {
            self.ranges(scope.path_ranges().collect(), path);
        }
        if let FormScope::Only(forms) = scope.forms() {
            let term = format!("{form} IN ({})", vec!["?"; forms.len()].join(","));
            self.and(term, forms.iter().map(|form| Box::new(form.clone()) as Box<dyn ToSql>).collect());
        }
    }

    /// Keeps to everything at and below an area's path.
    pub(crate) fn below(&mut self, area_path: &str, path: &str) {
        self.ranges(vec![path_range(area_path)], path);
    }

    fn ranges(&mut self, ranges: Vec<(String, String)>, path: &str) {
        let term = vec![format!("({path} >= ? AND {path} < ?)"); ranges.len()].join(" OR ");
        let args = ranges.into_iter().flat_map(|(from, to)| {
            let bounds: [Box<dyn ToSql>; 2] = [Box::new(from), Box::new(to)];
            bounds
        });
        // No path at all is no place at all.
        self.and(if term.is_empty() { "0".to_owned() } else { term }, args.collect());
    }

    /// Text and arguments, to stand inside another condition.
    pub(crate) fn into_parts(self) -> (String, Vec<Box<dyn ToSql>>) {
        (self.sql(), self.args)
    }

    /// The text after `WHERE`.
    pub(crate) fn sql(&self) -> String {
        if self.terms.is_empty() { "1".to_owned() } else { self.terms.join(" AND ") }
    }

    /// The arguments.
    pub(crate) fn args(&self) -> Vec<&dyn ToSql> {
        self.args.iter().map(AsRef::as_ref).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::role::Role;

    #[test]
    fn nobody_without_areas_reads_anything_and_the_root_reads_all() {
        let sql = |paths: &[&str], forms: FormScope| {
            let mut conditions = Conditions::default();
            let paths = paths.iter().map(|path| (*path).to_owned()).collect();
            let scope = Scope::new(None, String::new(), Role::Supervisor, paths, forms, 1);
            conditions.within(&scope, "area.path", "record.form");
            conditions.sql()
        };
        assert_eq!(sql(&[], FormScope::All), "(0)");
        assert_eq!(sql(&[""], FormScope::All), "1");
        assert_eq!(sql(&["01/"], FormScope::All), "((area.path >= ? AND area.path < ?))");
        assert_eq!(sql(&[""], FormScope::Only(vec!["a".into(), "b".into()])), "(record.form IN (?,?))");
        assert_eq!(sql(&[""], FormScope::Only(Vec::new())), "(record.form IN ())");
    }
}
