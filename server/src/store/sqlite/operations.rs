//! Health, rebuild, verification of the log.

use doorstep_plant::{Plant, is as planted};
use rusqlite::{Connection, OptionalExtension};

use super::SqliteStore;
use crate::log::{self, LogEntry, Prepared};
use crate::store::StoreError;
use crate::store::operations::{Health, Operations};

/// Every table that `rebuild` empties, in any order. Accounts and the log stay.
pub(crate) const DERIVED: &[&str] = &[
    "envelope",
    "released",
    "area",
    "area_succession",
    "area_past",
    "form_version",
    "form_trial",
    "form_trial_device",
    "record",
    "document",
    "record_change",
    "actor",
    "waiting",
    "quarantine",
    "submission",
    "review",
    "comment",
    "waiver",
    "flag",
    "person_key",
    "person",
    "person_meant",
    "duplicate",
    "dataset",
    "assignment",
    "assignment_holder",
    "sample",
    "sample_stratum",
    "sample_unit",
    "stood",
    "past",
    "status_move",
    "attachment_ref",
    "member_move",
    "carried",
    "told",
    "feed",
];

/// How often everything derived was made anew. The log is not told: it is a fact of this data folder.
const REBUILT: &str = "SELECT value FROM meta WHERE key = 'rebuilt'";
const SET_REBUILT: &str = "INSERT INTO meta (key, value) VALUES ('rebuilt', ?1) \
     ON CONFLICT (key) DO UPDATE SET value = excluded.value";
const ENTRIES: &str = "SELECT seq, at_ms FROM log WHERE seq > ?1 ORDER BY seq LIMIT 1";

impl Operations for SqliteStore {
    fn health(&self) -> Result<Health, StoreError> {
        if self.has_failed() {
            return Err(StoreError::Failed);
        }
        self.read(|conn| {
            let count = |sql: &str| -> Result<u64, StoreError> {
                let counted: i64 = conn.query_row(sql, [], |row| row.get(0))?;
                Ok(counted.unsigned_abs())
            };
            Ok(Health {
                log_rows: count("SELECT coalesce(max(seq), 0) FROM log")?,
                records: count("SELECT coalesce(max(num), 0) FROM record")?,
                dirty: count("SELECT count(*) FROM record WHERE dirty = 1")?,
            })
        })
    }

    fn rebuild(&self) -> Result<u64, StoreError> {
        self.write(rebuild)
    }

    fn log_check(&self) -> Result<(u64, Option<u64>), StoreError> {
        self.read(log::check)
    }

    fn log_verify(&self) -> Result<u64, StoreError> {
        self.read(log::verify)
    }
}

/// How often everything derived was made anew, by whichever program: what was judged before the last time was judged beside
/// rows that are gone.
pub(super) fn rebuilt(conn: &Connection) -> Result<i64, StoreError> {
    let known: Option<[u8; 8]> = conn.prepare_cached(REBUILT)?.query_row([], |row| row.get(0)).optional()?;
    Ok(known.map_or(0, i64::from_be_bytes))
}

pub(super) fn rebuild(tx: &Connection) -> Result<u64, StoreError> {
    tx.execute(SET_REBUILT, [(rebuilt(tx)? + 1).to_be_bytes()])?;
    for table in DERIVED {
        tx.execute(&format!("DELETE FROM {table}"), [])?;
    }
    let mut replayed = 0;
    let mut after = 0_i64;
    loop {
        let next: Option<(i64, i64)> = {
            let mut statement = tx.prepare_cached(ENTRIES)?;
            let mut rows = statement.query([after])?;
            match rows.next()? {
                Some(row) => Some((row.get(0)?, row.get(1)?)),
                None => None,
            }
        };
        let Some((seq, at_ms)) = next else { return Ok(replayed) };
        let entry = log::payload(tx, seq)?;
        let passed_over = match &entry {
            LogEntry::Released(_) => planted(Plant::RebuildSkipsReleased),
            LogEntry::Merged { .. } => planted(Plant::RebuildSkipsMerges),
            _ => false,
        };
        if !passed_over {
            log::apply(tx, seq, at_ms, &entry, &Prepared::default())?;
        }
        (after, replayed) = (seq, replayed + 1);
    }
}
