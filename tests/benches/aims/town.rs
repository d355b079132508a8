//! A town on a server's data folder: villages with an enumerator each, and one enumerator for the whole town.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use doorstep_forms::FormPackage;
use doorstep_protocol::envelope::Item;
use doorstep_protocol::{ObjectId, UserId};
use doorstep_records::{ActorId, ChangeNote, Record, RecordId};
use doorstep_server::accounts::model::NewUser;
use doorstep_server::accounts::role::Role;
use doorstep_server::accounts::secret::{code_digest, code_text};
use doorstep_server::publish;
use doorstep_server::source::{Clock, Machine};
use doorstep_server::store::SqliteStore;
use doorstep_server::store::accounts::Accounts;
use doorstep_server::store::areas::Areas;
use doorstep_server::store::forms::Forms;
use doorstep_server::store::operations::Operations;
use serde_bytes::ByteBuf;

use crate::chance::{Chance, spread};
use crate::hand::{Door, Hand, Sealed};
use crate::households::{VISIT_MS, household, members_of, puts};
use crate::machine::cores;

/// The form.
pub(crate) const FORM: &str = "household_register";
/// The enumerator of the whole town.
pub(crate) const TOWN: &str = "town";
/// Records in a push.
pub(crate) const BATCH: usize = 100;

/// A household as the server has it.
pub(crate) struct Household {
    pub(crate) number: usize,
    pub(crate) id: RecordId,
    pub(crate) village: usize,
    pub(crate) saved: Vec<u8>,
}

pub(crate) struct Town {
    pub(crate) folder: PathBuf,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) villages: usize,
    pub(crate) households: Vec<Household>,
    codes: AtomicU64,
}

/// How filling a town went: each slice of pushes by itself.
pub(crate) struct Filled {
    pub(crate) slices: Vec<(usize, Duration)>,
    pub(crate) body_bytes: usize,
}

impl Town {
    /// An empty town with so many villages.
    pub(crate) fn found(folder: &Path, villages: usize) -> Result<Town> {
        let now_ms = Machine.now_ms();
        let store = Arc::new(SqliteStore::open(folder, &Machine, now_ms)?);
        let operator = store.operator_scope();
        let mut csv = String::from(
            "code,parent,level,name_zh,name_en\n99,,county,示例县,Example\n9901,99,town,示例镇,Town\n",
        );
        for village in 0..villages {
            csv.push_str(&format!("{},9901,village,第{village}村,Village {village}\n", area_of(village)));
        }
        store.areas_import(&operator, csv.as_bytes(), now_ms)?.map_err(|faults| anyhow!("{faults:?}"))?;
        let form = publish::check(form_files()?).map_err(|faults| anyhow!("{faults:?}"))?;
        store.form_publish(&operator, form.package(), now_ms)?;
        let town = Town {
            folder: folder.to_owned(),
            store,
            villages,
            households: Vec::new(),
            codes: AtomicU64::new(1),
        };
        town.person(TOWN, "9901")?;
        for village in 0..villages {
            town.person(&name_of(village), &area_of(village))?;
        }
        Ok(town)
    }

    fn person(&self, name: &str, area: &str) -> Result<()> {
        let now_ms = Machine.now_ms();
        let seed = self.codes.fetch_add(1, Ordering::Relaxed);
        let new = NewUser {
            id: UserId::mint(u64::try_from(now_ms)?, Chance::new(seed).bytes()),
            name: name.to_owned(),
            role: Role::Enumerator,
            areas: vec![area.to_owned()],
            password_phc: "no password has this hash".to_owned(),
            at_ms: now_ms,
        };
        self.store.user_add(&self.store.operator_scope(), &new)?;
        Ok(())
    }

    /// A one-time code for a person.
    pub(crate) fn code(&self, name: &str) -> Result<String> {
        let mut random = [0xC0; 16];
        random[..8].copy_from_slice(&self.codes.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let code = code_text(random);
        let digest = code_digest(&code).ok_or_else(|| anyhow!("a code that is none"))?;
        self.store.device_invite(&self.store.operator_scope(), name, &digest, Machine.now_ms())?;
        Ok(code)
    }

    /// A new device of the person of a village.
    pub(crate) fn hand(&self, village: usize) -> Result<Hand> {
        let code = self.code(&name_of(village))?;
        Hand::enrol(&self.door(), &code, 7_000 + self.codes.load(Ordering::Relaxed))
    }

    pub(crate) fn door(&self) -> Door {
        Door(Arc::clone(&self.store))
    }

    /// Fills and submits more households through pushes of 100, until there are `count`.
    pub(crate) fn fill(&mut self, count: usize) -> Result<Filled> {
        let first = self.households.len();
        let mut hands: Vec<Hand> =
            (0..self.villages).map(|village| self.hand(village)).collect::<Result<_>>()?;
        let mut filled = Filled { slices: Vec::new(), body_bytes: 0 };
        // A slice is about a fifth; it is prepared whole before it is timed.
        let slice = ((count - first) / 5).max(BATCH * self.villages.min(4));
        let mut next = first;
        while next < count {
            let numbers: Vec<usize> = (next..count.min(next + slice)).collect();
            next += numbers.len();
            let (sealed, households) = self.prepare(&numbers, &mut hands)?;
            filled.body_bytes += sealed.iter().flatten().map(|sealed| sealed.body.len()).sum::<usize>();
            filled.slices.push((numbers.len(), push_all(&self.door(), &hands, sealed)?));
            self.households.extend(households);
        }
        let records = self.store.health()?.records;
        ensure!(records == count as u64, "{records} records of {count}");
        Ok(filled)
    }

    /// The pushes of each village, and the households they hold.
    fn prepare(&self, numbers: &[usize], hands: &mut [Hand]) -> Result<(Vec<Vec<Sealed>>, Vec<Household>)> {
        let villages = self.villages;
        let parts: Vec<(usize, &mut Hand)> = hands.iter_mut().enumerate().collect();
        let made = spread(parts, cores(), |(village, hand)| {
            let (mut sealed, mut households, mut items) = (Vec::new(), Vec::new(), Vec::new());
            for number in numbers.iter().copied().filter(|number| number % villages == village) {
                let (household, said) = submission(number, village, hand)?;
                households.push(household);
                items.extend(said);
                if items.len() >= BATCH * 3 {
                    sealed.push(hand.seal(std::mem::take(&mut items))?);
                }
            }
            if !items.is_empty() {
                sealed.push(hand.seal(items)?);
            }
            Ok((sealed, households))
        })?;
        let (sealed, households): (Vec<_>, Vec<_>) = made.into_iter().unzip();
        let mut households: Vec<Household> = households.into_iter().flatten().collect();
        households.sort_by_key(|household| household.number);
        Ok((sealed, households))
    }
}

/// A filled and submitted household as its enumerator's device says it.
pub(crate) fn submission(number: usize, village: usize, hand: &Hand) -> Result<(Household, [Item; 3])> {
    let mut chance = Chance::new(0xD00D ^ number as u64);
    let at_ms = VISIT_MS + number as i64 * 60_000;
    let id = RecordId::from_parts(u64::try_from(at_ms)?, chance.bytes());
    let mut record = Record::new();
    let actor = ActorId::derive(&hand.install, &hand.user_text, id, 0);
    let answers = household(number, members_of(number));
    let change = record.write(&actor, &ChangeNote::new(1, at_ms), &puts(&answers)?)?;
    let create = Item::Create {
        record: id,
        form: FORM.to_owned(),
        form_version: 1,
        area: area_of(village),
        subject: None,
        test: false,
    };
    let submission = Item::Submission {
        id: ObjectId::mint(u64::try_from(at_ms)?, chance.bytes()),
        record: id,
        heads: record.heads(),
        form_version: 1,
        at_ms,
        note: None,
    };
    let household = Household { number, id, village, saved: record.save() };
    Ok((household, [create, Item::Change { record: id, change: ByteBuf::from(change.bytes) }, submission]))
}

/// Every hand pushes what is its own, twice as many hands at a time as there are cores.
pub(crate) fn push_all(door: &Door, hands: &[Hand], sealed: Vec<Vec<Sealed>>) -> Result<Duration> {
    let work: Vec<(&Hand, Vec<Sealed>)> = hands.iter().zip(sealed).collect();
    let start = Instant::now();
    spread(work, 2 * cores(), |(hand, sealed)| sealed.iter().try_for_each(|push| hand.push(door, push)))?;
    Ok(start.elapsed())
}

/// The code of a village.
pub(crate) fn area_of(village: usize) -> String {
    format!("9901{village:03}")
}

/// The name of its enumerator.
pub(crate) fn name_of(village: usize) -> String {
    format!("village{village:03}")
}

/// The files of the form.
pub(crate) fn form_files() -> Result<std::collections::BTreeMap<String, Vec<u8>>> {
    doorstep_schemas::form_files(FORM, 1).ok_or_else(|| anyhow!("{FORM} is gone"))
}

/// The form, compiled.
pub(crate) fn form() -> Result<doorstep_forms::Form> {
    let package = FormPackage::from_files(form_files()?).map_err(|faults| anyhow!("{faults:?}"))?;
    doorstep_forms::Form::compile(package).map_err(|faults| anyhow!("{faults:?}"))
}
