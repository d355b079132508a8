//! The questions of a form, built from its schema: one flat arena, parents before children, in schema order.

mod attachment;
mod build;
mod graph;
mod layout;
mod lists;
mod manifest;
mod membership;
mod moves;
mod options;
mod quantity;
mod rules;
mod signature;
mod structure;
mod texts;
mod view;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::Value as Json;

use crate::attachment::AttachmentDef;
use crate::expr::{Expr, Type};
use crate::package::{LISTS, Texts};
use crate::quantity::QuantityDef;
use crate::signature::SignatureDef;

pub(crate) use build::build;
pub(crate) use graph::{Step, order};
pub(crate) use layout::{Item, Page, pages};
pub(crate) use lists::lists_read;
pub use membership::Membership;
pub(crate) use moves::{MoveDef, beside};
pub(crate) use rules::{CodeLists, check as check_rules};
pub(crate) use texts::Translations;

/// Index of a question in [`Model::questions`].
pub(crate) type QId = usize;

/// What kind of question it is; decides how it is asked and which values it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Free text.
    Text,
    /// A decimal number, kept as text.
    Decimal,
    /// A whole number.
    Integer,
    /// Yes or no.
    Bool,
    /// A civil date.
    Date,
    /// One code of a list.
    SelectOne,
    /// Any codes of a list: one boolean answer per code.
    SelectMany,
    /// Rows under stable row ids.
    Roster,
    /// Rows under 4-digit years.
    Yearly,
    /// Questions under a common prefix.
    Group,
    /// A GeoJSON point, one register.
    Gps,
    /// Any other object or array, one register.
    Compound,
    /// An ordered list of codes, one register.
    Ranking,
    /// An amount with unit and qualifier, one register.
    Quantity,
    /// Who signed which state of the record, one register.
    Signature,
    /// A description of a file that travels apart, one register.
    Attachment,
}

impl Kind {
    /// Kinds that stand for several answers below their own path.
    pub fn is_container(self) -> bool {
        matches!(self, Kind::SelectMany | Kind::Roster | Kind::Yearly | Kind::Group)
    }

    /// Rosters, yearly or not.
    pub fn is_roster(self) -> bool {
        matches!(self, Kind::Roster | Kind::Yearly)
    }

    /// Kinds whose one answer is a JSON string of canonical JSON.
    pub fn is_compound(self) -> bool {
        matches!(
            self,
            Kind::Gps | Kind::Compound | Kind::Ranking | Kind::Quantity | Kind::Signature | Kind::Attachment
        )
    }
}

/// How private the answers of a question are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pii {
    /// Not personal.
    None,
    /// Names a person.
    Direct,
    /// May name a person together with others.
    Quasi,
    /// Sensitive; also when nothing is said.
    Sensitive,
}

/// Unit of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Code such as `mu` or `CNY`.
    pub code: String,
    /// Symbol by locale, such as 亩.
    pub symbol: Texts,
}

/// An expression of a form with its place.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) pointer: String,
    /// As written.
    pub(crate) text: String,
    pub(crate) expr: Expr,
    /// Templates read; filled by the type check.
    pub(crate) reads: BTreeSet<String>,
}

impl Rule {
    /// Whether it reads a code list by name (`codes.<list>`).
    pub(crate) fn reads_lists(&self) -> bool {
        // The templates of lists begin with a sign that sorts before all names.
        self.reads.iter().take_while(|read| read.starts_with('$')).any(|read| read.starts_with(LISTS))
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Required {
    No,
    Always,
    When(Rule),
}

/// Where the codes of a select come from.
#[derive(Debug, Clone)]
pub(crate) enum Options {
    None,
    Fixed(Vec<(String, Texts)>),
    List { list: String, filter: Option<Rule> },
    Rows { roster: String },
}

/// Error or warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Blocks a submission (unless accepted with a reason).
    Error,
    /// Asks for a second look.
    Warning,
}

#[derive(Debug, Clone)]
pub(crate) struct Constraint {
    pub(crate) key: String,
    pub(crate) severity: Severity,
    /// Paths relative to the object that holds the constraint; empty = that object.
    pub(crate) locations: Vec<String>,
    pub(crate) rule: Rule,
    pub(crate) human: Texts,
    /// Whether one of its places may be irrelevant.
    pub(crate) conditional: bool,
}

/// Bounds on a decimal, which JSON Schema cannot see in a string.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bounds {
    pub(crate) list: Vec<(&'static str, Decimal)>,
}

#[derive(Debug, Clone)]
pub(crate) struct RosterDef {
    pub(crate) label: Option<Rule>,
}

/// What a part of a compound answer says of itself beside its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Code of its unit.
    pub(crate) unit: Option<String>,
    pub(crate) pii: Pii,
}

/// One question.
#[derive(Debug, Clone)]
pub struct Question {
    pub(crate) key: Arc<str>,
    pub(crate) template: String,
    pub(crate) pointer: String,
    pub(crate) parent: Option<QId>,
    /// Innermost roster that holds this question (not itself).
    pub(crate) roster: Option<QId>,
    /// Keys of the groups between that roster's row (or the root) and this question.
    pub(crate) groups: Vec<Arc<str>>,
    pub(crate) kind: Kind,
    pub(crate) ty: Type,
    pub(crate) title: Texts,
    pub(crate) hint: Texts,
    pub(crate) children: Vec<QId>,
    pub(crate) required: Required,
    pub(crate) relevant: Option<Rule>,
    /// Whether the question, or something around it, may be irrelevant.
    pub(crate) conditional: bool,
    pub(crate) calculate: Option<Rule>,
    pub(crate) constraints: Vec<Constraint>,
    /// Constraints of the rows of a roster.
    pub(crate) row_constraints: Vec<Constraint>,
    pub(crate) options: Options,
    pub(crate) unit: Option<Unit>,
    pub(crate) quantity: Option<QuantityDef>,
    pub(crate) signature: Option<SignatureDef>,
    pub(crate) attachment: Option<AttachmentDef>,
    pub(crate) pii: Pii,
    pub(crate) read_only: bool,
    pub(crate) preload: Option<String>,
    pub(crate) hidden: bool,
    pub(crate) transitions: Option<BTreeMap<String, Vec<String>>>,
    pub(crate) min_properties: Option<u64>,
    pub(crate) bounds: Bounds,
    pub(crate) roster_def: Option<RosterDef>,
    pub(crate) max_length: Option<u64>,
    /// The options are written as `oneOf`; names the keyword of a violation.
    pub(crate) one_of: bool,
    /// `x-from` as written: templates the answers stood under in earlier versions.
    pub(crate) from: Vec<String>,
    /// Codes written in the schema that are offered no more.
    pub(crate) closed: BTreeSet<String>,
    /// The parts of a compound answer by their inner path (`size/width`, `steps/*`).
    pub(crate) parts: BTreeMap<String, Part>,
    /// The select beside it whose code this text stands for (`x-other-of`).
    pub(crate) other_of: Option<String>,
    /// Whose answer is suggested when people differ (`x-authority`), the strongest first.
    pub(crate) authority: Vec<String>,
    /// Codes of a multi-select that stand alone (`x-exclusive`).
    pub(crate) exclusive: BTreeSet<String>,
    /// What is kept for others (`x-evidence`), and what goes with or comes after the answers (`x-authority`, `x-other-of`,
    /// `x-exclusive`), as text to compare.
    pub(crate) annotations: String,
}

/// The text in `locale`, else in its language (`zh` for `zh-CN`), else the first there is.
pub(crate) fn text_in<'a>(texts: &'a Texts, locale: &str) -> &'a str {
    let language = locale.split('-').next().unwrap_or(locale);
    let exact = texts.get(locale).or_else(|| texts.get(language));
    exact.or_else(|| texts.values().next()).map_or("", String::as_str)
}

impl Question {
    /// Property name, permanent.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Path with `*` for row ids: `members/*/income`.
    pub fn template(&self) -> &str {
        &self.template
    }

    /// What kind of question it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Title in `locale`.
    pub fn title(&self, locale: &str) -> &str {
        text_in(&self.title, locale)
    }

    /// Hint in `locale`, if there is one.
    pub fn hint(&self, locale: &str) -> Option<&str> {
        Some(text_in(&self.hint, locale)).filter(|t| !t.is_empty())
    }

    /// Unit code and its symbol in `locale`.
    pub fn unit(&self, locale: &str) -> Option<(&str, &str)> {
        self.unit.as_ref().map(|unit| (unit.code.as_str(), text_in(&unit.symbol, locale)))
    }

    /// Units and qualifiers of a quantity.
    pub fn quantity(&self) -> Option<&QuantityDef> {
        self.quantity.as_ref()
    }

    /// What a question for a file takes.
    pub fn attachment(&self) -> Option<&AttachmentDef> {
        self.attachment.as_ref()
    }

    /// How private the answers are.
    pub fn pii(&self) -> Pii {
        self.pii
    }

    /// Not to be typed: calculated, preloaded, or marked so.
    pub fn read_only(&self) -> bool {
        self.read_only
    }

    /// Derived on read, never stored.
    pub fn is_calculated(&self) -> bool {
        self.calculate.is_some()
    }

    /// Not shown before the record is submitted.
    pub fn hidden_until_submitted(&self) -> bool {
        self.hidden
    }

    /// Whether an answer is always, sometimes or never demanded in a full check.
    pub fn may_be_required(&self) -> bool {
        !matches!(self.required, Required::No)
    }

    /// Whether relevance depends on other answers.
    pub fn has_relevance(&self) -> bool {
        self.relevant.is_some()
    }

    /// The templates its answers stood under in earlier versions (`x-from`).
    pub fn former(&self) -> &[String] {
        &self.from
    }

    /// Whether the question has a list of codes to choose from.
    pub fn has_choices(&self) -> bool {
        !matches!(self.options, Options::None)
    }

    /// Longest text in characters, if limited.
    pub fn max_length(&self) -> Option<u64> {
        self.max_length
    }

    /// Title texts by locale.
    pub fn titles(&self) -> &Texts {
        &self.title
    }
}

/// All questions of a form.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) questions: Vec<Question>,
    pub(crate) roots: Vec<QId>,
    pub(crate) by_template: HashMap<String, QId>,
    /// Children by key: index 0 for the root, `id + 1` for the question `id`.
    pub(crate) by_key: Vec<HashMap<Arc<str>, QId>>,
    /// The same children in the order of their keys.
    pub(crate) in_key_order: Vec<Vec<QId>>,
    pub(crate) constraints: Vec<Constraint>,
    /// What its approved records move in their subject.
    pub(crate) moves: Option<MoveDef>,
    /// How it says that a member has left, or has come.
    pub(crate) membership: Option<Membership>,
    pub(crate) doc_type: Type,
    /// What `jsonschema` checks: the schema without annotations and without what a draft may lack.
    pub(crate) structure: Json,
    /// Texts of the whole form in `schema.json`, and what it keeps for others, to compare.
    pub(crate) about: (String, String),
}

impl Model {
    /// The child of `parent` (of the root) with this key.
    pub(crate) fn child(&self, parent: Option<QId>, key: &str) -> Option<QId> {
        self.by_key.get(parent.map_or(0, |id| id + 1))?.get(key).copied()
    }

    /// The children of `parent` (of the root) in the order of their keys.
    pub(crate) fn children_in_key_order(&self, parent: Option<QId>) -> &[QId] {
        self.in_key_order.get(parent.map_or(0, |id| id + 1)).map_or(&[], Vec::as_slice)
    }

    /// The concrete path of a question inside the row at `row_path` (ignored outside rosters).
    pub(crate) fn path(&self, id: QId, row_path: Option<&str>) -> String {
        let question = &self.questions[id];
        let Some(row_path) = row_path.filter(|_| question.roster.is_some()) else {
            return question.template.clone();
        };
        let mut path = row_path.to_string();
        for key in question.groups.iter().chain([&question.key]) {
            path.push('/');
            path.push_str(key);
        }
        path
    }

    /// The question that a template belongs to: itself, or the nearest one above it.
    pub(crate) fn owner(&self, template: &str) -> Option<QId> {
        let mut rest = template;
        loop {
            if let Some(id) = self.by_template.get(rest) {
                return Some(*id);
            }
            rest = rest.rsplit_once('/')?.0;
        }
    }

    /// The question and everything above it, innermost first.
    pub(crate) fn lineage(&self, id: QId) -> impl Iterator<Item = QId> {
        std::iter::successors(Some(id), |id| self.questions[*id].parent)
    }
}
