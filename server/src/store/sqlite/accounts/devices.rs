//! Phones: invitations, the list, revocation.

use doorstep_protocol::{DeviceId, UserId, limits};
use rusqlite::{Connection, OptionalExtension, params};

use super::users::{grants, user_managed};
use super::{blob16, inside};
use crate::accounts::model::{AccountError, DeviceView};
use crate::store::Scope;

const FORGET_OLD: &str = "DELETE FROM enrolment WHERE expires_ms <= ?1 - 86400000";
const INSERT_CODE: &str =
    "INSERT INTO enrolment (code_sha256, user, expires_ms, used_ms) VALUES (?1, ?2, ?3, NULL)";
const LIST: &str = "SELECT device.id, user.id, user.name, device.name, device.enrolled_ms, \
     device.last_seen_ms, device.revoked_ms FROM device JOIN user ON user.id = device.user \
     ORDER BY user.name, device.enrolled_ms, device.id";
const OWNER: &str = "SELECT user.name FROM device JOIN user ON user.id = device.user WHERE device.id = ?1";
const REVOKE: &str = "UPDATE device SET revoked_ms = ?2 WHERE id = ?1 AND revoked_ms IS NULL";
const END_SESSIONS: &str = "DELETE FROM session WHERE device = ?1";

/// Stores a one-time code (its digest) for an account the caller may manage; gives the time it ends.
pub(crate) fn device_invite(
    conn: &Connection,
    scope: &Scope,
    user: &str,
    code: &[u8; 32],
    now_ms: i64,
) -> Result<i64, AccountError> {
    let (id, _) = user_managed(conn, scope, user)?;
    let expires_ms = now_ms + i64::from(limits::ENROLMENT_SECONDS) * 1_000;
    conn.execute(FORGET_OLD, [now_ms])?;
    conn.execute(INSERT_CODE, params![code, id.to_bytes(), expires_ms])?;
    Ok(expires_ms)
}

/// Phones of people inside the caller's scope.
pub(crate) fn device_list(conn: &Connection, scope: &Scope) -> Result<Vec<DeviceView>, AccountError> {
    let mut statement = conn.prepare_cached(LIST)?;
    let devices = statement
        .query_map([], |row| {
            let view = DeviceView {
                id: DeviceId::from_bytes(blob16(row, 0)?),
                user: row.get(2)?,
                name: row.get(3)?,
                enrolled_ms: row.get(4)?,
                last_seen_ms: row.get(5)?,
                revoked_ms: row.get(6)?,
            };
            Ok((UserId::from_bytes(blob16(row, 1)?), view))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let mut seen = Vec::new();
    for (owner, device) in devices {
        if grants(conn, owner)?.iter().any(|(_, path)| inside(scope, path.as_deref())) {
            seen.push(device);
        }
    }
    Ok(seen)
}

/// Revokes a phone of an account the caller may manage; it holds from the next request. Again changes nothing.
pub(crate) fn device_revoke(
    conn: &Connection,
    scope: &Scope,
    device: DeviceId,
    now_ms: i64,
) -> Result<(), AccountError> {
    let owner: String = conn
        .query_row(OWNER, [device.to_bytes()], |row| row.get(0))
        .optional()?
        .ok_or(AccountError::NotFound)?;
    user_managed(conn, scope, &owner)?;
    conn.execute(REVOKE, params![device.to_bytes(), now_ms])?;
    conn.execute(END_SESSIONS, [device.to_bytes()])?;
    Ok(())
}
