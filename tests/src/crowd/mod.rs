//! Very many made-up people, with a few of them entered a second time, a little otherwise.
//!
//! Names, days of birth, sexes and numbers are drawn from a seed; ID numbers are of area 9999, which does not exist.

mod names;
mod search;

use std::collections::BTreeMap;

use doorstep_server::duplicates::person::{Person, people};
use serde_json::{Value, json};

use crate::sim::chance::Chance;
pub use search::{Found, search};

/// People of one village.
const VILLAGE: usize = 2_000;
/// People of one household.
const HOUSEHOLD: usize = 4;

/// In what the second entry differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mistake {
    /// One character of the name is another of the same sound; no number.
    Homophone,
    /// Something else stands between the parts of the name; no number.
    Separator,
    /// One character of the number is wrong; no date of birth, another village.
    WrongDigit,
    /// Two neighbours in the number changed places; likewise.
    Swapped,
}

impl Mistake {
    /// Every one.
    pub const ALL: [Mistake; 4] =
        [Mistake::Homophone, Mistake::Separator, Mistake::WrongDigit, Mistake::Swapped];
}

/// A household as it is registered.
#[derive(Debug, Clone)]
pub struct Household {
    /// Code of the village.
    pub village: String,
    /// Its people.
    pub people: std::collections::BTreeSet<Person>,
}

/// A household registered a second time.
#[derive(Debug, Clone)]
pub struct Planted {
    /// In what it differs.
    pub mistake: Mistake,
    /// Place of the first among the households.
    pub first: usize,
    /// The second.
    pub second: Household,
}

/// A register with planted duplicates.
#[derive(Debug, Clone, Default)]
pub struct Register {
    /// The households, nobody in two of them.
    pub households: Vec<Household>,
    /// The duplicates.
    pub planted: Vec<Planted>,
}

/// What was written down of a person.
#[derive(Debug, Clone)]
struct Entry {
    name: String,
    birth: Option<String>,
    sex: &'static str,
    number: Option<String>,
}

/// A register of so many people, with `each` of them planted for each kind of mistake.
pub fn register(seed: u64, count: usize, each: usize) -> Register {
    let mut chance = Chance::new(seed);
    let mut register = Register::default();
    let mut right: Vec<(usize, Entry)> = Vec::new();
    for at in 0..count.div_ceil(HOUSEHOLD) {
        let village = village(at * HOUSEHOLD / VILLAGE);
        let members: Vec<Entry> = (0..HOUSEHOLD).map(|_| entry(at, &mut chance)).collect();
        // Who is planted has everything, so that exactly one thing is missing or wrong in the second entry.
        let whole =
            |entry: &&Entry| entry.birth.is_some() && entry.number.as_ref().is_some_and(|n| is_right(n));
        right.extend(members.iter().find(whole).map(|entry| (at, entry.clone())));
        register.households.push(Household { village, people: read(&members) });
    }
    for mistake in Mistake::ALL {
        let mut left = each;
        while left > 0 && !right.is_empty() {
            let (first, entry) = right.swap_remove(chance.below(right.len()));
            let known = &register.households[first].village;
            let Some((entry, moved)) = again(&entry, mistake, &mut chance) else { continue };
            let village = if moved { elsewhere(known, count, &mut chance) } else { known.clone() };
            let second = Household { village, people: read(&[entry]) };
            register.planted.push(Planted { mistake, first, second });
            left -= 1;
        }
    }
    register
}

fn village(number: usize) -> String {
    format!("9999{number:08}")
}

fn elsewhere(known: &str, count: usize, chance: &mut Chance) -> String {
    let other = village(chance.below(count.div_ceil(VILLAGE)));
    if other == known { village(count.div_ceil(VILLAGE)) } else { other }
}

/// Of a thousand: 60 bear names of parts; 30 have no number, and of these one in ten no date of birth; 5 numbers are
/// mistyped from the beginning.
fn entry(household: usize, chance: &mut Chance) -> Entry {
    let name = if chance.below(1_000) < 60 { names::of_parts(chance) } else { names::han(chance) };
    let male = chance.percent(51);
    let birth = day(chance);
    let county = household * HOUSEHOLD / VILLAGE / 250;
    let serial = (chance.below(500).min(chance.below(500)) * 2 + usize::from(male)) % 1_000;
    let number = with_check(&format!("9999{:02}{}{serial:03}", county % 100, birth.replace('-', "")));
    match chance.below(1_000) {
        0..30 => {
            let birth = (!chance.percent(10)).then_some(birth);
            Entry { name, birth, sex: sex(male), number: None }
        }
        30..35 => {
            let number = replaced(&number, chance.below(18), chance);
            Entry { name, birth: Some(birth), sex: sex(male), number: Some(number) }
        }
        _ => Entry { name, birth: Some(birth), sex: sex(male), number: Some(number) },
    }
}

fn sex(male: bool) -> &'static str {
    if male { "male" } else { "female" }
}

/// A day between 1935 and 2014; one in a hundred is a first of January, put where nobody knew the day.
fn day(chance: &mut Chance) -> String {
    let year = 1935 + chance.below(80);
    if chance.percent(1) {
        return format!("{year}-01-01");
    }
    format!("{year}-{:02}-{:02}", 1 + chance.below(12), 1 + chance.below(28))
}

/// The second entry of somebody, and whether it is made in another village; `None` when the name allows no such mistake.
fn again(entry: &Entry, mistake: Mistake, chance: &mut Chance) -> Option<(Entry, bool)> {
    let number = entry.number.as_deref()?;
    let moved = chance.percent(50);
    // Either the day of birth is known, or the village is the same: one thing must be left to find them by.
    let birth = entry.birth.clone().filter(|_| moved);
    match mistake {
        Mistake::Homophone => {
            let name = names::homophone(&entry.name, chance)?;
            Some((Entry { name, birth, number: None, ..entry.clone() }, moved))
        }
        Mistake::Separator if entry.name.contains('·') => {
            let name = names::separated(&entry.name, chance);
            Some((Entry { name, birth, number: None, ..entry.clone() }, moved))
        }
        Mistake::Separator => None,
        Mistake::WrongDigit => {
            let number = replaced(number, chance.below(18), chance);
            Some((Entry { birth: None, number: Some(number), ..entry.clone() }, true))
        }
        Mistake::Swapped => {
            let number = swapped(number, chance)?;
            Some((Entry { birth: None, number: Some(number), ..entry.clone() }, true))
        }
    }
}

/// Another character at one place.
fn replaced(number: &str, at: usize, chance: &mut Chance) -> String {
    let digits: Vec<char> =
        if at == 17 { "0123456789X".chars().collect() } else { "0123456789".chars().collect() };
    let was = number.chars().nth(at).unwrap_or_default();
    let others: Vec<char> = digits.into_iter().filter(|digit| *digit != was).collect();
    let other = chance.pick(&others).unwrap_or(was);
    number.chars().enumerate().map(|(here, own)| if here == at { other } else { own }).collect()
}

/// Two different neighbours in each other's place.
fn swapped(number: &str, chance: &mut Chance) -> Option<String> {
    let characters: Vec<char> = number.chars().collect();
    let places: Vec<usize> =
        (1..characters.len()).filter(|at| characters[*at] != characters[at - 1]).collect();
    let at = chance.pick(&places)?;
    let mut typed = characters;
    typed.swap(at - 1, at);
    Some(typed.into_iter().collect())
}

/// GB 11643: the check character, by the textbook.
fn with_check(seventeen: &str) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 =
        seventeen.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{seventeen}{}", ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][(sum % 11) as usize])
}

fn is_right(number: &str) -> bool {
    with_check(&number[..17]) == number
}

/// The way of every answer: flat paths, read by the templates of a form.
fn read(members: &[Entry]) -> std::collections::BTreeSet<Person> {
    let asked = doorstep_forms::PersonAnswers {
        name: "members/*/name".into(),
        birth: Some("members/*/birth_date".into()),
        sex: Some("members/*/sex".into()),
        number: Some("members/*/id_no".into()),
    };
    let mut answers: BTreeMap<String, Value> = BTreeMap::new();
    for (at, entry) in members.iter().enumerate() {
        let mut put = |key: &str, value: Option<&str>| {
            if let Some(value) = value {
                answers.insert(format!("members/{at}/{key}"), json!(value));
            }
        };
        put("name", Some(&entry.name));
        put("birth_date", entry.birth.as_deref());
        put("sex", Some(entry.sex));
        put("id_no", entry.number.as_deref());
    }
    people(&answers, &asked)
}
