//! Synthetic people: names put together by chance, ID numbers from the unassigned area 999999.

use std::collections::HashSet;

use super::seed::Seed;

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何",
    "郭", "马", "罗",
];
const GIVEN_FIRST: &[&str] =
    &["文", "明", "世", "国", "兴", "家", "永", "天", "大", "春", "秀", "玉", "桂", "小", "新", "光"];
const GIVEN_SECOND: &[&str] =
    &["华", "平", "成", "贵", "林", "军", "芳", "英", "兰", "珍", "莲", "福", "祥", "友", "义", "梅"];

/// Weights of GB 11643-1999, first seventeen digits.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_DIGITS: &[u8; 11] = b"10X98765432";

/// The year of the survey: ages are full years on its first day, 30 June.
pub const SURVEY_YEAR: u32 = 2014;

/// A synthetic person.
#[derive(Debug, Clone)]
pub struct Person {
    /// Full name.
    pub name: String,
    /// Relation to the head, a code of the list `relation`.
    pub relation: &'static str,
    /// True for a man or boy.
    pub male: bool,
    /// Birth date, ISO 8601.
    pub birth: String,
    /// Full years on the first survey day.
    pub age: u32,
    /// 18 characters, area 999999, valid checksum, unique in the town.
    pub id_no: String,
    /// GB/T 3304 code; `01` is Han.
    pub ethnicity: &'static str,
    /// Lives on the five guarantees (五保).
    pub wubao: bool,
    /// Receives the minimum living allowance (低保).
    pub dibao: bool,
    /// Has a disability.
    pub disabled: bool,
}

/// Gives every person of a town another ID number.
#[derive(Debug, Default)]
pub struct Registry {
    issued: HashSet<String>,
    serial: u32,
}

impl Registry {
    /// A number for someone born that day; odd serials are men's.
    pub fn id_no(&mut self, birth: &str, male: bool) -> String {
        loop {
            self.serial = (self.serial + 1) % 499;
            let id_no = with_check_digit(&format!(
                "999999{}{:03}",
                birth.replace('-', ""),
                self.serial * 2 + u32::from(male)
            ));
            if self.issued.insert(id_no.clone()) {
                return id_no;
            }
        }
    }
}

fn with_check_digit(body: &str) -> String {
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(CHECK_DIGITS[(sum % 11) as usize]))
}

/// One household of `size` persons; `elderly` makes all of them 67 or older.
pub fn household(size: usize, elderly: bool, registry: &mut Registry, seed: &mut Seed) -> Vec<Person> {
    let surname = seed.pick(SURNAMES).copied().unwrap_or("王");
    let head_male = seed.below(6) > 0;
    let head_age = if elderly { 67 + seed.below(15) as u32 } else { 38 + seed.below(20) as u32 };
    (0..size)
        .map(|place| {
            let (relation, male, age) = role(place, head_male, head_age, elderly, seed);
            person(relation, male, age, surname, registry, seed)
        })
        .collect()
}

/// Who stands at a place of the household's list: head, spouse, children, parents, grandchildren, siblings.
fn role(
    place: usize,
    head_male: bool,
    head_age: u32,
    elderly: bool,
    seed: &mut Seed,
) -> (&'static str, bool, u32) {
    let male = seed.below(2) == 0;
    match place {
        0 => ("head", head_male, head_age),
        1 => (
            "spouse",
            !head_male,
            head_age.saturating_sub(seed.below(4) as u32).max(if elderly { 66 } else { 25 }),
        ),
        2 | 3 => (if male { "son" } else { "daughter" }, male, head_age - 24 - seed.below(6) as u32),
        4 if head_male => ("mother", false, head_age + 21 + seed.below(6) as u32),
        4 | 5 => ("father", true, head_age + 22 + seed.below(6) as u32),
        6 | 7 => (if male { "grandson" } else { "granddaughter" }, male, seed.below(8) as u32),
        _ => ("sibling", male, head_age - seed.below(9) as u32),
    }
}

fn person(
    relation: &'static str,
    male: bool,
    age: u32,
    surname: &str,
    registry: &mut Registry,
    seed: &mut Seed,
) -> Person {
    let own_surname =
        if matches!(relation, "spouse" | "mother") { seed.pick(SURNAMES).copied() } else { None };
    let given: String =
        [seed.pick(GIVEN_FIRST), seed.pick(GIVEN_SECOND)].into_iter().flatten().copied().collect();
    // Born in the first half of the year: the birthday is past on the first survey day.
    let birth = format!("{}-{:02}-{:02}", SURVEY_YEAR - age, 1 + seed.below(6), 1 + seed.below(28));
    let id_no = registry.id_no(&birth, male);
    Person {
        name: format!("{}{given}", own_surname.unwrap_or(surname)),
        relation,
        male,
        birth,
        age,
        id_no,
        ethnicity: "01",
        wubao: false,
        dibao: false,
        disabled: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_the_published_checksum() {
        // Published synthetic examples.
        assert_eq!(with_check_digit("99999919700101001"), "999999197001010017");
        assert_eq!(with_check_digit("99999919720202002"), "999999197202020027");
        assert_eq!(with_check_digit("11010519491231002"), "11010519491231002X");
    }

    #[test]
    fn no_number_is_issued_twice_in_a_town() {
        let (mut registry, mut seed) = (Registry::default(), Seed::new(1));
        let mut numbers: Vec<String> = (0..3000)
            .flat_map(|_| household(5, false, &mut registry, &mut seed))
            .map(|person| person.id_no)
            .collect();
        let count = numbers.len();
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), count);
    }
}
