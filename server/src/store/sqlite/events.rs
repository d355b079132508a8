//! The history of a record: what stands about it in all tables, as one list.

use std::collections::HashMap;

use doorstep_records::{ChangeHash, RecordId};
use rusqlite::{Connection, OptionalExtension};
use serde_json::Value;

use super::review::cases::case_load;
use super::review::decisions::{comment_list, review_list, submission_list};
use super::review::library::area_path;
use super::review::lines::{line_get, line_page};
use super::review::people::author_list;
use super::rows::record_id_opt;
use crate::households::history::{Given, HistoryEvent, sort};
use crate::review::model::{PAGE_RECORDS_MAX, RecordFilter, RecordLine};
use crate::review::view::Authors;
use crate::store::{Scope, StoreError};

const BEGAN: &str = "SELECT record.created_ms, record.form_version, user.name, record.device FROM record \
     LEFT JOIN user ON user.id = record.author WHERE num = ?1";
const ARRIVED: &str = "SELECT hash, at_ms FROM record_change WHERE record = ?1";
const WAIVERS: &str = "SELECT review.at_ms, waiver.key, path, reason, waiver.user_name FROM waiver \
     JOIN review ON review.id = waiver.review WHERE waiver.record = ?1 ORDER BY waiver.num";
const DISCARDS: &str = "SELECT at_ms, value FROM stood WHERE record = ?1 AND kind = 'discarded' ORDER BY num";
const TOLD: &str = "SELECT told.at_ms, kind, other.id, by_name, detail FROM told \
     LEFT JOIN record AS other ON other.num = told.other WHERE told.record = ?1 ORDER BY told.num";
const ROW: &str = "SELECT row FROM dataset JOIN record ON record.num = dataset.record WHERE record.id = ?1";

/// Everything that ever happened to a record inside a scope, and to those merged into it.
pub(super) fn events(
    conn: &Connection,
    scope: &Scope,
    record: RecordId,
) -> Result<Vec<HistoryEvent>, StoreError> {
    let (num, line) = line_get(conn, scope, record)?.ok_or(StoreError::NotFound)?;
    let loaded = case_load(conn, num)?.ok_or(StoreError::NotFound)?;
    let mut parts = vec![(num, line)];
    for merged in &loaded.case.merged {
        parts.extend(line_get(conn, scope, merged.record)?);
    }
    let mut events = Vec::new();
    for (num, line) in &parts {
        let part = Part { conn, scope, num: *num, record: line.record };
        part.began(&mut events)?;
        let authors = author_list(conn, *num)?;
        part.answered(&authors, &mut events)?;
        part.said(&mut events)?;
        part.told(&mut events)?;
        part.about(&mut events)?;
    }
    sort(&mut events);
    Ok(events)
}

struct Part<'a> {
    conn: &'a Connection,
    scope: &'a Scope,
    num: i64,
    record: RecordId,
}

impl Part<'_> {
    fn event(&self, at_ms: i64, kind: &str, by: impl Into<String>) -> HistoryEvent {
        HistoryEvent::new(at_ms, kind, self.record, by)
    }

    fn began(&self, events: &mut Vec<HistoryEvent>) -> Result<(), StoreError> {
        let (at_ms, version, name, device) =
            self.conn.prepare_cached(BEGAN)?.query_row([self.num], |row| {
                let name: Option<String> = row.get(2)?;
                Ok((row.get(0)?, row.get::<_, u32>(1)?, name, row.get::<_, Option<[u8; 16]>>(3)?))
            })?;
        let mut began =
            self.event(at_ms, "began", name.clone().unwrap_or_default()).with("form_version", version);
        began.device = device.map(doorstep_protocol::DeviceId::from_bytes);
        events.push(began);
        // Only who began a record can call it a mistake.
        let mut statement = self.conn.prepare_cached(DISCARDS)?;
        let mut rows = statement.query([self.num])?;
        while let Some(row) = rows.next()? {
            let kind = if row.get(1)? { "discarded" } else { "undiscarded" };
            events.push(self.event(row.get(0)?, kind, name.clone().unwrap_or_default()));
        }
        Ok(())
    }

    /// One event for each change, with all it put.
    fn answered(&self, authors: &Authors, events: &mut Vec<HistoryEvent>) -> Result<(), StoreError> {
        let arrived: HashMap<ChangeHash, i64> = self
            .conn
            .prepare_cached(ARRIVED)?
            .query_map([self.num], |row| Ok((ChangeHash::from_bytes(row.get(0)?), row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let Some(loaded) = case_load(self.conn, self.num)? else { return Ok(()) };
        let mut last: Option<(ChangeHash, HistoryEvent)> = None;
        for entry in loaded.case.open()?.history(None) {
            let given = Given {
                path: entry.key.as_str().to_owned(),
                value: entry.value.to_json(),
                superseded: entry.superseded,
            };
            if let Some((hash, event)) = &mut last
                && *hash == entry.hash
            {
                event.answers.push(given);
                continue;
            }
            let author = authors.get(&entry.actor);
            let at_ms = arrived.get(&entry.hash).copied().unwrap_or(entry.at_ms);
            let mut event = self
                .event(at_ms, "answered", author.map_or("", |author| author.name.as_str()))
                .with("change", entry.hash.to_string())
                .with("device_ms", entry.at_ms)
                .with("original_ms", entry.original_at_ms)
                .with("form_version", entry.form_version)
                .with("reason", entry.reason)
                .with("cites", entry.cites.map(|cited| cited.to_string()));
            event.role = author.map(|author| author.role.clone());
            event.device = author.and_then(|author| author.device);
            event.answers.push(given);
            events.extend(last.replace((entry.hash, event)).map(|(_, event)| event));
        }
        events.extend(last.map(|(_, event)| event));
        Ok(())
    }

    /// Submissions, decisions with what they let stand, remarks.
    fn said(&self, events: &mut Vec<HistoryEvent>) -> Result<(), StoreError> {
        for said in submission_list(self.conn, self.num)? {
            events.push(
                self.event(said.received_ms, "submitted", said.by)
                    .with("device_ms", said.at_ms)
                    .with("form_version", said.form_version)
                    .with("heads", said.heads.to_string())
                    .with("note", said.note),
            );
        }
        for review in review_list(self.conn, self.num)? {
            events.push(
                self.event(review.at_ms, review.decision.name(), review.by)
                    .with("heads", review.heads.to_string())
                    .with("auto", review.auto.then_some(true))
                    .with("note", review.note),
            );
        }
        let mut statement = self.conn.prepare_cached(WAIVERS)?;
        let mut rows = statement.query([self.num])?;
        while let Some(row) = rows.next()? {
            let text = |column| row.get::<_, String>(column);
            events.push(
                self.event(row.get(0)?, "waived", text(4)?)
                    .with("key", text(1)?)
                    .with("path", text(2)?)
                    .with("reason", text(3)?),
            );
        }
        for comment in comment_list(self.conn, self.num)? {
            events.push(
                self.event(comment.at_ms, "commented", comment.by)
                    .with("path", comment.path)
                    .with("text", comment.text),
            );
        }
        Ok(())
    }

    /// Merges, moves, assignments; of a record outside the scope nothing but that there is one.
    fn told(&self, events: &mut Vec<HistoryEvent>) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(TOLD)?;
        let mut rows = statement.query([self.num])?;
        while let Some(row) = rows.next()? {
            let (kind, by, detail): (String, String, String) = (row.get(1)?, row.get(3)?, row.get(4)?);
            let mut event = self.event(row.get(0)?, &kind, by);
            if let Ok(Value::Object(detail)) = serde_json::from_str(&detail) {
                event.detail = detail.into_iter().filter(|(_, value)| !value.is_null()).collect();
            }
            event.other = record_id_opt(row, 2)?;
            if let Some(other) = event.other
                && line_get(self.conn, self.scope, other)?.is_none()
            {
                event.without_other();
            }
            if kind == "area_changed" {
                self.areas(&mut event)?;
            }
            events.push(event);
        }
        Ok(())
    }

    /// An area outside the scope has no name.
    fn areas(&self, event: &mut HistoryEvent) -> Result<(), StoreError> {
        for end in ["from", "to"] {
            let Some(code) = event.text(end) else { continue };
            let path = area_path(self.conn, code)?;
            if !path.is_some_and(|path| self.scope.covers(&path)) {
                event.detail.remove(end);
            }
        }
        Ok(())
    }

    /// Records about it: visits, checks, cases.
    fn about(&self, events: &mut Vec<HistoryEvent>) -> Result<(), StoreError> {
        let filter = RecordFilter { subject: Some(self.record), discarded: true, ..RecordFilter::default() };
        let mut after = None;
        loop {
            let page = line_page(self.conn, self.scope, &filter, after, PAGE_RECORDS_MAX)?;
            for line in page.records {
                events.push(self.one_about(line)?);
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    fn one_about(&self, line: RecordLine) -> Result<HistoryEvent, StoreError> {
        let row: Option<String> = self
            .conn
            .prepare_cached(ROW)?
            .query_row([line.record.to_bytes()], |row| row.get(0))
            .optional()?;
        let row: Option<Value> = row.and_then(|row| serde_json::from_str(&row).ok());
        let day = row.as_ref().and_then(|row| row.get("event_date")).and_then(Value::as_str);
        let mut event = self
            .event(line.submitted_ms.unwrap_or(line.changed_ms), "about", line.author)
            .with("form", line.form)
            .with("label", Some(line.label).filter(|label| !label.is_empty()))
            .with("state", line.state.name())
            .with("discarded", line.discarded.then_some(true))
            .with("day", day.map(str::to_owned));
        event.other = Some(line.record);
        Ok(event)
    }
}
