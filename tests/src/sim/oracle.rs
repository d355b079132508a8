//! What a record means, worked out from the accepted changes alone: who stands behind an answer, which values stand, where
//! people disagree. Neither automerge nor the reading code of `records`, server and phone has a hand in it; only the gate's
//! own parser reads the bytes.
//!
//! The rules are those of the design in their own words. A value stands until somebody who has seen it gives another. Values
//! that stand side by side and differ are a dispute. A row closed by one and edited by another, neither having seen the
//! other, is a dispute about the row. Whoever signed the envelope is the author.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use doorstep_records::gate::{ChangeFacts, inspect};
use doorstep_records::{ChangeHash, RecordId};
use doorstep_server::review::model::{AnswerView, RecordFilter};
use doorstep_server::store::records::{At, Records};
use serde_json::Value;

use super::Trouble;
use super::violation::Check;
use super::world::World;

/// A value that stands: the change that put it, and the value as text.
type Standing = (ChangeHash, String);

/// What is known of one answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Every value that stands.
    pub standing: BTreeSet<Standing>,
    /// People disagree here.
    pub disputed: bool,
}

impl Answer {
    fn values(&self) -> BTreeSet<&str> {
        self.standing.iter().map(|(_, value)| value.as_str()).collect()
    }
}

/// Nobody's answers: the order of rows, the day of a filling, the copies made at a beginning.
fn is_said_by_a_person(path: &str) -> bool {
    !path.starts_with('_') && path != "_order" && !path.ends_with("/_order")
}

/// What the changes of one record mean.
pub fn meaning(changes: &[ChangeFacts]) -> BTreeMap<String, Answer> {
    let past = pasts(changes);
    let has_seen = |later: usize, earlier: usize| past[later].contains(&earlier);
    // Path -> change -> the last value it gave there.
    let mut given: BTreeMap<String, BTreeMap<usize, Value>> = BTreeMap::new();
    for (at, change) in changes.iter().enumerate() {
        for (key, value) in change.puts() {
            given.entry(key.to_string()).or_default().insert(at, value.to_json());
        }
    }
    let mut standing: BTreeMap<String, BTreeMap<usize, Value>> = BTreeMap::new();
    for (path, values) in &given {
        let stands = |at: &usize| !values.keys().any(|later| has_seen(*later, *at));
        let kept = values.iter().filter(|(at, _)| stands(at)).map(|(at, value)| (*at, value.clone()));
        standing.insert(path.clone(), kept.collect());
    }
    let mut answers: BTreeMap<String, Answer> = BTreeMap::new();
    for (path, values) in &standing {
        let standing = values.iter().map(|(at, value)| (changes[*at].hash, value.to_string())).collect();
        let mut answer = Answer { standing, disputed: false };
        answer.disputed = is_said_by_a_person(path) && answer.values().len() > 1;
        answers.insert(path.clone(), answer);
    }
    for (path, row) in standing.keys().filter_map(|path| Some((path, path.strip_suffix("/_deleted")?))) {
        let closes = &standing[path];
        let closed = closes.values().all(|value| *value == Value::Bool(true));
        let unrelated = |edit: usize| {
            closes.keys().all(|close| edit != *close && !has_seen(edit, *close) && !has_seen(*close, edit))
        };
        let below = |other: &str| {
            let rest = other.strip_prefix(row).and_then(|rest| rest.strip_prefix('/'));
            rest.is_some_and(|rest| !rest.ends_with("_deleted") && !rest.ends_with("_order"))
        };
        let edited = standing
            .iter()
            .filter(|(other, _)| below(other))
            .any(|(_, values)| values.keys().any(|at| unrelated(*at)));
        if closed && edited {
            answers.entry(path.clone()).or_default().disputed = true;
        }
    }
    answers
}

/// For each change all it has seen, itself left out.
fn pasts(changes: &[ChangeFacts]) -> Vec<BTreeSet<usize>> {
    let places: HashMap<ChangeHash, usize> =
        changes.iter().enumerate().map(|(at, change)| (change.hash, at)).collect();
    let mut past: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); changes.len()];
    let mut order: Vec<usize> = (0..changes.len()).collect();
    // A change counts its operations from above all it has seen.
    order.sort_by_key(|at| changes[*at].start_op);
    for at in order {
        let mut seen = BTreeSet::new();
        for dep in changes[at].deps.iter().filter_map(|dep| places.get(dep)) {
            seen.insert(*dep);
            seen.extend(past[*dep].iter().copied());
        }
        past[at] = seen;
    }
    past
}

/// The server shows of every record what its changes mean.
pub(super) fn meanings(world: &World) -> Result<(), Trouble> {
    let histories = histories(world)?;
    let store = world.server.store()?;
    let scope = store.operator_scope();
    let filter = RecordFilter { discarded: true, ..RecordFilter::default() };
    for line in store.record_list(&scope, &filter, None, 500)?.records {
        let none = Vec::new();
        let changes = histories.get(&line.record).unwrap_or(&none);
        let expected = meaning(changes);
        let shown = store.record_get(&scope, line.record, &At::Now)?.answers;
        let paths: BTreeSet<&String> = expected.keys().chain(shown.keys()).collect();
        for path in paths {
            let (there, here) = (shown.get(path), expected.get(path));
            let fault = match (there, here) {
                (Some(there), Some(here)) => differs(world, path, there, here, changes),
                _ => Some(format!("shown {there:?}, meant {here:?}")),
            };
            if let Some(fault) = fault {
                let detail = format!("{} at {path}: {fault}", line.record);
                world.witness.borrow_mut().find(Check::MeaningKept, detail);
            }
        }
    }
    Ok(())
}

/// The accepted changes of every record, out of the server's list of them; that none is missing, the check of acknowledged
/// edits tells.
fn histories(world: &World) -> Result<BTreeMap<RecordId, Vec<ChangeFacts>>, Trouble> {
    const CHANGES: &str =
        "SELECT record.id, raw FROM record_change JOIN record ON record.num = record_change.record";
    let mut histories: BTreeMap<RecordId, Vec<ChangeFacts>> = BTreeMap::new();
    let mut statement = world.server.eye()?.prepare(CHANGES)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let raw: Vec<u8> = row.get(1)?;
        let facts = inspect(&raw).map_err(|_| Trouble::Unreadable("change"))?;
        histories.entry(RecordId::from_bytes(row.get(0)?)).or_default().push(facts);
    }
    Ok(histories)
}

/// What is shown otherwise than it is meant, if anything.
fn differs(
    world: &World,
    path: &str,
    there: &AnswerView,
    here: &Answer,
    changes: &[ChangeFacts],
) -> Option<String> {
    let shown: BTreeSet<Standing> =
        there.candidates.iter().map(|one| (one.change, one.value.to_string())).collect();
    if shown != here.standing {
        return Some(format!("{shown:?} stand, {:?} are meant", here.standing));
    }
    if there.different != here.disputed {
        return Some(format!("disputed: {}, meant: {}", there.different, here.disputed));
    }
    let value = there.value.to_string();
    let told = match here.disputed {
        true => there.value.is_null(),
        // Where nobody disagrees, or the merge may choose, it is a value that stands.
        false => here.values().contains(value.as_str()),
    };
    if !told {
        return Some(format!("{value} is put forward among {:?}", here.standing));
    }
    let actor = |hash: ChangeHash| changes.iter().find(|change| change.hash == hash).map(|one| one.actor);
    let witness = world.witness.borrow();
    for one in &there.candidates {
        // Nobody signed what the server itself wrote.
        let signer = actor(one.change).and_then(|actor| witness.signers.get(&actor));
        let name = signer.and_then(|(user, _)| world.people.iter().find(|(_, id)| id == user));
        let shown = one.by.as_ref().map(|by| (by.name.as_str(), by.device));
        let meant = signer.map(|(_, device)| (name.map_or("", |(name, _)| name.as_str()), Some(*device)));
        let by_office = meant.is_none() && shown.is_some_and(|(_, device)| device.is_none());
        if !by_office && shown != meant {
            return Some(format!("{path} by {shown:?}, signed by {meant:?}"));
        }
    }
    None
}
