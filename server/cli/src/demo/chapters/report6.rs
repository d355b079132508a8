//! Report 6: a town inspects its own fiscal projects. Infrastructure projects with the money that came down, subsidies with
//! every payee, each breach answered.

use anyhow::Result;
use serde::Deserialize;

use super::homes::{Home, Settlement};
use super::outputs::MEASURE;
use super::quantity;
use super::sheet::{Project, Sheet, appropriation, disbursement, shares, sum, wan_shares};
use super::tools::{Seed, day};
use super::{About, Chapter, Filling};

const NAME: &str = "report6";
const ROOT: &str = "999993100000";
const SEED: u64 = 6;

/// `schemas/demo/report6.json`.
#[derive(Debug, Clone, Deserialize)]
struct Plan {
    year: i16,
    infrastructure: Infrastructure,
    households: usize,
    persons: usize,
    subsidies: Vec<Subsidy>,
}

#[derive(Debug, Clone, Deserialize)]
struct Infrastructure {
    projects: usize,
    wan: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Subsidy {
    item: String,
    name: String,
    projects: usize,
    kind: String,
    payees: usize,
    #[serde(default)]
    rate: Option<String>,
    yuan: String,
}

/// Who is paid: number in the office's ledger, and name.
type Payee<'a> = (String, &'a str);

/// The chapter.
pub struct Report6 {
    plan: Plan,
    homes: Vec<Home>,
    villages: Vec<String>,
}

impl Report6 {
    /// Reads the plan and settles the town.
    pub fn read() -> Result<Report6> {
        Report6::of(doorstep_schemas::demo_plan(NAME))
    }

    pub(super) fn of(plan: &str) -> Result<Report6> {
        let plan: Plan = serde_json::from_str(plan)?;
        let mut seed = Seed::new(SEED);
        let villages = super::homes::places_of(NAME, "village");
        let town = Settlement { areas: &villages, prefix: "CD", birth_month: 11 };
        let homes = town.settle((plan.persons, plan.households), (3, 7), &mut seed)?;
        let report = Report6 { plan, homes, villages };
        for subsidy in &report.plan.subsidies {
            let payees = report.payees(subsidy).len();
            anyhow::ensure!(payees == subsidy.payees, "{}: only {payees} can be paid", subsidy.item);
        }
        Ok(report)
    }

    /// Households for interest, children for schooling, those able to work for trainings.
    fn payees(&self, subsidy: &Subsidy) -> Vec<Payee<'_>> {
        if subsidy.kind == "household" {
            let homes = self.homes.iter().map(|home| (home.number.clone(), home.head()));
            return homes.take(subsidy.payees).collect();
        }
        let young = matches!(subsidy.item.as_str(), "rain_dew" | "education");
        let fits = |home: &Home, place: usize| {
            if young { home.bodies[place].child } else { home.bodies[place].able }
        };
        let members = self.homes.iter().flat_map(|home| (0..home.size()).map(move |place| (home, place)));
        let members = members.filter(|(home, place)| fits(home, *place));
        members
            .take(subsidy.payees)
            .map(|(home, place)| (home.member_number(place), home.bodies[place].name.as_str()))
            .collect()
    }

    fn infrastructure(&self) -> Vec<Filling> {
        let (plan, year) = (&self.plan.infrastructure, self.plan.year);
        let amounts = wan_shares(&plan.wan, plan.projects).unwrap_or_default();
        let works =
            [("gravel_road", "km", "2.5"), ("piped_water", "place", "1"), ("water_works", "place", "3")];
        let mut fillings = Vec::new();
        for (number, (amount, village)) in amounts.iter().zip(self.villages.iter().cycle()).enumerate() {
            let no = format!("JC-{:02}", number + 1);
            let (work, unit, qty) = works[number % works.len()];
            let project = Project {
                no: no.clone(),
                name: "村组基础设施项目",
                day: day(year, 12, 5),
                programme: "fiscal",
                class: "infrastructure",
                state: "balance_paid",
                area: village,
            };
            let mut sheet = project.sheet(60_000 + number as u64);
            sheet.row("entries", appropriation("county", amount, year, &day(year, 2, 1), &format!("{no}-X")));
            let mut last =
                disbursement("works", "施工单位", amount, year, &day(year, 11, 20), &format!("{no}-B"));
            last.push(("final_payment", true.into()));
            sheet.row("entries", last);
            let passed = vec![
                ("requested_on", day(year, 10, 8).into()),
                ("date", day(year, 11, 1).into()),
                ("result", "passed".into()),
            ];
            sheet.group("acceptance", passed);
            sheet.row(
                "outputs",
                vec![
                    ("planned_actual", "actual".into()),
                    ("work_type", work.into()),
                    ("qty", quantity::qualified(qty, MEASURE, None)),
                    ("unit", unit.into()),
                    ("places", 1.into()),
                ],
            );
            self.inspected(&mut sheet);
            fillings.push(sheet.fill("project_fund_ledger", village, None));
        }
        fillings
    }

    fn inspected(&self, sheet: &mut Sheet) {
        let fields = vec![
            ("date", day(self.plan.year, 9, 20).into()),
            ("leader", "镇长".into()),
            ("members", "纪委、财政、民政、农经、人社所".into()),
        ];
        sheet.group("inspection", fields);
    }

    /// The projects of one subsidy, its payees shared among them.
    fn subsidy(&self, subsidy: &Subsidy, first: usize) -> Vec<Filling> {
        let year = self.plan.year;
        let payees = self.payees(subsidy);
        let amounts = match &subsidy.rate {
            Some(rate) => vec![rate.clone(); payees.len()],
            None => shares(&format!("{}.00", subsidy.yuan), payees.len()).unwrap_or_default(),
        };
        let paid: Vec<(Payee<'_>, String)> = payees.into_iter().zip(amounts).collect();
        let each = paid.len().div_ceil(subsidy.projects.max(1)).max(1);
        let mut fillings = Vec::new();
        for (part, paid) in paid.chunks(each).enumerate() {
            let no = format!("BT-{:02}", first + part + 1);
            let project = Project {
                no: no.clone(),
                name: &subsidy.name,
                day: day(year, 12, 6),
                programme: "fiscal",
                class: "household_subsidy",
                state: "completed",
                area: ROOT,
            };
            let mut sheet = project.sheet(61_000 + (first + part) as u64);
            let total = sum(paid.iter().map(|(_, amount)| amount.as_str()));
            sheet.row("entries", appropriation("county", &total, year, &day(year, 3, 1), &format!("{no}-X")));
            for (number, ((record, name), amount)) in paid.iter().enumerate() {
                let mut row = vec![
                    ("kind", "payment".into()),
                    ("year", year.into()),
                    ("amount", amount.as_str().into()),
                    ("date", day(year, 7, 1 + (number % 28) as i8).into()),
                    ("voucher_no", format!("{no}-{:03}", number + 1).into()),
                    ("purpose", "subsidy".into()),
                    ("payee_kind", subsidy.kind.as_str().into()),
                    ("payee", (*name).into()),
                    ("payee_record", record.as_str().into()),
                    ("subsidy_item", subsidy.item.as_str().into()),
                ];
                row.extend(subsidy.rate.as_ref().map(|rate| ("rate", rate.as_str().into())));
                sheet.row("entries", row);
            }
            self.inspected(&mut sheet);
            fillings.push(sheet.fill("project_fund_ledger", ROOT, None));
        }
        fillings
    }
}

const ABOUT: About =
    About { name: NAME, root: ROOT, forms: &[("household_register", 1), ("project_fund_ledger", 1)] };

impl Chapter for Report6 {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn fillings(&self) -> Box<dyn Iterator<Item = Filling> + '_> {
        let mut seed = Seed::new(SEED + 1);
        let registers = self.homes.iter().map(move |home| home.register("registered", &mut seed));
        let mut first = 0;
        let mut subsidies = Vec::new();
        for subsidy in &self.plan.subsidies {
            subsidies.extend(self.subsidy(subsidy, first));
            first += subsidy.projects;
        }
        Box::new(registers.chain(self.infrastructure()).chain(subsidies))
    }
}
