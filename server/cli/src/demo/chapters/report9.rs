//! Report 9: a city with its counties, and a village whose sheep were tagged, allotted by lot, passed on and multiplied; the
//! identification of its poor households, with three postings.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::flock::{Flock, Sheep};
use super::identified::{Cases, Classes};
use super::profile::Profile;
use super::tools::{Person, Registry, Seed, answer, at, day, deal, household, row};
use super::{About, Chapter, Filling};

const NAME: &str = "report9";
const ROOT: &str = "999800000000";
/// The chapter's people are the same each time.
const SEED: u64 = 9;
/// Month of every birth: chapters use different ones, so that no ID number is issued in two of them.
const BIRTH_MONTH: i8 = 12;

/// `schemas/demo/report9.json`.
#[derive(Debug, Clone, Deserialize)]
struct Plan {
    visit: String,
    year: i16,
    city: City,
    province: Province,
    counties: Vec<County>,
    village: Village,
    sheep: Sheep,
    cases: Classes,
}

#[derive(Debug, Clone, Deserialize)]
struct City {
    area: String,
    name: String,
    annual_rain_mm: String,
    poor_persons: u64,
    percap_net_income: String,
}

/// What the city holds of the province it compares itself with.
#[derive(Debug, Clone, Deserialize)]
struct Province {
    name: String,
    poor_persons: u64,
}

#[derive(Debug, Clone, Deserialize)]
struct County {
    area: String,
    name: String,
    poor_county: String,
    poor_persons: u64,
    percap_net_income: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Village {
    area: String,
    name: String,
    households: usize,
    persons: usize,
    resident_persons: u64,
    poor: usize,
}

/// One household of the village.
pub(super) struct Home {
    /// Natural village it lies in.
    pub(super) area: String,
    /// Number in the register.
    pub(super) number: String,
    persons: Vec<Person>,
    poor: bool,
}

impl Home {
    /// Persons in it.
    pub(super) fn size(&self) -> usize {
        self.persons.len()
    }
}

/// The chapter.
pub struct Report9 {
    plan: Plan,
    homes: Vec<Home>,
    flock: Flock,
}

impl Report9 {
    /// Reads the plan, settles the village and deals its sheep.
    pub fn read() -> Result<Report9> {
        let plan: Plan =
            serde_json::from_str(doorstep_schemas::demo_plan(NAME)).context("demo/report9.json")?;
        let homes = settle(&plan)?;
        ensure!(plan.sheep.households <= plan.village.poor, "more allotments than poor households");
        let flock = Flock::deal(&plan.sheep, &homes, &mut Seed::new(SEED + 1))?;
        Ok(Report9 { plan, homes, flock })
    }

    fn profile(&self, area: &str, name: &str, level: &str) -> Profile {
        Profile::begin(area, name, level, &self.plan.visit, self.plan.year)
    }

    fn profiles(&self) -> Vec<Filling> {
        let plan = &self.plan;
        let mut city = self.profile(&plan.city.area, &plan.city.name, "city");
        city.put("annual_rain_mm", plan.city.annual_rain_mm.as_str());
        city.put("poor_persons", plan.city.poor_persons);
        city.put("percap_net_income", plan.city.percap_net_income.as_str());
        let mut province = self.profile(&plan.city.area, &plan.province.name, "province");
        province.put("poor_persons", plan.province.poor_persons);
        let counties = plan.counties.iter().map(|county| {
            let mut profile = self.profile(&county.area, &county.name, "county");
            profile.put("poor_county", county.poor_county.as_str());
            profile.put("poor_persons", county.poor_persons);
            profile.put("percap_net_income", county.percap_net_income.as_str());
            profile.fill()
        });
        let mut village = self.profile(&plan.village.area, &plan.village.name, "village");
        village.put("households", plan.village.households);
        village.put("persons", plan.village.persons);
        village.put("resident_persons", plan.village.resident_persons);
        let mut fillings = vec![city.fill(), province.fill(), village.fill()];
        fillings.extend(counties);
        fillings
    }

    fn registers(&self) -> impl Iterator<Item = Filling> + '_ {
        let mut seed = Seed::new(SEED + 2);
        self.homes.iter().enumerate().map(move |(place, home)| {
            // Whose case is decided in this round is not registered yet.
            let waits = (self.plan.sheep.households..).contains(&place);
            let status = if home.poor && !waits { "registered" } else { "unregistered" };
            register(home, status, &self.plan, &mut seed)
        })
    }

    fn project(&self) -> Filling {
        let sheep = &self.plan.sheep;
        let mut seed = Seed::new(SEED + 3);
        let (grant, code) = (row(0, &mut seed), row(1, &mut seed));
        let mut answers = vec![
            answer("project_no", sheep.project_no.as_str()),
            answer("name", "整村推进养羊项目"),
            answer("event_date", sheep.entered.as_str()),
            answer("programme", "village_wide"),
            answer("class", "industry"),
            answer("state", "completed"),
            answer("special_account", true),
            answer("separate_books", true),
            answer(at("division_codes", code, "code"), self.plan.village.area.as_str()),
            answer(at("entries", grant, "kind"), "appropriation"),
            answer(at("entries", grant, "year"), 2012),
            answer(at("entries", grant, "source"), "province"),
            answer(at("entries", grant, "amount"), sheep.grant.as_str()),
            answer(at("entries", grant, "date"), day(2012, 4, 20)),
            answer(at("entries", grant, "voucher_no"), format!("{}-BK", sheep.project_no)),
        ];
        for breach in ["procedure", "withheld", "squeezed", "diverted", "embezzled", "defrauded", "held_up"] {
            answers.push(answer(format!("breaches/{breach}"), false));
        }
        for system in ["filing", "reimbursement", "posting", "audit"] {
            answers.push(answer(format!("four_systems/{system}"), true));
        }
        let area = self.plan.village.area.clone();
        Filling { form: "project_fund_ledger", area, about: None, answers }
    }
}

/// The village's households in its natural villages.
fn settle(plan: &Plan) -> Result<Vec<Home>> {
    let village = &plan.village;
    let areas: Vec<String> = doorstep_schemas::areas_of(NAME)
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>())
        .filter(|cells| cells.get(1) == Some(&village.area.as_str()))
        .map(|cells| cells[0].to_owned())
        .collect();
    ensure!(!areas.is_empty(), "the village has no natural villages");
    let mut seed = Seed::new(SEED);
    let sizes = deal::spread(village.persons, village.households, 1, 7, &mut seed)
        .context("persons do not fit the households")?;
    let (mut names, mut registry) = (Registry::default(), Registry::default());
    let homes = sizes.into_iter().enumerate().map(|(place, size)| {
        let mut persons = household(size, false, &mut names, &mut seed);
        for person in &mut persons {
            let born =
                i16::try_from(u32::from(plan.year.unsigned_abs()).saturating_sub(person.age)).unwrap_or(1970);
            let birth = day(born, BIRTH_MONTH, 1 + seed.below(28) as i8);
            person.id_no = registry.id_no(&birth, person.male);
            person.birth = birth;
        }
        Home {
            area: areas[place % areas.len()].clone(),
            number: format!("YP-{:04}", place + 1),
            persons,
            poor: place < village.poor,
        }
    });
    Ok(homes.collect())
}

fn register(home: &Home, status: &str, plan: &Plan, seed: &mut Seed) -> Filling {
    let mut answers = vec![
        answer("form_mode", "annual_update"),
        answer("event_date", plan.visit.as_str()),
        answer("visit_mode", "office_records"),
        answer("household_no", home.number.as_str()),
        answer("register_status", status),
        answer("unit_kind", "village"),
        answer("poor", home.poor),
        answer("identification_standard", "national"),
    ];
    if home.poor {
        let cause = seed.pick(&["no_labour", "no_skill", "no_capital", "no_water", "illness"]);
        answers.push(answer("household_attribute", "general_poor"));
        answers.push(answer("cause_main", *cause.unwrap_or(&"other")));
    }
    for (asset, held) in [("city_house", false), ("shop", false), ("car", false), ("business_entity", false)]
    {
        answers.push(answer(asset, held));
    }
    answers.push(answer("cattle_n", seed.below(4)));
    answers.push(answer("sheep_n", seed.below(25)));
    for (place, person) in home.persons.iter().enumerate() {
        let id = row(place as u64, seed);
        for (key, value) in [
            ("name", person.name.as_str()),
            ("relation", person.relation),
            ("sex", if person.male { "male" } else { "female" }),
            ("id_kind", "id_card"),
            ("id_no", person.id_no.as_str()),
        ] {
            answers.push(answer(at("members", id, key), value));
        }
    }
    Filling { form: "household_register", area: home.area.clone(), about: None, answers }
}

const ABOUT: About = About {
    name: NAME,
    root: ROOT,
    forms: &[
        ("household_register", 1),
        ("community_profile", 1),
        ("project_fund_ledger", 1),
        ("asset_tag_ledger", 1),
        ("identification_case", 1),
    ],
};

impl Chapter for Report9 {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn fillings(&self) -> Box<dyn Iterator<Item = Filling> + '_> {
        // The registers come first: the cases are about them by their number.
        let cases = Cases {
            classes: &self.plan.cases,
            year: self.plan.year,
            homes: &self.homes,
            first: self.plan.sheep.households,
        };
        let flock = self.flock.fillings(&self.plan.sheep, &self.homes);
        Box::new(
            self.registers()
                .chain(self.profiles())
                .chain(std::iter::once_with(|| self.project()))
                .chain(flock)
                .chain(cases.fillings()),
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_village_and_its_flock_hold_what_the_plan_says() {
        let chapter = Report9::read().unwrap();
        let plan = &chapter.plan;
        assert_eq!(chapter.homes.len(), plan.village.households);
        assert_eq!(chapter.homes.iter().map(Home::size).sum::<usize>(), plan.village.persons);
        let fillings: Vec<Filling> = chapter.fillings().collect();
        let of = |form: &'static str| fillings.iter().filter(move |filling| filling.form == form);
        assert_eq!(of("asset_tag_ledger").count(), plan.sheep.animals + plan.sheep.lambs);
        let has = |filling: &Filling, key: &str, value: &str| {
            filling.answers.iter().any(|(path, answer)| path == key && *answer == value)
        };
        let rams = of("asset_tag_ledger").filter(|filling| has(filling, "role", "ram")).count();
        assert_eq!(rams, plan.sheep.rams);
        for (class, count) in &plan.cases.by_class {
            let cases = of("identification_case").filter(|filling| has(filling, "class", class));
            assert_eq!(cases.count(), *count, "{class}");
        }
        // What a case is about is a register.
        assert!(
            of("identification_case").all(|case| case.about.is_some_and(|about| about < chapter.homes.len()))
        );
    }
}
