//! The state machine of one sync.

use doorstep_protocol::attachment::Wanted;
use doorstep_protocol::hello::{Challenge, ChallengeRequest, HelloRequest, HelloResponse, sign_hello};
use doorstep_protocol::limits;
use doorstep_protocol::pull::{Page, PullRequest};
use doorstep_protocol::push::{EnvelopeResult, ItemVerdict, PushRequest, PushResponse};
use doorstep_protocol::{DeviceId, EnvelopeId, Problem, ProblemKind, SignedEnvelope, frame, version};
use doorstep_records::RecordId;
use ed25519_dalek::SigningKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;

use super::backoff::Policy;
use super::event::{Blocked, Effect, Event, Post, Situation, SyncFailure, SyncReport, Write};
use super::files::FileWork;
use super::transport::{Reply, TransportError, route};
use crate::env::Entropy;
use crate::store::Fetch;

/// A token that ends sooner than this is not begun with, milliseconds.
const TOKEN_MARGIN_MS: i64 = 30_000;
/// Bytes of envelopes in a first push; halved after a failure, doubled after a success.
const PUSH_BYTES: usize = 256 * 1024;
/// The largest push, bytes of envelopes before compression.
const PUSH_BYTES_MAX: usize = 2 * 1024 * 1024;
/// A page that came faster than this may be larger next time, milliseconds.
const QUICK_PAGE_MS: i64 = 2_000;
/// Rounds of writing refused edits anew in one sync.
const REPAIRS: u32 = 4;
/// Sessions begun anew in one sync because the server did not know the token.
const SESSIONS: u32 = 4;

/// Who syncs.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The device's key.
    pub key: SigningKey,
}

impl Identity {
    /// The device's id.
    pub fn device(&self) -> DeviceId {
        DeviceId::of_key(self.key.verifying_key().as_bytes())
    }
}

/// What is under way.
#[derive(Debug)]
pub(super) enum Phase {
    Idle,
    Challenge,
    Hello { asked_ms: i64 },
    Outbox,
    Push { sent: Vec<EnvelopeId> },
    Pull { asked_ms: i64 },
    Uploads,
    Held { asked: Vec<Wanted> },
    Piece,
    Upload,
    Wanted,
    Download { fetch: Fetch },
    Storing { then_done: Option<SyncFailure> },
    Waiting,
    Over,
}

/// One sync. Make a new one for each.
#[derive(Debug)]
pub struct Engine {
    identity: Identity,
    policy: Policy,
    pub(super) situation: Situation,
    pub(super) phase: Phase,
    pub(super) report: SyncReport,
    pub(super) failures: u32,
    pub(super) files: FileWork,
    sessions: u32,
    repairs: u32,
    push_bytes: usize,
    page_bytes: u32,
    pulled: bool,
    asked: bool,
}

impl Engine {
    /// A sync for a device.
    pub fn new(identity: Identity, policy: Policy) -> Engine {
        Engine {
            identity,
            policy,
            situation: Situation::default(),
            phase: Phase::Idle,
            report: SyncReport::default(),
            failures: 0,
            files: FileWork::default(),
            sessions: 0,
            repairs: 0,
            push_bytes: PUSH_BYTES,
            page_bytes: limits::PAGE_BYTES_DEFAULT,
            pulled: false,
            asked: false,
        }
    }

    /// What this sync has come to so far.
    pub fn report(&self) -> &SyncReport {
        &self.report
    }

    /// Takes what happened and says what to do next. After [`Effect::Done`] every event is answered with the same end.
    pub fn step(&mut self, event: Event, now_ms: i64, entropy: &mut dyn Entropy) -> Effect {
        match (std::mem::replace(&mut self.phase, Phase::Over), event) {
            (_, Event::Start(situation)) => {
                self.situation = situation;
                self.next(now_ms)
            }
            (Phase::Storing { then_done: Some(failure) }, Event::Stored(_)) => self.done(Err(failure)),
            (_, Event::Stored(situation)) => {
                self.situation = situation;
                self.next(now_ms)
            }
            (_, Event::Woke) => self.next(now_ms),
            (Phase::Outbox, Event::Outbox(envelopes)) => self.push(envelopes, now_ms),
            (Phase::Uploads, Event::Uploads(wanted)) => self.ask_held(wanted, now_ms),
            (Phase::Piece, Event::Piece(bytes)) => self.send_piece(bytes, now_ms),
            (Phase::Wanted, Event::Wanted(wanted)) => self.fetch(wanted, now_ms),
            (Phase::Download { fetch }, Event::Fetched(Ok(fetched))) => {
                self.fetched(fetch, fetched, now_ms, entropy)
            }
            (phase, Event::Reply(Err(error)) | Event::Fetched(Err(error))) => {
                self.report.failures += 1;
                self.failed(&phase, error, now_ms, entropy)
            }
            (phase, Event::Reply(Ok(reply))) => self.replied(phase, &reply, now_ms, entropy),
            // An event that answers nothing asked: look at the store again.
            (
                _,
                Event::Outbox(_)
                | Event::Uploads(_)
                | Event::Piece(_)
                | Event::Wanted(_)
                | Event::Fetched(Ok(_)),
            ) => self.next(now_ms),
        }
    }

    /// What the store says is to be done next.
    pub(super) fn next(&mut self, now_ms: i64) -> Effect {
        let alive = |until_ms: &i64| *until_ms > now_ms.saturating_add(TOKEN_MARGIN_MS);
        if !self.situation.token.as_ref().is_some_and(|(_, until_ms)| alive(until_ms)) {
            self.phase = Phase::Challenge;
            return self.post(route::CHALLENGE, &ChallengeRequest { device: self.identity.device() });
        }
        if self.situation.has_work {
            self.phase = Phase::Outbox;
            return Effect::ReadOutbox { max_bytes: self.push_bytes };
        }
        if !self.pulled {
            return self.pull(Vec::new(), now_ms);
        }
        if !self.asked && !self.situation.doubted.is_empty() {
            // All is told: what this life of the server has not named is asked about, once.
            (self.pulled, self.asked) = (false, true);
            return self.pull(self.situation.doubted.clone(), now_ms);
        }
        if self.situation.has_forks && self.repairs < REPAIRS {
            self.repairs += 1;
            self.report.repaired += 1;
            self.phase = Phase::Storing { then_done: None };
            return Effect::Repair;
        }
        if let Some(effect) = self.next_file() {
            return effect;
        }
        self.done(Ok(self.report))
    }

    fn pull(&mut self, doubted: Vec<RecordId>, now_ms: i64) -> Effect {
        self.phase = Phase::Pull { asked_ms: now_ms };
        let cursor = self.situation.cursor.clone().map(ByteBuf::from);
        self.post(route::PULL, &PullRequest { cursor, page_bytes: self.page_bytes, doubted })
    }

    fn done(&mut self, result: Result<SyncReport, SyncFailure>) -> Effect {
        self.phase = Phase::Over;
        Effect::Done(result)
    }

    pub(super) fn store(&mut self, write: Write) -> Effect {
        self.phase = Phase::Storing { then_done: None };
        Effect::Store(write)
    }

    pub(super) fn post<T: Serialize>(&mut self, route: &'static str, message: &T) -> Effect {
        let Ok(body) = frame::encode(message) else {
            return self.done(Err(SyncFailure::NotOurs { status: 0 }));
        };
        self.report.requests += 1;
        self.report.bytes_up += body.len() as u64;
        let session = !matches!(route, route::CHALLENGE | route::HELLO);
        let token = self.situation.token.as_ref().filter(|_| session).map(|(token, _)| token.clone());
        Effect::Post(Post { route, token, body })
    }

    fn push(&mut self, envelopes: Vec<(EnvelopeId, SignedEnvelope)>, now_ms: i64) -> Effect {
        if envelopes.is_empty() {
            self.situation.has_work = false;
            return self.next(now_ms);
        }
        let (sent, envelopes) = envelopes.into_iter().unzip();
        self.phase = Phase::Push { sent };
        self.post(route::PUSH, &PushRequest { envelopes })
    }

    fn replied(&mut self, phase: Phase, reply: &Reply, now_ms: i64, entropy: &mut dyn Entropy) -> Effect {
        self.report.bytes_down += reply.body.len() as u64;
        if reply.status != 200 {
            return self.refused(phase, reply, now_ms, entropy);
        }
        let step = match &phase {
            Phase::Challenge => read::<Challenge>(reply).map(|challenge| self.hello(&challenge, now_ms)),
            Phase::Hello { asked_ms } => read(reply).map(|hello| self.session(hello, *asked_ms, now_ms)),
            Phase::Push { sent } => read::<PushResponse>(reply)
                .filter(|response| answers(response, sent))
                .map(|response| self.pushed(sent, response)),
            Phase::Pull { asked_ms } => read(reply).map(|page| self.paged(page, *asked_ms, now_ms)),
            Phase::Held { asked } => self.held(asked, reply),
            Phase::Upload => self.sent(reply, now_ms),
            _ => Some(self.next(now_ms)),
        };
        match step {
            Some(effect) => effect,
            // A torn or foreign body says nothing: the request is repeated.
            None => {
                self.report.failures += 1;
                self.failed(&phase, TransportError::Cut, now_ms, entropy)
            }
        }
    }

    fn hello(&mut self, challenge: &Challenge, now_ms: i64) -> Effect {
        let request = HelloRequest {
            device: self.identity.device(),
            nonce: challenge.nonce,
            signature: ByteBuf::from(sign_hello(&self.identity.key, &challenge.nonce)),
            protocols: version::SUPPORTED.to_vec(),
            now_ms,
        };
        self.phase = Phase::Hello { asked_ms: now_ms };
        self.post(route::HELLO, &request)
    }

    fn session(&mut self, hello: HelloResponse, asked_ms: i64, now_ms: i64) -> Effect {
        self.failures = 0;
        // The server's clock was read somewhere between asking and hearing.
        let offset_ms = hello.server_now_ms - (asked_ms + (now_ms - asked_ms) / 2);
        self.store(Write::Session {
            token: hello.token,
            until_ms: asked_ms.saturating_add(i64::from(hello.token_seconds) * 1_000),
            epoch: hello.epoch,
            watermark: hello.watermark,
            backed_up: hello.backed_up,
            offset_ms,
            user: hello.user,
            bundle_key: hello.bundle_key.map(|key| key.into_array()),
        })
    }

    fn pushed(&mut self, sent: &[EnvelopeId], response: PushResponse) -> Effect {
        self.failures = 0;
        self.push_bytes = (self.push_bytes * 2).clamp(1, PUSH_BYTES_MAX);
        self.report.envelopes += response.results.len() as u32;
        for result in &response.results {
            self.count(result);
        }
        self.store(Write::Pushed { sent: sent.to_vec(), response })
    }

    fn count(&mut self, result: &EnvelopeResult) {
        let verdicts = &mut self.report.verdicts;
        match result {
            EnvelopeResult::Refused { .. } => verdicts.refused += 1,
            EnvelopeResult::Recorded { items, .. } => {
                for item in items {
                    match item {
                        ItemVerdict::Accepted | ItemVerdict::Duplicate => verdicts.accepted += 1,
                        ItemVerdict::Waiting { .. } => verdicts.waiting += 1,
                        ItemVerdict::Quarantined { .. } => verdicts.quarantined += 1,
                    }
                }
            }
        }
    }

    fn paged(&mut self, page: Page, asked_ms: i64, now_ms: i64) -> Effect {
        self.failures = 0;
        if self.situation.epoch != Some(page.epoch) {
            // The server was restored meanwhile: only a hello tells which envelopes it still has.
            return self.begin_again();
        }
        if now_ms.saturating_sub(asked_ms) <= QUICK_PAGE_MS {
            self.page_bytes = self.page_bytes.saturating_mul(2).min(limits::PAGE_BYTES_MAX);
        }
        self.pulled = !page.more;
        self.report.pages += 1;
        self.report.page_items += page.items.len() as u32;
        self.store(Write::Page(Box::new(page)))
    }

    fn begin_again(&mut self) -> Effect {
        self.sessions += 1;
        if self.sessions > SESSIONS {
            return self.done(Err(SyncFailure::NotOurs { status: 401 }));
        }
        self.store(Write::TokenEnded)
    }

    /// The server answered with a status other than 200.
    pub(super) fn refused(
        &mut self,
        phase: Phase,
        reply: &Reply,
        now_ms: i64,
        entropy: &mut dyn Entropy,
    ) -> Effect {
        let problem = problem_of(reply);
        let kind = problem.as_ref().and_then(Problem::kind);
        let blocked = match (kind, reply.status) {
            (Some(ProblemKind::DeviceRevoked), _) => Some(Blocked::Revoked),
            (Some(ProblemKind::ProtocolUnsupported), _) | (_, 426) => Some(Blocked::Update),
            _ => None,
        };
        if let Some(blocked) = blocked {
            return self.blocked(blocked);
        }
        let failure = match problem {
            Some(problem) => SyncFailure::Problem(Box::new(problem)),
            None => SyncFailure::NotOurs { status: reply.status },
        };
        let in_session = !matches!(phase, Phase::Challenge | Phase::Hello { .. });
        if in_session && reply.status == 401 {
            return self.begin_again();
        }
        if let Some(effect) = self.file_refused(&phase, kind, reply.status, now_ms) {
            return effect;
        }
        // A challenge is good once: a hello that the network doubled used it up. Twice is no accident.
        let used_up = matches!(phase, Phase::Hello { .. }) && reply.status == 401 && self.failures < 2;
        // Somebody else's bytes came first: the next question tells how far they go.
        let moved = matches!(phase, Phase::Upload) && reply.status == 409;
        if reply.status == 429 || reply.status >= 500 || used_up || moved {
            return self.again_or(failure, &phase, now_ms, entropy);
        }
        if matches!(phase, Phase::Hello { .. }) && reply.status == 401 {
            return self.blocked(Blocked::Unknown);
        }
        match (phase, kind) {
            // One envelope that the server cannot take must not stand before the others.
            (Phase::Push { sent }, Some(kind)) if kind != ProblemKind::NotFound => match sent.as_slice() {
                [id] => self.store(Write::Refused { id: *id, problem: kind }),
                _ => {
                    self.push_bytes = 1;
                    self.next(now_ms)
                }
            },
            (Phase::Pull { .. }, Some(ProblemKind::BadRequest | ProblemKind::Invalid))
                if self.situation.cursor.is_some() =>
            {
                self.store(Write::CursorLost)
            }
            _ => self.done(Err(failure)),
        }
    }

    fn blocked(&mut self, blocked: Blocked) -> Effect {
        self.phase = Phase::Storing { then_done: Some(SyncFailure::Blocked(blocked)) };
        Effect::Store(Write::Blocked(blocked))
    }

    pub(super) fn failed(
        &mut self,
        phase: &Phase,
        error: TransportError,
        now_ms: i64,
        entropy: &mut dyn Entropy,
    ) -> Effect {
        if error == TransportError::NoFiles {
            return self.no_files(now_ms);
        }
        if !error.is_passing() {
            return self.done(Err(SyncFailure::Offline(error)));
        }
        self.again_or(SyncFailure::Offline(error), phase, now_ms, entropy)
    }

    /// Waits and tries again with smaller pieces, or gives up.
    fn again_or(
        &mut self,
        failure: SyncFailure,
        phase: &Phase,
        now_ms: i64,
        entropy: &mut dyn Entropy,
    ) -> Effect {
        self.failures += 1;
        if self.failures >= self.policy.attempts {
            return self.done(Err(failure));
        }
        match phase {
            Phase::Push { .. } => self.push_bytes = (self.push_bytes / 2).max(1),
            Phase::Pull { .. } => self.page_bytes = (self.page_bytes / 2).max(limits::PAGE_BYTES_MIN),
            Phase::Held { .. } | Phase::Upload | Phase::Download { .. } => self.file_failed(),
            _ => {}
        }
        self.phase = Phase::Waiting;
        Effect::WaitUntil(now_ms.saturating_add(self.policy.wait_ms(self.failures, entropy)))
    }
}

/// One result per envelope sent, in the order sent, or it is no answer to what was sent.
fn answers(response: &PushResponse, sent: &[EnvelopeId]) -> bool {
    response.results.len() == sent.len()
        && response.results.iter().zip(sent).all(|(result, sent)| match result {
            EnvelopeResult::Recorded { id, .. } => id == sent,
            EnvelopeResult::Refused { id, .. } => id.is_none_or(|id| id == *sent),
        })
}

pub(super) fn read<T: DeserializeOwned>(reply: &Reply) -> Option<T> {
    frame::decode(&reply.body).ok()
}

/// A problem comes as CBOR from our server, or as JSON from our server's JSON border.
pub(crate) fn problem_of(reply: &Reply) -> Option<Problem> {
    read(reply).or_else(|| serde_json::from_slice(&reply.body).ok())
}
