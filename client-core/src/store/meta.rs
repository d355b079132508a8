//! Single values of a store, each under its name.

use rusqlite::types::{FromSql, ToSql};
use rusqlite::{Connection, OptionalExtension};

use super::StoreError;

/// The names in use.
pub(crate) mod name {
    /// Seed of the device's Ed25519 key, 32 bytes.
    pub(crate) const SEED: &str = "device_seed";
    /// Address of the server.
    pub(crate) const URL: &str = "server_url";
    /// Whose device it is: account id, 16 bytes.
    pub(crate) const USER: &str = "user";
    /// Whose device it is: name.
    pub(crate) const USER_NAME: &str = "user_name";
    /// Whose device it is: role.
    pub(crate) const USER_ROLE: &str = "user_role";
    /// The server's life as last seen, 16 bytes.
    pub(crate) const EPOCH: &str = "epoch";
    /// The sealed cursor of the last page kept.
    pub(crate) const CURSOR: &str = "cursor";
    /// The server's key that bundles are sealed to, 32 bytes.
    pub(crate) const BUNDLE_KEY: &str = "bundle_key";
    /// Session token.
    pub(crate) const TOKEN: &str = "token";
    /// When the token ends, device clock.
    pub(crate) const TOKEN_UNTIL_MS: &str = "token_until_ms";
    /// Envelopes 1..=n are in the server's log.
    pub(crate) const WATERMARK: &str = "watermark";
    /// The highest envelope number given here.
    pub(crate) const LAST_NUMBER: &str = "last_number";
    /// `revoked` or `update`: why the server does not talk to this device.
    pub(crate) const BLOCKED: &str = "blocked";
    /// Server clock minus device clock, milliseconds.
    pub(crate) const OFFSET_MS: &str = "clock_offset_ms";
    /// When the last sync came through, device clock.
    pub(crate) const SYNCED_MS: &str = "synced_ms";
}

/// Reads a value.
pub(crate) fn get<T: FromSql>(connection: &Connection, name: &str) -> Result<Option<T>, StoreError> {
    const SQL: &str = "SELECT value FROM meta WHERE name = ?1";
    Ok(connection.prepare_cached(SQL)?.query_row([name], |row| row.get(0)).optional()?)
}

/// Writes a value.
pub(crate) fn set(connection: &Connection, name: &str, value: impl ToSql) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value";
    connection.prepare_cached(SQL)?.execute(rusqlite::params![name, value])?;
    Ok(())
}

/// Removes a value.
pub(crate) fn clear(connection: &Connection, name: &str) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM meta WHERE name = ?1")?.execute([name])?;
    Ok(())
}

/// Raises a mark; it never falls.
pub(crate) fn raise(connection: &Connection, name: &str, mark: u64) -> Result<(), StoreError> {
    let mark = i64::try_from(mark).unwrap_or(i64::MAX);
    if mark > get::<i64>(connection, name)?.unwrap_or(0) {
        set(connection, name, mark)?;
    }
    Ok(())
}
