//! A flock bought with a grant and the households' own share: tagged, allotted by lot, passed on, multiplied.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use doorstep_records::RowId;
use serde::Deserialize;
use serde_json::Value;

use super::Filling;
use super::quantity::qualified;
use super::report9::Home;
use super::tools::{Answer, Seed, answer, at, day, deal, row};

/// The plan of the flock.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Sheep {
    pub(super) project_no: String,
    pub(super) grant: String,
    price: String,
    copay: String,
    rule: String,
    pub(super) animals: usize,
    pub(super) rams: usize,
    ewes: usize,
    /// Households with an allotment.
    pub(super) households: usize,
    /// Animals of the smallest and of the largest allotment.
    least: usize,
    most: usize,
    /// How the largest allotment was spoken of: over this number.
    most_said: String,
    /// Households that hold them all in the end.
    kept_by: usize,
    pub(super) lambs: usize,
    lamb_price: String,
    bought: String,
    drawn: String,
    pub(super) entered: String,
}

/// One animal that was bought.
struct Animal {
    role: &'static str,
    /// Household it was allotted to.
    first: usize,
    /// Household that holds it in the end.
    last: usize,
}

/// The flock, animal by animal.
pub(super) struct Flock {
    animals: Vec<Animal>,
    /// Animals by household, as allotted.
    lots: Vec<usize>,
}

impl Flock {
    /// Deals the animals over the first households; the first of these keep theirs and take over what the others pass on.
    pub(super) fn deal(plan: &Sheep, homes: &[Home], seed: &mut Seed) -> Result<Flock> {
        ensure!(
            plan.households >= 2 && plan.households <= homes.len(),
            "allotments for households there are not"
        );
        ensure!(plan.kept_by >= 1 && plan.kept_by <= plan.households, "more holders than allotments");
        ensure!(plan.rams + plan.ewes <= plan.animals, "more rams and ewes than animals");
        let rest = plan.animals.checked_sub(plan.least + plan.most).context("too few animals")?;
        // Nobody else has more than the number that the largest allotment is said to be over.
        let said: usize = plan.most_said.parse().context("most_said")?;
        let between = (plan.least + 1, said.saturating_sub(1));
        let mut lots = deal::spread(rest, plan.households - 2, between.0, between.1, seed)
            .context("the animals do not fit the allotments")?;
        lots.extend([plan.least, plan.most]);
        seed.shuffle(&mut lots);
        let owners = lots.iter().enumerate().flat_map(|(home, lot)| std::iter::repeat_n(home, *lot));
        let mut owners: Vec<usize> = owners.collect();
        seed.shuffle(&mut owners);
        let animals = owners.into_iter().enumerate().map(|(number, first)| Animal {
            role: if number < plan.rams {
                "ram"
            } else if number < plan.rams + plan.ewes {
                "ewe"
            } else {
                "wether"
            },
            first,
            last: if first < plan.kept_by { first } else { first % plan.kept_by },
        });
        Ok(Flock { animals: animals.collect(), lots })
    }

    /// Ledger records: one an animal, then one a lamb.
    pub(super) fn fillings<'a>(
        &'a self,
        plan: &'a Sheep,
        homes: &'a [Home],
    ) -> impl Iterator<Item = Filling> + 'a {
        let mut seed = Seed::new(410);
        let bought = self.animals.iter().enumerate().map(move |(number, animal)| {
            let mut events =
                Events { answers: entry(plan, &tag(number), animal.role), rows: 0, seed: seed.clone() };
            seed.bits();
            events.answers.push(answer("sex", if animal.role == "ewe" { "female" } else { "male" }));
            events.answers.push(answer("unit_price", plan.price.as_str()));
            if animal.role != "ram" {
                events.answers.push(answer("copay", plan.copay.as_str()));
            }
            events.add("bought", &plan.bought, []);
            let lot = self.lots.get(animal.first).copied().unwrap_or_default();
            events.add(
                "drawn",
                &plan.drawn,
                [("to_household", homes[animal.first].number.as_str().into()), ("lot_size", said(plan, lot))],
            );
            if animal.first != animal.last {
                events.add(
                    "transferred",
                    &day(2013, 3, 1 + (number % 28) as i8),
                    [
                        ("from_household", homes[animal.first].number.as_str().into()),
                        ("to_household", homes[animal.last].number.as_str().into()),
                        ("to_poor", true.into()),
                        ("to_same_village", true.into()),
                    ],
                );
            }
            events.fill(&homes[animal.first].area)
        });
        bought.chain(self.lambs(plan, homes))
    }

    /// Lambs of the ewes in turn, with those who hold their dams.
    fn lambs<'a>(&'a self, plan: &'a Sheep, homes: &'a [Home]) -> impl Iterator<Item = Filling> + 'a {
        let ewes: Vec<usize> = (0..self.animals.len()).filter(|n| self.animals[*n].role == "ewe").collect();
        let mut seed = Seed::new(200);
        let dams = ewes.into_iter().cycle().take(plan.lambs);
        dams.enumerate().map(move |(number, dam)| {
            let holder = &homes[self.animals[dam].last];
            let mut events = Events {
                answers: entry(plan, &format!("L{:03}", number + 1), "lamb"),
                rows: 0,
                seed: seed.clone(),
            };
            seed.bits();
            events.answers.push(answer("dam_tag", tag(dam)));
            events.answers.push(answer("unit_price", plan.lamb_price.as_str()));
            events.answers.push(answer("is_estimate", true));
            let born = day(2013, 4 + (number % 3) as i8, 1 + (number % 28) as i8);
            events.add("born", &born, [("to_household", holder.number.as_str().into())]);
            events.fill(&holder.area)
        })
    }
}

/// What was written down of an allotment: the largest one was only said to be over a round number.
fn said(plan: &Sheep, lot: usize) -> Value {
    if lot == plan.most {
        qualified(&plan.most_said, "animal", Some("over"))
    } else {
        qualified(&lot.to_string(), "animal", None)
    }
}

fn tag(number: usize) -> String {
    format!("{:04}", number + 1)
}

fn entry(plan: &Sheep, tag: &str, role: &str) -> Vec<Answer> {
    let texts = BTreeMap::from([
        ("project_id", plan.project_no.as_str()),
        ("tag_no", tag),
        ("event_date", plan.entered.as_str()),
        ("rule_version", plan.rule.as_str()),
        ("species", "sheep"),
        ("role", role),
        ("breed", "藏西肉羊"),
    ]);
    texts.into_iter().map(|(key, value)| answer(key, value)).collect()
}

/// A ledger record whose events are being written down.
struct Events {
    answers: Vec<Answer>,
    rows: u64,
    seed: Seed,
}

impl Events {
    fn add<const N: usize>(&mut self, kind: &str, date: &str, fields: [(&str, Value); N]) {
        let id: RowId = row(self.rows, &mut self.seed);
        self.rows += 1;
        self.answers.push(answer(at("events", id, "kind"), kind));
        self.answers.push(answer(at("events", id, "date"), date));
        self.answers.push(answer(at("events", id, "witness"), "村民代表"));
        self.answers.extend(fields.into_iter().map(|(key, value)| answer(at("events", id, key), value)));
    }

    fn fill(self, area: &str) -> Filling {
        Filling { form: "asset_tag_ledger", area: area.to_owned(), about: None, answers: self.answers }
    }
}
