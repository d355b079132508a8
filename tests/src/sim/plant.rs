//! Faults planted on purpose, at the seams: they show that the checks can fail.

use std::cell::RefCell;

use doorstep_client_core::sync::{Reply, route};

use doorstep_records::gate::inspect;
use doorstep_records::{ActorId, Record};
use rusqlite::params;

use super::Trouble;
use super::chance::Chance;
use super::forge::blind_overwrite;
use super::office::document;
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
        // Not always: a scope that changes with every page is walked to for ever.
        (Plant::PullWithoutScope, route::PULL) if chance.borrow_mut().percent(15) => {
            server.answer_unscoped(token, body).ok()
        }
        _ => None,
    }
}

/// Lets a change into a document that overwrites a value it never saw, as a server without the check of `pred` would.
pub fn forge(world: &mut World) -> Result<(), Trouble> {
    let Some((record, changes)) = world.witness.borrow().acked.clone().into_iter().next() else {
        return Ok(());
    };
    let first = changes.values().filter_map(|raw| inspect(raw).ok()).min_by_key(|facts| facts.start_op);
    let forged = first.and_then(|facts| blind_overwrite(ActorId::from_bytes([0xee; 16]), &facts));
    let (Some(mut before), Some(forged)) = (document(&world.server, record)?, forged) else { return Ok(()) };
    let saved = before.save();
    let mut after = Record::load_with_changes(Some(&saved), &[forged])
        .map_err(|_| Trouble::Unreadable("forged document"))?;
    world.server.behind()?.execute(
        "UPDATE document SET bytes = ?2 WHERE record = (SELECT num FROM record WHERE id = ?1)",
        params![record.to_bytes(), after.save()],
    )?;
    Ok(())
}
