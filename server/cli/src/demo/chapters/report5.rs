//! Report 5: donations and department funds of a county. The special account with every donation, the use decided and
//! published, dunning notices; roads, fields and water works that departments paid for in villages; courses.

use anyhow::Result;
use serde::Deserialize;

use super::outputs::{Output, dealt};
use super::quantity;
use super::sheet::{Project, Row, Sheet, disbursement, wan_shares};
use super::tools::{day, evenly};
use super::{About, Chapter, Filling};

const NAME: &str = "report5";
const ROOT: &str = "999994000000";

/// `schemas/demo/report5.json`.
#[derive(Debug, Clone, Deserialize)]
struct Plan {
    year: i16,
    donations: Vec<Donors>,
    given_on_wan: String,
    rebuilding: Share,
    departments: Share,
    outputs: Vec<Output>,
    dunning: Dunning,
    training: Training,
}

/// Donations of one kind of donors.
#[derive(Debug, Clone, Deserialize)]
struct Donors {
    donor_kind: String,
    wan: String,
    donors: usize,
}

/// Money for some villages.
#[derive(Debug, Clone, Deserialize)]
struct Share {
    wan: String,
    villages: usize,
}

#[derive(Debug, Clone, Deserialize)]
struct Dunning {
    notices: usize,
    paid: usize,
}

#[derive(Debug, Clone, Deserialize)]
struct Training {
    courses: u64,
    attendances: u64,
}

/// The chapter.
pub struct Report5 {
    plan: Plan,
    villages: Vec<String>,
}

impl Report5 {
    /// Reads the plan.
    pub fn read() -> Result<Report5> {
        Report5::of(doorstep_schemas::demo_plan(NAME))
    }

    pub(super) fn of(plan: &str) -> Result<Report5> {
        let plan = serde_json::from_str(plan)?;
        Ok(Report5 { plan, villages: super::homes::places_of(NAME, "village") })
    }

    /// The special account: donations in, given on and for rebuilding out.
    fn account(&self) -> Filling {
        let year = self.plan.year;
        let project = Project {
            no: "ZH-01".to_owned(),
            name: "社会扶贫专户：抗震救灾捐资",
            day: day(year, 12, 1),
            programme: "social",
            class: "other",
            state: "completed",
            area: ROOT,
        };
        let mut sheet = project.sheet(50_000);
        self.donations(&mut sheet);
        for (number, amount) in wan_shares(&self.plan.given_on_wan, 2).unwrap_or_default().iter().enumerate()
        {
            let voucher = format!("ZZ-{}", number + 1);
            let row = disbursement("donated_on", "地震受灾区", amount, year, &day(year, 6, 10), &voucher);
            sheet.row("entries", row);
        }
        let rebuilding = &self.plan.rebuilding;
        for (number, amount) in
            wan_shares(&rebuilding.wan, rebuilding.villages).unwrap_or_default().iter().enumerate()
        {
            let voucher = format!("CJ-{}", number + 1);
            let row =
                disbursement("rebuilding", "受灾村", amount, year, &day(year, 8, 1 + number as i8), &voucher);
            sheet.row("entries", row);
        }
        self.decided(&mut sheet);
        sheet.fill("project_fund_ledger", ROOT, None)
    }

    fn donations(&self, sheet: &mut Sheet) {
        let year = self.plan.year;
        for donors in &self.plan.donations {
            let amounts = wan_shares(&donors.wan, donors.donors).unwrap_or_default();
            for (number, amount) in amounts.into_iter().enumerate() {
                sheet.row(
                    "entries",
                    vec![
                        ("kind", "donation".into()),
                        ("year", year.into()),
                        ("source", "social".into()),
                        ("amount", amount.into()),
                        ("date", day(year, 5, 13 + (number % 15) as i8).into()),
                        ("voucher_no", format!("JZ-{}-{:03}", donors.donor_kind, number + 1).into()),
                        ("donor", format!("捐赠人{:03}", number + 1).into()),
                        ("donor_kind", donors.donor_kind.as_str().into()),
                        ("campaign", "disaster".into()),
                    ],
                );
            }
        }
    }

    /// Proposed by the county office, decided together, published; who had not paid was dunned.
    fn decided(&self, sheet: &mut Sheet) {
        let year = self.plan.year;
        let proposal: Row<'_> = vec![
            ("office", "县扶贫办".into()),
            ("date", day(year, 5, 30).into()),
            ("content", "转赠灾区和本县恢复重建".into()),
        ];
        let decision: Row<'_> = vec![
            ("body", "县扶贫开发领导小组".into()),
            ("date", day(year, 6, 5).into()),
            ("present", 15.into()),
            ("result", "agreed".into()),
        ];
        let publication: Row<'_> =
            vec![("where", "县报".into()), ("date", day(year, 6, 8).into()), ("content", "both".into())];
        sheet.group("use_proposal", proposal).group("decision", decision).group("publication", publication);
        sheet.put("tracked_by_discipline", true);
        for number in 0..self.plan.dunning.notices {
            let mut row: Row<'_> = vec![
                ("unit_name", format!("未捐资单位{}", number + 1).into()),
                ("notice_no", format!("DB-{:02}", number + 1).into()),
                ("sent_on", day(year, 6, 1).into()),
                ("deadline", day(year, 6, 30).into()),
            ];
            if number < self.plan.dunning.paid {
                row.push(("paid_on", day(year, 6, 20).into()));
            }
            sheet.row("dunning", row);
        }
    }

    fn courses(&self) -> impl Iterator<Item = Filling> + '_ {
        let plan = &self.plan.training;
        let heads = evenly(plan.attendances, plan.courses).zip(self.villages.iter().cycle());
        heads.enumerate().map(|(number, (heads, village))| {
            let mut sheet = Sheet::new(55_000 + number as u64);
            sheet
                .put("kind", "skill_training")
                .put("topic", "实用技术培训班")
                .put("training_topic", "farming")
                .put("event_date", day(self.plan.year, 3 + number as i8, 18))
                .put("periods", 1)
                .put("place", "村活动室")
                .put("organiser", "县扶贫办")
                .put("headcount", quantity::qualified(&heads.to_string(), "person_time", None));
            sheet.fill("activity_session", village, None)
        })
    }

    /// What departments paid for, a ledger for each village.
    fn village_works(&self) -> Vec<Filling> {
        let plan = &self.plan;
        let amounts = wan_shares(&plan.departments.wan, plan.departments.villages).unwrap_or_default();
        let mut outputs = dealt(&plan.outputs, amounts.len().max(1));
        let mut fillings = Vec::new();
        for (number, (amount, village)) in amounts.iter().zip(&self.villages).enumerate() {
            let no = format!("BM-{:02}", number + 1);
            let project = Project {
                no: no.clone(),
                name: "部门捆绑帮扶项目",
                day: day(plan.year, 12, 2),
                programme: "social",
                class: "infrastructure",
                state: "completed",
                area: village,
            };
            let mut sheet = project.sheet(51_000 + number as u64);
            sheet.row(
                "entries",
                vec![
                    ("kind", "co_funding".into()),
                    ("year", plan.year.into()),
                    ("source", "department".into()),
                    ("amount", amount.as_str().into()),
                    ("date", day(plan.year, 4, 1).into()),
                    ("voucher_no", format!("{no}-X").into()),
                ],
            );
            let row = disbursement(
                "works",
                "项目实施单位",
                amount,
                plan.year,
                &day(plan.year, 9, 1),
                &format!("{no}-B"),
            );
            sheet.row("entries", row);
            for row in std::mem::take(&mut outputs[number]) {
                sheet.row("outputs", row);
            }
            fillings.push(sheet.fill("project_fund_ledger", village, None));
        }
        fillings
    }
}

const ABOUT: About =
    About { name: NAME, root: ROOT, forms: &[("project_fund_ledger", 1), ("activity_session", 1)] };

impl Chapter for Report5 {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn fillings(&self) -> Box<dyn Iterator<Item = Filling> + '_> {
        Box::new(std::iter::once(self.account()).chain(self.village_works()).chain(self.courses()))
    }
}
