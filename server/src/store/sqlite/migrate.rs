//! The schema, forward only: each step is one file, applied once in one transaction. A step that was released is never
//! edited; a change is a new file that first expands and later contracts.

use doorstep_protocol::Epoch;
use rusqlite::{Connection, OptionalExtension};

use crate::source::Entropy;
use crate::store::StoreError;

/// The steps, in order.
const STEPS: &[&str] = &[
    include_str!("schema/0001.sql"),
    include_str!("schema/0002.sql"),
    include_str!("schema/0003.sql"),
    include_str!("schema/0004.sql"),
    include_str!("schema/0005.sql"),
    include_str!("schema/0006.sql"),
    include_str!("schema/0007.sql"),
    include_str!("schema/0008.sql"),
    include_str!("schema/0009.sql"),
    include_str!("schema/0010.sql"),
    include_str!("schema/0011.sql"),
    include_str!("schema/0012.sql"),
    include_str!("schema/0013.sql"),
];

/// The version of this build.
pub(super) fn version() -> u32 {
    STEPS.len() as u32
}

/// Brings the schema to this build's version, in one transaction.
pub(super) fn migrate(conn: &Connection, entropy: &dyn Entropy, now_ms: i64) -> Result<(), StoreError> {
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let done = step(conn, entropy, now_ms);
    conn.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}

fn step(conn: &Connection, entropy: &dyn Entropy, now_ms: i64) -> Result<(), StoreError> {
    let version: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let version = version as usize;
    if version > STEPS.len() {
        return Err(StoreError::Damaged("the data folder is from a newer version of this program"));
    }
    for step in &STEPS[version..] {
        conn.execute_batch(step)?;
    }
    if (1..STEPS.len()).contains(&version) {
        // What is derived gets what is new in it from the log, as after any other change of what is derived.
        super::operations::rebuild(conn)?;
    }
    // Said only when it changes: every command opens the store, and most of them only read.
    if version != STEPS.len() {
        conn.pragma_update(None, "user_version", STEPS.len() as u32)?;
    }
    let born: Option<Vec<u8>> =
        conn.query_row("SELECT value FROM meta WHERE key = 'epoch'", [], |row| row.get(0)).optional()?;
    if born.is_none() {
        birth(conn, entropy, now_ms)?;
    }
    Ok(())
}

/// What a new server is given once: its epoch, its install id, the key it signs with, the secret that seals cursors.
fn birth(conn: &Connection, entropy: &dyn Entropy, now_ms: i64) -> Result<(), StoreError> {
    let mut random = [0; 10];
    fill(entropy, &mut random)?;
    let epoch = Epoch::mint(u64::try_from(now_ms).unwrap_or_default(), random);
    put(conn, "epoch", &epoch.to_bytes())?;
    for (key, length) in [("install", 16), ("signing_key", 32), ("cursor_secret", 32)] {
        let mut bytes = vec![0; length];
        fill(entropy, &mut bytes)?;
        put(conn, key, &bytes)?;
    }
    put(conn, "rebuilt", &0_i64.to_be_bytes())?;
    put(conn, "row_seq", &0_i64.to_be_bytes())
}

fn fill(entropy: &dyn Entropy, bytes: &mut [u8]) -> Result<(), StoreError> {
    entropy.fill(bytes).map_err(|_| StoreError::refused(doorstep_protocol::ProblemKind::Unavailable))
}

fn put(conn: &Connection, key: &str, value: &[u8]) -> Result<(), StoreError> {
    conn.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", rusqlite::params![key, value])?;
    Ok(())
}
