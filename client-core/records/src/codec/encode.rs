//! Writing a change, canonically: byte for byte what automerge writes for the same operations.

use super::leb::{write_prefixed, write_signed, write_unsigned};
use super::runs::write_runs;
use super::{ACTION_PUT, ChangeBody, PutOp, chunk, column, value_kind};
use crate::ids::{ActorId, ChangeHash};
use crate::value::Value;

/// The raw chunk of `change` and its hash.
pub(crate) fn encode(change: &ChangeBody) -> (Vec<u8>, ChangeHash) {
    let (raw, hash, _) = chunk::seal(&encode_body(change));
    (raw, hash)
}

/// The body of the chunk, without its header.
pub(super) fn encode_body(change: &ChangeBody) -> Vec<u8> {
    let others = other_actors(change);
    let mut body = Vec::with_capacity(192 + change.puts.len() * 24);
    write_unsigned(&mut body, change.deps.len() as u64);
    for dep in &change.deps {
        body.extend_from_slice(dep.as_bytes());
    }
    write_prefixed(&mut body, change.actor.as_bytes());
    write_unsigned(&mut body, change.seq);
    write_unsigned(&mut body, change.start_op);
    write_signed(&mut body, change.time_s);
    write_prefixed(&mut body, change.message.as_bytes());
    write_unsigned(&mut body, others.len() as u64);
    for other in &others {
        write_prefixed(&mut body, other.as_bytes());
    }
    write_columns(&mut body, change, &others);
    body
}

/// All actors named besides the author, ascending.
fn other_actors(change: &ChangeBody) -> Vec<ActorId> {
    let mut others: Vec<_> = change
        .puts
        .iter()
        .flat_map(|put| put.preds.iter().map(|pred| pred.actor))
        .filter(|actor| *actor != change.actor)
        .collect();
    others.sort_unstable();
    others.dedup();
    others
}

/// The column headers, then the data of all columns; empty columns are left out.
fn write_columns(body: &mut Vec<u8>, change: &ChangeBody, others: &[ActorId]) {
    let puts = &change.puts;
    let mut data = Vec::with_capacity(puts.len() * 24);
    let mut columns: Vec<(u64, usize)> = Vec::with_capacity(8);
    let mut from = 0;
    let mut close = |kind: u64, data: &Vec<u8>| {
        if data.len() > from {
            columns.push((kind, data.len() - from));
            from = data.len();
        }
    };

    let keys: Vec<&str> = puts.iter().map(|put| put.key.as_str()).collect();
    write_runs(&mut data, &keys);
    close(column::KEY_TEXT, &data);
    if !puts.is_empty() {
        write_unsigned(&mut data, puts.len() as u64);
    }
    close(column::INSERT, &data);
    write_runs(&mut data, &vec![ACTION_PUT; puts.len()]);
    close(column::ACTION, &data);

    let mut values = Vec::new();
    let metas: Vec<u64> = puts.iter().map(|put| write_value(&mut values, &put.value)).collect();
    write_runs(&mut data, &metas);
    close(column::VALUE_META, &data);
    data.extend_from_slice(&values);
    close(column::VALUE, &data);

    write_pred_columns(&mut data, &mut close, puts, change.actor, others);

    write_unsigned(body, columns.len() as u64);
    for (kind, length) in columns {
        write_unsigned(body, kind);
        write_unsigned(body, length as u64);
    }
    body.extend_from_slice(&data);
}

fn write_pred_columns(
    data: &mut Vec<u8>,
    close: &mut impl FnMut(u64, &Vec<u8>),
    puts: &[PutOp],
    author: ActorId,
    others: &[ActorId],
) {
    let counts: Vec<u64> = puts.iter().map(|put| put.preds.len() as u64).collect();
    write_runs(data, &counts);
    close(column::PRED_COUNT, data);
    let preds = || puts.iter().flat_map(|put| &put.preds);
    let actors: Vec<u64> = preds()
        .map(|pred| match others.binary_search(&pred.actor) {
            Ok(position) if pred.actor != author => position as u64 + 1,
            _ => 0,
        })
        .collect();
    write_runs(data, &actors);
    close(column::PRED_ACTOR, data);
    let mut before = 0i64;
    let deltas: Vec<i64> = preds()
        .map(|pred| {
            let delta = (pred.counter as i64).saturating_sub(before);
            before = pred.counter as i64;
            delta
        })
        .collect();
    write_runs(data, &deltas);
    close(column::PRED_COUNTER, data);
}

/// Appends the bytes of `value` and returns its metadata: `length << 4 | kind`.
fn write_value(out: &mut Vec<u8>, value: &Value) -> u64 {
    let from = out.len();
    let kind = match value {
        Value::Null => value_kind::NULL,
        Value::Bool(false) => value_kind::FALSE,
        Value::Bool(true) => value_kind::TRUE,
        Value::Int(number) => {
            write_signed(out, *number);
            value_kind::INT
        }
        Value::Text(text) => {
            out.extend_from_slice(text.as_bytes());
            value_kind::TEXT
        }
        Value::Missing(missing) => {
            out.extend_from_slice(missing.as_str().as_bytes());
            value_kind::BYTES
        }
    };
    ((out.len() - from) as u64) << 4 | kind
}
