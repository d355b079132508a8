//! One schedule: a town, what happens to it step by step, and the quiet after.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use doorstep_client_core::DeviceError;
use doorstep_client_core::device::FormCache;
use doorstep_client_core::store::StoreError as PhoneStoreError;
use doorstep_protocol::{ProblemKind, UserId};
use doorstep_records::RecordId;
use doorstep_server::accounts::role::Role;
use serde_json::Value;
use tempfile::TempDir;

use super::chance::Chance;
use super::office::Office;
use super::phone::{Phone, Synced};
use super::plant::Plant;
use super::server::Server;
use super::tally::{Counts, Tally};
use super::time::Time;
use super::violation::{Check, Violation};
use super::wire::{Late, Weather, Wire, Witness};
use super::{Trouble, check, rebuild};

/// Who works in the town, and where at the beginning. The first is a supervisor.
const PEOPLE: &[(&str, Role, &[&str])] = &[
    ("shen", Role::Supervisor, &["T"]),
    ("li", Role::Enumerator, &["A"]),
    ("wang", Role::Enumerator, &["A", "B"]),
    ("zhao", Role::Enumerator, &["A", "C"]),
];

/// Phones at most, copies included.
const PHONES_MAX: usize = 20;
/// Phones of a small town, of which there are most: schedules with many phones are long.
const PHONES_FEW: usize = 4;

/// An answer given on a phone.
#[derive(Debug, Clone)]
pub struct Edit {
    /// Which phone.
    pub phone: usize,
    /// Which record.
    pub record: RecordId,
    /// Where.
    pub path: String,
    /// What.
    pub value: Value,
}

/// What a schedule came to.
#[derive(Debug, Default)]
pub struct Report {
    /// Broken promises; none when all is well.
    pub found: Vec<Violation>,
    /// How much happened.
    pub counts: Counts,
}

/// The misfortune of a schedule that takes something away for good. With two of them at once a fact could be lost on both
/// sides, which nobody can promise away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Disaster {
    /// Phones are set back to old copies of themselves.
    Phones,
    /// The server is set back to a backup.
    Server,
    /// Phones are set back, but for the time in which the server is: the drill.
    Both,
}

/// A town.
pub struct World {
    pub(super) server: Server,
    pub(super) phones: Vec<Phone>,
    pub(super) people: Vec<(String, UserId)>,
    pub(super) office: Office,
    pub(super) edits: Vec<Edit>,
    pub(super) witness: RefCell<Witness>,
    pub(super) plant: Option<Plant>,
    pub(super) chance: Chance,
    pub(super) disaster: Disaster,
    pub(super) tally: Rc<Tally>,
    /// Phones there may be in this town.
    pub(super) phones_max: usize,
    /// The newest backup, and the office as it was when it was made.
    pub(super) backup: Option<(PathBuf, Office)>,
    /// Nobody gains or loses places or work, gets a phone or puts an old copy back, and no record is moved to another place:
    /// what the office did, and what was on one phone alone, a lost server cannot be given again.
    pub(super) calm: bool,
    /// The server was restored from a backup.
    pub(super) restored: bool,
    late: RefCell<Vec<Late>>,
    folder: TempDir,
    forms: FormCache,
    copies: usize,
}

/// Runs one schedule of so many steps.
///
/// # Errors
/// [`Trouble`] when something failed that must not fail at all.
pub fn run(seed: u64, steps: usize, plant: Option<Plant>) -> Result<Report, Trouble> {
    let mut world = World::begin(seed, plant)?;
    world.first_day()?;
    for _ in 0..steps {
        world.step()?;
    }
    world.end()
}

impl World {
    /// Lets everything come to rest and looks at what must hold then.
    pub(super) fn end(mut self) -> Result<Report, Trouble> {
        self.room_again()?;
        self.quiet()?;
        self.newcomer()?;
        check::everything(&mut self)?;
        rebuild::rebuild(&mut self)?;
        self.quiet()?;
        check::replicas(&mut self)?;
        Ok(self.report())
    }

    pub(super) fn begin(seed: u64, plant: Option<Plant>) -> Result<World, Trouble> {
        let mut chance = Chance::new(seed);
        let time = Time::begin();
        let folder = tempfile::tempdir_in(super::scratch())?;
        let server = Server::begin(&folder.path().join("server"), chance.fork(), &time)?;
        let mut people = Vec::new();
        for (name, role, areas) in PEOPLE {
            people.push(((*name).to_owned(), server.user_add(name, *role, areas)?));
        }
        let disaster = if chance.percent(60) { Disaster::Phones } else { Disaster::Server };
        let few = chance.percent(75);
        let phones_max = 2 + chance.below(if few { PHONES_FEW } else { PHONES_MAX - 1 });
        let tally = Rc::new(Tally::default());
        let witness = Witness { tally: Rc::clone(&tally), ..Witness::default() };
        let mut world = World {
            server,
            phones: Vec::new(),
            office: Office::new(&people[0].0, people[0].1),
            people,
            edits: Vec::new(),
            witness: RefCell::new(witness),
            plant,
            chance,
            disaster,
            tally,
            phones_max,
            backup: None,
            calm: false,
            restored: false,
            late: RefCell::default(),
            folder,
            forms: FormCache::default(),
            copies: 0,
        };
        // Two enumerators with a phone at least; the supervisor's, the third's and a second one if there may be more.
        let first = [1, 2, 0, 3, 2];
        for (at, person) in first.into_iter().take(phones_max.min(first.len())).enumerate() {
            let (name, user) = world.people[person].clone();
            world.phone_new(&format!("{name}-{at}"), &name, user)?;
        }
        Ok(world)
    }

    pub(super) fn phone_new(&mut self, name: &str, user_name: &str, user: UserId) -> Result<(), Trouble> {
        let folder = self.folder.path().join(name);
        let chance = self.chance.fork();
        let mut phone =
            Phone::new(&folder, (name, user, user_name), self.server.time(), &self.forms, chance)?;
        let code = self.server.invite(user_name)?;
        phone.device()?.enrol(&self.wire(Weather::FINE, &|_| Ok(())), "http://127.0.0.1:1", &code, name)?;
        self.phones.push(phone);
        // A backup made before would not know this phone, and nobody could let it in again.
        self.backup = None;
        Ok(())
    }

    /// Good weather: a few households are registered, submitted and known to everybody in the village.
    pub(super) fn first_day(&mut self) -> Result<(), Trouble> {
        self.quiet()?;
        for phone in 0..self.phones.len() {
            if self.phones[phone].user == self.people[0].1 {
                continue;
            }
            for _ in 0..=self.chance.below(2) {
                self.begin_record_at(phone, "A")?;
            }
            for row in self.phones[phone].device()?.list()? {
                if self.chance.percent(80) {
                    self.phones[phone].device()?.session(row.id)?.submit(None, true)?;
                }
            }
        }
        self.quiet()
    }

    pub(super) fn wire<'a>(
        &'a self,
        weather: Weather,
        meddle: &'a dyn Fn(&mut Chance) -> Result<(), Trouble>,
    ) -> Wire<'a> {
        // The network's luck depends on what happened so far, and on nothing outside.
        let luck = Chance::new(self.server.time().now_ms().unsigned_abs() ^ self.chance.clone().word());
        Wire::new(&self.server, weather, luck, (&self.witness, &self.late), meddle, self.plant)
    }

    pub(super) fn step(&mut self) -> Result<(), Trouble> {
        self.server.time().pass(self.chance.below(120_000) as i64);
        let phone = self.chance.below(self.phones.len());
        let done = match self.chance.below(100) {
            0..4 => self.begin_record(phone),
            4..32 => self.edit(phone),
            32..38 => self.row(phone),
            38..45 => self.submit(phone),
            45..67 => self.sync(phone),
            67..71 => self.resolve(phone),
            71..73 => self.remark(phone),
            73..83 => self.mishap(phone),
            83..88 => self.desk(),
            88..91 => self.server.reconcile(),
            _ => {
                let mut chance = self.chance.fork();
                self.office.work(&self.server, &mut chance, &self.witness, self.plant)
            }
        };
        match done {
            Err(trouble) if self.is_full_disk(phone, &trouble) => Ok(()),
            done => done,
        }
    }

    /// A use case that failed because a disk is full, which it may while one is.
    fn is_full_disk(&self, phone: usize, trouble: &Trouble) -> bool {
        let (of_phone, of_server) = match trouble {
            Trouble::Device(DeviceError::Store(PhoneStoreError::Full)) => (true, false),
            Trouble::Store(error) => (false, error.kind() == ProblemKind::StorageFailed),
            _ => (false, false),
        };
        if of_phone && self.phones[phone].is_full() {
            self.tally.add("phone full");
            return true;
        }
        if of_server && self.server.is_full() {
            self.tally.add("server full");
            return true;
        }
        false
    }

    /// A phone out of the row of phones, so that it and the world can be used at once.
    pub(super) fn take(&mut self, phone: usize) -> Phone {
        let last = self.phones.len() - 1;
        self.phones.swap(phone, last);
        self.phones.remove(last)
    }

    pub(super) fn put_back(&mut self, place: usize, phone: Phone) {
        self.phones.push(phone);
        let last = self.phones.len() - 1;
        self.phones.swap(place, last);
    }

    pub(super) fn new_folder(&mut self) -> (usize, PathBuf) {
        self.copies += 1;
        (self.copies, self.folder.path().join(format!("copy-{}", self.copies)))
    }

    /// Whoever's disk is full makes room.
    pub(super) fn room_again(&mut self) -> Result<(), Trouble> {
        self.phones.iter_mut().filter(|phone| phone.is_full()).for_each(|phone| phone.fill(None));
        self.server.free()
    }

    /// Brings what the network has delayed.
    pub(super) fn bring_late(&self) {
        self.wire(Weather::FINE, &|_| Ok(())).bring_late();
    }

    /// The weather clears up and everybody syncs until nobody has anything to say.
    pub(super) fn quiet(&mut self) -> Result<(), Trouble> {
        let mut busy = Vec::new();
        for _ in 0..12 {
            self.server.reconcile()?;
            busy.clear();
            for phone in 0..self.phones.len() {
                let mut taken = self.take(phone);
                let synced = {
                    let wire = self.wire(Weather::FINE, &|_| Ok(()));
                    wire.bring_late();
                    taken.sync(&self.server, &wire, None, None)
                };
                self.put_back(phone, taken);
                match synced? {
                    Synced::Through { envelopes: 0, items: 0 } => {}
                    Synced::Through { envelopes, items } => {
                        busy.push(format!("{}: {envelopes} sent, {items} heard", self.phones[phone].name));
                    }
                    Synced::Failed if self.is_revoked(phone)? => {}
                    other => {
                        let detail =
                            format!("{} could not sync on a cable: {other:?}", self.phones[phone].name);
                        self.witness.borrow_mut().find(Check::NothingStuck, detail);
                    }
                }
            }
            if busy.is_empty() {
                return Ok(());
            }
        }
        let detail = format!("phones still had news for each other after 12 rounds: {busy:?}");
        self.witness.borrow_mut().find(Check::NothingStuck, detail);
        Ok(())
    }

    /// True when the server talks to this phone no longer.
    pub(super) fn is_revoked(&mut self, phone: usize) -> Result<bool, Trouble> {
        let id = self.phones[phone].device()?.id()?.ok_or(Trouble::Unreadable("device id"))?;
        self.server.is_revoked(id)
    }

    /// A phone that hears everything for the first time holds and shows what the others do.
    pub(super) fn newcomer(&mut self) -> Result<(), Trouble> {
        let at = self.chance.below(self.people.len());
        let (name, user) = self.people[at].clone();
        self.phone_new("newcomer", &name, user)?;
        self.quiet()
    }

    pub(super) fn report(self) -> Report {
        let mut witness = self.witness.into_inner();
        for phone in &self.phones {
            let went_back = phone.went_back.iter();
            witness.found.extend(went_back.map(|what| Violation::new(Check::CursorMonotone, what.clone())));
        }
        let acked = witness.acked.values().map(|changes| changes.len()).sum();
        self.tally.add_many("phones", self.phones.len());
        self.tally.add_many("edits", self.edits.len());
        self.tally.add_many("records", witness.acked.len());
        self.tally.add_many("acked changes", acked);
        self.tally.add_many("approved", self.office.approved());
        Report { found: witness.found, counts: self.tally.counts() }
    }
}
