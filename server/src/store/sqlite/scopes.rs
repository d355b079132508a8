//! Scopes from accounts: the grants of a person, now and as they were.

use doorstep_protocol::UserId;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::rows::id16;
use crate::accounts::role::Role;
use crate::store::StoreError;
use crate::store::scope::{FormScope, Scope};

const USER: &str = "SELECT name, role, closed FROM user WHERE id = ?1";
const GRANTS: &str = "SELECT area, form FROM user_grant WHERE user = ?1 AND (expires_ms IS NULL OR expires_ms > ?2) \
     ORDER BY area, form";
const LATEST: &str =
    "SELECT version, grants FROM scope_version WHERE user = ?1 ORDER BY version DESC LIMIT 1";
const INSERT: &str = "INSERT INTO scope_version (user, version, grants) VALUES (?1, ?2, ?3)";
const BETWEEN: &str =
    "SELECT grants FROM scope_version WHERE user = ?1 AND version BETWEEN ?2 AND ?3 ORDER BY version";
const PATH: &str = "SELECT path FROM area WHERE code = ?1";

/// The grants of a person as one version of their scope keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Grants {
    role: String,
    areas: Vec<(String, Option<String>)>,
}

/// Writes down a new version of a person's scope when their grants or role are no longer those of the latest one.
/// To be called in every transaction that changes them.
pub(crate) fn scope_refresh(tx: &Connection, user: UserId, now_ms: i64) -> Result<i64, StoreError> {
    let (_, grants) = grants_now(tx, user, now_ms)?;
    let latest = latest(tx, user)?;
    let version = latest.as_ref().map_or(0, |(version, _)| *version);
    if latest.is_some_and(|(_, stored)| stored == grants) {
        return Ok(version);
    }
    tx.prepare_cached(INSERT)?.execute(params![user.to_bytes(), version + 1, json(&grants)?])?;
    Ok(version + 1)
}

/// The scope of a person now; `None` when their grants have changed since the last [`scope_refresh`] (one expired):
/// refresh first.
pub(crate) fn scope_now(conn: &Connection, user: UserId, now_ms: i64) -> Result<Option<Scope>, StoreError> {
    let (name, grants) = grants_now(conn, user, now_ms)?;
    match latest(conn, user)? {
        Some((version, stored)) if stored == grants => scope_of(conn, user, name, &grants, version).map(Some),
        _ => Ok(None),
    }
}

/// The scopes of a person from one version to another, both included.
pub(crate) fn scopes_between(
    conn: &Connection,
    user: UserId,
    first: i64,
    last: i64,
) -> Result<Vec<Scope>, StoreError> {
    let mut statement = conn.prepare_cached(BETWEEN)?;
    let stored = statement
        .query_map(params![user.to_bytes(), first, last], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    let mut scopes = Vec::with_capacity(stored.len());
    for text in stored {
        scopes.push(scope_of(conn, user, String::new(), &read(&text)?, 0)?);
    }
    Ok(scopes)
}

fn grants_now(conn: &Connection, user: UserId, now_ms: i64) -> Result<(String, Grants), StoreError> {
    let found: Option<(String, String, bool)> = conn
        .prepare_cached(USER)?
        .query_row([user.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (name, role, closed) = found.ok_or(StoreError::NotFound)?;
    let mut statement = conn.prepare_cached(GRANTS)?;
    let areas = if closed {
        Vec::new()
    } else {
        statement
            .query_map(params![user.to_bytes(), now_ms], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<_>, _>>()?
    };
    Ok((name, Grants { role, areas }))
}

fn latest(conn: &Connection, user: UserId) -> Result<Option<(i64, Grants)>, StoreError> {
    let found: Option<(i64, String)> = conn
        .prepare_cached(LATEST)?
        .query_row([user.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(version, text)| Ok((version, read(&text)?))).transpose()
}

fn scope_of(
    conn: &Connection,
    user: UserId,
    name: String,
    grants: &Grants,
    version: i64,
) -> Result<Scope, StoreError> {
    let role: Role = grants.role.parse().map_err(|_| StoreError::Damaged("a role that does not exist"))?;
    let mut paths = Vec::new();
    let mut forms = Vec::new();
    let mut all_forms = false;
    for (area, form) in &grants.areas {
        // An area that does not exist (yet) covers nothing.
        if let Some(path) = conn.prepare_cached(PATH)?.query_row([area], |row| row.get(0)).optional()? {
            paths.push(path);
        }
        match form {
            None => all_forms = true,
            Some(form) => forms.push(form.clone()),
        }
    }
    let forms = if all_forms { FormScope::All } else { FormScope::Only(forms) };
    Ok(Scope::new(Some(user), name, role, paths, forms, version))
}

fn json(grants: &Grants) -> Result<String, StoreError> {
    serde_json::to_string(grants).map_err(|_| StoreError::Damaged("grants that cannot be written"))
}

fn read(text: &str) -> Result<Grants, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Damaged("stored grants cannot be read"))
}

/// The account behind a device.
#[derive(Debug, Clone)]
pub(crate) struct DeviceRow {
    pub(crate) public_key: [u8; 32],
    pub(crate) user: UserId,
    pub(crate) user_name: String,
    pub(crate) role: String,
    pub(crate) closed: bool,
    /// Revoked, or its user's account was closed: it may only deliver, into quarantine, what it had signed.
    pub(crate) revoked: bool,
    pub(crate) watermark: i64,
    pub(crate) backed_up: i64,
}

/// Reads a device with its user.
pub(crate) fn device(
    conn: &Connection,
    id: doorstep_protocol::DeviceId,
) -> Result<Option<DeviceRow>, StoreError> {
    const DEVICE: &str = "SELECT device.public_key, user.id, user.name, user.role, user.closed, \
         device.revoked_ms IS NOT NULL OR user.closed, device.watermark, device.backed_up FROM device JOIN user ON user.id = device.user \
         WHERE device.id = ?1";
    let found = conn
        .prepare_cached(DEVICE)?
        .query_row([id.to_bytes()], |row| {
            Ok(DeviceRow {
                public_key: row.get(0)?,
                user: UserId::from_bytes(id16(row, 1)?),
                user_name: row.get(2)?,
                role: row.get(3)?,
                closed: row.get(4)?,
                revoked: row.get(5)?,
                watermark: row.get(6)?,
                backed_up: row.get(7)?,
            })
        })
        .optional()?;
    Ok(found)
}
