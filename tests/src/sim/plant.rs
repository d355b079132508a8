//! Faults planted on purpose, at the seams: they show that the checks can fail.

use std::cell::RefCell;

use doorstep_client_core::sync::{Reply, route};
use doorstep_protocol::frame;
use doorstep_protocol::push::PushResponse;

use super::chance::Chance;
use super::server::Server;

/// A planted fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    /// A push is answered although it is in no database that stays.
    AckBeforeCommit,
    /// The server forgets which envelopes it has.
    NoDedup,
    /// A page's cursor is kept before its items.
    CursorBeforePage,
    /// A pull is answered with somebody else's scope.
    PullWithoutScope,
    /// Whatever heads are named count as shown.
    ApproveUnseen,
    /// Phones are told that a backup holds what it does not hold.
    BackedUpTooFar,
}

/// The planted answer to a request, if the plant gives one.
pub fn answer(
    plant: Option<Plant>,
    server: &Server,
    chance: &RefCell<Chance>,
    route: &str,
    token: Option<&str>,
    body: &[u8],
) -> Option<Reply> {
    match (plant?, route) {
        (Plant::AckBeforeCommit, route::PUSH) if chance.borrow_mut().percent(40) => {
            server.answer_and_lose(token, body).ok()
        }
        (Plant::NoDedup, route::PUSH) => {
            server.behind().ok()?.execute("DELETE FROM envelope", []).ok()?;
            None
        }
        (Plant::BackedUpTooFar, route::PUSH) => {
            let reply = server.answer(route, token, body);
            let mut response: PushResponse = frame::decode(&reply.body).ok()?;
            response.backed_up = u64::MAX;
            Some(Reply { status: reply.status, body: frame::encode(&response).ok()? })
        }
        // Not always: a scope that changes with every page is walked to for ever.
        (Plant::PullWithoutScope, route::PULL) if chance.borrow_mut().percent(15) => {
            server.answer_unscoped(token, body).ok()
        }
        _ => None,
    }
}
