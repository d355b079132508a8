//! Keys and paths of all questions. Paths are bounded: groups that would make them too long are dissolved.

use std::collections::{HashMap, HashSet};

use crate::form::{Form, Id, Kind};
use crate::limits::{PATH_BYTES, PATH_SEGMENTS};
use crate::names;
use crate::report::{Subject, Tracker};
use crate::said::Said;
use crate::table::{Field, Table};

/// Gives out keys from the top down.
pub(crate) fn assign(form: &mut Form, table: &Table<'_>, tracker: &mut Tracker<'_>) {
    let mut taken: HashMap<Option<Id>, HashSet<String>> = HashMap::new();
    for (id, need) in needs(form).into_iter().enumerate() {
        if form.nodes[id].lost {
            continue;
        }
        // What stands around a node comes before it.
        let parent = effective(form, form.nodes[id].outer);
        let (prefix, roster, mut segments) = match parent {
            None => (String::new(), None, Vec::new()),
            Some(up) => {
                let above = &form.nodes[up];
                if above.kind == Kind::Repeat {
                    (format!("{}/*/", above.template), Some(up), Vec::new())
                } else {
                    (format!("{}/", above.template), above.roster, above.segments.clone())
                }
            }
        };
        let key = fitting(names::key(&form.nodes[id].name), &form.nodes[id].name, prefix.len());
        let used = prefix.matches('/').count();
        let node = &mut form.nodes[id];
        node.parent = parent;
        node.roster = roster;
        let too_deep = used + need > PATH_SEGMENTS || prefix.len() + key.len() > PATH_BYTES * 2 / 3;
        if node.kind == Kind::Group && too_deep {
            node.dissolved = true;
            node.segments = segments;
            node.template = prefix.trim_end_matches('/').trim_end_matches("/*").to_owned();
            dissolved(table, tracker, node.row);
            continue;
        }
        let key = names::unique(key, taken.entry(parent).or_default());
        segments.push(key.clone());
        node.template = format!("{prefix}{key}");
        node.segments = segments;
        if key != node.name && node.other_of.is_none() {
            renamed(table, tracker, node.row, &key);
        }
        node.key = key;
    }
}

/// The group or repeat whose questions a node is among.
fn effective(form: &Form, outer: Option<Id>) -> Option<Id> {
    let mut at = outer;
    while let Some(id) = at.filter(|id| form.nodes[*id].dissolved) {
        at = form.nodes[id].outer;
    }
    at
}

/// Segments that a node and what is in it need below its parent.
fn needs(form: &Form) -> Vec<usize> {
    let mut below = vec![0; form.nodes.len()];
    let mut needs = vec![0; form.nodes.len()];
    for id in (0..form.nodes.len()).rev() {
        let own = if form.nodes[id].kind == Kind::Repeat { 2 } else { 1 };
        needs[id] = own + below[id];
        if let Some(outer) = form.nodes[id].outer.filter(|_| !form.nodes[id].lost) {
            below[outer] = below[outer].max(needs[id]);
        }
    }
    needs
}

/// Takes out groups and repeats in which there is no question.
pub(crate) fn empty(form: &mut Form, table: &Table<'_>, tracker: &mut Tracker<'_>) {
    let mut filled = vec![false; form.nodes.len()];
    for id in (0..form.nodes.len()).rev() {
        let node = &mut form.nodes[id];
        if matches!(node.kind, Kind::Group | Kind::Repeat) && !filled[id] && !node.lost {
            node.lost = true;
            let said = Said::new("there is no question in it that is carried over", "其中没有可导入的题目");
            tracker.lost_row(table.sheet, node.row, Subject::Nesting, said);
        }
        if let Some(outer) = node.outer.filter(|_| !node.lost) {
            filled[outer] = true;
        }
    }
}

/// A key that leaves the path within its bytes.
fn fitting(key: String, name: &str, prefix: usize) -> String {
    let most = PATH_BYTES.saturating_sub(prefix).max(12);
    if key.len() <= most { key } else { names::shortened_to(&key, name, most) }
}

fn renamed(table: &Table<'_>, tracker: &mut Tracker<'_>, row: usize, key: &str) {
    let said = Said::new(
        format!(
            "the question is called {key} in the form: keys are lower-case letters, digits and _, and each only once"
        ),
        format!("该题在表单中名为 {key}：键名只能用小写字母、数字和下划线，且不得重复"),
    );
    match table.get(row, Field::Name) {
        Some((_, at)) => tracker.changed(at, Subject::Name, said),
        None => {
            if let Some((_, at)) = table.get(row, Field::Type) {
                tracker.note(at, Subject::Name, said);
            }
        }
    }
}

fn dissolved(table: &Table<'_>, tracker: &mut Tracker<'_>, row: usize) {
    let said = Said::new(
        "paths of answers would become too long: the questions of this group stand in the group around it",
        "答案路径会过长：此组的题目归入外层分组",
    );
    if let Some((_, at)) = table.get(row, Field::Type) {
        tracker.changed(at, Subject::Nesting, said);
    }
}
