//! One record while it is written: answers, and rows with ids that are the same each time.

use doorstep_records::RowId;
use serde_json::{Map, Value};

use super::super::Filling;
use super::super::tools::{Answer, Seed, answer, at, row};

/// A record that is being written.
pub(super) struct Sheet {
    answers: Vec<Answer>,
    seed: Seed,
    rows: u64,
}

impl Sheet {
    /// An empty one; `number` makes its row ids its own.
    pub(super) fn new(number: u64) -> Sheet {
        Sheet { answers: Vec::new(), seed: Seed::new(number), rows: 0 }
    }

    /// An answer.
    pub(super) fn put(&mut self, path: &str, value: impl Into<Value>) -> &mut Sheet {
        self.answers.push(answer(path, value));
        self
    }

    /// A new row of a roster with its answers.
    pub(super) fn row(&mut self, roster: &str, answers: &[(&str, Value)]) -> RowId {
        let id = row(self.rows, &mut self.seed);
        self.rows += 1;
        for (key, value) in answers {
            self.answers.push(answer(at(roster, id, key), value.clone()));
        }
        id
    }

    /// A quantity: exact, or "over".
    pub(super) fn quantity(
        &mut self,
        path: &str,
        (value, unit): (impl ToString, &str),
        over: bool,
    ) -> &mut Sheet {
        self.put(path, quantity(value, unit, over))
    }

    /// The record.
    pub(super) fn filling(self, form: &'static str, area: &str) -> Filling {
        Filling { form, area: area.to_owned(), about: None, answers: self.answers }
    }
}

/// A quantity as a record holds it: one text of canonical JSON.
pub(super) fn quantity(value: impl ToString, unit: &str, over: bool) -> String {
    let mut parts = Map::new();
    if over {
        parts.insert("qualifier".to_owned(), "over".into());
    }
    parts.insert("unit".to_owned(), unit.into());
    parts.insert("value".to_owned(), value.to_string().into());
    Value::Object(parts).to_string()
}
