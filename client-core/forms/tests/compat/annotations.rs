//! Every annotation of the profile: changing it is never passed over.
//!
//! The names come from the meta-schema itself, so that a new annotation without a decision of the differ fails here. It
//! found `x-quantity` (`entry`, `minimum`, `maximum`, `qualifiers`), `x-signature`, and `x-unit` and `x-pii` inside a
//! compound: none of them was looked at. (`symbol` was, and passed as cosmetic whatever it said.)

use std::collections::{BTreeMap, BTreeSet};

use doorstep_forms::{ChangeKind as K, Class, META_SCHEMA, compare};
use serde_json::{Value, json};

use crate::package::{Package, base, drop, put};

type Edit = fn(&mut Package);

/// Annotation, how it is changed, and the class that must come of it. Two of one name are two ways to change it.
fn table() -> Vec<(&'static str, Edit, Class)> {
    vec![
        ("x-relevant", |p| put(p, "note", "x-relevant", "doc.age > 1".into()), Class::Rules),
        ("x-required", |p| put(p, "note", "x-required", true.into()), Class::Rules),
        ("x-calculate", |p| put(p, "total", "x-calculate", "doc.age + 9".into()), Class::Rules),
        ("x-constraints.key", |p| p.schema["x-constraints"][0]["key"] = "other".into(), Class::Rules),
        (
            "x-constraints.severity",
            |p| p.schema["x-constraints"][0]["severity"] = "warning".into(),
            Class::Rules,
        ),
        (
            "x-constraints.location",
            |p| p.schema["x-constraints"][0]["location"] = json!(["/name"]),
            Class::Rules,
        ),
        (
            "x-constraints.expression",
            |p| p.schema["x-constraints"][0]["expression"] = "doc.age < 99".into(),
            Class::Rules,
        ),
        (
            "x-constraints.human",
            |p| p.schema["x-constraints"][0]["human"] = "年龄不对".into(),
            Class::Cosmetic,
        ),
        ("x-exclusive", |p| put(p, "causes", "x-exclusive", json!(["illness"])), Class::Rules),
        ("x-codes.list", |p| put(p, "crop", "x-codes", json!({"list": "spare"})), Class::Structural),
        ("x-codes.filter", |p| put(p, "crop", "x-codes", json!({"list": "crops"})), Class::Widening),
        ("x-row-of", |p| put(p, "who", "x-row-of", "helpers".into()), Class::Forbidden),
        (
            "x-quantity.unit",
            |p| p.question("paid")["x-quantity"]["unit"] = "wan_yuan".into(),
            Class::Forbidden,
        ),
        ("x-quantity.unit", |p| put(p, "paid", "x-quantity", json!({"unit": "mu"})), Class::Forbidden),
        ("x-quantity.symbol", |p| p.question("paid")["x-quantity"]["symbol"] = "块".into(), Class::Rules),
        (
            "x-quantity.entry",
            |p| p.question("paid")["x-quantity"]["entry"] = json!(["wan_yuan"]),
            Class::Structural,
        ),
        ("x-quantity.minimum", |p| p.question("paid")["x-quantity"]["minimum"] = 1.into(), Class::Structural),
        ("x-quantity.maximum", |p| p.question("paid")["x-quantity"]["maximum"] = 9.into(), Class::Structural),
        (
            "x-quantity.qualifiers",
            |p| p.question("paid")["x-quantity"]["qualifiers"] = false.into(),
            Class::Structural,
        ),
        ("x-signature.covers", |p| put(p, "signed", "x-signature", json!({"covers": ["age"]})), Class::Rules),
        ("x-signature.again", |p| put(p, "signed", "x-signature", json!({"again": true})), Class::Rules),
        (
            "x-attachment.types",
            |p| put(p, "photo", "x-attachment", json!({"types": ["image/png"]})),
            Class::Structural,
        ),
        (
            "x-attachment.types",
            |p| {
                put(
                    p,
                    "photo",
                    "x-attachment",
                    json!({"types": ["image/png", "image/jpeg", "application/pdf"]}),
                )
            },
            Class::Widening,
        ),
        (
            "x-attachment.max_bytes",
            |p| p.question("photo")["x-attachment"]["max_bytes"] = 900.into(),
            Class::Structural,
        ),
        (
            "x-from",
            |p| {
                let mut note = p.without("note");
                note["x-from"] = "note".into();
                p.schema["properties"]["remark"] = note;
            },
            Class::Structural,
        ),
        ("x-closed", |p| p.question("cause")["oneOf"][0]["x-closed"] = true.into(), Class::Rules),
        ("x-closed", |p| put(p, "causes/illness", "x-closed", true.into()), Class::Rules),
        ("x-closed", |p| p.question("needs")["items"]["oneOf"][0]["x-closed"] = true.into(), Class::Rules),
        (
            "x-multi",
            |p| {
                drop(p, "causes", "x-multi");
                drop(p, "causes", "minProperties");
                put(p, "causes", "x-group", true.into());
            },
            Class::Forbidden,
        ),
        (
            "x-group",
            |p| {
                drop(p, "house", "x-group");
                p.question("house/grade").as_object_mut().unwrap().remove("title");
            },
            Class::Forbidden,
        ),
        ("x-roster.kind", |p| put(p, "helpers", "x-roster", json!({"kind": "yearly"})), Class::Forbidden),
        // It can say one thing only, which is what it says when it is absent.
        (
            "x-roster.order",
            |p| p.question("helpers")["x-roster"]["label"] = "row.name".into(),
            Class::Cosmetic,
        ),
        ("x-roster.label", |p| put(p, "members", "x-roster", json!({})), Class::Cosmetic),
        ("x-preload", |p| put(p, "head", "x-preload", "subject.name".into()), Class::Rules),
        ("x-hidden-until", |p| put(p, "head", "x-hidden-until", "submitted".into()), Class::Rules),
        ("x-unit.code", |p| p.question("land")["x-unit"]["code"] = "ha".into(), Class::Forbidden),
        ("x-unit.code", |p| drop(p, "land", "x-unit"), Class::Forbidden),
        ("x-unit.code", |p| put(p, "place/b", "x-unit", json!({"code": "km"})), Class::Forbidden),
        ("x-unit.code", |p| drop(p, "place/b", "x-unit"), Class::Forbidden),
        ("x-unit.symbol", |p| p.question("land")["x-unit"]["symbol"] = "公顷".into(), Class::Rules),
        ("x-pii", |p| put(p, "age", "x-pii", "none".into()), Class::Rules),
        ("x-pii", |p| drop(p, "place/b", "x-pii"), Class::Rules),
        ("x-transitions", |p| put(p, "state", "x-transitions", json!({"": ["posted"]})), Class::Rules),
        ("x-evidence", |p| put(p, "age", "x-evidence", json!("paper")), Class::Rules),
        ("x-authority", |p| put(p, "age", "x-authority", json!(["doctor"])), Class::Rules),
        ("x-other-of", |p| drop(p, "cause_other", "x-other-of"), Class::Rules),
        ("x-moves.form", |p| p.schema["x-moves"]["form"] = "other".into(), Class::Rules),
        ("x-moves.answer", |p| p.schema["x-moves"]["answer"] = "state".into(), Class::Rules),
        ("x-moves.to", |p| p.schema["x-moves"]["to"] = "doc.cause".into(), Class::Rules),
        ("x-moves.dated", |p| p.schema["x-moves"]["dated"] = "day".into(), Class::Rules),
        ("x-moves.on", |p| p.schema["x-moves"]["on"] = "date('2015-07-01')".into(), Class::Rules),
        ("x-membership.roster", |p| p.schema["x-membership"]["roster"] = "kin_b".into(), Class::Rules),
        ("x-membership.state", |p| p.schema["x-membership"]["state"] = "state_b".into(), Class::Rules),
        ("x-membership.open", |p| p.schema["x-membership"]["open"] = json!(["gone"]), Class::Rules),
        ("x-membership.split", |p| p.schema["x-membership"]["split"] = "gone".into(), Class::Rules),
        ("x-membership.from", |p| p.schema["x-membership"]["from"] = "until".into(), Class::Rules),
        ("x-membership.to", |p| p.schema["x-membership"]["to"] = "since".into(), Class::Rules),
        ("x-membership.joined", |p| p.schema["x-membership"]["joined"] = "state".into(), Class::Rules),
        ("x-membership.joins", |p| p.schema["x-membership"]["joins"] = json!({"gone": "came"}), Class::Rules),
        (
            "x-membership.relation",
            |p| {
                let membership = p.schema["x-membership"].as_object_mut().unwrap();
                membership.remove("relation");
                membership.remove("head");
            },
            Class::Rules,
        ),
        ("x-membership.head", |p| p.schema["x-membership"]["head"] = "son".into(), Class::Rules),
        ("x-membership.dated", |p| p.schema["x-membership"]["dated"] = "day_b".into(), Class::Rules),
        (
            "x-membership.begins",
            |p| p.schema["x-membership"]["begins"] = json!({"state": "posted"}),
            Class::Rules,
        ),
        ("x-entity", |p| p.schema["x-entity"] = json!({"creates": "household"}), Class::Rules),
    ]
}

/// `x-unit` -> its keys; none for what has no keys of its own.
fn annotations() -> BTreeSet<String> {
    let meta: Value = serde_json::from_str(META_SCHEMA).unwrap();
    let mut names = BTreeSet::new();
    for def in ["node", "root", "option"] {
        for (name, schema) in meta["$defs"][def]["properties"].as_object().unwrap() {
            if !name.starts_with("x-") {
                continue;
            }
            let of_items = schema["items"]["$ref"] == "#/$defs/constraint";
            let inner = if of_items { &meta["$defs"]["constraint"] } else { schema };
            match inner["properties"].as_object() {
                Some(keys) => {
                    names.extend(
                        keys.keys().filter(|key| *key != "$comment").map(|key| format!("{name}.{key}")),
                    );
                }
                None => {
                    names.insert(name.clone());
                }
            }
        }
    }
    names
}

#[test]
fn no_annotation_changes_unseen() {
    let table = table();
    let decided: BTreeSet<String> = table.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(decided, annotations());
    let mut wrong = BTreeMap::new();
    for (at, (name, edit, class)) in table.into_iter().enumerate() {
        let mut new = base();
        edit(&mut new);
        let found = compare(&base().form(1), &new.form(2));
        if found.is_empty() || found.class() != class {
            wrong.insert((at, name), (class, found.changes));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A change of meaning names the question, says what changed, and how to do it otherwise, in both languages.
#[test]
fn a_change_of_a_unit_says_where_why_and_what_to_do() {
    let cases: [(Edit, &str, &str); 4] = [
        (|p| p.question("paid")["x-quantity"]["unit"] = "wan_yuan".into(), "paid", "yuan → wan_yuan"),
        (|p| p.question("land")["x-unit"]["code"] = "ha".into(), "land", "mu → ha"),
        (|p| drop(p, "land", "x-unit"), "land", "mu → –"),
        (|p| put(p, "place/b", "x-unit", json!({"code": "km"})), "place", "b: m → km"),
    ];
    for (edit, path, detail) in cases {
        let mut new = base();
        edit(&mut new);
        let found = compare(&base().form(1), &new.form(2));
        let change = &found.changes[0];
        assert_eq!(
            (change.kind, change.class, change.path.as_str()),
            (K::UnitChanged, Class::Forbidden, path)
        );
        assert!(change.reason_en.ends_with(detail) && change.reason_zh.ends_with(detail), "{change:?}");
        assert!(change.way_out_en.contains("lenses/1.json") && change.way_out_zh.contains("lenses/1.json"));
        assert!(change.blocks());
    }
}
