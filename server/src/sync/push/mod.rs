//! Push: envelopes in, one verdict per item out, acked means fsynced.
//!
//! 1. `open`: signature, limits, every change inspected; no database.
//! 2. `plan`: every touched record judged against a snapshot; on the caller's thread, next to other callers.
//! 3. `record`: on the writer, what still stands is appended to the log and applied, what changed meanwhile is judged
//!    again; verdicts and log rows share one transaction.

mod admit;
mod judge;
mod open;
mod plan;
mod record;
mod retry;
mod view;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use doorstep_protocol::push::{EnvelopeResult, ItemVerdict, PushRequest, PushResponse};
use doorstep_protocol::{Envelope, EnvelopeId, Item, ProblemKind, SignedEnvelope, UserId, limits};

use crate::log::Author;
use crate::store::sqlite::Identity;
use crate::store::sqlite::scopes;
use crate::store::sync::DeviceSession;
use crate::store::{Scope, SqliteStore, StoreError};
use judge::Context;
use open::{Opened, Refusal, open};
pub(crate) use retry::{release_work, retry};
use rusqlite::Connection;

/// Takes the envelopes of a device.
pub(crate) fn push(
    store: &SqliteStore,
    session: DeviceSession,
    request: PushRequest,
    now_ms: i64,
) -> Result<PushResponse, StoreError> {
    if request.envelopes.len() > limits::ENVELOPES_PER_PUSH {
        return Err(StoreError::refused(ProblemKind::TooLarge));
    }
    let device = store
        .read(|conn| scopes::device(conn, session.device))?
        .ok_or_else(|| StoreError::refused(ProblemKind::SignInRequired))?;
    let author = Author {
        user: device.user,
        name: device.user_name,
        role: device.role,
        device: session.device,
        server: false,
    };
    let envelopes =
        request.envelopes.into_iter().map(|signed| open(signed, &device.public_key, device.user)).collect();
    deliver(store, author, device.revoked, false, envelopes, now_ms)
}

/// Takes envelopes that somebody carried, each as if the phone that signed it had pushed it; one result for each.
pub(crate) fn push_carried(
    store: &SqliteStore,
    envelopes: Vec<SignedEnvelope>,
    now_ms: i64,
) -> Result<Vec<EnvelopeResult>, StoreError> {
    let mut results = Vec::with_capacity(envelopes.len());
    let mut envelopes = envelopes.into_iter().map(|signed| (signed.peek().ok(), signed)).peekable();
    while let Some((peeked, signed)) = envelopes.next() {
        let Some(Envelope { id, device, .. }) = peeked else {
            results.push(EnvelopeResult::Refused { id: None, problem: ProblemKind::BadRequest });
            continue;
        };
        let (mut ids, mut batch) = (vec![id], vec![signed]);
        while batch.len() < limits::ENVELOPES_PER_PUSH
            && let Some((Some(next), signed)) =
                envelopes.next_if(|(next, _)| next.as_ref().is_some_and(|next| next.device == device))
        {
            ids.push(next.id);
            batch.push(signed);
        }
        let known = store.read(|conn| scopes::device(conn, device))?.is_some();
        match known {
            true => {
                let request = PushRequest { envelopes: batch };
                results.extend(push(store, DeviceSession { device }, request, now_ms)?.results);
            }
            // Nobody can say whose it is.
            false => results.extend(
                ids.into_iter()
                    .map(|id| EnvelopeResult::Refused { id: Some(id), problem: ProblemKind::NotFound }),
            ),
        }
    }
    Ok(results)
}

/// Takes items that the server itself writes for a person: imports, edits at the console. They are signed with the
/// server's key and go the way of every envelope; `id` makes a repetition harmless.
pub(crate) fn push_as_server(
    store: &SqliteStore,
    scope: &Scope,
    id: EnvelopeId,
    items: Vec<Item>,
    now_ms: i64,
) -> Result<Vec<ItemVerdict>, StoreError> {
    let identity = store.identity();
    let author = server_author(identity, scope.user(), scope.user_name(), scope.role().name());
    let number = 1 + store.read(|conn| record::last_number(conn, identity.device()))?;
    let opened = sealed(identity, &author, (number, id), items, now_ms)?;
    verdicts_of(deliver(store, author, false, true, vec![opened], now_ms)?)
}

/// [`push_as_server`] inside a transaction of the caller: what the server writes stands or falls with what it follows from.
pub(crate) fn push_as_server_in(
    tx: &Connection,
    identity: &Identity,
    author: Author,
    id: EnvelopeId,
    items: Vec<Item>,
    now_ms: i64,
) -> Result<Vec<ItemVerdict>, StoreError> {
    let number = 1 + record::last_number(tx, identity.device())?;
    let envelopes = vec![sealed(identity, &author, (number, id), items, now_ms)?];
    let context = context(author, false, true);
    let plan = plan::plan(tx, &context, &envelopes)?;
    verdicts_of(record::record(tx, &context, envelopes, plan, now_ms)?)
}

/// The server as an author, writing for a person.
pub(crate) fn server_author(identity: &Identity, user: Option<UserId>, name: &str, role: &str) -> Author {
    Author {
        user: user.unwrap_or(UserId::from_bytes([0; 16])),
        name: name.to_owned(),
        role: role.to_owned(),
        device: identity.device(),
        server: true,
    }
}

fn sealed(
    identity: &Identity,
    author: &Author,
    (number, id): (u64, EnvelopeId),
    items: Vec<Item>,
    now_ms: i64,
) -> Result<Result<Opened, Refusal>, StoreError> {
    let (device, user) = (identity.device(), author.user);
    let envelope = Envelope { number, id, device, user, made_at_ms: now_ms, items };
    let signed = SignedEnvelope::seal(&envelope, &identity.signing_key)
        .map_err(|_| StoreError::Damaged("an envelope that cannot be encoded"))?;
    Ok(open(signed, identity.signing_key.verifying_key().as_bytes(), user))
}

fn verdicts_of(response: PushResponse) -> Result<Vec<ItemVerdict>, StoreError> {
    match response.results.into_iter().next() {
        Some(EnvelopeResult::Recorded { items, .. }) => Ok(items),
        Some(EnvelopeResult::Refused { problem, .. }) => Err(StoreError::refused(problem)),
        None => Err(StoreError::Damaged("an envelope without a result")),
    }
}

fn deliver(
    store: &SqliteStore,
    author: Author,
    revoked: bool,
    everywhere: bool,
    envelopes: Vec<Result<Opened, Refusal>>,
    now_ms: i64,
) -> Result<PushResponse, StoreError> {
    let context = context(author, revoked, everywhere);
    let plan = store.read(|conn| plan::plan(conn, &context, &envelopes))?;
    store.write(move |tx| record::record(tx, &context, envelopes, plan, now_ms))
}

fn context(author: Author, revoked: bool, everywhere: bool) -> Context {
    Context {
        author,
        revoked,
        everywhere,
        room: Cell::new(0),
        actors: RefCell::new(HashMap::new()),
        objects: RefCell::new(HashMap::new()),
        covered: RefCell::new(HashMap::new()),
    }
}
