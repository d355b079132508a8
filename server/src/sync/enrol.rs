//! Enrolment: a one-time code binds a device key to the person it was made for.

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::hello::{EnrolRequest, EnrolResponse, Person};
use doorstep_protocol::{DeviceId, Epoch, ProblemKind, UserId};
use ed25519_dalek::VerifyingKey;
use rusqlite::{Connection, OptionalExtension, params};

use crate::accounts::secret::code_digest;
use crate::language::Said;
use crate::store::StoreError;
use crate::store::sqlite::rows::id16;
use crate::store::sqlite::scopes::{device, scope_refresh};

/// Characters of a device's own name.
pub(crate) const DEVICE_NAME_CHARS_MAX: usize = 64;

const CODE: &str = "SELECT user, used_ms, device FROM enrolment WHERE code_sha256 = ?1 AND expires_ms > ?2";
const USE_CODE: &str = "UPDATE enrolment SET used_ms = ?2, device = ?3 WHERE code_sha256 = ?1";
const INSERT: &str =
    "INSERT INTO device (id, public_key, user, name, enrolled_ms, watermark) VALUES (?1, ?2, ?3, ?4, ?5, 0)";

/// Uses up a code. Unknown, used and old codes look alike; the same key with the same code again is answered again, so
/// that a lost answer does not cost the code.
pub(crate) fn enrol(
    tx: &Connection,
    epoch: Epoch,
    request: &EnrolRequest,
    now_ms: i64,
) -> Result<EnrolResponse, StoreError> {
    let unusable = || StoreError::refused(ProblemKind::CodeUnusable);
    let code = code_digest(&request.code).ok_or_else(unusable)?;
    let key: [u8; 32] = request.public_key.into_array();
    let good_key = VerifyingKey::from_bytes(&key).is_ok_and(|key| !key.is_weak());
    if !good_key {
        return Err(StoreError::refused(ProblemKind::BadRequest));
    }
    let id = DeviceId::of_key(&key);
    type Code = ([u8; 16], Option<i64>, Option<[u8; 16]>);
    let found: Option<Code> = tx
        .query_row(CODE, params![code, now_ms], |row| Ok((id16(row, 0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (user, used_ms, used_by) = found.ok_or_else(unusable)?;
    let used_ms = used_ms.filter(|_| !planted(Plant::CodeReused));
    if used_ms.is_some() && used_by != Some(id.to_bytes()) {
        return Err(unusable());
    }
    if used_ms.is_none() {
        if device(tx, id)?.is_some() {
            // A key is a device of one person for ever.
            return Err(unusable());
        }
        if let Some(person) = &request.person {
            is_for(tx, &user, person)?;
        }
        let name: String =
            request.name.chars().filter(|c| !c.is_control()).take(DEVICE_NAME_CHARS_MAX).collect();
        tx.execute(USE_CODE, params![code, now_ms, id.to_bytes()])?;
        tx.execute(INSERT, params![id.to_bytes(), key, user, name.trim(), now_ms])?;
        scope_refresh(tx, UserId::from_bytes(user), now_ms)?;
    }
    let row = device(tx, id)?.filter(|row| !row.closed).ok_or_else(unusable)?;
    let user = Person { id: row.user, name: row.user_name, role: row.role };
    Ok(EnrolResponse { device: id, user, epoch, bundle_key: None })
}

/// A device with somebody's work on it is enrolled again for that person only: work keeps its author.
fn is_for(tx: &Connection, user: &[u8; 16], person: &str) -> Result<(), StoreError> {
    const NAME: &str = "SELECT name = ?2 FROM user WHERE id = ?1";
    let same: Option<bool> = tx.query_row(NAME, params![user, person], |row| row.get(0)).optional()?;
    if same == Some(true) {
        return Ok(());
    }
    let said = Said::new(
        format!("This phone holds the work of {person}; the code is for somebody else."),
        format!("本设备上有 {person} 的数据，而登记码属于他人。"),
    );
    Err(StoreError::Refused(ProblemKind::Conflict, Some(said)))
}
