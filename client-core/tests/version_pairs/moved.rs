//! A question that moved, in tables: whose value stands, and what a closed row becomes.

use doorstep_forms::Context;
use doorstep_records::{ChangeNote, Heads, Key, Record, Value};
use serde_json::{Map, Value as Json, json};

use crate::phones::{actor, read};
use crate::plan::{ROW_1, form};

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
