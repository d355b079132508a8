//! `form.json`: what a form says of itself.

use std::collections::BTreeMap;

use std::sync::LazyLock;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::fault::{FaultKind, Faults};
use crate::json::{Node, join};
use crate::suggest;

/// Texts by locale.
pub type Texts = BTreeMap<String, String>;

/// Whether a form is a living record or one record per event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormKind {
    /// One living record per household, edited for years.
    Register,
    /// One new record per visit, payment, posting...
    Event,
}

/// Whether a record of the form names a subject record (`_subject`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectRule {
    /// The record is its own subject.
    None,
    /// A subject may be named.
    Optional,
    /// A subject must be named.
    Required,
}

/// Which answers tell who a person is, by path templates of one roster (`members/*/name`), or outside rosters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonAnswers {
    /// The name.
    pub name: String,
    /// The date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth: Option<String>,
    /// The sex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<String>,
    /// The number of the identity card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

impl PersonAnswers {
    /// Every template with the field that names it.
    pub fn templates(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let others = [("birth", &self.birth), ("sex", &self.sex), ("number", &self.number)];
        let others = others.into_iter().filter_map(|(field, template)| Some((field, template.as_deref()?)));
        std::iter::once(("name", self.name.as_str())).chain(others)
    }
}

/// `form.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Form id, `^[a-z][a-z0-9_]{0,63}$`; permanent.
    pub id: String,
    /// Version number from 1.
    pub version: u32,
    /// Version of this format; 1.
    #[serde(default = "one")]
    pub engine: u32,
    /// Register or event.
    pub kind: FormKind,
    /// What a record is about, such as `household`.
    pub entity: String,
    /// Title by locale.
    pub title: Texts,
    /// Locales; the first is the language of the texts in `schema.json`.
    #[serde(default = "default_locales")]
    pub locales: Vec<String>,
    /// Tag that grants may be limited to, such as `general` or `health`.
    #[serde(default = "general")]
    pub sensitivity: String,
    /// Whether valid submissions without different answers pass without a person.
    #[serde(default)]
    pub auto_approve: bool,
    /// Whether headquarters confirm what was approved.
    #[serde(default)]
    pub confirm: bool,
    /// Expression of type text: the label of a record in lists.
    #[serde(default)]
    pub label: Option<String>,
    /// Path templates whose answers are searched in lists.
    #[serde(default)]
    pub search: Vec<String>,
    /// Path templates whose answers, when equal, are evidence of the same household.
    #[serde(default)]
    pub identity: Vec<String>,
    /// Which answers tell who a person is: people alike in them may be entered twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonAnswers>,
    /// Whether a subject is named; by default `none` for registers and `required` for events.
    #[serde(default)]
    pub subject: Option<SubjectRule>,
    /// Path template of the answer that holds the area code, if the form asks for it.
    #[serde(default)]
    pub area_path: Option<String>,
}

fn one() -> u32 {
    1
}

fn general() -> String {
    "general".into()
}

fn default_locales() -> Vec<String> {
    vec!["zh".into(), "en".into()]
}

impl Manifest {
    /// The language of the texts in `schema.json`.
    pub fn default_locale(&self) -> &str {
        self.locales.first().map_or("zh", String::as_str)
    }

    /// The subject rule in force.
    pub fn subject_rule(&self) -> SubjectRule {
        self.subject.unwrap_or(match self.kind {
            FormKind::Register => SubjectRule::None,
            FormKind::Event => SubjectRule::Required,
        })
    }
}

/// `^[a-z][a-z0-9_]{0,63}$`
pub(crate) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() <= 64
        && bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// `^[A-Za-z0-9_]{1,64}$`
pub(crate) fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

const FILE: &str = "form.json";

/// The JSON Schema of form.json, for editors and for the check here.
pub const FORM_META_SCHEMA: &str = include_str!("form.schema.json");

static META: LazyLock<Option<Validator>> = LazyLock::new(|| {
    let schema = serde_json::from_str(FORM_META_SCHEMA).ok()?;
    jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&schema).ok()
});

pub(super) fn read(node: &Node, faults: &mut Faults) -> Option<Manifest> {
    let mut json = node.to_json();
    let before = faults.len();
    described(&json, faults);
    if let Some(fields) = json.as_object_mut() {
        // The line by which an editor finds the schema is no part of the form.
        fields.remove("$schema");
    }
    match serde_json::from_value::<Manifest>(json) {
        Ok(manifest) => {
            check(&manifest, faults);
            Some(manifest)
        }
        Err(error) => {
            if faults.len() == before {
                let why = error.to_string();
                faults.add(FILE, "", FaultKind::Manifest, why.clone(), format!("表单说明有误：{why}"));
            }
            None
        }
    }
}

/// Every fault that the schema of form.json finds, misspelt fields with what was probably meant.
fn described(json: &Json, faults: &mut Faults) {
    let Some(meta) = META.as_ref() else { return };
    for error in meta.iter_errors(json) {
        let at = error.instance_path().as_str().to_string();
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for field in unexpected {
                    let near = suggest::nearest(field, FIELDS);
                    let en = format!("form.json has no field {field}{}", suggest::en(near));
                    let zh = format!("form.json 没有字段 {field}{}", suggest::zh(near));
                    faults.add(FILE, join(&at, field), FaultKind::Manifest, en, zh);
                }
            }
            ValidationErrorKind::Required { property } => {
                let (en, zh) = (format!("{property} is missing"), format!("缺少 {property}"));
                faults.add(FILE, at, FaultKind::Manifest, en, zh);
            }
            // What the check below says better.
            _ if matches!(at.as_str(), "/id" | "/version" | "/engine" | "/entity" | "/sensitivity")
                && error.instance().is_string() != (at == "/version" || at == "/engine") => {}
            ValidationErrorKind::Enum { options } => {
                let (en, zh) = suggest::one_of(options);
                faults.add(FILE, at, FaultKind::Manifest, en, zh);
            }
            kind => {
                let why: String = error.masked().to_string().chars().take(200).collect();
                let zh = format!("取值不合规定（{}）", kind.keyword());
                faults.add(FILE, at, FaultKind::Manifest, why, zh);
            }
        }
    }
}

const FIELDS: [&str; 17] = [
    "id",
    "version",
    "engine",
    "kind",
    "entity",
    "title",
    "locales",
    "sensitivity",
    "auto_approve",
    "confirm",
    "label",
    "search",
    "identity",
    "person",
    "subject",
    "area_path",
    "$schema",
];

fn check(manifest: &Manifest, faults: &mut Faults) {
    let mut add = |pointer: &str, en: String, zh: &str| {
        faults.add(FILE, pointer, FaultKind::Manifest, en, zh);
    };
    if !is_name(&manifest.id) {
        add("/id", "an id is lower-case letters, digits and _".into(), "编号只能用小写字母、数字和下划线");
    }
    if manifest.version == 0 {
        add("/version", "versions start at 1".into(), "版本号从 1 开始");
    }
    if manifest.engine != 1 {
        add("/engine", format!("engine {} is not known", manifest.engine), "不支持该引擎版本");
    }
    if !is_name(&manifest.entity) {
        add("/entity", "an entity is a lower-case name".into(), "实体名只能用小写字母、数字和下划线");
    }
    if manifest.sensitivity.is_empty() || !is_code(&manifest.sensitivity) {
        add("/sensitivity", "a sensitivity tag is a short name".into(), "敏感级别标签有误");
    }
    let mut seen = std::collections::BTreeSet::new();
    if manifest.locales.is_empty() || !manifest.locales.iter().all(|l| seen.insert(l) && is_locale(l)) {
        add("/locales", "locales are different tags such as zh and en".into(), "语言列表有误");
    }
    for locale in &manifest.locales {
        if manifest.title.get(locale).is_none_or(|t| t.trim().is_empty()) {
            add(&format!("/title/{locale}"), format!("no title for {locale}"), "缺少该语言的表单名称");
        }
    }
}

fn is_locale(text: &str) -> bool {
    (2..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
