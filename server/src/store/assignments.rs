//! Work given to people.

use doorstep_protocol::ObjectId;

use super::{Scope, StoreError};
use crate::assignments::model::{AssignmentFilter, AssignmentView, NewAssignments};
use crate::source::Entropy;

/// Assignments. One is in scope when its area and form are.
pub trait Assignments {
    /// Gives work; all of it or none. What is given to the same person already is answered again.
    fn assignment_add(
        &self,
        scope: &Scope,
        new: &NewAssignments,
        entropy: &dyn Entropy,
        at_ms: i64,
    ) -> Result<Vec<ObjectId>, StoreError>;

    /// Gives open work to somebody else. What the former holder has filled stays, and is still taken.
    fn assignment_move(
        &self,
        scope: &Scope,
        ids: &[ObjectId],
        to: &str,
        at_ms: i64,
    ) -> Result<(), StoreError>;

    /// Closes open work.
    fn assignment_close(
        &self,
        scope: &Scope,
        ids: &[ObjectId],
        reason: &str,
        at_ms: i64,
    ) -> Result<(), StoreError>;

    /// The assignments a filter finds, in the order in which they were given, after `after`, at most `limit`.
    fn assignment_list(
        &self,
        scope: &Scope,
        filter: &AssignmentFilter,
        after: Option<ObjectId>,
        limit: u32,
    ) -> Result<Vec<AssignmentView>, StoreError>;
}
