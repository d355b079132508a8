//! The registers of a record read under a version of its form.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value as Json;

use super::rows::closed_and_edited;
use super::settle::settle;
use super::{Causality, LensFile};
use crate::model::{Kind, QId};
use crate::{Answers, Form};

/// A register of a record: a path with every value that stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register<C> {
    /// The value shown where nobody has chosen: the same on every replica, but arbitrary.
    pub value: Json,
    /// Every value that stands, at least one.
    pub candidates: Vec<Said<C>>,
}

/// One value of a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<C> {
    /// As written.
    pub value: Json,
    /// The form version it was written under; 0 when the change does not say.
    pub version: u32,
    /// The change that put it.
    pub change: C,
}

/// A value as it reads under the version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Lensed<C> {
    /// The register it stands in.
    pub register: String,
    /// The change that put it.
    pub change: C,
    /// The version it was written under.
    pub version: u32,
    /// The value, read through the lens, as JSON text.
    #[serde(rename = "value", serialize_with = "as_json")]
    text: String,
}

fn as_json<S: serde::Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serde_json::from_str::<Json>(text).unwrap_or_default().serialize(serializer)
}

impl<C> Lensed<C> {
    /// The value, read through the lens.
    pub fn value(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

/// How values clash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClashKind {
    /// Different values, none of whose authors had seen the other.
    DifferentAnswers,
    /// A row closed on one side and edited on the other.
    ClosedAndEdited,
}

impl ClashKind {
    /// The stable code, as serialised.
    pub fn code(self) -> &'static str {
        match self {
            ClashKind::DifferentAnswers => "different_answers",
            ClashKind::ClosedAndEdited => "closed_and_edited",
        }
    }
}

/// Values that a person must choose between.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Clash<C> {
    /// The path under this version; of a closed row its `_deleted`.
    pub path: String,
    /// How.
    pub kind: ClashKind,
    /// The values.
    pub candidates: Vec<Lensed<C>>,
    /// Of a closed row, what was edited unseen.
    pub edited: Vec<(String, Lensed<C>)>,
}

/// A value that the lens could not convert. It reads as it was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unconverted {
    /// The path under this version.
    pub path: String,
    /// The register it stands in.
    pub register: String,
    /// The version it was written under.
    pub version: u32,
}

/// A record read under a version of its form.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<C> {
    /// Answers by the paths of this version, and by their own those it does not know. Where values clash, an
    /// arbitrary one that is the same on every replica.
    pub answers: Answers,
    /// What a person must choose.
    pub clashes: Vec<Clash<C>>,
    /// Every value that stands, by the path it reads under.
    pub candidates: BTreeMap<String, Vec<Lensed<C>>>,
    /// Answers whose question this version removed with notice (`remove`): kept, shown to nobody, exported apart.
    pub kept: Answers,
    /// Paths answered by the lens alone (`add`).
    pub assumed: BTreeSet<String>,
    /// What could not be converted.
    pub unconverted: Vec<Unconverted>,
}

impl<C> Reading<C> {
    /// Whether `value` stands at `path` already and nothing stands against it: in the place where this version writes,
    /// alone. Then writing it says nothing new.
    pub fn stands(&self, path: &str, value: &Json) -> bool {
        let clashes = self.clashes.iter().any(|clash| clash.path == path);
        match self.candidates.get(path).map(Vec::as_slice) {
            Some([only]) => !clashes && only.register == path && only.value() == *value,
            _ => false,
        }
    }
}

/// A candidate on its way to the path that reads it.
#[derive(Debug, Clone)]
pub(super) struct Seen<C> {
    pub(super) value: Json,
    pub(super) version: u32,
    pub(super) change: C,
    pub(super) register: String,
    /// It stands where this version writes.
    pub(super) own: bool,
    /// The one its register shows.
    winner: bool,
}

impl<C: Clone> Seen<C> {
    pub(super) fn lensed(&self) -> Lensed<C> {
        Lensed {
            register: self.register.clone(),
            change: self.change.clone(),
            version: self.version,
            text: self.value.to_string(),
        }
    }
}

struct Reader<'a, C> {
    form: &'a Form,
    targets: BTreeMap<String, Vec<Seen<C>>>,
    kept: Answers,
    unconverted: Vec<Unconverted>,
}

pub(super) fn read<C: Causality>(
    form: &Form,
    registers: &BTreeMap<String, Register<C::Change>>,
    causality: &C,
) -> Reading<C::Change> {
    let mut reader = Reader { form, targets: BTreeMap::new(), kept: Answers::new(), unconverted: Vec::new() };
    for (path, register) in registers {
        reader.register(path, register);
    }
    let Reader { mut targets, kept, mut unconverted, .. } = reader;
    for candidates in targets.values_mut() {
        settle(candidates, causality);
        candidates.sort_by(|a, b| (!a.own, &a.register, &a.change).cmp(&(!b.own, &b.register, &b.change)));
    }
    unconverted.retain(|at| {
        targets.get(&at.path).is_some_and(|all| all.iter().any(|seen| seen.register == at.register))
    });
    unconverted.sort();
    let mut reading = Reading {
        answers: Answers::new(),
        clashes: Vec::new(),
        candidates: BTreeMap::new(),
        kept,
        assumed: BTreeSet::new(),
        unconverted,
    };
    for (path, candidates) in &targets {
        let Some(shown) = candidates.iter().find(|seen| seen.winner).or(candidates.first()) else { continue };
        reading.answers.insert(path.clone(), shown.value.clone());
        if candidates.iter().any(|seen| seen.value != shown.value) {
            reading.clashes.push(Clash {
                path: path.clone(),
                kind: ClashKind::DifferentAnswers,
                candidates: candidates.iter().map(Seen::lensed).collect(),
                edited: Vec::new(),
            });
        }
        reading.clashes.extend(closed_and_edited(path, &targets, causality));
    }
    assume(form, &targets, &mut reading);
    reading.candidates =
        targets.iter().map(|(path, all)| (path.clone(), all.iter().map(Seen::lensed).collect())).collect();
    reading
}

/// Answers that `add` gives where there is none: to the record if it was begun under a version of the lens, to rows
/// that were.
fn assume<C: Clone>(form: &Form, targets: &BTreeMap<String, Vec<Seen<C>>>, reading: &mut Reading<C>) {
    let oldest = |prefix: &str| {
        let below = targets.range(prefix.to_owned()..).take_while(|(path, _)| path.starts_with(prefix));
        below.flat_map(|(_, all)| all).map(|seen| seen.version).filter(|version| *version > 0).min()
    };
    let adds = |prefix: &str| oldest(prefix).and_then(|version| form.lenses.of(version));
    let mut found = Answers::new();
    for (at, value) in adds("").into_iter().flat_map(LensFile::adds).filter(|(at, _)| !at.contains('*')) {
        found.insert(at.to_owned(), value.clone());
    }
    let in_rows = form.lenses.versions().filter_map(|version| form.lenses.file(version));
    let templates: BTreeSet<&str> =
        in_rows.flat_map(LensFile::adds).map(|(at, _)| at).filter(|at| at.contains('*')).collect();
    for template in templates {
        for row in rows(targets, template) {
            let wanted =
                adds(&format!("{row}/")).and_then(|lens| lens.adds().find(|(at, _)| *at == template));
            let Some((_, value)) = wanted else { continue };
            let tail = template.rsplit_once("*/").map_or("", |(_, tail)| tail);
            found.insert(format!("{row}/{tail}"), value.clone());
        }
    }
    for (path, value) in found {
        if !reading.answers.contains_key(&path) {
            reading.assumed.insert(path.clone());
            reading.answers.insert(path, value);
        }
    }
}

/// The concrete rows that a template's last `*` stands for.
fn rows<C>(targets: &BTreeMap<String, Vec<Seen<C>>>, template: &str) -> BTreeSet<String> {
    let Some((row, _)) = template.rsplit_once("*/") else { return BTreeSet::new() };
    let wanted: Vec<&str> = row.split('/').filter(|part| !part.is_empty()).chain(["*"]).collect();
    let of = |path: &String| {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = parts.len() > wanted.len()
            && wanted.iter().zip(&parts).all(|(wanted, part)| *wanted == "*" || wanted == part);
        fits.then(|| parts[..wanted.len()].join("/"))
    };
    targets.keys().filter_map(of).collect()
}

impl<C: Clone> Reader<'_, C> {
    fn register(&mut self, path: &str, register: &Register<C>) {
        let (question, target, own) = self.locate(path);
        for said in &register.candidates {
            let lens = self.form.lenses.of(said.version);
            if question.is_none() && lens.is_some_and(|lens| removes(lens, path)) {
                self.kept.insert(path.to_owned(), said.value.clone());
                continue;
            }
            let (target, value) = match (question, lens) {
                (Some(id), Some(lens)) => {
                    let Some(read) = self.through(lens, id, path, &target, said) else { continue };
                    read
                }
                _ => (target.clone(), said.value.clone()),
            };
            let own = own && target == path;
            self.targets.entry(target).or_default().push(Seen {
                value,
                version: said.version,
                change: said.change.clone(),
                register: path.to_owned(),
                own,
                winner: said.value == register.value,
            });
        }
    }

    /// The question that reads a register, the path it reads under, and whether that is its own place.
    fn locate(&self, path: &str) -> (Option<QId>, String, bool) {
        if path.starts_with('_') {
            return (None, path.to_owned(), true);
        }
        if let Some((id, _)) = self.form.resolve(path) {
            return (Some(id), path.to_owned(), true);
        }
        match self.form.lenses.formers.find(&self.form.model, path) {
            Some(found) => (Some(found.question), found.path, false),
            // Rows' keys are no questions; what is unknown is kept under its own name.
            None => (None, path.to_owned(), true),
        }
    }

    /// A value through the steps of a lens: where it is read, and as what. `None`: it says nothing there.
    fn through(
        &mut self,
        lens: &LensFile,
        id: QId,
        register: &str,
        target: &str,
        said: &Said<C>,
    ) -> Option<(String, Json)> {
        let question = &self.form.model.questions[id];
        let codes = lens.codes(&question.template);
        if question.kind == Kind::SelectMany {
            let tick = codes.and_then(|codes| {
                let (above, code) = target.rsplit_once('/')?;
                let to = codes.get(code)?;
                let several = codes.values().filter(|other| *other == to).count() > 1;
                Some((format!("{above}/{to}"), several))
            });
            return match tick {
                // Of several codes that became one, only a tick says something.
                Some((_, true)) if said.value != Json::Bool(true) => None,
                Some((path, _)) => Some((path, said.value.clone())),
                None => Some((target.to_owned(), said.value.clone())),
            };
        }
        let mut value = said.value.clone();
        if let Some(how) = lens.convert(&question.template) {
            match how.apply(&value) {
                Some(converted) => value = converted,
                None => self.unconverted.push(Unconverted {
                    path: target.to_owned(),
                    register: register.to_owned(),
                    version: said.version,
                }),
            }
        }
        if let Some(codes) = codes {
            value = map_codes(question.kind, codes, value);
        }
        Some((target.to_owned(), value))
    }
}

fn map_codes(kind: Kind, codes: &BTreeMap<String, String>, value: Json) -> Json {
    let map = |code: &str| codes.get(code).cloned();
    match (kind, &value) {
        (Kind::Ranking, Json::String(text)) => {
            let Ok(Json::Array(items)) = serde_json::from_str(text) else { return value };
            let read = |item: Json| match item.as_str().and_then(map) {
                Some(code) => Json::String(code),
                None => item,
            };
            let items = Json::Array(items.into_iter().map(read).collect());
            Json::String(crate::form::canonical(&items))
        }
        (_, Json::String(code)) => map(code).map_or(value, Json::String),
        _ => value,
    }
}

/// Whether a lens removes the question at a concrete path: `*` fits any row.
fn removes(lens: &LensFile, path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    // Which segments are rows is not known of a question that is gone: each `*` fits one segment.
    let fits = |at: &str| {
        let wanted: Vec<&str> = at.split('/').collect();
        wanted.len() <= parts.len()
            && wanted.iter().zip(&parts).all(|(wanted, part)| *wanted == "*" || wanted == part)
    };
    lens.steps.iter().any(|step| matches!(step, super::Op::Remove { at } if fits(at)))
}
