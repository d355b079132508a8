//! What a backup asks of the database: a copy as of one moment, the note that phones need not keep what it holds, and
//! another life begun from one.

use std::collections::HashMap;
use std::path::Path;

use doorstep_protocol::{DeviceId, Epoch, ProblemKind};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::rows::id16;
use super::{SqliteStore, migrate};
use crate::source::Entropy;
use crate::store::StoreError;

const HEAD: &str = "SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1";
const EPOCH: &str = "SELECT value FROM meta WHERE key = 'epoch'";
const FIRST_AFTER: &str = "SELECT device, min(number) FROM envelope WHERE seq > ?1 GROUP BY device";
const LAST: &str =
    "SELECT id, (SELECT max(number) FROM envelope WHERE envelope.device = device.id) FROM device";
const RAISE: &str = "UPDATE device SET backed_up = ?2 WHERE id = ?1 AND backed_up < ?2";
const LOWER: &str = "UPDATE device SET backed_up = ?2 WHERE id = ?1 AND backed_up > ?2";
const SET_META: &str = "UPDATE meta SET value = ?2 WHERE key = ?1";

impl SqliteStore {
    /// Copies the database as it stands at one moment into an empty file. Writers go on meanwhile, of this process and of
    /// others.
    pub(crate) fn snapshot_into(&self, file: &Path) -> Result<(), StoreError> {
        let target = file.to_str().ok_or(StoreError::Damaged("the path of a backup that is not UTF-8"))?;
        let conn = Connection::open_with_flags(
            self.inner.pool.file(),
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        conn.busy_timeout(super::BUSY_TIMEOUT)?;
        conn.execute("VACUUM INTO ?1", [target])?;
        Ok(())
    }

    /// Notes that the first `rows` rows of the log are in a backup.
    pub(crate) fn note_backed_up(&self, rows: u64) -> Result<(), StoreError> {
        let seq = i64::try_from(rows).unwrap_or(i64::MAX);
        self.write(move |tx| note(tx, seq))
    }
}

/// Raises each device's mark.
///
/// The mark promises: every envelope of this key that is in the log and has a number up to it is in a backup. Numbers may
/// repeat (a phone restored from an old copy), so the mark stays below the lowest number that came after the backup.
fn note(tx: &Connection, seq: i64) -> Result<(), StoreError> {
    let mut later: HashMap<[u8; 16], i64> = HashMap::new();
    let mut statement = tx.prepare(FIRST_AFTER)?;
    let mut rows = statement.query([seq])?;
    while let Some(row) = rows.next()? {
        later.insert(id16(row, 0)?, row.get(1)?);
    }
    let mut statement = tx.prepare(LAST)?;
    let devices = statement
        .query_map([], |row| Ok((id16(row, 0)?, row.get::<_, Option<i64>>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    for (device, last) in devices {
        let last = last.unwrap_or(0);
        let mark = later.get(&device).map_or(last, |first| last.min(first - 1));
        tx.execute(RAISE, params![device, mark])?;
    }
    Ok(())
}

/// An envelope of this number was recorded: no backup holds it yet.
pub(crate) fn recorded_since(tx: &Connection, device: DeviceId, number: u64) -> Result<(), StoreError> {
    let mark = i64::try_from(number).unwrap_or(i64::MAX).saturating_sub(1);
    tx.prepare_cached(LOWER)?.execute(params![device.to_bytes(), mark])?;
    Ok(())
}

/// Rows of the log, and the hash of the last one.
pub(crate) fn log_head(conn: &Connection) -> Result<(u64, Vec<u8>), StoreError> {
    let head: Option<(i64, Vec<u8>)> =
        conn.query_row(HEAD, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(head.map_or((0, Vec::new()), |(seq, hash)| (seq.unsigned_abs(), hash)))
}

/// The life a database is of.
pub(crate) fn epoch(conn: &Connection) -> Result<Epoch, StoreError> {
    Ok(Epoch::from_bytes(conn.query_row(EPOCH, [], |row| id16(row, 0))?))
}

/// The version of database this program writes.
pub(crate) fn schema_version() -> u32 {
    migrate::version()
}

/// Makes a database copied from a backup another life of its server.
pub(crate) fn begin_new_life(file: &Path, entropy: &dyn Entropy, now_ms: i64) -> Result<Epoch, StoreError> {
    let mut random = [0; 10];
    let mut install = [0; 16];
    let fill =
        |bytes: &mut [u8]| entropy.fill(bytes).map_err(|_| StoreError::refused(ProblemKind::Unavailable));
    fill(&mut random)?;
    fill(&mut install)?;
    let epoch = Epoch::mint(u64::try_from(now_ms).unwrap_or_default(), random);
    let mut conn = Connection::open(file)?;
    super::durable(&conn)?;
    let tx = conn.transaction()?;
    tx.execute(SET_META, params!["epoch", epoch.to_bytes()])?;
    // What the server wrote after the backup is on phones under its old actors: their numbers must not come again.
    tx.execute(SET_META, params!["install", install])?;
    tx.execute_batch(
        "DELETE FROM session; DELETE FROM challenge; DELETE FROM enrolment WHERE used_ms IS NULL; \
         UPDATE device SET backed_up = 0;",
    )?;
    tx.commit()?;
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(epoch)
}
