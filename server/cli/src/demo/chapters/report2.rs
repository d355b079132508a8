//! Report 2: village-wide development of a township. Every household of 17 villages with its members, project ledgers with
//! their outputs, disaster records with the relief paid, returns to poverty, labour sent out.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::homes::{Home, Settlement, able_of, adding_up_to};
use super::outputs::{Output, dealt};
use super::passed::Case;
use super::quantity;
use super::sheet::{Project, Sheet, shares, wan_shares};
use super::tools::{Seed, day, deal};
use super::{About, Chapter, Filling};

const NAME: &str = "report2";
const ROOT: &str = "999997200000";
/// The chapter's people are the same each time.
const SEED: u64 = 2;

/// `schemas/demo/report2.json`.
#[derive(Debug, Clone, Deserialize)]
struct Plan {
    year: i16,
    poor: Counts,
    others: Counts,
    able_to_work: usize,
    running: usize,
    completed: usize,
    applied: usize,
    outputs: Vec<Output>,
    industry: Vec<Industry>,
    living_aid: LivingAid,
    disaster: Disaster,
    returned_persons: usize,
    labour_export: LabourExport,
}

#[derive(Debug, Clone, Deserialize)]
struct Counts {
    households: usize,
    persons: usize,
}

#[derive(Debug, Clone, Deserialize)]
struct Industry {
    name: String,
    #[serde(flatten)]
    output: Output,
}

#[derive(Debug, Clone, Deserialize)]
struct LivingAid {
    wan: String,
    payments: usize,
}

#[derive(Debug, Clone, Deserialize)]
struct Disaster {
    households: usize,
    persons: usize,
    relief: Payments,
    assistance: Payments,
}

#[derive(Debug, Clone, Deserialize)]
struct Payments {
    wan: String,
    payments: usize,
}

#[derive(Debug, Clone, Deserialize)]
struct LabourExport {
    persons: String,
    income_yuan: String,
    qualifier: String,
    destinations: usize,
}

/// The chapter.
pub struct Report2 {
    plan: Plan,
    homes: Vec<Home>,
    /// The first so many homes are poor.
    poor: usize,
    /// Poor homes that fell back.
    returned: Vec<usize>,
    villages: Vec<String>,
}

impl Report2 {
    /// Reads the plan and settles the township.
    pub fn read() -> Result<Report2> {
        Report2::of(doorstep_schemas::demo_plan(NAME))
    }

    pub(super) fn of(plan: &str) -> Result<Report2> {
        let plan: Plan = serde_json::from_str(plan)?;
        let groups = super::homes::places_of(NAME, "group");
        let mut seed = Seed::new(SEED);
        let mut sizes = Vec::new();
        for counts in [&plan.poor, &plan.others] {
            let spread = deal::spread(counts.persons, counts.households, 2, 8, &mut seed);
            sizes.extend(spread.context("more or fewer persons than the households can hold")?);
        }
        let able = able_of(&sizes, plan.able_to_work, 2, &mut seed).context("too many able to work")?;
        let homes =
            Settlement { areas: &groups, prefix: "SP", birth_month: 8 }.homes(&sizes, &able, &mut seed);
        let poor = plan.poor.households;
        // Those who fell back live at the end of the list, those hit by disasters at its beginning.
        let from = poor.saturating_sub(poor / 4);
        // The last household of the poor fell back too and does not know how many it is: so many persons, and more.
        let returned = adding_up_to(&homes[from..poor.saturating_sub(1)], plan.returned_persons);
        let returned = returned.context("no households add up to the returned")?;
        let returned =
            returned.into_iter().map(|position| position + from).chain(poor.checked_sub(1)).collect();
        let villages = super::homes::places_of(NAME, "village");
        Ok(Report2 { plan, homes, poor, returned, villages })
    }

    fn registers(&self) -> impl Iterator<Item = Filling> + '_ {
        let mut seed = Seed::new(SEED + 1);
        self.homes.iter().enumerate().map(move |(position, home)| {
            let status = if self.returned.binary_search(&position).is_ok() {
                "returned"
            } else if position < self.poor {
                "registered"
            } else {
                "unregistered"
            };
            home.register(status, &mut seed)
        })
    }

    /// Village-wide projects, one for each village that has one.
    fn village_wide(&self) -> Vec<Filling> {
        let plan = &self.plan;
        let mut outputs = dealt(&plan.outputs, plan.running);
        let count = plan.running + plan.applied;
        let mut fillings = Vec::new();
        for (number, village) in self.villages.iter().take(count).enumerate() {
            let state = match number {
                _ if number < plan.completed => "completed",
                _ if number < plan.running => "on_site",
                _ => "applied",
            };
            let project = Project {
                no: format!("ZC-{:02}", number + 1),
                name: "整村推进项目",
                day: day(plan.year, 10, 15),
                programme: "village_wide",
                class: "infrastructure",
                state,
                area: village,
            };
            let mut sheet = project.sheet(1_000 + number as u64);
            for row in outputs.get_mut(number).map(std::mem::take).unwrap_or_default() {
                sheet.row("outputs", row);
            }
            fillings.push(sheet.fill("project_fund_ledger", village, None));
        }
        fillings
    }

    fn industry(&self) -> Vec<Filling> {
        let rows =
            self.plan.industry.iter().flat_map(|industry| {
                industry.output.rows().into_iter().map(|row| (industry.name.as_str(), row))
            });
        rows.zip(self.villages.iter().cycle())
            .enumerate()
            .map(|(number, ((name, row), village))| {
                let project = Project {
                    no: format!("CY-{:02}", number + 1),
                    name,
                    day: day(self.plan.year, 10, 16),
                    programme: "other",
                    class: "industry",
                    state: "completed",
                    area: village,
                };
                let mut sheet = project.sheet(2_000 + number as u64);
                sheet.row("outputs", row);
                sheet.fill("project_fund_ledger", village, None)
            })
            .collect()
    }

    /// One ledger a village: what the county gave, and who was paid.
    fn living_aid(&self) -> Vec<Filling> {
        let (plan, year) = (&self.plan.living_aid, self.plan.year);
        let amounts = wan_shares(&plan.wan, plan.payments).unwrap_or_default();
        let mut fillings = Vec::new();
        for (number, village) in self.villages.iter().enumerate() {
            let mine = amounts.iter().skip(number).step_by(self.villages.len());
            let paid: Vec<&String> = mine.collect();
            let homes = self.homes[..self.poor].iter().filter(|home| home.area.starts_with(village.as_str()));
            let project = Project {
                no: format!("BZ-{:02}", number + 1),
                name: "困难家庭生活补助",
                day: day(year, 11, 20),
                programme: "relief",
                class: "household_subsidy",
                state: "completed",
                area: village,
            };
            let mut sheet = project.sheet(3_000 + number as u64);
            let total = super::sheet::sum(paid.iter().map(|amount| amount.as_str()));
            sheet.row(
                "entries",
                super::sheet::appropriation("county", &total, year, &day(year, 3, 1), "XJ-1"),
            );
            for ((place, amount), home) in paid.into_iter().enumerate().zip(homes) {
                sheet.row(
                    "entries",
                    vec![
                        ("kind", "payment".into()),
                        ("year", year.into()),
                        ("amount", amount.as_str().into()),
                        ("date", day(year, 6, 1 + place as i8).into()),
                        ("voucher_no", format!("BZ-{:02}-{:03}", number + 1, place + 1).into()),
                        ("purpose", "subsidy".into()),
                        ("payee_kind", "household".into()),
                        ("payee", home.head().into()),
                        ("payee_record", home.number.as_str().into()),
                        ("subsidy_item", "living_aid".into()),
                    ],
                );
            }
            fillings.push(sheet.fill("project_fund_ledger", village, None));
        }
        fillings
    }

    /// Disaster records of poor households large enough that the persons hit add up.
    fn disasters(&self) -> Vec<Filling> {
        let plan = &self.plan.disaster;
        let large = self.homes[..self.poor].iter().enumerate().filter(|(_, home)| home.size() >= 5);
        let hit: Vec<(usize, &Home)> = large.take(plan.households).collect();
        let mut over = hit.iter().map(|(_, home)| home.size()).sum::<usize>().saturating_sub(plan.persons);
        let count = hit.len();
        let relief = wan_shares(&plan.relief.wan, plan.relief.payments).unwrap_or_default();
        let assistance = wan_shares(&plan.assistance.wan, plan.assistance.payments).unwrap_or_default();
        let mut fillings = Vec::new();
        for (number, (about, home)) in hit.into_iter().enumerate() {
            // Who was away that day was not hit.
            let away = over.div_ceil(count - number).min(home.size() - 1);
            over -= away;
            let (kind, month) = [("rainstorm", 7), ("hail", 6), ("snow", 2)][number % 3];
            let mut sheet = Sheet::new(5_000 + number as u64);
            sheet
                .put("disaster_no", format!("ZH-{}-{month:02}", self.plan.year))
                .put("disaster_kind", kind)
                .put("event_date", day(self.plan.year, month, 12))
                .put("reported_on", day(self.plan.year, month, 13))
                .put("checked_on_site", true)
                .put("persons_hit", home.size() - away)
                .put("crop_hit_mu", "3.5");
            for (kind, paid, voucher) in [("relief", &relief, "JZ"), ("assistance", &assistance, "QZ")] {
                let Some(amount) = paid.get(number) else { continue };
                sheet.row(
                    "relief",
                    vec![
                        ("kind", kind.into()),
                        ("source", "county".into()),
                        ("amount", amount.as_str().into()),
                        ("date", day(self.plan.year, month + 1, 20).into()),
                        ("voucher_no", format!("{voucher}-{:04}", number + 1).into()),
                        ("payee", home.head().into()),
                        ("signed", true.into()),
                    ],
                );
            }
            fillings.push(sheet.fill("disaster_event", &home.area, Some(about)));
        }
        fillings
    }

    /// What the village liaisons report of those who went out, by destination; how many is not readable in the source.
    fn labour_export(&self) -> Vec<Filling> {
        let plan = &self.plan.labour_export;
        let incomes = shares(&plan.income_yuan, plan.destinations).unwrap_or_default();
        let mut fillings = Vec::new();
        for (number, income) in incomes.into_iter().enumerate() {
            let mut sheet = Sheet::new(8_000 + number as u64);
            sheet
                .put("kind", "labour_export")
                .put("topic", "劳务输转")
                .put("event_date", day(self.plan.year, 12, 1))
                .put("place", "乡政府")
                .put("organiser", "村级劳务联络员")
                .put("headcount", quantity::masked(&plan.persons, "person_time"))
                .put("destination", format!("省外务工地{}", number + 1))
                .put("destination_kind", "outside")
                .put("income", quantity::qualified(&income, "yuan", Some(&plan.qualifier)));
            fillings.push(sheet.fill("activity_session", ROOT, None));
        }
        fillings
    }

    fn returns(&self) -> impl Iterator<Item = Filling> + '_ {
        self.returned.iter().enumerate().map(|(number, about)| {
            let home = &self.homes[*about];
            let counted = Some(about) != self.returned.last();
            let case =
                Case { kind: "return", home, about: *about, year: self.plan.year, counted, percap: 2_000 };
            case.back("disaster", 7_000 + number as u64)
        })
    }
}

const ABOUT: About = About {
    name: NAME,
    root: ROOT,
    forms: &[
        ("household_register", 1),
        ("project_fund_ledger", 1),
        ("disaster_event", 1),
        ("identification_case", 1),
        ("activity_session", 1),
    ],
};

impl Chapter for Report2 {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn fillings(&self) -> Box<dyn Iterator<Item = Filling> + '_> {
        let projects = self.village_wide().into_iter().chain(self.industry()).chain(self.living_aid());
        Box::new(
            self.registers()
                .chain(projects)
                .chain(self.labour_export())
                .chain(self.disasters())
                .chain(self.returns()),
        )
    }
}
