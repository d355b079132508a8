//! The small package that the cases edit.

use doorstep_forms::Form;
use serde_json::{Value, json};

use crate::common::{Files, form_of};

/// A package as JSON, to be changed in one place.
#[derive(Clone)]
pub(crate) struct Package {
    pub(crate) manifest: Value,
    pub(crate) schema: Value,
    pub(crate) files: Files,
}

impl Package {
    pub(crate) fn form(mut self, version: u32) -> Form {
        self.manifest["version"] = version.into();
        self.files.insert("form.json".into(), self.manifest.to_string().into_bytes());
        self.files.insert("schema.json".into(), self.schema.to_string().into_bytes());
        form_of(self.files)
    }

    pub(crate) fn question(&mut self, path: &str) -> &mut Value {
        let mut at = &mut self.schema;
        for key in path.split('/') {
            at = if key == "*" { &mut at["additionalProperties"] } else { &mut at["properties"][key] };
        }
        at
    }

    pub(crate) fn without(&mut self, key: &str) -> Value {
        self.schema["properties"].as_object_mut().unwrap().remove(key).unwrap()
    }

    pub(crate) fn lens(&mut self, version: u32, steps: Value) {
        let lens = json!({ "steps": steps }).to_string();
        self.files.insert(format!("lenses/{version}.json"), lens.into_bytes());
    }

    pub(crate) fn file(&mut self, name: &str, content: &str) {
        self.files.insert(name.into(), content.as_bytes().to_vec());
    }
}

pub(crate) const CROPS: &str = "code,label,level\nrice,水稻,a\nmaize,玉米,a\n";

pub(crate) fn base() -> Package {
    let kin = json!({"title": "亲属", "type": "object", "x-roster": {}, "additionalProperties": {"type": "object", "additionalProperties": false,
        "properties": {
            "state": {"title": "状态", "oneOf": [{"const": "here", "title": "在"}, {"const": "left", "title": "分"}, {"const": "gone", "title": "走"}]},
            "state_b": {"title": "状态", "oneOf": [{"const": "here", "title": "在"}, {"const": "left", "title": "分"}, {"const": "gone", "title": "走"}]},
            "since": {"title": "自", "type": "string", "format": "date"}, "until": {"title": "至", "type": "string", "format": "date"},
            "why": {"title": "因", "oneOf": [{"const": "came", "title": "来"}, {"const": "left", "title": "分"}]},
            "tie": {"title": "关系", "oneOf": [{"const": "head", "title": "户主"}, {"const": "son", "title": "子"}]}}}});
    let membership = json!({"roster": "kin", "state": "state", "open": ["here"], "split": "left", "from": "since", "to": "until",
        "joined": "why", "joins": {"left": "left"}, "relation": "tie", "head": "head", "dated": "day", "begins": {"state": "new"}});
    let schema = json!({
        "title": "小表", "type": "object", "additionalProperties": false,
        "x-moves": {"form": "register", "answer": "status", "to": "doc.state", "dated": "status_date", "on": "doc._date"},
        "x-membership": membership,
        "x-constraints": [{"key": "sane", "severity": "error", "location": ["/age"], "expression": "doc.age < 130", "human": "年龄过大"}],
        "properties": {
            "name": {"title": "姓名", "type": "string", "maxLength": 20, "description": "按证件", "x-required": true},
            "age": {"title": "年龄", "type": "integer", "minimum": 0, "maximum": 120, "x-pii": "quasi"},
            "land": {"title": "耕地", "type": "string", "format": "decimal", "maximum": 100, "x-unit": {"code": "mu", "symbol": "亩"}},
            "note": {"title": "备注", "type": "string"},
            "state": {"title": "状态", "oneOf": [{"const": "new", "title": "新建"}, {"const": "posted", "title": "公示"}],
                "x-transitions": {"": ["new"], "new": ["posted"]}},
            "cause": {"title": "原因", "oneOf": [{"const": "illness", "title": "因病"}, {"const": "disaster", "title": "因灾"},
                {"const": "gone", "title": "已停", "x-closed": true}]},
            "cause_other": {"title": "其他", "type": "string", "x-relevant": "!has(doc.cause)", "x-other-of": "cause"},
            "causes": {"title": "其他原因", "type": "object", "x-multi": true, "additionalProperties": false, "minProperties": 1,
                "properties": {"illness": {"type": "boolean", "title": "因病"}, "disaster": {"type": "boolean", "title": "因灾"}}},
            "crop": {"title": "作物", "type": "string", "x-codes": {"list": "crops", "filter": "code.level == 'a'"}},
            "total": {"title": "合计", "type": "integer", "x-calculate": "doc.age + 1"},
            "poor": {"title": "贫困", "type": "boolean", "x-relevant": "doc.age > 10", "x-required": "doc.age > 3"},
            "head": {"title": "户主", "type": "string", "x-preload": "subject.head_name"},
            "sealed": {"title": "印章", "type": "string", "readOnly": true},
            "place": {"title": "地点", "type": "object", "additionalProperties": false, "properties": {"a": {"type": "string", "maxLength": 9}, "b": {"type": "integer", "x-unit": {"code": "m"}, "x-pii": "none"}}},
            "paid": {"title": "付", "type": "object", "x-quantity": {"unit": "yuan", "entry": ["wan_yuan", "qian_yuan"], "minimum": 0}},
            "signed": {"title": "签名", "type": "object", "x-signature": true},
            "photo": {"title": "照片", "type": "object", "x-attachment": {"types": ["image/png", "image/jpeg"]}},
            "needs": {"title": "需要", "type": "array", "items": {"oneOf": [{"const": "jobs", "title": "就业"}, {"const": "roads", "title": "修路"}]}},
            "who": {"title": "谁", "type": "string", "x-row-of": "members"},
            "members": {"title": "成员", "type": "object", "x-roster": {"label": "row.name"}, "additionalProperties":
                {"type": "object", "additionalProperties": false, "properties": {"name": {"title": "姓名", "type": "string"}}}},
            "helpers": {"title": "帮手", "type": "object", "x-roster": {}, "additionalProperties":
                {"type": "object", "additionalProperties": false, "properties": {"name": {"title": "姓名", "type": "string"}}}},
            "kin": kin, "kin_b": kin, "day": {"title": "日期", "type": "string", "format": "date"},
            "day_b": {"title": "日期", "type": "string", "format": "date"},
            "house": {"title": "住房", "type": "object", "x-group": true, "additionalProperties": false,
                "properties": {"grade": {"title": "等级", "type": "string"}}}
        }
    });
    let manifest = json!({"id": "small", "version": 1, "kind": "register", "entity": "household", "title": {"zh": "小表"},
        "locales": ["zh"], "subject": "required"});
    let mut package = Package { manifest, schema, files: Files::new() };
    package.file("codes/crops.csv", CROPS);
    package.file("codes/spare.csv", "code,label\na,甲\n");
    package
}

pub(crate) fn put(package: &mut Package, path: &str, key: &str, value: Value) {
    package.question(path)[key] = value;
}

pub(crate) fn drop(package: &mut Package, path: &str, key: &str) {
    package.question(path).as_object_mut().unwrap().remove(key);
}
