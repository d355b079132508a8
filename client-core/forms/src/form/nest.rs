//! Flat answers to the nested tree that the schema describes.

use std::collections::HashSet;

use serde_json::{Map, Value as Json};

use super::Form;
use crate::expr::Missing;
use crate::model::{Kind, QId};
use crate::{Answers, limits};

/// The nested answers and what did not fit.
#[derive(Default)]
pub(super) struct Nested {
    /// Raw answers by the schema; missing codes as they are; closed rows gone; row keys `_order` kept in `orders`.
    pub(super) tree: Map<String, Json>,
    /// `_form`, `_subject`, `_date`.
    pub(super) reserved: Map<String, Json>,
    /// Paths whose answer is a missing code.
    pub(super) missing: Vec<String>,
    /// Paths whose answer cannot be read as its kind at all (a compound that is no JSON).
    pub(super) malformed: HashSet<String>,
    pub(super) unknown: Answers,
}

/// Where an answer goes.
enum Target {
    /// A question's value, or a tick.
    Value(QId),
    /// `_order` or `_deleted` of a row.
    RowKey,
    /// Known, but never read from the answers (calculated, or typed over a preloaded question).
    Ignored,
    Unknown,
}

/// The syntax of answer paths: at most 8 segments of 1 to 64 letters, digits or `_`.
pub(super) fn is_path(path: &str) -> bool {
    let (mut segments, mut length) = (1, 0);
    for byte in path.bytes() {
        match byte {
            b'/' if length > 0 => (segments, length) = (segments + 1, 0),
            b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' if length < 64 => length += 1,
            _ => return false,
        }
    }
    length > 0 && segments <= limits::PATH_SEGMENTS && path.len() <= limits::PATH_BYTES
}

impl Form {
    pub(super) fn nest(&self, answers: &Answers) -> Nested {
        let mut nested = Nested::default();
        for (path, value) in answers {
            match path.as_str() {
                "_form" | "_subject" | "_date" => {
                    if !value.is_null() {
                        nested.reserved.insert(path.clone(), value.clone());
                    }
                }
                // From which state the copies came: for people who look, not for rules.
                "_pre/_heads" => {}
                _ if path.starts_with("_pre/") => self.nest_preloaded(path, value, &mut nested),
                _ => self.nest_one(path, path, value, false, &mut nested),
            }
        }
        self.drop_closed(&self.model.roots, &mut nested.tree);
        nested
    }

    /// A copy of the subject's answer stands in for the answers of every question that preloads it.
    fn nest_preloaded(&self, path: &str, value: &Json, nested: &mut Nested) {
        let source = &path["_pre/".len()..];
        let mut used = false;
        for (preload, id) in &self.preloaded {
            let rest = source.strip_prefix(preload.as_str());
            if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with('/')) {
                let target = format!("{}{rest}", self.model.questions[*id].template);
                self.nest_one(path, &target, value, true, nested);
                used = true;
            }
        }
        if !used && !value.is_null() {
            nested.unknown.insert(path.to_string(), value.clone());
        }
    }

    fn nest_one(&self, stored: &str, path: &str, value: &Json, preloaded: bool, nested: &mut Nested) {
        if value.is_null() {
            return;
        }
        let missing = Missing::from_json(value).is_some();
        let target = if is_path(path) { self.target(path, missing, preloaded) } else { Target::Unknown };
        let fitting = match target {
            Target::Ignored => return,
            Target::Unknown => {
                nested.unknown.insert(stored.to_string(), value.clone());
                return;
            }
            Target::Value(_) if missing => {
                nested.missing.push(path.to_string());
                value.clone()
            }
            Target::Value(id) if self.model.questions[id].kind.is_compound() => match compound(value) {
                Some(value) => value,
                None => {
                    nested.malformed.insert(path.to_string());
                    return;
                }
            },
            Target::Value(_) | Target::RowKey => value.clone(),
        };
        if !insert(&mut nested.tree, path, fitting) {
            nested.unknown.insert(stored.to_string(), value.clone());
        }
    }

    fn target(&self, path: &str, missing: bool, preloaded: bool) -> Target {
        let mut parent: Option<QId> = None;
        let mut segments = path.split('/');
        while let Some(key) = segments.next() {
            let Some(id) = self.model.child(parent, key) else {
                let in_row = parent.is_some_and(|p| self.model.questions[p].kind.is_roster());
                let row_key = matches!(key, "_order" | "_deleted") && in_row && segments.next().is_none();
                return if row_key { Target::RowKey } else { Target::Unknown };
            };
            let question = &self.model.questions[id];
            if question.calculate.is_some() || (question.preload.is_some() && !preloaded) {
                return Target::Ignored;
            }
            let last = segments.clone().next().is_none();
            match question.kind {
                Kind::Group => {}
                Kind::Roster | Kind::Yearly => {
                    let Some(row) = segments.next() else { return Target::Unknown };
                    let year = row.len() == 4 && row.bytes().all(|b| b.is_ascii_digit());
                    if question.kind == Kind::Yearly && !year {
                        return Target::Unknown;
                    }
                }
                Kind::SelectMany if last => return if missing { Target::Value(id) } else { Target::Unknown },
                Kind::SelectMany => {
                    let known = segments.next().is_some_and(|code| self.has_tick(id, code));
                    return match known && segments.next().is_none() {
                        // "Does not know whether": neither ticked nor not.
                        true if missing => Target::Ignored,
                        true => Target::Value(id),
                        false => Target::Unknown,
                    };
                }
                _ => return if last { Target::Value(id) } else { Target::Unknown },
            }
            parent = Some(id);
        }
        Target::Unknown
    }

    /// Codes of a list are judged as codes, not as paths: any is let through here.
    fn has_tick(&self, id: QId, code: &str) -> bool {
        match &self.model.questions[id].options {
            crate::model::Options::Fixed(codes) => codes.iter().any(|(c, _)| c == code),
            _ => true,
        }
    }

    /// Removes closed rows, and ticks that are not set.
    fn drop_closed(&self, ids: &[QId], map: &mut Map<String, Json>) {
        for id in ids {
            let question = &self.model.questions[*id];
            let Some(Json::Object(inner)) = map.get_mut(&*question.key) else { continue };
            match question.kind {
                Kind::Group => self.drop_closed(&question.children, inner),
                Kind::Roster | Kind::Yearly => {
                    inner.retain(|_, row| row.get("_deleted") != Some(&Json::Bool(true)));
                    for row in inner.values_mut() {
                        if let Json::Object(row) = row {
                            row.remove("_deleted");
                            self.drop_closed(&question.children, row);
                        }
                    }
                }
                Kind::SelectMany => inner.retain(|_, tick| *tick != Json::Bool(false)),
                _ => {}
            }
        }
    }
}

/// The value of a compound: a JSON string that holds an object or array.
fn compound(value: &Json) -> Option<Json> {
    let text = value.as_str().filter(|t| t.len() <= limits::STRING_BYTES)?;
    serde_json::from_str(text).ok()
}

/// Puts `value` at `path`, making objects on the way. False when something else stands on the way.
fn insert(map: &mut Map<String, Json>, path: &str, value: Json) -> bool {
    let Some((head, rest)) = path.split_once('/') else {
        if map.contains_key(path) {
            return false;
        }
        map.insert(path.to_string(), value);
        return true;
    };
    if !map.contains_key(head) {
        map.insert(head.to_string(), Json::Object(Map::new()));
    }
    match map.get_mut(head) {
        Some(Json::Object(inner)) => {
            // Ticks that stand beside "does not know" win: they say more.
            if inner.contains_key("missing") {
                inner.clear();
            }
            insert(inner, rest, value)
        }
        _ => false,
    }
}
