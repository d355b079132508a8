//! Applying a log entry to the derived tables: one file per kind of entry.
//!
//! Invariant: what an entry does depends on the tables and the entry alone. Checks belong before the entry is written;
//! an entry in the log is applied whatever today's rules say.

mod area_applied;
mod areas_imported;
mod areas_succeeded;
mod assigned;
mod commented;
mod duplicate_dismissed;
mod edit_carried;
mod envelope;
mod form_opened;
mod form_published;
mod form_tested;
mod items;
mod members_moved;
mod merged;
mod moved;
mod prepared;
mod released;
pub(crate) mod retried;
mod reviewed;
mod sampled;
mod told;

use rusqlite::{Connection, OptionalExtension, params};

use super::LogEntry;
use crate::store::StoreError;
pub(crate) use prepared::{Prepared, PreparedChange, PreparedDocument};

/// Applies the entry at `seq`, written at `at_ms`.
pub(crate) fn apply(
    tx: &Connection,
    seq: i64,
    at_ms: i64,
    entry: &LogEntry,
    prepared: &Prepared,
) -> Result<(), StoreError> {
    told::before(tx, seq, at_ms, entry)?;
    match entry {
        LogEntry::Envelope(entry) => envelope::apply(tx, seq, at_ms, entry, prepared),
        LogEntry::Released(entry) => released::apply(tx, seq, at_ms, entry, prepared),
        LogEntry::Retried(entry) => retried::apply(tx, seq, entry),
        LogEntry::FormPublished { package, by } => form_published::apply(tx, at_ms, package, by),
        LogEntry::AreasImported { areas, .. } => areas_imported::apply(tx, at_ms, areas),
        LogEntry::AreasSucceeded { successions, on, .. } => {
            areas_succeeded::apply(tx, seq, at_ms, successions, on)
        }
        LogEntry::Reviewed(entry) => reviewed::apply(tx, seq, at_ms, entry),
        LogEntry::Merged { canonical, alias, .. } => merged::apply(tx, seq, *alias, Some(*canonical)),
        LogEntry::Unmerged { alias, .. } => merged::apply(tx, seq, *alias, None),
        LogEntry::DuplicateDismissed { a, b, .. } => duplicate_dismissed::apply(tx, seq, *a, *b),
        LogEntry::Commented { record, heads, comment, by } => {
            commented::apply(tx, seq, at_ms, *record, heads, comment, by)
        }
        LogEntry::AreaApplied { record, area, .. } => area_applied::apply(tx, seq, *record, area),
        LogEntry::Assigned { assignments, by } => assigned::given(tx, at_ms, assignments, by),
        LogEntry::AssignmentsMoved { assignments, assignee, name, .. } => {
            assigned::moved(tx, assignments, *assignee, name)
        }
        LogEntry::AssignmentsClosed { assignments, reason, .. } => assigned::closed(tx, assignments, reason),
        LogEntry::FormTested { package, devices, by } => form_tested::apply(tx, at_ms, package, devices, by),
        LogEntry::FormOpened { form, version, open, .. } => {
            form_opened::apply(tx, at_ms, form, *version, *open)
        }
        LogEntry::Moved(entry) => moved::apply(tx, seq, at_ms, entry),
        LogEntry::SampleDrawn(entry) => sampled::drawn(tx, at_ms, entry),
        LogEntry::SampleReplaced(entry) => sampled::replaced(tx, at_ms, entry),
        LogEntry::MembersMoved(entry) => members_moved::apply(tx, seq, entry),
        LogEntry::EditCarried(entry) => edit_carried::apply(tx, entry),
    }
}

/// The row of a record that the log says exists.
pub(super) fn record_num(tx: &Connection, id: doorstep_records::RecordId) -> Result<i64, StoreError> {
    tx.prepare_cached("SELECT num FROM record WHERE id = ?1")?
        .query_row([id.to_bytes()], |row| row.get(0))
        .optional()?
        .ok_or(StoreError::Damaged("an entry of the log names a record that does not exist"))
}

/// Marks a record, and the one it is another name of, as touched by the log row `seq`: it is to be reconciled.
pub(super) fn touch(tx: &Connection, record: i64, seq: i64) -> Result<(), StoreError> {
    const TOUCH: &str = "UPDATE record SET changed_seq = ?2, dirty = 1 WHERE num = ?1";
    const TOUCH_CANONICAL: &str =
        "UPDATE record SET dirty = 1 WHERE id = (SELECT alias_of FROM record WHERE num = ?1)";
    tx.prepare_cached(TOUCH)?.execute(params![record, seq])?;
    tx.prepare_cached(TOUCH_CANONICAL)?.execute([record])?;
    Ok(())
}
