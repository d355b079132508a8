//! Samples drawn from the register.

use doorstep_protocol::ObjectId;
use doorstep_records::RecordId;

use super::{Scope, StoreError};
use crate::samples::compare::Discrepancies;
use crate::samples::model::{CheckedFilter, HandedOut, Handout, NewSample, Replaced, SampleView, UnitView};
use crate::source::Entropy;

/// Samples. One is in scope when its area and both its forms are.
pub trait Samples {
    /// Draws a sample by the rule of [`crate::samples::draw`] and keeps it in the log.
    fn sample_draw(
        &self,
        scope: &Scope,
        new: &NewSample,
        entropy: &dyn Entropy,
        at_ms: i64,
    ) -> Result<SampleView, StoreError>;

    /// Every sample, in the order in which they were drawn.
    fn sample_list(&self, scope: &Scope) -> Result<Vec<SampleView>, StoreError>;

    /// A sample with its households, by stratum in the order of the rule: those drawn, replaced, and the reserve.
    fn sample_get(&self, scope: &Scope, sample: ObjectId) -> Result<(SampleView, Vec<UnitView>), StoreError>;

    /// Gives the households that nobody has yet to people, as assignments of the sample's check.
    fn sample_assign(
        &self,
        scope: &Scope,
        sample: ObjectId,
        handout: &Handout,
        entropy: &dyn Entropy,
        at_ms: i64,
    ) -> Result<HandedOut, StoreError>;

    /// Puts the next of the reserve of its stratum in the place of a household that cannot be checked. Its open
    /// assignment is closed, and the next given to the same person.
    fn sample_replace(
        &self,
        scope: &Scope,
        sample: ObjectId,
        record: RecordId,
        reason: &str,
        entropy: &dyn Entropy,
        at_ms: i64,
    ) -> Result<Replaced, StoreError>;

    /// Approved checks against the register as it was approved on the day of each.
    fn sample_discrepancies(
        &self,
        scope: &Scope,
        filter: &CheckedFilter,
    ) -> Result<Discrepancies, StoreError>;
}
