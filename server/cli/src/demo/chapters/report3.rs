//! Report 3: party members and technical cadres paired with poor households of a town. Each pair has its plan, diary,
//! measures, promise and inspection.

use anyhow::Result;
use serde::Deserialize;

use super::homes::{Home, Settlement};
use super::sheet::Sheet;
use super::tools::{Seed, day};
use super::{About, Chapter, Filling};

const NAME: &str = "report3";
const ROOT: &str = "999996100000";
const SEED: u64 = 3;

/// `schemas/demo/report3.json`.
#[derive(Debug, Clone, Deserialize)]
struct Plan {
    year: i16,
    pairs: usize,
    with_technical_cadre: usize,
    persons: usize,
    visits_each: usize,
    inspected_twice: usize,
}

/// The chapter.
pub struct Report3 {
    plan: Plan,
    homes: Vec<Home>,
}

impl Report3 {
    /// Reads the plan and settles the town.
    pub fn read() -> Result<Report3> {
        Report3::of(doorstep_schemas::demo_plan(NAME))
    }

    pub(super) fn of(plan: &str) -> Result<Report3> {
        let plan: Plan = serde_json::from_str(plan)?;
        let mut seed = Seed::new(SEED);
        let villages = super::homes::places_of(NAME, "village");
        let town = Settlement { areas: &villages, prefix: "ML", birth_month: 9 };
        let homes = town.settle((plan.persons, plan.pairs), (2, 7), &mut seed)?;
        Ok(Report3 { plan, homes })
    }

    fn pair(&self, number: usize, home: &Home) -> Filling {
        let year = self.plan.year;
        let technical = number < self.plan.with_technical_cadre;
        let mut sheet = Sheet::new(10_000 + number as u64);
        sheet.put("target", "household").put("event_date", day(year, 12, 21));
        // One technical cadre, or two and three party members by turns.
        let helpers = if technical { 1 } else { 2 + number % 2 };
        let mut ids = Vec::new();
        for helper in 0..helpers {
            let id = sheet.row(
                "pairing",
                vec![
                    ("helper_id", format!("BF-{:03}-{}", number + 1, helper + 1).into()),
                    (
                        "helper_name",
                        format!("帮扶员{:02}{}", number + 1, ["甲", "乙", "丙"][helper % 3]).into(),
                    ),
                    ("unit", if technical { "农技推广站" } else { "镇机关党支部" }.into()),
                    ("helper_kind", if technical { "tech_cadre" } else { "party_member" }.into()),
                    ("role", if helper == 0 { "responsible" } else { "member" }.into()),
                    ("level", "town".into()),
                    ("from", day(year, 1, 10).into()),
                ],
            );
            ids.push(id);
        }
        let responsible = ids.first().cloned().unwrap_or_default();
        sheet.group(
            &format!("year_plan/{year}"),
            vec![
                ("object", format!("{}一家{}口", home.head(), home.size()).into()),
                ("target_percap", "2900".into()),
                ("policy", "种植补助、技能培训".into()),
                ("measures", "送技术、送信息、送物资".into()),
                ("responsible", responsible.as_str().into()),
            ],
        );
        self.work(number, home, &responsible, &mut sheet);
        sheet.fill("assistance_record", &home.area, Some(number))
    }

    /// Promise, measures, visits and inspections.
    fn work(&self, number: usize, home: &Home, responsible: &str, sheet: &mut Sheet) {
        let year = self.plan.year;
        sheet.row(
            "promises",
            vec![
                ("date", day(year, 1, 20).into()),
                ("by", responsible.into()),
                ("content", "每季度至少入户一次，帮助解决一个实际困难".into()),
                ("published_where", "镇政务公开栏".into()),
                ("kept", if number % 9 == 8 { "partly" } else { "kept" }.into()),
                ("checked_on", day(year, 12, 10).into()),
            ],
        );
        let kinds = ["thought", "information", "technique", "goods"];
        sheet.row(
            "measure",
            vec![
                ("kind", kinds[number % kinds.len()].into()),
                ("content", format!("帮{}家备春耕", home.head()).into()),
                ("date", day(year, 3, 5).into()),
                ("head_signed", true.into()),
                ("signed_on", day(year, 3, 5).into()),
            ],
        );
        for visit in 0..self.plan.visits_each {
            let month = 3 * (visit as i8 + 1);
            sheet.row(
                "visit",
                vec![
                    ("date", day(year, month, 1 + (number % 27) as i8).into()),
                    ("visitor", responsible.into()),
                    ("summary", format!("{month}月到{}家，了解生产生活情况，记下困难", home.head()).into()),
                    ("satisfaction", (3 + (number + visit) % 3).into()),
                ],
            );
        }
        let inspections = 1 + usize::from(number < self.plan.inspected_twice);
        for inspection in 0..inspections {
            sheet.row(
                "inspection",
                vec![
                    ("date", day(year, 6 + 5 * inspection as i8, 25).into()),
                    ("by", "镇党委扶贫工作领导小组".into()),
                    ("diary_checked", true.into()),
                    ("finding", "有走访记录，措施落到户".into()),
                    ("rating", "good".into()),
                ],
            );
        }
    }
}

const ABOUT: About =
    About { name: NAME, root: ROOT, forms: &[("household_register", 1), ("assistance_record", 1)] };

impl Chapter for Report3 {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn fillings(&self) -> Box<dyn Iterator<Item = Filling> + '_> {
        let mut seed = Seed::new(SEED + 1);
        let registers = self.homes.iter().map(move |home| home.register("registered", &mut seed));
        let pairs = self.homes.iter().enumerate().map(|(number, home)| self.pair(number, home));
        Box::new(registers.chain(pairs))
    }
}
