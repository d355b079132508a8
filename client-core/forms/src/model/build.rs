//! From the schema to the questions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::options::{dotted, exclusive_codes, is_select, read as read_options, rule};
use super::rules::plain;
use super::structure;
use super::texts::Translator;
use super::view::{Defs, View};
use super::{
    Bounds, Constraint, Kind, Model, Options, Part, Pii, QId, Question, Required, RosterDef, Severity, Unit,
};
use super::{attachment, quantity, signature};
use crate::expr::{Type, parse_decimal};
use crate::fault::{FaultKind, Faults};
use crate::json::{Node, join};
use crate::package::{Texts, is_name};
use crate::profile::FILE;

/// Builds the questions. Goes on after faults, so that all are found at once; with faults the result is only
/// good for finding more.
pub(crate) fn build(
    schema: &Node,
    manifest: &crate::package::Manifest,
    translations: &super::texts::Translations,
    faults: &mut Faults,
) -> Model {
    let entries = schema.get("$defs").map_or(&[][..], Node::entries);
    let defs: Defs<'_> = entries.iter().map(|(k, v)| (k.as_str(), v)).collect();
    let root = View::new(&defs, schema, String::new());
    let mut builder =
        Builder { translator: Translator { manifest, translations }, questions: Vec::new(), faults };
    let place = Place { parent: None, roster: None, groups: Vec::new(), prefix: String::new(), depth: 0 };
    let (roots, structure) = builder.object(&root, &place);
    let constraints = builder.constraints(&root, "", None);
    let questions = builder.questions;
    let by_template: HashMap<_, _> =
        questions.iter().enumerate().map(|(id, q)| (q.template.clone(), id)).collect();
    let mut by_key: Vec<HashMap<Arc<str>, QId>> = vec![HashMap::new(); questions.len() + 1];
    for (id, question) in questions.iter().enumerate() {
        by_key[question.parent.map_or(0, |p| p + 1)].insert(question.key.clone(), id);
    }
    let sorted = by_key.iter().map(|children| {
        let mut ids: Vec<QId> = children.values().copied().collect();
        ids.sort_by(|a, b| questions[*a].key.cmp(&questions[*b].key));
        ids
    });
    let in_key_order = sorted.collect();
    let moves = super::moves::read(&root, faults);
    let membership = super::membership::read(&root);
    let kept = annotations(&root, &["x-entity", "x-membership"]);
    let moving = moves.as_ref().map(super::MoveDef::text).unwrap_or_default();
    let about = (annotations(&root, &["title", "description"]), format!("{kept}\n{moving}"));
    let doc_type = Type::Any;
    Model {
        questions,
        roots,
        by_template,
        by_key,
        in_key_order,
        constraints,
        moves,
        membership,
        doc_type,
        structure,
        about,
    }
}

/// Where an object stands in the tree of questions.
#[derive(Clone)]
struct Place {
    parent: Option<QId>,
    roster: Option<QId>,
    groups: Vec<Arc<str>>,
    prefix: String,
    /// Rosters around.
    depth: usize,
}

struct Builder<'a, 'f> {
    translator: Translator<'a>,
    questions: Vec<Question>,
    faults: &'f mut Faults,
}

impl Builder<'_, '_> {
    fn fault(&mut self, pointer: &str, kind: FaultKind, en: &str, zh: &str) {
        self.faults.add(FILE, pointer, kind, en, zh);
    }

    /// The questions of an object (root, group or row), and its structural schema.
    fn object(&mut self, view: &View<'_>, place: &Place) -> (Vec<QId>, Json) {
        let required: Vec<&str> =
            view.get("required").map_or(&[][..], Node::items).iter().filter_map(Node::as_str).collect();
        let mut ids = Vec::new();
        let mut properties = Map::new();
        for (name, child) in view.properties() {
            if matches!(name, "_order" | "_deleted") && place.depth > 0 {
                continue;
            }
            if !is_name(name) || name == "missing" {
                let en = "a property name is lower-case letters, digits and _, and not `missing`; what people read \
                          goes to title";
                self.fault(
                    child.pointer(),
                    FaultKind::Name,
                    en,
                    "属性名只能用小写字母、数字和下划线，且不能为 missing；给人看的名称写在 title",
                );
            }
            let (id, schema) = self.question(name, &child, place);
            if required.contains(&name) && matches!(self.questions[id].required, Required::No) {
                self.questions[id].required = Required::Always;
            }
            properties.insert(name.to_string(), schema);
            ids.push(id);
        }
        for name in required {
            if !properties.contains_key(name) {
                let pointer = join(view.pointer(), "required");
                let en = format!("required names {name}, which is not a property");
                self.faults.add(
                    FILE,
                    pointer,
                    FaultKind::KeywordValue,
                    en,
                    format!("required 中的 {name} 不存在"),
                );
            }
        }
        if view.get("additionalProperties").and_then(Node::as_bool) != Some(false) {
            let en = "this object must be closed: \"additionalProperties\": false";
            self.fault(view.pointer(), FaultKind::Question, en, "此对象须写 \"additionalProperties\": false");
        }
        (ids, structure::object(properties))
    }

    fn kind(&mut self, view: &View<'_>) -> Option<Kind> {
        let ty = view.str_at("type");
        let object = ty == Some("object");
        Some(match ty {
            _ if view.get("x-roster").is_some() && object => {
                let yearly = view.get("x-roster").and_then(|r| r.str_at("kind")) == Some("yearly");
                if yearly { Kind::Yearly } else { Kind::Roster }
            }
            _ if view.flag("x-multi") && object => Kind::SelectMany,
            _ if view.flag("x-group") && object => Kind::Group,
            _ if view.get("x-quantity").is_some() && object => Kind::Quantity,
            _ if is_marked(view, "x-signature") && object => Kind::Signature,
            _ if is_marked(view, "x-attachment") && object => Kind::Attachment,
            None | Some("string") if is_select(view) => Kind::SelectOne,
            Some("string") => match view.str_at("format") {
                Some("date") => Kind::Date,
                Some("decimal") => Kind::Decimal,
                _ => Kind::Text,
            },
            Some("integer") => Kind::Integer,
            Some("boolean") => Kind::Bool,
            Some("array") if view.child("items").is_some_and(|items| is_select(&items)) => Kind::Ranking,
            Some("array") => Kind::Compound,
            Some("object") if is_gps(view) => Kind::Gps,
            Some("object") => Kind::Compound,
            Some("number") => {
                let en = "a number is asked as a decimal string (format decimal) or an integer";
                self.fault(
                    view.pointer(),
                    FaultKind::Question,
                    en,
                    "数值题须用小数文本 (format decimal) 或整数",
                );
                return None;
            }
            _ => {
                let en = "the kind of question cannot be told: no type";
                self.fault(view.pointer(), FaultKind::Question, en, "缺少 type，无法判断题型");
                return None;
            }
        })
    }

    fn question(&mut self, name: &str, view: &View<'_>, place: &Place) -> (QId, Json) {
        let kind = self.kind(view).unwrap_or(Kind::Text);
        let template =
            if place.prefix.is_empty() { name.to_string() } else { format!("{}/{name}", place.prefix) };
        let question = self.read(name, template.clone(), kind, view, place);
        let id = self.questions.len();
        self.questions.push(question);
        if let Some(parent) = place.parent {
            self.questions[parent].children.push(id);
        }
        if template.split('/').count() > crate::limits::PATH_SEGMENTS || template.len() > 150 {
            let en = "paths have at most 8 segments and 255 bytes";
            self.fault(view.pointer(), FaultKind::Name, en, "路径最多 8 段、255 字节");
        }
        let schema = match kind {
            Kind::Group => {
                let mut inner = Place { parent: Some(id), prefix: template, ..place.clone() };
                inner.groups.push(name.into());
                self.object(view, &inner).1
            }
            Kind::Roster | Kind::Yearly => self.roster(id, view, place),
            Kind::SelectMany => structure::leaf(view, &["minProperties", "required"]),
            Kind::Quantity => {
                let def = self.questions[id].quantity.as_ref();
                def.map_or_else(|| serde_json::json!({ "type": "object" }), |def| def.schema())
            }
            Kind::Signature => crate::signature::SignatureDef::schema(),
            Kind::Attachment => {
                let def = self.questions[id].attachment.as_ref();
                def.map_or_else(|| serde_json::json!({ "type": "object" }), |def| def.schema())
            }
            _ if kind.is_compound() => {
                // The codes of a ranking stand at its items.
                let codes: &[&str] = if kind == Kind::Ranking { &["x-codes", "x-row-of"] } else { &[] };
                self.inside(view, codes);
                structure::whole(view)
            }
            _ => structure::leaf(view, &[]),
        };
        (id, schema)
    }

    fn roster(&mut self, id: QId, view: &View<'_>, place: &Place) -> Json {
        if place.depth >= 2 {
            let en = "at most two rosters may stand inside one another";
            self.fault(view.pointer(), FaultKind::NestedRoster, en, "子表最多嵌套两层");
            return serde_json::json!({});
        }
        let Some(row) = view.child("additionalProperties") else {
            let en = "a roster describes its rows under additionalProperties";
            self.fault(view.pointer(), FaultKind::Question, en, "子表须在 additionalProperties 中描述行");
            return serde_json::json!({});
        };
        let template = format!("{}/*", self.questions[id].template);
        let depth = place.depth + 1;
        let inner = Place { parent: Some(id), roster: Some(id), groups: Vec::new(), prefix: template, depth };
        let schema = self.object(&row, &inner).1;
        let dotted = dotted(&self.questions[id].template);
        self.questions[id].row_constraints = self.constraints(&row, &dotted, None);
        structure::roster(view, schema)
    }

    fn read(&mut self, name: &str, template: String, kind: Kind, view: &View<'_>, place: &Place) -> Question {
        let key = dotted(&template);
        let labels = |suffix: &str| {
            let mut keys = vec![format!("{key}.{suffix}")];
            keys.extend(view.def_names().iter().map(|def| format!("$defs.{def}.{suffix}")));
            keys
        };
        let title = match view.str_at("title") {
            Some(title) => self.translator.texts(title, &labels("label"), self.faults),
            None => {
                self.fault(view.pointer(), FaultKind::Question, "a question needs a title", "题目缺少标题");
                Texts::new()
            }
        };
        let hint = view
            .str_at("description")
            .map(|text| self.translator.texts(text, &labels("description"), self.faults))
            .unwrap_or_default();
        let option_view = if kind == Kind::Ranking { view.child("items") } else { Some(view.clone()) };
        let options = option_view
            .filter(|v| kind == Kind::SelectMany || is_select(v))
            .map_or(Options::None, |v| read_options(&v, kind, &template, &self.translator, self.faults));
        let exclusive = exclusive_codes(view, &options, self.faults);
        let calculate = self.rule_at(view, "x-calculate");
        let preload =
            view.str_at("x-preload").and_then(|p| p.strip_prefix("subject.")).map(|p| p.replace('.', "/"));
        self.contradictions(kind, view, place);
        let quantity = if kind == Kind::Quantity {
            quantity::read(view, &labels("unit"), &self.translator, self.faults)
        } else {
            None
        };
        Question {
            key: name.into(),
            pointer: view.pointer().to_string(),
            parent: place.parent,
            roster: place.roster,
            groups: place.groups.clone(),
            kind,
            ty: match kind {
                Kind::Quantity => quantity::type_of(&template),
                Kind::Signature => signature::type_of(&template),
                Kind::Attachment => attachment::type_of(&template),
                kind if kind.is_compound() => plain(view, &template),
                _ => Type::Any,
            },
            title,
            hint,
            children: Vec::new(),
            required: self.required(view),
            relevant: self.rule_at(view, "x-relevant"),
            conditional: true,
            constraints: self.constraints(view, &key, Some("")),
            row_constraints: Vec::new(),
            options,
            unit: match &quantity {
                Some(def) => Some(Unit { code: def.unit.clone(), symbol: def.symbol.clone() }),
                None => self.unit(view, &labels("unit")),
            },
            quantity,
            signature: if kind == Kind::Signature { signature::read(view, self.faults) } else { None },
            attachment: if kind == Kind::Attachment { attachment::read(view, self.faults) } else { None },
            pii: pii(view),
            read_only: view.flag("readOnly") || calculate.is_some() || preload.is_some(),
            calculate,
            preload,
            hidden: view.get("x-hidden-until").is_some(),
            transitions: transitions(view),
            min_properties: view.get("minProperties").and_then(Node::as_u64),
            bounds: match kind {
                Kind::Decimal => bounds(|key| view.get(key)),
                Kind::Quantity => bounds(|key| view.get("x-quantity")?.get(key)),
                _ => Bounds::default(),
            },
            roster_def: view.at("x-roster").map(|(node, at)| RosterDef {
                label: node.str_at("label").and_then(|l| rule(l, &join(&at, "label"), self.faults)),
            }),
            max_length: view.get("maxLength").and_then(Node::as_u64),
            one_of: view.get("oneOf").is_some(),
            from: former(view),
            closed: closed(view, kind),
            parts: if kind.is_compound() { parts(view, "") } else { BTreeMap::new() },
            other_of: view.str_at("x-other-of").map(str::to_owned),
            authority: authority(view),
            exclusive,
            annotations: annotations(view, &["x-evidence", "x-authority", "x-other-of", "x-exclusive"]),
            template,
        }
    }

    fn contradictions(&mut self, kind: Kind, view: &View<'_>, place: &Place) {
        let mut wrong = |key: &str, en: &str, zh: &str| {
            if let Some((_, at)) = view.at(key) {
                self.faults.add(FILE, at, FaultKind::Question, en, zh);
            }
        };
        if kind.is_container() || kind.is_compound() {
            wrong("x-calculate", "only a single value can be calculated", "只有单值题可以计算");
        }
        if view.get("x-calculate").is_some() {
            wrong("x-preload", "calculated and preloaded at once", "不能同时计算和预填");
        }
        if kind == Kind::Group {
            wrong("x-required", "a group is not required itself; its questions are", "分组本身不能必填");
        }
        if kind != Kind::SelectOne {
            wrong("x-transitions", "only a select with one answer has transitions", "只有单选题可以限定变化");
        }
        if place.roster.is_some() {
            wrong(
                "x-preload",
                "a row cannot be preloaded; preload its roster",
                "行内不能预填，请预填整个子表",
            );
        }
        if kind != Kind::SelectMany {
            wrong("x-exclusive", "only codes of a multi-select stand alone", "只有多选题的代码可以单独成立");
        }
        wrong("x-closed", "only a code is closed", "只有选项代码可以停用");
        for key in ["x-roster", "x-multi", "x-group", "x-quantity", "x-signature", "x-attachment"] {
            let meant = matches!(
                (key, kind),
                ("x-roster", Kind::Roster | Kind::Yearly)
                    | ("x-multi", Kind::SelectMany)
                    | ("x-group", Kind::Group)
                    | ("x-quantity", Kind::Quantity)
                    | ("x-signature", Kind::Signature)
                    | ("x-attachment", Kind::Attachment)
            );
            if !meant {
                wrong(
                    key,
                    "this needs type object and excludes x-roster, x-multi, x-group, x-quantity, x-signature and x-attachment beside it",
                    "须为 object 类型，且 x-roster、x-multi、x-group、x-quantity、x-signature、x-attachment 只能选一",
                );
            }
        }
    }

    /// What stands inside a compound is part of one answer: it has no rules of its own.
    fn inside(&mut self, view: &View<'_>, allowed: &[&str]) {
        let properties = view.properties().into_iter().map(|(_, child)| child);
        for part in properties.chain(view.child("items")) {
            let rules = part.chain().flat_map(Node::entries).map(|(key, _)| key.as_str());
            let meant = |key: &str| matches!(key, "x-unit" | "x-pii") || allowed.contains(&key);
            for key in rules.filter(|key| key.starts_with("x-") && !meant(key)) {
                let en = format!("{key} has no meaning inside a compound answer");
                let zh = format!("复合答案内部不能使用 {key}");
                self.faults.add(FILE, join(part.pointer(), key), FaultKind::Question, en, zh);
            }
            self.inside(&part, &[]);
        }
    }

    fn rule_at(&mut self, view: &View<'_>, key: &str) -> Option<super::Rule> {
        let (node, pointer) = view.at(key)?;
        rule(node.as_str()?, &pointer, self.faults)
    }

    fn required(&mut self, view: &View<'_>) -> Required {
        match view.get("x-required") {
            Some(Node::Bool(true)) => Required::Always,
            Some(Node::String(_)) => self.rule_at(view, "x-required").map_or(Required::No, Required::When),
            _ => Required::No,
        }
    }

    fn unit(&mut self, view: &View<'_>, keys: &[String]) -> Option<Unit> {
        let unit = view.get("x-unit")?;
        let code = unit.str_at("code")?.to_string();
        let mut symbol = self.translator.optional(unit.str_at("symbol").unwrap_or(&code), keys, self.faults);
        for locale in self.translator.manifest.locales.iter().skip(1) {
            symbol.entry(locale.clone()).or_insert_with(|| code.clone());
        }
        Some(Unit { code, symbol })
    }

    /// The constraints of an object or question; `own` is the location when none is written.
    fn constraints(&mut self, view: &View<'_>, dotted: &str, own: Option<&str>) -> Vec<Constraint> {
        let Some((list, pointer)) = view.at("x-constraints") else { return Vec::new() };
        let mut out: Vec<Constraint> = Vec::new();
        for (i, node) in list.items().iter().enumerate() {
            let at = format!("{pointer}/{i}");
            let (Some(key), Some(text)) = (node.str_at("key"), node.str_at("expression")) else { continue };
            if out.iter().any(|c| c.key == key) {
                let en = format!("the constraint key {key} stands here twice");
                self.faults.add(FILE, &at, FaultKind::Constraint, en, format!("约束 {key} 重复"));
            }
            let mut keys = vec![format!("{key}.error")];
            if !dotted.is_empty() {
                keys.insert(0, format!("{dotted}.{key}.error"));
            }
            let human = self.translator.texts(node.str_at("human").unwrap_or(key), &keys, self.faults);
            let written = node.get("location").map_or(&[][..], Node::items).iter().filter_map(Node::as_str);
            let mut locations: Vec<String> = written.map(|l| l.trim_start_matches('/').to_string()).collect();
            if locations.is_empty() {
                locations.push(own.unwrap_or("").to_string());
            }
            let Some(rule) = rule(text, &join(&at, "expression"), self.faults) else { continue };
            let warning = node.str_at("severity") == Some("warning");
            let severity = if warning { Severity::Warning } else { Severity::Error };
            out.push(Constraint {
                key: key.to_string(),
                severity,
                locations,
                rule,
                human,
                conditional: true,
            });
        }
        out
    }
}

fn pii(view: &View<'_>) -> Pii {
    match view.str_at("x-pii") {
        Some("none") => Pii::None,
        Some("direct") => Pii::Direct,
        Some("quasi") => Pii::Quasi,
        _ => Pii::Sensitive,
    }
}

/// What the parts of a compound say, by their path below it.
fn parts(view: &View<'_>, above: &str) -> BTreeMap<String, Part> {
    let below = |name: &str| if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") };
    let mut out = BTreeMap::new();
    let properties = view.properties().into_iter().map(|(name, part)| (below(name), part));
    for (path, part) in properties.chain(view.child("items").map(|item| (below("*"), item))) {
        let unit = part.get("x-unit").and_then(|unit| unit.str_at("code")).map(str::to_owned);
        out.extend(parts(&part, &path));
        out.insert(path, Part { unit, pii: pii(&part) });
    }
    out
}

/// `true`, or an object that says more.
fn is_marked(view: &View<'_>, keyword: &str) -> bool {
    view.flag(keyword) || view.get(keyword).is_some_and(Node::is_object)
}

fn is_gps(view: &View<'_>) -> bool {
    let properties: BTreeMap<_, _> = view.properties().into_iter().collect();
    let point = properties.get("type").and_then(|t| t.str_at("const")) == Some("Point");
    point && properties.contains_key("coordinates")
}

fn transitions(view: &View<'_>) -> Option<BTreeMap<String, Vec<String>>> {
    let entries = view.get("x-transitions")?.entries().iter();
    let list = |node: &Node| node.items().iter().filter_map(Node::as_str).map(String::from).collect();
    Some(entries.map(|(from, to)| (from.clone(), list(to))).collect())
}

/// `x-from`: one template or several.
fn former(view: &View<'_>) -> Vec<String> {
    match view.get("x-from") {
        Some(Node::String(one)) => vec![one.clone()],
        Some(several) => several.items().iter().filter_map(Node::as_str).map(str::to_owned).collect(),
        None => Vec::new(),
    }
}

/// `x-authority`: words, the strongest first.
fn authority(view: &View<'_>) -> Vec<String> {
    let words = view.get("x-authority").map_or(&[][..], Node::items).iter();
    words.filter_map(Node::as_str).map(str::to_owned).collect()
}

/// The codes marked `"x-closed": true`.
fn closed(view: &View<'_>, kind: Kind) -> BTreeSet<String> {
    if kind == Kind::SelectMany {
        let ticks = view.properties().into_iter().filter(|(_, tick)| tick.flag("x-closed"));
        return ticks.map(|(code, _)| code.to_owned()).collect();
    }
    let options = view.get("oneOf").or_else(|| view.get("items").and_then(|items| items.get("oneOf")));
    let is_closed = |option: &&Node| option.get("x-closed").and_then(Node::as_bool) == Some(true);
    let codes = options.map_or(&[][..], Node::items).iter().filter(is_closed);
    codes.filter_map(|option| option.str_at("const")).map(str::to_owned).collect()
}

/// Keywords with their values as one text: equal texts, equal keywords.
fn annotations(view: &View<'_>, keys: &[&str]) -> String {
    let said = keys.iter().filter_map(|key| Some(format!("{key}={}", view.get(key)?.to_json())));
    said.collect::<Vec<_>>().join("\n")
}

fn bounds<'n>(get: impl Fn(&str) -> Option<&'n Node>) -> Bounds {
    let keys = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
    let read = |key: &'static str| -> Option<(&'static str, Decimal)> {
        match get(key)? {
            Node::Number(n) => Some((key, parse_decimal(&n.to_string())?)),
            _ => None,
        }
    };
    Bounds { list: keys.into_iter().filter_map(read).collect() }
}
