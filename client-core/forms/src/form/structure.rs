//! Structure: what `jsonschema` finds, told by flat paths.

use std::collections::BTreeMap;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as E;
use serde_json::{Map, Value as Json};

use super::Form;
use super::outcome::Violation;
use crate::model::Kind;

impl Form {
    /// Violations of the nested answers, all of them; decimals' bounds and what a draft may lack are not among
    /// them.
    pub(super) fn structural(&self, tree: &Json) -> Vec<Violation> {
        if self.validator.is_valid(tree) {
            return Vec::new();
        }
        let mut out: BTreeMap<(String, String), Violation> = BTreeMap::new();
        for error in self.validator.iter_errors(tree).take(crate::limits::VIOLATIONS) {
            let violation = self.violation(&error);
            // A compound is one answer: one word about it is enough.
            out.entry((violation.path.clone(), violation.key.clone())).or_insert(violation);
        }
        out.into_values().collect()
    }

    fn violation(&self, error: &ValidationError<'_>) -> Violation {
        let whole = error.instance_path().as_str().trim_start_matches('/');
        let (path, kind, one_of) = self.answer_path(whole);
        if kind == Some(Kind::Quantity) {
            return self.quantity_violation(path, whole[path.len()..].trim_start_matches('/'));
        }
        if kind == Some(Kind::Signature) {
            return Violation::keyword(path, "signature_shape", &[]);
        }
        let (mut keyword, params) = describe(error.kind());
        if kind == Some(Kind::Attachment) {
            let inside = whole[path.len()..].trim_start_matches('/');
            return self.attachment_violation(path, inside, keyword);
        }
        let mut path = path.to_string();
        match error.kind() {
            E::PropertyNames { error } => {
                if let Some(name) = error.instance().as_str() {
                    path = format!("{path}/{name}");
                }
            }
            E::Enum { .. } if one_of => keyword = "oneOf",
            _ => {}
        }
        let mut params = params;
        if keyword == "type"
            && let Some(kind) = kind
        {
            params = vec![("kind", kind_name(kind).to_string())];
        }
        Violation::keyword(path, keyword, &params)
    }

    /// The path of the answer that a place in the tree belongs to (the inside of a compound is the compound).
    fn answer_path<'p>(&self, path: &'p str) -> (&'p str, Option<Kind>, bool) {
        let mut end = path.len();
        loop {
            if let Some((id, _)) = self.resolve(&path[..end]) {
                let question = &self.model.questions[id];
                return (&path[..end], Some(question.kind), question.one_of);
            }
            match path[..end].rfind('/') {
                Some(slash) => end = slash,
                None => return (path, None, false),
            }
        }
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::SelectOne => "select",
        Kind::Decimal => "decimal",
        Kind::Integer => "integer",
        Kind::Bool | Kind::SelectMany => "bool",
        Kind::Date => "date",
        Kind::Gps => "gps",
        Kind::Ranking => "ranking",
        Kind::Quantity => "quantity",
        Kind::Signature => "signature",
        Kind::Attachment => "attachment",
        _ => "compound",
    }
}

fn describe(kind: &E) -> (&'static str, Vec<(&'static str, String)>) {
    let plain = |json: &Json| json.as_str().map_or_else(|| json.to_string(), String::from);
    match kind {
        E::Minimum { limit } => ("minimum", vec![("limit", plain(limit))]),
        E::Maximum { limit } => ("maximum", vec![("limit", plain(limit))]),
        E::ExclusiveMinimum { limit } => ("exclusiveMinimum", vec![("limit", plain(limit))]),
        E::ExclusiveMaximum { limit } => ("exclusiveMaximum", vec![("limit", plain(limit))]),
        E::MultipleOf { multiple_of } => ("multipleOf", vec![("limit", multiple_of.to_string())]),
        E::MinLength { limit } => ("minLength", vec![("limit", limit.to_string())]),
        E::MaxLength { limit } => ("maxLength", vec![("limit", limit.to_string())]),
        E::MinItems { limit } => ("minItems", vec![("limit", limit.to_string())]),
        E::MaxItems { limit } => ("maxItems", vec![("limit", limit.to_string())]),
        E::MinProperties { limit } => ("minProperties", vec![("limit", limit.to_string())]),
        E::MaxProperties { limit } => ("maxProperties", vec![("limit", limit.to_string())]),
        E::Format { format } => ("format", vec![("format", format.clone())]),
        E::Pattern { .. } | E::BacktrackLimitExceeded { .. } | E::RegexEngineFailure { .. } => {
            ("pattern", vec![])
        }
        E::Enum { .. } | E::OneOfNotValid { .. } | E::OneOfMultipleValid { .. } => ("enum", vec![]),
        E::Constant { .. } => ("const", vec![]),
        E::UniqueItems => ("uniqueItems", vec![]),
        E::PropertyNames { .. } => ("propertyNames", vec![]),
        E::Required { property } => ("parts", vec![("name", plain(property))]),
        E::AdditionalProperties { unexpected } => {
            ("additionalProperties", vec![("name", unexpected.join(", "))])
        }
        E::Type { .. } => ("type", vec![]),
        _ => ("schema", vec![]),
    }
}

/// Takes the value at `path` out of the tree.
pub(super) fn take(tree: &mut Map<String, Json>, path: &str) -> Option<Json> {
    match path.split_once('/') {
        None => tree.remove(path),
        Some((head, rest)) => match tree.get_mut(head) {
            Some(Json::Object(inner)) => take(inner, rest),
            _ => None,
        },
    }
}

/// Puts a value at `path`, making objects on the way.
pub(super) fn put(tree: &mut Map<String, Json>, path: &str, value: Json) {
    match path.split_once('/') {
        None => {
            tree.insert(path.to_string(), value);
        }
        Some((head, rest)) => {
            if !matches!(tree.get(head), Some(Json::Object(_))) {
                tree.insert(head.to_string(), Json::Object(Map::new()));
            }
            if let Some(Json::Object(inner)) = tree.get_mut(head) {
                put(inner, rest, value);
            }
        }
    }
}
