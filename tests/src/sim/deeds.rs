//! What people do on their phones.

use std::collections::BTreeSet;

use doorstep_client_core::DeviceError;
use doorstep_client_core::store::state;
use doorstep_protocol::UserId;
use doorstep_records::RecordId;
use serde_json::{Value, json};

use super::server::PLACES;
use super::sight::sight;
use super::world::{Edit, World};
use super::{Trouble, form};

impl World {
    /// A record of the phone that can be written to.
    fn any_record(&mut self, phone: usize) -> Result<Option<RecordId>, Trouble> {
        let rows = self.phones[phone].device()?.list()?;
        let ids: Vec<RecordId> =
            rows.iter().filter(|row| row.in_scope && !row.discarded).map(|row| row.id).collect();
        // Often the same few households, so that people get in each other's way.
        let few = if self.chance.percent(60) { &ids[..ids.len().min(2)] } else { &ids[..] };
        Ok(self.chance.pick(few))
    }

    pub(super) fn begin_record(&mut self, phone: usize) -> Result<(), Trouble> {
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

    pub(super) fn begin_record_at(&mut self, phone: usize, place: &str) -> Result<(), Trouble> {
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
        Ok(sight(self.server.eye()?, user)?.covered.contains(place))
    }

    fn write(&mut self, phone: usize, record: RecordId, path: &str, value: Value) -> Result<(), Trouble> {
        let device = self.phones[phone].device()?;
        let canonical = device.canonical(record)?;
        match device.session(record)?.answer(path, &value) {
            // A draft stays under the version that asks no such question.
            Err(DeviceError::Answer { .. }) if path == form::ROAD => return Ok(()),
            answered => answered?,
        };
        self.edits.push(Edit { phone, record: canonical, path: path.to_owned(), value });
        Ok(())
    }

    pub(super) fn edit(&mut self, phone: usize) -> Result<(), Trouble> {
        let Some(record) = self.any_record(phone)? else { return Ok(()) };
        let (path, value) = match self.chance.below(7) {
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
            5 if self.server.version() > 1 => (form::ROAD.to_owned(), json!(self.chance.percent(50))),
            _ => {
                let path = self.chance.pick(form::TEXTS).unwrap_or("why");
                (path.to_owned(), json!(format!("答{:08x}", self.chance.word() as u32)))
            }
        };
        self.write(phone, record, &path, value)
    }

    pub(super) fn row(&mut self, phone: usize) -> Result<(), Trouble> {
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
            self.tally.add("rows closed");
            return Ok(());
        }
        let name = format!("成员{}", self.chance.below(1_000));
        self.write(phone, record, &format!("members/{row}/name"), json!(name))?;
        let age = self.chance.below(140);
        self.write(phone, record, &format!("members/{row}/age"), json!(age))
    }

    pub(super) fn submit(&mut self, phone: usize) -> Result<(), Trouble> {
        let Some(record) = self.any_record(phone)? else { return Ok(()) };
        let device = self.phones[phone].device()?;
        let open = matches!(device.row(record)?.state.as_str(), state::DRAFT | state::SENT_BACK);
        if open || self.chance.percent(30) {
            self.phones[phone].device()?.session(record)?.submit(None, true)?;
            self.tally.add("submissions");
        }
        Ok(())
    }

    pub(super) fn remark(&mut self, phone: usize) -> Result<(), Trouble> {
        let Some(record) = self.any_record(phone)? else { return Ok(()) };
        let row = self.phones[phone].device()?.row(record)?;
        if row.own && row.state == state::DRAFT && self.chance.percent(40) {
            match self.phones[phone].device()?.discard(record, false) {
                Ok(()) => self.tally.add("discards"),
                Err(DeviceError::StandsForOthers(_)) => {}
                Err(error) => return Err(error.into()),
            }
            return Ok(());
        }
        self.phones[phone].device()?.comment(record, Some("dry"), "再问一次")?;
        self.tally.add("comments");
        Ok(())
    }

    pub(super) fn resolve(&mut self, phone: usize) -> Result<(), Trouble> {
        let conflicts = self.phones[phone].device()?.conflicts()?;
        self.tally.add_many("disputes", conflicts.len());
        let Some((row, conflicts)) = self.chance.pick(&conflicts) else { return Ok(()) };
        let Some(conflict) = self.chance.pick(&conflicts) else { return Ok(()) };
        let Some(chosen) = self.chance.pick(&conflict.candidates) else { return Ok(()) };
        let mut session = self.phones[phone].device()?.session(row.id)?;
        match session.resolve(&conflict.path, &chosen.value, Some("问过户主")) {
            Ok(()) => self.tally.add("resolved"),
            // A value of another version's making.
            Err(DeviceError::Answer { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}
