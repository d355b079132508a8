//! Health records: one for each registered poor person, one for each person with severe mental disorder.

use std::collections::VecDeque;

use serde_json::json;

use super::super::Filling;
use super::super::tools::{Person, Registry, Seed, household};
use super::county::County;
use super::plan::Plan;
use super::sheet::Sheet;
use super::{events, illness, share};

const FORM: &str = "health_service_record";
/// Sizes of households, in turn.
const SIZES: [u64; 6] = [2, 3, 4, 3, 5, 3];
/// Row ids of these are told apart from those of registered persons.
const PATIENTS: u64 = 30_000_000;
/// The first number of households outside the registered poor.
const OTHER_HOUSEHOLDS: u64 = 50_000;

/// Every registered poor person, household by household.
pub(super) struct Persons<'a> {
    plan: &'a Plan,
    county: &'a County,
    registry: Registry,
    seed: Seed,
    /// Number of the next person.
    next: u64,
    /// Households begun.
    households: u64,
    at_home: VecDeque<Person>,
    area: &'a str,
}

impl<'a> Persons<'a> {
    pub(super) fn of(plan: &'a Plan, county: &'a County) -> Persons<'a> {
        let (registry, seed) = (Registry::default(), Seed::new(1));
        let (next, households, at_home) = (0, 0, VecDeque::new());
        Persons { plan, county, registry, seed, next, households, at_home, area: "" }
    }

    /// The first households are those of the signing day.
    fn next_household(&mut self) {
        let day = &self.plan.signing_day;
        let size = if self.households < day.households {
            share::part(day.persons, day.households, self.households)
        } else {
            SIZES[(self.households % 6) as usize]
        };
        let size = size.min(self.plan.registered_persons - self.next) as usize;
        self.at_home = household(size, self.households % 5 == 4, &mut self.registry, &mut self.seed).into();
        self.area = self.county.village(self.plan.registered_persons, self.next);
        self.households += 1;
    }
}

impl Iterator for Persons<'_> {
    type Item = Filling;

    fn next(&mut self) -> Option<Filling> {
        if self.next == self.plan.registered_persons {
            return None;
        }
        if self.at_home.is_empty() {
            self.next_household();
        }
        let person = self.at_home.pop_front()?;
        let (number, house) = (self.next, self.households - 1);
        self.next += 1;
        let mut sheet = sheet(self.plan, number, house, &person);
        sheet.put("classes/registered", true).put("premium_paid_by", "state").put("policy_aware", true);
        tools(&mut sheet, house);
        let chronic = illness::registered(self.plan, &mut sheet, number, &person);
        contract(self.plan, &mut sheet, number, house, &person, chronic);
        events::registered(self.plan, &mut sheet, number);
        Some(sheet.filling(FORM, self.area))
    }
}

fn sheet(plan: &Plan, number: u64, house: u64, person: &Person) -> Sheet {
    let mut sheet = Sheet::new(number);
    sheet.put("event_date", plan.filled_on.as_str()).put("household_no", format!("{house:05}"));
    sheet.put("member_name", person.name.as_str()).put("sex", if person.male { "male" } else { "female" });
    sheet.put("birth_date", person.birth.as_str()).put("id_no", person.id_no.as_str());
    sheet.put("insurance", "resident").put("archive_no", format!("A{number:06}"));
    sheet
}

/// The report says both that an informed person is nearly everywhere and that many are away: one household in nine has none.
fn tools(sheet: &mut Sheet, house: u64) {
    sheet.put("household_tools/leaflet", true).put("household_tools/tool", true);
    sheet.put("household_tools/informed_person", !house.is_multiple_of(9));
}

fn contract(plan: &Plan, sheet: &mut Sheet, number: u64, house: u64, person: &Person, chronic: bool) {
    let signing_day = house < plan.signing_day.households;
    let category = match person.age {
        _ if chronic => "chronic",
        0..=14 => "child",
        65.. => "elder",
        _ => "general",
    };
    let home_day = format!("2018-{:02}-{:02}", 2 + house % 4, 1 + house % 28);
    let (from, how) =
        if signing_day { (plan.signing_day.date.clone(), "signing_day") } else { (home_day, "home") };
    sheet.put("contract/signed", true).put("contract/contract_no", format!("Q{number:06}"));
    sheet.put("contract/category", category).put("contract/team_id", format!("T{:03}", house % 60));
    sheet.put("contract/from", from).put("contract/signed_how", how);
    sheet.put("contract/items/archive", true).put("contract/items/education", true);
}

/// Every person with severe mental disorder. They are counted for the whole county; these are not among the registered poor.
pub(super) struct Patients<'a> {
    plan: &'a Plan,
    county: &'a County,
    registry: Registry,
    seed: Seed,
    next: u64,
}

impl<'a> Patients<'a> {
    pub(super) fn of(plan: &'a Plan, county: &'a County) -> Patients<'a> {
        Patients { plan, county, registry: Registry::default(), seed: Seed::new(2), next: 0 }
    }
}

impl Iterator for Patients<'_> {
    type Item = Filling;

    fn next(&mut self) -> Option<Filling> {
        let (number, all) = (self.next, self.plan.smd.patients);
        if number == all {
            return None;
        }
        self.next += 1;
        let person = household(1, false, &mut self.registry, &mut self.seed).into_iter().next()?;
        let mut sheet = sheet(self.plan, PATIENTS + number, OTHER_HOUSEHOLDS + number, &person);
        sheet.put("premium_paid_by", "self").put("health/chronic", true).put("contract/signed", false);
        let managed = share::chosen(self.plan.smd.managed, all, number).is_some();
        sheet.row(
            "cases",
            &[
                ("case_kind", json!("smd")),
                ("diagnosed_on", json!(format!("{}-04-10", 2006 + number % 12))),
                ("hospital", json!("市精神卫生中心")),
                ("evidence", json!("certificate")),
                ("treatment_state", json!("treating")),
                ("managed", json!(managed)),
                ("risk_grade", json!(share::scatter(number, 3))),
            ],
        );
        Some(sheet.filling(FORM, self.county.village(all, number)))
    }
}
