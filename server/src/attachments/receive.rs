//! From pieces to a blob: bytes are written as they come, synced before they are acknowledged, and their hash is checked
//! when the last one is there.

use std::path::Path;

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::attachment::{MediaType, SNIFFED_BYTES};
use doorstep_protocol::limits::{ATTACHMENT_BYTES, ATTACHMENT_PIECE_BYTES};
use doorstep_protocol::{AttachmentHash, DeviceId, ProblemKind};

use super::desk::{Desk, Turn};
use super::folder::{Folder, Partial};
use super::model::{Append, Cut, Pieces};
use crate::language::Said;
use crate::store::StoreError;

/// The files of a data folder.
#[derive(Debug)]
pub(crate) struct Files {
    pub(super) folder: Folder,
    desk: Desk,
}

/// What a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grown {
    /// So many bytes are on disk.
    To(u64),
    /// All of it, its hash checked, kept as a blob. It counts once that is written down.
    Whole(MediaType),
}

impl Files {
    /// The files of the data folder `data`.
    pub(crate) fn new(data: &Path) -> Files {
        Files { folder: Folder::new(data), desk: Desk::default() }
    }

    /// Bytes on disk that arrived from a phone, once nobody writes to them.
    pub(crate) fn arrived(&self, device: DeviceId, sha256: AttachmentHash) -> Result<u64, StoreError> {
        self.desk.wait_idle((device, sha256));
        Ok(self.folder.arrived(device, sha256)?)
    }

    /// Takes the bytes of one request.
    pub(crate) fn receive(
        &self,
        device: DeviceId,
        append: &Append,
        pieces: Pieces<'_>,
    ) -> Result<Grown, StoreError> {
        let turn = self.desk.take((device, append.sha256));
        let mut partial = self.folder.open_partial(device, append.sha256)?;
        if partial.len != append.offset {
            return Err(elsewhere(partial.len));
        }
        let ended = self.write_pieces(&turn, &mut partial, append, pieces);
        partial.sync()?;
        if ended.is_err() && planted(Plant::CutForgets) {
            self.folder.forget(device, append.sha256)?;
        }
        ended?;
        if partial.len < append.bytes {
            return Ok(Grown::To(partial.len));
        }
        let media_type = self.allowed(device, append.sha256, &mut partial)?;
        if partial.hash()? != append.sha256 && !planted(Plant::FileHashUnchecked) {
            self.folder.forget(device, append.sha256)?;
            return Err(other_bytes());
        }
        self.folder.keep(&partial, device, append.sha256)?;
        Ok(Grown::Whole(media_type))
    }

    fn write_pieces(
        &self,
        turn: &Turn<'_>,
        partial: &mut Partial,
        append: &Append,
        pieces: Pieces<'_>,
    ) -> Result<(), StoreError> {
        let end = append.bytes.min(append.offset + ATTACHMENT_PIECE_BYTES as u64);
        let mut told = append.offset >= SNIFFED_BYTES as u64;
        for piece in pieces {
            let piece = piece.map_err(|Cut| broken_off())?;
            let fits = usize::try_from(end - partial.len).unwrap_or(usize::MAX).min(piece.len());
            if !turn.write(|| partial.append(&piece[..fits]))? {
                return Err(elsewhere(partial.len));
            }
            if !told && partial.len >= SNIFFED_BYTES as u64 {
                self.allowed(turn.device(), append.sha256, partial)?;
                told = true;
            }
            if fits < piece.len() {
                return Err(StoreError::refused(ProblemKind::TooLarge));
            }
        }
        Ok(())
    }

    /// What it is; a file of another kind is thrown away at once.
    fn allowed(
        &self,
        device: DeviceId,
        sha256: AttachmentHash,
        partial: &mut Partial,
    ) -> Result<MediaType, StoreError> {
        if let Some(media_type) = MediaType::sniff(&partial.first()?) {
            return Ok(media_type);
        }
        self.folder.forget(device, sha256)?;
        Err(other_kind())
    }

    /// The blob is written down: what arrived of it is needed no more.
    pub(crate) fn settled(&self, device: DeviceId, sha256: AttachmentHash) {
        if let Err(error) = self.folder.forget(device, sha256) {
            tracing::warn!(error.kind = ?error.kind(), "a partial that became a blob could not be removed");
        }
    }

    /// Opens a blob for reading.
    pub(crate) fn open(&self, sha256: AttachmentHash) -> Result<std::fs::File, StoreError> {
        self.folder.open(sha256).map_err(|error| {
            tracing::error!(error.kind = ?error.kind(), "the file of an attachment cannot be read");
            StoreError::Damaged("the file of an attachment is gone: run `doorstep verify`")
        })
    }
}

/// Refuses what cannot be a file of ours before a byte of it is read.
pub(crate) fn admissible(append: &Append) -> Result<(), StoreError> {
    if append.bytes > ATTACHMENT_BYTES {
        let said = Said::new(
            "A file may have 25 MiB at most. Make it smaller and attach it again.",
            "附件最大为 25 MiB，请缩小后重新添加。",
        );
        return Err(StoreError::Refused(ProblemKind::TooLarge, Some(said)));
    }
    if append.bytes == 0 || append.offset > append.bytes {
        return Err(StoreError::refused(ProblemKind::BadRequest));
    }
    Ok(())
}

fn elsewhere(len: u64) -> StoreError {
    let said = Said::new(
        format!("{len} bytes of this file are here. Ask what is held and go on from there."),
        format!("该文件已收到 {len} 字节，请查询后从该处继续。"),
    );
    StoreError::Refused(ProblemKind::Conflict, Some(said))
}

fn broken_off() -> StoreError {
    let said =
        Said::new("The body broke off; what came before is kept.", "请求体不完整，已收到的部分已保留。");
    StoreError::Refused(ProblemKind::BadRequest, Some(said))
}

fn other_kind() -> StoreError {
    let names: Vec<&str> = MediaType::ALL.into_iter().map(MediaType::name).collect();
    let said = Said::new(
        format!("The file is none of {}.", names.join(", ")),
        format!("文件类型须为 {}。", names.join("、")),
    );
    StoreError::Refused(ProblemKind::UnsupportedMedia, Some(said))
}

fn other_bytes() -> StoreError {
    let said = Said::new(
        "The bytes that arrived are not the file that was named. They were thrown away; send it again from its beginning.",
        "收到的内容与文件标识不符，已丢弃，请从头重新上传。",
    );
    StoreError::Refused(ProblemKind::Invalid, Some(said))
}
