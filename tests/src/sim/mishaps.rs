//! What befalls machines: networks, crashes, copies, clocks, full disks, restores, revocation.

use std::collections::BTreeSet;

use doorstep_records::ChangeHash;

use super::Trouble;
use super::chance::Chance;
use super::phone::Synced;
use super::server::PLACES;
use super::wire::Weather;
use super::world::{Disaster, World};

/// Where clocks jump to, from where they are.
const JUMPS_MS: [i64; 6] =
    [-10 * 365 * 86_400_000, -86_400_000, -3_000, 60_000, 7_200_000, 10 * 365 * 86_400_000];

impl World {
    pub(super) fn sync(&mut self, phone: usize) -> Result<(), Trouble> {
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
        self.put_back(phone, taken);
        if let Ok(Synced::Crashed) = synced {
            self.tally.add("crashes between effects");
        }
        synced.map(|_| ())
    }

    /// One of the things that happen to machines and their owners.
    pub(super) fn mishap(&mut self, phone: usize) -> Result<(), Trouble> {
        match self.chance.below(100) {
            0..14 => self.copy(phone),
            14..32 if self.calm && self.disaster != Disaster::Server => Ok(()),
            32..52 | 96.. if self.calm => Ok(()),
            14..32 => self.set_back(phone),
            32..38 => self.join(),
            38..52 => self.regrant(),
            52..62 => {
                self.phones[phone].clock.jump(self.chance.pick(&JUMPS_MS).unwrap_or(0));
                self.tally.add("clock jumps");
                Ok(())
            }
            62..72 => {
                self.phones[phone].crash();
                self.tally.add("phone kills");
                Ok(())
            }
            72..82 => {
                self.server.stop();
                self.tally.add("server kills");
                Ok(())
            }
            82..89 => {
                let full = self.phones[phone].is_full();
                let pages = self.chance.below(4) as u32;
                self.phones[phone].fill((!full).then_some(pages));
                Ok(())
            }
            89..96 if self.server.is_full() => self.server.free(),
            89..96 => {
                let pages = self.chance.below(12) as u32;
                self.server.fill(pages)
            }
            _ => self.revoke(phone),
        }
    }

    fn copy(&mut self, phone: usize) -> Result<(), Trouble> {
        let (number, folder) = self.new_folder();
        self.tally.add("phone copies");
        if self.chance.percent(50) || self.phones.len() >= self.phones_max {
            return self.phones[phone].keep_copy(&folder);
        }
        let name = format!("{}-clone{number}", self.phones[phone].name);
        let with_marker = self.chance.percent(60);
        let clone = self.phones[phone].cloned(&name, &folder, with_marker)?;
        self.phones.push(clone);
        Ok(())
    }

    /// Somebody or something goes back to a copy of itself.
    fn set_back(&mut self, phone: usize) -> Result<(), Trouble> {
        match self.disaster {
            Disaster::Phones | Disaster::Both => {
                if self.phones[phone].put_copy_back()? {
                    self.tally.add("phone restores");
                    // What was on this phone alone went with its old files; what was acknowledged is watched by the
                    // witness.
                    self.edits.retain(|edit| edit.phone != phone);
                }
                Ok(())
            }
            Disaster::Server if self.backup.is_some() && self.chance.percent(60) => {
                self.set_server_back()?;
                if self.chance.percent(50) {
                    // It will not be needed a second time: the office goes on as usual.
                    (self.calm, self.backup) = (false, None);
                }
                Ok(())
            }
            Disaster::Server => {
                self.calm = true;
                self.back_up_server()
            }
        }
    }

    pub(super) fn back_up_server(&mut self) -> Result<(), Trouble> {
        let (_, folder) = self.new_folder();
        self.server.free()?;
        self.server.back_up(&folder)?;
        self.backup = Some((folder, self.office.clone()));
        self.tally.add("server backups");
        Ok(())
    }

    /// The server is lost with everything in it, and another one is made from the backup.
    pub(super) fn set_server_back(&mut self) -> Result<(), Trouble> {
        let Some((backup, office)) = self.backup.clone() else { return Ok(()) };
        let (_, folder) = self.new_folder();
        self.server.free()?;
        self.server.restore(&backup, &folder)?;
        self.restored = true;
        // The office remembers only what the backup remembers.
        self.office = office;
        self.tally.add("server restores");
        self.note_lost()
    }

    /// What the server had acknowledged and has no more.
    fn note_lost(&self) -> Result<(), Trouble> {
        const KNOWN: &str = "SELECT EXISTS (SELECT 1 FROM record_change WHERE hash = ?1)";
        let mut known = self.server.eye()?.prepare(KNOWN)?;
        let mut witness = self.witness.borrow_mut();
        let acked: Vec<ChangeHash> =
            witness.acked.values().flat_map(|changes| changes.keys().copied()).collect();
        for hash in acked {
            if !known.query_row([hash.to_bytes()], |row| row.get::<_, bool>(0))? {
                witness.lost.insert(hash);
            }
        }
        Ok(())
    }

    /// Somebody gets a new phone: its first sync comes in the middle of everything.
    fn join(&mut self) -> Result<(), Trouble> {
        if self.phones.len() >= self.phones_max || self.server.is_full() {
            return Ok(());
        }
        let (name, user) = self.chance.pick(&self.people).ok_or(Trouble::Unreadable("people"))?;
        let phone = format!("{name}-{}", self.phones.len());
        self.phone_new(&phone, &name, user)?;
        self.sync(self.phones.len() - 1)
    }

    fn regrant(&mut self) -> Result<(), Trouble> {
        let at = 1 + self.chance.below(self.people.len() - 1);
        let places = some_places(&mut self.chance);
        self.tally.add("regrants");
        self.server.grant(&self.people[at].0, &places)
    }

    /// A phone is reported lost. Its finder, or its owner, may go on using it.
    fn revoke(&mut self, phone: usize) -> Result<(), Trouble> {
        // Where the server is set back, what it had acknowledged of this phone would come again into quarantine.
        if self.disaster != Disaster::Phones || self.phones.len() < 3 || self.is_revoked(phone)? {
            return Ok(());
        }
        let id = self.phones[phone].device()?.id()?.ok_or(Trouble::Unreadable("device id"))?;
        self.server.revoke(id)?;
        self.tally.add("phones revoked");
        Ok(())
    }
}

/// A few places.
pub(super) fn some_places(chance: &mut Chance) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    for _ in 0..=chance.below(2) {
        places.extend(chance.pick(PLACES).map(str::to_owned));
    }
    places
}
