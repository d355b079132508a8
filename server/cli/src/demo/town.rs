//! The town of the survey: its plan is data (`schemas/demo/town.json`), its people are dealt by chance until every total
//! of the plan holds.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::deal;
use super::people::{self, Person, Registry};
use super::seed::Seed;

/// `schemas/demo/town.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct Plan {
    /// Households in the county's ledger.
    pub registered: Group,
    /// Poor households found beside them.
    pub unregistered: Group,
    /// Persons in both groups, by what is true of them.
    pub persons: PersonCounts,
    /// The sample check.
    pub sample: SamplePlan,
    /// Enumerators, each with a device.
    pub enumerators: usize,
    /// Sample checks that two devices edit offline.
    pub edited_on_two_devices: usize,
    /// Sample checks that the supervisor sends back.
    pub sent_back: usize,
    /// Households that two enumerators register and check.
    pub registered_twice: usize,
    /// Reports that are counted from the survey alone.
    pub reports: Vec<String>,
}

impl Plan {
    /// Reads a plan.
    pub fn read(json: &str) -> Result<Plan> {
        serde_json::from_str(json).context("schemas/demo/town.json")
    }
}

/// A number of households and their persons.
#[derive(Debug, Clone, Deserialize)]
pub struct Group {
    /// Households.
    pub households: usize,
    /// Persons in them.
    pub persons: usize,
}

/// Persons of whom something is true.
#[derive(Debug, Clone, Deserialize)]
pub struct PersonCounts {
    /// Living on the five guarantees.
    pub wubao: usize,
    /// Receiving the minimum living allowance.
    pub dibao: usize,
    /// Not Han.
    pub minority: usize,
    /// With a disability.
    pub disabled: usize,
}

/// What the sample check found.
#[derive(Debug, Clone, Deserialize)]
pub struct SamplePlan {
    /// Households checked.
    pub households: usize,
    /// Those of them that were not in the ledger.
    pub unregistered_households: usize,
    /// Persons found.
    pub persons: usize,
    /// Households by attribute.
    pub attribute: BTreeMap<String, usize>,
    /// Households by cause, main and others together.
    pub cause: BTreeMap<String, usize>,
    /// Households by living condition.
    pub living: BTreeMap<String, usize>,
    /// First day, ISO 8601.
    pub first_day: String,
    /// Days of field work.
    pub days: usize,
}

/// A village of the town with its natural villages and their groups.
#[derive(Debug, Clone)]
pub struct Village {
    /// Code.
    pub code: String,
    /// Groups, each with the natural village it lies in (the village itself for a community).
    pub groups: Vec<(String, String)>,
}

/// One household of the town.
#[derive(Debug, Clone)]
pub struct House {
    /// Number in the ledger, or in the order found.
    pub number: usize,
    /// Village code.
    pub village: String,
    /// Group code: where its records lie.
    pub group: String,
    /// Its persons, the head first.
    pub persons: Vec<Person>,
    /// `general_poor`, `wubao` or `dibao_poor`.
    pub attribute: String,
    /// Main cause of poverty.
    pub cause_main: String,
    /// In the county's ledger.
    pub registered: bool,
}

/// What one sample check finds.
#[derive(Debug, Clone)]
pub struct Check {
    /// Index into [`Town::houses`].
    pub house: usize,
    /// Enumerator, 0-based.
    pub enumerator: usize,
    /// Day of field work, 0-based.
    pub day: usize,
    /// Attribute found.
    pub attribute: String,
    /// Causes found, the main one first.
    pub causes: Vec<String>,
    /// Living conditions found.
    pub living: Vec<String>,
    /// Persons found.
    pub members_found: usize,
}

/// The town, ready to be imported and surveyed.
#[derive(Debug, Clone)]
pub struct Town {
    /// The plan it was dealt from.
    pub plan: Plan,
    /// Area code of the whole town.
    pub area: String,
    /// Villages, the community first.
    pub villages: Vec<Village>,
    /// Registered households first, then those found beside them.
    pub houses: Vec<House>,
    /// The sample checks.
    pub checks: Vec<Check>,
    first_day: jiff::civil::Date,
}

impl House {
    /// Its number in the county's ledger.
    pub fn ledger_number(&self) -> String {
        format!("{:05}", self.number)
    }
}

impl Town {
    /// A day of field work as an ISO 8601 date.
    pub fn day(&self, day: usize) -> String {
        let first: jiff::civil::Date = self.first_day;
        first.checked_add(jiff::Span::new().days(day as i64)).unwrap_or(first).to_string()
    }

    /// Deals the town of a plan over the areas of `areas_csv` (columns code, parent, level, ...).
    pub fn deal(plan_json: &str, areas_csv: &str, seed: u64) -> Result<Town> {
        let plan = Plan::read(plan_json)?;
        let villages = villages(areas_csv)?;
        let mut seed = Seed::new(seed);
        let mut registry = Registry::default();
        let mut houses = deal_houses(&plan.registered, 1, 9, true, &villages, &mut registry, &mut seed)?;
        houses.extend(deal_houses(
            &plan.unregistered,
            6,
            12,
            false,
            &villages[1..],
            &mut registry,
            &mut seed,
        )?);
        deal_persons(&plan.persons, &mut houses, &mut registry, &mut seed)?;
        let checks = deal_checks(&plan, &villages, &mut houses, &mut seed)?;
        let first_day = plan.sample.first_day.parse().context("first_day")?;
        let area =
            areas_csv.lines().find(|line| line.split(',').nth(2) == Some("town")).context("no town")?;
        let area = area.split(',').next().unwrap_or_default().to_owned();
        Ok(Town { plan, area, villages, houses, checks, first_day })
    }

    /// The village an enumerator works in.
    pub fn village_of(&self, enumerator: usize) -> &Village {
        village_of(&self.villages, enumerator)
    }
}

/// Enumerators work in the villages in turn; nobody is sent to the community, which is not sampled.
fn village_of(villages: &[Village], enumerator: usize) -> &Village {
    &villages[1 + enumerator % (villages.len() - 1)]
}

fn villages(areas_csv: &str) -> Result<Vec<Village>> {
    let rows: Vec<Vec<&str>> = areas_csv.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let children = |parent: &str| -> Vec<String> {
        rows.iter().filter(|row| row.get(1) == Some(&parent)).map(|row| row[0].to_owned()).collect()
    };
    let found: Vec<Village> = rows
        .iter()
        .filter(|row| row.get(2) == Some(&"village"))
        .map(|row| {
            let code = row[0].to_owned();
            let groups = children(&code)
                .into_iter()
                .flat_map(|child| {
                    let below = children(&child);
                    if below.is_empty() {
                        vec![(child, code.clone())]
                    } else {
                        below.into_iter().map(|group| (group, child.clone())).collect()
                    }
                })
                .collect();
            Village { code, groups }
        })
        .collect();
    ensure!(found.len() > 1, "the areas hold fewer than two villages");
    Ok(found)
}

fn deal_houses(
    group: &Group,
    least: usize,
    most: usize,
    registered: bool,
    villages: &[Village],
    registry: &mut Registry,
    seed: &mut Seed,
) -> Result<Vec<House>> {
    let sizes = deal::spread(group.persons, group.households, least, most, seed)
        .context("persons do not fit the households")?;
    let places: Vec<(&str, &str)> = villages
        .iter()
        .flat_map(|village| village.groups.iter().map(|(group, _)| (village.code.as_str(), group.as_str())))
        .collect();
    Ok(sizes
        .into_iter()
        .enumerate()
        .map(|(index, size)| {
            let (village, group) = places[index % places.len()];
            House {
                number: index + 1,
                village: village.to_owned(),
                group: group.to_owned(),
                persons: people::household(size, false, registry, seed),
                attribute: "general_poor".to_owned(),
                cause_main: "transport".to_owned(),
                registered,
            }
        })
        .collect())
}

/// Marks persons until the plan's numbers hold: five-guarantee households first, then the allowance, then the rest.
fn deal_persons(
    counts: &PersonCounts,
    houses: &mut [House],
    registry: &mut Registry,
    seed: &mut Seed,
) -> Result<()> {
    let mut order: Vec<usize> = (0..houses.len()).filter(|index| houses[*index].registered).collect();
    seed.shuffle(&mut order);
    let small: Vec<usize> =
        order.iter().copied().filter(|index| houses[*index].persons.len() <= 2).take(counts.wubao).collect();
    ensure!(small.len() == counts.wubao, "too few small households for the five-guarantee persons");
    for index in &small {
        let house = &mut houses[*index];
        house.attribute = "wubao".to_owned();
        house.persons = people::household(house.persons.len(), true, registry, seed);
        house.persons[0].wubao = true;
    }
    let mut left = counts.dibao;
    for index in order.iter().filter(|index| !small.contains(index)) {
        let house = &mut houses[*index];
        if left == 0 {
            break;
        }
        house.attribute = "dibao_poor".to_owned();
        for person in house.persons.iter_mut().take(left) {
            person.dibao = true;
        }
        left -= left.min(house.persons.len());
    }
    ensure!(left == 0, "too few persons for the minimum living allowance");
    mark_minority(counts.minority, houses, seed);
    mark_disabled(counts.disabled, houses, seed);
    Ok(())
}

fn mark_minority(count: usize, houses: &mut [House], seed: &mut Seed) {
    let mut left = count;
    for index in deal::places(houses.len(), houses.len(), &mut seed.clone()).into_iter().step_by(97) {
        let ethnicity = ["03", "08", "07"][seed.below(3)];
        for person in houses[index].persons.iter_mut().take(left) {
            person.ethnicity = ethnicity;
            left -= 1;
        }
    }
    // Few households left the number short: the next ones make it full.
    for person in houses
        .iter_mut()
        .flat_map(|house| house.persons.iter_mut())
        .filter(|p| p.ethnicity == "01")
        .take(left)
    {
        person.ethnicity = "03";
    }
}

fn mark_disabled(count: usize, houses: &mut [House], seed: &mut Seed) {
    for index in deal::places(count, houses.len(), seed) {
        let persons = &mut houses[index].persons;
        let place = seed.below(persons.len());
        persons[place].disabled = true;
    }
}

fn deal_checks(
    plan: &Plan,
    villages: &[Village],
    houses: &mut [House],
    seed: &mut Seed,
) -> Result<Vec<Check>> {
    let sample = &plan.sample;
    let chosen = choose_sample(sample, villages, houses, seed)?;
    let causes =
        deal::several(&pairs(&sample.cause), sample.households, 1, 3, seed).context("causes do not fit")?;
    let living = deal::several(&pairs(&sample.living), sample.households, 0, 4, seed)
        .context("conditions do not fit")?;
    let mut checks: Vec<Check> = chosen
        .into_iter()
        .zip(causes)
        .zip(living)
        .map(|(((house, attribute), causes), living)| Check {
            house,
            enumerator: 0,
            day: 0,
            attribute,
            causes,
            living,
            members_found: houses[house].persons.len(),
        })
        .collect();
    fit_members(sample.persons, &mut checks, seed)?;
    let mut worked = vec![0; plan.enumerators];
    for check in &mut checks {
        let house = &mut houses[check.house];
        // The ledger's main cause differs from what is found in one household of eight.
        house.cause_main = if seed.below(8) == 0 { "no_capital".to_owned() } else { check.causes[0].clone() };
        let enumerator = (0..plan.enumerators)
            .filter(|enumerator| village_of(villages, *enumerator).code == house.village)
            .min_by_key(|enumerator| worked[*enumerator])
            .context("a village without an enumerator")?;
        check.enumerator = enumerator;
        check.day = worked[enumerator] * sample.days * plan.enumerators
            / (sample.households + plan.enumerators)
            % sample.days;
        worked[enumerator] += 1;
    }
    Ok(checks)
}

fn pairs(counts: &BTreeMap<String, usize>) -> Vec<(String, usize)> {
    counts.iter().map(|(code, count)| (code.clone(), *count)).collect()
}

/// Households to check, with the attribute found: every natural village is visited, and the attributes come out.
fn choose_sample(
    sample: &SamplePlan,
    villages: &[Village],
    houses: &[House],
    seed: &mut Seed,
) -> Result<Vec<(usize, String)>> {
    let community = &villages[0].code;
    let mut order: Vec<usize> =
        (0..houses.len()).filter(|index| &houses[*index].village != community).collect();
    seed.shuffle(&mut order);
    let mut left = sample.attribute.clone();
    let mut unregistered = sample.unregistered_households;
    let mut chosen = Vec::new();
    for index in order {
        let house = &houses[index];
        let Some(room) = left.get_mut(&house.attribute).filter(|room| **room > 0) else { continue };
        if !house.registered {
            if unregistered == 0 {
                continue;
            }
            unregistered -= 1;
        }
        *room -= 1;
        chosen.push((index, house.attribute.clone()));
    }
    ensure!(left.values().all(|room| *room == 0), "too few households for the sample's attributes: {left:?}");
    let natural: std::collections::BTreeSet<&str> = chosen
        .iter()
        .filter_map(|(index, _)| {
            villages.iter().flat_map(|v| &v.groups).find(|(group, _)| group == &houses[*index].group)
        })
        .map(|(_, natural)| natural.as_str())
        .collect();
    let all = villages[1..].iter().flat_map(|v| &v.groups).map(|(_, n)| n.as_str()).collect();
    ensure!(natural == all, "the sample misses a natural village");
    Ok(chosen)
}

/// Persons found differ from the ledger in some households until their sum is the plan's.
fn fit_members(persons: usize, checks: &mut [Check], seed: &mut Seed) -> Result<()> {
    let mut order: Vec<usize> = (0..checks.len()).collect();
    seed.shuffle(&mut order);
    let mut sum: usize = checks.iter().map(|check| check.members_found).sum();
    for _ in 0..4 {
        for index in &order {
            let found = &mut checks[*index].members_found;
            if sum > persons && *found > 2 {
                *found -= 1;
                sum -= 1;
            } else if sum < persons {
                *found += 1;
                sum += 1;
            }
        }
    }
    ensure!(sum == persons, "persons found cannot be made {persons}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn town() -> Town {
        let plan = include_str!("../../../../schemas/demo/town.json");
        let areas = include_str!("../../../../schemas/areas/demo.csv");
        Town::deal(plan, areas, 8).unwrap()
    }

    #[test]
    fn the_town_holds_what_its_plan_says() {
        let town = town();
        let plan = &town.plan;
        let persons = |registered: bool| {
            town.houses.iter().filter(|h| h.registered == registered).map(|h| h.persons.len()).sum::<usize>()
        };
        assert_eq!(persons(true), plan.registered.persons);
        assert_eq!(persons(false), plan.unregistered.persons);
        let marked = |test: &dyn Fn(&Person) -> bool| {
            town.houses.iter().flat_map(|h| &h.persons).filter(|p| test(p)).count()
        };
        assert_eq!(marked(&|p| p.wubao), plan.persons.wubao);
        assert_eq!(marked(&|p| p.dibao), plan.persons.dibao);
        assert_eq!(marked(&|p| p.ethnicity != "01"), plan.persons.minority);
        assert_eq!(marked(&|p| p.disabled), plan.persons.disabled);
        assert_eq!(marked(&|p| p.dibao && p.wubao), 0);
    }

    #[test]
    fn the_sample_finds_what_its_plan_says() {
        let town = town();
        let sample = &town.plan.sample;
        assert_eq!(town.checks.len(), sample.households);
        assert_eq!(town.checks.iter().map(|c| c.members_found).sum::<usize>(), sample.persons);
        for (cause, count) in &sample.cause {
            assert_eq!(town.checks.iter().filter(|c| c.causes.contains(cause)).count(), *count, "{cause}");
        }
        for (attribute, count) in &sample.attribute {
            assert_eq!(
                town.checks.iter().filter(|c| &c.attribute == attribute).count(),
                *count,
                "{attribute}"
            );
        }
        let unregistered = town.checks.iter().filter(|c| !town.houses[c.house].registered).count();
        assert_eq!(unregistered, sample.unregistered_households);
        for check in &town.checks {
            assert_eq!(town.village_of(check.enumerator).code, town.houses[check.house].village);
            assert!(check.day < sample.days);
        }
    }

    #[test]
    fn the_same_seed_deals_the_same_town() {
        assert_eq!(format!("{:?}", town().checks), format!("{:?}", town().checks));
    }
}
