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

/// What the answers below one folder of a path are.
#[derive(Clone, Copy)]
enum Inside {
    /// Questions of the form, of a group, or of a row of a roster.
    Questions(Option<QId>),
    /// Ticks of a multi-select.
    Ticks(QId),
    Ignored,
    Unknown,
}

/// Answers of one folder, one after another as the paths are sorted: the way there is looked up once.
struct Gathered<'a> {
    folder: String,
    preloaded: bool,
    inside: Inside,
    /// Path as stored, last segment, value.
    entries: Vec<(&'a str, String, Json)>,
}

impl Gathered<'_> {
    fn put_into(&mut self, nested: &mut Nested) {
        if self.entries.is_empty() {
            return;
        }
        let mut folder = open(&mut nested.tree, &self.folder);
        for (stored, key, value) in self.entries.drain(..) {
            match &mut folder {
                Some(folder) if !folder.contains_key(&key) => {
                    folder.insert(key, value);
                }
                _ => {
                    nested.unknown.insert(stored.to_string(), value);
                }
            }
        }
    }
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
        let mut gathered = Gathered {
            folder: String::new(),
            preloaded: false,
            inside: Inside::Questions(None),
            entries: Vec::new(),
        };
        for (path, value) in answers.iter().filter(|(_, value)| !value.is_null()) {
            match path.as_str() {
                "_form" | "_subject" | "_date" => {
                    nested.reserved.insert(path.clone(), value.clone());
                }
                // From which state the copies came: for people who look, not for rules.
                "_pre/_heads" => {}
                _ if path.starts_with("_pre/") => {
                    self.gather_preloaded(path, value, &mut gathered, &mut nested);
                }
                _ => self.gather(path, (path, false), value, &mut gathered, &mut nested),
            }
        }
        gathered.put_into(&mut nested);
        self.drop_closed(&self.model.roots, &mut nested.tree);
        nested
    }

    /// A copy of the subject's answer stands in for the answers of every question that preloads it.
    fn gather_preloaded<'a>(
        &self,
        path: &'a str,
        value: &Json,
        gathered: &mut Gathered<'a>,
        nested: &mut Nested,
    ) {
        let source = &path["_pre/".len()..];
        let mut used = false;
        for (preload, id) in &self.preloaded {
            let rest = source.strip_prefix(preload.as_str());
            if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with('/')) {
                let target = format!("{}{rest}", self.model.questions[*id].template);
                self.gather(path, (&target, true), value, gathered, nested);
                used = true;
            }
        }
        if !used {
            nested.unknown.insert(path.to_string(), value.clone());
        }
    }

    fn gather<'a>(
        &self,
        stored: &'a str,
        (path, preloaded): (&str, bool),
        value: &Json,
        gathered: &mut Gathered<'a>,
        nested: &mut Nested,
    ) {
        let (folder, key) = path.rsplit_once('/').unwrap_or(("", path));
        if folder != gathered.folder || preloaded != gathered.preloaded {
            gathered.put_into(nested);
            gathered.folder.clear();
            gathered.folder.push_str(folder);
            gathered.preloaded = preloaded;
            gathered.inside = self.inside(folder, preloaded);
        }
        let missing = Missing::from_json(value).is_some();
        let target = match gathered.inside {
            inside if is_path(path) => self.target(inside, key, (missing, preloaded)),
            _ => Target::Unknown,
        };
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
        gathered.entries.push((stored, key.to_string(), fitting));
    }

    /// Never read from the answers, nor anything below.
    fn is_ignored(&self, id: QId, preloaded: bool) -> bool {
        let question = &self.model.questions[id];
        question.calculate.is_some() || (question.preload.is_some() && !preloaded)
    }

    fn inside(&self, folder: &str, preloaded: bool) -> Inside {
        let mut parent: Option<QId> = None;
        let mut segments = folder.split('/').filter(|_| !folder.is_empty());
        while let Some(key) = segments.next() {
            let Some(id) = self.model.child(parent, key) else { return Inside::Unknown };
            if self.is_ignored(id, preloaded) {
                return Inside::Ignored;
            }
            match self.model.questions[id].kind {
                Kind::Group => {}
                kind @ (Kind::Roster | Kind::Yearly) => {
                    let Some(row) = segments.next() else { return Inside::Unknown };
                    let year = row.len() == 4 && row.bytes().all(|b| b.is_ascii_digit());
                    if kind == Kind::Yearly && !year {
                        return Inside::Unknown;
                    }
                }
                Kind::SelectMany if segments.next().is_none() => return Inside::Ticks(id),
                _ => return Inside::Unknown,
            }
            parent = Some(id);
        }
        Inside::Questions(parent)
    }

    fn target(&self, inside: Inside, key: &str, (missing, preloaded): (bool, bool)) -> Target {
        let parent = match inside {
            Inside::Questions(parent) => parent,
            Inside::Ticks(id) if !self.has_tick(id, key) => return Target::Unknown,
            // "Does not know whether": neither ticked nor not.
            Inside::Ticks(_) if missing => return Target::Ignored,
            Inside::Ticks(id) => return Target::Value(id),
            Inside::Ignored => return Target::Ignored,
            Inside::Unknown => return Target::Unknown,
        };
        let Some(id) = self.model.child(parent, key) else {
            let in_row = parent.is_some_and(|p| self.model.questions[p].kind.is_roster());
            return if in_row && matches!(key, "_order" | "_deleted") {
                Target::RowKey
            } else {
                Target::Unknown
            };
        };
        match self.model.questions[id].kind {
            _ if self.is_ignored(id, preloaded) => Target::Ignored,
            Kind::SelectMany if missing => Target::Value(id),
            kind if kind.is_container() => Target::Unknown,
            _ => Target::Value(id),
        }
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
            if !question.kind.is_container() {
                continue;
            }
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

/// The object at `folder`, made where there is none; `None` when something else stands on the way.
fn open<'t>(tree: &'t mut Map<String, Json>, folder: &str) -> Option<&'t mut Map<String, Json>> {
    let mut at = tree;
    for key in folder.split('/').filter(|_| !folder.is_empty()) {
        if !at.contains_key(key) {
            at.insert(key.to_string(), Json::Object(Map::new()));
        }
        let Some(Json::Object(inner)) = at.get_mut(key) else { return None };
        // Ticks that stand beside "does not know" win: they say more.
        if inner.contains_key("missing") {
            inner.clear();
        }
        at = inner;
    }
    Some(at)
}
