//! Work given to people.

use doorstep_protocol::pull::Assignment;
use doorstep_protocol::{ObjectId, UserId};
use doorstep_records::RecordId;
use rusqlite::{Connection, params};

use super::StoreError;
use super::convert::bytes16;

/// Keeps work as the server tells it now.
pub(crate) fn put(connection: &Connection, work: &Assignment) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO assignment
 (id, form, subject, area, quantity, assignee, name, due, note, author, at_ms, open)
 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
 ON CONFLICT DO UPDATE SET area = excluded.area, assignee = excluded.assignee, name = excluded.name, due = excluded.due,
 note = excluded.note, open = excluded.open";
    connection.prepare_cached(SQL)?.execute(params![
        work.id.to_bytes().as_slice(),
        work.form,
        work.subject.map(|subject| subject.to_bytes().to_vec()),
        work.area,
        work.quantity,
        work.assignee.to_bytes().as_slice(),
        work.name,
        work.due,
        work.note,
        work.by,
        work.at_ms,
        work.open
    ])?;
    Ok(())
}

/// The open work of a person: what is due first comes first.
pub(crate) fn open_of(connection: &Connection, assignee: UserId) -> Result<Vec<Assignment>, StoreError> {
    const SQL: &str =
        "SELECT id, form, subject, area, quantity, name, due, note, author, at_ms FROM assignment
 WHERE assignee = ?1 AND open = 1 ORDER BY due IS NULL, due, at_ms, id";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([assignee.to_bytes().as_slice()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let subject: Option<Vec<u8>> = row.get(2)?;
        found.push(Assignment {
            id: ObjectId::from_bytes(bytes16(&row.get::<_, Vec<u8>>(0)?)?),
            form: row.get(1)?,
            subject: subject.map(|bytes| bytes16(&bytes)).transpose()?.map(RecordId::from_bytes),
            area: row.get(3)?,
            quantity: row.get(4)?,
            assignee,
            name: row.get(5)?,
            due: row.get(6)?,
            note: row.get(7)?,
            by: row.get(8)?,
            at_ms: row.get(9)?,
            open: true,
        });
    }
    Ok(found)
}
