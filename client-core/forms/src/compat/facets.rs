//! What a single answer may be: bounds, lengths, patterns, formats.
//!
//! Our own comparison of keywords decides. Where it finds nothing but widening, `jsonschema`'s canonical `covers` is
//! asked whether every earlier answer still fits: No vetoes, Unknown is told.

use std::collections::{BTreeMap, HashMap};

use jsonschema::canonical::{Containment, options as canonical};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::diff::Diff;
use super::kinds::ChangeKind as K;
use super::options::Memo;
use super::{Class, words::turned};
use crate::expr::parse_decimal;
use crate::model::{Kind, Model, QId};
use crate::{Form, limits};

/// The schemas of all questions of two forms, and what was worked out already.
pub(super) struct Facets<'a> {
    old: HashMap<QId, &'a Json>,
    new: HashMap<QId, &'a Json>,
    pub(super) codes: Memo,
    /// Bytes of schema that `covers` may still be asked about.
    left: usize,
}

impl<'a> Facets<'a> {
    pub(super) fn new(old: &'a Form, new: &'a Form) -> Facets<'a> {
        let schemas = |model: &'a Model| {
            let mut out = HashMap::new();
            walk(model, &model.roots, &model.structure, &mut out);
            out
        };
        Facets {
            old: schemas(&old.model),
            new: schemas(&new.model),
            codes: Memo::default(),
            left: limits::COVERS_BYTES_TOTAL,
        }
    }

    /// Compares the bounds of one question.
    pub(super) fn compare(&self, diff: &mut Diff<'_>, before: QId, after: QId) {
        let (Some(a), Some(b)) = (self.old.get(&before), self.new.get(&after)) else { return };
        let question = &diff.new.model.questions[after];
        let (path, kind) = (question.template.clone(), question.kind);
        if matches!(kind, Kind::Group) || a == b {
            return;
        }
        let lensed = diff.lens().is_some_and(|lens| lens.convert(&path).is_some());
        if matches!(kind, Kind::Compound | Kind::Gps) {
            // The inside of one answer is compared as a whole.
            match covers(a, b) {
                Some(Containment::Yes) => diff.add(&path, K::BoundLoosened, "{…}"),
                _ => diff.add_lensed(&path, K::Narrowed, "{…}", lensed),
            }
            return;
        }
        let (a, b) = (keywords(a), keywords(b));
        let mut names: Vec<&str> = a.keys().chain(b.keys()).copied().collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let (x, y) = (a.get(name), b.get(name));
            let say = |value: Option<&Vec<&Json>>| {
                let texts =
                    value.map(|all| all.iter().map(|v| v.to_string()).collect::<Vec<_>>().join(" & "));
                texts.unwrap_or_else(|| "–".into())
            };
            let detail = format!("{name} {}", turned(say(x), say(y)));
            match direction(name, x, y) {
                Direction::Same => {}
                Direction::Looser => diff.add(&path, K::BoundLoosened, detail),
                Direction::Tighter => diff.add_lensed(&path, K::Narrowed, detail, lensed),
            }
        }
    }

    /// Asks `covers` when all that was found of a question since `first` is widening.
    pub(super) fn prove(&mut self, diff: &mut Diff<'_>, (before, after): (QId, QId), first: usize) {
        let (Some(a), Some(b)) = (self.old.get(&before), self.new.get(&after)) else { return };
        let question = &diff.new.model.questions[after];
        let found = &diff.changes[first..];
        let widened = found.iter().any(|change| change.kind == K::BoundLoosened);
        let structural = found.iter().any(|change| change.class >= Class::Structural);
        if !widened || structural || question.kind.is_container() || question.kind.is_compound() {
            return;
        }
        let path = question.template.clone();
        let size = a.to_string().len() + b.to_string().len();
        let answer = if size <= limits::COVERS_BYTES && size <= self.left { covers(a, b) } else { None };
        self.left = self.left.saturating_sub(size);
        match answer {
            Some(Containment::Yes) => {}
            Some(Containment::No) => {
                let lensed = diff.lens().is_some_and(|lens| lens.convert(&path).is_some());
                diff.add_lensed(&path, K::NotCovered, "covers: No", lensed);
            }
            _ => diff.add(&path, K::WideningUnproven, "covers: Unknown"),
        }
    }
}

fn walk<'a>(model: &Model, ids: &[QId], object: &'a Json, out: &mut HashMap<QId, &'a Json>) {
    for id in ids {
        let question = &model.questions[*id];
        let Some(schema) = object.get("properties").and_then(|all| all.get(&*question.key)) else { continue };
        out.insert(*id, schema);
        match question.kind {
            Kind::Group => walk(model, &question.children, schema, out),
            Kind::Roster | Kind::Yearly => {
                if let Some(row) = schema.get("additionalProperties") {
                    walk(model, &question.children, row, out);
                }
            }
            _ => {}
        }
    }
}

/// The keywords of a question's schema; those of a reference and of the question itself hold together. Codes and
/// parts are compared elsewhere.
fn keywords(schema: &Json) -> BTreeMap<&str, Vec<&Json>> {
    let parts: Vec<&Json> = match schema.get("allOf").and_then(Json::as_array) {
        Some(parts) => parts.iter().collect(),
        None => vec![schema],
    };
    let mut out: BTreeMap<&str, Vec<&Json>> = BTreeMap::new();
    for (key, value) in parts.iter().filter_map(|part| part.as_object()).flatten() {
        let elsewhere = matches!(
            key.as_str(),
            "type" | "enum" | "properties" | "additionalProperties" | "items" | "required"
        );
        let says_nothing = key == "uniqueItems" && *value == Json::Bool(false);
        if !elsewhere && !says_nothing {
            out.entry(key).or_default().push(value);
        }
    }
    for all in out.values_mut() {
        all.sort_by_key(|value| value.to_string());
        all.dedup();
    }
    out
}

#[derive(PartialEq, Eq)]
enum Direction {
    Same,
    Looser,
    Tighter,
}

fn direction(name: &str, old: Option<&Vec<&Json>>, new: Option<&Vec<&Json>>) -> Direction {
    let (old, new) = match (old, new) {
        (old, new) if old == new => return Direction::Same,
        (Some(_), None) => return Direction::Looser,
        (None, _) => return Direction::Tighter,
        (Some(old), Some(new)) => (old, new),
    };
    let numbers = |all: &[&Json]| -> Option<Vec<Decimal>> {
        all.iter().map(|value| parse_decimal(&value.to_string())).collect()
    };
    let (Some(a), Some(b)) = (numbers(old), numbers(new)) else {
        // Patterns, formats, names: any other text may refuse what was accepted. Of several only fewer is looser.
        let fewer = new.iter().all(|value| old.contains(value));
        return if fewer { Direction::Looser } else { Direction::Tighter };
    };
    let looser = match name {
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" => {
            b.iter().min() > a.iter().min()
        }
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" => b.iter().max() < a.iter().max(),
        "multipleOf" => {
            b.iter().all(|step| a.iter().any(|was| was.checked_rem(*step).is_some_and(|rest| rest.is_zero())))
        }
        _ => false,
    };
    let same = match name {
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" => {
            b.iter().min() == a.iter().min()
        }
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" => b.iter().max() == a.iter().max(),
        _ => false,
    };
    if same {
        Direction::Same
    } else if looser {
        Direction::Looser
    } else {
        Direction::Tighter
    }
}

/// Whether `new` accepts everything that `old` accepts; `None` when it cannot be said.
fn covers(old: &Json, new: &Json) -> Option<Containment> {
    let read = |schema: &Json| {
        canonical()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .with_pattern_options(jsonschema::PatternOptions::regex())
            .offline()
            .canonicalize(schema)
            .ok()
    };
    // The library calls this part experimental: should it panic, nothing is proved, and nothing is lost.
    std::panic::catch_unwind(|| read(new)?.covers(&read(old)?).ok()).ok().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::FormPackage;

    fn form(question: Json) -> Form {
        let manifest = json!({"id": "small", "version": 1, "kind": "register", "entity": "household",
            "title": {"zh": "小表"}, "locales": ["zh"]});
        let schema = json!({"title": "小表", "type": "object", "additionalProperties": false,
            "properties": {"a": question}});
        let files = BTreeMap::from([
            ("form.json".to_owned(), manifest.to_string().into_bytes()),
            ("schema.json".to_owned(), schema.to_string().into_bytes()),
        ]);
        Form::compile(FormPackage::from_files(files).unwrap()).unwrap()
    }

    /// What `covers` says when our own comparison has claimed that `new` is wider than `old`.
    fn proved(old: Json, new: Json) -> Vec<K> {
        let (old, new) = (form(old), form(new));
        let mut diff = Diff { old: &old, new: &new, changes: Vec::new() };
        diff.add("a", K::BoundLoosened, "claimed");
        Facets::new(&old, &new).prove(&mut diff, (0, 0), 0);
        diff.changes.iter().skip(1).map(|change| change.kind).collect()
    }

    #[test]
    fn a_claim_of_widening_is_vetoed_believed_or_told_as_unproven() {
        let text = |length: u32| json!({"title": "题", "type": "string", "maxLength": length});
        assert_eq!(proved(text(5), text(9)), []);
        assert_eq!(proved(text(9), text(5)), [K::NotCovered], "the claim was wrong");
        let number = |least: i32| json!({"title": "题", "type": "integer", "minimum": least});
        assert_eq!(
            (proved(number(3), number(1)), proved(number(1), number(3))),
            (vec![], vec![K::NotCovered])
        );
        let long = |n: usize| {
            json!({"title": "题", "type": "string", "pattern": "a".repeat(1_000), "maxLength": n,
            "enum": (0..3_000).map(|n| format!("c{n}")).collect::<Vec<_>>()})
        };
        assert_eq!(proved(long(5), long(6)), [K::WideningUnproven], "too long to be asked about");
    }

    #[test]
    fn keywords_have_a_direction() {
        let table = [
            ("maximum", json!(5), json!(6), "looser"),
            ("maximum", json!(5), json!(4), "tighter"),
            ("maximum", json!(5), json!(5.0), "same"),
            ("minimum", json!(5), json!(4), "looser"),
            ("exclusiveMinimum", json!(5), json!(6), "tighter"),
            ("multipleOf", json!(10), json!(5), "looser"),
            ("multipleOf", json!(5), json!(10), "tighter"),
            ("multipleOf", json!(5), json!(3), "tighter"),
            ("pattern", json!("a"), json!("b"), "tighter"),
        ];
        for (name, old, new, expected) in table {
            let said = match direction(name, Some(&vec![&old]), Some(&vec![&new])) {
                Direction::Same => "same",
                Direction::Looser => "looser",
                Direction::Tighter => "tighter",
            };
            assert_eq!(said, expected, "{name} {old} {new}");
        }
        let any = json!(1);
        assert!(direction("maxLength", Some(&vec![&any]), None) == Direction::Looser);
        assert!(direction("maxLength", None, Some(&vec![&any])) == Direction::Tighter);
    }
}
