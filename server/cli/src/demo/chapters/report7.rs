//! Report 7: one household of a state farm, before and after help. Its register with two years of income, one of them partly
//! forecast, and the record of those who helped.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::tools::{Answer, Registry, Seed, answer, at, day, household, row};
use super::{About, Chapter, Filling};

const NAME: &str = "report7";
const ROOT: &str = "999992400000";
/// The chapter's people are the same each time.
const SEED: u64 = 7;
/// Month of every birth: chapters use different ones, so that no ID number is issued in two of them.
const BIRTH_MONTH: i8 = 7;

/// `schemas/demo/report7.json`.
#[derive(Debug, Clone, Deserialize)]
struct Plan {
    area: String,
    visit: String,
    year: i16,
    members: Vec<Member>,
    staff_land_mu: String,
    before: Before,
    declared_total: String,
    helpers: Vec<Helper>,
    measures: Vec<(String, String)>,
    target_percap: String,
    standard_percap: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Member {
    relation: String,
    male: bool,
    age: i16,
    veteran: bool,
    chronic: bool,
    months: u8,
    wage: String,
    employer: String,
}

/// The year before: what the land gave and what it cost.
#[derive(Debug, Clone, Deserialize)]
struct Before {
    crop_income: String,
    crop_expense: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Helper {
    unit: String,
    role: String,
}

/// The chapter.
pub struct Report7 {
    plan: Plan,
}

impl Report7 {
    /// Reads the plan.
    pub fn read() -> Result<Report7> {
        Ok(Report7 {
            plan: serde_json::from_str(doorstep_schemas::demo_plan(NAME)).context("demo/report7.json")?,
        })
    }

    fn register(&self) -> Filling {
        let (plan, mut seed) = (&self.plan, Seed::new(SEED));
        let (mut names, mut registry) = (Registry::default(), Registry::default());
        let people = household(plan.members.len(), false, &mut names, &mut seed);
        let mut answers = vec![
            answer("form_mode", "annual_update"),
            answer("event_date", plan.visit.as_str()),
            answer("visit_mode", "office_records"),
            answer("household_no", "HS-0001"),
            answer("register_status", "registered"),
            answer("unit_kind", "farm"),
            answer("address", "第一管理区"),
            answer("poor", true),
            answer("identification_standard", "national"),
            answer("household_attribute", "general_poor"),
            answer("willing", true),
            answer("cause_main", "illness"),
            answer("causes_other/no_skill", true),
            answer("staff_land_mu", plan.staff_land_mu.as_str()),
        ];
        let mut rows = Vec::new();
        for (place, (member, person)) in plan.members.iter().zip(&people).enumerate() {
            let id = row(place as u64, &mut seed);
            let birth = day(plan.year - member.age, BIRTH_MONTH, 1 + place as i8);
            let mut put = |key: &str, value: serde_json::Value| answers.push((at("members", id, key), value));
            put("name", person.name.as_str().into());
            put("relation", member.relation.as_str().into());
            put("sex", if member.male { "male" } else { "female" }.into());
            put("id_kind", "id_card".into());
            put("id_no", registry.id_no(&birth, member.male).into());
            put("labour", "ordinary".into());
            put(if member.chronic { "health/chronic" } else { "health/healthy" }, true.into());
            put("veteran", member.veteran.into());
            put("work_place_kind", "in_county".into());
            put("work_months", member.months.into());
            put("counts_in_income", true.into());
            put("medical_insurance", "employee".into());
            rows.push(id.to_string());
        }
        answers.extend(self.before(&mut seed));
        answers.extend(self.after(&rows, &mut seed));
        Filling { form: "household_register", area: plan.area.clone(), about: None, answers }
    }

    fn before(&self, seed: &mut Seed) -> Vec<Answer> {
        let year = self.plan.year - 1;
        let crops = row(100, seed);
        let roster = format!("years/{year}/business");
        vec![
            answer(format!("years/{year}/accounting_start"), day(year, 1, 1)),
            answer(format!("years/{year}/accounting_end"), day(year, 12, 31)),
            answer(format!("years/{year}/is_estimate"), false),
            answer(at(&roster, crops, "kind"), "crops"),
            answer(at(&roster, crops, "amount"), self.plan.before.crop_income.as_str()),
            answer(at(&roster, crops, "expense"), self.plan.before.crop_expense.as_str()),
        ]
    }

    /// The visit was in November: what is still to come of the year is a forecast.
    fn after(&self, members: &[String], seed: &mut Seed) -> Vec<Answer> {
        let year = self.plan.year;
        let mut answers = vec![
            answer(format!("years/{year}/accounting_start"), day(year, 1, 1)),
            answer(format!("years/{year}/accounting_end"), day(year, 12, 31)),
            answer(format!("years/{year}/is_estimate"), true),
            answer(format!("years/{year}/declared_total"), self.plan.declared_total.as_str()),
        ];
        let roster = format!("years/{year}/wage");
        for (place, (member, id)) in self.plan.members.iter().zip(members).enumerate() {
            let wage = row(200 + place as u64, seed);
            answers.push(answer(at(&roster, wage, "member"), id.as_str()));
            answers.push(answer(at(&roster, wage, "employer"), member.employer.as_str()));
            answers.push(answer(at(&roster, wage, "months"), member.months));
            answers.push(answer(at(&roster, wage, "amount"), member.wage.as_str()));
        }
        answers
    }

    fn help(&self) -> Filling {
        let (plan, mut seed) = (&self.plan, Seed::new(SEED + 1));
        let mut answers = vec![answer("target", "household"), answer("event_date", plan.visit.as_str())];
        let people = household(plan.helpers.len().max(3), false, &mut Registry::default(), &mut seed);
        let mut responsible = String::new();
        for (place, (helper, person)) in plan.helpers.iter().zip(&people).enumerate() {
            let id = row(place as u64, &mut seed);
            let mut put = |key: &str, value: &str| answers.push(answer(at("pairing", id, key), value));
            put("helper_id", &format!("HS-G{:02}", place + 1));
            put("helper_name", &person.name);
            put("unit", &helper.unit);
            put("helper_kind", "cadre");
            put("role", &helper.role);
            put("level", "household");
            put("from", &day(plan.year, 3, 1));
            if helper.role == "responsible" {
                responsible = id.to_string();
            }
        }
        for (place, (kind, content)) in plan.measures.iter().enumerate() {
            let id = row(50 + place as u64, &mut seed);
            answers.push(answer(at("measure", id, "kind"), kind.as_str()));
            answers.push(answer(at("measure", id, "content"), content.as_str()));
            answers.push(answer(at("measure", id, "date"), day(plan.year, 4 + place as i8, 10)));
            answers.push(answer(at("measure", id, "head_signed"), true));
            answers.push(answer(at("measure", id, "signed_on"), day(plan.year, 4 + place as i8, 10)));
        }
        for (year, target) in [(plan.year, &plan.standard_percap), (plan.year + 1, &plan.target_percap)] {
            answers.push(answer(format!("year_plan/{year}/object"), "一家三口"));
            answers.push(answer(format!("year_plan/{year}/target_percap"), target.as_str()));
            answers.push(answer(format!("year_plan/{year}/policy"), "肥料补助"));
            answers.push(answer(format!("year_plan/{year}/measures"), "稳定工作，送技术，养羊"));
            answers.push(answer(format!("year_plan/{year}/responsible"), responsible.as_str()));
        }
        Filling { form: "assistance_record", area: plan.area.clone(), about: Some(0), answers }
    }
}

const ABOUT: About =
    About { name: NAME, root: ROOT, forms: &[("household_register", 1), ("assistance_record", 1)] };

impl Chapter for Report7 {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn fillings(&self) -> Box<dyn Iterator<Item = Filling> + '_> {
        Box::new([self.register(), self.help()].into_iter())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rust_decimal::Decimal;

    use super::*;

    #[test]
    fn the_household_earns_what_the_plan_says() {
        let chapter = Report7::read().unwrap();
        let fillings: Vec<Filling> = chapter.fillings().collect();
        let wages = fillings[0]
            .answers
            .iter()
            .filter(|(path, _)| path.ends_with("/amount") && path.contains("/wage/"));
        let total: Decimal =
            wages.map(|(_, value)| value.as_str().unwrap().parse::<Decimal>().unwrap()).sum();
        let planned: Decimal = chapter.plan.members.iter().map(|m| m.wage.parse::<Decimal>().unwrap()).sum();
        assert_eq!(total, planned);
        assert_eq!(fillings[1].about, Some(0));
        let again: Vec<Filling> = Report7::read().unwrap().fillings().collect();
        assert_eq!(fillings, again);
    }
}
