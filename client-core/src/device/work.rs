//! Work given to the person of this device, and how far it is here.

use std::collections::HashMap;

use doorstep_protocol::UserId;
use doorstep_protocol::pull::{Area, Assignment};
use doorstep_records::RecordId;

use super::Device;
use crate::error::DeviceError;
use crate::store::convert::bytes16;
use crate::store::meta::{self, name};
use crate::store::records::{self, RecordRow, state};
use crate::store::{StoreError, assignments, people};

/// One piece of work as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// What is asked for.
    pub assignment: Assignment,
    /// What people call the household; empty for work in an area, or when the household is not on this device.
    pub label: String,
    /// Records that are this work and were said to be complete on this device since it was given.
    pub completed: u32,
    /// Records that are this work and are not complete: begun, or sent back.
    pub begun: u32,
    /// Days from the device's day to the day it is due; negative when that has passed.
    pub days_left: Option<i32>,
}

impl Work {
    /// Everything asked for was said to be complete.
    pub fn is_done(&self) -> bool {
        self.completed >= self.assignment.quantity
    }
}

impl Device {
    /// The open work of this device's person: what is due first comes first.
    pub fn assignments(&self) -> Result<Vec<Work>, DeviceError> {
        let read = self.store.read();
        let user: Option<Vec<u8>> = meta::get(read, name::USER)?;
        let Some(user) = user else { return Ok(Vec::new()) };
        let open = assignments::open_of(read, UserId::from_bytes(bytes16(&user)?))?;
        if open.is_empty() {
            return Ok(Vec::new());
        }
        let here = Here::new(records::all(read)?, parents(people::areas(read)?));
        let today = self.today();
        open.into_iter().map(|assignment| Ok(self.work(assignment, &here, &today)?)).collect()
    }

    /// The open work that is not done here.
    pub fn to_do(&self) -> Result<Vec<Work>, DeviceError> {
        let mut work = self.assignments()?;
        work.retain(|work| !work.is_done());
        Ok(work)
    }

    fn work(&self, assignment: Assignment, here: &Here, today: &str) -> Result<Work, StoreError> {
        let about = assignment.subject.map(|subject| here.about(subject));
        let subject = about.iter().flatten().find(|row| Some(row.id) == assignment.subject);
        let label = subject.map(|row| row.label.clone()).unwrap_or_default();
        let (mut completed, mut begun) = (0, 0);
        let rows = about.unwrap_or_else(|| here.rows.iter().filter(|row| row.own).collect());
        for row in rows.into_iter().filter(|row| here.is_of(row, &assignment)) {
            let submissions = people::submissions(self.store.read(), row.id)?;
            let said = submissions.iter().any(|submission| submission.at_ms >= assignment.at_ms);
            match row.state.as_str() {
                state::SENT_BACK if !row.unsent_submission => begun += 1,
                _ if said => completed += 1,
                state::DRAFT => begun += 1,
                _ => {}
            }
        }
        let days_left = assignment.due.as_deref().and_then(|due| days(today, due));
        Ok(Work { assignment, label, completed, begun, days_left })
    }
}

/// What is on this device.
struct Here {
    rows: Vec<RecordRow>,
    /// Record -> the places in `rows` of itself and of what is about it.
    about: HashMap<RecordId, Vec<usize>>,
    /// Area code -> the code above it.
    parents: HashMap<String, String>,
}

fn parents(areas: Vec<Area>) -> HashMap<String, String> {
    areas.into_iter().filter_map(|area| Some((area.code, area.parent?))).collect()
}

impl Here {
    fn new(rows: Vec<RecordRow>, parents: HashMap<String, String>) -> Here {
        let mut about: HashMap<RecordId, Vec<usize>> = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            for id in std::iter::once(row.id).chain(row.subject) {
                about.entry(id).or_default().push(place);
            }
        }
        Here { rows, about, parents }
    }

    /// A record and what is about it.
    fn about(&self, id: RecordId) -> Vec<&RecordRow> {
        self.about.get(&id).into_iter().flatten().filter_map(|place| self.rows.get(*place)).collect()
    }

    /// Whether a record is this work: about its household, or the household itself; or begun here in its area.
    fn is_of(&self, row: &RecordRow, work: &Assignment) -> bool {
        let about = match work.subject {
            Some(subject) => row.subject == Some(subject) || row.id == subject,
            None => row.own && self.lies_in(&row.area, &work.area),
        };
        about && row.form == work.form && !row.discarded && !row.test
    }

    fn lies_in(&self, area: &str, root: &str) -> bool {
        let up = |code: &&str| self.parents.get(*code).map(String::as_str);
        // A tree has no more levels than this; a loop would be somebody's mistake.
        std::iter::successors(Some(area), up).take(16).any(|code| code == root)
    }
}

/// Days from one civil day to another.
fn days(from: &str, to: &str) -> Option<i32> {
    let day = |text: &str| text.parse::<jiff::civil::Date>().ok();
    day(from)?.until(day(to)?).ok().map(|span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_months_and_backwards() {
        assert_eq!(days("2015-06-30", "2015-07-13"), Some(13));
        assert_eq!(days("2015-07-13", "2015-07-01"), Some(-12));
        assert_eq!(days("2015-07-13", "soon"), None);
    }
}
