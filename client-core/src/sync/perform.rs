//! What the engine's transactions do to the store.

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::Epoch;
use ed25519_dalek::SigningKey;
use rusqlite::Connection;

use super::event::{Situation, Write};
use crate::store::convert::bytes16;
use crate::store::meta::{self, name};
use crate::store::outbox;
use crate::store::{StoreError, pages, people, records};

/// Reads what the engine's next move depends on.
pub(crate) fn situation(connection: &Connection) -> Result<Situation, StoreError> {
    let token: Option<String> = meta::get(connection, name::TOKEN)?;
    let until_ms: Option<i64> = meta::get(connection, name::TOKEN_UNTIL_MS)?;
    Ok(Situation {
        cursor: meta::get(connection, name::CURSOR)?,
        epoch: epoch(connection)?,
        token: token.zip(until_ms),
        has_work: outbox::has_work(connection)?,
        has_forks: !outbox::forked_records(connection)?.is_empty(),
    })
}

fn epoch(connection: &Connection) -> Result<Option<Epoch>, StoreError> {
    let bytes: Option<Vec<u8>> = meta::get(connection, name::EPOCH)?;
    bytes.map(|bytes| bytes16(&bytes).map(Epoch::from_bytes)).transpose()
}

/// Does one transaction's work; call it inside one transaction.
pub(crate) fn write(connection: &Connection, write: &Write, now_ms: i64) -> Result<(), StoreError> {
    match write {
        Write::Session { token, until_ms, epoch, watermark, backed_up, offset_ms, user } => {
            meta::set(connection, name::TOKEN, token)?;
            meta::set(connection, name::TOKEN_UNTIL_MS, until_ms)?;
            meta::set(connection, name::OFFSET_MS, offset_ms)?;
            meta::set(connection, name::USER, user.id.to_bytes().as_slice())?;
            meta::set(connection, name::USER_NAME, &user.name)?;
            meta::set(connection, name::USER_ROLE, &user.role)?;
            meta::clear(connection, name::BLOCKED)?;
            enter_epoch(connection, *epoch, *backed_up)?;
            marks(connection, *watermark, *backed_up)
        }
        Write::TokenEnded => meta::clear(connection, name::TOKEN),
        Write::Pushed { sent, response } => {
            for (sent, result) in sent.iter().zip(&response.results) {
                outbox::apply_result(connection, *sent, result)?;
            }
            marks(connection, response.watermark, response.backed_up)
        }
        Write::Refused { id, problem } => outbox::refuse(connection, *id, *problem),
        Write::Page(page) => {
            pages::apply(connection, page, now_ms)?;
            if page.more {
                return Ok(());
            }
            records::leave_doubted(connection)?;
            meta::set(connection, name::SYNCED_MS, now_ms)
        }
        Write::CursorLost => meta::clear(connection, name::CURSOR),
        Write::Blocked(blocked) => {
            meta::clear(connection, name::TOKEN)?;
            meta::set(connection, name::BLOCKED, blocked.name())
        }
    }
}

/// A server restored from a backup has a new epoch: it is told again what it may have lost, and read from scratch.
fn enter_epoch(connection: &Connection, new: Epoch, backed_up: u64) -> Result<(), StoreError> {
    let known = epoch(connection)?;
    if known == Some(new) || planted(Plant::EpochUnnoticed) {
        return Ok(());
    }
    meta::set(connection, name::EPOCH, new.to_bytes().as_slice())?;
    if known.is_some() {
        meta::clear(connection, name::CURSOR)?;
        if !planted(Plant::OldLifeKept) {
            forget_told(connection)?;
        }
        // The marks of the old life say nothing about the new one.
        meta::clear(connection, name::WATERMARK)?;
        meta::clear(connection, name::BACKED_UP)?;
        outbox::offer_again(connection, i64::try_from(backed_up).unwrap_or(i64::MAX))?;
    }
    Ok(())
}

/// What only the old life of the server has said: scope, merges, decisions, work. It is all told again, as far as it still
/// is so.
fn forget_told(connection: &Connection) -> Result<(), StoreError> {
    records::doubt_all(connection)?;
    connection.execute_batch("DELETE FROM review; DELETE FROM assignment;")?;
    Ok(())
}

fn marks(connection: &Connection, watermark: u64, backed_up: u64) -> Result<(), StoreError> {
    meta::raise(connection, name::WATERMARK, watermark)?;
    meta::raise(connection, name::BACKED_UP, backed_up)?;
    outbox::forget_backed_up(connection)
}

/// The device's key, if it has one.
pub(crate) fn key(connection: &Connection) -> Result<Option<SigningKey>, StoreError> {
    let seed: Option<Vec<u8>> = meta::get(connection, name::SEED)?;
    let Some(seed) = seed else { return Ok(None) };
    let seed: [u8; 32] = seed.try_into().map_err(|_| StoreError::Unreadable { what: "device key" })?;
    Ok(Some(SigningKey::from_bytes(&seed)))
}

/// Who wrote, as the device knows itself: the text the server will bind.
pub(crate) fn self_author(
    connection: &Connection,
) -> Result<Option<(doorstep_protocol::UserId, people::Author)>, StoreError> {
    let user: Option<Vec<u8>> = meta::get(connection, name::USER)?;
    let (Some(user), Some(key)) = (user, key(connection)?) else { return Ok(None) };
    let author = people::Author {
        name: meta::get(connection, name::USER_NAME)?.unwrap_or_default(),
        role: meta::get(connection, name::USER_ROLE)?.unwrap_or_default(),
        device: Some(doorstep_protocol::DeviceId::of_key(key.verifying_key().as_bytes())),
        post: None,
    };
    Ok(Some((doorstep_protocol::UserId::from_bytes(bytes16(&user)?), author)))
}
