//! Who asks, and what they may see. Every method of the store that touches records takes a [`Scope`]; only the store
//! makes one, from a session, so that no unscoped query compiles outside it.

use doorstep_protocol::UserId;

use crate::accounts::role::Role;

/// The forms a scope covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormScope {
    /// Every form.
    All,
    /// These forms.
    Only(Vec<String>),
}

/// What a person may see: area subtrees, forms, role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    user: Option<UserId>,
    name: String,
    role: Role,
    paths: Vec<String>,
    forms: FormScope,
    version: i64,
    as_of_ms: Option<i64>,
}

impl Scope {
    pub(crate) fn new(
        user: Option<UserId>,
        name: String,
        role: Role,
        mut paths: Vec<String>,
        forms: FormScope,
        version: i64,
    ) -> Scope {
        paths.sort();
        // A subtree inside another one says nothing new.
        let mut kept: Vec<String> = Vec::with_capacity(paths.len());
        for path in paths {
            if !kept.last().is_some_and(|wider| path.starts_with(wider.as_str())) {
                kept.push(path);
            }
        }
        Scope { user, name, role, paths: kept, forms, version, as_of_ms: None }
    }

    /// Everything: the server's own jobs, and the operator at the machine.
    pub(crate) fn server() -> Scope {
        Scope::new(None, "server".to_owned(), Role::Admin, vec![String::new()], FormScope::All, 0)
    }

    /// Who asks; none for the operator at the machine.
    pub fn user(&self) -> Option<UserId> {
        self.user
    }

    /// The sign-in name.
    pub fn user_name(&self) -> &str {
        &self.name
    }

    /// The role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Paths of the area subtrees, none inside another; the empty path covers everything.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// The forms.
    pub fn forms(&self) -> &FormScope {
        &self.forms
    }

    /// The same for the dataset as it stood at an instant: what was approved by then, milliseconds since 1970 UTC. Lists
    /// and reviews, which are about the present, do not look at it.
    pub fn as_of(&self, as_of_ms: Option<i64>) -> Scope {
        Scope { as_of_ms, ..self.clone() }
    }

    /// The instant of [`Scope::as_of`].
    pub fn as_of_ms(&self) -> Option<i64> {
        self.as_of_ms
    }

    /// The part of it that lies below an area's path; it never grows.
    pub fn below(&self, path: &str) -> Scope {
        let paths = if self.covers(path) {
            vec![path.to_owned()]
        } else {
            self.paths.iter().filter(|own| own.starts_with(path)).cloned().collect()
        };
        Scope { paths, ..self.clone() }
    }

    /// Which of this person's scopes this is; it grows whenever grants change.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// True when an area of this path lies inside.
    pub fn covers(&self, path: &str) -> bool {
        self.paths.iter().any(|own| path.starts_with(own.as_str()))
    }

    /// True when records of this form may be seen.
    pub fn covers_form(&self, form: &str) -> bool {
        match &self.forms {
            FormScope::All => true,
            FormScope::Only(forms) => forms.iter().any(|own| own == form),
        }
    }

    /// True when drafts of others may be seen.
    pub fn sees_drafts(&self) -> bool {
        self.role != Role::Enumerator
    }

    /// The text ranges `from <= path < to` of area paths that the scope covers, for queries over an index of paths.
    pub fn path_ranges(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.paths.iter().map(|path| path_range(path))
    }
}

/// The range `from <= text < to` of everything below a path.
pub(crate) fn path_range(path: &str) -> (String, String) {
    // Paths end in '/', and '0' is the next character.
    let end = path.strip_suffix('/').map_or_else(|| "\u{10FFFF}".to_owned(), |stem| format!("{stem}0"));
    (path.to_owned(), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(paths: &[&str]) -> Scope {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        Scope::new(None, String::new(), Role::Enumerator, paths, FormScope::All, 1)
    }

    #[test]
    fn a_subtree_inside_another_is_dropped_and_neighbours_are_kept() {
        let scope = scope(&["99/11/", "99/", "98/1/", "98/12/", "99/"]);
        assert_eq!(scope.paths(), ["98/1/", "98/12/", "99/"]);
        assert!(scope.covers("99/11/3/") && scope.covers("98/1/") && !scope.covers("98/"));
    }

    #[test]
    fn a_part_never_grows() {
        let scope = scope(&["99/11/", "99/12/"]);
        assert_eq!(scope.below("99/11/3/").paths(), ["99/11/3/"]);
        assert_eq!(scope.below("99/").paths(), ["99/11/", "99/12/"]);
        assert!(scope.below("98/").paths().is_empty() && scope.below("99/1/").paths().is_empty());
        assert_eq!(scope.below("98/").as_of(Some(5)).as_of_ms(), Some(5));
    }

    #[test]
    fn ranges_hold_the_subtree_and_not_the_neighbour() {
        let (from, to) = path_range("98/1/");
        let within = |path: &str| from.as_str() <= path && path < to.as_str();
        assert!(within("98/1/") && within("98/1/zz/") && !within("98/12/") && !within("98/1"));
        let (from, to) = path_range("");
        assert!(from.as_str() <= "0/" && "zz/" < to.as_str());
    }
}
