//! Attachments over SQLite and the folder of files.

use doorstep_protocol::attachment::{Held, Wanted};
use doorstep_protocol::{AttachmentHash, ProblemKind, limits};
use doorstep_records::RecordId;
use rusqlite::Connection;

use super::SqliteStore;
use super::review::files;
use super::review::lines::line_get;
use super::scopes::{self, DeviceRow};
use crate::attachments::model::{Append, BadBlob, Checked, OpenBlob, Pieces};
use crate::attachments::receive::{Grown, admissible};
use crate::language::Said;
use crate::store::accounts::Accounts;
use crate::store::attachments::Attachments;
use crate::store::sync::DeviceSession;
use crate::store::{Scope, StoreError};

impl Attachments for SqliteStore {
    fn attachments_held(
        &self,
        session: DeviceSession,
        wanted: &[Wanted],
        now_ms: i64,
    ) -> Result<Vec<Held>, StoreError> {
        if wanted.len() > limits::ATTACHMENTS_ASKED {
            return Err(StoreError::refused(ProblemKind::TooLarge));
        }
        let device = self.read(|conn| welcome(conn, session))?;
        let scope = self.scope_of(&device.user_name, now_ms)?;
        let mut all = Vec::with_capacity(wanted.len());
        for Wanted { sha256, bytes } in wanted.iter().copied() {
            let arrived = self.files().arrived(session.device, sha256)?.min(bytes);
            let (holds, sees) = self.read(|conn| {
                let holds = files::holds(conn, device.user, sha256)?;
                Ok((holds, holds || files::is_seen(conn, &scope, sha256)?))
            })?;
            if sees && !holds {
                let user = device.user;
                self.write(move |conn| Ok(files::holder_put(conn, user, sha256, now_ms)?))?;
            }
            all.push(Held { sha256, bytes: if sees { bytes } else { arrived }, complete: sees });
        }
        Ok(all)
    }

    fn attachment_append(
        &self,
        session: DeviceSession,
        append: &Append,
        pieces: Pieces<'_>,
        now_ms: i64,
    ) -> Result<Held, StoreError> {
        let (sha256, bytes) = (append.sha256, append.bytes);
        admissible(append)?;
        let device = self.read(|conn| {
            let device = welcome(conn, session)?;
            if append.offset == 0 {
                has_room(conn, &device)?;
            }
            Ok(device)
        })?;
        let user = device.user;
        if self.read(|conn| Ok(files::holds(conn, user, sha256)?))? {
            return Ok(Held { sha256, bytes, complete: true });
        }
        match self.files().receive(session.device, append, pieces)? {
            Grown::To(len) => Ok(Held { sha256, bytes: len, complete: false }),
            Grown::Whole(kind) => {
                self.write(move |conn| {
                    files::blob_put(conn, sha256, (bytes, kind), now_ms)?;
                    Ok(files::holder_put(conn, user, sha256, now_ms)?)
                })?;
                self.files().settled(session.device, sha256);
                Ok(Held { sha256, bytes, complete: true })
            }
        }
    }

    fn attachment_open(
        &self,
        scope: &Scope,
        record: RecordId,
        sha256: AttachmentHash,
    ) -> Result<OpenBlob, StoreError> {
        let (bytes, media_type) = self.read(|conn| {
            let (num, _) = line_get(conn, scope, record)?.ok_or(StoreError::NotFound)?;
            files::blob(conn, num, sha256)?.ok_or(StoreError::NotFound)
        })?;
        let file = self.files().open(sha256)?;
        Ok(OpenBlob { sha256, bytes, media_type, file })
    }

    fn attachment_fetch(
        &self,
        session: DeviceSession,
        record: RecordId,
        sha256: AttachmentHash,
        now_ms: i64,
    ) -> Result<OpenBlob, StoreError> {
        let device = self.read(|conn| welcome(conn, session))?;
        let scope = self.scope_of(&device.user_name, now_ms)?;
        self.attachment_open(&scope, record, sha256)
    }

    fn attachments_verify(&self) -> Result<Checked, StoreError> {
        let (known, awaited) = self.read(|conn| Ok((files::names(conn)?, files::awaited(conn)?)))?;
        let found = self.files().check(&known)?;
        let named = |bad: Vec<AttachmentHash>| -> Result<Vec<BadBlob>, StoreError> {
            let named = |sha256| {
                let records = self.read(|conn| Ok(files::records_of(conn, sha256)?))?;
                Ok(BadBlob { sha256, records })
            };
            bad.into_iter().map(named).collect()
        };
        Ok(Checked {
            sound: found.sound,
            damaged: named(found.damaged)?,
            gone: named(found.gone)?,
            awaited,
            strays: found.strays,
        })
    }
}

/// The phone of a session, as long as it is welcome: one that was revoked neither sends nor receives files.
fn welcome(conn: &Connection, session: DeviceSession) -> Result<DeviceRow, StoreError> {
    let device = scopes::device(conn, session.device)?
        .ok_or_else(|| StoreError::refused(ProblemKind::SignInRequired))?;
    match device.revoked {
        true => Err(StoreError::refused(ProblemKind::DeviceRevoked)),
        false => Ok(device),
    }
}

/// A phone sends its records first: what nothing speaks of is bounded.
fn has_room(conn: &Connection, device: &DeviceRow) -> Result<(), StoreError> {
    if files::unreferenced(conn, device.user)? <= limits::ATTACHMENT_UNREFERENCED_BYTES {
        return Ok(());
    }
    let said = Said::new(
        "Too many files of yours belong to no record here yet. Synchronise the records first.",
        "您上传的许多文件尚未对应任何记录，请先同步记录。",
    );
    Err(StoreError::Refused(ProblemKind::TooMany, Some(said)))
}
