//! The enumerators: each a real device with a store of its own, filling forms offline and synchronising through the bad
//! network.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use doorstep_client_core::device::FormCache;
use doorstep_client_core::driver::{self, HttpTransport};
use doorstep_client_core::sync::{Policy, SyncFailure};
use doorstep_client_core::{Device, DeviceError};
use doorstep_forms::{Form, Severity, Violation};
use doorstep_records::RecordId;
use serde_json::{Value, json};

use super::answers;
use super::seed::Seed;
use super::town::{Check, Town};

/// Whole syncs a device tries before it gives up; each tries every request again by itself.
const SYNC_TRIES: usize = 20;
/// The demo's mast is back at once, so its phones need not wait as real ones do.
const IMPATIENT: Policy = Policy { attempts: 8, first_wait_ms: 10, longest_wait_ms: 100 };
/// Persons that a wrong first entry claims too many; the enumerator or the supervisor notices.
const TOO_MANY: usize = 1;

/// One enumerator with a phone.
pub struct Enumerator {
    /// Place among the enumerators.
    pub number: usize,
    device: Device,
    network: HttpTransport,
    /// Household records this phone knows, by the town's index.
    households: BTreeMap<usize, RecordId>,
    /// Sample checks begun here, by the town's index.
    pub checks: BTreeMap<usize, RecordId>,
    /// What its syncs came to.
    pub traffic: Traffic,
}

/// Sums over syncs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traffic {
    /// Requests that brought no whole answer.
    pub failures: u64,
    /// Bytes of requests.
    pub bytes_up: u64,
    /// Bytes of answers.
    pub bytes_down: u64,
}

impl Enumerator {
    /// Enrols a new phone with a one-time code.
    pub fn enrol(
        number: usize,
        folder: &Path,
        url: &str,
        code: &str,
        forms: &FormCache,
    ) -> Result<Enumerator> {
        let network = HttpTransport::new(url)?;
        let mut around = driver::surroundings();
        around.policy = IMPATIENT;
        around.forms = forms.clone();
        let mut device = Device::open(&folder.join(format!("phone-{number:02}.db")), around)?;
        let name = format!("phone {number}");
        let mut outcome = device.enrol(&network, url, code, &name);
        // A code works once, but an answer lost on the way must not cost a second one: the same key may ask again.
        for _ in 0..SYNC_TRIES {
            match &outcome {
                Err(error) if is_passing(error) => {
                    outcome = device.enrol(&network, url, code, &name);
                }
                _ => break,
            }
        }
        outcome.with_context(|| format!("phone {number} cannot enrol"))?;
        let (households, checks) = (BTreeMap::new(), BTreeMap::new());
        Ok(Enumerator { number, device, network, households, checks, traffic: Traffic::default() })
    }

    /// Synchronises until it came through.
    pub fn sync(&mut self) -> Result<()> {
        for attempt in 1.. {
            match self.device.sync(&self.network) {
                Ok(report) => {
                    self.traffic.failures += u64::from(report.failures);
                    self.traffic.bytes_up += report.bytes_up;
                    self.traffic.bytes_down += report.bytes_down;
                    break;
                }
                Err(error) if is_passing(&error) && attempt < SYNC_TRIES => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("phone {} cannot sync", self.number));
                }
            }
        }
        Ok(())
    }

    /// Finds the ledger's households of this enumerator's checks among the records that came with the first sync.
    pub fn find_households(&mut self, town: &Town) -> Result<()> {
        let mut by_number = BTreeMap::new();
        for row in self.device.list()?.into_iter().filter(|row| row.form == "household_register") {
            for word in row.search.split_whitespace() {
                by_number.insert(word.to_owned(), row.id);
            }
        }
        let own = town.checks.iter().filter(|check| check.enumerator == self.number);
        for check in own.filter(|check| town.houses[check.house].registered) {
            let number = town.houses[check.house].ledger_number();
            let record =
                by_number.get(&number).with_context(|| format!("household {number} did not come"))?;
            self.households.insert(check.house, *record);
        }
        Ok(())
    }

    /// Registers a household that was found beside the ledger, at its home.
    pub fn register(&mut self, town: &Town, house: usize) -> Result<()> {
        let found = &town.houses[house];
        let record = self.device.new_record("household_register", Some(&found.group), None)?;
        let mut seed = Seed::new(house as u64 * 1000 + self.number as u64);
        self.fill(record, &answers::register(found, &town.day(house % town.plan.sample.days), &mut seed))?;
        self.households.insert(house, record);
        Ok(())
    }

    /// Fills a sample check; `first_entry` is what the first visit left wrong or open.
    pub fn check(&mut self, town: &Town, index: usize, first_entry: FirstEntry) -> Result<()> {
        let check = &town.checks[index];
        let house = &town.houses[check.house];
        let subject =
            self.households.get(&check.house).copied().context("a check of an unknown household")?;
        let record = self.device.new_record("sample_check", Some(&house.group), Some(subject))?;
        let mut seed = Seed::new(index as u64);
        let mut filled = answers::sample_check(check, house, &town.day(check.day), &mut seed);
        match first_entry {
            FirstEntry::Right => {}
            FirstEntry::MembersWrong => {
                set(&mut filled, "members_found", json!(check.members_found + TOO_MANY))
            }
            FirstEntry::LivingOpen => filled.retain(|(path, _)| !path.starts_with("living/")),
        }
        self.fill(record, &filled)?;
        self.checks.insert(index, record);
        Ok(())
    }

    /// Begins a record, fills it and says that it is complete.
    pub fn fill_new(
        &mut self,
        form: &str,
        area: &str,
        subject: Option<RecordId>,
        filled: &[(String, Value)],
    ) -> Result<RecordId> {
        let record = self.device.new_record(form, Some(area), subject)?;
        let mut session = self.device.session(record)?;
        session.answer_all(filled)?;
        match session.submit(None, false) {
            Ok(_) => Ok(record),
            Err(DeviceError::Incomplete(violations)) => bail!("it is not complete: {}", errors(&violations)),
            Err(error) => Err(error.into()),
        }
    }

    /// The newest version of a form that this phone has.
    pub fn newest_form(&self, form: &str) -> Result<Arc<Form>> {
        Ok(self.device.newest_form(form)?)
    }

    fn fill(&mut self, record: RecordId, filled: &[(String, Value)]) -> Result<()> {
        let mut session = self.device.session(record)?;
        session.answer_all(filled)?;
        session.submit(None, false)?;
        Ok(())
    }

    /// Edits a record, whoever began it, and says that it is complete again.
    pub fn edit(&mut self, record: RecordId, path: &str, value: &Value) -> Result<()> {
        self.fill(record, &[(path.to_owned(), value.clone())])
    }

    /// Puts in the living conditions that the first entry left open.
    pub fn complete_living(&mut self, record: RecordId, check: &Check) -> Result<()> {
        let open: Vec<_> =
            check.living.iter().map(|condition| (format!("living/{condition}"), Value::Bool(true))).collect();
        self.fill(record, &open)
    }

    /// Settles different answers on the phone; answers how many stood against each other.
    pub fn resolve(&mut self, record: RecordId, path: &str, value: &Value) -> Result<usize> {
        let open = self.device.conflicts_of(record)?;
        ensure!(open.iter().any(|conflict| conflict.path == path), "no different answers at {path}");
        let mut session = self.device.session(record)?;
        session.resolve(path, value, Some("counted again at the home"))?;
        session.submit(None, false)?;
        Ok(open.len())
    }

    /// Different answers that stand in a record on this phone.
    pub fn conflicts(&mut self, record: RecordId) -> Result<usize> {
        Ok(self.device.conflicts_of(record)?.len())
    }

    /// Records that were sent back to this phone, by the town's index of their check.
    pub fn sent_back(&self) -> Result<Vec<(usize, RecordId)>> {
        let mut found = Vec::new();
        for (index, record) in &self.checks {
            if self.device.row(*record)?.state == "sent_back" {
                found.push((*index, *record));
            }
        }
        Ok(found)
    }
}

/// What the first visit left wrong or open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstEntry {
    /// Nothing.
    Right,
    /// One person too many.
    MembersWrong,
    /// No living conditions.
    LivingOpen,
}

/// The errors among violations, each with its path and rule.
fn errors(violations: &[Violation]) -> String {
    let errors = violations.iter().filter(|violation| violation.severity == Severity::Error);
    errors.map(|error| format!("{} ({})", error.path, error.key)).collect::<Vec<_>>().join(", ")
}

/// True for what a bad network does.
fn is_passing(error: &DeviceError) -> bool {
    matches!(error, DeviceError::Sync(SyncFailure::Offline(failure)) if failure.is_passing())
}

fn set(filled: &mut [(String, Value)], path: &str, value: Value) {
    if let Some(answer) = filled.iter_mut().find(|(known, _)| known == path) {
        answer.1 = value;
    }
}
