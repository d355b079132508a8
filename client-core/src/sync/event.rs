//! What the engine is told and what it asks for. One effect at a time: each is answered by one event.

use doorstep_protocol::AttachmentHash;
use doorstep_protocol::attachment::{Held, Wanted};
use doorstep_protocol::envelope::SignedEnvelope;
use doorstep_protocol::pull::Page;
use doorstep_protocol::push::PushResponse;
use doorstep_protocol::{EnvelopeId, Epoch, Problem, ProblemKind};
use doorstep_records::RecordId;

use super::transport::{Fetched, Reply, TransportError};
use crate::store::Fetch;

/// What the store holds that the engine's next move depends on. Read afresh after every transaction, so that the engine
/// never acts on what a crash would undo.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Situation {
    /// The cursor of the last page kept.
    pub cursor: Option<Vec<u8>>,
    /// The server's life as last seen.
    pub epoch: Option<Epoch>,
    /// Records that an earlier life of the server told, and this one has not named yet.
    pub doubted: Vec<RecordId>,
    /// The session token and when it ends by the device's clock.
    pub token: Option<(String, i64)>,
    /// Something waits to be told.
    pub has_work: bool,
    /// Own changes were refused as a fork and must be written anew.
    pub has_forks: bool,
    /// Files wait to be sent.
    pub has_uploads: bool,
    /// Files are to be fetched.
    pub has_downloads: bool,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// A sync begins.
    Start(Situation),
    /// The answer to [`Effect::Post`] and [`Effect::Upload`].
    Reply(Result<Reply, TransportError>),
    /// The answer to [`Effect::ReadOutbox`], in the order of the envelope numbers.
    Outbox(Vec<(EnvelopeId, SignedEnvelope)>),
    /// The answer to [`Effect::Store`] and [`Effect::Repair`]: the transaction is on disk.
    Stored(Situation),
    /// The answer to [`Effect::ReadUploads`].
    Uploads(Vec<Wanted>),
    /// The answer to [`Effect::ReadPiece`].
    Piece(Vec<u8>),
    /// The answer to [`Effect::ReadWanted`].
    Wanted(Option<Fetch>),
    /// The answer to [`Effect::Download`].
    Fetched(Result<Fetched, TransportError>),
    /// The answer to [`Effect::WaitUntil`].
    Woke,
}

/// What is to be done.
#[derive(Debug)]
pub enum Effect {
    /// Send a request, then tell [`Event::Reply`].
    Post(Post),
    /// Do it in one transaction, then tell [`Event::Stored`].
    Store(Write),
    /// Seal what is queued and read the next sealed envelopes (at least one if any, at most so many bytes), then tell
    /// [`Event::Outbox`].
    ReadOutbox {
        /// Bytes of envelopes together.
        max_bytes: usize,
    },
    /// Write edits that were refused as a fork anew, then tell [`Event::Stored`].
    Repair,
    /// Read which files wait to be sent, then tell [`Event::Uploads`].
    ReadUploads {
        /// At most so many.
        limit: usize,
        /// Not these.
        except: Vec<AttachmentHash>,
    },
    /// Read bytes of a file, then tell [`Event::Piece`].
    ReadPiece {
        /// The file.
        sha256: AttachmentHash,
        /// From where.
        offset: u64,
        /// At most so many.
        max: usize,
    },
    /// Send bytes of a file, then tell [`Event::Reply`].
    Upload(Upload),
    /// Read which file is to be fetched next, then tell [`Event::Wanted`].
    ReadWanted {
        /// Not these.
        except: Vec<AttachmentHash>,
    },
    /// Fetch bytes of a file, then tell [`Event::Fetched`].
    Download(Download),
    /// Wait, then tell [`Event::Woke`].
    WaitUntil(i64),
    /// The sync is over.
    Done(Result<SyncReport, SyncFailure>),
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Route, such as `/sync/v1/pull`.
    pub route: &'static str,
    /// Bearer token.
    pub token: Option<String>,
    /// Body: CBOR under zstd.
    pub body: Vec<u8>,
}

/// Bytes of a file on their way up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Route and query.
    pub url: String,
    /// Bearer token.
    pub token: Option<String>,
    /// The bytes, raw.
    pub body: Vec<u8>,
}

/// Bytes of a file to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// Route and query.
    pub url: String,
    /// Bearer token.
    pub token: Option<String>,
    /// The first byte.
    pub from: u64,
    /// At most so many.
    pub max: u64,
}

/// One transaction on the store.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A new session began. With a new epoch everything that is kept is offered again.
    Session {
        /// Bearer token.
        token: String,
        /// When it ends, by the device's clock.
        until_ms: i64,
        /// The server's life.
        epoch: Epoch,
        /// Envelopes 1..=n are in the log.
        watermark: u64,
        /// Acked envelopes numbered 1..=n are in a backup.
        backed_up: u64,
        /// Server clock minus device clock.
        offset_ms: i64,
        /// Whose device it is, as the server names them now.
        user: doorstep_protocol::hello::Person,
        /// The key that bundles are sealed to, when the server takes any.
        bundle_key: Option<[u8; 32]>,
    },
    /// The server does not know the token any more.
    TokenEnded,
    /// Envelopes were answered.
    Pushed {
        /// Those sent, in order.
        sent: Vec<EnvelopeId>,
        /// The answer.
        response: PushResponse,
    },
    /// The server does not take this envelope at all.
    Refused {
        /// The envelope.
        id: EnvelopeId,
        /// Why.
        problem: ProblemKind,
    },
    /// A page, its items and its cursor.
    Page(Box<Page>),
    /// What the server holds of files: those that are whole there wait no more.
    Held(Vec<Held>),
    /// The server does not take or give a file.
    FileFailed {
        /// The file.
        sha256: AttachmentHash,
        /// Why, by the name of the problem.
        reason: String,
    },
    /// Bytes of a file came down.
    FilePiece {
        /// The file.
        sha256: AttachmentHash,
        /// Where they belong.
        offset: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The server does not know the cursor: begin from scratch.
    CursorLost,
    /// The server does not talk to this device (any more).
    Blocked(Blocked),
}

/// Why the server does not talk to this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocked {
    /// The device was revoked. Its work stays on it.
    Revoked,
    /// Server and device have no protocol version in common.
    Update,
    /// The server does not know the device's key: it was restored from a backup older than the enrolment. The device may be
    /// enrolled again, with the same key.
    Unknown,
}

impl Blocked {
    /// The word under which the store keeps it.
    pub fn name(self) -> &'static str {
        match self {
            Blocked::Revoked => "revoked",
            Blocked::Update => "update",
            Blocked::Unknown => "unknown",
        }
    }

    /// Reads [`Blocked::name`].
    pub fn of(name: &str) -> Option<Blocked> {
        [Blocked::Revoked, Blocked::Update, Blocked::Unknown]
            .into_iter()
            .find(|blocked| blocked.name() == name)
    }
}

/// Why a sync did not come through. Nothing is lost by it: what was not acked is offered again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyncFailure {
    /// No connection after all tries.
    #[error("the server could not be reached")]
    Offline(#[source] TransportError),
    /// The server answered with a problem.
    #[error("the server answered: {}", .0.title)]
    Problem(Box<Problem>),
    /// The server answered something that is not of this protocol.
    #[error("the answer (HTTP {status}) is not one of a Doorstep server")]
    NotOurs {
        /// HTTP status.
        status: u16,
    },
    /// See [`Blocked`].
    #[error("the server does not talk to this device: {}", .0.name())]
    Blocked(Blocked),
}

/// What a sync came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Requests sent, failed ones too.
    pub requests: u32,
    /// Requests that brought no whole answer.
    pub failures: u32,
    /// Bytes of request bodies.
    pub bytes_up: u64,
    /// Bytes of answer bodies.
    pub bytes_down: u64,
    /// Envelopes answered.
    pub envelopes: u32,
    /// What became of their items.
    pub verdicts: VerdictCounts,
    /// Pages kept.
    pub pages: u32,
    /// Things those pages told.
    pub page_items: u32,
    /// Records whose edits were written anew after a fork.
    pub repaired: u32,
    /// Files that are whole at the server now.
    pub files_sent: u32,
    /// Files that are whole here now.
    pub files_fetched: u32,
}

/// Counts of what a push came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerdictCounts {
    /// Items taken (or known already).
    pub accepted: u32,
    /// Items that wait for a predecessor.
    pub waiting: u32,
    /// Items kept by the server but not applied, forks included.
    pub quarantined: u32,
    /// Envelopes not taken.
    pub refused: u32,
}
