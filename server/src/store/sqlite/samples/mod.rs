//! Samples drawn from the register.

mod discrepancies;
mod drawing;
mod handing;
mod reading;

use doorstep_protocol::{ObjectId, ProblemKind};
use doorstep_records::RecordId;

use super::SqliteStore;
use crate::accounts::role::Action;
use crate::samples::compare::Discrepancies;
use crate::samples::model::{CheckedFilter, HandedOut, Handout, NewSample, Replaced, SampleView, UnitView};
use crate::source::Entropy;
use crate::store::samples::Samples;
use crate::store::{Scope, StoreError};

impl Samples for SqliteStore {
    fn sample_draw(
        &self,
        scope: &Scope,
        new: &NewSample,
        entropy: &dyn Entropy,
        at_ms: i64,
    ) -> Result<SampleView, StoreError> {
        self.drawn(scope, new, entropy, at_ms)
    }

    fn sample_list(&self, scope: &Scope) -> Result<Vec<SampleView>, StoreError> {
        may_count(scope)?;
        self.read(|conn| reading::samples(conn, scope))
    }

    fn sample_get(&self, scope: &Scope, sample: ObjectId) -> Result<(SampleView, Vec<UnitView>), StoreError> {
        may_count(scope)?;
        self.read(|conn| {
            let (num, view) = reading::sample(conn, scope, sample)?;
            let units = reading::units(conn, scope, num, &view)?;
            Ok((view, units))
        })
    }

    fn sample_assign(
        &self,
        scope: &Scope,
        sample: ObjectId,
        handout: &Handout,
        entropy: &dyn Entropy,
        at_ms: i64,
    ) -> Result<HandedOut, StoreError> {
        self.handed_out(scope, sample, handout, entropy, at_ms)
    }

    fn sample_replace(
        &self,
        scope: &Scope,
        sample: ObjectId,
        record: RecordId,
        reason: &str,
        entropy: &dyn Entropy,
        at_ms: i64,
    ) -> Result<Replaced, StoreError> {
        self.replaced(scope, (sample, record), reason, entropy, at_ms)
    }

    fn sample_discrepancies(
        &self,
        scope: &Scope,
        filter: &CheckedFilter,
    ) -> Result<Discrepancies, StoreError> {
        may_count(scope)?;
        self.read(|conn| discrepancies::discrepancies(conn, scope, filter))
    }
}

fn may_count(scope: &Scope) -> Result<(), StoreError> {
    match scope.role().may(Action::Count) {
        true => Ok(()),
        false => Err(StoreError::refused(ProblemKind::NotAllowed)),
    }
}
