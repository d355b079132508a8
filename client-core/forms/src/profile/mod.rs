//! The JSON Schema profile of forms.
//!
//! `meta.json` says what one schema object may hold; the walk here applies it to every schema object on its own,
//! so that each fault carries the pointer of the offending keyword. References, cost and patterns are checked
//! before anything is compiled.

mod cost;

use std::sync::LazyLock;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde_json::{Value as Json, json};

use crate::fault::{FaultKind, Faults};
use crate::json::{Node, join};
use crate::{limits, pattern, suggest};

pub(crate) const FILE: &str = "schema.json";

/// The meta-schema as published.
pub const META_SCHEMA: &str = include_str!("meta.json");

struct Meta {
    root: Validator,
    node: Validator,
}

/// `None` only if the embedded meta-schema were broken; a test compiles it.
static META: LazyLock<Option<Meta>> = LazyLock::new(|| {
    let meta: Json = serde_json::from_str(META_SCHEMA).ok()?;
    let build = |def: &str| {
        let schema = json!({ "$ref": format!("#/$defs/{def}"), "$defs": meta["$defs"] });
        jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&schema).ok()
    };
    Some(Meta { root: build("root")?, node: build("node")? })
});

/// The keywords of the profile, for suggestions.
static KEYWORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let meta: Json = serde_json::from_str(META_SCHEMA).unwrap_or_default();
    let keywords = meta["$defs"]["node"]["properties"].as_object();
    keywords.map_or(Vec::new(), |keywords| keywords.keys().cloned().collect())
});

/// Lists the faults of a schema. False when it must not be looked at any further (references that lead nowhere
/// or in circles, cost over the limit).
pub(crate) fn check(schema: &Node, faults: &mut Faults) -> bool {
    let sound = cost::check(schema, faults);
    let Some(meta) = META.as_ref() else {
        faults.add(FILE, "", FaultKind::KeywordValue, "the meta-schema is broken", "元模式已损坏");
        return false;
    };
    one(&meta.root, schema, "", faults);
    children(meta, schema, "", faults);
    sound
}

fn walk(meta: &Meta, node: &Node, pointer: &str, faults: &mut Faults) {
    one(&meta.node, node, pointer, faults);
    if let Some(text) = node.str_at("pattern") {
        pattern_ok(text, &join(pointer, "pattern"), faults);
    }
    children(meta, node, pointer, faults);
}

fn pattern_ok(text: &str, pointer: &str, faults: &mut Faults) {
    if let Err(why) = pattern::compile(text) {
        let en = format!("the pattern is refused by the linear-time engine: {why}");
        faults.add(FILE, pointer, FaultKind::Pattern, en, format!("正则不能使用：{why}"));
    }
    let max = limits::PATTERN_BYTES;
    if text.len() > max {
        let en = format!("a pattern of {} bytes; at most {max}", text.len());
        faults.add(FILE, pointer, FaultKind::Pattern, en, format!("正则超过 {max} 字节"));
    }
}

fn children(meta: &Meta, node: &Node, pointer: &str, faults: &mut Faults) {
    for keyword in ["properties", "$defs"] {
        let at = join(pointer, keyword);
        for (name, child) in node.get(keyword).map_or(&[][..], Node::entries) {
            walk(meta, child, &join(&at, name), faults);
        }
    }
    for keyword in ["additionalProperties", "propertyNames", "items"] {
        if let Some(child) = node.get(keyword).filter(|c| c.is_object()) {
            walk(meta, child, &join(pointer, keyword), faults);
        }
    }
}

fn one(validator: &Validator, node: &Node, pointer: &str, faults: &mut Faults) {
    let instance = shallow(node);
    if validator.is_valid(&instance) {
        return;
    }
    for error in validator.iter_errors(&instance) {
        let at = format!("{pointer}{}", error.instance_path().as_str());
        if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind() {
            for keyword in unexpected {
                let at_keyword = join(&at, keyword);
                if error.instance_path().is_empty() {
                    unknown_keyword(keyword, &at_keyword, faults);
                } else {
                    let en = format!("{keyword} has no meaning here");
                    let zh = format!("此处不能使用 {keyword}");
                    faults.add(FILE, at_keyword, FaultKind::KeywordValue, en, zh);
                }
            }
            continue;
        }
        if at == pointer && matches!(error.kind(), ValidationErrorKind::Type { .. }) {
            faults.add(FILE, at, FaultKind::KeywordValue, "a schema object is due here", "此处应为模式对象");
            continue;
        }
        let (en, zh) = reasons(&error);
        faults.add(FILE, at, FaultKind::KeywordValue, en, zh);
    }
}

fn reasons(error: &jsonschema::ValidationError<'_>) -> (String, String) {
    let zh = match error.kind() {
        ValidationErrorKind::Enum { options } => return suggest::one_of(options),
        ValidationErrorKind::Required { property } => format!("缺少 {property}"),
        other => format!("取值不合规定（{}）", other.keyword()),
    };
    (error.masked().to_string().chars().take(200).collect(), zh)
}

fn unknown_keyword(keyword: &str, pointer: &str, faults: &mut Faults) {
    let (hint_en, hint_zh) = match keyword {
        "anyOf" | "not" | "if" | "then" | "else" | "allOf" | "dependentRequired" | "dependentSchemas" => (
            "; write x-relevant, x-required or x-constraints",
            "，请用 x-relevant、x-required 或 x-constraints",
        ),
        _ => ("", ""),
    };
    let near = suggest::nearest(keyword, KEYWORDS.iter().map(String::as_str)).filter(|_| hint_en.is_empty());
    let (near_en, near_zh) = (suggest::en(near), suggest::zh(near));
    let en = format!("the keyword {keyword} is not part of the form profile{hint_en}{near_en}");
    let zh = format!("表单模式不支持关键字 {keyword}{hint_zh}{near_zh}");
    faults.add(FILE, pointer, FaultKind::Keyword, en, zh);
}

/// The node with nested schema objects emptied: they are visited on their own.
fn shallow(node: &Node) -> Json {
    let Node::Object(entries) = node else { return node.to_json() };
    let shallow = |key: &str, value: &Node| match key {
        "properties" | "$defs" => match value {
            Node::Object(entries) => {
                Json::Object(entries.iter().map(|(k, _)| (k.clone(), json!({}))).collect())
            }
            other => other.to_json(),
        },
        "additionalProperties" | "propertyNames" | "items" if value.is_object() => json!({}),
        _ => value.to_json(),
    };
    Json::Object(entries.iter().map(|(k, v)| (k.clone(), shallow(k, v))).collect())
}

/// The JSON Schema of a form's schema.json for editors: the rules of [`META_SCHEMA`] applied to every schema object at
/// once, nested ones included, so that an editor completes and checks keywords while an author writes.
pub fn editor_schema() -> Json {
    let mut meta: Json = serde_json::from_str(META_SCHEMA).unwrap_or_default();
    let node = json!({ "$ref": "#/$defs/node" });
    let map = json!({ "type": "object", "additionalProperties": node });
    for def in ["node", "root"] {
        let properties = &mut meta["$defs"][def]["properties"];
        for keyword in ["properties", "$defs"] {
            if properties.get(keyword).is_some() {
                let mut nested = map.clone();
                if let Some(least) = properties[keyword].get("minProperties") {
                    nested["minProperties"] = least.clone();
                }
                properties[keyword] = nested;
            }
        }
        for keyword in ["propertyNames", "items"] {
            if properties.get(keyword).is_some() {
                properties[keyword] = node.clone();
            }
        }
    }
    meta["$defs"]["node"]["properties"]["additionalProperties"] =
        json!({ "anyOf": [{ "const": false }, node] });
    let root = meta["$defs"]["root"].take();
    let mut schema = root;
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["$id"] = json!("https://doorstep.invalid/meta/form-schema.schema.json");
    schema["title"] = json!("schema.json of a Doorstep form package");
    schema["$defs"] = meta["$defs"].take();
    if let Some(defs) = schema["$defs"].as_object_mut() {
        defs.remove("root");
    }
    schema
}
