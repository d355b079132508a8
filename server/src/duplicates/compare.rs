//! Two people compared: what speaks for one person and what against, each with its weight.
//!
//! The weights are sums of evidence after Fellegi and Sunter (1969), rounded: what rarely agrees by accident counts much.
//! Two people are a candidate from [`THRESHOLD`] on: the same name in the same village is just enough when nothing
//! else is known.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::card::{self, Card};
use super::name::{self, Alike};
use super::person::Person;
use crate::language::Said;

/// From here on two people are shown.
pub const THRESHOLD: i32 = 8;

/// One thing that speaks for or against one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The same number, however typed.
    SameNumber,
    /// One number is one mistake away from the other.
    NumberMistyped,
    /// The same characters, whatever separates them.
    SameName,
    /// Other characters of the same sound.
    SameSound,
    /// A part of the name, or all but one character, sounds alike.
    NamePartly,
    /// The same date of birth.
    SameBirth,
    /// Dates of birth one mistake apart.
    NearBirth,
    /// The same village.
    SamePlace,
    /// The same sex.
    SameSex,
    /// Different numbers, at least one of them wrong.
    OtherNumber,
    /// Two right numbers that differ.
    TwoNumbers,
    /// Different names.
    OtherName,
    /// Different dates of birth.
    OtherBirth,
    /// Different sex.
    OtherSex,
}

impl Reason {
    /// How much it weighs.
    pub const fn weight(self) -> i32 {
        match self {
            Reason::SameNumber => 20,
            Reason::NumberMistyped => 8,
            Reason::SameName | Reason::SameBirth => 6,
            Reason::SameSound => 5,
            Reason::NearBirth | Reason::SamePlace => 3,
            Reason::NamePartly => 2,
            Reason::SameSex => 0,
            Reason::OtherNumber => -3,
            Reason::OtherSex => -4,
            Reason::OtherName | Reason::OtherBirth => -6,
            Reason::TwoNumbers => -10,
        }
    }

    /// For people.
    pub fn said(self) -> Said {
        match self {
            Reason::SameNumber => Said::new("the same ID number", "证件号码相同"),
            Reason::NumberMistyped => {
                Said::new("ID numbers one mistake apart", "证件号码只差一处（一位写错或相邻两位颠倒）")
            }
            Reason::SameName => Said::new("the same name", "姓名相同"),
            Reason::SameSound => Said::new("names that sound alike", "姓名同音"),
            Reason::NamePartly => Said::new("names alike in part", "姓名部分相同"),
            Reason::SameBirth => Said::new("the same date of birth", "出生日期相同"),
            Reason::NearBirth => Said::new("dates of birth one mistake apart", "出生日期只差一处"),
            Reason::SamePlace => Said::new("the same village", "同村"),
            Reason::SameSex => Said::new("the same sex", "性别相同"),
            Reason::OtherNumber => {
                Said::new("ID numbers differ, at least one is wrong", "证件号码不同，至少一个有误")
            }
            Reason::TwoNumbers => Said::new("two right ID numbers that differ", "证件号码均正确但不同"),
            Reason::OtherName => Said::new("different names", "姓名不同"),
            Reason::OtherBirth => Said::new("different dates of birth", "出生日期不同"),
            Reason::OtherSex => Said::new("different sex", "性别不同"),
        }
    }
}

/// What two people are found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// What speaks for and against, the names first.
    pub reasons: Vec<Reason>,
    /// The sum of the weights.
    pub score: i32,
}

impl Compared {
    /// True when they are to be shown to a supervisor.
    pub fn is_candidate(&self) -> bool {
        self.score >= THRESHOLD
    }
}

/// Compares two people. `same_place`: both are registered in one village.
pub fn compare(one: &Person, other: &Person, same_place: bool) -> Compared {
    let mut reasons = vec![match name::alike(&one.name, &other.name) {
        Alike::Letters => Reason::SameName,
        Alike::Sound => Reason::SameSound,
        Alike::Partly => Reason::NamePartly,
        Alike::Not => Reason::OtherName,
    }];
    let number = both(&one.number, &other.number).and_then(|(a, b)| numbers(a, b));
    reasons.extend(number);
    let birth = both(&one.birth, &other.birth).map(|(a, b)| births(a, b));
    // The date stands in the number: a mistake there is the same mistake, and its agreement the same agreement.
    reasons.extend(birth.filter(|_| number != Some(Reason::NumberMistyped)));
    reasons.extend(same_place.then_some(Reason::SamePlace));
    let sex = both(&one.sex, &other.sex).map(|(a, b)| a == b);
    reasons.extend(sex.map(|same| if same { Reason::SameSex } else { Reason::OtherSex }));
    let score = reasons.iter().map(|reason| reason.weight()).sum();
    Compared { reasons, score }
}

fn both<'a>(one: &'a Option<String>, other: &'a Option<String>) -> Option<(&'a str, &'a str)> {
    one.as_deref().zip(other.as_deref())
}

fn numbers(one: &str, other: &str) -> Option<Reason> {
    match (card::card(one), card::card(other)) {
        _ if one == other => Some(Reason::SameNumber),
        (Card::Right, Card::Right) => Some(Reason::TwoNumbers),
        // A person may hold documents of different kinds.
        (Card::Other, _) | (_, Card::Other) => None,
        _ if card::mistyped(one, other) => Some(Reason::NumberMistyped),
        _ => Some(Reason::OtherNumber),
    }
}

fn births(one: &str, other: &str) -> Reason {
    let differing = one.bytes().zip(other.bytes()).filter(|(a, b)| a != b).count();
    match differing {
        0 => Reason::SameBirth,
        1 => Reason::NearBirth,
        _ if swapped(one, other) => Reason::NearBirth,
        _ => Reason::OtherBirth,
    }
}

/// Month and day changed places, or two neighbouring digits did.
fn swapped(one: &str, other: &str) -> bool {
    let (Some(a), Some(b)) = (digits(one), digits(other)) else { return false };
    let month_and_day = a[..4] == b[..4] && a[4..6] == b[6..] && a[6..] == b[4..6];
    let neighbours = (0..7).any(|at| {
        let mut turned = a;
        turned.swap(at, at + 1);
        turned == b
    });
    month_and_day || neighbours
}

/// The eight digits of a date.
fn digits(date: &str) -> Option<[u8; 8]> {
    date.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::Reason::*;
    use super::*;

    const RIGHT: &str = "11010519491231002X";

    fn person(name: &str, birth: &str, number: &str) -> Person {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Person { row: String::new(), name: name.into(), birth: some(birth), sex: None, number: some(number) }
    }

    #[test]
    fn what_is_shown_and_what_is_not() {
        let wrong = "11010519491231012X";
        let right_too = "110105194912310054";
        assert_eq!(card::card(right_too), Card::Right);
        let day = "1949-12-31";
        for (one, other, same_place, reasons, shown) in [
            (("王伟", "", ""), ("王伟", "", ""), true, vec![SameName, SamePlace], true),
            (("王伟", "", ""), ("汪玮", "", ""), true, vec![SameSound, SamePlace], true),
            (("王伟", "", ""), ("王伟", "", ""), false, vec![SameName], false),
            (("王伟", day, ""), ("汪玮", day, ""), false, vec![SameSound, SameBirth], true),
            (
                ("王伟", day, ""),
                ("王伟", "1950-12-31", ""),
                true,
                vec![SameName, OtherBirth, SamePlace],
                false,
            ),
            (("王伟", day, ""), ("王伟", "1948-12-31", ""), true, vec![SameName, NearBirth, SamePlace], true),
            (("王伟", "1980-03-05", ""), ("王伟", "1980-05-03", ""), false, vec![SameName, NearBirth], true),
            (("王伟", day, RIGHT), ("王伟", "", wrong), false, vec![SameName, NumberMistyped], true),
            (
                ("王伟", day, RIGHT),
                ("李芳", "", wrong),
                true,
                vec![OtherName, NumberMistyped, SamePlace],
                false,
            ),
            (
                ("王伟", day, RIGHT),
                ("王伟", day, right_too),
                true,
                vec![SameName, TwoNumbers, SameBirth, SamePlace],
                false,
            ),
            (("王伟", day, RIGHT), ("王伟", day, "E12345678"), false, vec![SameName, SameBirth], true),
            (("王小明", day, ""), ("王晓敏", day, ""), true, vec![NamePartly, SameBirth, SamePlace], true),
            (("王伟", day, ""), ("李芳", day, ""), true, vec![OtherName, SameBirth, SamePlace], false),
        ] {
            let (a, b) = (person(one.0, one.1, one.2), person(other.0, other.1, other.2));
            let compared = compare(&a, &b, same_place);
            assert_eq!(compared.reasons, reasons, "{one:?} {other:?}");
            assert_eq!(compared.is_candidate(), shown, "{one:?} {other:?}: {}", compared.score);
            assert_eq!(compare(&b, &a, same_place), compared, "the order says nothing");
        }
    }

    /// What lets `people_alike` pass over two right numbers without looking at the names.
    #[test]
    fn two_right_numbers_outweigh_all_that_can_speak_for_one_person() {
        let most = [SameName, SameBirth, SamePlace, SameSex, TwoNumbers].map(Reason::weight);
        assert!(most.iter().sum::<i32>() < THRESHOLD);
    }

    #[test]
    fn a_man_is_not_a_woman_of_the_same_name_in_the_same_village() {
        let of = |sex: &str| Person { sex: Some(sex.into()), ..person("王伟", "", "") };
        assert!(!compare(&of("male"), &of("female"), true).is_candidate());
        assert!(compare(&of("male"), &of("male"), true).is_candidate());
    }

    #[test]
    fn every_reason_is_said_in_both_languages_and_named_on_the_wire() {
        for reason in [
            SameNumber,
            NumberMistyped,
            SameName,
            SameSound,
            NamePartly,
            SameBirth,
            NearBirth,
            SamePlace,
            SameSex,
            OtherNumber,
            TwoNumbers,
            OtherName,
            OtherBirth,
            OtherSex,
        ] {
            let Said { en, zh } = reason.said();
            assert!(en.is_ascii() && !zh.is_ascii(), "{reason:?}");
        }
        assert_eq!(serde_json::to_value(SameSound).unwrap(), "same_sound");
    }
}
