//! The questionnaire of the simulation: an answer of each kind that merges in its own way.

use std::collections::BTreeMap;

use doorstep_forms::FormPackage;
use serde_json::json;

use super::Trouble;

/// Its id.
pub const FORM: &str = "visit";

/// Simple answers that people edit.
pub const TEXTS: &[&str] = &["name", "address", "why"];

/// How many versions there are: the second asks one question more, the third has a stricter rule.
pub const VERSIONS: u32 = 3;

/// The question of the second version.
pub const ROAD: &str = "road";

/// The package of a version.
pub fn package(version: u32) -> Result<FormPackage, Trouble> {
    let text = |title: &str| json!({"title": title, "type": "string", "maxLength": 8000, "x-pii": "none"});
    let flag = |title: &str| json!({"title": title, "type": "boolean"});
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "走访", "type": "object", "additionalProperties": false,
        "properties": {
            "name": {"title": "户主姓名", "type": "string", "maxLength": 60, "x-required": true, "x-pii": "direct"},
            "address": text("住址"),
            "why": text("原因"),
            "remarks": text("备注"),
            "dry": {"title": "旱地", "type": "integer", "minimum": 0, "maximum": 50, "x-pii": "none"},
            "wet": {"title": "水田", "type": "integer", "minimum": 0, "x-pii": "none"},
            "land": {"title": "合计", "type": "integer", "readOnly": true, "x-calculate": "sum(doc.dry, doc.wet)", "x-pii": "none"},
            "causes": {"title": "致贫原因", "type": "object", "additionalProperties": false, "x-multi": true, "x-pii": "none",
                "properties": {"illness": flag("因病"), "water": flag("缺水"), "school": flag("因学")}},
            "members": {"title": "家庭成员", "type": "object", "x-pii": "none",
                "x-roster": {"kind": "rows", "order": "_order", "label": "row.name"},
                "additionalProperties": {"type": "object", "additionalProperties": false, "properties": {
                    "name": {"title": "姓名", "type": "string", "x-pii": "direct"},
                    "age": {"title": "年龄", "type": "integer", "minimum": 0, "maximum": 130, "x-pii": "quasi"}
                }}}
        }
    });
    if version >= 2 {
        schema["properties"][ROAD] = json!({"title": "通路", "type": "boolean", "x-pii": "none"});
    }
    if version >= 3 {
        schema["properties"]["dry"]["maximum"] = json!(40);
    }
    let form = json!({
        "id": FORM, "version": version, "engine": 1, "kind": "register", "entity": "household",
        "title": {"zh": "走访"}, "locales": ["zh"], "sensitivity": "general", "label": "doc.name",
        "search": ["members/*/name"]
    });
    let files = BTreeMap::from([
        ("form.json".to_owned(), form.to_string().into_bytes()),
        ("schema.json".to_owned(), schema.to_string().into_bytes()),
    ]);
    FormPackage::from_files(files).map_err(|faults| Trouble::Setup(format!("{faults:?}")))
}
