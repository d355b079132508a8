//! The static half of the gate: everything that the bytes of a change say by themselves.

use super::GateError;
use crate::codec::{PutOp, chunk, decode};
use crate::ids::{ActorId, ChangeHash};
use crate::key::Key;
use crate::note::ChangeNote;
use crate::value::Value;

/// What a change says, read and bounded by our own parser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeFacts {
    /// Its name: the SHA-256 of its raw encoding.
    pub hash: ChangeHash,
    /// Who wrote it, as automerge knows it. Who that is, only the signer of the envelope can say.
    pub actor: ActorId,
    /// Its number among the changes of this actor, from 1.
    pub seq: u64,
    /// The counter of its first operation.
    pub start_op: u64,
    /// How many operations it has, at least one.
    pub op_count: u64,
    /// The changes it has seen directly, ascending.
    pub deps: Vec<ChangeHash>,
    /// automerge's own time field, in seconds since 1970; advisory.
    pub time_s: i64,
    /// Form version, time and reason; `None` when the message is not a note of ours.
    pub note: Option<ChangeNote>,
    /// The uncompressed encoding: what is stored.
    pub raw: Vec<u8>,
    pub(crate) message: String,
    pub(crate) puts: Vec<PutOp>,
}

impl ChangeFacts {
    /// The counter of its last operation.
    pub fn max_op(&self) -> u64 {
        self.start_op + self.op_count - 1
    }

    /// What it puts, in the order of its operations.
    pub fn puts(&self) -> impl ExactSizeIterator<Item = (&Key, &Value)> {
        self.puts.iter().map(|put| (&put.key, &put.value))
    }
}

/// Reads a change without any record: form, limits, checksum, kinds of operation, keys and values.
///
/// Runs in time and memory bounded by [`crate::limits`], whatever the bytes are, and never panics. automerge
/// sees nothing here.
///
/// # Errors
/// [`GateError`] names the first rule that is broken.
pub fn inspect(bytes: &[u8]) -> Result<ChangeFacts, GateError> {
    let (raw, hash, body_at) = chunk::open(bytes)?;
    let body = decode::decode(raw.get(body_at..).unwrap_or_default())?;
    Ok(ChangeFacts {
        hash,
        actor: body.actor,
        seq: body.seq,
        start_op: body.start_op,
        op_count: body.puts.len() as u64,
        deps: body.deps,
        time_s: body.time_s,
        note: ChangeNote::parse(&body.message),
        raw,
        message: body.message,
        puts: body.puts,
    })
}
