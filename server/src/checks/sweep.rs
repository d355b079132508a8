//! The checks over the store: what they find becomes flags, what they no longer find loses them.

use doorstep_records::RecordId;
use serde_json::{Map, Value as Json};

use super::definition::CheckDefinition;
use super::engine::{CheckRow, Finding, Records, run};
use super::plan::CheckPlan;
use crate::reconcile::flag::{Flag, FlagKind};
use crate::reports::Catalog;
use crate::reports::definition::{Fault, Words};
use crate::store::checks::Checks;
use crate::store::dataset::Datasets;
use crate::store::reports::Reports;
use crate::store::{Scope, StoreError};

/// A deployment has one time zone: Asia/Shanghai.
const HOURS_EAST: i8 = 8;

/// The civil day of an instant, ISO 8601.
pub fn civil_day(now_ms: i64) -> String {
    let now = jiff::Timestamp::from_millisecond(now_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    jiff::tz::Offset::constant(HOURS_EAST).to_datetime(now).date().to_string()
}

/// The checks a server knows.
#[derive(Debug, Clone, Default)]
pub struct CheckSet {
    definitions: Vec<CheckDefinition>,
}

/// Why the checks could not run.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A definition does not fit the published forms.
    #[error("{} faults in the checks", .0.len())]
    Faults(Vec<Fault>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CheckSet {
    /// A set of definitions.
    pub fn new(definitions: Vec<CheckDefinition>) -> CheckSet {
        CheckSet { definitions }
    }

    /// Keys, forms and messages.
    pub fn definitions(&self) -> &[CheckDefinition] {
        &self.definitions
    }

    /// What a check says of what it finds.
    pub fn message(&self, key: &str) -> Option<&Words> {
        self.definitions.iter().find(|check| check.key == key).map(|check| &check.message)
    }

    /// Runs every check whose forms are published over the whole dataset and replaces the flags of all checks. `today`:
    /// civil date of the deployment. Answers what stands now.
    ///
    /// # Errors
    /// [`CheckError`]; no flag is changed then.
    pub fn sweep<S: Datasets + Reports + Checks + ?Sized>(
        &self,
        store: &S,
        scope: &Scope,
        today: &str,
    ) -> Result<Vec<(RecordId, Flag)>, CheckError> {
        let catalog = store.report_catalog(scope)?;
        let plans = self.plans(&catalog)?;
        let places = store.report_places(scope)?;
        let findings = run(&plans, &StoreRecords { store, scope }, &places, today)?;
        let flags: Vec<(RecordId, Flag)> = findings.into_iter().map(|found| self.flag(found)).collect();
        store.check_flags_replace(&flags)?;
        Ok(flags)
    }

    /// A deployment need not use every form: checks over forms it does not publish rest.
    fn plans(&self, catalog: &Catalog) -> Result<Vec<CheckPlan>, CheckError> {
        let published = |check: &&CheckDefinition| {
            let mut forms = check.lists.values().map(|list| &list.form).chain([&check.form]);
            forms.all(|form| catalog.doc_type(form).is_some())
        };
        let (mut plans, mut faults) = (Vec::new(), Vec::new());
        for check in self.definitions.iter().filter(published) {
            match CheckPlan::check(check.clone(), catalog) {
                Ok(plan) => plans.push(plan),
                Err(mut found) => faults.append(&mut found),
            }
        }
        if faults.is_empty() { Ok(plans) } else { Err(CheckError::Faults(faults)) }
    }

    /// The words of the check travel in the flag's detail, as JSON.
    fn flag(&self, found: Finding) -> (RecordId, Flag) {
        let words = self.definitions.iter().find(|check| check.key == found.key).map(|check| &check.message);
        let detail = words.map(|words| serde_json::json!({"en": words.en, "zh": words.zh}).to_string());
        let flag = Flag {
            kind: FlagKind::CrossCheck,
            key: found.key,
            path: found.path,
            detail: detail.unwrap_or_default(),
        };
        (found.record, flag)
    }
}

struct StoreRecords<'a, S: ?Sized> {
    store: &'a S,
    scope: &'a Scope,
}

impl<S: Datasets + Checks + ?Sized> Records for StoreRecords<'_, S> {
    type Error = StoreError;

    fn visit(
        &self,
        form: &str,
        visit: &mut dyn FnMut(CheckRow) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.store.dataset_each(self.scope, form, &mut |row| {
            let answers = serde_json::from_str(&row.json)
                .map_err(|_| StoreError::Damaged("a dataset row cannot be read"))?;
            visit(CheckRow { record: row.record, area: row.area, subject: row.subject, answers })
        })
    }

    fn earlier(&self, record: RecordId) -> Result<Vec<Map<String, Json>>, StoreError> {
        self.store.check_earlier(record)
    }
}
