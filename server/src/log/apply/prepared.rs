//! Documents worked out before the transaction began, so that the commit is short and two cores are used.

use std::collections::HashMap;

use doorstep_records::{Heads, RecordId};

/// The documents an entry leads to, by record. Whoever prepares them checks inside the transaction that the record has
/// not changed meanwhile; without one the document is worked out here again, with the same result.
#[derive(Debug, Default)]
pub(crate) struct Prepared(pub(crate) HashMap<RecordId, PreparedDocument>);

/// A document with the accepted changes of one entry.
#[derive(Debug, Clone)]
pub(crate) struct PreparedDocument {
    /// As it is stored.
    pub(crate) saved: Vec<u8>,
    /// Its state.
    pub(crate) heads: Heads,
}
