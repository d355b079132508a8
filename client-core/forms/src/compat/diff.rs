//! Walks two forms.

use std::collections::HashSet;

use super::kinds::ChangeKind;
use super::words::turned;
use super::{Change, Class, Comparison, carried, question, whole};
use crate::model::Question;
use crate::{Form, limits};

/// Two versions and what was found between them.
pub(super) struct Diff<'a> {
    pub(super) old: &'a Form,
    pub(super) new: &'a Form,
    pub(super) changes: Vec<Change>,
}

impl Diff<'_> {
    /// Notes a change. `detail` fills the `{}` of its words.
    pub(super) fn add(&mut self, path: &str, kind: ChangeKind, detail: impl AsRef<str>) {
        self.add_lensed(path, kind, detail, false);
    }

    /// Notes a structural change, and whether the new version has the lens for it.
    pub(super) fn add_lensed(&mut self, path: &str, kind: ChangeKind, detail: impl AsRef<str>, lensed: bool) {
        let lens = format!("lenses/{}.json", self.old.manifest().version);
        let (mut detail, mut detail_zh) = (detail.as_ref().to_owned(), detail.as_ref().to_owned());
        if matches!(kind, ChangeKind::QuestionRetyped | ChangeKind::ShapeChanged) {
            (detail, detail_zh) = super::words::kinds(&detail);
        }
        let fill = |words: &str, detail: &str| {
            let inner = if matches!(kind, ChangeKind::QuestionRemoved) { path } else { detail };
            words.replace("{lens}", &lens).replace("{path}", path).replace("{}", inner)
        };
        let (en, zh) = kind.words();
        let (way_en, way_zh) = match kind.way_out() {
            Some((en, zh)) if !lensed => (fill(en, &detail), fill(zh, &detail_zh)),
            _ => Default::default(),
        };
        self.changes.push(Change {
            class: kind.class(),
            path: path.to_owned(),
            kind,
            reason_en: fill(en, &detail),
            reason_zh: fill(zh, &detail_zh),
            way_out_en: way_en,
            way_out_zh: way_zh,
            lensed: lensed && kind.class() == Class::Structural,
        });
    }

    /// The lens for what was written under the old version.
    pub(super) fn lens(&self) -> Option<&crate::lens::LensFile> {
        self.new.lenses.of(self.old.manifest().version)
    }
}

pub(super) fn all(earlier: &[&Form], new: &Form) -> Comparison {
    let Some(old) = earlier.last() else {
        let version = new.manifest().version;
        return Comparison { old_version: 0, new_version: version, changes: Vec::new(), left_out: 0 };
    };
    let mut diff = Diff { old, new, changes: Vec::new() };
    whole::compare(&mut diff);
    questions(&mut diff);
    carried::compare(&mut diff, earlier);
    let mut changes = diff.changes;
    let order = |change: &Change| (std::cmp::Reverse(change.class), change.path.clone(), change.kind);
    changes.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.reason_en.cmp(&b.reason_en)));
    changes.dedup();
    let left_out = changes.len().saturating_sub(limits::CHANGES);
    changes.truncate(limits::CHANGES);
    Comparison { old_version: old.manifest().version, new_version: new.manifest().version, changes, left_out }
}

/// The blocking changes of the questions alone, for versions before the last.
pub(super) fn structural(old: &Form, new: &Form) -> Vec<Change> {
    let mut diff = Diff { old, new, changes: Vec::new() };
    questions(&mut diff);
    diff.changes.into_iter().filter(Change::blocks).collect()
}

fn questions(diff: &mut Diff<'_>) {
    let (old, new) = (diff.old, diff.new);
    let mut facets = super::facets::Facets::new(old, new);
    for (id, question) in new.model.questions.iter().enumerate() {
        let before = old.model.by_template.get(&question.template).map(|id| (*id, false));
        match before.or_else(|| came_from(old, new, id).map(|id| (id, true))) {
            Some((before, moved)) => {
                if moved {
                    let from = &old.model.questions[before].template;
                    diff.add_lensed(&question.template, ChangeKind::QuestionMoved, from, true);
                }
                question::compare(diff, &mut facets, before, id);
            }
            None => added(diff, question),
        }
    }
    let read: HashSet<&str> = (0..new.model.questions.len())
        .flat_map(|id| new.lenses.formers(id))
        .map(String::as_str)
        .chain(new.model.by_template.keys().map(String::as_str))
        .collect();
    for question in &old.model.questions {
        removed(diff, question, &read);
    }
    order(diff);
}

/// The old question whose answers a new one reads by `x-from`.
fn came_from(old: &Form, new: &Form, id: usize) -> Option<usize> {
    new.lenses.formers(id).iter().find_map(|from| old.model.by_template.get(from).copied())
}

fn added(diff: &mut Diff<'_>, question: &Question) {
    let required = question.may_be_required() && !question.read_only;
    // What is asked only inside something new says nothing about old records.
    let parent = question.parent.map(|id| diff.new.model.questions[id].template.as_str());
    let inside_new = parent.is_some_and(|parent| {
        let roster =
            diff.new.model.owner(parent).is_some_and(|id| diff.new.model.questions[id].kind.is_roster());
        roster && !diff.old.model.by_template.contains_key(parent)
    });
    let kind =
        if required && !inside_new { ChangeKind::RequiredQuestionAdded } else { ChangeKind::QuestionAdded };
    diff.add(&question.template, kind, "");
}

/// `read`: every template whose answers the new version reads.
fn removed(diff: &mut Diff<'_>, question: &Question, read: &HashSet<&str>) {
    if read.contains(question.template.as_str()) {
        return;
    }
    // What is gone with its container is told once.
    let parent = question.parent.map(|id| diff.old.model.questions[id].template.as_str());
    if parent.is_some_and(|parent| !read.contains(parent)) {
        return;
    }
    // Of a question that was calculated or copied no answer is lost.
    let derived = question.calculate.is_some() || question.preload.is_some();
    let lensed = derived || diff.lens().is_some_and(|lens| lens.removes(&question.template));
    diff.add_lensed(&question.template, ChangeKind::QuestionRemoved, "", lensed);
}

/// The order of what both versions have, level by level.
fn order(diff: &mut Diff<'_>) {
    let (old, new) = (diff.old, diff.new);
    let common = |form: &Form, ids: &[usize], other: &Form| -> Vec<String> {
        let templates = ids.iter().map(|id| form.model.questions[*id].template.clone());
        templates.filter(|template| other.model.by_template.contains_key(template)).collect()
    };
    if common(old, &old.model.roots, new) != common(new, &new.model.roots, old) {
        diff.add("", ChangeKind::OrderChanged, "");
    }
    for question in &new.model.questions {
        let Some(before) = old.model.by_template.get(&question.template) else { continue };
        let before = &old.model.questions[*before];
        if common(old, &before.children, new) != common(new, &question.children, old) {
            diff.add(&question.template, ChangeKind::OrderChanged, "");
        }
    }
}

/// `before → after` of something optional.
pub(super) fn turned_option<T: std::fmt::Display>(before: Option<T>, after: Option<T>) -> String {
    let say = |value: Option<T>| value.map_or_else(|| "–".to_owned(), |value| value.to_string());
    turned(say(before), say(after))
}
