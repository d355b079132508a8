//! What is done in the office besides reviewing: form versions, work, moves, duplicates, corrections.

use doorstep_records::{Key, Value};
use doorstep_server::assignments::model::{About, AssignmentFilter, NewAssignments};
use doorstep_server::review::model::{RecordFilter, RecordLine};
use doorstep_server::store::assignments::Assignments;
use doorstep_server::store::duplicates::Duplicates;
use doorstep_server::store::records::{OfficeEdit, Records};
use doorstep_server::store::reviews::Reviews;
use doorstep_server::store::{Scope, StoreError};

use super::server::PLACES;
use super::world::{Disaster, World};
use super::{Trouble, form};

/// What was taken; nothing when the server refused it, as it may.
fn taken<T>(answer: Result<T, StoreError>) -> Result<Option<T>, Trouble> {
    match answer {
        Ok(done) => Ok(Some(done)),
        Err(StoreError::Refused(..) | StoreError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl World {
    /// One piece of work at a desk.
    pub(super) fn desk(&mut self) -> Result<(), Trouble> {
        let scope = self.server.scope_of(&self.people[0].0)?;
        let page = self.server.store()?.record_list(&scope, &RecordFilter::default(), None, 500)?;
        let Some(line) = self.chance.pick(&page.records) else { return Ok(()) };
        match self.chance.below(100) {
            0..15 => self.publish(),
            15..65 if self.calm => Ok(()),
            15..40 => self.give_work(&scope, &line),
            40..55 => self.move_work(&scope),
            55..65 => self.move_record(&scope, &line),
            65..80 => self.same_or_not(&scope, &line, &page.records),
            _ => self.correct(&scope, &line),
        }
    }

    fn publish(&mut self) -> Result<(), Trouble> {
        if self.server.publish()? {
            self.tally.add("published");
        }
        Ok(())
    }

    fn give_work(&mut self, scope: &Scope, line: &RecordLine) -> Result<(), Trouble> {
        let about = if self.chance.percent(70) {
            About::Subjects(vec![line.record])
        } else {
            About::Area { area: line.area.clone(), quantity: 1 + self.chance.below(5) as u32 }
        };
        let (to, _) = self.chance.pick(&self.people).ok_or(Trouble::Unreadable("people"))?;
        let new = NewAssignments { form: form::FORM.to_owned(), about, to, due: None, note: None };
        let store = self.server.store()?;
        let at_ms = self.server.time().now_ms();
        if taken(store.assignment_add(scope, &new, self.server.dice(), at_ms))?.is_some() {
            self.tally.add("work given");
        }
        Ok(())
    }

    fn move_work(&mut self, scope: &Scope) -> Result<(), Trouble> {
        let store = self.server.store()?;
        let filter = AssignmentFilter { open: true, ..AssignmentFilter::default() };
        let open = store.assignment_list(scope, &filter, None, 100)?;
        let Some(work) = self.chance.pick(&open) else { return Ok(()) };
        let at_ms = self.server.time().now_ms();
        if self.chance.percent(30) {
            if taken(store.assignment_close(scope, &[work.id], "不再需要", at_ms))?.is_some() {
                self.tally.add("work closed");
            }
            return Ok(());
        }
        let (to, _) = self.chance.pick(&self.people).ok_or(Trouble::Unreadable("people"))?;
        if taken(store.assignment_move(scope, &[work.id], &to, at_ms))?.is_some() {
            self.tally.add("work moved");
        }
        Ok(())
    }

    fn move_record(&mut self, scope: &Scope, line: &RecordLine) -> Result<(), Trouble> {
        let area = self.chance.pick(PLACES).ok_or(Trouble::Unreadable("places"))?;
        let at_ms = self.server.time().now_ms();
        if taken(self.server.store()?.area_apply(scope, line.record, area, at_ms))?.is_some() {
            self.tally.add("areas moved");
        }
        Ok(())
    }

    fn same_or_not(&mut self, scope: &Scope, line: &RecordLine, all: &[RecordLine]) -> Result<(), Trouble> {
        let Some(other) = self.chance.pick(all).filter(|other| other.record != line.record) else {
            return Ok(());
        };
        let store = self.server.store()?;
        let at_ms = self.server.time().now_ms();
        if self.chance.percent(50) {
            if taken(store.duplicate_dismiss(scope, line.record, other.record, at_ms))?.is_some() {
                self.tally.add("dismissed");
            }
        } else if taken(store.duplicate_merge(scope, line.record, other.record, at_ms))?.is_some() {
            self.tally.add("merged");
        }
        Ok(())
    }

    /// An answer from the office. Not where the server is set back: phones never send again what the server itself wrote.
    fn correct(&mut self, scope: &Scope, line: &RecordLine) -> Result<(), Trouble> {
        if self.disaster != Disaster::Phones {
            return Ok(());
        }
        let path = self.chance.pick(form::TEXTS).unwrap_or("why");
        let key = Key::parse(path).map_err(|_| Trouble::Unreadable("path"))?;
        let text = format!("更正{:06x}", self.chance.word() as u32 & 0xff_ffff);
        let edit = OfficeEdit {
            record: line.record,
            heads: line.heads.clone(),
            puts: vec![(key, Value::Text(text))],
            reason: Some("电话核实".to_owned()),
            at_ms: self.server.time().now_ms(),
        };
        if taken(self.server.store()?.record_edit(scope, &edit, self.server.dice()))?.is_some() {
            self.tally.add("office edits");
        }
        Ok(())
    }
}
