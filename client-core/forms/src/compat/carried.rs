//! What earlier versions leave behind: lenses and former places that must be carried on, keys and codes that are
//! used up.

use std::collections::HashMap;

use super::diff::{self, Diff};
use super::kinds::ChangeKind as K;
use super::options;
use super::words::{listed, says_something_else};
use super::{Change, Class};
use crate::Form;

pub(super) fn compare(diff: &mut Diff<'_>, earlier: &[&Form]) {
    files(diff);
    former(diff);
    for (at, before) in earlier.iter().enumerate() {
        if at + 1 < earlier.len() {
            readable(diff, before);
        }
        codes(diff, before);
    }
}

/// A lens file of the version before must be here too, and say as much.
fn files(diff: &mut Diff<'_>) {
    let (old, new) = (diff.old, diff.new);
    let fresh: Vec<String> =
        new.lenses.versions().filter(|v| old.lenses.file(*v).is_none()).map(|v| v.to_string()).collect();
    if !fresh.is_empty() {
        diff.add("", K::LensAdded, listed(&fresh));
    }
    for version in old.lenses.versions() {
        let name = format!("lenses/{version}.json");
        let Some(lens) = new.lenses.file(version) else {
            diff.add("", K::LensDropped, &name);
            continue;
        };
        for step in old.lenses.file(version).into_iter().flat_map(|file| &file.steps) {
            let at = step.at();
            // A question that came back is judged against the version that had it.
            if matches!(step, crate::lens::Op::Remove { .. }) && new.model.by_template.contains_key(at) {
                continue;
            }
            let moved = |id: &usize| new.lenses.formers(*id).iter().any(|from| from == at);
            let places: Vec<&str> = match new.model.by_template.get(at) {
                Some(_) => vec![at],
                None => {
                    let ids = (0..new.model.questions.len()).filter(moved);
                    ids.map(|id| new.model.questions[id].template.as_str()).chain([at]).collect()
                }
            };
            let same = |other: &crate::lens::Op| {
                std::mem::discriminant(other) == std::mem::discriminant(step) && places.contains(&other.at())
            };
            let gone = lens.removes(at);
            if !gone && !lens.steps.iter().any(same) {
                diff.add(at, K::LensDropped, format!("{name}#{at}"));
            }
        }
    }
}

/// Former places of a question must be carried on, also when it moves again.
fn former(diff: &mut Diff<'_>) {
    let (old, new) = (diff.old, diff.new);
    for (id, question) in old.model.questions.iter().enumerate().filter(|(_, q)| !q.from.is_empty()) {
        let now = match new.model.by_template.get(&question.template) {
            Some(now) => Some(*now),
            None => (0..new.model.questions.len())
                .find(|now| new.lenses.formers(*now).contains(&question.template)),
        };
        let Some(now) = now else { continue };
        let carried = new.lenses.formers(now);
        let dropped: Vec<&String> =
            old.lenses.formers(id).iter().filter(|from| !carried.contains(from)).collect();
        if !dropped.is_empty() {
            let template = new.model.questions[now].template.clone();
            diff.add(&template, K::LensDropped, format!("x-from {}", listed(&dropped)));
        }
    }
}

/// Records of a still earlier version must be readable straight, and its keys mean what they meant.
fn readable(diff: &mut Diff<'_>, before: &Form) {
    let version = before.manifest().version;
    let known = |path: &str| diff.old.model.by_template.contains_key(path);
    let told =
        |change: &Change, all: &[Change]| all.iter().any(|other| other.path == change.path && other.blocks());
    for change in diff::structural(before, diff.new) {
        let reused =
            matches!(change.kind, K::QuestionRetyped | K::ShapeChanged | K::UnitChanged | K::RowsOfChanged)
                && !known(&change.path);
        if reused {
            diff.add(&change.path, K::KeyReused, version.to_string());
        } else if change.class == Class::Structural && !told(&change, &diff.changes) {
            diff.add(&change.path, K::LensDropped, format!("lenses/{version}.json: {}", change.reason_en));
        }
    }
}

/// Codes that are new to the last version but stood for something else before.
fn codes(diff: &mut Diff<'_>, before: &Form) {
    let (old, new) = (diff.old, diff.new);
    if std::ptr::eq(before, old) {
        return;
    }
    // Many questions may share one list: it is looked through once.
    let mut known: HashMap<_, Vec<String>> = HashMap::new();
    for (id, question) in new.model.questions.iter().enumerate() {
        let then = before.model.by_template.get(&question.template);
        let then = then.and_then(|id| options::source(*id, &before.model.questions[*id]));
        let (Some(then), Some(now)) = (then, options::source(id, question)) else { continue };
        let last = old.model.by_template.get(&question.template);
        let last = last.and_then(|id| options::source(*id, &old.model.questions[*id]));
        let reused = known.entry((then.clone(), last.clone(), now.clone())).or_insert_with(|| {
            let last = last.map(|last| options::labels(old, &last)).unwrap_or_default();
            let then = options::labels(before, &then);
            let reused = |(code, texts): &(String, crate::package::Texts)| {
                !last.contains_key(code) && then.get(code).is_some_and(|was| says_something_else(was, texts))
            };
            options::labels(new, &now).into_iter().filter(reused).map(|(code, _)| code).collect()
        });
        if !reused.is_empty() {
            let reused = listed(reused);
            diff.add(&question.template, K::CodeReused, reused);
        }
    }
}
