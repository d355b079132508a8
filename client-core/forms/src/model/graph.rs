//! The order in which calculations and relevances are worked out.

use std::collections::{BTreeMap, BTreeSet};

use super::{Model, QId, Rule};
use crate::fault::{FaultKind, Faults};
use crate::profile::FILE;

/// One step of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Is the question asked?
    Relevance(QId),
    /// What is its calculated value?
    Calculate(QId),
}

impl Step {
    fn question(self) -> QId {
        let (Step::Relevance(id) | Step::Calculate(id)) = self;
        id
    }

    fn rule(self, model: &Model) -> Option<&Rule> {
        match self {
            Step::Relevance(id) => model.questions[id].relevant.as_ref(),
            Step::Calculate(id) => model.questions[id].calculate.as_ref(),
        }
    }
}

/// Orders the steps so that each comes after those it reads. A cycle is a fault that names it.
pub(crate) fn order(model: &Model, faults: &mut Faults) -> Vec<Step> {
    let mut waits: BTreeMap<Step, BTreeSet<Step>> = BTreeMap::new();
    for id in 0..model.questions.len() {
        for step in [Step::Relevance(id), Step::Calculate(id)] {
            if step.rule(model).is_some() {
                waits.insert(step, dependencies(model, step));
            }
        }
    }
    // Rounds in question order: each round takes every step whose needs are met.
    let mut done = BTreeSet::new();
    let mut ordered = Vec::new();
    loop {
        let before = ordered.len();
        waits.retain(|step, needs| {
            let ready = needs.iter().all(|need| done.contains(need));
            if ready {
                done.insert(*step);
                ordered.push(*step);
            }
            !ready
        });
        if ordered.len() == before {
            break;
        }
    }
    if !waits.is_empty() {
        report(model, &waits, &done, faults);
    }
    ordered
}

fn settled(model: &Model, id: QId) -> impl Iterator<Item = Step> {
    let relevance = model.lineage(id).map(Step::Relevance);
    std::iter::once(Step::Calculate(id)).chain(relevance).filter(|step| step.rule(model).is_some())
}

fn dependencies(model: &Model, step: Step) -> BTreeSet<Step> {
    let id = step.question();
    let reads = step.rule(model).into_iter().flat_map(|rule| &rule.reads);
    let mut needs: BTreeSet<Step> =
        reads.filter_map(|read| model.owner(read)).flat_map(|owner| settled(model, owner)).collect();
    // The relevance of what stands around comes first; a calculation comes after its own relevance.
    let around = model.lineage(id).skip(1).map(Step::Relevance);
    let own = matches!(step, Step::Calculate(_)).then_some(Step::Relevance(id));
    needs.extend(around.chain(own).filter(|step| step.rule(model).is_some()));
    needs
}

fn report(model: &Model, waits: &BTreeMap<Step, BTreeSet<Step>>, done: &BTreeSet<Step>, faults: &mut Faults) {
    // Every step left waits for another one left: following them must come back.
    let mut path: Vec<Step> = waits.keys().next().copied().into_iter().collect();
    while let Some(next) = path
        .last()
        .and_then(|last| waits.get(last))
        .and_then(|needs| needs.iter().find(|n| !done.contains(n)))
    {
        if let Some(start) = path.iter().position(|step| step == next) {
            path.drain(..start);
            break;
        }
        path.push(*next);
    }
    let names: Vec<&str> =
        path.iter().chain(path.first()).map(|s| model.questions[s.question()].template.as_str()).collect();
    let names = names.join(" -> ");
    let pointer = path.first().and_then(|s| s.rule(model)).map_or("", |rule| rule.pointer.as_str());
    let en = format!("these depend on each other: {names}");
    faults.add(FILE, pointer, FaultKind::Cycle, en, format!("相互依赖：{names}"));
}
