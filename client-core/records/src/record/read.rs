//! Reading: values, candidates, answers; now and at any heads.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use automerge::iter::MapRange;
use automerge::{ROOT, ReadDoc, ScalarValue, ScalarValueRef, ValueRef};
use doorstep_plant::{Plant, is as planted};

use super::{Record, UnknownHeads, doc_heads, op_id};
use crate::codec::OpId;
use crate::ids::{ActorId, ChangeHash, Heads};
use crate::key::{Key, check};
use crate::note::ChangeNote;
use crate::value::{Missing, Value};

/// Every answer of a record by key.
pub type Answers = BTreeMap<Key, Answer>;

/// One answer with all its candidates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// automerge's winner: the same on every replica with the same changes, but arbitrary. Never shown as the
    /// truth when [`Answer::is_conflict`].
    pub value: Value,
    /// All concurrent values, at least one, sorted by time and hash.
    pub candidates: Vec<Candidate>,
}

/// One of the concurrent values of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The value.
    pub value: Value,
    /// The change that put it.
    pub hash: ChangeHash,
    /// Who put it.
    pub actor: ActorId,
    /// When, by the clock of the device, in milliseconds since 1970; advisory.
    pub at_ms: i64,
    /// Under which form version.
    pub form_version: u32,
}

impl Answer {
    /// True when there is more than one *different* candidate. Equal candidates are no conflict.
    pub fn is_conflict(&self) -> bool {
        differ(&self.candidates)
    }
}

pub(super) fn differ(candidates: &[Candidate]) -> bool {
    if planted(Plant::ConflictMissed) || planted(Plant::ConflictImagined) {
        return planted(Plant::ConflictImagined) && candidates.len() > 1;
    }
    candidates.windows(2).any(|pair| pair[0].value != pair[1].value)
}

/// Above so many keys one pass over the record is cheaper than a search for each.
const PASS_FROM: usize = 6;

/// The operations that stand on a key, ascending, with their values.
pub(crate) type Standing = HashMap<String, Vec<(OpId, Value)>>;

impl Record {
    /// The value of every answer, without candidates: the fast way to read a record. Where
    /// [`Record::open_keys`] is not empty, the values there are automerge's arbitrary winners.
    pub fn values(&mut self) -> BTreeMap<Key, Value> {
        self.range(None).filter_map(|item| Some((key_of(item.key)?, value_of(item.value)?))).collect()
    }

    /// The keys with more than one candidate, equal or not, ascending. Cheap; for nearly all records empty.
    pub fn open_keys(&mut self) -> Vec<Key> {
        self.range(None).filter(|item| item.conflict).filter_map(|item| key_of(item.key)).collect()
    }

    /// [`Record::values`] and [`Record::open_keys`] in one pass.
    pub fn values_and_open_keys(&mut self) -> (BTreeMap<Key, Value>, Vec<Key>) {
        let mut open = Vec::new();
        let values = self
            .range(None)
            .filter_map(|item| {
                let key = key_of(item.key)?;
                if item.conflict {
                    open.push(key.clone());
                }
                Some((key, value_of(item.value)?))
            })
            .collect();
        (values, open)
    }

    /// The value of every answer at `heads`, without candidates.
    ///
    /// # Errors
    /// [`UnknownHeads`] when the record lacks some of them.
    pub fn values_at(&mut self, heads: &Heads) -> Result<BTreeMap<Key, Value>, UnknownHeads> {
        self.known(heads)?;
        let heads = doc_heads(heads);
        let items = self.range(Some(&heads));
        Ok(items.filter_map(|item| Some((key_of(item.key)?, value_of(item.value)?))).collect())
    }

    /// Every answer with its candidates.
    pub fn answers(&mut self) -> Answers {
        self.answers_in(None)
    }

    /// Every answer with its candidates as they were at `heads`.
    ///
    /// # Errors
    /// [`UnknownHeads`] when the record lacks some of them.
    pub fn answers_at(&mut self, heads: &Heads) -> Result<Answers, UnknownHeads> {
        self.known(heads)?;
        Ok(self.answers_in(Some(&doc_heads(heads))))
    }

    /// One answer with its candidates; `None` when it was never given.
    pub fn answer(&mut self, key: &Key) -> Option<Answer> {
        self.answer_from(&self.standing_on(key.as_str(), None))
    }

    pub(super) fn answers_in(&self, heads: Option<&[automerge::ChangeHash]>) -> Answers {
        let mut notes = HashMap::new();
        let mut answers = Answers::new();
        for item in self.range(heads) {
            let id = item.id();
            let answer = if item.conflict {
                self.answer_from(&self.standing_on(&item.key, heads))
            } else {
                value_of(item.value).zip(op_id(&id)).and_then(|(value, op)| {
                    let candidate = self.candidate(&op, value.clone(), &mut notes)?;
                    Some(Answer { value, candidates: vec![candidate] })
                })
            };
            if let Some((key, answer)) = key_of(item.key).zip(answer) {
                answers.insert(key, answer);
            }
        }
        answers
    }

    fn answer_from(&self, standing: &[(OpId, Value)]) -> Option<Answer> {
        let mut notes = HashMap::new();
        // automerge's winner is the highest operation.
        let value = standing.last()?.1.clone();
        let mut candidates: Vec<_> =
            standing.iter().filter_map(|(op, value)| self.candidate(op, value.clone(), &mut notes)).collect();
        candidates.sort_by_key(|candidate| (candidate.at_ms, candidate.hash));
        Some(Answer { value, candidates })
    }

    fn candidate(
        &self,
        op: &OpId,
        value: Value,
        notes: &mut HashMap<usize, ChangeNote>,
    ) -> Option<Candidate> {
        let graph = self.graph();
        let position = graph.change_of(op)?;
        let node = graph.node(position);
        let note = notes.entry(position).or_insert_with(|| node.note());
        Some(Candidate {
            value,
            hash: node.hash,
            actor: node.actor,
            at_ms: note.at_ms,
            form_version: note.form_version,
        })
    }

    fn range(&self, heads: Option<&[automerge::ChangeHash]>) -> MapRange<'_> {
        match heads {
            None => self.doc.map_range(ROOT, ..),
            Some(heads) => self.doc.map_range_at(ROOT, .., heads),
        }
    }

    fn standing_on(&self, key: &str, heads: Option<&[automerge::ChangeHash]>) -> Vec<(OpId, Value)> {
        let all = match heads {
            None => self.doc.get_all(ROOT, key),
            Some(heads) => self.doc.get_all_at(ROOT, key, heads),
        };
        let mut standing: Vec<_> = all
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(value, id)| match value {
                automerge::Value::Scalar(scalar) => Some((op_id(&id)?, value_of_scalar(&scalar)?)),
                automerge::Value::Object(_) => None,
            })
            .collect();
        standing.sort_by_key(|(op, _)| *op);
        standing
    }

    /// The operations that stand on `keys` at `heads` (`None` = now). Keys without any are absent. The heads
    /// must be known.
    pub(crate) fn standing(&self, keys: &BTreeSet<&str>, heads: Option<&Heads>) -> Standing {
        let heads = heads.map(doc_heads);
        let heads = heads.as_deref();
        let mut standing = Standing::with_capacity(keys.len());
        if keys.len() < PASS_FROM {
            for key in keys {
                let on_key = self.standing_on(key, heads);
                if !on_key.is_empty() {
                    standing.insert((*key).to_owned(), on_key);
                }
            }
            return standing;
        }
        for item in self.range(heads) {
            if !keys.contains(item.key.as_ref()) {
                continue;
            }
            let on_key = if item.conflict {
                self.standing_on(&item.key, heads)
            } else {
                op_id(&item.id()).zip(value_of(item.value)).into_iter().collect()
            };
            standing.insert(item.key.into_owned(), on_key);
        }
        standing
    }

    /// The keys of all answers, ascending.
    pub(crate) fn key_texts(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.range(None).map(|item| item.key)
    }
}

fn key_of(text: Cow<'_, str>) -> Option<Key> {
    check(&text).ok()?;
    Some(Key::from_checked(text.into_owned()))
}

fn value_of(value: ValueRef<'_>) -> Option<Value> {
    match value {
        ValueRef::Object(_) => None,
        ValueRef::Scalar(ScalarValueRef::Str(text)) => Some(Value::Text(text.into_owned())),
        ValueRef::Scalar(ScalarValueRef::Boolean(flag)) => Some(Value::Bool(flag)),
        ValueRef::Scalar(ScalarValueRef::Int(number)) => Some(Value::Int(number)),
        ValueRef::Scalar(ScalarValueRef::Null) => Some(Value::Null),
        ValueRef::Scalar(ScalarValueRef::Bytes(code)) => missing_of(&code),
        ValueRef::Scalar(_) => None,
    }
}

fn value_of_scalar(scalar: &ScalarValue) -> Option<Value> {
    match scalar {
        ScalarValue::Str(text) => Some(Value::Text(text.to_string())),
        ScalarValue::Boolean(flag) => Some(Value::Bool(*flag)),
        ScalarValue::Int(number) => Some(Value::Int(*number)),
        ScalarValue::Null => Some(Value::Null),
        ScalarValue::Bytes(code) => missing_of(code),
        _ => None,
    }
}

fn missing_of(code: &[u8]) -> Option<Value> {
    std::str::from_utf8(code).ok().and_then(Missing::from_code).map(Value::Missing)
}
