//! Compact households for chapters that need people to count: name, relation, ID number, ability to work. Everything
//! else of the register stays unasked, as in an office ledger (`visit_mode: office_records`).

use anyhow::{Context, Result};
use serde_json::Value;

use super::Filling;
use super::tools::{Answer, Registry, Seed, answer, at, day, deal, household, row};

/// The year in which every age is counted: all birthdays are past when a chapter's registers are filled, in December.
const AGES_IN: i16 = 2015;

/// One member.
#[derive(Debug, Clone)]
pub(super) struct Body {
    pub(super) name: String,
    relation: &'static str,
    male: bool,
    id_no: String,
    /// Of working age and able to work.
    pub(super) able: bool,
    /// Under fifteen.
    pub(super) child: bool,
}

/// One household.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pub(super) area: String,
    /// Number in the office's ledger.
    pub(super) number: String,
    pub(super) bodies: Vec<Body>,
}

impl Home {
    /// How many persons live here.
    pub(super) fn size(&self) -> usize {
        self.bodies.len()
    }

    /// Name of the head.
    pub(super) fn head(&self) -> &str {
        self.bodies.first().map_or("", |head| &head.name)
    }

    /// How the office numbers a member.
    pub(super) fn member_number(&self, place: usize) -> String {
        format!("{}-{}", self.number, place + 1)
    }

    /// Register answers of the household; `status` is its register status.
    pub(super) fn register(&self, status: &str, seed: &mut Seed) -> Filling {
        let poor = status != "unregistered" && status != "exited";
        let mut answers = vec![
            answer("form_mode", "new_register"),
            answer("event_date", day(AGES_IN, 12, 20)),
            answer("visit_mode", "office_records"),
            answer("household_no", self.number.as_str()),
            answer("register_status", status),
            answer("unit_kind", "village"),
            answer("poor", poor),
        ];
        if status != "unregistered" {
            let cause = seed.pick(&["no_labour", "no_skill", "no_capital", "transport", "no_land"]);
            answers.push(answer("household_attribute", "general_poor"));
            answers.push(answer("cause_main", *cause.unwrap_or(&"other")));
        }
        for (place, body) in self.bodies.iter().enumerate() {
            answers.extend(body.answers(place, seed));
        }
        Filling { form: "household_register", area: self.area.clone(), about: None, answers }
    }
}

impl Body {
    fn answers(&self, place: usize, seed: &mut Seed) -> Vec<Answer> {
        let member = row(place as u64, seed);
        let mut put = vec![
            ("name", Value::from(self.name.as_str())),
            ("relation", self.relation.into()),
            ("sex", if self.male { "male" } else { "female" }.into()),
            ("id_kind", "id_card".into()),
            ("id_no", self.id_no.as_str().into()),
        ];
        if self.able {
            put.push(("labour", "ordinary".into()));
        }
        put.into_iter().map(|(key, value)| answer(at("members", member, key), value)).collect()
    }
}

/// The codes of a chapter's places of one level, in the order of its file.
pub(super) fn places_of(chapter: &str, level: &str) -> Vec<String> {
    let lines = doorstep_schemas::areas_of(chapter).lines().skip(1);
    let cells = lines.filter_map(|line| {
        let mut cells = line.split(',');
        Some((cells.next()?, cells.nth(1)?))
    });
    cells.filter(|(_, of)| *of == level).map(|(code, _)| code.to_owned()).collect()
}

/// What a chapter's households have in common.
pub(super) struct Settlement<'a> {
    /// Places, in turn.
    pub(super) areas: &'a [String],
    /// Before every ledger number.
    pub(super) prefix: &'a str,
    /// Month of every birth: chapters use different ones, so that no ID number is issued in two of them.
    pub(super) birth_month: i8,
}

impl Settlement<'_> {
    /// So many persons in so many households of `least` to `most`, twice as many able to work as there are households.
    pub(super) fn settle(
        &self,
        (persons, households): (usize, usize),
        (least, most): (usize, usize),
        seed: &mut Seed,
    ) -> Result<Vec<Home>> {
        let sizes = deal::spread(persons, households, least, most, seed).context("persons do not fit")?;
        let able = able_of(&sizes, households * 2, 2, seed).context("too many able to work")?;
        Ok(self.homes(&sizes, &able, seed))
    }

    /// Households of these sizes, the first `able[n]` of the n-th able to work.
    pub(super) fn homes(&self, sizes: &[usize], able: &[usize], seed: &mut Seed) -> Vec<Home> {
        let (mut registry, mut names) = (Registry::default(), Registry::default());
        let mut homes = Vec::with_capacity(sizes.len());
        for (number, (size, able)) in sizes.iter().zip(able).enumerate() {
            let named = household(*size, false, &mut names, seed);
            let head_age = 45 + seed.below(10);
            let bodies = named.into_iter().enumerate().map(|(place, person)| {
                let role = role(place, *able, head_age, seed);
                let birth = day(AGES_IN - role.age as i16, self.birth_month, 1 + (seed.below(28) as i8));
                Body {
                    name: person.name,
                    relation: role.relation,
                    male: role.male,
                    id_no: registry.id_no(&birth, role.male),
                    able: place < *able,
                    child: role.age < 15,
                }
            });
            homes.push(Home {
                area: self.areas.get(number % self.areas.len().max(1)).cloned().unwrap_or_default(),
                number: format!("{}{:04}", self.prefix, number + 1),
                bodies: bodies.collect(),
            });
        }
        homes
    }
}

struct Role {
    relation: &'static str,
    male: bool,
    age: usize,
}

/// Who stands at a place of the list: those able to work first (head, spouse, grown children), then a child, the head's
/// mother, a child, the father, and small grandchildren.
fn role(place: usize, able: usize, head_age: usize, seed: &mut Seed) -> Role {
    let male = seed.below(2) == 0;
    let child = if male { "son" } else { "daughter" };
    let grandchild = if male { "grandson" } else { "granddaughter" };
    match (place < able, if place < able { place } else { place - able }) {
        (true, 0) => Role { relation: "head", male: true, age: head_age },
        (true, 1) => Role { relation: "spouse", male: false, age: head_age - seed.below(4) },
        (true, _) => Role { relation: child, male, age: 18 + seed.below(5) },
        (false, 0 | 2) => Role { relation: child, male, age: 4 + seed.below(10) },
        (false, 1) => Role { relation: "mother", male: false, age: head_age + 23 },
        (false, 3) => Role { relation: "father", male: true, age: head_age + 25 },
        (false, _) => Role { relation: grandchild, male, age: seed.below(4) },
    }
}

/// Able persons of each household so that they add up to `total`: `least` or one more where there is room. `None` when
/// it cannot be.
pub(super) fn able_of(sizes: &[usize], total: usize, least: usize, seed: &mut Seed) -> Option<Vec<usize>> {
    let mut able: Vec<usize> = sizes.iter().map(|size| least.min(*size)).collect();
    let mut room: Vec<usize> = (0..sizes.len()).filter(|home| sizes[*home] > able[*home]).collect();
    seed.shuffle(&mut room);
    let more = total.checked_sub(able.iter().sum())?;
    if more > room.len() {
        return None;
    }
    for home in room.into_iter().take(more) {
        able[home] += 1;
    }
    Some(able)
}

/// Households, by position, whose members add up to `persons` exactly. `None` when they do not.
pub(super) fn adding_up_to(homes: &[Home], persons: usize) -> Option<Vec<usize>> {
    let (mut chosen, mut left) = (Vec::new(), persons);
    for (position, home) in homes.iter().enumerate() {
        // A single person left over would need a household of one.
        if home.size() <= left && left - home.size() != 1 {
            left -= home.size();
            chosen.push(position);
        }
    }
    (left == 0).then_some(chosen)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use super::*;

    fn homes() -> Vec<Home> {
        let mut seed = Seed::new(3);
        let sizes = crate::demo::deal::spread(400, 90, 2, 8, &mut seed).unwrap();
        let able = able_of(&sizes, 230, 2, &mut seed).unwrap();
        let areas = ["a".to_owned(), "b".to_owned()];
        Settlement { areas: &areas, prefix: "T", birth_month: 8 }.homes(&sizes, &able, &mut seed)
    }

    #[test]
    fn totals_come_out_and_no_number_is_issued_twice() {
        let homes = homes();
        let bodies = || homes.iter().flat_map(|home| &home.bodies);
        assert_eq!((bodies().count(), bodies().filter(|body| body.able).count()), (400, 230));
        assert_eq!(bodies().map(|body| &body.id_no).collect::<BTreeSet<_>>().len(), 400);
        assert_eq!(homes.iter().map(|home| &home.number).collect::<BTreeSet<_>>().len(), 90);
        assert!(
            homes.iter().all(|home| home.bodies.iter().filter(|body| body.relation == "head").count() == 1)
        );
        assert_eq!(homes.iter().filter(|home| home.area == "a").count(), 45);
    }

    #[test]
    fn chosen_households_add_up_or_nothing_is_chosen() {
        let homes = homes();
        for persons in [2, 5, 150, 399, 400] {
            let chosen = adding_up_to(&homes, persons);
            if let Some(chosen) = &chosen {
                assert_eq!(chosen.iter().map(|home| homes[*home].size()).sum::<usize>(), persons);
            }
            assert!(chosen.is_some() || persons > 395, "{persons}");
        }
        assert_eq!(adding_up_to(&homes, 401), None);
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let mut seed = Seed::new(1);
        assert_eq!(able_of(&[2, 2], 5, 2, &mut seed), None);
        assert_eq!(able_of(&[2, 3], 5, 2, &mut seed), Some(vec![2, 3]));
        assert_eq!(able_of(&[2, 3], 3, 2, &mut seed), None);
    }
}
