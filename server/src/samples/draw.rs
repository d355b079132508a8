//! The rule of drawing, the same for ever: anybody with the list and the seed can draw again, by any program.
//!
//! 1. The list (the base) holds households, each with its stratum. Its SHA-256 is taken over its lines
//!    `RECORD STRATUM`, each ended by a line feed, in the order of the record ids.
//! 2. A share of `P` % asks for `floor(base x P / 100)` households in all.
//! 3. Each stratum gets its share `asked x stratum / base`, first rounded down; what is left over goes, one each, to the
//!    strata with the largest remainders, of equal ones to the first in the order of their keys (Hamilton's method).
//! 4. In each stratum households stand in the order of SHA-256(`doorstep sample 1`, line feed, seed in decimal digits,
//!    line feed, record id). The first are drawn, those after them are the reserve, in this order.
//!
//! No random number generator, no order of arrival: only SHA-256 and text.

use std::collections::BTreeMap;

use doorstep_records::RecordId;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sha2::{Digest, Sha256};

/// What the hash of the order begins with; another rule would be another word.
const RULE: &str = "doorstep sample 1";
/// Households of a stratum's reserve at least, as far as there are so many.
pub const RESERVE_LEAST: usize = 10;

/// A household of the base.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unit {
    /// The household.
    pub record: RecordId,
    /// Its stratum; empty when there is but one.
    pub stratum: String,
}

/// How many are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A share of the base, in percent.
    Percent(Decimal),
    /// A number of households.
    Count(u32),
}

impl Asked {
    /// Reads `30%`, `12.5%` or `615`; `None` for any other text, and for nothing and more than everything.
    pub fn parse(text: &str) -> Option<Asked> {
        match text.strip_suffix('%') {
            Some(percent) => {
                let plain = percent.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
                let percent: Decimal = percent.parse().ok().filter(|_| plain)?;
                let share =
                    percent > Decimal::ZERO && percent <= Decimal::ONE_HUNDRED && percent.scale() <= 6;
                share.then(|| Asked::Percent(percent.normalize()))
            }
            None => text.parse().ok().filter(|count| *count > 0).map(Asked::Count),
        }
    }

    /// How many households that is of a base.
    pub fn of(self, base: usize) -> usize {
        match self {
            Asked::Count(count) => count as usize,
            Asked::Percent(percent) => {
                (Decimal::from(base) * percent / Decimal::ONE_HUNDRED).floor().to_usize().unwrap_or(0)
            }
        }
    }
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Asked::Percent(percent) => write!(f, "{percent}%"),
            Asked::Count(count) => write!(f, "{count}"),
        }
    }
}

/// What was drawn of one stratum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnStratum {
    /// Its key.
    pub key: String,
    /// Households in it.
    pub base: usize,
    /// Those drawn, in the order of the rule.
    pub drawn: Vec<RecordId>,
    /// Those that take the place of drawn ones, the next first.
    pub reserve: Vec<RecordId>,
}

/// A sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// Households in the base.
    pub base: usize,
    /// SHA-256 of the base.
    pub base_sha256: [u8; 32],
    /// By stratum, in the order of their keys.
    pub strata: Vec<DrawnStratum>,
}

/// Why nothing can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDrawn {
    /// The base is empty.
    NoBase,
    /// The share of so small a base is not one household.
    Nothing {
        /// Households in the base.
        base: usize,
    },
    /// More are asked for than there are.
    TooMany {
        /// Households in the base.
        base: usize,
    },
}

/// Draws from a base, given in any order.
///
/// # Errors
/// [`NotDrawn`] when the base cannot give what is asked for.
pub fn draw(mut base: Vec<Unit>, asked: Asked, seed: u64) -> Result<Draw, NotDrawn> {
    base.sort();
    base.dedup_by_key(|unit| unit.record);
    let count = asked.of(base.len());
    match count {
        _ if base.is_empty() => return Err(NotDrawn::NoBase),
        0 => return Err(NotDrawn::Nothing { base: base.len() }),
        _ if count > base.len() => return Err(NotDrawn::TooMany { base: base.len() }),
        _ => {}
    }
    let base_sha256 = hash_of(&base);
    let mut strata: BTreeMap<String, Vec<RecordId>> = BTreeMap::new();
    let total = base.len();
    for Unit { record, stratum } in base {
        strata.entry(stratum).or_default().push(record);
    }
    let sizes: Vec<usize> = strata.values().map(Vec::len).collect();
    let shares = allocate(&sizes, count);
    let strata = strata.into_iter().zip(shares).map(|((key, mut households), drawn)| {
        households.sort_by_cached_key(|record| (rank(seed, *record), *record));
        let base = households.len();
        let rest = households.split_off(drawn);
        let reserve = rest.into_iter().take(drawn.max(RESERVE_LEAST)).collect();
        DrawnStratum { key, base, drawn: households, reserve }
    });
    Ok(Draw { base: total, base_sha256, strata: strata.collect() })
}

/// Rule 1. The base stands in the order of its record ids.
fn hash_of(base: &[Unit]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for unit in base {
        hasher.update(format!("{} {}\n", unit.record, unit.stratum));
    }
    hasher.finalize().into()
}

/// Rule 4.
fn rank(seed: u64, record: RecordId) -> [u8; 32] {
    Sha256::digest(format!("{RULE}\n{seed}\n{record}")).into()
}

/// Rule 3: how many of each stratum, `asked` at most as many as there are.
fn allocate(sizes: &[usize], asked: usize) -> Vec<usize> {
    let total = sizes.iter().sum::<usize>().max(1) as u128;
    let product = |size: usize| size as u128 * asked as u128;
    let mut shares: Vec<usize> =
        sizes.iter().map(|size| usize::try_from(product(*size) / total).unwrap_or(*size)).collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|at| (std::cmp::Reverse(product(sizes[*at]) % total), *at));
    let left = asked.saturating_sub(shares.iter().sum());
    for at in order.into_iter().take(left) {
        shares[at] += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(strata: &[(&str, usize)]) -> Vec<Unit> {
        let mut number = 0_u64;
        let mut unit = |stratum: &str| {
            number += 1;
            Unit { record: RecordId::from_parts(1_000 + number, [7; 10]), stratum: stratum.to_owned() }
        };
        strata.iter().flat_map(|(key, count)| vec![*key; *count]).map(&mut unit).collect()
    }

    fn percent(text: &str) -> Asked {
        Asked::parse(&format!("{text}%")).unwrap()
    }

    /// Report 8: 30 % of 2,051 registered households are 615, of all 2,468 poor ones 740; with shares by village the
    /// total stays the same.
    #[test]
    fn the_town_of_report_8() {
        let villages = [("04", 354), ("01", 801), ("02", 513), ("03", 383)];
        assert_eq!(villages.iter().map(|(_, count)| count).sum::<usize>(), 2_051);
        for strata in [&villages[..], &[("", 2_051)][..]] {
            let drawn = draw(units(strata), percent("30"), 8).unwrap();
            assert_eq!(drawn.strata.iter().map(|stratum| stratum.drawn.len()).sum::<usize>(), 615);
        }
        let drawn = draw(units(&villages), percent("30"), 8).unwrap();
        let shares: Vec<_> = drawn.strata.iter().map(|s| (s.key.as_str(), s.base, s.drawn.len())).collect();
        // 240.18, 153.82, 114.84, 106.15: the two left over go to the second and the third.
        assert_eq!(shares, [("01", 801, 240), ("02", 513, 154), ("03", 383, 115), ("04", 354, 106)]);
        assert_eq!(percent("30").of(2_468), 740);
        assert_eq!(Asked::Count(640).of(2_051), 640);
    }

    #[test]
    fn the_order_in_which_records_came_says_nothing_and_the_seed_everything() {
        let base = units(&[("a", 40), ("b", 25)]);
        let first = draw(base.clone(), Asked::Count(13), 1).unwrap();
        let mut turned = base.clone();
        turned.reverse();
        turned.rotate_left(17);
        turned.push(base[3].clone());
        assert_eq!(draw(turned, Asked::Count(13), 1).unwrap(), first);
        let other = draw(base.clone(), Asked::Count(13), 2).unwrap();
        assert!(other.base_sha256 == first.base_sha256 && other.strata != first.strata);
        let fewer = draw(base[1..].to_vec(), Asked::Count(13), 1).unwrap();
        assert_ne!(fewer.base_sha256, first.base_sha256);
    }

    /// The rule is kept for ever: this order and this hash were worked out by another program (`sha256sum`, `sort`).
    #[test]
    fn the_rule_as_written_down() {
        let base = units(&[("", 5)]);
        let drawn = draw(base.clone(), Asked::Count(2), 42).unwrap();
        let order: Vec<RecordId> = [5, 3, 4, 2, 1].map(|place: usize| base[place - 1].record).into();
        assert_eq!((&drawn.strata[0].drawn[..], &drawn.strata[0].reserve[..]), (&order[..2], &order[2..]));
        let hash: String = drawn.base_sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, "50cc3d1ba33eb982f78cd50cc36561364a7d6228009ce5cf545da25a1c724efd");
    }

    #[test]
    fn nothing_more_than_everything_and_nonsense_are_refused() {
        let base = || units(&[("", 9)]);
        assert_eq!(draw(Vec::new(), Asked::Count(1), 1), Err(NotDrawn::NoBase));
        assert_eq!(draw(base(), percent("5"), 1), Err(NotDrawn::Nothing { base: 9 }));
        assert_eq!(draw(base(), Asked::Count(10), 1), Err(NotDrawn::TooMany { base: 9 }));
        assert_eq!(draw(base(), percent("100"), 1).unwrap().strata[0].drawn.len(), 9);
        for wrong in ["", "0", "0%", "-1", "101%", "30 %", "1e2%", "12.5", "%", "+3%", "0.0000001%"] {
            assert_eq!(Asked::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Asked::parse("12.50%").unwrap().to_string(), "12.5%");
    }

    #[test]
    fn shares_never_exceed_their_stratum_and_always_add_up() {
        for sizes in [vec![1, 1, 1], vec![7, 0, 3], vec![1_000, 1, 1], vec![5, 5, 5, 5]] {
            let total: usize = sizes.iter().sum();
            for asked in 1..=total {
                let shares = allocate(&sizes, asked);
                assert_eq!(shares.iter().sum::<usize>(), asked, "{sizes:?}");
                assert!(shares.iter().zip(&sizes).all(|(share, size)| share <= size), "{sizes:?} {shares:?}");
            }
        }
    }
}
