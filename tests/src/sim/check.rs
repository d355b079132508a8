//! What must hold when all is quiet again. Each check tells what it saw; none stops the others.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_client_core::device::ShownAnswer;
use doorstep_protocol::{Item, frame};
use doorstep_records::gate::{Admission, ChangeFacts, inspect};
use doorstep_records::{ChangeHash, Key, Record, RecordId, canonical_json};
use doorstep_server::review::model::{AnswerView, RecordFilter};
use doorstep_server::store::operations::Operations;
use doorstep_server::store::records::{At, Records};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::office::document;
use super::sight::sight;
use super::violation::Check;
use super::world::World;
use super::{Trouble, oracle};

/// All checks but that of the rebuild.
pub fn everything(world: &mut World) -> Result<(), Trouble> {
    acked_edits(world)?;
    own_edits(world)?;
    oracle::meanings(world)?;
    replicas(world)?;
    approvals(world)?;
    if let Err(error) = world.server.store()?.log_verify() {
        world.witness.borrow_mut().find(Check::RebuildIdentical, format!("the chain of the log: {error}"));
    }
    Ok(())
}

/// Every acknowledged change, submission and comment is there, and the document is what the acknowledged changes alone
/// make, through the gate.
fn acked_edits(world: &World) -> Result<(), Trouble> {
    let acked = world.witness.borrow().acked.clone();
    for (record, changes) in &acked {
        let Some(mut stored) = document(&world.server, *record)? else {
            world.witness.borrow_mut().find(Check::AckedEditKept, format!("{record} is gone"));
            continue;
        };
        let missing: Vec<_> = changes.keys().filter(|hash| !stored.has_change(hash)).collect();
        let whole = missing.is_empty();
        for hash in missing {
            // Two clones wrote one number: in its next life the server may take the other one, and this one comes anew.
            if world.restored && is_written_anew(&mut stored, &changes[hash])? {
                continue;
            }
            world.witness.borrow_mut().find(Check::AckedEditKept, format!("{record}: change {hash} is gone"));
        }
        let expected = replay(changes.values())?;
        // What was acknowledged to a phone that never asked again may be there on top.
        if whole
            && stored.change_count() == changes.len()
            && canonical_json(&stored.answers()) != canonical_json(&expected.into_answers())
        {
            let detail = format!("{record}: the document is not what its changes make");
            world.witness.borrow_mut().find(Check::ReplicasAgree, detail);
        }
        if let Some(stranger) = ungated(&mut stored)? {
            let detail = format!("{record}: the document holds a change that the gate refuses: {stranger}");
            world.witness.borrow_mut().find(Check::ReplicasAgree, detail);
        }
    }
    let conn = world.server.eye()?;
    let mut kept = conn.prepare(
        "SELECT EXISTS (SELECT 1 FROM submission WHERE id = ?1) OR EXISTS (SELECT 1 FROM comment WHERE id = ?1)",
    )?;
    let said = world.witness.borrow().said.clone();
    for (object, record) in said {
        if !kept.query_row([object.to_bytes()], |row| row.get::<_, bool>(0))? {
            world.witness.borrow_mut().find(Check::AckedEditKept, format!("{record}: {object} is gone"));
        }
    }
    Ok(())
}

/// Every value that a change put stands in the history of its record, under whatever name.
fn is_written_anew(stored: &mut Record, raw: &[u8]) -> Result<bool, Trouble> {
    let facts = inspect(raw).map_err(|_| Trouble::Unreadable("change"))?;
    let history = stored.history(None);
    let stands = |key: &Key, value: &doorstep_records::Value| {
        history.iter().any(|put| put.key == *key && put.value == *value)
    };
    Ok(facts.puts().all(|(key, value)| stands(key, value)))
}

struct Replayed(Record);

impl Replayed {
    fn into_answers(mut self) -> doorstep_records::Answers {
        self.0.answers()
    }
}

/// The record that these changes make, through the gate.
fn replay<'a>(changes: impl Iterator<Item = &'a Vec<u8>>) -> Result<Replayed, Trouble> {
    let mut admission = Admission::load(None).map_err(|_| Trouble::Unreadable("empty record"))?;
    let mut facts: Vec<ChangeFacts> = changes
        .map(|raw| inspect(raw).map_err(|_| Trouble::Unreadable("change")))
        .collect::<Result<_, _>>()?;
    facts.sort_by_key(|facts| facts.start_op);
    admission.admit_all(&facts);
    Ok(Replayed(admission.into_parts().0))
}

/// Why the gate would not have let in one of the changes of a document, if there is such a change.
pub fn ungated(stored: &mut Record) -> Result<Option<String>, Trouble> {
    let mut admission = Admission::load(None).map_err(|_| Trouble::Unreadable("empty record"))?;
    let changes = stored.changes();
    let facts: Result<Vec<ChangeFacts>, _> = changes.iter().map(|change| inspect(&change.bytes)).collect();
    let facts = match facts {
        Ok(facts) => facts,
        Err(error) => return Ok(Some(error.kind().to_owned())),
    };
    let outcomes = admission.admit_all(&facts);
    Ok(outcomes.into_iter().find_map(|outcome| outcome.err().map(|error| error.kind().to_owned())))
}

/// The dataset holds nothing but what was shown and approved.
fn approvals(world: &World) -> Result<(), Trouble> {
    const ROWS: &str =
        "SELECT record.id, dataset.heads FROM dataset JOIN record ON record.num = dataset.record";
    const NAMES: &str = "SELECT id FROM record WHERE id = ?1 OR alias_of = ?1";
    let conn = world.server.eye()?;
    let (mut statement, mut names) = (conn.prepare(ROWS)?, conn.prepare(NAMES)?);
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let record = RecordId::from_bytes(row.get(0)?);
        let bytes: Vec<u8> = row.get(1)?;
        let heads: BTreeSet<ChangeHash> =
            bytes.as_chunks().0.iter().map(|hash| ChangeHash::from_bytes(*hash)).collect();
        // A household registered twice is one row, out of what was approved of each registration.
        let mut approved: BTreeSet<ChangeHash> = BTreeSet::new();
        for name in names.query_map([record.to_bytes()], |row| row.get(0))? {
            for of_it in world.office.approved_of(RecordId::from_bytes(name?)) {
                if of_it.iter().all(|hash| heads.contains(hash)) {
                    approved.extend(of_it.iter().copied());
                }
            }
        }
        if heads != approved {
            let detail = format!("{record}: the dataset holds what nobody approved");
            world.witness.borrow_mut().find(Check::ApprovalSeen, detail);
        }
    }
    Ok(())
}

/// What a revoked phone wrote since is kept where a person can look at it.
fn set_aside(conn: &Connection) -> Result<BTreeMap<RecordId, BTreeSet<(Key, String)>>, Trouble> {
    let mut kept: BTreeMap<RecordId, BTreeSet<(Key, String)>> = BTreeMap::new();
    let mut statement =
        conn.prepare("SELECT bytes FROM quarantine WHERE kind = 'change' AND reason = 'device_revoked'")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(0)?;
        let item: Item = frame::from_cbor(&bytes).map_err(|_| Trouble::Unreadable("item"))?;
        let Item::Change { record, change } = item else { continue };
        let Ok(facts) = inspect(&change) else { continue };
        let puts = facts.puts().map(|(key, value)| (key.clone(), value.to_json().to_string()));
        kept.entry(record).or_default().extend(puts);
    }
    Ok(kept)
}

/// Every answer given on a phone that still exists is part of its record's history, or was set aside if the phone was
/// revoked.
fn own_edits(world: &World) -> Result<(), Trouble> {
    let set_aside = set_aside(world.server.eye()?)?;
    let mut histories: BTreeMap<RecordId, BTreeSet<(Key, String)>> = BTreeMap::new();
    for edit in &world.edits {
        let history = match histories.entry(edit.record) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let puts = match document(&world.server, edit.record)? {
                    Some(mut record) => record.history(None),
                    None => Vec::new(),
                };
                place.insert(puts.into_iter().map(|put| (put.key, put.value.to_json().to_string())).collect())
            }
        };
        let key = Key::parse(&edit.path).map_err(|_| Trouble::Unreadable("path"))?;
        let put = (key, edit.value.to_string());
        let aside = set_aside.get(&edit.record).is_some_and(|kept| kept.contains(&put));
        if !history.contains(&put) && !aside {
            let phone = &world.phones[edit.phone].name;
            let detail = format!(
                "{}: {} = {:.40} of {phone} is nowhere",
                edit.record,
                edit.path,
                edit.value.to_string()
            );
            world.witness.borrow_mut().find(Check::OwnEditArrives, detail);
        }
    }
    Ok(())
}

/// Phones hold exactly their scope, and show what the server shows.
pub fn replicas(world: &mut World) -> Result<(), Trouble> {
    let server = server_view(world)?;
    for at in 0..world.phones.len() {
        if world.is_revoked(at)? {
            continue;
        }
        let (user, name) = (world.phones[at].user, world.phones[at].name.clone());
        let expected = sight(world.server.eye()?, user)?.records;
        let device = world.phones[at].device()?;
        let mut found = Vec::new();
        let standing = device.standing()?;
        if standing.unsent > 0 {
            found.push((Check::NothingStuck, format!("{name}: {} facts unsent", standing.unsent)));
        }
        let rows = device.list()?;
        let held: BTreeSet<RecordId> = rows.iter().map(|row| row.id).collect();
        for record in expected.difference(&held) {
            found.push((Check::ScopeComplete, format!("{name} lacks {record}")));
        }
        for row in rows.iter().filter(|row| !expected.contains(&row.id)) {
            // Work that the server put aside is not thrown away with the record.
            if row.needs_checking == 0 {
                found.push((Check::ScopeKept, format!("{name} holds {} ({row:?})", row.id)));
            }
        }
        for row in rows.iter().filter(|row| expected.contains(&row.id)) {
            let shown = device.show(row.id)?;
            let line = Line {
                state: row.state.clone(),
                discarded: row.discarded,
                label: row.label.clone(),
                area: row.area.clone(),
                alias_of: row.canonical,
            };
            if shown.id != row.id {
                // Another name of a household: the one that stands for both is shown.
                match server.get(&row.id) {
                    Some((there, _)) if *there == line => {}
                    there => found.push((
                        Check::ReplicasAgree,
                        format!(
                            "{} on {name}: line {line:?}, on the server {:?}",
                            row.id,
                            there.map(|v| &v.0)
                        ),
                    )),
                }
                continue;
            }
            let disputed: BTreeSet<&str> =
                shown.conflicts.iter().map(|conflict| conflict.path.as_str()).collect();
            let answers = shown.answers.iter();
            let answers = answers
                .map(|(path, answer)| (path.clone(), of_phone(answer, disputed.contains(path.as_str()))));
            let here = (line, Value::Object(answers.collect()));
            match server.get(&row.id) {
                Some(there) if *there == here => {}
                there => found.push((
                    Check::ReplicasAgree,
                    format!("{} on {name}: {}", row.id, first_difference(there, &here)),
                )),
            }
        }
        for (check, detail) in found {
            world.witness.borrow_mut().find(check, detail);
        }
    }
    Ok(())
}

/// A record's line in lists.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    state: String,
    discarded: bool,
    label: String,
    area: String,
    alias_of: Option<RecordId>,
}

fn server_view(world: &World) -> Result<BTreeMap<RecordId, (Line, Value)>, Trouble> {
    let store = world.server.store()?;
    let scope = store.operator_scope();
    let filter = RecordFilter { discarded: true, ..RecordFilter::default() };
    let page = store.record_list(&scope, &filter, None, 500)?;
    let mut views = BTreeMap::new();
    for line in page.records {
        let view = store.record_get(&scope, line.record, &At::Now)?;
        let answers = view.answers.iter().map(|(path, answer)| (path.clone(), of_server(answer))).collect();
        let record = line.record;
        let line = Line {
            state: line.state.name().to_owned(),
            discarded: line.discarded,
            label: line.label,
            area: line.area,
            alias_of: line.alias_of,
        };
        views.insert(record, (line, Value::Object(answers)));
    }
    Ok(views)
}

fn of_phone(answer: &ShownAnswer, disputed: bool) -> Value {
    let value = if disputed { Value::Null } else { answer.value.clone() };
    let mut candidates: Vec<Value> = answer
        .candidates
        .iter()
        .map(|one| json!([one.change, one.value, one.by, one.device, one.at]))
        .collect();
    candidates.sort_by_key(Value::to_string);
    json!({"value": value, "different": disputed, "candidates": candidates})
}

fn of_server(answer: &AnswerView) -> Value {
    let mut candidates: Vec<Value> = answer
        .candidates
        .iter()
        .map(|one| {
            let by = one.by.as_ref().map(|by| by.name.clone());
            let device = one.by.as_ref().and_then(|by| by.device).map(|device| device.to_string());
            json!([one.change.to_string(), one.value, by, device, one.at_ms])
        })
        .collect();
    candidates.sort_by_key(Value::to_string);
    json!({"value": answer.value, "different": answer.different, "candidates": candidates})
}

fn first_difference(there: Option<&(Line, Value)>, here: &(Line, Value)) -> String {
    let Some((line, answers)) = there else { return "not on the server".to_owned() };
    if *line != here.0 {
        return format!("line {:?}, on the server {line:?}", here.0);
    }
    let empty = serde_json::Map::new();
    let (server, phone) = (answers.as_object().unwrap_or(&empty), here.1.as_object().unwrap_or(&empty));
    let paths: BTreeSet<&String> = server.keys().chain(phone.keys()).collect();
    let differing = paths.into_iter().find(|path| server.get(*path) != phone.get(*path));
    differing.map_or_else(String::new, |path| {
        format!("{path} is {:?}, on the server {:?}", phone.get(path), server.get(path))
    })
}
