//! The survey, day by day: who does what, offline and on the bad network.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use doorstep_client_core::device::FormCache;
use doorstep_records::RecordId;
use serde_json::json;

use super::crew::{Enumerator, FirstEntry};
use super::deal;
use super::office::Office;
use super::seed::Seed;
use super::town::Town;

/// Which sample checks go another way than filled once and approved.
pub struct Script {
    /// Edited on two phones: other questions (first half) or the same question (second half).
    pub twice_edited: Vec<usize>,
    /// Wrong at first, sent back, corrected.
    pub sent_back: Vec<usize>,
    /// Of households that two enumerators register and check.
    pub registered_twice: Vec<usize>,
}

impl Script {
    /// Draws them, no check in two of the lists.
    pub fn draw(town: &Town, seed: u64) -> Result<Script> {
        let mut seed = Seed::new(seed);
        let plan = &town.plan;
        let beside: Vec<usize> = (0..town.checks.len())
            .filter(|index| !town.houses[town.checks[*index].house].registered)
            .collect();
        let twice = deal::places(plan.registered_twice, beside.len(), &mut seed);
        let registered_twice: Vec<usize> = twice.into_iter().map(|place| beside[place]).collect();
        let ledger: Vec<usize> = (0..town.checks.len())
            .filter(|index| town.houses[town.checks[*index].house].registered)
            .collect();
        let wanted = plan.edited_on_two_devices + plan.sent_back;
        let mut chosen: Vec<usize> =
            deal::places(wanted, ledger.len(), &mut seed).into_iter().map(|place| ledger[place]).collect();
        seed.shuffle(&mut chosen);
        ensure!(chosen.len() == wanted, "too few sample checks for the script");
        let sent_back = chosen.split_off(plan.edited_on_two_devices);
        Ok(Script { twice_edited: chosen, sent_back, registered_twice })
    }

    fn edits_same_question(&self, index: usize) -> bool {
        self.twice_edited.iter().position(|known| *known == index).is_some_and(|place| place % 2 == 1)
    }

    fn first_entry(&self, index: usize) -> FirstEntry {
        if self.sent_back.contains(&index) || self.edits_same_question(index) {
            FirstEntry::MembersWrong
        } else if self.twice_edited.contains(&index) {
            FirstEntry::LivingOpen
        } else {
            FirstEntry::Right
        }
    }
}

/// Every enumerator with a phone.
pub struct Crew {
    members: Vec<Enumerator>,
}

/// What the phones saw of different answers.
#[derive(Debug, Default, Clone, Copy)]
pub struct Conflicts {
    /// Different answers to one question.
    pub seen: usize,
    /// Settled on a phone.
    pub resolved: usize,
}

impl Crew {
    /// Enrols a phone for each invitation and gives it its first sync.
    pub fn enrol(
        town: &Town,
        folder: &Path,
        url: &str,
        codes: &[String],
        progress: &(dyn Fn() + Sync),
    ) -> Result<Crew> {
        let forms = FormCache::default();
        let enrolled = each(codes.iter().enumerate().collect(), &|(number, code): &mut (usize, &String)| {
            let mut enumerator = Enumerator::enrol(*number, folder, url, code, &forms)?;
            enumerator.sync()?;
            enumerator.find_households(town)?;
            progress();
            Ok(enumerator)
        })?;
        Ok(Crew { members: enrolled })
    }

    /// Registers the households found beside the ledger and fills the sample checks; nobody has a network.
    pub fn fill(&mut self, town: &Town, script: &Script, progress: &(dyn Fn() + Sync)) -> Result<()> {
        let work = work(town, script, self.members.len())?;
        let members: Vec<_> = self.members.iter_mut().zip(work).collect();
        each(members, &|(enumerator, work): &mut (&mut Enumerator, Work)| {
            for house in &work.register {
                enumerator.register(town, *house)?;
                progress();
            }
            for index in &work.check {
                enumerator.check(town, *index, script.first_entry(*index))?;
                progress();
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Everybody synchronises.
    pub fn sync(&mut self, progress: &(dyn Fn() + Sync)) -> Result<()> {
        each(self.members.iter_mut().collect(), &|enumerator: &mut &mut Enumerator| {
            enumerator.sync()?;
            progress();
            Ok(())
        })?;
        Ok(())
    }

    /// Two phones edit the same sample checks, neither knowing of the other.
    pub fn edit_twice(&mut self, town: &Town, script: &Script) -> Result<()> {
        for index in &script.twice_edited {
            let check = &town.checks[*index];
            let record = self.record(town, *index)?;
            let other = self.colleague(town, check.enumerator);
            if script.edits_same_question(*index) {
                self.members[check.enumerator].edit(record, "members_found", &json!(check.members_found))?;
                let miscounted = check.members_found + 2;
                self.members[other].edit(record, "members_found", &json!(miscounted))?;
            } else {
                self.members[check.enumerator].complete_living(record, check)?;
                self.members[other].edit(record, "remark", &json!("邻居在场"))?;
            }
        }
        Ok(())
    }

    /// Everyone who has heard of the other's edits: how many questions have different answers, and settling them.
    pub fn resolve(&mut self, town: &Town, script: &Script) -> Result<Conflicts> {
        let mut conflicts = Conflicts::default();
        for index in &script.twice_edited {
            let check = &town.checks[*index];
            let record = self.record(town, *index)?;
            let enumerator = &mut self.members[check.enumerator];
            conflicts.seen += enumerator.conflicts(record)?;
            if script.edits_same_question(*index) {
                conflicts.resolved +=
                    enumerator.resolve(record, "members_found", &json!(check.members_found))?;
            }
        }
        Ok(conflicts)
    }

    /// Corrects what came back from the supervisor; answers how many records that were.
    pub fn correct(&mut self, town: &Town) -> Result<usize> {
        let mut corrected = 0;
        for enumerator in &mut self.members {
            for (index, record) in enumerator.sent_back()? {
                enumerator.edit(record, "members_found", &json!(town.checks[index].members_found))?;
                corrected += 1;
            }
        }
        Ok(corrected)
    }

    /// The records of these sample checks as text.
    pub fn records_of(&self, town: &Town, checks: &[usize]) -> Result<Vec<String>> {
        checks.iter().map(|index| Ok(self.record(town, *index)?.to_string())).collect()
    }

    /// Bytes up, bytes down and failed requests of all phones.
    pub fn traffic(&self) -> BTreeMap<&'static str, u64> {
        let sum = |get: fn(&Enumerator) -> u64| self.members.iter().map(get).sum();
        BTreeMap::from([
            ("up", sum(|enumerator| enumerator.traffic.bytes_up)),
            ("down", sum(|enumerator| enumerator.traffic.bytes_down)),
            ("failed_requests", sum(|enumerator| enumerator.traffic.failures)),
        ])
    }

    /// How many phones there are.
    pub fn phones(&self) -> usize {
        self.members.len()
    }

    fn record(&self, town: &Town, index: usize) -> Result<RecordId> {
        let enumerator = &self.members[town.checks[index].enumerator];
        enumerator.checks.get(&index).copied().context("a sample check that nobody began")
    }

    fn colleague(&self, town: &Town, enumerator: usize) -> usize {
        colleague(town, enumerator, self.members.len())
    }
}

/// Another enumerator of the same village.
fn colleague(town: &Town, enumerator: usize, count: usize) -> usize {
    let village = &town.village_of(enumerator).code;
    (1..count)
        .map(|step| (enumerator + step) % count)
        .find(|other| &town.village_of(*other).code == village)
        .unwrap_or(enumerator)
}

/// What one enumerator has to do.
#[derive(Default, Clone)]
struct Work {
    register: Vec<usize>,
    check: Vec<usize>,
}

fn work(town: &Town, script: &Script, count: usize) -> Result<Vec<Work>> {
    let mut work = vec![Work::default(); count];
    let mut whose: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, check) in town.checks.iter().enumerate() {
        work[check.enumerator].check.push(index);
        if !town.houses[check.house].registered {
            whose.insert(check.house, check.enumerator);
        }
        if script.registered_twice.contains(&index) {
            let other = colleague(town, check.enumerator, count);
            work[other].register.push(check.house);
            work[other].check.push(index);
        }
    }
    for (house, found) in town.houses.iter().enumerate().filter(|(_, house)| !house.registered) {
        let enumerator = match whose.get(&house) {
            Some(enumerator) => *enumerator,
            None => (0..count)
                .filter(|enumerator| town.village_of(*enumerator).code == found.village)
                .min_by_key(|enumerator| work[*enumerator].register.len())
                .context("a village without an enumerator")?,
        };
        work[enumerator].register.push(house);
    }
    Ok(work)
}

/// Does the work of every item on a thread of its own, as people do; answers in the order of the items.
pub(super) fn each<I: Send, T: Send>(
    items: Vec<I>,
    job: &(dyn Fn(&mut I) -> Result<T> + Sync),
) -> Result<Vec<T>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = items.into_iter().map(|mut item| scope.spawn(move || job(&mut item))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| anyhow!("an enumerator's thread ended with a fault"))?)
            .collect()
    })
}

/// The supervisor sends back what was entered wrong, with a comment on the question.
pub fn send_back(office: &Office, records: &[String], comment: &str) -> Result<()> {
    for record in records {
        office.send_back(record, "members_found", comment)?;
    }
    Ok(())
}
