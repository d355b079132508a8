//! What the engine's transactions do to the store.

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::Epoch;
use ed25519_dalek::SigningKey;
use rusqlite::Connection;

use super::event::{Situation, Write};
use crate::store::convert::bytes16;
use crate::store::meta::{self, name};
use crate::store::outbox;
use crate::store::{StoreError, attachments, pages, people, records};

/// Reads what the engine's next move depends on.
pub(crate) fn situation(connection: &Connection) -> Result<Situation, StoreError> {
    let token: Option<String> = meta::get(connection, name::TOKEN)?;
    let until_ms: Option<i64> = meta::get(connection, name::TOKEN_UNTIL_MS)?;
    Ok(Situation {
        cursor: meta::get(connection, name::CURSOR)?,
        epoch: epoch(connection)?,
        doubted: records::doubted(connection)?,
        token: token.zip(until_ms),
        has_work: outbox::has_work(connection)?,
        has_forks: !outbox::forked_records(connection)?.is_empty(),
        has_uploads: attachments::has_uploads(connection)?,
        has_downloads: attachments::has_downloads(connection)?,
    })
}

fn epoch(connection: &Connection) -> Result<Option<Epoch>, StoreError> {
    let bytes: Option<Vec<u8>> = meta::get(connection, name::EPOCH)?;
    bytes.map(|bytes| bytes16(&bytes).map(Epoch::from_bytes)).transpose()
}

/// Does one transaction's work; call it inside one transaction.
pub(crate) fn write(connection: &Connection, write: &Write, now_ms: i64) -> Result<(), StoreError> {
    match write {
        Write::Session { token, until_ms, epoch, watermark, backed_up, offset_ms, user, bundle_key } => {
            meta::set(connection, name::TOKEN, token)?;
            meta::set(connection, name::TOKEN_UNTIL_MS, until_ms)?;
            meta::set(connection, name::OFFSET_MS, offset_ms)?;
            meta::set(connection, name::USER, user.id.to_bytes().as_slice())?;
            meta::set(connection, name::USER_NAME, &user.name)?;
            meta::set(connection, name::USER_ROLE, &user.role)?;
            if let Some(key) = bundle_key {
                meta::set(connection, name::BUNDLE_KEY, key.as_slice())?;
            }
            meta::clear(connection, name::BLOCKED)?;
            enter_epoch(connection, *epoch)?;
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
            if page.more { Ok(()) } else { meta::set(connection, name::SYNCED_MS, now_ms) }
        }
        Write::Held(held) => held.iter().try_for_each(|held| attachments::held(connection, held)),
        Write::FileFailed { sha256, reason } => attachments::failed(connection, *sha256, reason),
        Write::FilePiece { sha256, offset, bytes } => {
            attachments::arrived(connection, *sha256, *offset, bytes)
        }
        Write::CursorLost => meta::clear(connection, name::CURSOR),
        Write::Blocked(blocked) => {
            meta::clear(connection, name::TOKEN)?;
            meta::set(connection, name::BLOCKED, blocked.name())
        }
    }
}

/// A server restored from a backup has a new epoch: it is told again what it may have lost, and read from scratch.
///
/// The cursor stays: the server begins anew from it, and tells what went out of scope since. Decisions and work are told
/// again with the records; what is not told again was decided after the backup and does not hold any more. A record that is
/// not told again may be one that the server lacks, so that it stays until the server, asked, says that it left the scope.
fn enter_epoch(connection: &Connection, new: Epoch) -> Result<(), StoreError> {
    let known = epoch(connection)?;
    if known == Some(new) || planted(Plant::EpochUnnoticed) {
        return Ok(());
    }
    meta::set(connection, name::EPOCH, new.to_bytes().as_slice())?;
    if known.is_some() {
        if !planted(Plant::OldLifeKept) {
            people::forget_decisions(connection)?;
            records::doubt_all(connection)?;
        }
        // The mark of the old life says nothing about the new one.
        meta::clear(connection, name::WATERMARK)?;
        attachments::offer_again(connection)?;
        outbox::offer_again(connection)?;
    }
    Ok(())
}

/// What an answer says of the envelopes that were acked when it was given. `backed_up` holds for those alone: an envelope
/// acked later may have the same number as one in the backup, so that the mark is never kept for another time.
fn marks(connection: &Connection, watermark: u64, backed_up: u64) -> Result<(), StoreError> {
    meta::raise(connection, name::WATERMARK, watermark)?;
    outbox::forget_backed_up(connection, i64::try_from(backed_up).unwrap_or(i64::MAX))
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
