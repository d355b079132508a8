//! How states, decisions and object ids stand in columns.

use doorstep_protocol::ObjectId;
use rusqlite::Row;
use rusqlite::types::Type;

use crate::review::rule::Decision;
use crate::review::state::RecordState;
use crate::store::sqlite::rows::id16;

/// An object id.
pub(crate) fn object_id(row: &Row<'_>, column: usize) -> rusqlite::Result<ObjectId> {
    id16(row, column).map(ObjectId::from_bytes)
}

/// A state.
pub(crate) fn state_out(row: &Row<'_>, column: usize) -> rusqlite::Result<RecordState> {
    let name: String = row.get(column)?;
    RecordState::from_name(&name).ok_or_else(|| damaged(column))
}

/// A decision.
pub(crate) fn decision_out(row: &Row<'_>, column: usize) -> rusqlite::Result<Decision> {
    let name: String = row.get(column)?;
    Decision::from_name(&name).ok_or_else(|| damaged(column))
}

/// The error of a column that holds what was never written there.
pub(crate) fn damaged(column: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, "a value never written here".to_owned(), Type::Text)
}
