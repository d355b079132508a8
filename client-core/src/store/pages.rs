//! What a pulled page brings, written together with its cursor.

use doorstep_protocol::pull::{Page, PageItem};
use doorstep_records::{RecordId, gate};
use rusqlite::{Connection, OptionalExtension};

use super::people::{Comment, Review};
use super::{StoreError, assignments, documents, lost, meta, outbox, people, records};

/// Writes a page and its cursor; call it inside one transaction.
pub(crate) fn apply(connection: &Connection, page: &Page, now_ms: i64) -> Result<(), StoreError> {
    for item in &page.items {
        apply_item(connection, item, now_ms)?;
    }
    meta::set(connection, meta::name::CURSOR, page.cursor.as_slice())
}

fn apply_item(connection: &Connection, item: &PageItem, now_ms: i64) -> Result<(), StoreError> {
    match item {
        PageItem::Snapshot { record, row, heads, document } => {
            records::upsert(connection, *record, row, now_ms)?;
            match lost::settle(connection, *record, (document, heads), now_ms)? {
                true => Ok(()),
                false => documents::receive_document(connection, *record, document, heads),
            }
        }
        PageItem::Changes { record, row, changes } => {
            if let Some(row) = row {
                records::upsert(connection, *record, row, now_ms)?;
            }
            let has_own = has_own_changes(connection, *record)?;
            changes.iter().try_for_each(|change| receive(connection, *record, change, has_own, now_ms))
        }
        PageItem::Row { record, row } => records::upsert(connection, *record, row, now_ms),
        PageItem::Left { record } => records::leave(connection, *record),
        PageItem::Actors { bindings } => {
            bindings.iter().try_for_each(|binding| people::bind(connection, binding))
        }
        PageItem::Form { form, version, package, closed, test } => {
            people::put_form(connection, (form, *version), package, *closed, *test)
        }
        PageItem::Area { area } => people::put_area(connection, area),
        PageItem::Review { id, record, heads, decision, by, at_ms, note } => {
            let review = Review {
                heads: heads.clone(),
                decision: decision.clone(),
                by: by.clone(),
                at_ms: *at_ms,
                note: note.clone(),
            };
            people::put_review(connection, *id, *record, &review)
        }
        PageItem::Comment { id, record, heads, path, by, text, at_ms } => {
            let comment = Comment {
                heads: heads.clone(),
                path: path.clone(),
                by: by.clone(),
                text: text.clone(),
                at_ms: *at_ms,
            };
            people::put_comment(connection, *id, *record, &comment)
        }
        PageItem::Assignment { assignment } => assignments::put(connection, assignment),
        PageItem::Alias { record, canonical } => records::set_canonical(connection, *record, *canonical),
    }
}

fn has_own_changes(connection: &Connection, record: RecordId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM own_change WHERE record = ?1 LIMIT 1";
    let found =
        connection.prepare_cached(SQL)?.query_row([record.to_bytes().as_slice()], |_| Ok(())).optional()?;
    Ok(found.is_some())
}

/// A change of ours that comes back was accepted and is here already; every other one is kept.
fn receive(
    connection: &Connection,
    record: RecordId,
    change: &[u8],
    has_own: bool,
    now_ms: i64,
) -> Result<(), StoreError> {
    if has_own {
        match gate::inspect(change) {
            Ok(facts) if outbox::seen_accepted(connection, facts.hash)? => return Ok(()),
            Ok(_) => {}
            Err(error) => {
                return documents::set_aside(connection, record, "change", error.kind(), change, now_ms);
            }
        }
    }
    documents::receive_change(connection, record, change)
}
