//! Sessions of people: opaque tokens, stored as digests, 30 minutes idle and 12 hours in all.

use doorstep_protocol::UserId;
use rusqlite::{Connection, OptionalExtension, params};

use super::{blob16, role_of};
use crate::accounts::model::{
    AccountError, SESSION_IDLE_MS, SESSION_LIFE_MS, SESSION_TOUCH_MS, SessionOwner,
};

const INSERT: &str = "INSERT INTO session (token_sha256, kind, user, device, begun_ms, seen_ms, expires_ms) \
     VALUES (?1, 'person', ?2, NULL, ?3, ?3, ?4)";
const FORGET_OLD: &str = "DELETE FROM session WHERE expires_ms <= ?1 OR (kind = 'person' AND seen_ms <= ?2)";
const OWNER: &str = "SELECT user.id, user.name, user.role, session.seen_ms FROM session \
     JOIN user ON user.id = session.user \
     WHERE session.token_sha256 = ?1 AND session.kind = 'person' AND session.expires_ms > ?2 \
       AND session.seen_ms > ?3 AND user.closed = 0";
const TOUCH: &str = "UPDATE session SET seen_ms = ?2 WHERE token_sha256 = ?1 AND seen_ms < ?2";
const END: &str = "DELETE FROM session WHERE token_sha256 = ?1 AND kind = 'person'";

/// Begins a session; forgets those that have ended.
pub(crate) fn session_begin(
    conn: &Connection,
    user: UserId,
    token: &[u8; 32],
    now_ms: i64,
) -> Result<(), AccountError> {
    conn.execute(FORGET_OLD, params![now_ms, now_ms - SESSION_IDLE_MS])?;
    conn.execute(INSERT, params![token, user.to_bytes(), now_ms, now_ms + SESSION_LIFE_MS])?;
    Ok(())
}

/// Who stands behind a token that is still good.
pub(crate) fn session_owner(
    conn: &Connection,
    token: &[u8; 32],
    now_ms: i64,
) -> Result<Option<SessionOwner>, AccountError> {
    let owner = conn
        .query_row(OWNER, params![token, now_ms, now_ms - SESSION_IDLE_MS], |row| {
            Ok(SessionOwner {
                user: UserId::from_bytes(blob16(row, 0)?),
                name: row.get(1)?,
                role: role_of(row, 2)?,
                touch: row.get::<_, i64>(3)? + SESSION_TOUCH_MS <= now_ms,
            })
        })
        .optional()?;
    Ok(owner)
}

/// Writes down that a session was used.
pub(crate) fn session_touch(conn: &Connection, token: &[u8; 32], now_ms: i64) -> Result<(), AccountError> {
    conn.execute(TOUCH, params![token, now_ms])?;
    Ok(())
}

/// Ends a session; ending it again changes nothing.
pub(crate) fn session_end(conn: &Connection, token: &[u8; 32]) -> Result<(), AccountError> {
    conn.execute(END, params![token])?;
    Ok(())
}
