//! The form between workbook and package: questions in a tree, lists of choices, and how names find them.

use std::collections::{BTreeSet, HashMap};

use crate::report::At;

/// Index of a question, group or repeat in [`Form::nodes`].
pub(crate) type Id = usize;
/// Index of a list in [`Form::lists`].
pub(crate) type ListId = usize;

/// What a question is in our form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Decimal,
    /// Acknowledged: only yes is an answer.
    Acknowledge,
    Date,
    DateTime,
    Time,
    SelectOne(ListId),
    SelectMany(ListId),
    Rank(ListId),
    /// One row of a repeat, shown by one of its answers.
    RowOf {
        repeat: Id,
        label: Id,
    },
    Point,
    Line,
    Area,
    /// The description of a file.
    File,
    /// A text to read.
    Note,
    /// Only worked out, with the type that comes out.
    Calculate,
    Group,
    Repeat,
}

/// Numbers a question is limited to (type range).
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Bounds {
    pub(crate) least: String,
    pub(crate) most: String,
    pub(crate) step: String,
    /// Whether steps count from zero, so that `multipleOf` says them.
    pub(crate) multiple: bool,
}

/// A question, group or repeat.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// As the workbook calls it.
    pub(crate) name: String,
    /// As our form calls it.
    pub(crate) key: String,
    pub(crate) kind: Kind,
    /// Row of the survey sheet.
    pub(crate) row: usize,
    /// What stands around it in the workbook.
    pub(crate) outer: Option<Id>,
    /// What stands around it in our form: groups that would make paths too long are left out.
    pub(crate) parent: Option<Id>,
    /// Innermost repeat around it.
    pub(crate) roster: Option<Id>,
    /// Keys from the row of that repeat (or the root) to itself.
    pub(crate) segments: Vec<String>,
    /// Path with `*` for row ids.
    pub(crate) template: String,
    /// A group whose questions stand in the group around it.
    pub(crate) dissolved: bool,
    /// Not part of the package.
    pub(crate) lost: bool,
    pub(crate) bounds: Option<Bounds>,
    /// Its calculation, as an expression and where it stands.
    pub(crate) calculation: Option<(String, At)>,
    /// A text question made for the option "other" of the select before it.
    pub(crate) other_of: Option<Id>,
}

impl Node {
    /// A note that stands in no row.
    pub(crate) fn note(name: &str) -> Node {
        Node {
            name: name.to_owned(),
            key: String::new(),
            kind: Kind::Note,
            row: usize::MAX,
            outer: None,
            parent: None,
            roster: None,
            segments: Vec::new(),
            template: String::new(),
            dissolved: false,
            lost: false,
            bounds: None,
            calculation: None,
            other_of: None,
        }
    }
}

/// One choice of a list.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) name: String,
    pub(crate) code: String,
    /// Labels by name of the language.
    pub(crate) labels: HashMap<String, String>,
    /// Cells of the columns that filters read, in the order of [`List::columns`].
    pub(crate) cells: Vec<String>,
}

/// A column of a list beyond name and label.
#[derive(Debug, Clone)]
pub(crate) struct ListColumn {
    pub(crate) heading: String,
    /// Column of the sheet; none when the list comes from a file.
    pub(crate) index: Option<usize>,
    /// How filters call it: `code.<ident>`.
    pub(crate) ident: String,
}

/// A list of choices.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) choices: Vec<Choice>,
    pub(crate) columns: Vec<ListColumn>,
    /// Code of the first choice with a name.
    pub(crate) codes: HashMap<String, String>,
    /// Asked with a filter somewhere, or too long to stand in the schema.
    pub(crate) in_file: bool,
    /// Used by a ranking, which forms only know with its options in the schema.
    pub(crate) ranked: bool,
    pub(crate) used: bool,
    /// Too large for a package.
    pub(crate) too_large: bool,
    /// Rows of the sheet that give no choice of their own, and why.
    pub(crate) refused: Vec<(usize, crate::said::Said)>,
    /// Rows whose name had to become another code.
    pub(crate) renamed: Vec<(usize, crate::said::Said)>,
}

impl List {
    /// Whether every name is its code.
    pub(crate) fn is_plain(&self) -> bool {
        self.codes.iter().all(|(name, code)| name == code)
    }

    /// The code of a name; a name the list does not have stays as it is where that is a legal code.
    pub(crate) fn code_of(&self, name: &str) -> String {
        self.codes.get(name).cloned().unwrap_or_else(|| crate::names::code(name))
    }
}

/// The whole form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    pub(crate) nodes: Vec<Node>,
    pub(crate) lists: Vec<List>,
    pub(crate) by_name: HashMap<String, Vec<Id>>,
    /// What stands for the row types `start` and `today` where they are read.
    pub(crate) days: BTreeSet<String>,
    /// Names of rows that are no questions here, and why.
    pub(crate) absent: HashMap<String, crate::said::Said>,
}

impl Form {
    /// The repeats around a node, outermost first.
    pub(crate) fn rosters(&self, id: Option<Id>) -> Vec<Id> {
        let mut out = Vec::new();
        let mut at = id.and_then(|id| self.nodes[id].roster);
        while let Some(roster) = at {
            out.push(roster);
            at = self.nodes[roster].roster;
        }
        out.reverse();
        out
    }

    /// What stands in `outer` in the order of the workbook.
    pub(crate) fn inside(&self, outer: Option<Id>) -> impl Iterator<Item = Id> + '_ {
        (0..self.nodes.len()).filter(move |id| self.nodes[*id].outer == outer)
    }

    /// The node a name means where it is read at `from`: of several, the one that shares most with it.
    pub(crate) fn find(&self, name: &str, from: Option<Id>) -> Option<Id> {
        let all = self.by_name.get(name)?;
        let above = |id: Id| std::iter::successors(Some(id), |id| self.nodes[*id].outer);
        let around: Vec<Id> = from.map(|id| above(id).collect()).unwrap_or_default();
        let shared = |id: &Id| above(*id).filter(|up| around.contains(up)).count();
        // The first of equals.
        all.iter().copied().rev().max_by_key(shared)
    }
}
