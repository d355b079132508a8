//! The table of units (`units.csv`) and codes made of a magnitude and a unit: `wan_yuan` is 10,000 yuan.
//!
//! The factors of a dimension are whole numbers relative to a small common measure (a third of a square metre, a
//! gram), so that 亩 (2,000/3 m²) converts without a rounded constant.

use std::sync::LazyLock;

use rust_decimal::{Decimal, RoundingStrategy};

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) code: &'static str,
    pub(crate) dimension: &'static str,
    pub(crate) factor: Decimal,
    pub(crate) zh: &'static str,
    pub(crate) en: &'static str,
    /// Other ways to write it.
    pub(crate) words: Vec<&'static str>,
}

/// A power of ten before a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Magnitude {
    /// Prefix of the code, empty for one.
    pub(crate) prefix: &'static str,
    pub(crate) factor: u32,
    pub(crate) zh: &'static str,
    pub(crate) en: &'static str,
}

/// Decimal places up to which a converted number is taken as exact; a quotient that does not end has far more.
const EXACT_PLACES: u32 = 12;

pub(crate) const ONE: Magnitude = Magnitude { prefix: "", factor: 1, zh: "", en: "" };

/// The magnitudes that a typed quantity may carry.
pub(crate) const MAGNITUDES: [Magnitude; 3] = [
    Magnitude { prefix: "qian_", factor: 1_000, zh: "千", en: "qian" },
    Magnitude { prefix: "wan_", factor: 10_000, zh: "万", en: "wan" },
    Magnitude { prefix: "yi_", factor: 100_000_000, zh: "亿", en: "yi" },
];

static TABLE: LazyLock<Vec<Unit>> =
    LazyLock::new(|| include_str!("units.csv").lines().skip(1).filter_map(row).collect());

fn row(line: &'static str) -> Option<Unit> {
    let mut cells = line.splitn(6, ',');
    let (code, dimension) = (cells.next()?, cells.next()?);
    let factor = cells.next()?.parse().ok()?;
    let (zh, en, words) = (cells.next()?, cells.next()?, cells.next()?);
    let words = words.split('|').filter(|word| !word.is_empty()).collect();
    Some(Unit { code, dimension, factor, zh, en, words })
}

/// A unit of the table by its code.
pub(crate) fn unit(code: &str) -> Option<&'static Unit> {
    TABLE.iter().find(|unit| unit.code == code)
}

/// The codes of the table, for suggestions.
pub(crate) fn codes() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|unit| unit.code)
}

/// A code as magnitude and unit: `wan_yuan` -> (wan, `yuan`). A code of the table is never taken apart.
pub(crate) fn split(code: &str) -> (Magnitude, &str) {
    if unit(code).is_some() {
        return (ONE, code);
    }
    let found = MAGNITUDES.into_iter().find_map(|m| Some((m, code.strip_prefix(m.prefix)?)));
    found.filter(|(_, base)| !base.is_empty()).unwrap_or((ONE, code))
}

/// Dimension and size of a code. A unit that is not of the table counts only itself.
fn size(code: &str) -> (&str, Decimal) {
    let (magnitude, base) = split(code);
    let (dimension, factor) = unit(base).map_or((base, Decimal::ONE), |unit| (unit.dimension, unit.factor));
    (dimension, factor * Decimal::from(magnitude.factor))
}

/// Whether a number of `from` can be told in `to`.
pub(crate) fn convertible(from: &str, to: &str) -> bool {
    size(from).0 == size(to).0
}

/// `number` of the unit `from`, told in `to`; rounded to 4 places (half away from zero) where it does not come out
/// even. `None` between dimensions, and when the number is too large.
pub(crate) fn convert(number: Decimal, from: &str, to: &str) -> Option<Decimal> {
    let ((dimension, own), (other, wanted)) = (size(from), size(to));
    if dimension != other {
        return None;
    }
    let quotient = number.checked_mul(own)?.checked_div(wanted)?.normalize();
    // What divides evenly stays as it is, however small: the factors leave at most a few places more than the number has.
    if quotient.scale() <= EXACT_PLACES {
        return Some(quotient);
    }
    Some(quotient.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero).normalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::parse_decimal;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(TABLE.len(), include_str!("units.csv").lines().count() - 1);
        for unit in TABLE.iter() {
            let alike = TABLE.iter().filter(|other| other.code == unit.code).count();
            assert!(alike == 1 && !unit.zh.is_empty() && !unit.en.is_empty(), "{}", unit.code);
            let one = TABLE.iter().any(|u| u.dimension == unit.dimension && u.factor == Decimal::ONE);
            assert!(one || matches!(unit.dimension, "area" | "mass"), "{}", unit.dimension);
        }
    }

    #[test]
    fn conversions_are_exact_where_they_can_be() {
        let cases = [
            ("216.0429", "wan_yuan", "yuan", Some("2160429")),
            ("1.5", "yi_yuan", "yuan", Some("150000000")),
            ("3", "area_fen", "mu", Some("0.3")),
            ("1", "hectare", "mu", Some("15")),
            ("1", "m2", "mu", Some("0.0015")),
            ("0.01", "m2", "mu", Some("0.000015")),
            ("1", "mu", "m2", Some("666.6667")),
            ("1.248", "wan_m2", "m2", Some("12480")),
            ("25", "jin", "kg", Some("12.5")),
            ("3", "ton", "jin", Some("6000")),
            ("2", "li", "km", Some("1")),
            ("70", "wan_copies", "copies", Some("700000")),
            ("4", "wan_stones", "stones", Some("40000")),
            ("1", "stones", "copies", None),
            ("1", "yuan", "mu", None),
            ("7922816251426433759354395033", "yi_yuan", "yuan", None),
        ];
        for (number, from, to, want) in cases {
            let got = convert(parse_decimal(number).unwrap(), from, to);
            assert_eq!(got, want.and_then(parse_decimal), "{number} {from} -> {to}");
            assert_eq!(convertible(from, to), want.is_some() || from.starts_with("yi_"), "{from} {to}");
        }
    }
}
