//! Files after everything else: asked after, sent on from the byte the server holds, fetched on from the byte that is here.
//!
//! Invariant: after a failure the server is asked before anything is sent, so that what has arrived is not sent again.

use std::collections::VecDeque;

use doorstep_protocol::attachment::{self, Held, HeldRequest, HeldResponse, Wanted};
use doorstep_protocol::{AttachmentHash, ProblemKind, limits};

use super::engine::{Engine, Phase, read};
use super::event::{Download, Effect, Upload, Write};
use super::transport::{Fetched, Reply, TransportError, route};
use crate::env::Entropy;
use crate::store::Fetch;

/// The smallest piece after failures, bytes: less would make the heads of requests count.
const PIECE_BYTES_MIN: usize = 64 * 1024;

/// A file on its way up.
#[derive(Debug, Clone, Copy)]
struct Sending {
    file: Wanted,
    held: u64,
}

/// What this sync knows about files.
#[derive(Debug)]
pub(super) struct FileWork {
    /// Asked after and not whole at the server.
    sends: VecDeque<Sending>,
    /// Not tried again in this sync.
    given_up: Vec<AttachmentHash>,
    /// Begun from the start once because other bytes had arrived.
    begun_again: Vec<AttachmentHash>,
    /// Bytes the server said it holds of what was asked after last.
    held: u64,
    piece_bytes: usize,
    /// Neither this connection nor this server carries files.
    off: bool,
}

impl Default for FileWork {
    fn default() -> Self {
        FileWork {
            sends: VecDeque::new(),
            given_up: Vec::new(),
            begun_again: Vec::new(),
            held: 0,
            piece_bytes: limits::ATTACHMENT_PIECE_BYTES,
            off: false,
        }
    }
}

impl Engine {
    /// The next step for files, if any is left.
    pub(super) fn next_file(&mut self) -> Option<Effect> {
        if self.files.off {
            return None;
        }
        if let Some(sending) = self.files.sends.front() {
            self.phase = Phase::Piece;
            let (sha256, offset) = (sending.file.sha256, sending.held);
            return Some(Effect::ReadPiece { sha256, offset, max: self.files.piece_bytes });
        }
        let except = self.files.given_up.clone();
        if self.situation.has_uploads {
            self.phase = Phase::Uploads;
            return Some(Effect::ReadUploads { limit: limits::ATTACHMENTS_ASKED, except });
        }
        if self.situation.has_downloads {
            self.phase = Phase::Wanted;
            return Some(Effect::ReadWanted { except });
        }
        None
    }

    /// What waits to be sent: the server is asked what it has of it.
    pub(super) fn ask_held(&mut self, wanted: Vec<Wanted>, now_ms: i64) -> Effect {
        if wanted.is_empty() {
            self.situation.has_uploads = false;
            return self.next(now_ms);
        }
        let request = HeldRequest { wanted };
        let effect = self.post(route::HELD, &request);
        if matches!(effect, Effect::Post(_)) {
            self.phase = Phase::Held { asked: request.wanted };
        }
        effect
    }

    /// The server's answer; `None` when it is no answer to what was asked.
    pub(super) fn held(&mut self, asked: &[Wanted], reply: &Reply) -> Option<Effect> {
        let HeldResponse { held } = read::<HeldResponse>(reply)?;
        let fits = |(held, asked): (&Held, &Wanted)| held.sha256 == asked.sha256 && held.bytes <= asked.bytes;
        if held.len() != asked.len() || !held.iter().zip(asked).all(fits) {
            return None;
        }
        let total = held.iter().map(|held| held.bytes).sum();
        if total > self.files.held {
            // Some bytes came through, however often it was cut.
            self.failures = 0;
        }
        self.files.held = total;
        let open = asked.iter().zip(&held).filter(|(_, held)| !held.complete);
        self.files.sends = open.map(|(file, held)| Sending { file: *file, held: held.bytes }).collect();
        Some(self.store(Write::Held(held)))
    }

    /// Bytes read from the store go up.
    pub(super) fn send_piece(&mut self, body: Vec<u8>, now_ms: i64) -> Effect {
        let Some(Sending { file, held }) = self.files.sends.front().copied() else {
            return self.next(now_ms);
        };
        if body.is_empty() && held < file.bytes {
            tracing::error!("the bytes of a file that waits to be sent are not all here");
            return self.give_up(now_ms);
        }
        self.report.requests += 1;
        self.report.bytes_up += body.len() as u64;
        self.phase = Phase::Upload;
        let url = attachment::append_url(file.sha256, file.bytes, held);
        Effect::Upload(Upload { url, token: self.token(), body })
    }

    fn give_up(&mut self, now_ms: i64) -> Effect {
        let gone = self.files.sends.pop_front();
        self.files.given_up.extend(gone.map(|sending| sending.file.sha256));
        self.next(now_ms)
    }

    /// The answer to bytes sent; `None` when it is none.
    pub(super) fn sent(&mut self, reply: &Reply, now_ms: i64) -> Option<Effect> {
        let held = read::<Held>(reply)?;
        let sending = self.files.sends.front_mut().filter(|sending| sending.file.sha256 == held.sha256)?;
        if !held.complete && held.bytes <= sending.held {
            return None;
        }
        self.failures = 0;
        self.files.piece_bytes = (self.files.piece_bytes * 2).min(limits::ATTACHMENT_PIECE_BYTES);
        sending.held = held.bytes;
        if !held.complete {
            return Some(self.next(now_ms));
        }
        self.files.sends.pop_front();
        self.report.files_sent += 1;
        Some(self.store(Write::Held(vec![held])))
    }

    /// A file to be fetched, or none.
    pub(super) fn fetch(&mut self, wanted: Option<Fetch>, now_ms: i64) -> Effect {
        let Some(fetch) = wanted else {
            self.situation.has_downloads = false;
            return self.next(now_ms);
        };
        self.report.requests += 1;
        self.phase = Phase::Download { fetch };
        Effect::Download(Download {
            url: attachment::fetch_url(fetch.record, fetch.sha256),
            token: self.token(),
            from: fetch.have,
            max: self.files.piece_bytes as u64,
        })
    }

    /// What came down: all that was asked for, or what came before a cut.
    pub(super) fn fetched(
        &mut self,
        fetch: Fetch,
        fetched: Fetched,
        now_ms: i64,
        entropy: &mut dyn Entropy,
    ) -> Effect {
        let Fetched { status, mut body, cut } = fetched;
        self.report.bytes_down += body.len() as u64;
        if !matches!(status, 200 | 206) {
            return self.refused(Phase::Download { fetch }, &Reply { status, body }, now_ms, entropy);
        }
        if status == 200 && fetch.have > 0 {
            // The whole file from its beginning.
            let known = usize::try_from(fetch.have).unwrap_or(usize::MAX).min(body.len());
            body.drain(..known);
        }
        body.truncate(usize::try_from(fetch.bytes - fetch.have.min(fetch.bytes)).unwrap_or(usize::MAX));
        if body.is_empty() {
            self.report.failures += 1;
            let error = cut.unwrap_or(TransportError::Cut);
            return self.failed(&Phase::Download { fetch }, error, now_ms, entropy);
        }
        self.failures = 0;
        self.report.failures += u32::from(cut.is_some());
        self.report.files_fetched += u32::from(fetch.have + body.len() as u64 == fetch.bytes);
        self.store(Write::FilePiece { sha256: fetch.sha256, offset: fetch.have, bytes: body })
    }

    /// The server did not take or give a file; `None` when the answer is not about the file.
    pub(super) fn file_refused(
        &mut self,
        phase: &Phase,
        kind: Option<ProblemKind>,
        status: u16,
        now_ms: i64,
    ) -> Option<Effect> {
        let sending = self.files.sends.front().map(|sending| sending.file.sha256);
        match (phase, kind, sending) {
            // A server of before knows no such route.
            (Phase::Held { .. } | Phase::Upload, _, _) if matches!(status, 404 | 405) => {
                self.files.off = true;
                self.files.sends.clear();
                Some(self.next(now_ms))
            }
            (Phase::Upload, Some(ProblemKind::UnsupportedMedia | ProblemKind::TooLarge), Some(sha256)) => {
                self.files.sends.pop_front();
                let reason = kind.map_or("refused", ProblemKind::name).to_owned();
                Some(self.store(Write::FileFailed { sha256, reason }))
            }
            // Other bytes had arrived under this name, and were thrown away. Twice is no accident.
            (Phase::Upload, Some(ProblemKind::Invalid), Some(sha256))
                if !self.files.begun_again.contains(&sha256) =>
            {
                self.files.begun_again.push(sha256);
                self.files.sends.clear();
                Some(self.next(now_ms))
            }
            (Phase::Upload, Some(ProblemKind::Invalid | ProblemKind::TooMany), Some(_)) => {
                Some(self.give_up(now_ms))
            }
            (Phase::Download { fetch }, _, _) if matches!(status, 400 | 404 | 405) => {
                let reason = kind.map_or("not_found", ProblemKind::name).to_owned();
                Some(self.store(Write::FileFailed { sha256: fetch.sha256, reason }))
            }
            _ => None,
        }
    }

    /// After a failure smaller pieces go up, and from where the server says.
    pub(super) fn file_failed(&mut self) {
        self.files.sends.clear();
        self.files.piece_bytes = (self.files.piece_bytes / 2).max(PIECE_BYTES_MIN);
    }

    /// This connection carries no files: the sync ends without them.
    pub(super) fn no_files(&mut self, now_ms: i64) -> Effect {
        self.files.off = true;
        self.files.sends.clear();
        self.next(now_ms)
    }

    fn token(&self) -> Option<String> {
        self.situation.token.as_ref().map(|(token, _)| token.clone())
    }
}
