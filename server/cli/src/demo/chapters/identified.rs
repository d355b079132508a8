//! Households identified as poor, or not: declared income, evaluation, three postings, review and approval.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Filling;
use super::report9::Home;
use super::tools::{Answer, Seed, answer, at, day, row};

/// How many households come into which class.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Classes {
    round: String,
    ruleset: String,
    pub(super) by_class: BTreeMap<String, usize>,
}

/// The cases of a round.
pub(super) struct Cases<'a> {
    pub(super) classes: &'a Classes,
    /// Year of the income.
    pub(super) year: i16,
    pub(super) homes: &'a [Home],
    /// The first household that is evaluated; its register is the filling of that number.
    pub(super) first: usize,
}

/// Net income for one person that belongs to a class, in yuan: the national line of 2013 is 2736, eight tenths of it 2188.
const INCOME_2A: usize = 1_500;
const INCOME_2B: usize = 2_400;
const INCOME_3: usize = 3_900;

impl<'a> Cases<'a> {
    /// One case a household, class by class.
    pub(super) fn fillings(self) -> impl Iterator<Item = Filling> + 'a {
        let classes = self.classes.by_class.iter();
        let each = classes.flat_map(|(class, count)| std::iter::repeat_n(class.as_str(), *count));
        let mut seed = Seed::new(60);
        let homes = self.homes.iter().enumerate().skip(self.first);
        let (round, year) = (self.classes, self.year);
        each.zip(homes).map(move |(class, (about, home))| {
            let answers = case(round, year, class, home, &mut seed);
            Filling { form: "identification_case", area: home.area.clone(), about: Some(about), answers }
        })
    }
}

fn case(round: &Classes, year: i16, class: &str, home: &Home, seed: &mut Seed) -> Vec<Answer> {
    let percap = match class {
        "3" => INCOME_3,
        "2b" => INCOME_2B,
        _ => INCOME_2A,
    };
    let (total, on) = (percap * home.size(), year + 1);
    // Two fifths from the land, the rest from work away.
    let farming = total * 2 / 5;
    let mut answers = vec![
        answer("case_kind", "enter"),
        answer("round", round.round.as_str()),
        answer("ruleset_version", round.ruleset.as_str()),
        answer("event_date", day(on, 4, 25)),
        answer("state", "county_ok"),
        answer("income_year", year),
        answer("declared_income_by_source/farming", farming.to_string()),
        answer("declared_income_by_source/wage", (total - farming).to_string()),
        answer("declared_income_by_source/property", "0"),
        answer("declared_income_by_source/business", "0"),
        answer("income_members", home.size()),
        answer("identification_standard", "national"),
        answer("willing_and_able", class != "1"),
        answer("class", class),
        answer("priority_rank/few_assets", seed.below(2) == 0),
        answer("priority_rank/not_party", seed.below(8) > 0),
        answer("priority_rank/old_or_weak", class == "1"),
        answer("priority_rank/law_abiding", true),
        answer("group_opinion/date", day(on, 3, 1)),
        answer("group_opinion/for", 18 + seed.below(6)),
        answer("group_opinion/against", seed.below(3)),
        answer("evaluation/date", day(on, 3, 10)),
        answer("evaluation/present", 40),
        answer("evaluation/for", 33 + seed.below(6)),
        answer("evaluation/against", seed.below(2)),
        answer("township_review/date", day(on, 4, 14)),
        answer("township_review/result", "agree"),
        answer("township_review/by", "乡镇审核员"),
        answer("county_approval/date", day(on, 4, 24)),
        answer("county_approval/result", "approve"),
        answer("county_approval/by", "县级审核员"),
    ];
    if class == "1" {
        answers.push(answer("relief_reasons/old_no_labour", true));
    }
    for (n, from, to) in [(1, (3, 11), (3, 18)), (2, (3, 20), (3, 27)), (3, (4, 1), (4, 8))] {
        let id = row(n, seed);
        answers.push(answer(at("postings", id, "n"), n));
        answers.push(answer(at("postings", id, "kind"), "village"));
        answers.push(answer(at("postings", id, "place"), "村委会公告栏"));
        answers.push(answer(at("postings", id, "from"), day(on, from.0, from.1)));
        answers.push(answer(at("postings", id, "to"), day(on, to.0, to.1)));
    }
    answers
}
