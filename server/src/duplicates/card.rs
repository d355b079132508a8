//! Numbers of the identity card (GB 11643), and those that a mistyped one may have been meant to be.
//!
//! The check character of ISO 7064 MOD 11-2 finds every single wrong character and every two neighbours in each other's
//! place. A number that fails it is therefore wrong, and the few right numbers one such mistake away can be written
//! down: who has one of them may be the same person. No index of wrong neighbours is needed for the many right numbers.

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";
const LENGTH: usize = 18;

/// What can be said of a normalised number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Card {
    /// A number as the state issues them.
    Right,
    /// The shape of one, and something wrong in it.
    Wrong,
    /// Another kind of document.
    Other,
}

/// What a normalised number is.
pub fn card(number: &str) -> Card {
    let bytes = number.as_bytes();
    // A letter in the place of a digit (O for 0), or an X one place too early, is a mistake of one character too.
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let right = |bytes: &[u8]| bytes[..17].iter().all(u8::is_ascii_digit) && check(&bytes[..17]) == bytes[17];
    match () {
        () if bytes.len() != LENGTH || digits + 2 < LENGTH => Card::Other,
        () if right(bytes) && birth(bytes).is_some() => Card::Right,
        () => Card::Wrong,
    }
}

/// The date of birth in a right number.
pub fn born(number: &str) -> Option<String> {
    (card(number) == Card::Right).then(|| birth(number.as_bytes())).flatten()
}

/// The right numbers that a wrong one becomes by one other character, or by two neighbours changing places.
pub fn meant(wrong: &str) -> Vec<String> {
    if card(wrong) != Card::Wrong {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut bytes = wrong.as_bytes().to_vec();
    for at in 0..LENGTH {
        let was = bytes[at];
        let last: &[u8] = if at == 17 { b"X" } else { b"" };
        for other in (b'0'..=b'9').chain(last.iter().copied()).filter(|other| *other != was) {
            bytes[at] = other;
            keep_right(&bytes, &mut found);
        }
        bytes[at] = was;
    }
    for at in 0..LENGTH - 1 {
        bytes.swap(at, at + 1);
        keep_right(&bytes, &mut found);
        bytes.swap(at, at + 1);
    }
    found.sort();
    found.dedup();
    found
}

fn keep_right(bytes: &[u8], found: &mut Vec<String>) {
    let number = String::from_utf8_lossy(bytes);
    if card(&number) == Card::Right {
        found.push(number.into_owned());
    }
}

/// True when both numbers are right and differ: two people.
pub fn two_people(one: &str, other: &str) -> bool {
    one != other && card(one) == Card::Right && card(other) == Card::Right
}

/// True when one number is wrong and the other is what it may have been meant to be, or both may have been meant to be
/// the same third.
pub fn mistyped(one: &str, other: &str) -> bool {
    match (card(one), card(other)) {
        (Card::Wrong, Card::Right) => meant(one).iter().any(|right| right == other),
        (Card::Right, Card::Wrong) => meant(other).iter().any(|right| right == one),
        (Card::Wrong, Card::Wrong) => {
            let others = meant(other);
            meant(one).iter().any(|right| others.binary_search(right).is_ok())
        }
        _ => false,
    }
}

/// The check character of the first 17 digits (ISO 7064 MOD 11-2).
pub(super) fn check(digits: &[u8]) -> u8 {
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECKS[(sum % 11) as usize]
}

fn birth(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes.get(6..14)?).ok()?;
    let date = format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]);
    date.parse::<jiff::civil::Date>().ok().filter(|day| (1850..2150).contains(&day.year())).map(|_| date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right(seventeen: &str) -> String {
        format!("{seventeen}{}", char::from(check(seventeen.as_bytes())))
    }

    #[test]
    fn right_wrong_and_other_documents() {
        assert_eq!(card("11010519491231002X"), Card::Right);
        assert_eq!(born("11010519491231002X").as_deref(), Some("1949-12-31"));
        assert_eq!(card("110105194912310021"), Card::Wrong);
        assert_eq!(born("110105194912310021"), None);
        assert_eq!(card(&right("99999919800230001")), Card::Wrong, "no such day");
        assert_eq!(card("11O10519491231002X"), Card::Wrong, "a letter in the place of a digit");
        for other in ["", "E12345678", "11010519491231002", "110105194912310XXX"] {
            assert_eq!(card(other), Card::Other, "{other}");
        }
    }

    /// The promise that the check character gives: nothing one mistake away is right, and every one of them leads back.
    #[test]
    fn every_single_mistake_is_seen_and_undone() {
        for seventeen in ["11010519491231002", "99999920101231123", "99999919690228999", "99999919551111080"]
        {
            let number = right(seventeen);
            let bytes = number.as_bytes().to_vec();
            let mut wrong = Vec::new();
            for at in 0..18 {
                let others = (b'0'..=b'9').chain((at == 17).then_some(b'X'));
                for other in others.filter(|other| *other != bytes[at]) {
                    let mut typed = bytes.clone();
                    typed[at] = other;
                    wrong.push(String::from_utf8(typed).unwrap());
                }
                if at < 17 && bytes[at] != bytes[at + 1] {
                    let mut typed = bytes.clone();
                    typed.swap(at, at + 1);
                    wrong.push(String::from_utf8(typed).unwrap());
                }
            }
            for typed in wrong {
                assert_eq!(card(&typed), Card::Wrong, "{number} {typed}");
                assert!(meant(&typed).contains(&number), "{number} {typed}");
                assert!(mistyped(&typed, &number) && mistyped(&number, &typed), "{number} {typed}");
                assert!(meant(&typed).len() <= 40, "{typed}: a few, not many");
            }
        }
    }

    #[test]
    fn two_right_numbers_are_two_people() {
        let (one, other) = (right("99999919800101001"), right("99999919800101003"));
        assert!(!mistyped(&one, &other) && !mistyped(&one, &one));
        assert!(two_people(&one, &other) && !two_people(&one, &one));
        assert!(!mistyped("E12345678", "E12345679"));
    }
}
