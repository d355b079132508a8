//! What fits into one package: which lists become files, and which questions are too many.

use std::collections::HashMap;

use crate::emit::{Part, Site};
use crate::form::{Form, Kind, List};
use crate::limits;
use crate::report::{Subject, Tracker};
use crate::said::Said;
use crate::table::Table;

/// Bytes of all code lists together; the rest of a package is for the form itself.
const LISTS_BYTES: usize = 2_900_000;
/// Bytes of one code list.
const LIST_BYTES: usize = 1_900_000;

/// Subschemas of a question without options of its own.
const CHEAP: usize = 8;

/// Decides where each list stands, and marks as lost the questions that do not fit; `most` is how much of the limit
/// may be used, in percent.
pub(crate) fn fit(form: &mut Form, table: &Table<'_>, most: usize, tracker: &mut Tracker<'_>) {
    place_lists(form);
    let mut left = form.nodes.iter().filter(|node| !node.lost && !node.dissolved).count();
    let mut cost = 0;
    let mut bytes = 0;
    for id in 0..form.nodes.len() {
        if form.nodes[id].lost || form.nodes[id].dissolved {
            continue;
        }
        let node = &form.nodes[id];
        let list = match node.kind {
            Kind::SelectOne(list) | Kind::SelectMany(list) | Kind::Rank(list) => Some(&form.lists[list]),
            _ => None,
        };
        if list.is_some_and(|list| list.too_large) {
            let said = Said::new("its list of choices is too large for a form", "它的选项表超出表单上限");
            lose(form, id, table, said, Subject::Choice, tracker);
            continue;
        }
        let own = node_cost(&node.kind, list);
        let texts: usize = table.columns.iter().map(|column| table.cell(node.row, column.index).len()).sum();
        let own_bytes = texts * 3 / 2 + 200 + node.template.len();
        left = left.saturating_sub(1);
        // A question with its options in the schema must leave room for the plain ones after it.
        let reserve = if own > CHEAP { 2 * left } else { 0 };
        let over = |sum: usize, own: usize, limit: usize| sum + own > limit * most / 100;
        if over(cost + reserve, own, limits::SUBSCHEMAS) || over(bytes, own_bytes, limits::TEXTS_BYTES) {
            let said = Said::new(
                "the form is larger than one package may be; split it",
                "表单超出一个表单包的上限，请拆分",
            );
            lose(form, id, table, said, Subject::Limit, tracker);
            continue;
        }
        cost += own;
        bytes += own_bytes;
    }
}

fn lose(
    form: &mut Form,
    id: usize,
    table: &Table<'_>,
    said: Said,
    subject: Subject,
    tracker: &mut Tracker<'_>,
) {
    form.nodes[id].lost = true;
    tracker.lost_row(table.sheet, form.nodes[id].row, subject, said);
    // What is in it goes with it; nodes inside come later.
    for inner in id + 1..form.nodes.len() {
        if form.nodes[inner].outer.is_some_and(|outer| form.nodes[outer].lost) && !form.nodes[inner].lost {
            form.nodes[inner].lost = true;
            let said = Said::new("the group around it is not carried over", "其所在的组未导入");
            tracker.lost_row(table.sheet, form.nodes[inner].row, subject, said);
        }
    }
}

fn node_cost(kind: &Kind, list: Option<&List>) -> usize {
    match kind {
        Kind::Point => 7,
        Kind::Line | Kind::Area => 8,
        Kind::File => 6,
        Kind::Rank(_) => 3 + list.map_or(0, |list| list.choices.len()),
        Kind::SelectOne(_) | Kind::SelectMany(_) => {
            2 + list.filter(|list| !list.in_file).map_or(0, |list| list.choices.len())
        }
        _ => 2,
    }
}

fn list_bytes(list: &List) -> usize {
    let choice = |choice: &crate::form::Choice| {
        let labels: usize = choice.labels.values().map(String::len).sum();
        // Columns may stand there twice, with names and with codes.
        let cells: usize = choice.cells.iter().map(|cell| 2 * cell.len() + 2).sum();
        labels * 2 + choice.code.len() + cells + 40
    };
    list.choices.iter().map(choice).sum()
}

fn place_lists(form: &mut Form) {
    let mut uses = vec![0_usize; form.lists.len()];
    for node in form.nodes.iter().filter(|node| !node.lost) {
        if let Kind::SelectOne(list) | Kind::SelectMany(list) | Kind::Rank(list) = node.kind {
            uses[list] += 1;
        }
    }
    let mut files = 0;
    for list in form.lists.iter_mut() {
        let wanted = list.in_file || !list.columns.is_empty() || list.choices.len() > limits::INLINE_OPTIONS;
        list.in_file = wanted && list.used && files < limits::LISTS;
        files += usize::from(list.in_file);
    }
    // The lists that weigh most go first, until the rest fits with room for the questions.
    let weight = |id: usize, list: &List| (list.choices.len() + 2) * uses[id];
    let room = limits::SUBSCHEMAS.saturating_sub(3 * form.nodes.len()).max(limits::SUBSCHEMAS / 8);
    loop {
        let inline = || form.lists.iter().enumerate().filter(|(id, list)| !list.in_file && uses[*id] > 0);
        let total: usize = inline().map(|(id, list)| weight(id, list)).sum();
        let bytes: usize = inline().map(|(_, list)| list_bytes(list)).sum();
        let heaviest = inline().max_by_key(|(id, list)| weight(*id, list)).map(|(id, _)| id);
        match heaviest {
            Some(id) if (total > room || bytes > limits::TEXTS_BYTES / 3) && files < limits::LISTS => {
                form.lists[id].in_file = true;
                files += 1;
            }
            _ => break,
        }
    }
    let mut total = 0;
    for list in form.lists.iter_mut().filter(|list| list.in_file) {
        let bytes = list_bytes(list);
        list.too_large = bytes > LIST_BYTES || total + bytes > LISTS_BYTES;
        total += if list.too_large { 0 } else { bytes };
    }
}

/// Leaves out the questions that forms refused as they were built.
pub(crate) fn refuse(
    form: &mut Form,
    table: &Table<'_>,
    refused: &HashMap<Site, Said>,
    tracker: &mut Tracker<'_>,
) {
    for ((id, part), said) in refused {
        if let (Some(id), Part::Whole) = (id, part)
            && form.nodes.get(*id).is_some_and(|node| !node.lost)
        {
            lose(form, *id, table, said.clone(), Subject::Type, tracker);
        }
    }
}
