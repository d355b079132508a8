//! Our own reading and writing of automerge 0.12's change chunk, for the one kind of change this project
//! makes: `put` of a scalar on a key of the root map.
//!
//! ```text
//! chunk  = 85 6f 4a 83 | checksum (4) | type (1) | length (uLEB) | body
//! body   = deps | actor | seq | start_op | time | message | other actors | columns | column data | extra bytes
//! hash   = SHA-256(type | length | body), checksum = its first four bytes; type 2 is type 1 with a deflated body
//! column = run-length encoded values, one for each operation
//! ```
//!
//! Invariant: reading takes time and memory bounded by [`crate::limits`], whatever the bytes are, and never
//! panics. Writing is canonical: automerge re-encodes changes when it saves, and only the canonical encoding
//! keeps its hash, so [`decode`] refuses every other one.

pub(crate) mod brief;
pub(crate) mod chunk;
pub(crate) mod decode;
pub(crate) mod document;
pub(crate) mod encode;
mod leb;
mod runs;

use crate::ids::ActorId;
use crate::key::Key;
use crate::value::Value;

/// The id of an operation: a Lamport counter and who counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct OpId {
    pub(crate) counter: u64,
    pub(crate) actor: ActorId,
}

/// One operation: `value` is put on `key` and overwrites the operations `preds` (ascending).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PutOp {
    pub(crate) key: Key,
    pub(crate) value: Value,
    pub(crate) preds: Vec<OpId>,
}

/// The content of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangeBody {
    pub(crate) deps: Vec<crate::ids::ChangeHash>,
    pub(crate) actor: ActorId,
    pub(crate) seq: u64,
    pub(crate) start_op: u64,
    pub(crate) time_s: i64,
    pub(crate) message: String,
    pub(crate) puts: Vec<PutOp>,
}

/// The columns of a change that we write and read, as automerge numbers them: `id << 4 | type`.
mod column {
    pub(super) const KEY_TEXT: u64 = 1 << 4 | 5;
    pub(super) const INSERT: u64 = 3 << 4 | 4;
    pub(super) const ACTION: u64 = 4 << 4 | 2;
    pub(super) const VALUE_META: u64 = 5 << 4 | 6;
    pub(super) const VALUE: u64 = 5 << 4 | 7;
    pub(super) const PRED_COUNT: u64 = 7 << 4;
    pub(super) const PRED_ACTOR: u64 = 7 << 4 | 1;
    pub(super) const PRED_COUNTER: u64 = 7 << 4 | 3;
    /// The bit that marks a deflated column; never allowed in a change.
    pub(super) const DEFLATE: u64 = 8;
}

/// The only action allowed.
const ACTION_PUT: u64 = 1;

/// The kinds of value in the value column, low four bits of its metadata; the rest is the length in bytes.
mod value_kind {
    pub(super) const NULL: u64 = 0;
    pub(super) const FALSE: u64 = 1;
    pub(super) const TRUE: u64 = 2;
    pub(super) const INT: u64 = 4;
    pub(super) const TEXT: u64 = 6;
    pub(super) const BYTES: u64 = 7;
}
