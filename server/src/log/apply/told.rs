//! What the log tells of a record beside its answers, submissions, reviews and comments, kept for its history: merges,
//! moves, assignments. Nothing else reads it.

use doorstep_protocol::ObjectId;
use doorstep_records::RecordId;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

use crate::log::entry::{By, EditCarriedEntry, LogEntry, MembersMovedEntry, MovedEntry};
use crate::store::StoreError;

const INSERT: &str = "INSERT INTO told (seq, record, at_ms, kind, other, by_name, detail) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const FIND: &str = "SELECT num FROM record WHERE id = ?1";
const ALIAS: &str =
    "SELECT other.id FROM record JOIN record AS other ON other.id = record.alias_of WHERE record.id = ?1";
const AREA: &str = "SELECT area.code FROM record JOIN area ON area.num = record.area WHERE record.id = ?1";
const WORK: &str = "SELECT subject, form FROM assignment WHERE id = ?1 AND subject IS NOT NULL";

/// Notes what an entry tells; before it is applied, while what it ends still stands.
pub(super) fn before(tx: &Connection, seq: i64, at_ms: i64, entry: &LogEntry) -> Result<(), StoreError> {
    let teller = Teller { tx, seq, at_ms };
    match entry {
        LogEntry::Merged { canonical, alias, by } => teller.both("merged", *alias, *canonical, by),
        LogEntry::Unmerged { alias, by } => match teller.id(ALIAS, &alias.to_bytes())? {
            Some(canonical) => teller.both("unmerged", *alias, canonical, by),
            None => Ok(()),
        },
        LogEntry::DuplicateDismissed { a, b, by } => teller.both("not_duplicate", *a, *b, by),
        LogEntry::AreaApplied { record, area, by } => {
            let from: Option<String> =
                tx.prepare_cached(AREA)?.query_row([record.to_bytes()], |row| row.get(0)).optional()?;
            teller.tell("area_changed", *record, None, by, &json!({ "from": from, "to": area }))
        }
        LogEntry::MembersMoved(entry) => teller.members(entry),
        LogEntry::EditCarried(entry) => teller.carried(entry),
        LogEntry::Moved(entry) => teller.moved(entry),
        LogEntry::Assigned { assignments, by } => assignments.iter().try_for_each(|work| {
            let Some(subject) = work.subject else { return Ok(()) };
            let detail = json!({ "form": work.form, "to": work.name, "due": work.due });
            teller.tell("assigned", subject, None, by, &detail)
        }),
        LogEntry::AssignmentsMoved { assignments, name, by, .. } => {
            teller.work("assignment_moved", assignments, by, &json!({ "to": name }))
        }
        LogEntry::AssignmentsClosed { assignments, reason, by } => {
            teller.work("assignment_closed", assignments, by, &json!({ "reason": reason }))
        }
        _ => Ok(()),
    }
}

struct Teller<'a> {
    tx: &'a Connection,
    seq: i64,
    at_ms: i64,
}

impl Teller<'_> {
    fn num(&self, record: RecordId) -> Result<Option<i64>, StoreError> {
        Ok(self.tx.prepare_cached(FIND)?.query_row([record.to_bytes()], |row| row.get(0)).optional()?)
    }

    fn id(&self, sql: &str, id: &[u8; 16]) -> Result<Option<RecordId>, StoreError> {
        let found: Option<[u8; 16]> =
            self.tx.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?;
        Ok(found.map(RecordId::from_bytes))
    }

    fn tell(
        &self,
        kind: &str,
        record: RecordId,
        other: Option<RecordId>,
        by: &By,
        detail: &Value,
    ) -> Result<(), StoreError> {
        let Some(num) = self.num(record)? else { return Ok(()) };
        let other = match other {
            Some(other) => self.num(other)?,
            None => None,
        };
        self.tx.prepare_cached(INSERT)?.execute(params![
            self.seq,
            num,
            self.at_ms,
            kind,
            other,
            by.name,
            detail.to_string()
        ])?;
        Ok(())
    }

    fn both(&self, kind: &str, one: RecordId, other: RecordId, by: &By) -> Result<(), StoreError> {
        self.tell(kind, one, Some(other), by, &json!({}))?;
        self.tell(kind, other, Some(one), by, &json!({}))
    }

    fn members(&self, entry: &MembersMovedEntry) -> Result<(), StoreError> {
        let detail = json!({ "rows": entry.rows, "on": entry.on, "state": entry.state, "reason": entry.reason,
            "begins": entry.begins });
        self.tell("members_left", entry.from, Some(entry.to), &entry.by, &detail)?;
        self.tell("members_came", entry.to, Some(entry.from), &entry.by, &detail)
    }

    /// That it is submitted now is no news of its own.
    fn carried(&self, entry: &EditCarriedEntry) -> Result<(), StoreError> {
        if entry.changes.is_empty() {
            return Ok(());
        }
        let changes: Vec<_> = entry.changes.iter().map(|carried| carried.change).collect();
        let detail = json!({ "original": entry.original, "changes": changes });
        self.tell("edit_followed", entry.from, Some(entry.to), &entry.by, &detail)?;
        self.tell("edit_carried", entry.to, Some(entry.from), &entry.by, &detail)
    }

    fn moved(&self, entry: &MovedEntry) -> Result<(), StoreError> {
        let detail = json!({ "answer": entry.answer, "from": entry.from, "to": entry.to,
            "verdict": entry.verdict.name() });
        if let Some(target) = entry.target {
            self.tell("status_moved", target, Some(entry.source), &entry.by, &detail)?;
        }
        self.tell("moved_status", entry.source, entry.target, &entry.by, &detail)
    }

    fn work(&self, kind: &str, assignments: &[ObjectId], by: &By, detail: &Value) -> Result<(), StoreError> {
        for id in assignments {
            let found: Option<([u8; 16], String)> = self
                .tx
                .prepare_cached(WORK)?
                .query_row([id.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            if let Some((subject, form)) = found {
                let mut detail = detail.clone();
                detail["form"] = form.into();
                self.tell(kind, RecordId::from_bytes(subject), None, by, &detail)?;
            }
        }
        Ok(())
    }
}
