//! Two phones, one with either version: what they write, and how they take over from each other.

use std::collections::BTreeMap;

use doorstep_forms::{Causality, Form, Reading, Register, Said};
use doorstep_records::gate::{self, Admission, Admitted};
use doorstep_records::{ActorId, ChangeHash, ChangeNote, Key, Record, RecordId, Value};
use proptest::prelude::*;

use crate::plan::{Fate, Kind, Pair, ROW_1, ROW_2, Turn, converted};

struct History<'r>(&'r Record);

impl Causality for History<'_> {
    type Change = ChangeHash;

    fn has_seen(&self, newer: &ChangeHash, older: &ChangeHash) -> bool {
        self.0.has_seen(newer, older)
    }
}

pub(crate) fn registers(record: &mut Record) -> BTreeMap<String, Register<ChangeHash>> {
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

pub(crate) fn read(form: &Form, record: &mut Record) -> Reading<ChangeHash> {
    let registers = registers(record);
    form.read(&registers, &History(record))
}

/// One answer: which question (or the tick of one), in which row, what.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub(crate) question: usize,
    pub(crate) row: bool,
    pub(crate) tick: bool,
    pub(crate) value: u8,
}

#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// The phone with version 1 or 2 answers.
    Answer { new: bool, edits: Vec<Edit> },
    /// One phone takes over what the other has.
    Meet { into_new: bool },
    /// A row is closed.
    Close { new: bool, row: bool },
}

pub(crate) fn acts() -> impl Strategy<Value = Vec<Act>> {
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

pub(crate) fn actor(new: bool) -> ActorId {
    ActorId::derive(&[1 + u8::from(new); 16], "user", RecordId::from_parts(1, [7; 10]), 0)
}

pub(crate) fn merge(into: &mut Record, from: &mut Record) {
    let facts: Vec<_> = from.changes().iter().map(|change| gate::inspect(&change.bytes).unwrap()).collect();
    let mut admission = Admission::of(Record::load(&into.save()).unwrap());
    for verdict in admission.admit_all(&facts) {
        assert!(matches!(verdict, Ok(Admitted::Applied | Admitted::Duplicate)), "{verdict:?}");
    }
    *into = admission.into_parts().0;
}

/// Where an edit of the old or new version goes, and what it says there.
pub(crate) fn put(pair: &Pair, new: bool, edit: &Edit) -> Option<(Key, Value)> {
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
pub(crate) fn run(pair: &Pair, acts: &[Act]) -> [Record; 2] {
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
