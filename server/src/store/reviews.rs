//! Reviews: decisions on exact heads, comments, areas applied.

use doorstep_protocol::ObjectId;
use doorstep_records::{Heads, RecordId};

use super::{Scope, StoreError};
use crate::review::model::{NewComment, NewReview, Refused, Reviewed};

/// What became of a decision.
#[derive(Debug, Clone, PartialEq)]
pub enum Decided {
    /// It stands.
    Taken(Reviewed),
    /// A rule of review stands against it; the difference is told.
    Refused(Box<Refused>),
}

/// Decisions on records. Outside the scope a record does not exist.
pub trait Reviews {
    /// Takes or refuses a decision.
    fn review_decide(
        &self,
        scope: &Scope,
        record: RecordId,
        review: &NewReview,
    ) -> Result<Decided, StoreError>;

    /// A remark from the office; the phones of the record hear of it.
    fn comment_add(
        &self,
        scope: &Scope,
        record: RecordId,
        id: ObjectId,
        heads: &Heads,
        comment: &NewComment,
        at_ms: i64,
    ) -> Result<(), StoreError>;

    /// Moves a record to another area, which must lie in the scope as well.
    fn area_apply(&self, scope: &Scope, record: RecordId, area: &str, at_ms: i64) -> Result<(), StoreError>;
}
