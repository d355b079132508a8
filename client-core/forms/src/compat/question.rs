//! One question in two versions.

use std::collections::BTreeMap;

use super::diff::{Diff, turned_option};
use super::facets::Facets;
use super::kinds::ChangeKind as K;
use super::words::{differ, says_something_else, turned, turned_text};
use super::{options, rules};
use crate::model::{Kind, QId, Question, Required, Rule};

/// Kinds that put their answers in places of one shape.
#[derive(PartialEq, Eq)]
enum Shape {
    One,
    Ticks,
    Group,
    Rows,
    Years,
}

fn shape(kind: Kind) -> Shape {
    match kind {
        Kind::SelectMany => Shape::Ticks,
        Kind::Group => Shape::Group,
        Kind::Roster => Shape::Rows,
        Kind::Yearly => Shape::Years,
        _ => Shape::One,
    }
}

pub(super) fn compare(diff: &mut Diff<'_>, facets: &mut Facets<'_>, before: QId, after: QId) {
    let (old, new) = (diff.old, diff.new);
    let (q0, q1) = (&old.model.questions[before], &new.model.questions[after]);
    let path = q1.template.as_str();
    texts(diff, q0, q1);
    let kinds = turned(format!("{:?}", q0.kind), format!("{:?}", q1.kind));
    if shape(q0.kind) != shape(q1.kind) {
        diff.add(path, K::ShapeChanged, kinds);
        return;
    }
    let converted = diff.lens().is_some_and(|lens| lens.convert(path).is_some());
    let derived = |q: &Question| q.calculate.is_some() || q.preload.is_some();
    if derived(q0) && derived(q1) {
        // No answer is stored under either.
        if q0.kind != q1.kind {
            diff.add(path, K::CalculationChanged, "");
        } else {
            options::compare_derived(diff, facets, before, after);
        }
    } else if q0.kind != q1.kind {
        diff.add_lensed(path, K::QuestionRetyped, kinds, converted);
    } else {
        let first = diff.changes.len();
        facets.compare(diff, before, after);
        options::compare(diff, facets, before, after);
        facets.prove(diff, (before, after), first);
        super::inside::compare(diff, q0, q1, converted);
    }
    unit(diff, q0, q1);
    super::inside::parts(diff, q0, q1);
    sources(diff, q0, q1);
    asking(diff, q0, q1);
    if q0.pii != q1.pii {
        diff.add(path, K::PrivacyChanged, turned(format!("{:?}", q0.pii), format!("{:?}", q1.pii)));
    }
    if q0.annotations != q1.annotations {
        diff.add(path, K::AnnotationChanged, "x-evidence, x-authority, x-other-of, x-exclusive");
    }
    transitions(diff, q0, q1);
    rules::compare(diff, path, &q0.constraints, &q1.constraints);
    rules::compare(diff, path, &q0.row_constraints, &q1.row_constraints);
}

fn texts(diff: &mut Diff<'_>, q0: &Question, q1: &Question) {
    let path = &q1.template;
    if differ(&q0.title, &q1.title) {
        let replaced = says_something_else(&q0.title, &q1.title);
        let kind = if replaced { K::TitleReplaced } else { K::TitleChanged };
        diff.add(path, kind, turned_text(&q0.title, &q1.title));
    }
    if differ(&q0.hint, &q1.hint) {
        diff.add(path, K::HintChanged, "");
    }
    let label = |q: &Question| Some(q.roster_def.as_ref()?.label.as_ref()?.expr.to_string());
    if label(q0) != label(q1) {
        diff.add(path, K::RowLabelChanged, "");
    }
}

fn unit(diff: &mut Diff<'_>, q0: &Question, q1: &Question) {
    let path = &q1.template;
    let moved = q0.template != q1.template;
    let factor = diff.lens().and_then(|lens| lens.convert(path)).is_some_and(|how| how.factor.is_some());
    let code = |q: &Question| q.unit.as_ref().map(|unit| unit.code.clone());
    let detail = turned_option(code(q0), code(q1));
    match (&q0.unit, &q1.unit) {
        (None, None) => {}
        (None, Some(_)) => diff.add(path, K::UnitAdded, detail),
        (Some(before), Some(after)) if before.code == after.code => {
            if differ(&before.symbol, &after.symbol) {
                // People answer in what they see: 亩 -> 公顷 under the same code would be another measure.
                let replaced = says_something_else(&before.symbol, &after.symbol);
                let kind = if replaced { K::UnitSymbolReplaced } else { K::UnitSymbolChanged };
                diff.add(path, kind, turned_text(&before.symbol, &after.symbol));
            }
        }
        // A new key and a factor: the old measure is still known by the old key.
        (Some(_), Some(_)) if moved && factor => {}
        _ => diff.add(path, K::UnitChanged, detail),
    }
}

/// Where the answer comes from: a person, a calculation, the subject.
fn sources(diff: &mut Diff<'_>, q0: &Question, q1: &Question) {
    let path = &q1.template;
    let text = |rule: &Option<Rule>| rule.as_ref().map(|rule| rule.expr.to_string());
    let typed = q0.calculate.is_none() && q0.preload.is_none();
    match (text(&q0.calculate), text(&q1.calculate)) {
        (before, after) if before == after => {}
        (None, Some(_)) if typed => diff.add(path, K::BecameCalculated, ""),
        (Some(_), None) => diff.add(path, K::CalculationRemoved, ""),
        _ => diff.add(path, K::CalculationChanged, ""),
    }
    match (&q0.preload, &q1.preload) {
        (before, after) if before == after => {}
        (None, Some(_)) if typed => diff.add(path, K::BecamePreloaded, ""),
        (before, after) => {
            diff.add(path, K::PreloadChanged, turned_option(before.as_deref(), after.as_deref()));
        }
    }
    let marked = |q: &Question| q.read_only && q.calculate.is_none() && q.preload.is_none();
    match (marked(q0), marked(q1)) {
        (false, true) if typed => diff.add(path, K::ReadOnlyAdded, ""),
        (true, false) if q1.calculate.is_none() && q1.preload.is_none() => {
            diff.add(path, K::ReadOnlyRemoved, "");
        }
        _ => {}
    }
    if q0.hidden != q1.hidden {
        diff.add(path, K::HiddenChanged, "");
    }
}

/// Whether it is asked, and whether it must be answered.
fn asking(diff: &mut Diff<'_>, q0: &Question, q1: &Question) {
    let path = &q1.template;
    let text = |rule: &Rule| rule.expr.to_string();
    match (q0.relevant.as_ref().map(text), q1.relevant.as_ref().map(text)) {
        (before, after) if before == after => {}
        (None, Some(_)) => diff.add(path, K::RelevanceAdded, ""),
        (Some(_), None) => diff.add(path, K::RelevanceRemoved, ""),
        _ => diff.add(path, K::RelevanceChanged, ""),
    }
    match (&q0.required, &q1.required) {
        (Required::No, Required::No) | (Required::Always, Required::Always) => {}
        (Required::No, _) => diff.add(path, K::RequiredAdded, ""),
        (_, Required::No) => diff.add(path, K::RequiredRemoved, ""),
        (Required::Always, Required::When(_)) => diff.add(path, K::RequiredLoosened, ""),
        (Required::When(a), Required::When(b)) if text(a) == text(b) => {}
        (Required::When(_), _) => diff.add(path, K::RequiredChanged, ""),
    }
    let (before, after) = (q0.min_properties.unwrap_or(0), q1.min_properties.unwrap_or(0));
    if after > before {
        diff.add(path, K::LeastRaised, after.to_string());
    } else if after < before {
        diff.add(path, K::BoundLoosened, format!("minProperties {}", turned(before, after)));
    }
}

fn transitions(diff: &mut Diff<'_>, q0: &Question, q1: &Question) {
    type Moves = BTreeMap<String, Vec<String>>;
    let allows = |moves: &Moves, from: &str, to: &String| match moves.get(from) {
        Some(list) => list.contains(to),
        None => from.is_empty(),
    };
    let within = |inner: &Moves, outer: &Moves| {
        let any_first = !inner.contains_key("") && outer.contains_key("");
        !any_first && inner.iter().all(|(from, to)| to.iter().all(|to| allows(outer, from, to)))
    };
    let names = |moves: &Moves| super::words::listed(&moves.keys().collect::<Vec<_>>());
    let kind = match (&q0.transitions, &q1.transitions) {
        (before, after) if before == after => return,
        (Some(before), None) => (K::TransitionsWidened, names(before)),
        (Some(before), Some(after)) if within(before, after) => (K::TransitionsWidened, names(after)),
        (_, Some(after)) => (K::TransitionsChanged, names(after)),
        (None, None) => return,
    };
    diff.add(&q1.template, kind.0, kind.1);
}
