//! A record: one automerge document, flat, with its history.
//!
//! * `graph`: which change has seen which; where an operation comes from.
//! * `load`: opening, applying, saving.
//! * `read`: answers and candidates, now and at any heads.
//! * `write`: making changes.
//! * `conflicts`: different answers, and rows closed on one side and edited on the other.
//! * `history`: every value ever put.
//! * `canonical`: the text that is equal on all replicas.

mod canonical;
mod conflicts;
mod graph;
mod history;
mod load;
mod read;
mod write;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use automerge::Automerge;

pub use canonical::canonical_json;
pub use conflicts::{Conflict, ConflictKind};
pub use history::{HistoryEntry, Resolution};
pub use load::LoadError;
pub use read::{Answer, Answers, Candidate};
pub use write::{LocalChange, WriteError};

pub(crate) use graph::{Graph, Node};
pub(crate) use load::{ApplyFailed, guarded};

use crate::codec::OpId;
use crate::ids::{ActorId, ChangeHash, Heads};

/// One filled form: a flat map of answers with every change that ever made it.
///
/// Takes about 20 kB of heap for a fresh record, so it is loaded when needed and not kept.
pub struct Record {
    doc: Automerge,
    graph: OnceLock<Graph>,
    /// No save of this record is longer than this.
    size_bound: usize,
}

/// One change as it is stored and sent: its name and its raw (uncompressed) encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeBytes {
    /// The name of the change.
    pub hash: ChangeHash,
    /// The raw encoding.
    pub bytes: Vec<u8>,
}

/// A state was named by heads of which the record lacks some.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} of the heads are unknown", .missing.len())]
pub struct UnknownHeads {
    /// The heads that are not in the record, ascending.
    pub missing: Vec<ChangeHash>,
}

impl Record {
    /// The empty record.
    pub fn new() -> Self {
        Self { doc: Automerge::new(), graph: OnceLock::new(), size_bound: 64 }
    }

    /// The hashes that name the present state; empty for the empty record.
    pub fn heads(&mut self) -> Heads {
        self.heads_now()
    }

    /// True when no change was ever made.
    pub fn is_empty(&self) -> bool {
        self.doc.is_empty()
    }

    /// The number of the last change of `actor`; 0 when there is none.
    pub fn last_seq(&self, actor: &ActorId) -> u64 {
        self.graph().last_seq(actor)
    }

    /// True when the change is in the record.
    pub fn has_change(&self, hash: &ChangeHash) -> bool {
        self.graph().position(hash).is_some()
    }

    /// How many changes the record consists of.
    pub fn change_count(&self) -> usize {
        self.graph().len()
    }

    /// True when every one of `heads` is in the record. The empty heads always are.
    pub fn contains_heads(&mut self, heads: &Heads) -> bool {
        self.known(heads).is_ok()
    }

    /// True when the state `newer` includes the state `older`: both are known, and each of `older` is one of
    /// `newer` or in their past.
    pub fn descends(&mut self, newer: &Heads, older: &Heads) -> bool {
        let (Ok(newer), Ok(older)) = (self.known(newer), self.known(older)) else {
            return false;
        };
        let past = self.graph().past(&newer);
        older.iter().all(|position| past[*position])
    }

    /// True when the author of `newer` had seen `older`: both are known, and `older` is in the past of `newer`. A
    /// change has not seen itself.
    pub fn has_seen(&self, newer: &ChangeHash, older: &ChangeHash) -> bool {
        let graph = self.graph();
        match (graph.position(newer), graph.position(older)) {
            (Some(newer), Some(older)) => graph.has_seen(newer, older),
            _ => false,
        }
    }

    /// Who made a change; `None` for one that is not here.
    pub fn author_of(&self, hash: &ChangeHash) -> Option<ActorId> {
        let graph = self.graph();
        graph.position(hash).map(|position| graph.node(position).actor)
    }

    /// The newest form version that `actor` has written under; `None` when it has written nothing.
    pub fn newest_version_of(&self, actor: &ActorId) -> Option<u32> {
        let graph = self.graph();
        graph.all_of(actor).map(|position| graph.node(position).note().form_version).max()
    }

    /// The form versions that the changes up to `heads` were made under; changes that do not say are left out.
    ///
    /// # Errors
    /// [`UnknownHeads`] when a hash is not of this record.
    pub fn versions_at(&mut self, heads: &Heads) -> Result<BTreeSet<u32>, UnknownHeads> {
        let positions = self.known(heads)?;
        let graph = self.graph();
        let past = graph.past(&positions);
        let within = past.iter().enumerate().filter(|(_, within)| **within);
        let versions = within.map(|(position, _)| graph.node(position).note().form_version);
        Ok(versions.filter(|version| *version > 0).collect())
    }

    /// The state that includes all of these states and nothing else: their hashes, without those in the past of another.
    ///
    /// # Errors
    /// [`UnknownHeads`] when a hash is not of this record.
    pub fn joined(&mut self, states: &[&Heads]) -> Result<Heads, UnknownHeads> {
        let all: Heads = states.iter().flat_map(|heads| heads.iter().copied()).collect();
        self.known(&all)?;
        let alone = |hash: &ChangeHash| [*hash].into_iter().collect::<Heads>();
        let within = |hash: &ChangeHash, record: &mut Record| {
            all.iter().any(|other| other != hash && record.descends(&alone(other), &alone(hash)))
        };
        Ok(all.iter().filter(|hash| !within(hash, self)).copied().collect())
    }

    pub(crate) fn heads_now(&self) -> Heads {
        self.doc.get_heads().iter().map(|hash| ChangeHash::from_bytes(hash.0)).collect()
    }

    pub(crate) fn graph(&self) -> &Graph {
        self.graph.get_or_init(|| Graph::of(&self.doc))
    }

    /// The positions of `heads` in the graph, or which of them are unknown.
    pub(crate) fn known(&self, heads: &Heads) -> Result<Vec<usize>, UnknownHeads> {
        let graph = self.graph();
        let mut positions = Vec::with_capacity(heads.len());
        let mut missing = Vec::new();
        for hash in heads {
            match graph.position(hash) {
                Some(position) => positions.push(position),
                None => missing.push(*hash),
            }
        }
        if missing.is_empty() { Ok(positions) } else { Err(UnknownHeads { missing }) }
    }
}

impl Default for Record {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Record {
    /// Names the state, never the answers.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("heads", &self.heads_now()).finish_non_exhaustive()
    }
}

/// automerge's form of heads.
pub(crate) fn doc_heads(heads: &Heads) -> Vec<automerge::ChangeHash> {
    heads.iter().map(|hash| automerge::ChangeHash(hash.to_bytes())).collect()
}

/// Our form of the id of an operation; `None` for the root and for actors that are not ours.
pub(crate) fn op_id(id: &automerge::ObjId) -> Option<OpId> {
    match id {
        automerge::ObjId::Root => None,
        automerge::ObjId::Id(counter, actor, _) => {
            Some(OpId { counter: *counter, actor: ActorId::try_from(actor.to_bytes()).ok()? })
        }
    }
}
