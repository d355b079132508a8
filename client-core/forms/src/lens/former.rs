//! Where answers stood before: from a register's path to the question that reads it now.

use std::collections::BTreeMap;

use crate::model::{Kind, Model, QId};

/// The former templates of all questions, and the way back from them.
#[derive(Debug, Default)]
pub(crate) struct Formers {
    of: Vec<Vec<String>>,
    root: Node,
}

/// A tree over the segments of former templates.
#[derive(Debug, Default)]
struct Node {
    named: BTreeMap<String, Node>,
    /// `*`: any row.
    row: Option<Box<Node>>,
    question: Option<QId>,
}

/// A register found under a former template.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) question: QId,
    /// The path that reads it now.
    pub(super) path: String,
}

impl Formers {
    /// Works out the former templates of every question: its own, and those that follow from what it stands in.
    pub(super) fn new(model: &Model) -> Formers {
        let mut formers = Formers { of: Vec::with_capacity(model.questions.len()), root: Node::default() };
        for question in &model.questions {
            let mut all = question.from.clone();
            if let Some(parent) = question.parent {
                let row = if model.questions[parent].kind.is_roster() { "/*" } else { "" };
                let inherited = formers.of.get(parent).into_iter().flatten();
                all.extend(inherited.map(|above| format!("{above}{row}/{}", question.key)));
            }
            all.retain(|template| !model.by_template.contains_key(template));
            all.sort();
            all.dedup();
            all.truncate(crate::limits::FORMERS);
            formers.of.push(all);
        }
        for (id, templates) in formers.of.iter().enumerate() {
            for template in templates {
                formers.root.insert(template.split('/'), id);
            }
        }
        formers
    }

    pub(super) fn of(&self, id: QId) -> &[String] {
        self.of.get(id).map_or(&[], Vec::as_slice)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.root.named.is_empty()
    }

    /// The question that reads a register now, when it stands under a former template.
    pub(super) fn find(&self, model: &Model, path: &str) -> Option<Found> {
        let segments: Vec<&str> = path.split('/').collect();
        self.root.find(model, &segments, &mut Vec::new())
    }
}

impl Node {
    fn insert<'a>(&mut self, mut segments: impl Iterator<Item = &'a str>, id: QId) {
        match segments.next() {
            None => {
                self.question.get_or_insert(id);
            }
            Some("*") => self.row.get_or_insert_default().insert(segments, id),
            Some(name) => self.named.entry(name.to_owned()).or_default().insert(segments, id),
        }
    }

    fn find<'a>(&self, model: &Model, rest: &[&'a str], rows: &mut Vec<&'a str>) -> Option<Found> {
        if let Some((first, below)) = rest.split_first() {
            if let Some(found) = self.named.get(*first).and_then(|node| node.find(model, below, rows)) {
                return Some(found);
            }
            if let Some(node) = &self.row {
                rows.push(first);
                if let Some(found) = node.find(model, below, rows) {
                    return Some(found);
                }
                rows.pop();
            }
        }
        let id = self.question?;
        let template = &model.questions[id].template;
        let tail = match (model.questions[id].kind, rest) {
            (kind, []) if !kind.is_container() => String::new(),
            // "Does not know any of them" stands on the multi-select itself.
            (Kind::SelectMany, []) => String::new(),
            (Kind::SelectMany, [code]) => format!("/{code}"),
            (Kind::Roster | Kind::Yearly, []) => String::new(),
            (Kind::Roster | Kind::Yearly, [row, key @ ("_deleted" | "_order")]) => format!("/{row}/{key}"),
            _ => return None,
        };
        let mut rows = rows.iter();
        let segments =
            template.split('/').map(|part| if part == "*" { rows.next().copied() } else { Some(part) });
        let path = segments.collect::<Option<Vec<_>>>()?.join("/");
        Some(Found { question: id, path: format!("{path}{tail}") })
    }
}
