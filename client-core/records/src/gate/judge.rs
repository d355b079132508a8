//! The rules that need the record: dependencies, sequence, operation counter, overwritten operations, size.

use std::collections::{BTreeSet, HashMap};

use doorstep_plant::{Plant, is as planted};

use super::{ChangeFacts, GateError};
use crate::codec::OpId;
use crate::ids::{ChangeHash, Heads};
use crate::record::Record;

/// What the rules say about a change that breaks none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Judged {
    /// It is in the record already.
    Duplicate,
    /// These dependencies are unknown.
    Waiting(Vec<ChangeHash>),
    /// It may be applied.
    Ready,
}

/// Judges a change against a record, before automerge sees it.
pub(crate) fn judge(record: &Record, facts: &ChangeFacts) -> Result<Judged, GateError> {
    let graph = record.graph();
    if graph.position(&facts.hash).is_some() {
        return Ok(Judged::Duplicate);
    }
    let last_seq = graph.last_seq(&facts.actor);
    if facts.seq <= last_seq && !planted(Plant::ForkAccepted) {
        return Err(GateError::Fork { actor: facts.actor, seq: facts.seq });
    }
    let deps: Heads = facts.deps.iter().copied().collect();
    let positions = match record.known(&deps) {
        Ok(positions) => positions,
        Err(unknown) => return Ok(Judged::Waiting(unknown.missing)),
    };
    if facts.seq != last_seq + 1 && !planted(Plant::SeqGap) && !planted(Plant::ForkAccepted) {
        return Err(GateError::SeqGap { expected: last_seq + 1, got: facts.seq });
    }
    let expected = graph.max_op(&positions) + 1;
    if facts.start_op != expected && !planted(Plant::StartOpInflated) {
        return Err(GateError::StartOp { expected, got: facts.start_op });
    }
    let sees_all = deps == record.heads_now();
    if !sees_all && graph.last_of(&facts.actor).is_some_and(|own| !graph.past(&positions)[own]) {
        return Err(GateError::OwnPast);
    }
    check_preds(record, facts, (!sees_all).then_some(&deps))?;
    if record.has_too_many_rows_with(&facts.puts) {
        return Err(GateError::TooManyRows);
    }
    Ok(Judged::Ready)
}

/// Every overwritten operation stands on the same key in the state that the change has seen; a key put twice
/// in one change overwrites its own earlier operation and nothing else.
fn check_preds(record: &Record, facts: &ChangeFacts, seen: Option<&Heads>) -> Result<(), GateError> {
    let keys: BTreeSet<_> =
        facts.puts.iter().filter(|put| !put.preds.is_empty()).map(|put| put.key.as_str()).collect();
    let standing = record.standing(&keys, seen);
    let mut own: HashMap<&str, OpId> = HashMap::with_capacity(facts.puts.len());
    for (counter, put) in (facts.start_op..).zip(&facts.puts) {
        let op = OpId { counter, actor: facts.actor };
        let legal = match own.insert(put.key.as_str(), op) {
            Some(earlier) => put.preds == [earlier],
            None => {
                let on_key = standing.get(put.key.as_str()).map(Vec::as_slice).unwrap_or_default();
                put.preds.iter().all(|pred| on_key.binary_search_by_key(pred, |(op, _)| *op).is_ok())
            }
        };
        if !legal && !planted(Plant::ForgedPred) {
            return Err(GateError::Pred { key: put.key.clone() });
        }
    }
    Ok(())
}
