//! Report 4: tourism in a county. Projects with what came down and was paid in three budget years, homestays, public posts
//! and labour contracts, households that left poverty by tourism, trainings.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::homes::{Home, Settlement, adding_up_to};
use super::outputs::Output;
use super::passed::Case;
use super::quantity;
use super::sheet::{Project, Sheet, appropriation, disbursement};
use super::tools::{Seed, day, evenly, yuan_of_wan};
use super::{About, Chapter, Filling};

const NAME: &str = "report4";
const ROOT: &str = "999995000000";
const SEED: u64 = 4;
/// The year in which people began to work and left poverty.
const YEAR: i16 = 2018;

/// `schemas/demo/report4.json`.
#[derive(Debug, Clone, Deserialize)]
struct Plan {
    projects: Vec<Planned>,
    households: usize,
    persons: usize,
    homestays: usize,
    model_homestays: usize,
    public_posts: usize,
    contracts: usize,
    exited_persons: usize,
    training: Training,
}

#[derive(Debug, Clone, Deserialize)]
struct Planned {
    name: String,
    budget_year: i16,
    approval_year: i16,
    state: String,
    #[serde(default)]
    back_reason: Option<String>,
    #[serde(default)]
    plan_wan: Option<String>,
    wan: String,
    paid_wan: Vec<String>,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    homestays: bool,
    #[serde(default)]
    outputs: Vec<Output>,
}

#[derive(Debug, Clone, Deserialize)]
struct Training {
    attendances: u64,
    topics: Vec<String>,
    sessions: u64,
}

/// The chapter.
pub struct Report4 {
    plan: Plan,
    homes: Vec<Home>,
    exited: Vec<usize>,
    villages: Vec<String>,
}

impl Report4 {
    /// Reads the plan and settles the county.
    pub fn read() -> Result<Report4> {
        Report4::of(doorstep_schemas::demo_plan(NAME))
    }

    pub(super) fn of(plan: &str) -> Result<Report4> {
        let plan: Plan = serde_json::from_str(plan)?;
        let mut seed = Seed::new(SEED);
        let villages = super::homes::places_of(NAME, "village");
        let county = Settlement { areas: &villages, prefix: "YT", birth_month: 10 };
        let homes = county.settle((plan.persons, plan.households), (2, 7), &mut seed)?;
        let exited =
            adding_up_to(&homes, plan.exited_persons).context("no households add up to the exited")?;
        Ok(Report4 { plan, homes, exited, villages })
    }

    fn registers(&self) -> impl Iterator<Item = Filling> + '_ {
        let mut seed = Seed::new(SEED + 1);
        self.homes.iter().enumerate().map(move |(position, home)| {
            let exited = self.exited.binary_search(&position).is_ok();
            home.register(if exited { "exited" } else { "registered" }, &mut seed)
        })
    }

    fn project(&self, number: usize, planned: &Planned, village: &str) -> Filling {
        let year = planned.budget_year;
        let no = format!("LY-{year}-{:02}", number + 1);
        let project = Project {
            no: no.clone(),
            name: &planned.name,
            day: day(YEAR, 12, 10),
            programme: "tourism",
            class: "tourism",
            state: &planned.state,
            area: village,
        };
        let mut sheet = project.sheet(20_000 + number as u64);
        sheet.put("approval_year", planned.approval_year);
        if let Some(amount) = planned.plan_wan.as_deref().and_then(yuan_of_wan) {
            sheet.put("plan_amount", amount);
        }
        if let Some(reason) = &planned.back_reason {
            sheet.put("back_reason", reason.as_str());
        }
        if let Some(amount) = yuan_of_wan(&planned.wan) {
            sheet.row(
                "entries",
                appropriation("province", &amount, year, &day(year, 3, 1), &format!("{no}-X")),
            );
        }
        let done = planned.state == "balance_paid";
        if done || planned.state == "acceptance_requested" {
            sheet.put("acceptance/requested_on", day(year, 10, 8));
        }
        if done {
            let passed = vec![("date", day(year, 11, 1).into()), ("result", "passed".into())];
            sheet.group("acceptance", passed);
        }
        for (payment, wan) in planned.paid_wan.iter().enumerate() {
            let last = done && payment + 1 == planned.paid_wan.len();
            let amount = yuan_of_wan(wan).unwrap_or_default();
            let date = if last { day(year, 12, 1) } else { day(year, 6, 1 + payment as i8) };
            let voucher = format!("{no}-B{}", payment + 1);
            let mut row = disbursement(&planned.purpose, "项目实施单位", &amount, year, &date, &voucher);
            row.push(("final_payment", last.into()));
            sheet.row("entries", row);
        }
        for mut row in planned.outputs.iter().flat_map(Output::rows) {
            row.push(("place_code", village.into()));
            sheet.row("outputs", row);
        }
        if planned.homestays {
            self.homestays(&mut sheet);
        }
        sheet.fill("project_fund_ledger", village, None)
    }

    fn homestays(&self, sheet: &mut Sheet) {
        for (number, home) in self.homes.iter().take(self.plan.homestays).enumerate() {
            sheet.row(
                "beneficiaries",
                vec![
                    ("household", home.number.as_str().into()),
                    ("head_name", home.head().into()),
                    ("persons", home.size().into()),
                    ("benefit", if number % 3 == 0 { "farm_stay" } else { "homestay" }.into()),
                    ("rating", if number < self.plan.model_homestays { "model" } else { "qualified" }.into()),
                ],
            );
        }
    }

    /// Work for each household: a contract with an enterprise of tourism for the head while there are contracts left, a
    /// public-welfare post for the second able member while there are posts left.
    fn help(&self, number: usize, home: &Home) -> Filling {
        let mut sheet = Sheet::new(30_000 + number as u64);
        sheet.put("target", "household").put("event_date", day(YEAR, 12, 12));
        sheet.row(
            "pairing",
            vec![
                ("helper_id", format!("LB-{:03}", number % 20 + 1).into()),
                ("helper_name", format!("联络员{:02}", number % 20 + 1).into()),
                ("unit", "县文化旅游局".into()),
                ("helper_kind", "cadre".into()),
                ("role", "responsible".into()),
                ("level", "county".into()),
                ("from", day(YEAR, 1, 5).into()),
            ],
        );
        let employers = [
            ("scenic_area", "景区管理处"),
            ("hotel", "旅游宾馆"),
            ("farm_stay", "农家乐"),
            ("shop", "旅游购物店"),
            ("key_project", "重点项目部"),
        ];
        let mut place = |member: usize, employer: (&str, &str), kind: &str, pay: &str| {
            sheet.row(
                "placement",
                vec![
                    ("member_id", home.member_number(member).into()),
                    ("member_name", home.bodies[member].name.as_str().into()),
                    ("employer", employer.1.into()),
                    ("employer_kind", employer.0.into()),
                    ("post_kind", kind.into()),
                    ("by_tourism", true.into()),
                    ("monthly_pay", pay.into()),
                    ("contract_signed", true.into()),
                    ("contract_from", day(YEAR, 3, 1).into()),
                ],
            );
        };
        if number < self.plan.contracts {
            place(0, employers[number % employers.len()], "enterprise", "2200");
        }
        if number < self.plan.public_posts && home.size() > 1 {
            place(1, ("village", "村委会"), "public_post", "600");
        }
        sheet.fill("assistance_record", &home.area, Some(number))
    }

    fn trainings(&self) -> Vec<Filling> {
        let plan = &self.plan.training;
        let heads = evenly(plan.attendances, plan.sessions).zip(plan.topics.iter().cycle());
        let places = self.villages.iter().cycle();
        heads
            .zip(places)
            .enumerate()
            .map(|(number, ((heads, topic), village))| {
                let mut sheet = Sheet::new(45_000 + number as u64);
                sheet
                    .put("kind", "skill_training")
                    .put("topic", "旅游从业技能培训")
                    .put("training_topic", topic.as_str())
                    .put("event_date", day(YEAR, 1 + number as i8, 16))
                    .put("place", "村活动室")
                    .put("organiser", "县文化旅游局")
                    .put("partners/education", true)
                    .put("partners/labour", true)
                    .put("headcount", quantity::qualified(&heads.to_string(), "person_time", None));
                sheet.fill("activity_session", village, None)
            })
            .collect()
    }

    fn exits(&self) -> impl Iterator<Item = Filling> + '_ {
        self.exited.iter().enumerate().map(|(number, about)| {
            let home = &self.homes[*about];
            let case = Case { kind: "exit", home, about: *about, year: YEAR, counted: true, percap: 5_200 };
            case.out("tourism", 40_000 + number as u64)
        })
    }
}

const ABOUT: About = About {
    name: NAME,
    root: ROOT,
    forms: &[
        ("household_register", 1),
        ("project_fund_ledger", 1),
        ("assistance_record", 1),
        ("identification_case", 1),
        ("activity_session", 1),
    ],
};

impl Chapter for Report4 {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn fillings(&self) -> Box<dyn Iterator<Item = Filling> + '_> {
        let planned = self.plan.projects.iter().zip(self.villages.iter().cycle()).enumerate();
        let projects = planned.map(|(number, (planned, village))| self.project(number, planned, village));
        let help = self.homes.iter().enumerate().map(|(number, home)| self.help(number, home));
        Box::new(self.registers().chain(projects).chain(self.trainings()).chain(help).chain(self.exits()))
    }
}
