//! `ui.json`: pages, groups and their order. Layout only: what is asked is decided by the schema.

use std::collections::BTreeSet;

use super::texts::Translator;
use super::{Model, QId};
use crate::fault::{FaultKind, Faults};
use crate::json::Node;
use crate::package::Texts;
use crate::suggest::{self, nearest};

const FILE: &str = "ui.json";

/// A page of the form.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) key: String,
    pub(crate) title: Texts,
    pub(crate) items: Vec<Item>,
}

/// What stands on a page.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    Question(QId),
    Group { title: Texts, items: Vec<Item> },
}

/// Reads the layout. Without one, all questions are one page; questions without a place go to a last page.
pub(crate) fn pages(
    ui: Option<&Node>,
    model: &Model,
    manifest: &crate::package::Manifest,
    translations: &super::texts::Translations,
    faults: &mut Faults,
) -> Vec<Page> {
    let all = |ids: &[QId]| ids.iter().map(|id| Item::Question(*id)).collect::<Vec<_>>();
    let Some(ui) = ui else {
        return vec![Page { key: "form".into(), title: manifest.title.clone(), items: all(&model.roots) }];
    };
    let translator = Translator { manifest, translations };
    let mut reader = Reader { model, translator, placed: BTreeSet::new(), faults };
    let mut pages = match ui.str_at("type") {
        Some("Categorization") => {
            let categories = ui.get("elements").map_or(&[][..], Node::items);
            categories.iter().enumerate().filter_map(|(i, c)| reader.category(c, i)).collect()
        }
        Some("VerticalLayout" | "HorizontalLayout" | "Group") => {
            let items = reader.item(ui, "").into_iter().collect();
            vec![Page { key: "form".into(), title: manifest.title.clone(), items }]
        }
        _ => {
            reader.fault(
                "/type",
                "a layout starts with a Categorization or a VerticalLayout",
                "布局须以 Categorization 或 VerticalLayout 开始",
            );
            Vec::new()
        }
    };
    let unplaced: Vec<QId> = model.roots.iter().copied().filter(|id| !reader.covered(*id)).collect();
    if !unplaced.is_empty() {
        let title = |locale: &String| {
            let words = if locale.starts_with("zh") { "其他" } else { "Other" };
            (locale.clone(), words.to_string())
        };
        let title = manifest.locales.iter().map(title).collect();
        pages.push(Page { key: "other".into(), title, items: all(&unplaced) });
    }
    pages
}

struct Reader<'a, 'f> {
    model: &'a Model,
    translator: Translator<'a>,
    placed: BTreeSet<QId>,
    faults: &'f mut Faults,
}

impl Reader<'_, '_> {
    fn fault(&mut self, pointer: &str, en: &str, zh: &str) {
        self.faults.add(FILE, pointer, FaultKind::Layout, en, zh);
    }

    /// Placed itself, or some question inside it (a group may be laid out question by question).
    fn covered(&self, id: QId) -> bool {
        self.placed.iter().any(|placed| self.model.lineage(*placed).any(|above| above == id))
    }

    fn label(&mut self, node: &Node, pointer: &str) -> Texts {
        match (node.str_at("label"), node.str_at("i18n")) {
            (Some(label), Some(key)) => {
                self.translator.texts(label, &[format!("{key}.label"), key.to_string()], self.faults)
            }
            (Some(label), None) => {
                self.translator.texts(label, &[format!("ui{}", pointer.replace('/', "."))], self.faults)
            }
            _ => Texts::new(),
        }
    }

    fn category(&mut self, node: &Node, index: usize) -> Option<Page> {
        let pointer = format!("/elements/{index}");
        if node.str_at("type") != Some("Category") {
            self.fault(&pointer, "a Categorization holds Categories", "Categorization 中须为 Category");
            return None;
        }
        let title = self.label(node, &pointer);
        if title.is_empty() {
            self.fault(&pointer, "a page needs a label", "页面缺少名称");
        }
        let key = node.str_at("i18n").map_or_else(|| format!("page{}", index + 1), String::from);
        Some(Page { key, title, items: self.items(node, &pointer) })
    }

    fn items(&mut self, node: &Node, pointer: &str) -> Vec<Item> {
        let elements = node.get("elements").map_or(&[][..], Node::items).iter().enumerate();
        elements.filter_map(|(i, e)| self.item(e, &format!("{pointer}/elements/{i}"))).collect()
    }

    fn item(&mut self, node: &Node, pointer: &str) -> Option<Item> {
        match node.str_at("type") {
            Some("Control") => self.control(node, pointer),
            Some("Group" | "VerticalLayout" | "HorizontalLayout") => {
                let title = self.label(node, pointer);
                Some(Item::Group { title, items: self.items(node, pointer) })
            }
            _ => {
                let en = "the elements of a page are Control, Group, VerticalLayout or HorizontalLayout";
                self.fault(pointer, en, "页面元素须为 Control、Group、VerticalLayout 或 HorizontalLayout");
                None
            }
        }
    }

    fn control(&mut self, node: &Node, pointer: &str) -> Option<Item> {
        let scope = node.str_at("scope").unwrap_or_default();
        let template = scope.strip_prefix("#/properties/").map(|rest| rest.replace("/properties/", "/"));
        match template.and_then(|t| self.model.by_template.get(&t)) {
            Some(id) if self.placed.insert(*id) => Some(Item::Question(*id)),
            Some(_) => {
                self.fault(pointer, "this question stands on a page already", "该题目已放置在页面上");
                None
            }
            None => {
                let wanted = scope.trim_start_matches("#/properties/").replace("/properties/", "/");
                let near = nearest(&wanted, self.model.questions.iter().map(|q| q.template.as_str()));
                let en = format!("the scope {scope:?} is no question{}", suggest::en(near));
                let zh = format!("scope 不是题目{}", suggest::zh(near));
                self.faults.add(FILE, format!("{pointer}/scope"), FaultKind::Layout, en, zh);
                None
            }
        }
    }
}
