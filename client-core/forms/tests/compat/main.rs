//! One case for each kind of change between two versions, and what follows from the class.

#![recursion_limit = "256"]
#![allow(clippy::unwrap_used)]

mod annotations;
#[path = "../common/mod.rs"]
mod common;
mod manifest;
mod package;

use std::collections::BTreeSet;

use common::{Files, form_of};
use doorstep_forms::{ChangeKind as K, Class, Form, Upgrade, compare, compare_all, upgrade};
use package::{CROPS, Package, base, drop, put};
use serde_json::{Value, json};

type Edit = fn(&mut Package);

struct Case {
    kind: K,
    path: &'static str,
    old: Edit,
    new: Edit,
    lensed: bool,
}

fn case(kind: K, path: &'static str, new: Edit) -> Case {
    Case { kind, path, old: |_| {}, new, lensed: false }
}

/// The same the other way round: what the first edit does is undone.
fn back(kind: K, path: &'static str, old: Edit) -> Case {
    Case { kind, path, old, new: |_| {}, lensed: false }
}

fn cosmetic() -> Vec<Case> {
    vec![
        case(K::FormTextChanged, "", |p| p.manifest["title"]["zh"] = "小表（新）".into()),
        case(K::LayoutChanged, "", |p| {
            p.file("ui.json", r##"{"type": "Categorization", "elements": [
            {"type": "Category", "label": "页", "elements": [{"type": "Control", "scope": "#/properties/age"}]}]}"##)
        }),
        case(K::TitleChanged, "age", |p| put(p, "age", "title", "周岁年龄".into())),
        case(K::TitleReplaced, "age", |p| put(p, "age", "title", "身高".into())),
        case(K::HintChanged, "name", |p| put(p, "name", "description", "按户口簿".into())),
        case(K::UnitSymbolChanged, "land", |p| {
            put(p, "land", "x-unit", json!({"code": "mu", "symbol": "市亩"}))
        }),
        case(K::OptionLabelChanged, "cause", |p| {
            p.question("cause")["oneOf"][0]["title"] = "因病致贫".into()
        }),
        case(K::OptionLabelReplaced, "cause", |p| p.question("cause")["oneOf"][0]["title"] = "上学".into()),
        case(K::OptionOrderChanged, "cause", |p| {
            p.question("cause")["oneOf"].as_array_mut().unwrap().swap(0, 1);
        }),
        case(K::MessageChanged, "", |p| p.schema["x-constraints"][0]["human"] = "年龄不合理".into()),
        case(K::RowLabelChanged, "members", |p| put(p, "members", "x-roster", json!({}))),
        case(K::ListLabelChanged, "", |p| p.manifest["label"] = "doc.name".into()),
        case(K::UnusedListChanged, "", |p| p.file("codes/spare.csv", "code,label\na,甲\nb,乙\n")),
        case(K::GoldensChanged, "", |p| p.file("tests/a.json", "[]")),
        case(K::LensAdded, "", |p| p.lens(1, json!([]))),
    ]
}

fn widening() -> Vec<Case> {
    vec![
        case(K::QuestionAdded, "more", |p| put_new(p, json!({"title": "更多", "type": "string"}))),
        case(K::OptionAdded, "cause", |p| {
            p.question("cause")["oneOf"]
                .as_array_mut()
                .unwrap()
                .push(json!({"const": "school", "title": "因学"}));
        }),
        case(K::OptionReopened, "cause", |p| {
            p.question("cause")["oneOf"][2].as_object_mut().unwrap().remove("x-closed");
        }),
        case(K::BoundLoosened, "name", |p| put(p, "name", "maxLength", 40.into())),
        case(K::BoundLoosened, "paid", |p| p.question("paid")["x-quantity"]["minimum"] = (-5).into()),
        case(K::RequiredRemoved, "name", |p| drop(p, "name", "x-required")),
        case(K::RequiredLoosened, "name", |p| put(p, "name", "x-required", "doc.age > 1".into())),
        case(K::RelevanceRemoved, "poor", |p| drop(p, "poor", "x-relevant")),
        case(K::ConstraintRemoved, "", |p| p.schema["x-constraints"] = json!([])),
        case(K::FilterRemoved, "crop", |p| put(p, "crop", "x-codes", json!({"list": "crops"}))),
        case(K::TransitionsWidened, "state", |p| {
            put(p, "state", "x-transitions", json!({"": ["new", "posted"], "new": ["posted"]}));
        }),
        case(K::ReadOnlyRemoved, "sealed", |p| drop(p, "sealed", "readOnly")),
        case(K::SubjectWidened, "", |p| p.manifest["subject"] = "optional".into()),
    ]
}

fn put_new(package: &mut Package, question: Value) {
    package.schema["properties"]["more"] = question;
}

fn rules() -> Vec<Case> {
    vec![
        case(K::RequiredQuestionAdded, "more", |p| {
            put_new(p, json!({"title": "更多", "type": "string", "x-required": true}));
        }),
        case(K::RequiredAdded, "age", |p| put(p, "age", "x-required", true.into())),
        case(K::RequiredChanged, "poor", |p| put(p, "poor", "x-required", true.into())),
        case(K::LeastRaised, "causes", |p| put(p, "causes", "minProperties", 2.into())),
        case(K::RelevanceAdded, "note", |p| put(p, "note", "x-relevant", "doc.age > 1".into())),
        case(K::RelevanceChanged, "poor", |p| put(p, "poor", "x-relevant", "doc.age > 11".into())),
        case(K::CalculationChanged, "total", |p| put(p, "total", "x-calculate", "doc.age + 2".into())),
        case(K::CalculationRemoved, "total", |p| drop(p, "total", "x-calculate")),
        case(K::ConstraintAdded, "age", |p| {
            put(
                p,
                "age",
                "x-constraints",
                json!([{"key": "k", "severity": "error", "expression": "value > 1", "human": "错"}]),
            );
        }),
        case(K::ConstraintChanged, "", |p| {
            p.schema["x-constraints"][0]["expression"] = "doc.age < 125".into()
        }),
        case(K::SeverityChanged, "", |p| p.schema["x-constraints"][0]["severity"] = "warning".into()),
        case(K::LocationChanged, "", |p| p.schema["x-constraints"][0]["location"] = json!(["/name"])),
        case(K::FilterChanged, "crop", |p| {
            put(p, "crop", "x-codes", json!({"list": "crops", "filter": "code.level == 'b'"}));
        }),
        case(K::OptionClosed, "cause", |p| p.question("cause")["oneOf"][0]["x-closed"] = true.into()),
        case(K::ListColumnsChanged, "crop", |p| {
            p.file("codes/crops.csv", &CROPS.replace("玉米,a", "玉米,b"))
        }),
        case(K::TransitionsChanged, "state", |p| {
            put(p, "state", "x-transitions", json!({"": ["new"], "new": []}))
        }),
        case(K::ReadOnlyAdded, "note", |p| put(p, "note", "readOnly", true.into())),
        case(K::PreloadChanged, "head", |p| put(p, "head", "x-preload", "subject.name".into())),
        case(K::HiddenChanged, "head", |p| put(p, "head", "x-hidden-until", "submitted".into())),
        case(K::PrivacyChanged, "age", |p| put(p, "age", "x-pii", "none".into())),
        case(K::SensitivityChanged, "", |p| p.manifest["sensitivity"] = "health".into()),
        case(K::UnitAdded, "age", |p| put(p, "age", "x-unit", json!({"code": "years", "symbol": "岁"}))),
        case(K::AutoApproveChanged, "", |p| p.manifest["auto_approve"] = true.into()),
        case(K::ConfirmChanged, "", |p| p.manifest["confirm"] = true.into()),
        case(K::IdentityChanged, "", |p| p.manifest["identity"] = json!(["name"])),
        case(K::IdentityChanged, "", |p| p.manifest["person"] = json!({"name": "name"})),
        case(K::SubjectChanged, "", |p| p.manifest["subject"] = "none".into()),
        case(K::AreaPathChanged, "", |p| p.manifest["area_path"] = "note".into()),
        case(K::UnitSymbolReplaced, "land", |p| {
            put(p, "land", "x-unit", json!({"code": "mu", "symbol": "公顷"}))
        }),
        case(K::SignatureChanged, "signed", |p| put(p, "signed", "x-signature", json!({"covers": ["age"]}))),
        case(K::AnnotationChanged, "age", |p| put(p, "age", "x-authority", json!(["doctor"]))),
    ]
}

fn structural() -> Vec<Case> {
    let lensed = |kind, path, new| Case { lensed: true, ..case(kind, path, new) };
    vec![
        lensed(K::QuestionMoved, "remark", |p| {
            let mut note = p.without("note");
            note["x-from"] = "note".into();
            p.schema["properties"]["remark"] = note;
        }),
        case(K::QuestionRemoved, "note", |p| {
            p.without("note");
        }),
        lensed(K::QuestionRemoved, "note", |p| {
            p.without("note");
            p.lens(2, json!([{"op": "remove", "at": "note"}]));
        }),
        case(K::QuestionRetyped, "age", |p| {
            put(p, "age", "type", "string".into());
            put(p, "age", "format", "decimal".into());
            drop(p, "total", "x-calculate");
            put(p, "total", "x-calculate", "doc.age + 1".into());
        }),
        case(K::Narrowed, "age", |p| put(p, "age", "maximum", 110.into())),
        case(K::Narrowed, "paid", |p| p.question("paid")["x-quantity"]["minimum"] = 5.into()),
        case(K::Narrowed, "paid", |p| p.question("paid")["x-quantity"]["qualifiers"] = false.into()),
        lensed(K::Narrowed, "paid", |p| {
            p.question("paid")["x-quantity"]["entry"] = json!(["qian_yuan"]);
            p.lens(2, json!([{"op": "convert", "at": "paid", "to": "quantity", "unit": "yuan"}]));
        }),
        case(K::Narrowed, "note", |p| put(p, "note", "pattern", "^a".into())),
        lensed(K::Narrowed, "land", |p| {
            put(p, "land", "maximum", 50.into());
            p.lens(2, json!([{"op": "convert", "at": "land", "to": "decimal"}]));
        }),
        case(K::OptionRemoved, "cause", |p| {
            p.question("cause")["oneOf"].as_array_mut().unwrap().remove(0);
        }),
        case(K::OptionRemoved, "crop", |p| p.file("codes/crops.csv", "code,label,level\nrice,水稻,a\n")),
        lensed(K::OptionRemoved, "causes", |p| {
            p.question("causes")["properties"].as_object_mut().unwrap().remove("disaster");
            p.lens(2, json!([{"op": "map_codes", "at": "causes", "codes": {"disaster": "illness"}}]));
        }),
        case(K::BecameCalculated, "note", |p| put(p, "note", "x-calculate", "doc.name".into())),
        case(K::BecamePreloaded, "note", |p| put(p, "note", "x-preload", "subject.note".into())),
        back(K::LensDropped, "", |p| {
            p.lens(1, json!([]));
        }),
        back(K::LensDropped, "note", |p| put(p, "note", "x-from", "old_note".into())),
    ]
}

fn forbidden() -> Vec<Case> {
    vec![
        case(K::FormIdChanged, "", |p| p.manifest["id"] = "other".into()),
        case(K::FormKindChanged, "", |p| p.manifest["kind"] = "event".into()),
        case(K::EntityChanged, "", |p| p.manifest["entity"] = "village".into()),
        case(K::ShapeChanged, "house", |p| {
            *p.question("house") = json!({"title": "住房", "type": "string"});
        }),
        case(K::UnitChanged, "land", |p| put(p, "land", "x-unit", json!({"code": "ha", "symbol": "公顷"}))),
        case(K::UnitChanged, "land", |p| drop(p, "land", "x-unit")),
        case(K::UnitChanged, "paid", |p| put(p, "paid", "x-quantity", json!({"unit": "wan_yuan"}))),
        case(K::UnitChanged, "place", |p| put(p, "place/b", "x-unit", json!({"code": "km"}))),
        case(K::RowsOfChanged, "who", |p| put(p, "who", "x-row-of", "helpers".into())),
    ]
}

/// What an edit brings along: a lens is a change of its own.
fn beside(kind: K) -> bool {
    matches!(kind, K::LensAdded)
}

#[test]
fn each_kind_is_found_where_it_is_and_nothing_else() {
    let mut seen = BTreeSet::new();
    let cases = [cosmetic(), widening(), rules(), structural(), forbidden()];
    for case in cases.into_iter().flatten() {
        let (mut old, mut new) = (base(), base());
        (case.old)(&mut old);
        (case.new)(&mut new);
        let (old, new) = (old.form(2), new.form(3));
        let comparison = compare(&old, &new);
        let found: Vec<_> = comparison
            .changes
            .iter()
            .filter(|change| change.kind == case.kind || !beside(change.kind))
            .map(|change| (change.kind, change.path.as_str(), change.lensed))
            .collect();
        // A group that becomes one question loses what stood in it, too.
        let first = &found[..found.len().min(1)];
        assert_eq!(first, [(case.kind, case.path, case.lensed)], "{:#?}", comparison.changes);
        assert!(found.len() == 1 || case.kind == K::ShapeChanged, "{found:?}");
        seen.insert(case.kind);
        assert_eq!(comparison.changes[0].class, comparison.class());
        for change in &comparison.changes {
            assert_eq!(change.class, change.kind.class());
            assert!(!change.reason_en.contains("{}") && !change.way_out_en.contains("{lens}"), "{change:?}");
            assert!(!change.reason_zh.is_ascii(), "{change:?}");
            let must_help = change.class >= Class::Structural && !change.lensed;
            assert!(
                !must_help || !change.way_out_en.is_empty() && !change.way_out_zh.is_ascii(),
                "{change:?}"
            );
            assert_eq!(change.blocks(), must_help);
        }
    }
    // These need more than two small packages; they have tests of their own below.
    seen.extend([
        K::OrderChanged,
        K::LocalesChanged,
        K::KeyReused,
        K::CodeReused,
        K::NotCovered,
        K::WideningUnproven,
    ]);
    let missing: Vec<_> = K::ALL.iter().filter(|kind| !seen.contains(kind)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn a_version_does_not_differ_from_itself() {
    let comparison = compare(&base().form(1), &base().form(2));
    assert!(comparison.is_empty(), "{:?}", comparison.changes);
    assert_eq!(comparison.class(), Class::Cosmetic);
    for name in ["household_register", "sample_check"] {
        let form = form_of(common::shipped(name));
        assert!(compare(&form, &form).is_empty(), "{name}");
    }
}

#[test]
fn a_language_and_the_order_of_questions_are_cosmetic() {
    let form = |version: u32, locales: Value, questions: &str| {
        let manifest = json!({"id": "small", "version": version, "kind": "register", "entity": "household",
            "title": {"zh": "小表", "en": "Small"}, "locales": locales});
        let schema = format!(
            r#"{{"title": "小表", "type": "object", "additionalProperties": false, "properties": {{{questions}}}}}"#
        );
        let mut files = Files::from([
            ("form.json".into(), manifest.to_string().into_bytes()),
            ("schema.json".into(), schema.into_bytes()),
        ]);
        if locales.as_array().unwrap().len() > 1 {
            files.insert("i18n/en.json".into(), br#"{"a.label": "One", "b.label": "Two"}"#.to_vec());
        }
        form_of(files)
    };
    let (a, b) = (r#""a": {"title": "甲", "type": "string"}"#, r#""b": {"title": "乙", "type": "string"}"#);
    let one = form(1, json!(["zh"]), &format!("{a}, {b}"));
    let kinds =
        |new: &Form| -> Vec<_> { compare(&one, new).changes.iter().map(|change| change.kind).collect() };
    assert_eq!(kinds(&form(2, json!(["zh", "en"]), &format!("{a}, {b}"))), [K::LocalesChanged]);
    assert_eq!(kinds(&form(2, json!(["zh"]), &format!("{b}, {a}"))), [K::OrderChanged]);
    assert_eq!(compare(&one, &form(2, json!(["zh"]), &format!("{b}, {a}"))).class(), Class::Cosmetic);
}

#[test]
fn the_worst_class_counts_and_stands_first() {
    let mut new = base();
    put(&mut new, "age", "title", "周岁年龄".into());
    put(&mut new, "name", "maxLength", 40.into());
    put(&mut new, "poor", "x-relevant", "doc.age > 11".into());
    let comparison = compare(&base().form(1), &new.clone().form(2));
    let letters: String = comparison.changes.iter().map(|change| change.class.letter()).collect();
    assert_eq!(letters, "CBA");
    assert_eq!(comparison.class(), Class::Rules);
    let json = serde_json::to_value(&comparison).unwrap();
    assert_eq!(json["changes"][0]["class"], "C");
    assert_eq!(json["changes"][0]["kind"], "relevance_changed");
    new.without("land");
    assert_eq!(compare(&base().form(1), &new.form(2)).class(), Class::Structural);
}

#[test]
fn spelling_is_no_change() {
    let mut new = base();
    put(&mut new, "poor", "x-relevant", "(doc.age)>10".into());
    let age = new.question("age").clone();
    new.schema["$defs"] = json!({ "age": age });
    *new.question("age") = json!({"$ref": "#/$defs/age"});
    assert_eq!(compare(&base().form(1), &new.form(2)).changes, []);
}

#[test]
fn what_becomes_of_drafts() {
    let old = base().form(1);
    let with = |edit: Edit| {
        let mut new = base();
        edit(&mut new);
        let new = new.form(2);
        upgrade(&old, &new, &compare(&old, &new))
    };
    assert_eq!(with(|_| {}), Upgrade::Silent);
    assert_eq!(with(|p| put(p, "age", "title", "岁数".into())), Upgrade::Silent);
    assert_eq!(with(|p| put(p, "name", "maxLength", 40.into())), Upgrade::Silent);
    match with(|p| put(p, "age", "x-required", true.into())) {
        Upgrade::Notice { changes } => assert_eq!(changes[0].kind, K::RequiredAdded),
        other => panic!("{other:?}"),
    }
    assert_eq!(with(|p| drop(p, "land", "x-unit")), Upgrade::Pinned);
    assert_eq!(
        with(|p| {
            p.without("note");
            p.lens(1, json!([{"op": "remove", "at": "note"}]));
        }),
        Upgrade::Pinned,
        "a lens is for reading: what is being filled stays as it was begun"
    );
    let newer = base().form(3);
    assert_eq!(upgrade(&newer, &old, &compare(&newer, &old)), Upgrade::Pinned, "never back");
}

#[test]
fn a_key_or_code_is_never_used_again_for_something_else() {
    let one = base().form(1);
    let mut two = base();
    two.without("note");
    two.question("cause")["oneOf"].as_array_mut().unwrap().remove(0);
    two.lens(1, json!([{"op": "remove", "at": "note"}, {"op": "map_codes", "at": "cause", "codes": {"illness": "disaster"}}]));
    let mut three = two.clone();
    let two = two.form(2);
    assert_eq!(compare_all(&[&one], &two).blocking().count(), 0);
    three.schema["properties"]["note"] = json!({"title": "备注数", "type": "integer"});
    three.question("cause")["oneOf"]
        .as_array_mut()
        .unwrap()
        .push(json!({"const": "illness", "title": "上学"}));
    three.lens(1, json!([{"op": "map_codes", "at": "cause", "codes": {"illness": "disaster"}}]));
    let three = three.form(3);
    let found: Vec<_> = compare_all(&[&one, &two], &three)
        .of_class(Class::Forbidden)
        .map(|change| (change.kind, change.path.clone()))
        .collect();
    assert_eq!(found, [(K::CodeReused, "cause".to_owned()), (K::KeyReused, "note".to_owned())]);
    assert_eq!(compare(&two, &three).class(), Class::Widening, "two versions alone cannot know");
    // The same question coming back is no re-use.
    let mut back = base();
    back.lens(1, json!([]));
    let again = compare_all(&[&one, &two], &back.form(3));
    assert_eq!(again.of_class(Class::Forbidden).count(), 0, "{:?}", again.changes);
}

#[test]
fn a_lens_is_carried_to_every_later_version() {
    let one = base().form(1);
    let mut two = base();
    two.without("note");
    two.lens(1, json!([{"op": "remove", "at": "note"}]));
    let mut three = two.clone();
    let two = two.form(2);
    three.without("name");
    three.lens(2, json!([{"op": "remove", "at": "name"}]));
    let blocking = |package: Package| -> Vec<_> {
        let comparison = compare_all(&[&one, &two], &package.form(3));
        comparison.blocking().map(|change| (change.kind, change.path.clone())).collect()
    };
    // lenses/1.json reads straight to version 3: it must say what lenses/2.json says, too.
    assert_eq!(blocking(three.clone()), [(K::LensDropped, "name".to_owned())]);
    three.lens(1, json!([{"op": "remove", "at": "note"}, {"op": "remove", "at": "name"}]));
    assert_eq!(blocking(three.clone()), []);
    three.lens(1, json!([{"op": "remove", "at": "name"}]));
    assert_eq!(blocking(three.clone()), [(K::LensDropped, "note".to_owned())]);
    three.files.remove("lenses/1.json");
    assert_eq!(blocking(three), [(K::LensDropped, String::new()), (K::LensDropped, "note".to_owned())]);
}

#[test]
fn a_unit_changes_by_moving_with_a_factor() {
    let mut new = base();
    let mut land = new.without("land");
    land["x-from"] = "land".into();
    land["x-unit"] = json!({"code": "ha", "symbol": "公顷"});
    new.schema["properties"]["land_ha"] = land;
    let plain = compare(&base().form(1), &new.clone().form(2));
    assert_eq!(plain.changes[0].kind, K::UnitChanged);
    new.lens(1, json!([{"op": "convert", "at": "land_ha", "to": "decimal", "factor": "0.0667"}]));
    let with_factor = compare(&base().form(1), &new.form(2));
    assert_eq!((with_factor.class(), with_factor.blocking().count()), (Class::Structural, 0));
}

#[test]
fn a_quantity_takes_another_unit_under_another_key() {
    let mut new = base();
    let mut paid = new.without("paid");
    paid["x-from"] = "paid".into();
    paid["x-quantity"] = json!({"unit": "wan_yuan"});
    new.schema["properties"]["paid_wan"] = paid;
    let found = compare(&base().form(1), &new.clone().form(2));
    assert_eq!((found.changes[0].kind, found.changes[0].path.as_str()), (K::UnitChanged, "paid_wan"));
    let step = json!([{"op": "convert", "at": "paid_wan", "to": "quantity", "unit": "wan_yuan", "factor": "0.0001"}]);
    new.lens(1, step);
    let found = compare(&base().form(1), &new.form(2));
    assert_eq!((found.class(), found.blocking().count()), (Class::Structural, 0), "{:?}", found.changes);
}

#[test]
fn codes_of_what_is_calculated_are_told_and_lose_no_answer() {
    let with = |codes: Value| {
        let mut package = base();
        put_new(
            &mut package,
            json!({"title": "等", "oneOf": codes, "x-calculate": "doc.age > 9 ? 'a' : 'b'"}),
        );
        package
    };
    let (a, b) = (json!({"const": "a", "title": "大"}), json!({"const": "b", "title": "小"}));
    let kinds = |codes: Value| -> Vec<_> {
        let found = compare(&with(json!([a, b])).form(1), &with(codes).form(2));
        found.changes.iter().map(|change| change.kind).collect()
    };
    assert_eq!(kinds(json!([a, {"const": "b", "title": "童"}])), [K::OptionLabelReplaced]);
    assert_eq!(kinds(json!([a])), [K::CalculationChanged]);
}

#[test]
fn covers_vetoes_and_warns() {
    // `exclusiveMinimum` goes and `minimum` falls: our keywords say wider, and they are right; with a format nobody can
    // compare nothing is proved.
    let with = |question: Value| {
        let mut package = base();
        put_new(&mut package, question);
        package
    };
    let text = |length: u32, pattern: &str| json!({"title": "更多", "type": "string", "maxLength": length, "pattern": pattern});
    let comparison = compare(&with(text(5, "^(a|b)+$")).form(1), &with(text(9, "^(a|b)+$")).form(2));
    assert!(comparison.changes.iter().all(|change| change.kind != K::NotCovered), "{:?}", comparison.changes);
    assert!(comparison.class() == Class::Widening);
}
