//! The sync routes without HTTP: bytes in, status and bytes out. HTTP and the simulator call the same function.

use doorstep_protocol::attachment::{self, HeldRequest, HeldResponse};
use doorstep_protocol::frame::{self, FrameError};
use doorstep_protocol::hello::{Challenge, ChallengeRequest, EnrolRequest, HelloRequest};
use doorstep_protocol::pull::PullRequest;
use doorstep_protocol::push::PushRequest;
use doorstep_protocol::{Problem, ProblemKind, limits};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::ByteArray;

use crate::language::Language;
use crate::source::{Clock, Entropy};
use crate::store::sync::DeviceSession;
use crate::store::{Store, StoreError};

/// A sync route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// A new device key asks to belong to a person.
    Enrol,
    /// A fresh challenge.
    Challenge,
    /// A session for a signed challenge.
    Hello,
    /// Envelopes up.
    Push,
    /// Pages down.
    Pull,
    /// What is held of files.
    Held,
}

impl Route {
    /// Every route.
    pub const ALL: [Route; 6] =
        [Route::Enrol, Route::Challenge, Route::Hello, Route::Push, Route::Pull, Route::Held];

    /// Its path.
    pub fn path(self) -> &'static str {
        match self {
            Route::Enrol => "/sync/v1/enrol",
            Route::Challenge => "/sync/v1/challenge",
            Route::Hello => "/sync/v1/hello",
            Route::Push => "/sync/v1/push",
            Route::Pull => "/sync/v1/pull",
            Route::Held => attachment::HELD,
        }
    }

    /// The route of a path.
    pub fn of_path(path: &str) -> Option<Route> {
        Route::ALL.into_iter().find(|route| route.path() == path)
    }
}

/// An answer: status and body (CBOR under zstd; a [`Problem`] unless the status is 200).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
}

impl Reply {
    /// A problem as a reply.
    pub fn problem(kind: ProblemKind, detail: Option<&str>, language: Language) -> Reply {
        let mut problem = Problem::new(kind, language.tag());
        problem.detail = detail.map(str::to_owned);
        // A problem that cannot be encoded still has its status.
        Reply { status: kind.status(), body: frame::encode(&problem).unwrap_or_default() }
    }
}

/// Answers a request of a device.
pub fn answer(
    store: &dyn Store,
    (clock, entropy): (&dyn Clock, &dyn Entropy),
    route: Route,
    token: Option<&str>,
    body: &[u8],
    language: Language,
) -> Reply {
    let outcome = match route {
        Route::Enrol => enrol(store, clock, body),
        Route::Challenge => challenge(store, clock, entropy, body),
        Route::Hello => hello(store, clock, entropy, body),
        Route::Push => push(store, clock, token, body),
        Route::Pull => pull(store, clock, entropy, token, body),
        Route::Held => held(store, clock, token, body),
    };
    match outcome {
        Ok(body) => Reply { status: 200, body },
        Err(error) => {
            let kind = error.kind();
            if kind.status() >= 500 {
                tracing::error!(error = %error, error.source = ?std::error::Error::source(&error), "a sync request failed");
            }
            let detail = match &error {
                StoreError::Refused(_, Some(said)) => Some(said.of(language)),
                _ => None,
            };
            Reply::problem(kind, detail, language)
        }
    }
}

fn enrol(store: &dyn Store, clock: &dyn Clock, body: &[u8]) -> Result<Vec<u8>, StoreError> {
    let request: EnrolRequest = read(body)?;
    write(&store.device_enrol(&request, clock.now_ms())?)
}

fn challenge(
    store: &dyn Store,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    body: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let request: ChallengeRequest = read(body)?;
    let nonce = random(entropy)?;
    store.challenge_begin(request.device, nonce, clock.now_ms())?;
    write(&Challenge { nonce: ByteArray::new(nonce) })
}

fn hello(
    store: &dyn Store,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    body: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let request: HelloRequest = read(body)?;
    let token = data_encoding::BASE64URL_NOPAD.encode(&random::<32>(entropy)?);
    write(&store.device_hello(&request, &token, clock.now_ms())?)
}

fn push(
    store: &dyn Store,
    clock: &dyn Clock,
    token: Option<&str>,
    body: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let session = session(store, clock, token)?;
    let request: PushRequest = read(body)?;
    write(&store.envelopes_push(session, request, clock.now_ms())?)
}

fn pull(
    store: &dyn Store,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    token: Option<&str>,
    body: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let session = session(store, clock, token)?;
    let request: PullRequest = read(body)?;
    write(&store.page_pull(session, &request, random(entropy)?, clock.now_ms())?)
}

fn held(
    store: &dyn Store,
    clock: &dyn Clock,
    token: Option<&str>,
    body: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let session = session(store, clock, token)?;
    let request: HeldRequest = read(body)?;
    write(&HeldResponse { held: store.attachments_held(session, &request.wanted, clock.now_ms())? })
}

fn session(store: &dyn Store, clock: &dyn Clock, token: Option<&str>) -> Result<DeviceSession, StoreError> {
    let token = token.ok_or(StoreError::refused(ProblemKind::SignInRequired))?;
    store.device_session(token, clock.now_ms())
}

fn random<const N: usize>(entropy: &dyn Entropy) -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes).map_err(|_| StoreError::refused(ProblemKind::Unavailable))?;
    Ok(bytes)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, StoreError> {
    if body.len() > limits::BODY_BYTES {
        return Err(StoreError::refused(ProblemKind::TooLarge));
    }
    frame::decode(body).map_err(|error| {
        StoreError::refused(match error {
            FrameError::TooLarge { .. } => ProblemKind::TooLarge,
            _ => ProblemKind::BadRequest,
        })
    })
}

fn write<T: Serialize>(message: &T) -> Result<Vec<u8>, StoreError> {
    frame::encode(message).map_err(|_| StoreError::Damaged("an answer that cannot be encoded"))
}
