//! `x-membership`: how a register form says that a member has left, or has come.

use std::collections::BTreeMap;

use super::view::View;
use super::{CodeLists, Kind, Model, Options, Question};
use crate::Answers;
use crate::fault::{FaultKind, Faults};
use crate::json::{Node, join};
use crate::profile::FILE;

/// Which answers hold the membership of a row, and what the office writes when a row leaves for another record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Membership {
    /// The roster of members.
    pub roster: String,
    /// In a row: the state; no answer means that the member belongs.
    pub state: String,
    /// The states of a member who belongs.
    pub open: Vec<String>,
    /// The state of a member who left for a household of his own.
    pub split: String,
    /// In a row: since when.
    pub from: String,
    /// In a row: until when.
    pub to: String,
    /// In a row: why the member came.
    pub joined: Option<String>,
    /// State in the record that is left -> why the member came, in the other one.
    pub joins: BTreeMap<String, String>,
    /// In a row: the relation to the head of the household.
    pub relation: Option<String>,
    /// The relation of the head himself.
    pub head: Option<String>,
    /// The answer that says of what day the others are: it comes forward to the day of a change.
    pub dated: Option<String>,
    /// What a record that begins in the office is answered with: question -> code.
    pub begins: BTreeMap<String, String>,
}

impl Membership {
    /// The path of a row.
    pub fn row_path(&self, row: &str) -> String {
        format!("{}/{row}", self.roster)
    }

    /// The row of the roster that a path lies in: `members/<row>`.
    pub fn row_of<'p>(&self, path: &'p str) -> Option<&'p str> {
        let rest = path.strip_prefix(self.roster.as_str())?.strip_prefix('/')?;
        let row = rest.split('/').next().filter(|row| !row.is_empty())?;
        Some(&path[..self.roster.len() + 1 + row.len()])
    }

    /// Whether the member in a row (`members/<row>`) belongs: not closed, and of no state that says otherwise.
    pub fn is_open(&self, answers: &Answers, row: &str) -> bool {
        let at = |key: &str| answers.get(&format!("{row}/{key}"));
        let closed = at("_deleted").is_some_and(|value| value.as_bool() == Some(true));
        let state = at(&self.state).and_then(|value| value.as_str());
        !closed && state.is_none_or(|state| self.open.iter().any(|open| open == state))
    }

    /// The rows whose member belongs and is the head, in path order.
    pub fn heads<'a>(&self, answers: &'a Answers) -> Vec<&'a str> {
        let (Some(relation), Some(head)) = (&self.relation, &self.head) else { return Vec::new() };
        let end = format!("/{relation}");
        let named = answers.iter().filter(|(_, value)| value.as_str() == Some(head));
        named
            .filter_map(|(path, _)| path.strip_suffix(end.as_str()))
            .filter(|row| self.row_of(row) == Some(*row) && self.is_open(answers, row))
            .collect()
    }

    /// Whether any member belongs.
    pub fn has_members(&self, answers: &Answers) -> bool {
        answers.keys().filter_map(|path| self.row_of(path)).any(|row| self.is_open(answers, row))
    }
}

pub(super) fn read(root: &View<'_>) -> Option<Membership> {
    let (node, _) = root.at("x-membership")?;
    let text = |key: &str| node.str_at(key).map(str::to_string);
    let codes = |key: &str| -> BTreeMap<String, String> {
        let entries = node.get(key).map_or(&[][..], Node::entries).iter();
        entries.filter_map(|(name, code)| Some((name.clone(), code.as_str()?.to_string()))).collect()
    };
    let open = node.get("open").map_or(&[][..], Node::items).iter();
    Some(Membership {
        roster: text("roster").unwrap_or_default(),
        state: text("state").unwrap_or_default(),
        open: open.filter_map(Node::as_str).map(str::to_string).collect(),
        split: text("split").unwrap_or_default(),
        from: text("from").unwrap_or_default(),
        to: text("to").unwrap_or_default(),
        joined: text("joined"),
        joins: codes("joins"),
        relation: text("relation"),
        head: text("head"),
        dated: text("dated"),
        begins: codes("begins"),
    })
}

/// Everything it names must exist and be of the right kind.
pub(super) fn check(model: &Model, codes: &CodeLists, faults: &mut Faults) {
    let Some(def) = &model.membership else { return };
    let mut wrong = |key: &str, name: &str| {
        let en = format!("{name} is no such question or code here");
        let zh = format!("{name} 不是这里可用的题目或选项");
        faults.add(FILE, join("/x-membership", key), FaultKind::Question, en, zh);
    };
    let find = |template: &str| model.by_template.get(template).map(|id| &model.questions[*id]);
    let is = |question: Option<&Question>, kind: Kind| question.is_some_and(|q| q.kind == kind);
    let in_row = |key: &str| find(&format!("{}/*/{key}", def.roster));
    if !is(find(&def.roster), Kind::Roster) {
        return wrong("roster", &def.roster);
    }
    let offers = |question: Option<&Question>, code: &str| match question.map(|q| &q.options) {
        Some(Options::Fixed(known)) => known.iter().any(|(one, _)| one == code),
        Some(Options::List { list, .. }) => codes.get(list).is_some_and(|list| list.contains(code)),
        _ => false,
    };
    let state = in_row(&def.state);
    if !is(state, Kind::SelectOne) {
        wrong("state", &def.state);
    }
    for (key, code) in def.open.iter().map(|code| ("open", code)).chain([("split", &def.split)]) {
        if !offers(state, code) {
            wrong(key, code);
        }
    }
    for (key, name) in [("from", &def.from), ("to", &def.to)] {
        if !is(in_row(name), Kind::Date) {
            wrong(key, name);
        }
    }
    let joined = def.joined.as_deref().and_then(in_row);
    for (left, came) in &def.joins {
        if !offers(state, left) || !offers(joined, came) {
            wrong("joins", &format!("{left}: {came}"));
        }
    }
    if def.joined.is_some() && joined.is_none() {
        wrong("joined", def.joined.as_deref().unwrap_or_default());
    }
    if def.relation.is_some() != def.head.is_some() {
        wrong("relation", def.relation.as_deref().or(def.head.as_deref()).unwrap_or_default());
    } else if let (Some(relation), Some(head)) = (&def.relation, &def.head)
        && !offers(in_row(relation), head)
    {
        wrong("head", head);
    }
    if let Some(dated) = def.dated.as_deref().filter(|dated| !is(find(dated), Kind::Date)) {
        wrong("dated", dated);
    }
    for (name, code) in &def.begins {
        if !offers(find(name), code) {
            wrong("begins", &format!("{name}: {code}"));
        }
    }
}
