//! The schema that `jsonschema` compiles: annotations away, references replaced by their targets, and without
//! what a draft may lack (`required`, least numbers of rows and ticks), which the pipeline asks itself.

use serde_json::{Map, Value as Json, json};

use super::view::View;
use crate::json::Node;

/// Keywords that say nothing about a value.
fn is_annotation(key: &str) -> bool {
    key.starts_with("x-")
        || matches!(
            key,
            "title" | "description" | "readOnly" | "$comment" | "$ref" | "$defs" | "$schema" | "$id"
        )
}

/// A schema object as it is, references replaced.
pub(super) fn whole(view: &View<'_>) -> Json {
    leaf(view, &[])
}

/// The same without some keywords.
pub(super) fn leaf(view: &View<'_>, without: &[&str]) -> Json {
    let mut parts: Vec<Map<String, Json>> = Vec::new();
    for node in view.chain() {
        let mut part = Map::new();
        for (key, value) in node.entries() {
            if is_annotation(key) || without.contains(&key.as_str()) {
                continue;
            }
            let value = match key.as_str() {
                "properties" => {
                    let children = view.only(node).properties();
                    Json::Object(children.iter().map(|(k, v)| (k.to_string(), whole(v))).collect())
                }
                "items" | "additionalProperties" | "propertyNames" if value.is_object() => {
                    view.only(node).child(key).map_or(Json::Null, |v| whole(&v))
                }
                "oneOf" => codes(value),
                _ => value.to_json(),
            };
            part.insert(if key == "oneOf" { "enum".into() } else { key.clone() }, value);
        }
        if !part.is_empty() {
            parts.push(part);
        }
    }
    match parts.len() {
        0 => json!({}),
        1 => Json::Object(parts.remove(0)),
        _ => json!({ "allOf": parts }),
    }
}

/// Options are an `enum` to the validator: the same set, one comparison instead of one schema each.
fn codes(options: &Node) -> Json {
    let consts = options.items().iter().filter_map(|o| o.get("const"));
    Json::Array(consts.map(Node::to_json).collect())
}

/// An object of the answer tree: closed, nothing required.
pub(super) fn object(properties: Map<String, Json>) -> Json {
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// A roster: rows under row ids.
pub(super) fn roster(view: &View<'_>, row: Json) -> Json {
    let mut schema = Map::new();
    schema.insert("type".into(), json!("object"));
    if let Some(names) = view.child("propertyNames") {
        schema.insert("propertyNames".into(), whole(&names));
    }
    if let Some(most) = view.get("maxProperties") {
        schema.insert("maxProperties".into(), most.to_json());
    }
    schema.insert("additionalProperties".into(), row);
    Json::Object(schema)
}
