//! The files of a package, made of a form.

mod json;
mod lists;
mod question;
mod rules;
mod texts;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::form::{Form, Id, Kind, ListId};
use crate::languages::Languages;
use crate::report::{Subject, Tracker};
use crate::said::Said;
use crate::settings::Settings;
use crate::table::Table;
use crate::translate::{Calculations, Place, Translator};
use json::J;

/// Which expression of a question (of the form, without one) something is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part {
    /// The question itself.
    Whole,
    Relevant,
    Required,
    Calculate,
    Constraint,
    Filter,
    /// The number of rows of a repeat.
    Count,
    /// What a record is called.
    Label,
}

/// An expression by the question it belongs to.
pub(crate) type Site = (Option<Id>, Part);

/// What came out.
pub(crate) struct Emitted {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// File and JSON pointer of each expression and question.
    pub(crate) sites: Vec<(String, String, Site)>,
    /// Questions that the expression at a site reads, for relevances and calculations.
    pub(crate) reads: BTreeMap<Site, BTreeSet<Id>>,
    pub(crate) questions: usize,
    pub(crate) groups: usize,
    pub(crate) expressions: usize,
}

pub(crate) struct Emitter<'a, 'b, 't> {
    table: &'a Table<'b>,
    form: &'a Form,
    settings: &'a Settings,
    languages: &'a Languages,
    calculations: &'a Calculations,
    tracker: &'a mut Tracker<'t>,
    /// Expressions that were tried before and refused, and why.
    refused: &'a HashMap<Site, Said>,
    children: HashMap<Option<Id>, Vec<Id>>,
    words: Vec<BTreeMap<String, String>>,
    sites: Vec<(String, String, Site)>,
    reads: BTreeMap<Site, BTreeSet<Id>>,
    definitions: BTreeSet<(ListId, bool)>,
    listed: BTreeSet<ListId>,
    recoded: BTreeSet<(ListId, String, ListId)>,
    /// Constraints of the root and of the rows of each repeat.
    constraints: BTreeMap<Option<Id>, Vec<J>>,
    constraint_keys: HashSet<String>,
    spatial: BTreeSet<&'static str>,
    questions: usize,
    groups: usize,
    expressions: usize,
}

/// Everything a package is made of.
pub(crate) struct Source<'a, 'b> {
    pub(crate) table: &'a Table<'b>,
    pub(crate) form: &'a Form,
    pub(crate) settings: &'a Settings,
    pub(crate) languages: &'a Languages,
    /// `x-entity`, if the workbook declares entities.
    pub(crate) entity: Option<(String, serde_json::Value)>,
    pub(crate) id: String,
    pub(crate) refused: &'a HashMap<Site, Said>,
}

const SCHEMA: &str = "schema.json";
const MANIFEST: &str = "form.json";

/// Makes the files.
pub(crate) fn package(source: &Source<'_, '_>, tracker: &mut Tracker<'_>) -> Emitted {
    let calculations = Calculations::default();
    let mut children: HashMap<Option<Id>, Vec<Id>> = HashMap::new();
    for (id, node) in source.form.nodes.iter().enumerate().filter(|(_, node)| !node.lost && !node.dissolved) {
        children.entry(node.parent).or_default().push(id);
    }
    let words = vec![BTreeMap::new(); source.languages.all.len() - 1];
    let emitter = Emitter {
        table: source.table,
        form: source.form,
        settings: source.settings,
        languages: source.languages,
        calculations: &calculations,
        tracker,
        refused: source.refused,
        children,
        words,
        sites: Vec::new(),
        reads: BTreeMap::new(),
        definitions: BTreeSet::new(),
        listed: BTreeSet::new(),
        recoded: BTreeSet::new(),
        constraints: BTreeMap::new(),
        constraint_keys: HashSet::new(),
        spatial: BTreeSet::new(),
        questions: 0,
        groups: 0,
        expressions: 0,
    };
    emitter.run(source)
}

impl Emitter<'_, '_, '_> {
    fn run(mut self, source: &Source<'_, '_>) -> Emitted {
        for id in 0..self.form.nodes.len() {
            if self.form.nodes[id].dissolved && !self.form.nodes[id].lost {
                self.dissolved(id);
            }
        }
        let properties = self.properties(None, "");
        let title = self.title(&source.id);
        let mut schema = J::object([
            ("$schema", J::text("https://json-schema.org/draft/2020-12/schema")),
            ("title", J::text(title.clone())),
            ("type", J::text("object")),
            ("additionalProperties", J::bool(false)),
        ]);
        if let Some((_, entity)) = &source.entity {
            schema.put("x-entity", J::raw(entity.to_string()));
        }
        if let Some(constraints) = self.constraints.remove(&None) {
            schema.put("x-constraints", J::List(constraints));
        }
        schema.put("properties", J::Object(properties));
        let wanted = std::mem::take(&mut self.definitions);
        let mut definitions = self.definitions(&wanted);
        definitions.extend(question::spatial_definitions(&self.spatial));
        if !definitions.is_empty() {
            schema.put("$defs", J::Object(definitions));
        }
        let manifest = self.manifest(source, &title);
        let pages = self.pages(&title);
        let recoded = std::mem::take(&mut self.recoded);
        let mut files = self.files(&recoded);
        files.insert(SCHEMA.to_owned(), schema.file());
        files.insert(MANIFEST.to_owned(), manifest.file());
        if let Some(pages) = pages {
            files.insert("ui.json".to_owned(), pages.file());
        }
        for (index, words) in self.words.iter().enumerate() {
            let entries = words.iter().map(|(key, text)| (key.clone(), J::text(text.clone()))).collect();
            let name = format!("i18n/{}.json", self.languages.locale(index + 1));
            files.insert(name, J::Object(entries).file());
        }
        Emitted {
            files,
            sites: self.sites,
            reads: self.reads,
            questions: self.questions,
            groups: self.groups,
            expressions: self.expressions,
        }
    }

    fn title(&self, id: &str) -> String {
        let title = self.settings.title.as_deref().unwrap_or(id);
        let title: String = title.chars().take(200).collect();
        if title.trim().is_empty() { id.to_owned() } else { title }
    }

    fn manifest(&mut self, source: &Source<'_, '_>, title: &str) -> J {
        let locales = &self.languages.all;
        let texts = locales.iter().map(|language| (language.locale.clone(), J::text(title))).collect();
        let locales = locales.iter().map(|language| J::text(language.locale.clone())).collect();
        let entity = source.entity.as_ref().map_or("household", |(name, _)| name.as_str());
        let mut manifest = J::object([
            ("id", J::text(source.id.clone())),
            ("version", J::raw("1")),
            ("engine", J::raw("1")),
            ("kind", J::text("event")),
            ("entity", J::text(entity)),
            ("title", J::Object(texts)),
            ("locales", J::List(locales)),
            ("sensitivity", J::text("general")),
            // An XLSForm names no household; one may be named all the same.
            ("subject", J::text("optional")),
        ]);
        if let Some((text, at)) = &self.settings.instance_name {
            let site = (None, Part::Label);
            let translator = Translator::new(self.form, self.calculations, Place::default());
            match self.unless_refused(site, || translator.value_for(text, &Kind::Text)) {
                Ok(done) => {
                    self.told(*at, &done);
                    self.sites.push((MANIFEST.to_owned(), "/label".to_owned(), site));
                    self.expressions += 1;
                    manifest.put("label", J::text(done.code));
                }
                Err(why) => self.tracker.lost(*at, Subject::Expression, why),
            }
        }
        manifest
    }

    /// Groups at the top of the form are its pages, when there are several.
    fn pages(&mut self, title: &str) -> Option<J> {
        let roots = self.children.get(&None).cloned().unwrap_or_default();
        let is_group = |id: &Id| self.form.nodes[*id].kind == Kind::Group;
        if roots.iter().filter(|id| is_group(id)).count() < 2 {
            return None;
        }
        let mut pages: Vec<(Option<Id>, Vec<Id>)> = Vec::new();
        for id in roots {
            match pages.last_mut() {
                Some((None, list)) if !is_group(&id) => list.push(id),
                _ if is_group(&id) => pages.push((Some(id), vec![id])),
                _ => pages.push((None, vec![id])),
            }
        }
        let mut elements = Vec::new();
        for (number, (group, ids)) in pages.into_iter().enumerate() {
            let key = format!("page.p{}", number + 1);
            let label = match group {
                Some(id) => {
                    let node = &self.form.nodes[id];
                    let (row, name) = (node.row, node.name.clone());
                    self.texts(row, crate::table::Field::Label, &format!("{key}.label"), &name)
                }
                None => Some(self.same(&format!("{key}.label"), title)),
            };
            let controls = ids.iter().map(|id| {
                let scope = format!("#/properties/{}", self.form.nodes[*id].key);
                J::object([("type", J::text("Control")), ("scope", J::text(scope))])
            });
            elements.push(J::object([
                ("type", J::text("Category")),
                ("label", J::text(label.unwrap_or_else(|| title.to_owned()))),
                ("i18n", J::text(key)),
                ("elements", J::List(controls.collect())),
            ]));
        }
        Some(J::object([("type", J::text("Categorization")), ("elements", J::List(elements))]))
    }
}
