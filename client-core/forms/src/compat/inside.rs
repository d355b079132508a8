//! What stands inside a single answer: the definitions of quantities, signatures and attachments, units and privacy of the parts of a
//! compound. To the validator these are annotations or part of one schema, so that `facets` does not see them.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::diff::{Diff, turned_option};
use super::kinds::ChangeKind as K;
use super::words::{listed, turned};
use crate::attachment::AttachmentDef;
use crate::model::Question;
use crate::quantity::QuantityDef;

/// `lensed`: the new version has a step `convert` for the question.
pub(super) fn compare(diff: &mut Diff<'_>, q0: &Question, q1: &Question, lensed: bool) {
    if let (Some(before), Some(after)) = (&q0.quantity, &q1.quantity) {
        quantity(diff, (q0, before), (q1, after), lensed);
    }
    if let (Some(before), Some(after)) = (&q0.signature, &q1.signature)
        && (&before.covers, before.again) != (&after.covers, after.again)
    {
        diff.add(&q1.template, K::SignatureChanged, "");
    }
    if let (Some(before), Some(after)) = (&q0.attachment, &q1.attachment) {
        attachment(diff, &q1.template, (before, after), lensed);
    }
}

/// Files that are taken no more are less than before, whatever the records hold.
fn attachment(
    diff: &mut Diff<'_>,
    path: &str,
    (before, after): (&AttachmentDef, &AttachmentDef),
    lensed: bool,
) {
    let gone: Vec<_> = before.types.iter().filter(|one| !after.types.contains(one)).collect();
    let more: Vec<_> = after.types.iter().filter(|one| !before.types.contains(one)).collect();
    if !gone.is_empty() {
        diff.add_lensed(path, K::Narrowed, format!("x-attachment types -{}", listed(&gone)), lensed);
    }
    if !more.is_empty() {
        diff.add(path, K::BoundLoosened, format!("x-attachment types +{}", listed(&more)));
    }
    let detail = || format!("x-attachment max_bytes {}", turned(before.max_bytes, after.max_bytes));
    match after.max_bytes.cmp(&before.max_bytes) {
        std::cmp::Ordering::Less => diff.add_lensed(path, K::Narrowed, detail(), lensed),
        std::cmp::Ordering::Equal => {}
        std::cmp::Ordering::Greater => diff.add(path, K::BoundLoosened, detail()),
    }
}

fn quantity(
    diff: &mut Diff<'_>,
    (q0, before): (&Question, &QuantityDef),
    (q1, after): (&Question, &QuantityDef),
    lensed: bool,
) {
    let path = &q1.template;
    // In another unit other units can be typed, and bounds are other numbers: that is told as the change of the unit.
    if before.unit == after.unit {
        let set = |def: &QuantityDef| def.entry.iter().cloned().collect::<BTreeSet<_>>();
        let (old, new) = (set(before), set(after));
        let gone: Vec<&String> = old.difference(&new).collect();
        let more: Vec<&String> = new.difference(&old).collect();
        if !gone.is_empty() {
            diff.add_lensed(path, K::Narrowed, format!("x-quantity entry -{}", listed(&gone)), lensed);
        }
        if !more.is_empty() {
            diff.add(path, K::BoundLoosened, format!("x-quantity entry +{}", listed(&more)));
        }
        for name in ["minimum", "maximum"] {
            bound(diff, path, name, (of(q0, name), of(q1, name)), lensed);
        }
    }
    match (before.qualifiers, after.qualifiers) {
        (true, false) => diff.add_lensed(path, K::Narrowed, "x-quantity qualifiers true → false", lensed),
        (false, true) => diff.add(path, K::BoundLoosened, "x-quantity qualifiers false → true"),
        _ => {}
    }
}

fn of(question: &Question, name: &str) -> Option<Decimal> {
    question.bounds.list.iter().find(|(key, _)| *key == name).map(|(_, bound)| *bound)
}

fn bound(
    diff: &mut Diff<'_>,
    path: &str,
    name: &str,
    (before, after): (Option<Decimal>, Option<Decimal>),
    lensed: bool,
) {
    let looser = match (before, after) {
        (before, after) if before == after => return,
        (_, None) => true,
        (None, _) => false,
        (Some(before), Some(after)) => (name == "minimum") == (after < before),
    };
    let detail = format!("x-quantity {name} {}", turned_option(before, after));
    if looser {
        diff.add(path, K::BoundLoosened, detail);
    } else {
        diff.add_lensed(path, K::Narrowed, detail, lensed);
    }
}

/// Units and privacy inside a compound, also of one that is copied.
pub(super) fn parts(diff: &mut Diff<'_>, q0: &Question, q1: &Question) {
    let path = &q1.template;
    for (name, after) in &q1.parts {
        // A part that is new has no answers; one that is gone is told as less that is accepted.
        let Some(before) = q0.parts.get(name) else { continue };
        if before.unit != after.unit {
            let kind = if before.unit.is_none() { K::UnitAdded } else { K::UnitChanged };
            let units = turned_option(before.unit.as_deref(), after.unit.as_deref());
            diff.add(path, kind, format!("{name}: {units}"));
        }
        if before.pii != after.pii {
            let pii = turned(format!("{:?}", before.pii), format!("{:?}", after.pii));
            diff.add(path, K::PrivacyChanged, format!("{name}: {pii}"));
        }
    }
}
