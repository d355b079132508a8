//! What was worked out before the transaction began, so that the commit is short and two cores are used.

use std::collections::HashMap;

use doorstep_protocol::Envelope;
use doorstep_records::gate::ChangeFacts;
use doorstep_records::{ActorId, ChangeHash, Heads, RecordId};

/// What one entry leads to. Whoever prepares it checks inside the transaction that the records have not changed
/// meanwhile; what is not here is worked out again, with the same result.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    /// The body of the entry's envelope, read already.
    pub(crate) envelope: Option<Envelope>,
    /// By record.
    pub(crate) documents: HashMap<RecordId, PreparedDocument>,
}

/// A document with the accepted changes of one entry.
#[derive(Debug, Clone)]
pub(crate) struct PreparedDocument {
    /// As it is stored.
    pub(crate) saved: Vec<u8>,
    /// Its state.
    pub(crate) heads: Heads,
    /// The changes accepted, in the order of their items.
    pub(crate) changes: Vec<PreparedChange>,
}

/// What is stored of a change.
#[derive(Debug, Clone)]
pub(crate) struct PreparedChange {
    pub(crate) hash: ChangeHash,
    pub(crate) actor: ActorId,
    pub(crate) raw: Vec<u8>,
}

impl From<&ChangeFacts> for PreparedChange {
    fn from(facts: &ChangeFacts) -> PreparedChange {
        PreparedChange { hash: facts.hash, actor: facts.actor, raw: facts.raw.clone() }
    }
}
