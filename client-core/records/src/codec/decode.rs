//! Reading a change, completely and within limits, before anything else looks at it.

use super::encode::encode_body;
use super::leb::{Cursor, Malformed};
use super::runs::{Runs, count_cells};
use super::{ACTION_PUT, ChangeBody, OpId, PutOp, column, value_kind};
use crate::gate::GateError;
use crate::ids::{ActorId, ChangeHash};
use crate::key::{self, Key};
use crate::limits::{CHANGE_DEPS, CHANGE_OPS, CHANGE_PREDS, NOTE_BYTES, START_OP_MAX, TIME_S};
use crate::value::{Missing, Value, text_is_legal};

/// Wraps a low-level failure in the name of the part it happened in.
fn part<T>(part: &'static str, result: Result<T, Malformed>) -> Result<T, GateError> {
    result.map_err(|Malformed| GateError::Malformed { part })
}

/// Reads the body of a raw change chunk. What it accepts, [`encode_body`] writes back byte for byte.
pub(crate) fn decode(body: &[u8]) -> Result<ChangeBody, GateError> {
    let mut cursor = Cursor::new(body);
    let deps = read_deps(&mut cursor)?;
    let actor = read_actor(&mut cursor)?;
    let seq = part("seq", cursor.unsigned())?;
    let start_op = part("start_op", cursor.unsigned())?;
    if seq == 0 || start_op == 0 || start_op > START_OP_MAX {
        return Err(GateError::Malformed { part: "counters" });
    }
    let time_s = part("time", cursor.signed())?;
    if !TIME_S.contains(&time_s) {
        return Err(GateError::BadTime);
    }
    let message = read_message(&mut cursor)?;
    let others = read_other_actors(&mut cursor)?;
    let columns = Columns::read(&mut cursor)?;
    if !cursor.is_empty() {
        return Err(GateError::ExtraBytes);
    }
    let ops = columns.count_ops()?;
    let puts = columns.read_puts(ops, actor, &others)?;
    let change = ChangeBody { deps, actor, seq, start_op, time_s, message, puts };
    if encode_body(&change) != body {
        return Err(GateError::NotCanonical);
    }
    Ok(change)
}

fn read_deps(cursor: &mut Cursor<'_>) -> Result<Vec<ChangeHash>, GateError> {
    let count = part("dependencies", cursor.unsigned())?;
    if count > CHANGE_DEPS as u64 {
        return Err(GateError::TooManyDeps { limit: CHANGE_DEPS });
    }
    let mut deps = Vec::with_capacity(count as usize);
    for _ in 0..count {
        deps.push(ChangeHash::from_bytes(part("dependencies", cursor.array())?));
    }
    if !deps.is_sorted_by(|a, b| a < b) {
        return Err(GateError::NotCanonical);
    }
    Ok(deps)
}

fn read_actor(cursor: &mut Cursor<'_>) -> Result<ActorId, GateError> {
    let length = part("actor", cursor.unsigned())?;
    let bytes = part("actor", cursor.take(length))?;
    ActorId::try_from(bytes).map_err(|_| GateError::BadActor)
}

fn read_message(cursor: &mut Cursor<'_>) -> Result<String, GateError> {
    let length = part("message", cursor.unsigned())?;
    if length > NOTE_BYTES as u64 {
        return Err(GateError::BadNote);
    }
    let bytes = part("message", cursor.take(length))?;
    let text = std::str::from_utf8(bytes).map_err(|_| GateError::BadNote)?;
    Ok(text.to_owned())
}

fn read_other_actors(cursor: &mut Cursor<'_>) -> Result<Vec<ActorId>, GateError> {
    let count = part("other actors", cursor.unsigned())?;
    if count > CHANGE_DEPS as u64 {
        return Err(GateError::TooManyDeps { limit: CHANGE_DEPS });
    }
    let mut others = Vec::with_capacity(count as usize);
    for _ in 0..count {
        others.push(read_actor(cursor)?);
    }
    Ok(others)
}

/// The column data of one change; an absent column is empty.
#[derive(Default)]
struct Columns<'a> {
    keys: &'a [u8],
    insert: &'a [u8],
    action: &'a [u8],
    value_meta: &'a [u8],
    values: &'a [u8],
    pred_count: &'a [u8],
    pred_actor: &'a [u8],
    pred_counter: &'a [u8],
}

/// More column headers than any change has.
const COLUMNS_MAX: u64 = 16;

impl<'a> Columns<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, GateError> {
        let count = part("columns", cursor.unsigned())?;
        if count > COLUMNS_MAX {
            return Err(GateError::Malformed { part: "columns" });
        }
        let mut headers = Vec::with_capacity(count as usize);
        for _ in 0..count {
            headers.push((part("columns", cursor.unsigned())?, part("columns", cursor.unsigned())?));
        }
        let mut columns = Self::default();
        for (kind, length) in headers {
            let data = part("column data", cursor.take(length))?;
            *columns.column(kind)? = data;
        }
        Ok(columns)
    }

    /// Where the column goes. Columns of other kinds of operation (list elements, nested objects, marks) are
    /// refused by name.
    fn column(&mut self, kind: u64) -> Result<&mut &'a [u8], GateError> {
        Ok(match kind {
            column::KEY_TEXT => &mut self.keys,
            column::INSERT => &mut self.insert,
            column::ACTION => &mut self.action,
            column::VALUE_META => &mut self.value_meta,
            column::VALUE => &mut self.values,
            column::PRED_COUNT => &mut self.pred_count,
            column::PRED_ACTOR => &mut self.pred_actor,
            column::PRED_COUNTER => &mut self.pred_counter,
            deflated if deflated & column::DEFLATE != 0 => {
                return Err(GateError::Malformed { part: "deflated column" });
            }
            other => {
                return Err(GateError::ForbiddenOp {
                    what: match other >> 4 {
                        0 => "operation on a nested object",
                        1 => "operation on a list",
                        9 | 10 => "mark",
                        _ => "unknown column",
                    },
                });
            }
        })
    }

    /// The number of operations, from run lengths alone: nothing is expanded before this is within the limit.
    fn count_ops(&self) -> Result<u64, GateError> {
        let ops = part("actions", count_cells(self.action))?;
        if ops > CHANGE_OPS as u64 {
            return Err(GateError::TooManyOps { ops, limit: CHANGE_OPS });
        }
        if ops == 0 {
            return Err(GateError::Empty);
        }
        Ok(ops)
    }

    fn read_puts(&self, ops: u64, author: ActorId, others: &[ActorId]) -> Result<Vec<PutOp>, GateError> {
        let mut actions = Runs::<u64>::new(self.action);
        let mut keys = Runs::<&str>::new(self.keys);
        let mut metas = Runs::<u64>::new(self.value_meta);
        let mut values = Cursor::new(self.values);
        let mut preds = Preds::new(self, author, others);
        self.check_no_inserts(ops)?;
        let mut puts = Vec::with_capacity(ops as usize);
        for _ in 0..ops {
            check_action(part("actions", actions.next())?)?;
            let key = part("keys", keys.next())?;
            key::check(key).map_err(GateError::BadKey)?;
            let value = read_value(part("values", metas.next())?, &mut values)?;
            let preds = preds.next()?;
            puts.push(PutOp { key: Key::from_checked(key.to_owned()), value, preds });
        }
        let done =
            actions.is_done() && keys.is_done() && metas.is_done() && values.is_empty() && preds.is_done();
        if done { Ok(puts) } else { Err(GateError::Malformed { part: "column lengths" }) }
    }

    /// The insert column is one count of `false`, for as many operations as there are.
    fn check_no_inserts(&self, ops: u64) -> Result<(), GateError> {
        let mut cursor = Cursor::new(self.insert);
        let falses = part("insert", cursor.unsigned())?;
        if falses == ops && cursor.is_empty() {
            Ok(())
        } else {
            Err(GateError::ForbiddenOp { what: "insert" })
        }
    }
}

fn check_action(action: u64) -> Result<(), GateError> {
    let what = match action {
        ACTION_PUT => return Ok(()),
        0 | 2 | 4 | 6 => "make",
        3 => "delete",
        5 => "increment",
        7 => "mark",
        _ => "unknown action",
    };
    Err(GateError::ForbiddenOp { what })
}

fn read_value(meta: u64, values: &mut Cursor<'_>) -> Result<Value, GateError> {
    let bytes = part("values", values.take(meta >> 4))?;
    match (meta & 15, bytes.len()) {
        (value_kind::NULL, 0) => Ok(Value::Null),
        (value_kind::FALSE, 0) => Ok(Value::Bool(false)),
        (value_kind::TRUE, 0) => Ok(Value::Bool(true)),
        (value_kind::INT, _) => {
            let mut cursor = Cursor::new(bytes);
            let number = part("values", cursor.signed())?;
            if cursor.is_empty() { Ok(Value::Int(number)) } else { Err(GateError::BadValue) }
        }
        (value_kind::TEXT, _) => match std::str::from_utf8(bytes) {
            Ok(text) if text_is_legal(text) => Ok(Value::Text(text.to_owned())),
            _ => Err(GateError::BadValue),
        },
        (value_kind::BYTES, _) => {
            let code = std::str::from_utf8(bytes).ok().and_then(Missing::from_code);
            code.map(Value::Missing).ok_or(GateError::BadValue)
        }
        _ => Err(GateError::BadValue),
    }
}

/// The overwritten operations of one put after the other.
struct Preds<'a> {
    counts: Runs<'a, u64>,
    actors: Runs<'a, u64>,
    deltas: Runs<'a, i64>,
    counter: i64,
    total: u64,
    author: ActorId,
    others: &'a [ActorId],
}

impl<'a> Preds<'a> {
    fn new(columns: &Columns<'a>, author: ActorId, others: &'a [ActorId]) -> Self {
        Self {
            counts: Runs::new(columns.pred_count),
            actors: Runs::new(columns.pred_actor),
            deltas: Runs::new(columns.pred_counter),
            counter: 0,
            total: 0,
            author,
            others,
        }
    }

    fn next(&mut self) -> Result<Vec<OpId>, GateError> {
        let count = part("pred", self.counts.next())?;
        self.total = self.total.saturating_add(count);
        if self.total > CHANGE_PREDS as u64 {
            return Err(GateError::TooManyPreds { limit: CHANGE_PREDS });
        }
        let mut preds = Vec::with_capacity(count as usize);
        for _ in 0..count {
            let actor = match part("pred", self.actors.next())? {
                0 => self.author,
                other => {
                    let position = usize::try_from(other - 1).unwrap_or(usize::MAX);
                    *self.others.get(position).ok_or(GateError::Malformed { part: "pred" })?
                }
            };
            let delta = part("pred", self.deltas.next())?;
            self.counter = self.counter.checked_add(delta).ok_or(GateError::Malformed { part: "pred" })?;
            let counter = u64::try_from(self.counter).map_err(|_| GateError::Malformed { part: "pred" })?;
            preds.push(OpId { counter, actor });
        }
        if !preds.is_sorted_by(|a, b| a < b) {
            return Err(GateError::NotCanonical);
        }
        Ok(preds)
    }

    fn is_done(&self) -> bool {
        self.counts.is_done() && self.actors.is_done() && self.deltas.is_done()
    }
}
