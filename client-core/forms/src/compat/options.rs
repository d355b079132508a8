//! Codes: what may be chosen, however it is written.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::diff::Diff;
use super::facets::Facets;
use super::kinds::ChangeKind as K;
use super::words::{differ, listed, says_something_else, turned};
use crate::Form;
use crate::model::{Options, QId, Question, Rule};
use crate::package::{CodeList, Texts};

/// Where codes stand: in a list both versions may share between many questions, or at one question.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Source {
    List(String),
    Question(QId),
}

/// What differs between two sets of codes.
#[derive(Debug, Default)]
pub(super) struct Codes {
    pub(super) added: Vec<String>,
    removed: Vec<String>,
    relabelled: Vec<String>,
    replaced: Vec<String>,
    closed: Vec<String>,
    reopened: Vec<String>,
    columns: Vec<String>,
    reordered: bool,
}

/// One code as it stands.
struct Code {
    texts: Texts,
    closed: bool,
    columns: BTreeMap<String, String>,
}

pub(super) type Memo = HashMap<(Source, Source), Rc<Codes>>;

pub(super) fn source(id: QId, question: &Question) -> Option<Source> {
    match &question.options {
        Options::List { list, .. } => Some(Source::List(list.clone())),
        Options::Fixed(_) => Some(Source::Question(id)),
        Options::None | Options::Rows { .. } => None,
    }
}

fn codes(form: &Form, source: &Source) -> Vec<(String, Code)> {
    match source {
        Source::List(name) => form.package.codes.get(name).map_or(Vec::new(), |list| {
            list.codes().map(|code| (code.to_owned(), row(list, code, &form.manifest().locales))).collect()
        }),
        Source::Question(id) => {
            let question = &form.model.questions[*id];
            let Options::Fixed(fixed) = &question.options else { return Vec::new() };
            let code = |(code, texts): &(String, Texts)| {
                let closed = question.closed.contains(code);
                (code.clone(), Code { texts: texts.clone(), closed, columns: BTreeMap::new() })
            };
            fixed.iter().map(code).collect()
        }
    }
}

fn row(list: &CodeList, code: &str, locales: &[String]) -> Code {
    let texts = locales.iter().map(|locale| (locale.clone(), list.label(code, locale).to_owned())).collect();
    let is_text = |column: &str| {
        column == "code" || column == "label" || column == "closed" || column.starts_with("label_")
    };
    let cell = |column: &str| Some((column.to_owned(), list.cell(code, column)?.to_owned()));
    let columns = list.columns().filter(|column| !is_text(column)).filter_map(cell).collect();
    Code { texts, closed: list.is_closed(code), columns }
}

/// Whether two lists differ in anything; a list that is not there differs from every one that is.
pub(super) fn list_differs(old: Option<&CodeList>, new: Option<&CodeList>) -> bool {
    let whole = |list: &CodeList| -> Vec<Vec<String>> {
        let cells = |code: &str| {
            list.columns().map(|c| format!("{c}={}", list.cell(code, c).unwrap_or_default())).collect()
        };
        list.codes().map(cells).collect()
    };
    old.map(whole) != new.map(whole)
}

/// The differences between the codes of two questions, worked out once for each pair of lists.
pub(super) fn between(memo: &mut Memo, old: &Form, new: &Form, before: QId, after: QId) -> Option<Rc<Codes>> {
    let a = source(before, &old.model.questions[before])?;
    let b = source(after, &new.model.questions[after])?;
    let key = (a, b);
    if let Some(found) = memo.get(&key) {
        return Some(found.clone());
    }
    let lists = matches!(key, (Source::List(_), Source::List(_)));
    let found = Rc::new(compare_codes(&codes(old, &key.0), &codes(new, &key.1), lists));
    memo.insert(key, found.clone());
    Some(found)
}

fn compare_codes(old: &[(String, Code)], new: &[(String, Code)], lists: bool) -> Codes {
    let before: HashMap<&str, &Code> = old.iter().map(|(code, row)| (code.as_str(), row)).collect();
    let after: BTreeSet<&str> = new.iter().map(|(code, _)| code.as_str()).collect();
    let mut out = Codes::default();
    for (code, row) in new {
        let Some(was) = before.get(code.as_str()) else {
            out.added.push(code.clone());
            continue;
        };
        if differ(&was.texts, &row.texts) {
            let list = if says_something_else(&was.texts, &row.texts) {
                &mut out.replaced
            } else {
                &mut out.relabelled
            };
            list.push(code.clone());
        }
        match (was.closed, row.closed) {
            (false, true) => out.closed.push(code.clone()),
            (true, false) => out.reopened.push(code.clone()),
            _ => {}
        }
        if lists && was.columns != row.columns {
            out.columns.push(code.clone());
        }
    }
    out.removed =
        old.iter().map(|(code, _)| code).filter(|code| !after.contains(code.as_str())).cloned().collect();
    let common = |codes: &[(String, Code)]| -> Vec<String> {
        let shared = |code: &&String| before.contains_key(code.as_str()) && after.contains(code.as_str());
        codes.iter().map(|(code, _)| code).filter(shared).cloned().collect()
    };
    out.reordered = common(old) != common(new);
    out
}

pub(super) fn compare(diff: &mut Diff<'_>, facets: &mut Facets<'_>, before: QId, after: QId) {
    let (old, new) = (diff.old, diff.new);
    let (q0, q1) = (&old.model.questions[before], &new.model.questions[after]);
    let path = q1.template.as_str();
    match (&q0.options, &q1.options) {
        (Options::Rows { roster: a }, Options::Rows { roster: b }) => {
            let moved = new.model.by_template.get(b).is_some_and(|id| new.lenses.formers(*id).contains(a));
            if a != b && !moved {
                diff.add(path, K::RowsOfChanged, turned(a, b));
            }
            return;
        }
        (Options::Rows { .. }, _) | (_, Options::Rows { .. }) => {
            diff.add(path, K::RowsOfChanged, "");
            return;
        }
        _ => {}
    }
    if let Some(codes) = between(&mut facets.codes, old, new, before, after) {
        told(diff, path, &codes);
    }
    let filter = |options: &Options| match options {
        Options::List { filter: Some(Rule { expr, .. }), .. } => Some(expr.to_string()),
        _ => None,
    };
    match (filter(&q0.options), filter(&q1.options)) {
        (before, after) if before == after => {}
        (Some(_), None) => diff.add(path, K::FilterRemoved, ""),
        _ => diff.add(path, K::FilterChanged, ""),
    }
}

/// The codes of what is calculated or copied in both versions: no answer is stored, so that none can be lost.
pub(super) fn compare_derived(diff: &mut Diff<'_>, facets: &mut Facets<'_>, before: QId, after: QId) {
    let Some(codes) = between(&mut facets.codes, diff.old, diff.new, before, after) else { return };
    let path = diff.new.model.questions[after].template.as_str();
    told_of_those_left(diff, path, &codes);
    if !codes.removed.is_empty() {
        diff.add(path, K::CalculationChanged, "");
    }
}

fn told(diff: &mut Diff<'_>, path: &str, codes: &Codes) {
    told_of_those_left(diff, path, codes);
    if !codes.removed.is_empty() {
        let mapped = diff.lens().and_then(|lens| lens.codes(path));
        let lensed = codes.removed.iter().all(|code| mapped.is_some_and(|mapped| mapped.contains_key(code)));
        diff.add_lensed(path, K::OptionRemoved, listed(&codes.removed), lensed);
    }
}

fn told_of_those_left(diff: &mut Diff<'_>, path: &str, codes: &Codes) {
    for (kind, list) in [
        (K::OptionAdded, &codes.added),
        (K::OptionLabelChanged, &codes.relabelled),
        (K::OptionLabelReplaced, &codes.replaced),
        (K::OptionClosed, &codes.closed),
        (K::OptionReopened, &codes.reopened),
        (K::ListColumnsChanged, &codes.columns),
    ] {
        if !list.is_empty() {
            diff.add(path, kind, listed(list));
        }
    }
    if codes.reordered {
        diff.add(path, K::OptionOrderChanged, "");
    }
}

/// Codes with their labels.
pub(super) fn labels(form: &Form, source: &Source) -> BTreeMap<String, Texts> {
    codes(form, source).into_iter().map(|(code, row)| (code, row.texts)).collect()
}
