//! Relevances and calculations that depend on each other: found before forms are asked, so that one of each circle is
//! left out and the others stay. The rules of dependence are those of `doorstep_forms`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::emit::{Part, Site};
use crate::form::{Form, Id};
use crate::said::Said;

/// The expressions to leave out, and why.
pub(crate) fn broken(form: &Form, reads: &BTreeMap<Site, BTreeSet<Id>>) -> Vec<(Site, Said)> {
    let steps: BTreeSet<Site> = reads
        .keys()
        .copied()
        .filter(|(id, part)| id.is_some() && matches!(part, Part::Relevant | Part::Calculate))
        .collect();
    let mut needs: BTreeMap<Site, BTreeSet<Site>> = BTreeMap::new();
    let mut wanted_by: BTreeMap<Site, Vec<Site>> = BTreeMap::new();
    for step in &steps {
        let all = dependencies(form, *step, &reads[step], &steps);
        for need in &all {
            wanted_by.entry(*need).or_default().push(*step);
        }
        needs.insert(*step, all);
    }
    let mut out = Vec::new();
    let mut ready: VecDeque<Site> =
        needs.iter().filter(|(_, needs)| needs.is_empty()).map(|(step, _)| *step).collect();
    loop {
        while let Some(step) = ready.pop_front() {
            if needs.remove(&step).is_none() {
                continue;
            }
            for waiting in wanted_by.get(&step).into_iter().flatten() {
                if let Some(left) = needs.get_mut(waiting) {
                    left.remove(&step);
                    if left.is_empty() {
                        ready.push_back(*waiting);
                    }
                }
            }
        }
        let Some((first, _)) = needs.first_key_value() else {
            return out;
        };
        let circle = circle(*first, &needs);
        // The last of the circle goes: what stands earlier is read by more.
        let Some(last) = circle.iter().max().copied() else {
            return out;
        };
        let names: Vec<&str> = circle
            .iter()
            .chain(circle.first())
            .filter_map(|(id, _)| id.map(|id| form.nodes[id].name.as_str()))
            .take(12)
            .collect();
        let names = names.join(" → ");
        out.push((
            last,
            Said::new(format!("these depend on each other: {names}"), format!("相互依赖：{names}")),
        ));
        ready.push_back(last);
    }
}

fn lineage(form: &Form, id: Id) -> impl Iterator<Item = Id> + '_ {
    std::iter::successors(Some(id), |id| form.nodes[*id].parent)
}

fn dependencies(form: &Form, step: Site, reads: &BTreeSet<Id>, steps: &BTreeSet<Site>) -> BTreeSet<Site> {
    let mut out = BTreeSet::new();
    let mut need = |site: Site| {
        if steps.contains(&site) {
            out.insert(site);
        }
    };
    for id in reads {
        need((Some(*id), Part::Calculate));
        lineage(form, *id).for_each(|id| need((Some(id), Part::Relevant)));
    }
    if let (Some(id), part) = step {
        lineage(form, id).skip(1).for_each(|id| need((Some(id), Part::Relevant)));
        if part == Part::Calculate {
            need((Some(id), Part::Relevant));
        }
    }
    out
}

fn circle(first: Site, needs: &BTreeMap<Site, BTreeSet<Site>>) -> Vec<Site> {
    let mut path = vec![first];
    let mut seen = BTreeSet::from([first]);
    loop {
        let next = path.last().and_then(|last| needs.get(last)).and_then(|needs| needs.first()).copied();
        let Some(next) = next else { return path };
        if !seen.insert(next) {
            let start = path.iter().position(|step| *step == next).unwrap_or(0);
            return path.split_off(start);
        }
        path.push(next);
    }
}
