//! What is kept and not applied: listed, and judged once more.

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::push::ItemVerdict;
use doorstep_protocol::{DeviceId, EnvelopeId, Item, ProblemKind};
use doorstep_records::gate::inspect;
use doorstep_records::{RecordId, Value};
use rusqlite::{Connection, params};
use serde_json::json;

use super::SqliteStore;
use super::rows::{from_cbor, id16, record_id};
use crate::accounts::role::Action;
use crate::language::Said;
use crate::log::{By, author_of};
use crate::quarantine::{AsideFilter, AsideItem, ITEMS_MAX, RETRY_MAX, Retried, WAITING};
use crate::store::quarantine::Quarantine;
use crate::store::{Scope, StoreError};
use crate::sync::push::retry;

/// Where an item lies: where its record does, else where the beginning that is set aside with it would have put it.
const ASIDE: &str = "SELECT aside.envelope, aside.item, aside.record, aside.kind, aside.device, aside.reason, \
       aside.at_ms, aside.bytes, coalesce(aside.user_name, user.name, ''), record.form, area.code, area.path \
     FROM (SELECT envelope, item, record, kind, device, user, NULL AS user_name, reason, at_ms, bytes, rowid AS num \
             FROM quarantine \
           UNION ALL SELECT envelope, item, record, kind, device, user, user_name, 'waiting', at_ms, bytes, num \
             FROM waiting) AS aside \
     LEFT JOIN record ON record.id = aside.record LEFT JOIN area ON area.num = record.area \
     LEFT JOIN user ON user.id = aside.user \
     WHERE (?1 IS NULL OR aside.record = ?1) AND (?2 IS NULL OR aside.reason = ?2) \
     ORDER BY aside.at_ms, aside.num";
const BEGINNING: &str =
    "SELECT bytes FROM quarantine WHERE record = ?1 AND kind = 'create' ORDER BY rowid LIMIT 1";
const AREA_PATH: &str = "SELECT path FROM area WHERE code = ?1";
const OF_RECORD: &str = "SELECT envelope, item, device FROM quarantine WHERE record = ?1 ORDER BY rowid";
/// Answers of one item that are told.
const SAYS_MAX: usize = 50;

impl Quarantine for SqliteStore {
    fn quarantine_list(
        &self,
        scope: &Scope,
        filter: &AsideFilter,
        limit: u32,
    ) -> Result<Vec<AsideItem>, StoreError> {
        may(scope)?;
        self.read(|conn| list(conn, scope, filter, limit.min(ITEMS_MAX) as usize))
    }

    fn quarantine_retry(
        &self,
        scope: &Scope,
        records: &[RecordId],
        now_ms: i64,
    ) -> Result<Vec<Retried>, StoreError> {
        may(scope)?;
        if records.len() > RETRY_MAX {
            return Err(StoreError::refused(ProblemKind::TooLarge));
        }
        let (scope, mut records) = (scope.clone(), records.to_vec());
        records.sort();
        records.dedup();
        self.write(move |tx| {
            let mut retried = Vec::with_capacity(records.len());
            for record in &records {
                let filter = AsideFilter { record: Some(*record), reason: None };
                let seen = list(tx, &scope, &filter, ITEMS_MAX as usize)?;
                if !seen.iter().any(|item| item.reason != WAITING) {
                    return Err(nothing_there(*record));
                }
                retried.push(retry_record(tx, *record, &By::from(&scope), now_ms)?);
            }
            Ok(retried)
        })
    }
}

fn may(scope: &Scope) -> Result<(), StoreError> {
    if scope.role().may(Action::Review) { Ok(()) } else { Err(StoreError::refused(ProblemKind::NotAllowed)) }
}

fn nothing_there(record: RecordId) -> StoreError {
    let said = Said::new(
        format!("Nothing about {record} is in quarantine in your areas."),
        format!("您的区划范围内，没有关于 {record} 的隔离内容。"),
    );
    StoreError::Refused(ProblemKind::NotFound, Some(said))
}

/// An item with the path of the area it belongs to.
struct Placed {
    item: AsideItem,
    path: Option<String>,
}

fn list(
    conn: &Connection,
    scope: &Scope,
    filter: &AsideFilter,
    limit: usize,
) -> Result<Vec<AsideItem>, StoreError> {
    let mut statement = conn.prepare_cached(ASIDE)?;
    let record = filter.record.map(|record| record.to_bytes());
    let mut rows = statement.query(params![record, filter.reason])?;
    let mut items = Vec::new();
    while items.len() < limit
        && let Some(row) = rows.next()?
    {
        let Placed { item, path } = placed(conn, row)?;
        let inside = planted(Plant::AsideUnscoped)
            || match &path {
                Some(path) => scope.covers(path),
                None => scope.covers(""),
            };
        if inside && item.form.as_ref().is_none_or(|form| scope.covers_form(form)) {
            items.push(item);
        }
    }
    Ok(items)
}

fn placed(conn: &Connection, row: &rusqlite::Row<'_>) -> Result<Placed, StoreError> {
    let content: Item = from_cbor(&row.get::<_, Vec<u8>>(7)?)?;
    let record = record_id(row, 2)?;
    let (mut form, mut area, mut path): (Option<String>, Option<String>, Option<String>) =
        (row.get(9)?, row.get(10)?, row.get(11)?);
    if form.is_none()
        && let Some(Item::Create { form: begun, area: code, .. }) = beginning(conn, record, &content)?
    {
        path = conn.prepare_cached(AREA_PATH)?.query_row([&code], |row| row.get(0)).ok();
        (form, area) = (Some(begun), Some(code));
    }
    let item = AsideItem {
        record,
        envelope: EnvelopeId::from_bytes(id16(row, 0)?),
        item: row.get(1)?,
        kind: row.get(3)?,
        reason: row.get(5)?,
        at_ms: row.get(6)?,
        by: row.get(8)?,
        device: DeviceId::from_bytes(id16(row, 4)?),
        form,
        area,
        says: says(&content),
    };
    Ok(Placed { item, path })
}

/// How a record that is not here was begun: by this item, or by another one that is set aside.
fn beginning(conn: &Connection, record: RecordId, item: &Item) -> Result<Option<Item>, StoreError> {
    if let Item::Create { .. } = item {
        return Ok(Some(item.clone()));
    }
    let mut statement = conn.prepare_cached(BEGINNING)?;
    let mut rows = statement.query([record.to_bytes()])?;
    match rows.next()? {
        Some(row) => Ok(Some(from_cbor(&row.get::<_, Vec<u8>>(0)?)?)),
        None => Ok(None),
    }
}

/// What an item says, as far as it can be read.
fn says(item: &Item) -> Vec<(String, serde_json::Value)> {
    match item {
        Item::Change { change, .. } => inspect(change).map_or_else(
            |_| Vec::new(),
            |facts| {
                let puts = facts.puts().take(SAYS_MAX);
                puts.map(|(key, value)| (key.as_str().to_owned(), plain(value))).collect()
            },
        ),
        Item::Submission { note: Some(note), .. } => vec![("note".to_owned(), json!(note))],
        Item::Comment { path, text, .. } => vec![(path.clone().unwrap_or_default(), json!(text))],
        _ => Vec::new(),
    }
}

fn plain(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// One phone after the other, each in the order in which its items came.
fn retry_record(tx: &Connection, record: RecordId, by: &By, now_ms: i64) -> Result<Retried, StoreError> {
    let mut devices: Vec<(DeviceId, Vec<(EnvelopeId, u32)>)> = Vec::new();
    {
        let mut statement = tx.prepare_cached(OF_RECORD)?;
        let mut rows = statement.query([record.to_bytes()])?;
        while let Some(row) = rows.next()? {
            let item = (EnvelopeId::from_bytes(id16(row, 0)?), row.get(1)?);
            let device = DeviceId::from_bytes(id16(row, 2)?);
            match devices.iter_mut().find(|(known, _)| *known == device) {
                Some((_, items)) => items.push(item),
                None => devices.push((device, vec![item])),
            }
        }
    }
    let mut retried = Retried { record, accepted: 0, waiting: 0, quarantined: Vec::new() };
    for (_, items) in devices {
        let Some((first, _)) = items.first() else { continue };
        let author = author_of(tx, *first)?;
        for verdict in retry(tx, author, record, items, (by.clone(), now_ms))? {
            match verdict {
                ItemVerdict::Accepted | ItemVerdict::Duplicate => retried.accepted += 1,
                ItemVerdict::Waiting { .. } => retried.waiting += 1,
                ItemVerdict::Quarantined { reason } => retried.quarantined.push(reason),
            }
        }
    }
    Ok(retried)
}
