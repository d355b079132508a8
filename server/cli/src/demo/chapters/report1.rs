//! Report 1: the health work for the poor of a county.
//!
//! Its records: a profile of each place with its clinic or hospital, the sessions that were held (training, free clinics,
//! publicity), and one health record for each registered poor person and each person with severe mental disorder.
//! What the report prints as a total is never written down: every visit, settlement and session is a row, and the plan
//! (`schemas/demo/report1.json`) says how many there are. Invariant: everything follows from the plan and the number of a
//! place or person, so the records come one after another and are the same each time.

mod county;
mod events;
mod illness;
mod persons;
mod places;
mod plan;
mod sessions;
mod share;
mod sheet;

#[cfg(test)]
mod tests;

use anyhow::{Context as _, Result};

use super::{About, Chapter, Filling};
use county::County;
use persons::{Patients, Persons};
use plan::Plan;

/// The chapter.
pub struct Report1 {
    plan: Plan,
    county: County,
}

impl Report1 {
    /// Reads the embedded plan.
    pub fn read() -> Result<Report1> {
        let plan = serde_json::from_str(doorstep_schemas::report1::plan()).context("the plan of report 1")?;
        Ok(Report1::of(plan))
    }

    fn of(plan: Plan) -> Report1 {
        Report1 { plan, county: County::of(doorstep_schemas::report1::areas()) }
    }
}

const ABOUT: About = About {
    name: "report1",
    root: "999998000000",
    forms: &[("activity_session", 1), ("community_profile", 1), ("health_service_record", 1)],
};

impl Chapter for Report1 {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn areas(&self) -> &'static str {
        doorstep_schemas::report1::areas()
    }

    fn fillings(&self) -> Box<dyn Iterator<Item = Filling> + '_> {
        let places = places::fillings(&self.plan, &self.county);
        let sessions = sessions::fillings(&self.plan, &self.county);
        let persons = Persons::of(&self.plan, &self.county);
        let patients = Patients::of(&self.plan, &self.county);
        Box::new(places.chain(sessions).chain(persons).chain(patients))
    }
}
