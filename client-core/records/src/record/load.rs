//! Opening and saving records, and applying changes that have passed the gate.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use automerge::Automerge;

use super::{Node, Record};
use crate::codec::document;
use crate::gate::{self, ChangeFacts, GateError, Judged};
use crate::ids::ChangeHash;
use crate::limits::LOAD_BYTES;

/// Why bytes are not a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// Larger than a record may be.
    #[error("{bytes} bytes are more than a record has")]
    TooLarge {
        /// Bytes that came.
        bytes: usize,
    },
    /// Not a document as [`Record::save`] writes it.
    #[error("not a saved record")]
    NotARecord,
    /// automerge could not load it: damaged.
    #[error("a damaged record")]
    Damaged,
    /// A change beside the snapshot does not pass the gate.
    #[error("a change does not pass the gate")]
    Change(#[source] GateError),
    /// Changes that others depend on are not there.
    #[error("{} changes are missing", .missing.len())]
    Missing {
        /// The missing changes, ascending.
        missing: Vec<ChangeHash>,
    },
}

/// automerge refused a change, queued it, or panicked on it. The document is then unusable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ApplyFailed;

/// Runs `work`; `None` when it panics. What `work` changed is then unusable. In wasm a panic aborts.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

impl Record {
    /// Opens what [`Record::save`] wrote. No bytes at all are the empty record.
    ///
    /// # Errors
    /// [`LoadError`] when the bytes are too large, no saved record, or damaged.
    pub fn load(bytes: &[u8]) -> Result<Self, LoadError> {
        if bytes.is_empty() {
            return Ok(Self::new());
        }
        if bytes.len() > LOAD_BYTES {
            return Err(LoadError::TooLarge { bytes: bytes.len() });
        }
        if !document::is_bounded(bytes) {
            return Err(LoadError::NotARecord);
        }
        let doc = guarded(|| Automerge::load(bytes)).and_then(Result::ok).ok_or(LoadError::Damaged)?;
        Ok(Self { doc, graph: OnceLock::new(), size_bound: bytes.len() })
    }

    /// Opens a snapshot and the changes stored beside it, in any order; duplicates are ignored.
    ///
    /// Each change passes the whole gate except that the record is not saved and loaded after it. One that does
    /// not pass fails the whole: for changes that may be refused use [`gate::Admission`].
    ///
    /// # Errors
    /// [`LoadError::Change`] for the first change that does not pass, [`LoadError::Missing`] when changes are
    /// left whose dependencies are neither in the snapshot nor among them.
    pub fn load_with_changes(snapshot: Option<&[u8]>, changes: &[Vec<u8>]) -> Result<Self, LoadError> {
        let mut record = Self::load(snapshot.unwrap_or_default())?;
        let mut waiting = Vec::with_capacity(changes.len());
        for bytes in changes {
            waiting.push(gate::inspect(bytes).map_err(LoadError::Change)?);
        }
        // A change starts above all it has seen, so this order never waits for a change that is there.
        waiting.sort_by_key(|facts| (facts.start_op, facts.hash));
        let mut missing = Vec::new();
        for facts in &waiting {
            match gate::judge(&record, facts).map_err(LoadError::Change)? {
                Judged::Duplicate => {}
                Judged::Waiting(unknown) => missing.extend(unknown),
                Judged::Ready => {
                    record.apply(facts).map_err(|ApplyFailed| LoadError::Change(GateError::ApplyFailed))?;
                }
            }
        }
        if missing.is_empty() {
            return Ok(record);
        }
        missing.sort_unstable();
        missing.dedup();
        Err(LoadError::Missing { missing })
    }

    /// Both records in one, as two registrations of one household are read once they are merged. Their actors
    /// differ, so their changes never collide.
    ///
    /// # Errors
    /// As [`Record::load_with_changes`], for example when the limits of one record are passed.
    pub fn union(&mut self, other: &mut Self) -> Result<Self, LoadError> {
        let changes: Vec<_> = other.changes().into_iter().map(|change| change.bytes).collect();
        Self::load_with_changes(Some(&self.save()), &changes)
    }

    /// The whole record, uncompressed: a stream of uncompressed saves under one compressor is smaller than the
    /// saves compressed one by one, and ten times faster.
    pub fn save(&mut self) -> Vec<u8> {
        if self.is_empty() {
            return Vec::new();
        }
        let bytes = self.doc.save_nocompress();
        self.size_bound = bytes.len();
        bytes
    }

    /// Applies a change that the gate has judged ready. After a failure the record must be thrown away.
    pub(crate) fn apply(&mut self, facts: &ChangeFacts) -> Result<(), ApplyFailed> {
        let graph = self.graph();
        let node = Node {
            hash: facts.hash,
            actor: facts.actor,
            seq: facts.seq,
            start_op: facts.start_op,
            max_op: facts.max_op(),
            time_s: facts.time_s,
            message: facts.message.clone(),
            deps: facts.deps.iter().filter_map(|dep| graph.position(dep)).collect(),
        };
        self.apply_raw(&facts.raw, node)
    }

    /// Applies the raw change that `node` describes.
    pub(crate) fn apply_raw(&mut self, raw: &[u8], node: Node) -> Result<(), ApplyFailed> {
        let hash = automerge::ChangeHash(node.hash.to_bytes());
        let doc = &mut self.doc;
        let applied = guarded(|| {
            let change = automerge::Change::try_from(raw).ok()?;
            doc.apply_changes([change]).ok()?;
            // A change that automerge queues is no head.
            doc.get_heads().contains(&hash).then_some(())
        });
        applied.flatten().ok_or(ApplyFailed)?;
        if let Some(graph) = self.graph.get_mut() {
            graph.push(node);
        }
        self.size_bound += raw.len() + 64;
        Ok(())
    }

    /// The same record, sharing nothing: what is tried on it leaves `self` as it is.
    pub(crate) fn scratch(&self) -> Self {
        Self { doc: self.doc.clone(), graph: self.graph.clone(), size_bound: self.size_bound }
    }

    /// Takes over the graph of a record with the same changes.
    pub(crate) fn adopt_graph(&mut self, other: &mut Self) {
        if let Some(graph) = other.graph.take() {
            self.graph = OnceLock::from(graph);
        }
    }

    /// An upper bound for the length of [`Record::save`].
    pub(crate) fn size_bound(&self) -> usize {
        self.size_bound
    }
}
