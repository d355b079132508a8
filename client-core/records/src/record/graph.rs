//! Which change has seen which. Built once for a loaded record, then kept up to date.

use std::collections::HashMap;

use automerge::Automerge;

use crate::codec::OpId;
use crate::ids::{ActorId, ChangeHash};
use crate::note::ChangeNote;

/// What the graph keeps of a change.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) hash: ChangeHash,
    pub(crate) actor: ActorId,
    pub(crate) seq: u64,
    pub(crate) start_op: u64,
    pub(crate) max_op: u64,
    pub(crate) time_s: i64,
    pub(crate) message: String,
    /// Positions of the changes it has seen directly; all lower than its own.
    pub(crate) deps: Vec<usize>,
}

impl Node {
    /// Its note; one with only automerge's own time when the message is not a note.
    pub(crate) fn note(&self) -> ChangeNote {
        ChangeNote::parse(&self.message)
            .unwrap_or_else(|| ChangeNote::new(0, self.time_s.saturating_mul(1000)))
    }
}

/// All changes of a record, each after those it has seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    by_hash: HashMap<ChangeHash, usize>,
    by_actor: HashMap<ActorId, Vec<usize>>,
    /// No two changes are concurrent: each has seen the one before it.
    linear: bool,
}

impl Graph {
    pub(crate) fn of(doc: &Automerge) -> Self {
        let mut graph = Self { linear: true, ..Self::default() };
        for meta in doc.get_changes_meta(&[]) {
            let Ok(actor) = ActorId::try_from(meta.actor.to_bytes()) else { continue };
            let deps =
                meta.deps.iter().filter_map(|dep| graph.position(&ChangeHash::from_bytes(dep.0))).collect();
            graph.push(Node {
                hash: ChangeHash::from_bytes(meta.hash.0),
                actor,
                seq: meta.seq,
                start_op: meta.start_op,
                max_op: meta.max_op,
                time_s: meta.timestamp,
                message: meta.message.unwrap_or_default().into_owned(),
                deps,
            });
        }
        graph
    }

    pub(crate) fn push(&mut self, node: Node) {
        let position = self.nodes.len();
        self.linear &= match position.checked_sub(1) {
            None => true,
            Some(last) => node.deps.contains(&last),
        };
        self.by_hash.insert(node.hash, position);
        self.by_actor.entry(node.actor).or_default().push(position);
        self.nodes.push(node);
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn node(&self, position: usize) -> &Node {
        &self.nodes[position]
    }

    pub(crate) fn position(&self, hash: &ChangeHash) -> Option<usize> {
        self.by_hash.get(hash).copied()
    }

    /// True when no two changes are concurrent.
    pub(crate) fn is_linear(&self) -> bool {
        self.linear
    }

    pub(crate) fn last_of(&self, actor: &ActorId) -> Option<usize> {
        self.by_actor.get(actor)?.last().copied()
    }

    pub(crate) fn last_seq(&self, actor: &ActorId) -> u64 {
        self.last_of(actor).map_or(0, |position| self.nodes[position].seq)
    }

    /// The changes of an actor, oldest first.
    pub(crate) fn all_of(&self, actor: &ActorId) -> impl Iterator<Item = usize> {
        self.by_actor.get(actor).into_iter().flatten().copied()
    }

    /// Whether `older` is in the past of `newer`; not when they are the same.
    pub(crate) fn has_seen(&self, newer: usize, older: usize) -> bool {
        // A change stands after all it has seen.
        if older >= newer || self.linear {
            return older < newer;
        }
        let mut seen = vec![false; newer + 1];
        let mut open = vec![newer];
        while let Some(position) = open.pop() {
            for dep in self.nodes[position].deps.iter().copied().filter(|dep| *dep >= older) {
                if dep == older {
                    return true;
                }
                if !std::mem::replace(&mut seen[dep], true) {
                    open.push(dep);
                }
            }
        }
        false
    }

    /// The change that contains an operation.
    pub(crate) fn change_of(&self, op: &OpId) -> Option<usize> {
        let own = self.by_actor.get(&op.actor)?;
        let after = own.partition_point(|position| self.nodes[*position].start_op <= op.counter);
        let position = *own.get(after.checked_sub(1)?)?;
        (op.counter <= self.nodes[position].max_op).then_some(position)
    }

    /// The highest operation counter that `positions` have seen or made; 0 for none. The counter of a change
    /// is above all of its past, so its own is enough.
    pub(crate) fn max_op(&self, positions: &[usize]) -> u64 {
        positions.iter().map(|position| self.nodes[*position].max_op).max().unwrap_or(0)
    }

    /// For each change, whether it is one of `positions` or in their past.
    pub(crate) fn past(&self, positions: &[usize]) -> Vec<bool> {
        let mut past = vec![false; self.nodes.len()];
        let mut open = positions.to_vec();
        while let Some(position) = open.pop() {
            if !std::mem::replace(&mut past[position], true) {
                open.extend(&self.nodes[position].deps);
            }
        }
        past
    }

    /// For each change, whether it is `position` or has seen it.
    pub(crate) fn future(&self, position: usize) -> Vec<bool> {
        let mut future = vec![false; self.nodes.len()];
        future[position] = true;
        for later in position + 1..self.nodes.len() {
            future[later] = self.nodes[later].deps.iter().any(|dep| future[*dep]);
        }
        future
    }

    /// Positions without those that another of them has seen.
    pub(crate) fn newest(&self, positions: &[usize]) -> Vec<usize> {
        let deps: Vec<usize> =
            positions.iter().flat_map(|position| self.nodes[*position].deps.clone()).collect();
        let older = self.past(&deps);
        positions.iter().copied().filter(|position| !older[*position]).collect()
    }
}
