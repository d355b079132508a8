//! A device without a store: a key, a session, signed envelopes. It costs the machine little, so that the server is what
//! is measured.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use doorstep_client_core::sync::{Reply, Transport, TransportError, route};
use doorstep_protocol::envelope::{Envelope, Item, SignedEnvelope};
use doorstep_protocol::hello::{
    Challenge, ChallengeRequest, EnrolRequest, EnrolResponse, HelloRequest, HelloResponse, sign_hello,
};
use doorstep_protocol::pull::{Page, PageItem, PullRequest};
use doorstep_protocol::push::{EnvelopeResult, ItemVerdict, PushRequest, PushResponse};
use doorstep_protocol::{DeviceId, EnvelopeId, UserId, frame, limits, version};
use doorstep_server::language::Language;
use doorstep_server::source::Machine;
use doorstep_server::store::SqliteStore;
use doorstep_server::sync::door::{self, Route};
use ed25519_dalek::SigningKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::{ByteArray, ByteBuf};

use crate::chance::Chance;
use crate::households::VISIT_MS;

/// The server in this process: the same bytes in and out as over HTTP.
#[derive(Clone)]
pub(crate) struct Door(pub(crate) Arc<SqliteStore>);

impl Transport for Door {
    fn post(&self, route: &str, token: Option<&str>, body: Vec<u8>) -> Result<Reply, TransportError> {
        let known = Route::of_path(route).ok_or_else(|| TransportError::BadAddress(route.to_owned()))?;
        let reply = door::answer(self.0.as_ref(), (&Machine, &Machine), known, token, &body, Language::En);
        Ok(Reply { status: reply.status, body: reply.body })
    }
}

/// A push, ready to be sent.
pub(crate) struct Sealed {
    pub(crate) body: Vec<u8>,
    /// The signed bytes: what an append to a log would hold.
    pub(crate) signed: Vec<u8>,
    pub(crate) items: usize,
}

pub(crate) struct Hand {
    key: SigningKey,
    device: DeviceId,
    user: UserId,
    token: String,
    number: u64,
    chance: Chance,
    /// Marker of the installation, part of every actor.
    pub(crate) install: [u8; 16],
    pub(crate) user_text: String,
}

/// What following the feed to its end came to.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Pulled {
    pub(crate) pages: usize,
    pub(crate) bytes: usize,
    pub(crate) snapshots: usize,
    /// The time in which the other side answered; reading the answers is not in it.
    pub(crate) answering: Duration,
}

impl Hand {
    /// Enrols a new device with a one-time code and begins a session.
    pub(crate) fn enrol(transport: &dyn Transport, code: &str, seed: u64) -> Result<Hand> {
        let mut chance = Chance::new(seed);
        let key = SigningKey::from_bytes(&chance.bytes());
        let request = EnrolRequest {
            code: code.to_owned(),
            public_key: ByteArray::new(key.verifying_key().to_bytes()),
            name: "bench".to_owned(),
            person: None,
        };
        let enrolled: EnrolResponse = ask(transport, route::ENROL, None, &request)?;
        let mut hand = Hand {
            key,
            device: enrolled.device,
            user: enrolled.user.id,
            token: String::new(),
            number: 0,
            install: chance.bytes(),
            user_text: enrolled.user.id.to_string(),
            chance,
        };
        hand.hello(transport)?;
        Ok(hand)
    }

    /// Begins a session.
    pub(crate) fn hello(&mut self, transport: &dyn Transport) -> Result<()> {
        let challenge: Challenge =
            ask(transport, route::CHALLENGE, None, &ChallengeRequest { device: self.device })?;
        let request = HelloRequest {
            device: self.device,
            nonce: challenge.nonce,
            signature: ByteBuf::from(sign_hello(&self.key, &challenge.nonce)),
            protocols: version::SUPPORTED.to_vec(),
            now_ms: VISIT_MS,
        };
        let hello: HelloResponse = ask(transport, route::HELLO, None, &request)?;
        self.token = hello.token;
        Ok(())
    }

    /// Closes items into one signed envelope and that into the body of a push.
    pub(crate) fn seal(&mut self, items: Vec<Item>) -> Result<Sealed> {
        self.number += 1;
        let count = items.len();
        let envelope = Envelope {
            number: self.number,
            id: EnvelopeId::mint(u64::try_from(VISIT_MS)?, self.chance.bytes()),
            device: self.device,
            user: self.user,
            made_at_ms: VISIT_MS,
            items,
        };
        let signed = SignedEnvelope::seal_from(envelope, self.install, &self.key)?;
        let log = signed.body.to_vec();
        let body = frame::encode(&PushRequest { envelopes: vec![signed] })?;
        Ok(Sealed { body, signed: log, items: count })
    }

    /// Sends a push; every item must be accepted.
    pub(crate) fn push(&self, transport: &dyn Transport, sealed: &Sealed) -> Result<()> {
        let reply = transport.post(route::PUSH, Some(&self.token), sealed.body.clone())?;
        ensure!(reply.status == 200, "a push was answered with {}", reply.status);
        let response: PushResponse = frame::decode(&reply.body)?;
        let mut accepted = 0;
        for result in &response.results {
            let EnvelopeResult::Recorded { items, .. } = result else {
                bail!("an envelope was refused: {result:?}")
            };
            if let Some(other) = items.iter().find(|item| **item != ItemVerdict::Accepted) {
                bail!("an item was not accepted: {other:?}");
            }
            accepted += items.len();
        }
        ensure!(accepted == sealed.items, "{accepted} of {} items were answered", sealed.items);
        Ok(())
    }

    /// Follows the feed from the beginning to its end and keeps nothing.
    pub(crate) fn pull_all(&self, transport: &dyn Transport) -> Result<Pulled> {
        let mut pulled = Pulled::default();
        let mut cursor = None;
        let mut page_bytes = limits::PAGE_BYTES_DEFAULT;
        loop {
            let (page, bytes, time) = self.pull(transport, cursor.take(), page_bytes)?;
            pulled.answering += time;
            pulled.pages += 1;
            pulled.bytes += bytes;
            pulled.snapshots +=
                page.items.iter().filter(|item| matches!(item, PageItem::Snapshot { .. })).count();
            if !page.more {
                return Ok(pulled);
            }
            cursor = Some(page.cursor);
            page_bytes = (page_bytes * 2).min(limits::PAGE_BYTES_MAX);
        }
    }

    /// One page, the bytes of its body, and the time until it was there.
    fn pull(
        &self,
        transport: &dyn Transport,
        cursor: Option<ByteBuf>,
        page_bytes: u32,
    ) -> Result<(Page, usize, Duration)> {
        let body = frame::encode(&PullRequest { cursor, page_bytes, doubted: Vec::new() })?;
        let start = Instant::now();
        let reply = transport.post(route::PULL, Some(&self.token), body)?;
        let time = start.elapsed();
        ensure!(reply.status == 200, "a pull was answered with {}", reply.status);
        Ok((frame::decode(&reply.body)?, reply.body.len(), time))
    }
}

fn ask<Q: Serialize, A: DeserializeOwned>(
    transport: &dyn Transport,
    route: &str,
    token: Option<&str>,
    request: &Q,
) -> Result<A> {
    let reply = transport.post(route, token, frame::encode(request)?)?;
    ensure!(reply.status == 200, "{route} was answered with {}", reply.status);
    frame::decode(&reply.body).with_context(|| route.to_owned())
}
