//! The hello: a device that signs the server's challenge gets a session of one hour. Its token is stored as a digest.

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::hello::{HelloRequest, HelloResponse, Person, hello_is_signed};
use doorstep_protocol::{DeviceId, Epoch, ProblemKind, limits, version};
use rusqlite::{Connection, OptionalExtension, params};

use crate::accounts::secret::token_digest;
use crate::store::StoreError;
use crate::store::sqlite::rows::id16;
use crate::store::sqlite::scopes::{device, scope_refresh};
use crate::store::sync::DeviceSession;

/// Challenges remembered at the same time; the oldest go first. They are made for anybody who asks.
const CHALLENGES_MAX: i64 = 10_000;

const FORGET_CHALLENGES: &str = "DELETE FROM challenge WHERE expires_ms <= ?1 OR rowid <= \
     (SELECT coalesce(max(rowid), 0) FROM challenge) - ?2";
const INSERT_CHALLENGE: &str = "INSERT INTO challenge (nonce, device, expires_ms) VALUES (?1, ?2, ?3)";
const TAKE_CHALLENGE: &str = "DELETE FROM challenge WHERE nonce = ?1 AND device = ?2 RETURNING expires_ms";
/// Planted only.
const LOOK_AT_CHALLENGE: &str = "SELECT expires_ms FROM challenge WHERE nonce = ?1 AND device = ?2";
const FORGET_SESSIONS: &str = "DELETE FROM session WHERE kind = 'device' AND expires_ms <= ?1";
const INSERT_SESSION: &str = "INSERT INTO session (token_sha256, kind, user, device, begun_ms, seen_ms, expires_ms) \
     VALUES (?1, 'device', ?2, ?3, ?4, ?4, ?5)";
const SEEN: &str = "UPDATE device SET last_seen_ms = ?2 WHERE id = ?1";
const SESSION: &str =
    "SELECT device FROM session WHERE token_sha256 = ?1 AND kind = 'device' AND expires_ms > ?2";

/// Remembers a challenge, for known and unknown devices alike.
pub(crate) fn challenge(
    tx: &Connection,
    device: DeviceId,
    nonce: &[u8; 32],
    now_ms: i64,
) -> Result<(), StoreError> {
    tx.execute(FORGET_CHALLENGES, params![now_ms, CHALLENGES_MAX])?;
    let expires_ms = now_ms + i64::from(limits::CHALLENGE_SECONDS) * 1_000;
    tx.execute(INSERT_CHALLENGE, params![nonce, device.to_bytes(), expires_ms])?;
    Ok(())
}

/// Checks the answer to a challenge and begins a session. A revoked device and that of a closed account get one too: they
/// may still deliver what they had signed, and are refused everything else.
pub(crate) fn hello(
    tx: &Connection,
    epoch: Epoch,
    request: &HelloRequest,
    token: &str,
    now_ms: i64,
) -> Result<HelloResponse, StoreError> {
    let refused = || StoreError::refused(ProblemKind::SignInRequired);
    let protocol = version::negotiate(&request.protocols)
        .ok_or_else(|| StoreError::refused(ProblemKind::ProtocolUnsupported))?;
    let nonce: [u8; 32] = request.nonce.into_array();
    let take = if planted(Plant::ChallengeReused) { LOOK_AT_CHALLENGE } else { TAKE_CHALLENGE };
    let expires_ms: Option<i64> =
        tx.query_row(take, params![nonce, request.device.to_bytes()], |row| row.get(0)).optional()?;
    if expires_ms.is_none_or(|expires_ms| expires_ms <= now_ms) {
        return Err(refused());
    }
    let row = device(tx, request.device)?.ok_or_else(refused)?;
    if !hello_is_signed(request, &row.public_key) {
        return Err(refused());
    }
    let digest = token_digest(token).ok_or(StoreError::Damaged("a token that is none"))?;
    let ends_ms = now_ms + i64::from(limits::SESSION_SECONDS) * 1_000;
    tx.execute(FORGET_SESSIONS, [now_ms])?;
    tx.execute(
        INSERT_SESSION,
        params![digest, row.user.to_bytes(), request.device.to_bytes(), now_ms, ends_ms],
    )?;
    tx.execute(SEEN, params![request.device.to_bytes(), now_ms])?;
    scope_refresh(tx, row.user, now_ms)?;
    Ok(HelloResponse {
        token: token.to_owned(),
        token_seconds: limits::SESSION_SECONDS,
        protocol,
        epoch,
        watermark: row.watermark.unsigned_abs(),
        backed_up: row.backed_up.unsigned_abs(),
        server_now_ms: now_ms,
        user: Person { id: row.user, name: row.user_name, role: row.role },
        bundle_key: None,
    })
}

/// The device behind a token.
pub(crate) fn session(conn: &Connection, token: &str, now_ms: i64) -> Result<DeviceSession, StoreError> {
    let refused = || StoreError::refused(ProblemKind::SignInRequired);
    let digest = token_digest(token).ok_or_else(refused)?;
    let device: Option<[u8; 16]> =
        conn.prepare_cached(SESSION)?.query_row(params![digest, now_ms], |row| id16(row, 0)).optional()?;
    Ok(DeviceSession { device: DeviceId::from_bytes(device.ok_or_else(refused)?) })
}
