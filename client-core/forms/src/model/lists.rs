//! Code lists read by expressions as `codes.<list>`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::rules::{CodeLists, all_constraints};
use super::{Model, Options, Required};
use crate::expr::{RecordType, Type};
use crate::package::LISTS;

/// The type of `codes`: the package's code lists by name.
pub(super) fn lists_type(codes: &CodeLists) -> Type {
    let fields = codes.iter().map(|(name, list)| (name.clone(), list.list_type(name))).collect();
    Type::Record(Arc::new(RecordType { template: LISTS.into(), fields, ..RecordType::default() }))
}

/// Names of the code lists that some rule reads as `codes.<list>`.
pub(crate) fn lists_read(model: &Model) -> Vec<String> {
    let rules = model.questions.iter().flat_map(|question| {
        let required = if let Required::When(rule) = &question.required { Some(rule) } else { None };
        let filter =
            if let Options::List { filter, .. } = &question.options { filter.as_ref() } else { None };
        let label = question.roster_def.as_ref().and_then(|def| def.label.as_ref());
        [question.relevant.as_ref(), question.calculate.as_ref(), required, filter, label]
            .into_iter()
            .flatten()
    });
    let rules = rules.chain(all_constraints(model).map(|(_, constraint)| &constraint.rule));
    let rules = rules.chain(model.moves.iter().flat_map(super::MoveDef::rules));
    let named = rules
        .flat_map(|rule| &rule.reads)
        .filter_map(|read| read.strip_prefix(LISTS)?.strip_prefix('/'))
        .map(|rest| rest.split('/').next().unwrap_or(rest).to_string());
    named.collect::<BTreeSet<_>>().into_iter().collect()
}
