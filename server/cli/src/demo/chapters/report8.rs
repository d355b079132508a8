//! Report 8, beside the survey of the town: what the town, its villages and its natural villages are like. The survey's
//! registers and sample checks are `super::super::town`; this chapter adds the profiles of the same places.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::profile::{Profile, by_weight};
use super::tools::{Seed, answer, deal};
use super::{About, Chapter, Filling};

const NAME: &str = "report8";
const ROOT: &str = "999999100000";
const SEED: u64 = 88;

/// `schemas/demo/report8.json`.
#[derive(Debug, Clone, Deserialize)]
struct Plan {
    visit: String,
    year: i16,
    town: Place,
    villages: Vec<Place>,
    natural: Natural,
}

/// A place with its answers and rows as they are.
#[derive(Debug, Clone, Deserialize)]
struct Place {
    area: String,
    level: String,
    answers: Map<String, Value>,
    rows: Map<String, Value>,
}

/// Totals over the natural villages.
#[derive(Debug, Clone, Deserialize)]
struct Natural {
    households: usize,
    persons: u64,
    labour_male: u64,
    labour_female: u64,
    labour_primary_or_less: u64,
    labour_skilled: u64,
    labour_migrant: u64,
    migrant_income_yuan: u64,
    tv_uncovered_households: u64,
    housing_grade_d_households: u64,
    housing_grade_c_households: u64,
    unpaved: usize,
    culture: usize,
}

/// The chapter.
pub struct Report8 {
    plan: Plan,
    /// Code and name of each natural village.
    natural: Vec<(String, String)>,
}

impl Report8 {
    /// Reads the plan.
    pub fn read() -> Result<Report8> {
        let plan: Plan =
            serde_json::from_str(doorstep_schemas::demo_plan(NAME)).context("demo/report8.json")?;
        let natural: Vec<(String, String)> = named("natural_village");
        ensure!(natural.len() >= plan.natural.unpaved.max(plan.natural.culture), "too few natural villages");
        Ok(Report8 { plan, natural })
    }

    fn profile(&self, area: &str, name: &str, level: &str) -> Profile {
        Profile::begin(area, name, level, &self.plan.visit, self.plan.year)
    }

    fn place(&self, place: &Place) -> Filling {
        let names: Vec<(String, String)> = named(if place.level == "town" { "town" } else { "village" });
        let name = names.iter().find(|(code, _)| *code == place.area).map_or("", |(_, name)| name);
        let mut profile = self.profile(&place.area, name, &place.level);
        for (key, value) in &place.answers {
            profile.put(key, value.clone());
        }
        for (roster, rows) in &place.rows {
            for fields in rows.as_array().into_iter().flatten().filter_map(Value::as_object) {
                profile.row(roster, fields);
            }
        }
        profile.fill()
    }

    /// The natural villages: each total is dealt over them by the number of their households.
    fn natural(&self) -> Vec<Filling> {
        let total = &self.plan.natural;
        let count = self.natural.len();
        let mean = total.households / count.max(1);
        let mut seed = Seed::new(SEED);
        let sizes = deal::spread(total.households, count, mean / 2, mean * 2, &mut seed).unwrap_or_default();
        let weights: Vec<u64> = sizes.iter().map(|size| *size as u64).collect();
        let (persons, male) = (by_weight(total.persons, &weights), by_weight(total.labour_male, &weights));
        let female = by_weight(total.labour_female, &weights);
        let labour: Vec<u64> = male.iter().zip(&female).map(|(male, female)| male + female).collect();
        let primary = by_weight(total.labour_primary_or_less, &labour);
        let (skilled, migrant) =
            (by_weight(total.labour_skilled, &labour), by_weight(total.labour_migrant, &labour));
        let income = by_weight(total.migrant_income_yuan, &migrant);
        let dark = by_weight(total.tv_uncovered_households, &weights);
        let (grade_d, grade_c) = (
            by_weight(total.housing_grade_d_households, &weights),
            by_weight(total.housing_grade_c_households, &weights),
        );
        let profiles = self.natural.iter().enumerate().map(|(n, (area, name))| {
            let mut profile = self.profile(area, name, "natural_village");
            for (key, value) in [
                ("households", weights[n]),
                ("persons", persons[n]),
                ("labour", labour[n]),
                ("labour_male", male[n]),
                ("labour_female", female[n]),
                ("labour_primary_or_less", primary[n]),
                ("labour_junior_or_more", labour[n] - primary[n]),
                ("labour_skilled", skilled[n]),
                ("labour_migrant", migrant[n]),
                ("tv_uncovered_households", dark[n]),
                ("tv_covered_households", weights[n] - dark[n]),
                ("housing_grade_d_households", grade_d[n]),
                ("housing_grade_c_households", grade_c[n]),
                ("housing_need_households", grade_d[n] + grade_c[n]),
            ] {
                profile.put(key, value);
            }
            profile.put("migrant_income", income[n].to_string());
            profile.put("extreme_poor", true);
            profile.put("paved_access", n >= total.unpaved);
            if n < total.culture {
                let fields = [answer("kind", "culture"), answer("name", "文化活动场所")];
                profile.row("facilities", &fields.into_iter().collect());
            }
            profile.fill()
        });
        profiles.collect()
    }
}

/// Code and Chinese name of the town's places of a level.
fn named(level: &str) -> Vec<(String, String)> {
    let lines = doorstep_schemas::areas_demo().lines().skip(1);
    let cells = lines.map(|line| line.split(',').collect::<Vec<_>>());
    cells
        .filter(|cells| cells.len() > 3 && cells[2] == level && cells[0].starts_with("9999991"))
        .map(|cells| (cells[0].to_owned(), cells[3].to_owned()))
        .collect()
}

const ABOUT: About = About { name: NAME, root: ROOT, forms: &[("community_profile", 1)] };

impl Chapter for Report8 {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn areas(&self) -> &'static str {
        ""
    }

    fn fillings(&self) -> Box<dyn Iterator<Item = Filling> + '_> {
        let town = std::iter::once_with(|| self.place(&self.plan.town));
        let villages = self.plan.villages.iter().map(|place| self.place(place));
        Box::new(town.chain(villages).chain(self.natural()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn sum(fillings: &[Filling], key: &str) -> u64 {
        let values = fillings.iter().flat_map(|filling| &filling.answers).filter(|(path, _)| path == key);
        values.map(|(_, value)| value.as_u64().unwrap()).sum()
    }

    #[test]
    fn every_total_of_the_natural_villages_comes_out() {
        let chapter = Report8::read().unwrap();
        let (natural, total) = (chapter.natural(), &chapter.plan.natural);
        assert_eq!(sum(&natural, "households"), total.households as u64);
        assert_eq!(sum(&natural, "persons"), total.persons);
        assert_eq!(sum(&natural, "labour"), total.labour_male + total.labour_female);
        assert_eq!(sum(&natural, "labour_primary_or_less"), total.labour_primary_or_less);
        assert_eq!(sum(&natural, "labour_migrant"), total.labour_migrant);
        assert_eq!(sum(&natural, "tv_uncovered_households"), total.tv_uncovered_households);
        assert_eq!(sum(&natural, "housing_grade_d_households"), total.housing_grade_d_households);
        assert_eq!(chapter.fillings().count(), 1 + chapter.plan.villages.len() + natural.len());
    }
}
