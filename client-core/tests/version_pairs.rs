//! Generated pairs of form versions: a phone with the old one and a phone with the new one edit the same record at the
//! same time, and meet in every order. Nothing that either wrote is lost, and both read the same under either version.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use doorstep_forms::{
    Causality, Class, Context, Form, FormPackage, Reading, Register, Said, compare, compare_all,
};
use doorstep_records::gate::{self, Admission, Admitted};
use doorstep_records::{ActorId, ChangeHash, ChangeNote, ConflictKind, Heads, Key, Record, RecordId, Value};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

/// A question of the first version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    Decimal,
    Bool,
    Select,
    Many,
}

/// What the second version does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
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
struct Plan {
    /// Questions at the top.
    top: Vec<(Kind, Turn)>,
    /// Questions in the rows of `rows`.
    inner: Vec<(Kind, Turn)>,
    /// Whether the roster itself moves to `people`.
    roster_moves: bool,
    /// A new question with an answer assumed for old records.
    added: bool,
}

fn plan() -> impl Strategy<Value = Plan> {
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
struct Fate {
    kind: Kind,
    /// Template under the second version; `None` when it is removed.
    now: Option<String>,
    turn: Turn,
}

const ROW_1: &str = "01J9ZZZZZZZZZZZZZZZZZZZZZA";
const ROW_2: &str = "01J9ZZZZZZZZZZZZZZZZZZZZZB";

fn schema_of(kind: Kind, codes: &[&str]) -> Json {
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

fn has_codes(kind: Kind) -> bool {
    matches!(kind, Kind::Select | Kind::Many)
}

/// The kind a conversion leads to.
fn converted(kind: Kind) -> Option<Kind> {
    match kind {
        Kind::Integer => Some(Kind::Decimal),
        Kind::Decimal => Some(Kind::Text),
        Kind::Bool => Some(Kind::Select),
        Kind::Text | Kind::Select | Kind::Many => None,
    }
}

/// What a conversion step says.
fn step(at: &str, kind: Kind) -> Json {
    match kind {
        Kind::Integer => json!({"op": "convert", "at": at, "to": "decimal", "factor": "10"}),
        Kind::Decimal => json!({"op": "convert", "at": at, "to": "text"}),
        _ => json!({"op": "convert", "at": at, "to": "code", "true": "a", "false": "b"}),
    }
}

/// The same in the words of this test.
fn by_hand(kind: Kind, value: &Json) -> Json {
    match (kind, value) {
        (Kind::Integer, Json::Number(n)) => json!((n.as_i64().unwrap() * 10).to_string()),
        (Kind::Bool, Json::Bool(yes)) => json!(if *yes { "a" } else { "b" }),
        (_, other) => other.clone(),
    }
}

struct Pair {
    one: Form,
    two: Form,
    /// The questions of the first version with a lens that does nothing.
    plain: Form,
    fates: BTreeMap<String, Fate>,
}

/// The second version of some questions below `before` (`` or `rows/*/`), read below `after`.
fn questions(
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

fn form(version: u32, properties: Map<String, Json>, lens: Option<Vec<Json>>) -> Form {
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

fn pair(plan: &Plan) -> Pair {
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

struct History<'r>(&'r Record);

impl Causality for History<'_> {
    type Change = ChangeHash;

    fn has_seen(&self, newer: &ChangeHash, older: &ChangeHash) -> bool {
        self.0.has_seen(newer, older)
    }
}

fn registers(record: &mut Record) -> BTreeMap<String, Register<ChangeHash>> {
    let answers = record.answers();
    let register = |answer: &doorstep_records::Answer| Register {
        value: answer.value.to_json(),
        candidates: answer
            .candidates
            .iter()
            .map(|c| Said { value: c.value.to_json(), version: c.form_version, change: c.hash })
            .collect(),
    };
    answers.iter().map(|(key, answer)| (key.to_string(), register(answer))).collect()
}

fn read(form: &Form, record: &mut Record) -> Reading<ChangeHash> {
    let registers = registers(record);
    form.read(&registers, &History(record))
}

/// One answer: which question (or the tick of one), in which row, what.
#[derive(Debug, Clone)]
struct Edit {
    question: usize,
    row: bool,
    tick: bool,
    value: u8,
}

#[derive(Debug, Clone)]
enum Act {
    /// The phone with version 1 or 2 answers.
    Answer { new: bool, edits: Vec<Edit> },
    /// One phone takes over what the other has.
    Meet { into_new: bool },
    /// A row is closed.
    Close { new: bool, row: bool },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let edit = (0usize..8, any::<bool>(), any::<bool>(), 0u8..6)
        .prop_map(|(question, row, tick, value)| Edit { question, row, tick, value });
    let act = prop_oneof![
        6 => (any::<bool>(), proptest::collection::vec(edit, 1..4))
            .prop_map(|(new, edits)| Act::Answer { new, edits }),
        2 => any::<bool>().prop_map(|into_new| Act::Meet { into_new }),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(new, row)| Act::Close { new, row }),
    ];
    proptest::collection::vec(act, 1..10)
}

fn actor(new: bool) -> ActorId {
    ActorId::derive(&[1 + u8::from(new); 16], "user", RecordId::from_parts(1, [7; 10]), 0)
}

fn merge(into: &mut Record, from: &mut Record) {
    let facts: Vec<_> = from.changes().iter().map(|change| gate::inspect(&change.bytes).unwrap()).collect();
    let mut admission = Admission::of(Record::load(&into.save()).unwrap());
    for verdict in admission.admit_all(&facts) {
        assert!(matches!(verdict, Ok(Admitted::Applied | Admitted::Duplicate)), "{verdict:?}");
    }
    *into = admission.into_parts().0;
}

/// Where an edit of the old or new version goes, and what it says there.
fn put(pair: &Pair, new: bool, edit: &Edit) -> Option<(Key, Value)> {
    let fates: Vec<(&String, &Fate)> = pair.fates.iter().collect();
    let (template, fate) = fates[edit.question % fates.len()];
    let template = if new { fate.now.as_ref()? } else { template };
    let path = template.replace('*', if edit.row { ROW_1 } else { ROW_2 });
    let changed = matches!(fate.turn, Turn::Convert | Turn::MoveAndConvert);
    let kind = if new && changed { converted(fate.kind)? } else { fate.kind };
    let codes = if new && fate.turn == Turn::MapCode { ["z", "b"] } else { ["a", "b"] };
    let value = match (edit.value, kind) {
        (0, _) => Value::Null,
        (n, Kind::Text) => Value::Text(format!("t{n}")),
        (n, Kind::Integer) => Value::Int(i64::from(n)),
        (n, Kind::Decimal) => Value::Text(format!("{n}0")),
        (n, Kind::Bool | Kind::Many) => Value::Bool(n % 2 == 1),
        (n, Kind::Select) => Value::Text(codes[usize::from(n % 2)].to_owned()),
    };
    let path = if kind == Kind::Many { format!("{path}/{}", codes[usize::from(edit.tick)]) } else { path };
    Some((Key::parse(&path).unwrap(), value))
}

/// Both phones, and what they did.
fn run(pair: &Pair, acts: &[Act]) -> [Record; 2] {
    let mut phones = [Record::new(), Record::new()];
    let base = [(Key::parse("_form").unwrap(), Value::Text("small".into()))];
    phones[0].write(&actor(false), &ChangeNote::new(1, 1_000), &base).unwrap();
    let (old, new) = phones.split_at_mut(1);
    merge(&mut new[0], &mut old[0]);
    for (at, act) in acts.iter().enumerate() {
        let at_ms = 2_000 + i64::try_from(at).unwrap();
        let mut write = |new: bool, puts: Vec<(Key, Value)>| {
            let note = ChangeNote::new(1 + u32::from(new), at_ms);
            // What stands already is no change.
            let _ = phones[usize::from(new)].write(&actor(new), &note, &puts);
        };
        match act {
            Act::Answer { new, edits } => {
                write(*new, edits.iter().filter_map(|edit| put(pair, *new, edit)).collect());
            }
            Act::Close { new, row } => {
                let roster = if *new && pair.two.question("people").is_some() { "people" } else { "rows" };
                let row = if *row { ROW_1 } else { ROW_2 };
                let key = Key::parse(&format!("{roster}/{row}/_deleted")).unwrap();
                write(*new, vec![(key, Value::Bool(true))]);
            }
            Act::Meet { into_new } => {
                let (old, new) = phones.split_at_mut(1);
                if *into_new { merge(&mut new[0], &mut old[0]) } else { merge(&mut old[0], &mut new[0]) }
            }
        }
    }
    phones
}

/// Where a register is read under the second version, by the plan alone.
fn target(pair: &Pair, path: &str, version: u32) -> Option<(String, Option<Fate>)> {
    let template = path.replace(ROW_1, "*").replace(ROW_2, "*");
    let row = if path.contains(ROW_1) { ROW_1 } else { ROW_2 };
    let moved = pair.two.question("people").is_some();
    if let Some(tail) = path.strip_prefix("rows/").filter(|tail| moved && tail.ends_with("/_deleted")) {
        return Some((format!("people/{tail}"), None));
    }
    for (from, fate) in &pair.fates {
        let code = template.strip_prefix(&format!("{from}/")).filter(|_| fate.kind == Kind::Many);
        if template != *from && code.is_none() {
            continue;
        }
        let now = fate.now.as_ref()?.replace('*', row);
        let code = match code {
            Some("a") if fate.turn == Turn::MapCode && version == 1 => Some("z"),
            code => code,
        };
        let path = code.map_or(now.clone(), |code| format!("{now}/{code}"));
        return Some((path, Some(fate.clone())));
    }
    Some((path.to_owned(), None))
}

/// What must come out, worked out from the plan: for each path the values that nobody has replaced knowingly.
fn expected(pair: &Pair, record: &mut Record) -> BTreeMap<String, BTreeSet<String>> {
    let registers = registers(record);
    let mut all: BTreeMap<String, Vec<(String, ChangeHash, Json)>> = BTreeMap::new();
    for (path, register) in &registers {
        for said in &register.candidates {
            let Some((at, fate)) = target(pair, path, said.version) else { continue };
            let value = match &fate {
                Some(fate) if said.version == 1 => match fate.turn {
                    Turn::Convert | Turn::MoveAndConvert => by_hand(fate.kind, &said.value),
                    Turn::MapCode if said.value == "a" => json!("z"),
                    _ => said.value.clone(),
                },
                _ => said.value.clone(),
            };
            all.entry(at).or_default().push((path.clone(), said.change, value));
        }
    }
    let standing = |list: &Vec<(String, ChangeHash, Json)>| -> BTreeSet<String> {
        let replaced = |(register, change, _): &&(String, ChangeHash, Json)| {
            list.iter().any(|(other, newer, _)| other != register && record.has_seen(newer, change))
        };
        list.iter().filter(|said| !replaced(said)).map(|(_, _, value)| value.to_string()).collect()
    };
    all.iter().map(|(path, list)| (path.clone(), standing(list))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn no_path_is_lost_and_all_read_the_same(plan in plan(), acts in acts()) {
        let pair = pair(&plan);
        let comparison = compare(&pair.one, &pair.two);
        prop_assert_eq!(comparison.blocking().count(), 0, "{:#?}", comparison.changes);
        let [mut old, mut new] = run(&pair, &acts);
        let (mut first, mut second) = (Record::new(), Record::new());
        for (whole, order) in [(&mut first, [0, 1]), (&mut second, [1, 0])] {
            for phone in order {
                merge(whole, if phone == 0 { &mut old } else { &mut new });
            }
        }
        // Each phone ends with what the other has, whoever comes first.
        let (mut a, mut b) = (Record::load(&old.save()).unwrap(), Record::load(&new.save()).unwrap());
        merge(&mut a, &mut new);
        merge(&mut b, &mut old);
        for replica in [&mut second, &mut a, &mut b] {
            prop_assert_eq!(read(&pair.one, replica), read(&pair.one, &mut first));
            prop_assert_eq!(read(&pair.two, replica), read(&pair.two, &mut first));
        }

        // Under the old version every register stands as it is, known or kept as unknown.
        let registers = registers(&mut first);
        let under_one = read(&pair.one, &mut first);
        prop_assert_eq!(under_one.answers.keys().collect::<Vec<_>>(), registers.keys().collect::<Vec<_>>());
        let outcome = pair.one.evaluate(&under_one.answers, &Context::DRAFT);
        for (path, value) in under_one.answers.iter().filter(|(path, _)| path.contains("_moved")) {
            prop_assert!(value.is_null() || outcome.unknown.get(path) == Some(value), "{}", path);
        }

        // A lens that does nothing finds the conflicts that the record itself finds, closed rows among them.
        let clashes: Vec<_> =
            read(&pair.plain, &mut first).clashes.into_iter().map(|clash| (clash.path, clash.kind.code())).collect();
        let conflicts: Vec<_> = first.conflicts().into_iter().map(|conflict| {
            let kind = match conflict.kind {
                ConflictKind::DifferentAnswers => "different_answers",
                ConflictKind::ClosedAndEdited => "closed_and_edited",
            };
            (conflict.key.to_string(), kind)
        }).collect();
        prop_assert_eq!(clashes, conflicts);

        // Under the new one every value that nobody has replaced is read, through the lens, or kept apart.
        let under_two = read(&pair.two, &mut first);
        let expected = expected(&pair, &mut first);
        for (path, values) in &expected {
            let found: BTreeSet<String> =
                under_two.candidates.get(path).into_iter().flatten().map(|at| at.value().to_string()).collect();
            prop_assert_eq!(&found, values, "{}", path);
            let shown = under_two.answers[path].to_string();
            prop_assert!(values.contains(&shown));
            let clash = under_two.clashes.iter().any(|c| c.path == *path && c.kind.code() == "different_answers");
            prop_assert_eq!(clash, values.len() > 1, "{}", path);
        }
        for path in registers.keys() {
            let read = under_two.candidates.values().flatten().any(|at| at.register == *path);
            let kept = under_two.kept.contains_key(path);
            let replaced = registers[path].candidates.iter().any(|said| {
                target(&pair, path, said.version).is_some_and(|(at, _)| expected.contains_key(&at))
            });
            prop_assert!(read || kept || replaced, "{} is nowhere", path);
        }
        prop_assert_eq!(under_two.assumed.contains("fresh"), plan.added);
        prop_assert_eq!(under_two.unconverted, Vec::new());
    }

    #[test]
    fn the_class_is_that_of_the_worst_turn(plan in plan()) {
        let pair = pair(&plan);
        let class = compare(&pair.one, &pair.two).class();
        let structural = plan.roster_moves
            || pair.fates.values().any(|fate| {
                fate.now.is_none()
                    || matches!(fate.turn, Turn::Move | Turn::Convert | Turn::MoveAndConvert | Turn::MapCode)
            });
        let widened = plan.added || pair.fates.values().any(|fate| fate.turn == Turn::Widen);
        let expected = match (structural, widened) {
            (true, _) => Class::Structural,
            (_, true) => Class::Widening,
            _ => Class::Cosmetic,
        };
        prop_assert_eq!(class, expected);
        prop_assert!(compare(&pair.one, &pair.one).is_empty());
        prop_assert!(compare(&pair.two, &pair.two).is_empty());
        prop_assert_eq!(compare_all(&[], &pair.two).changes, Vec::new());
    }
}

/// A question that moved, and who saw what: the whole rule in one table.
#[test]
fn own_where_it_has_seen_the_former_former_where_that_is_newer_both_where_neither() {
    let old = Map::from_iter([("a".to_owned(), json!({"title": "题", "type": "string"}))]);
    let new = Map::from_iter([("b".to_owned(), json!({"title": "题", "type": "string", "x-from": "a"}))]);
    let two = form(2, new, None);
    let _ = form(1, old, None);
    let write = |record: &mut Record, new: bool, at: &Heads, path: &str, value: &str| {
        let note = ChangeNote::new(1 + u32::from(new), 1_000);
        let puts = [(Key::parse(path).unwrap(), Value::Text(value.to_owned()))];
        record.write_at(&actor(new), &note, at, &puts).unwrap();
    };
    let shown = |record: &mut Record| {
        let reading = read(&two, record);
        (reading.answers["b"].clone(), reading.clashes.len(), reading.answers.contains_key("a"))
    };
    let mut record = Record::new();
    write(&mut record, false, &Heads::empty(), "a", "old");
    let base = record.heads();
    assert_eq!(shown(&mut record), (json!("old"), 0, false));
    let mut seen = Record::load(&record.save()).unwrap();
    write(&mut seen, true, &base, "b", "new");
    assert_eq!(shown(&mut seen), (json!("new"), 0, false));
    let mut newer = Record::load(&seen.save()).unwrap();
    let heads = newer.heads();
    write(&mut newer, false, &heads, "a", "newer");
    assert_eq!(shown(&mut newer), (json!("newer"), 0, false), "the former place, written knowingly after");
    let mut both = Record::load(&seen.save()).unwrap();
    write(&mut both, false, &base, "a", "concurrent");
    let reading = read(&two, &mut both);
    let values: Vec<Json> = reading.clashes[0].candidates.iter().map(|at| at.value()).collect();
    assert_eq!((reading.clashes.len(), values), (1, vec![json!("new"), json!("concurrent")]));
    // Choosing what stands in the own place already is an answer, too.
    let puts = [(Key::parse("b").unwrap(), Value::Text("new".into()))];
    let note = ChangeNote::new(2, 2_000);
    assert!(both.write(&actor(true), &note, &puts).is_err(), "nothing to write");
    both.write_anyway(&actor(true), &note, &puts).unwrap();
    assert_eq!(shown(&mut both), (json!("new"), 0, false));
}

/// A row closed where it stood and edited where it stands now: the record sees two rows, the lens one.
#[test]
fn a_row_closed_in_its_former_place_and_edited_in_its_new_one() {
    let row = |from: Option<&str>| {
        let mut roster = json!({"title": "行", "type": "object", "x-roster": {}, "additionalProperties": {"type": "object",
            "additionalProperties": false, "properties": {"name": {"title": "名", "type": "string"}}}});
        if let Some(from) = from {
            roster["x-from"] = json!(from);
        }
        roster
    };
    let two = form(2, Map::from_iter([("people".to_owned(), row(Some("rows")))]), None);
    let write = |record: &mut Record, new: bool, at: &Heads, path: String, value: Value| {
        let note = ChangeNote::new(1 + u32::from(new), 1_000);
        record.write_at(&actor(new), &note, at, &[(Key::parse(&path).unwrap(), value)]).unwrap();
    };
    let mut record = Record::new();
    write(&mut record, false, &Heads::empty(), format!("rows/{ROW_1}/name"), Value::Text("甲".into()));
    let base = record.heads();
    write(&mut record, false, &base, format!("rows/{ROW_1}/_deleted"), Value::Bool(true));
    let closed = record.heads();
    write(&mut record, true, &base, format!("people/{ROW_1}/name"), Value::Text("乙".into()));
    assert!(record.conflicts().is_empty());
    let clashes = read(&two, &mut record).clashes;
    assert_eq!(clashes.len(), 1);
    assert_eq!(
        (clashes[0].path.as_str(), clashes[0].kind.code()),
        (format!("people/{ROW_1}/_deleted").as_str(), "closed_and_edited")
    );
    assert_eq!(clashes[0].edited[0].1.value(), json!("乙"));
    let outcome = two.evaluate(&read(&two, &mut record).answers, &Context::DRAFT);
    assert!(
        outcome.unknown.is_empty() && outcome.tree.get("people").is_none_or(|rows| rows.get(ROW_1).is_none())
    );
    // An edit that has seen the close reopens nothing and is no clash.
    let mut seen = Record::new();
    write(&mut seen, false, &Heads::empty(), format!("rows/{ROW_1}/name"), Value::Text("甲".into()));
    let base = seen.heads();
    write(&mut seen, false, &base, format!("rows/{ROW_1}/_deleted"), Value::Bool(true));
    assert_eq!(seen.heads(), closed);
    write(&mut seen, true, &closed, format!("people/{ROW_1}/name"), Value::Text("乙".into()));
    assert!(read(&two, &mut seen).clashes.is_empty());
}
