//! What people do, step by step.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

use doorstep_client_core::DeviceError;
use doorstep_client_core::device::FormCache;
use doorstep_client_core::store::state;
use doorstep_protocol::UserId;
use doorstep_records::RecordId;
use doorstep_server::accounts::role::Role;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::chance::Chance;
use super::office::Office;
use super::phone::{Phone, Synced};
use super::plant::Plant;
use super::server::{PLACES, Server};
use super::time::Time;
use super::violation::{Check, Violation};
use super::wire::{Late, Weather, Wire, Witness};
use super::{Trouble, check, form};

/// Who works in the town, and where at the beginning. The first is a supervisor.
const PEOPLE: &[(&str, Role, &[&str])] = &[
    ("shen", Role::Supervisor, &["T"]),
    ("li", Role::Enumerator, &["A"]),
    ("wang", Role::Enumerator, &["A", "B"]),
    ("zhao", Role::Enumerator, &["A", "C"]),
];

/// Phones at most, copies included.
const PHONES_MAX: usize = 8;

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

/// What a simulation came to.
#[derive(Debug, Default)]
pub struct Report {
    /// Broken promises; none when all is well.
    pub found: Vec<Violation>,
    /// How much happened, by name: to see that the simulation did not sleep.
    pub counts: Vec<(&'static str, usize)>,
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
    /// Nobody gains or loses places, gets a phone or puts an old copy back: what the office did, and what was on one phone
    /// alone, a lost server cannot be given again.
    pub(super) calm: bool,
    /// The server was restored from a backup.
    pub(super) restored: bool,
    pub(super) folder: TempDir,
    chance: Chance,
    late: RefCell<Vec<Late>>,
    forms: FormCache,
    copies: usize,
    crashes: usize,
    conflicts: usize,
    resolved: usize,
}

/// Runs one simulation of so many steps.
///
/// # Errors
/// [`Trouble`] when something failed that must not fail at all.
pub fn run(seed: u64, steps: usize, plant: Option<Plant>) -> Result<Report, Trouble> {
    let mut world = World::begin(seed, plant)?;
    world.first_day()?;
    for _ in 0..steps {
        world.step()?;
    }
    world.quiet()?;
    world.newcomer()?;
    check::everything(&mut world)?;
    world.rebuild()?;
    Ok(world.report())
}

impl World {
    pub(super) fn begin(seed: u64, plant: Option<Plant>) -> Result<World, Trouble> {
        let mut chance = Chance::new(seed);
        let time = Time::begin();
        let folder = tempfile::tempdir_in(super::scratch())?;
        let server = Server::begin(&folder.path().join("server"), chance.fork(), &time)?;
        let mut people = Vec::new();
        for (name, role, areas) in PEOPLE {
            people.push(((*name).to_owned(), server.user_add(name, *role, areas)?));
        }
        let mut world = World {
            server,
            phones: Vec::new(),
            office: Office::new(&people[0].0, people[0].1),
            people,
            edits: Vec::new(),
            witness: RefCell::default(),
            plant,
            calm: false,
            restored: false,
            folder,
            chance,
            late: RefCell::default(),
            forms: FormCache::default(),
            copies: 0,
            crashes: 0,
            conflicts: 0,
            resolved: 0,
        };
        for (at, (name, user)) in world.people.clone().into_iter().enumerate() {
            world.phone_new(&format!("{name}-{at}"), &name, user)?;
        }
        // One person with two phones.
        let (name, user) = world.people[2].clone();
        world.phone_new("wang-second", &name, user)?;
        Ok(world)
    }

    /// Somebody gets a new phone: its first sync comes in the middle of everything.
    fn join(&mut self) -> Result<(), Trouble> {
        if self.phones.len() >= PHONES_MAX {
            return Ok(());
        }
        let (name, user) = self.chance.pick(&self.people).ok_or(Trouble::Unreadable("people"))?;
        let phone = format!("{name}-{}", self.phones.len());
        self.phone_new(&phone, &name, user)?;
        self.sync(self.phones.len() - 1)
    }

    fn phone_new(&mut self, name: &str, user_name: &str, user: UserId) -> Result<(), Trouble> {
        let folder = self.folder.path().join(name);
        let chance = self.chance.fork();
        let mut phone =
            Phone::new(&folder, (name, user, user_name), self.server.time(), &self.forms, chance)?;
        let code = self.server.invite(user_name)?;
        phone.device()?.enrol(&self.wire(Weather::FINE, &|_| Ok(())), "http://127.0.0.1:1", &code, name)?;
        self.phones.push(phone);
        Ok(())
    }

    /// Good weather: a few households are registered, submitted and known to everybody in the village.
    pub(super) fn first_day(&mut self) -> Result<(), Trouble> {
        self.quiet()?;
        for phone in 1..self.phones.len() {
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

    fn wire<'a>(
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
        match self.chance.below(100) {
            0..4 => self.begin_record(phone),
            4..34 => self.edit(phone),
            34..40 => self.row(phone),
            40..47 => self.submit(phone),
            47..72 => self.sync(phone),
            72..76 => self.resolve(phone),
            76..78 => self.remark(phone),
            78..80 => self.copy(phone),
            80..84 if self.calm => Ok(()),
            80..81 => self.restore(phone),
            81..82 => self.join(),
            82..84 => self.regrant(),
            84..86 => {
                let far =
                    [-10 * 365 * 86_400_000, -86_400_000, -3_000, 60_000, 7_200_000, 10 * 365 * 86_400_000];
                self.phones[phone].clock.jump(self.chance.pick(&far).unwrap_or(0));
                Ok(())
            }
            86..88 => {
                self.phones[phone].crash();
                Ok(())
            }
            88..90 => {
                self.server.stop();
                Ok(())
            }
            90..93 => self.server.reconcile(),
            _ => {
                let mut chance = self.chance.fork();
                self.office.work(&self.server, &mut chance, &self.witness, self.plant)
            }
        }
    }

    /// A record of the phone that can be written to.
    fn any_record(&mut self, phone: usize) -> Result<Option<RecordId>, Trouble> {
        let rows = self.phones[phone].device()?.list()?;
        let ids: Vec<RecordId> =
            rows.iter().filter(|row| row.in_scope && !row.discarded).map(|row| row.id).collect();
        // Often the same few households, so that people get in each other's way.
        let few = if self.chance.percent(60) { &ids[..ids.len().min(2)] } else { &ids[..] };
        Ok(self.chance.pick(few))
    }

    fn begin_record(&mut self, phone: usize) -> Result<(), Trouble> {
        let device = self.phones[phone].device()?;
        let known: BTreeSet<String> = device.areas()?.into_iter().map(|area| area.code).collect();
        let places: Vec<&str> = PLACES.iter().copied().filter(|code| known.contains(*code)).collect();
        let Some(place) = self.chance.pick(&places) else { return Ok(()) };
        let user = self.phones[phone].user;
        // A phone keeps the names of places it lost; nobody begins a household there.
        if !self.reaches(user, place)? {
            return Ok(());
        }
        self.begin_record_at(phone, place)
    }

    fn begin_record_at(&mut self, phone: usize, place: &str) -> Result<(), Trouble> {
        let record = self.phones[phone].device()?.new_record(form::FORM, Some(place), None)?;
        let name = format!("户主{}", self.chance.below(10_000));
        self.write(phone, record, "name", json!(name))?;
        if self.chance.percent(60) {
            let remarks: String = (0..300).map(|_| format!("{:016x}", self.chance.word())).collect();
            self.write(phone, record, "remarks", json!(remarks))?;
        }
        Ok(())
    }

    fn reaches(&self, user: UserId, place: &str) -> Result<bool, Trouble> {
        let sight = super::server::sight(self.server.eye()?, user)?;
        Ok(sight.covered.contains(place))
    }

    fn write(&mut self, phone: usize, record: RecordId, path: &str, value: Value) -> Result<(), Trouble> {
        let device = self.phones[phone].device()?;
        let canonical = device.canonical(record)?;
        device.session(record)?.answer(path, &value)?;
        self.edits.push(Edit { phone, record: canonical, path: path.to_owned(), value });
        Ok(())
    }

    fn edit(&mut self, phone: usize) -> Result<(), Trouble> {
        let Some(record) = self.any_record(phone)? else { return Ok(()) };
        let (path, value) = match self.chance.below(6) {
            0 => ("dry".to_owned(), json!(self.chance.below(60))),
            1 => {
                let cause = self.chance.pick(&["illness", "water", "school"]).unwrap_or("water");
                (format!("causes/{cause}"), json!(self.chance.percent(70)))
            }
            2 => {
                let missing = self.chance.pick(&["dk", "refused", "na"]).unwrap_or("dk");
                ("wet".to_owned(), json!({"missing": missing}))
            }
            3 => {
                let path = self.chance.pick(form::TEXTS).unwrap_or("why");
                (path.to_owned(), Value::Null)
            }
            // The same words from two phones are no dispute.
            4 => ("why".to_owned(), self.chance.pick(&[json!("因病"), json!("因学")]).unwrap_or_default()),
            _ => {
                let path = self.chance.pick(form::TEXTS).unwrap_or("why");
                (path.to_owned(), json!(format!("答{:08x}", self.chance.word() as u32)))
            }
        };
        self.write(phone, record, &path, value)
    }

    fn row(&mut self, phone: usize) -> Result<(), Trouble> {
        let Some(record) = self.any_record(phone)? else { return Ok(()) };
        let mut session = self.phones[phone].device()?.session(record)?;
        let rows: Vec<String> = session
            .answers()
            .keys()
            .filter_map(|path| path.strip_prefix("members/")?.strip_suffix("/_order").map(str::to_owned))
            .collect();
        let row = match self.chance.pick(&rows) {
            Some(row) if self.chance.percent(70) => row,
            _ => session.add_row("members")?.to_string(),
        };
        drop(session);
        if self.chance.percent(25) {
            self.phones[phone].device()?.session(record)?.close_row(&format!("members/{row}"))?;
            return Ok(());
        }
        let name = format!("成员{}", self.chance.below(1_000));
        self.write(phone, record, &format!("members/{row}/name"), json!(name))?;
        let age = self.chance.below(140);
        self.write(phone, record, &format!("members/{row}/age"), json!(age))
    }

    fn submit(&mut self, phone: usize) -> Result<(), Trouble> {
        let Some(record) = self.any_record(phone)? else { return Ok(()) };
        let device = self.phones[phone].device()?;
        let open = matches!(device.row(record)?.state.as_str(), state::DRAFT | state::SENT_BACK);
        if open || self.chance.percent(30) {
            self.phones[phone].device()?.session(record)?.submit(None, true)?;
        }
        Ok(())
    }

    fn remark(&mut self, phone: usize) -> Result<(), Trouble> {
        let Some(record) = self.any_record(phone)? else { return Ok(()) };
        let row = self.phones[phone].device()?.row(record)?;
        if row.own && row.state == state::DRAFT && self.chance.percent(40) {
            self.phones[phone].device()?.discard(record, false)?;
            return Ok(());
        }
        Ok(self.phones[phone].device()?.comment(record, Some("dry"), "再问一次")?)
    }

    fn resolve(&mut self, phone: usize) -> Result<(), Trouble> {
        let conflicts = self.phones[phone].device()?.conflicts()?;
        self.conflicts = self.conflicts.max(conflicts.len());
        let Some((row, conflicts)) = self.chance.pick(&conflicts) else { return Ok(()) };
        let Some(conflict) = self.chance.pick(&conflicts) else { return Ok(()) };
        let Some(chosen) = self.chance.pick(&conflict.candidates) else { return Ok(()) };
        self.resolved += 1;
        let mut session = self.phones[phone].device()?.session(row.id)?;
        match session.resolve(&conflict.path, &chosen.value, Some("问过户主")) {
            Ok(()) | Err(DeviceError::Answer { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn sync(&mut self, phone: usize) -> Result<(), Trouble> {
        let fuel = self.chance.percent(25).then(|| self.chance.below(16));
        let enumerators: Vec<String> = self.people[1..].iter().map(|(name, _)| name.clone()).collect();
        let mut taken = self.take(phone);
        let meddle = |chance: &mut Chance| {
            if self.calm {
                return Ok(());
            }
            let name = chance.pick(&enumerators).ok_or(Trouble::Unreadable("people"))?;
            self.server.grant(&name, &some_places(chance))
        };
        let synced = taken.sync(&self.server, &self.wire(Weather::BAD, &meddle), fuel, self.plant);
        self.crashes += usize::from(matches!(synced, Ok(Synced::Crashed)));
        self.put_back(phone, taken);
        synced.map(|_| ())
    }

    /// A phone out of the row of phones, so that it and the world can be used at once.
    fn take(&mut self, phone: usize) -> Phone {
        let last = self.phones.len() - 1;
        self.phones.swap(phone, last);
        self.phones.remove(last)
    }

    fn put_back(&mut self, place: usize, phone: Phone) {
        self.phones.push(phone);
        let last = self.phones.len() - 1;
        self.phones.swap(place, last);
    }

    fn new_folder(&mut self) -> PathBuf {
        self.copies += 1;
        self.folder.path().join(format!("copy-{}", self.copies))
    }

    fn copy(&mut self, phone: usize) -> Result<(), Trouble> {
        let folder = self.new_folder();
        if self.chance.percent(50) || self.phones.len() >= PHONES_MAX {
            return self.phones[phone].keep_copy(&folder);
        }
        let name = format!("{}-clone{}", self.phones[phone].name, self.copies);
        let with_marker = self.chance.percent(60);
        let clone = self.phones[phone].cloned(&name, &folder, with_marker)?;
        self.phones.push(clone);
        Ok(())
    }

    fn restore(&mut self, phone: usize) -> Result<(), Trouble> {
        if self.phones[phone].put_copy_back()? {
            // What was on this phone alone went with its old files; what was acknowledged is watched by the witness.
            self.edits.retain(|edit| edit.phone != phone);
        }
        Ok(())
    }

    fn regrant(&mut self) -> Result<(), Trouble> {
        let at = 1 + self.chance.below(self.people.len() - 1);
        let places = some_places(&mut self.chance);
        self.server.grant(&self.people[at].0, &places)
    }

    /// Brings what the network has delayed.
    pub(super) fn bring_late(&self) {
        self.wire(Weather::FINE, &|_| Ok(())).bring_late();
    }

    /// The weather clears up and everybody syncs until nobody has anything to say.
    pub(super) fn quiet(&mut self) -> Result<(), Trouble> {
        for _ in 0..12 {
            self.server.reconcile()?;
            let mut busy = 0;
            for phone in 0..self.phones.len() {
                let mut taken = self.take(phone);
                let synced = {
                    let wire = self.wire(Weather::FINE, &|_| Ok(()));
                    wire.bring_late();
                    taken.sync(&self.server, &wire, None, None)
                };
                self.put_back(phone, taken);
                match synced? {
                    Synced::Through { envelopes, items } => busy += envelopes + items,
                    other => {
                        let detail =
                            format!("{} could not sync on a cable: {other:?}", self.phones[phone].name);
                        self.witness.borrow_mut().find(Check::NothingStuck, detail);
                    }
                }
            }
            if busy == 0 {
                return Ok(());
            }
        }
        self.witness
            .borrow_mut()
            .find(Check::NothingStuck, "phones still had news for each other after 12 rounds");
        Ok(())
    }

    /// A phone that hears everything for the first time holds and shows what the others do.
    pub(super) fn newcomer(&mut self) -> Result<(), Trouble> {
        let at = self.chance.below(self.people.len());
        let (name, user) = self.people[at].clone();
        self.phone_new("newcomer", &name, user)?;
        self.quiet()
    }

    /// Makes everything derived again and asks the phones once more.
    pub(super) fn rebuild(&mut self) -> Result<(), Trouble> {
        check::rebuild(self)?;
        self.quiet()?;
        check::replicas(self)
    }

    pub(super) fn report(self) -> Report {
        let mut witness = self.witness.into_inner();
        for phone in &self.phones {
            let went_back = phone.went_back.iter();
            witness.found.extend(went_back.map(|what| Violation::new(Check::CursorMonotone, what.clone())));
        }
        let acked = witness.acked.values().map(|changes| changes.len()).sum();
        let counts = vec![
            ("phones", self.phones.len()),
            ("edits", self.edits.len()),
            ("records", witness.acked.len()),
            ("acked changes", acked),
            ("requests", witness.requests as usize),
            ("faults", witness.faults as usize),
            ("crashes", self.crashes),
            ("walks", witness.walks as usize),
            ("forks", witness.forks as usize),
            ("waited", witness.waited as usize),
            ("disputes", self.conflicts),
            ("resolved", self.resolved),
            ("approved", self.office.approved()),
            ("refused", self.office.refused),
        ];
        Report { found: witness.found, counts }
    }
}

fn some_places(chance: &mut Chance) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    for _ in 0..=chance.below(2) {
        places.extend(chance.pick(PLACES).map(str::to_owned));
    }
    places
}
