//! Two versions of a form, and how each question of the first is read under the second.

use std::collections::BTreeMap;

use doorstep_forms::{Form, FormPackage};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

/// A question of the first version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Decimal,
    Bool,
    Select,
    Many,
}

/// What the second version does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Keep,
    Retitle,
    Move,
    Remove,
    /// To another kind, where there is one.
    Convert,
    MoveAndConvert,
    /// One more code, where there are codes.
    Widen,
    /// The first code becomes another, where there are codes.
    MapCode,
}

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Questions at the top.
    pub(crate) top: Vec<(Kind, Turn)>,
    /// Questions in the rows of `rows`.
    pub(crate) inner: Vec<(Kind, Turn)>,
    /// Whether the roster itself moves to `people`.
    pub(crate) roster_moves: bool,
    /// A new question with an answer assumed for old records.
    pub(crate) added: bool,
}

pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let kind = prop_oneof![
        Just(Kind::Text),
        Just(Kind::Integer),
        Just(Kind::Decimal),
        Just(Kind::Bool),
        Just(Kind::Select),
        Just(Kind::Many)
    ];
    let turn = prop_oneof![
        Just(Turn::Keep),
        Just(Turn::Retitle),
        Just(Turn::Move),
        Just(Turn::Remove),
        Just(Turn::Convert),
        Just(Turn::MoveAndConvert),
        Just(Turn::Widen),
        Just(Turn::MapCode)
    ];
    let question = (kind, turn);
    let top = proptest::collection::vec(question.clone(), 1..5);
    let inner = proptest::collection::vec(question, 1..3);
    (top, inner, any::<bool>(), any::<bool>()).prop_map(|(top, inner, roster_moves, added)| Plan {
        top,
        inner,
        roster_moves,
        added,
    })
}

/// How one question of the first version is read under the second.
#[derive(Debug, Clone)]
pub(crate) struct Fate {
    pub(crate) kind: Kind,
    /// Template under the second version; `None` when it is removed.
    pub(crate) now: Option<String>,
    pub(crate) turn: Turn,
}

pub(crate) const ROW_1: &str = "01J9ZZZZZZZZZZZZZZZZZZZZZA";
pub(crate) const ROW_2: &str = "01J9ZZZZZZZZZZZZZZZZZZZZZB";

pub(crate) fn schema_of(kind: Kind, codes: &[&str]) -> Json {
    match kind {
        Kind::Text => json!({"type": "string"}),
        Kind::Integer => json!({"type": "integer"}),
        Kind::Decimal => json!({"type": "string", "format": "decimal"}),
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Select => {
            let options: Vec<Json> = codes.iter().map(|code| json!({"const": code, "title": code})).collect();
            json!({ "oneOf": options })
        }
        Kind::Many => {
            let ticks: Map<String, Json> = codes
                .iter()
                .map(|code| ((*code).to_owned(), json!({"type": "boolean", "title": code})))
                .collect();
            json!({"type": "object", "x-multi": true, "additionalProperties": false, "properties": ticks})
        }
    }
}

pub(crate) fn has_codes(kind: Kind) -> bool {
    matches!(kind, Kind::Select | Kind::Many)
}

/// The kind a conversion leads to.
pub(crate) fn converted(kind: Kind) -> Option<Kind> {
    match kind {
        Kind::Integer => Some(Kind::Decimal),
        Kind::Decimal => Some(Kind::Text),
        Kind::Bool => Some(Kind::Select),
        Kind::Text | Kind::Select | Kind::Many => None,
    }
}

/// What a conversion step says.
pub(crate) fn step(at: &str, kind: Kind) -> Json {
    match kind {
        Kind::Integer => json!({"op": "convert", "at": at, "to": "decimal", "factor": "10"}),
        Kind::Decimal => json!({"op": "convert", "at": at, "to": "text"}),
        _ => json!({"op": "convert", "at": at, "to": "code", "true": "a", "false": "b"}),
    }
}

/// The same in the words of this test.
pub(crate) fn by_hand(kind: Kind, value: &Json) -> Json {
    match (kind, value) {
        (Kind::Integer, Json::Number(n)) => json!((n.as_i64().unwrap() * 10).to_string()),
        (Kind::Bool, Json::Bool(yes)) => json!(if *yes { "a" } else { "b" }),
        (_, other) => other.clone(),
    }
}

pub(crate) struct Pair {
    pub(crate) one: Form,
    pub(crate) two: Form,
    /// The questions of the first version with a lens that does nothing.
    pub(crate) plain: Form,
    pub(crate) fates: BTreeMap<String, Fate>,
}

/// The second version of some questions below `before` (`` or `rows/*/`), read below `after`.
pub(crate) fn questions(
    list: &[(Kind, Turn)],
    (before, after, prefix): (&str, &str, &str),
    (old, new): (&mut Map<String, Json>, &mut Map<String, Json>),
    steps: &mut Vec<Json>,
    fates: &mut BTreeMap<String, Fate>,
) {
    for (at, (kind, turn)) in list.iter().enumerate() {
        let key = format!("{prefix}{at}");
        let mut question = schema_of(*kind, &["a", "b"]);
        question["title"] = json!(format!("题{at}"));
        old.insert(key.clone(), question.clone());
        let from = format!("{before}{key}");
        let mut fate = Fate { kind: *kind, now: None, turn: *turn };
        if *turn == Turn::Remove {
            steps.push(json!({"op": "remove", "at": from}));
            fates.insert(from, fate);
            continue;
        }
        let moves = matches!(turn, Turn::Move | Turn::MoveAndConvert);
        let key = if moves { format!("{prefix}{at}_moved") } else { key };
        let now = format!("{after}{key}");
        match (turn, converted(*kind)) {
            (Turn::Convert | Turn::MoveAndConvert, Some(to)) => {
                question = schema_of(to, &["a", "b"]);
                question["title"] = json!(format!("题{at}"));
                steps.push(step(&now, *kind));
            }
            (Turn::Convert | Turn::MoveAndConvert, None) => {
                fate.turn = if moves { Turn::Move } else { Turn::Keep };
            }
            (Turn::Widen | Turn::MapCode, _) if !has_codes(*kind) => fate.turn = Turn::Keep,
            (Turn::Widen, _) => {
                question = schema_of(*kind, &["a", "b", "c"]);
                question["title"] = json!(format!("题{at}"));
            }
            (Turn::MapCode, _) => {
                question = schema_of(*kind, &["b", "z"]);
                question["title"] = json!(format!("题{at}"));
                steps.push(json!({"op": "map_codes", "at": now, "codes": {"a": "z"}}));
            }
            _ => {}
        }
        if *turn == Turn::Retitle {
            question["title"] = json!(format!("题{at}（改）"));
        }
        if moves {
            question["x-from"] = json!(from);
        }
        new.insert(key, question);
        fate.now = Some(now);
        fates.insert(from, fate);
    }
}

pub(crate) fn form(version: u32, properties: Map<String, Json>, lens: Option<Vec<Json>>) -> Form {
    let manifest = json!({"id": "small", "version": version, "kind": "register", "entity": "household",
        "title": {"zh": "小表"}, "locales": ["zh"]});
    let schema =
        json!({"title": "小表", "type": "object", "additionalProperties": false, "properties": properties});
    let mut files = BTreeMap::from([
        ("form.json".to_owned(), manifest.to_string().into_bytes()),
        ("schema.json".to_owned(), schema.to_string().into_bytes()),
    ]);
    if let Some(steps) = lens {
        files.insert("lenses/1.json".into(), json!({ "steps": steps }).to_string().into_bytes());
    }
    let package = FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:#?}\n{schema:#}"));
    Form::compile(package).unwrap()
}

pub(crate) fn pair(plan: &Plan) -> Pair {
    let (mut old, mut new) = (Map::new(), Map::new());
    let (mut rows_old, mut rows_new) = (Map::new(), Map::new());
    let (mut steps, mut fates) = (Vec::new(), BTreeMap::new());
    questions(&plan.top, ("", "", "q"), (&mut old, &mut new), &mut steps, &mut fates);
    let roster = if plan.roster_moves { "people" } else { "rows" };
    let places = ("rows/*/", format!("{roster}/*/"));
    questions(
        &plan.inner,
        (places.0, &places.1, "r"),
        (&mut rows_old, &mut rows_new),
        &mut steps,
        &mut fates,
    );
    // A roster with nothing left in it is no roster.
    rows_new.insert("stays".into(), json!({"title": "留", "type": "string"}));
    rows_old.insert("stays".into(), json!({"title": "留", "type": "string"}));
    fates.insert(
        "rows/*/stays".into(),
        Fate { kind: Kind::Text, now: Some(format!("{roster}/*/stays")), turn: Turn::Keep },
    );
    let rows = |properties: Map<String, Json>| {
        json!({"title": "行", "type": "object", "x-roster": {}, "additionalProperties":
            {"type": "object", "additionalProperties": false, "properties": properties}})
    };
    old.insert("rows".into(), rows(rows_old));
    let mut after = rows(rows_new);
    if plan.roster_moves {
        after["x-from"] = json!("rows");
    }
    new.insert(roster.into(), after);
    if plan.added {
        new.insert("fresh".into(), json!({"title": "新", "type": "string"}));
        steps.push(json!({"op": "add", "at": "fresh", "value": "assumed"}));
    }
    Pair {
        one: form(1, old.clone(), None),
        two: form(2, new, Some(steps)),
        plain: form(2, old, Some(Vec::new())),
        fates,
    }
}
