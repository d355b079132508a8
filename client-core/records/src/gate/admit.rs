//! Admitting changes to a record: judge, apply on a scratch copy, save, load again.

use std::borrow::Borrow;
use std::collections::HashMap;

use super::{ChangeFacts, GateError, Judged, judge};
use crate::ids::ChangeHash;
use crate::limits::RECORD_BYTES;
use crate::record::{ApplyFailed, LoadError, Record, guarded};

/// What becomes of one change.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one verdict at a time; the record is taken out at once")]
pub enum Verdict {
    /// It is in the record already.
    Duplicate,
    /// It waits for changes that the record lacks.
    Waiting {
        /// The unknown dependencies, ascending.
        missing: Vec<ChangeHash>,
    },
    /// It is admitted: the record with it, saved and loaded again.
    Accept(Record),
}

/// What becomes of one change of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admitted {
    /// It is in the record now.
    Applied,
    /// It was in the record before.
    Duplicate,
    /// It waits for changes that are neither in the record nor admitted with this batch.
    Waiting {
        /// The unknown dependencies, ascending.
        missing: Vec<ChangeHash>,
    },
}

/// Judges one change and tries it on a copy of `record`, which itself is left as it is.
///
/// # Errors
/// [`GateError`] names the rule that is broken.
pub fn admit(record: &mut Record, facts: &ChangeFacts) -> Result<Verdict, GateError> {
    match judge(record, facts)? {
        Judged::Duplicate => Ok(Verdict::Duplicate),
        Judged::Waiting(missing) => Ok(Verdict::Waiting { missing }),
        Judged::Ready => {
            let mut scratch = record.scratch();
            scratch.apply(facts).map_err(|ApplyFailed| GateError::ApplyFailed)?;
            let (_, reloaded) = reload(&mut scratch)?;
            Ok(Verdict::Accept(reloaded))
        }
    }
}

/// Saves a record, checks its size, loads it again and compares the heads.
fn reload(record: &mut Record) -> Result<(Vec<u8>, Record), GateError> {
    let saved = guarded(|| record.save()).ok_or(GateError::ReloadFailed)?;
    if saved.len() > RECORD_BYTES {
        return Err(GateError::RecordTooLarge { bytes: saved.len() });
    }
    let mut reloaded = Record::load(&saved).map_err(|_| GateError::ReloadFailed)?;
    if reloaded.heads_now() != record.heads_now() {
        return Err(GateError::ReloadFailed);
    }
    reloaded.adopt_graph(record);
    Ok((saved, reloaded))
}

/// One record with the changes offered to it: loaded once, saved and loaded again once for each batch.
///
/// The good changes of a batch are admitted whatever the bad ones are: when the batch as a whole fails, each
/// change is tried by itself.
#[derive(Debug)]
pub struct Admission {
    saved: Vec<u8>,
    record: Record,
}

impl Admission {
    /// Opens a saved record; `None` is the empty one.
    ///
    /// # Errors
    /// [`LoadError`] when the stored bytes cannot be loaded.
    pub fn load(saved: Option<&[u8]>) -> Result<Self, LoadError> {
        let saved = saved.unwrap_or_default();
        Ok(Self { saved: saved.to_vec(), record: Record::load(saved)? })
    }

    /// Takes a record that is loaded already.
    pub fn of(mut record: Record) -> Self {
        Self { saved: record.save(), record }
    }

    /// The record with everything admitted so far, for reading: what is written here [`Admission::saved`] lacks.
    pub fn record(&mut self) -> &mut Record {
        &mut self.record
    }

    /// The saved bytes of [`Admission::record`]; empty for the empty record.
    pub fn saved(&self) -> &[u8] {
        &self.saved
    }

    /// The record and its saved bytes.
    pub fn into_parts(self) -> (Record, Vec<u8>) {
        (self.record, self.saved)
    }

    /// Admits one change.
    ///
    /// # Errors
    /// [`GateError`] names the rule that is broken; the record is as before.
    pub fn admit(&mut self, facts: &ChangeFacts) -> Result<Admitted, GateError> {
        let mut verdicts = self.admit_all(std::slice::from_ref(facts));
        verdicts.pop().unwrap_or(Ok(Admitted::Duplicate))
    }

    /// Admits many changes, in any order; the verdicts come in the order of `changes`. Of two that exclude each
    /// other (a fork) the one that comes first stands.
    pub fn admit_all<F: Borrow<ChangeFacts>>(&mut self, changes: &[F]) -> Vec<Result<Admitted, GateError>> {
        let order = causal_order(changes);
        let mut verdicts = vec![Ok(Admitted::Duplicate); changes.len()];
        let mut applied = false;
        for at in &order {
            let (verdict, intact) = offer(&mut self.record, changes[*at].borrow());
            if !intact {
                return self.admit_singly(changes, &order);
            }
            applied |= verdict == Ok(Admitted::Applied);
            verdicts[*at] = verdict;
        }
        if !applied {
            return verdicts;
        }
        match reload(&mut self.record) {
            Ok((saved, record)) => {
                (self.saved, self.record) = (saved, record);
                verdicts
            }
            Err(_) => self.admit_singly(changes, &order),
        }
    }

    /// Starts again from the saved bytes and keeps only what is saved and loaded again by itself.
    fn admit_singly<F: Borrow<ChangeFacts>>(
        &mut self,
        changes: &[F],
        order: &[usize],
    ) -> Vec<Result<Admitted, GateError>> {
        let mut verdicts = vec![Ok(Admitted::Duplicate); changes.len()];
        self.restore();
        for at in order {
            let (verdict, intact) = offer(&mut self.record, changes[*at].borrow());
            verdicts[*at] = match verdict {
                Ok(Admitted::Applied) => reload(&mut self.record).map(|(saved, record)| {
                    (self.saved, self.record) = (saved, record);
                    Admitted::Applied
                }),
                other => other,
            };
            if !intact
                || matches!(verdicts[*at], Err(GateError::ReloadFailed | GateError::RecordTooLarge { .. }))
            {
                self.restore();
            }
        }
        verdicts
    }

    /// Back to the saved bytes. They have been loaded before, so this cannot fail but for lack of memory.
    fn restore(&mut self) {
        if let Ok(record) = Record::load(&self.saved) {
            self.record = record;
        }
    }
}

/// The order of `changes` as they came, except that each comes after those of them it depends on.
fn causal_order<F: Borrow<ChangeFacts>>(changes: &[F]) -> Vec<usize> {
    let by_hash: HashMap<ChangeHash, usize> =
        changes.iter().enumerate().rev().map(|(at, facts)| (facts.borrow().hash, at)).collect();
    let mut order = Vec::with_capacity(changes.len());
    let mut entered = vec![false; changes.len()];
    for first in 0..changes.len() {
        let mut open = vec![(first, false)];
        while let Some((at, deps_are_done)) = open.pop() {
            if deps_are_done {
                order.push(at);
            } else if !std::mem::replace(&mut entered[at], true) {
                open.push((at, true));
                let deps = changes[at].borrow().deps.iter();
                open.extend(deps.filter_map(|dep| by_hash.get(dep)).map(|dep| (*dep, false)));
            }
        }
    }
    order
}

/// Judges a change and applies it; also says whether the record is still usable.
fn offer(record: &mut Record, facts: &ChangeFacts) -> (Result<Admitted, GateError>, bool) {
    match judge(record, facts) {
        Err(refused) => (Err(refused), true),
        Ok(Judged::Duplicate) => (Ok(Admitted::Duplicate), true),
        Ok(Judged::Waiting(missing)) => (Ok(Admitted::Waiting { missing }), true),
        Ok(Judged::Ready) => match record.apply(facts) {
            Ok(()) => (Ok(Admitted::Applied), true),
            Err(ApplyFailed) => (Err(GateError::ApplyFailed), false),
        },
    }
}
