//! What every chapter needs to write answers down: row ids, days, money, synthetic people.

use doorstep_records::RowId;
use rust_decimal::Decimal;
use serde_json::Value;

pub use crate::demo::answers::Answer;
pub use crate::demo::deal;
pub use crate::demo::people::{Person, Registry, household};
pub use crate::demo::seed::Seed;

/// The instant that row ids of chapters count from: 1 January 2015 in China.
const ROWS_BEGIN_MS: u64 = 1_420_041_600_000;

/// One answer.
pub fn answer(path: impl Into<String>, value: impl Into<Value>) -> Answer {
    (path.into(), value.into())
}

/// A row id, the same for the same place and chance; rows of a record sort by `place`.
pub fn row(place: u64, seed: &mut Seed) -> RowId {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&seed.bits().to_be_bytes());
    RowId::from_parts(ROWS_BEGIN_MS + place, random)
}

/// The path of an answer in a new row of a roster: `members/<row>/name`.
pub fn at(roster: &str, row: RowId, key: &str) -> String {
    format!("{roster}/{row}/{key}")
}

/// Money in yuan with two decimals, from fen: `1234` is `12.34`.
pub fn yuan(fen: i64) -> String {
    Decimal::new(fen, 2).to_string()
}

/// Money in yuan from ten-thousands as printed: `216.0429` (万元) is `2160429.00`. `None` for what is no number or has
/// parts of a fen.
pub fn yuan_of_wan(wan: &str) -> Option<String> {
    let mut fen = wan.parse::<Decimal>().ok()?.checked_mul(Decimal::from(1_000_000))?;
    if !fen.fract().is_zero() {
        return None;
    }
    fen.rescale(0);
    let mut yuan = fen.checked_div(Decimal::from(100))?;
    yuan.rescale(2);
    Some(yuan.to_string())
}

/// `total` as `parts` whole numbers that differ by at most one and add up to it: 10 in 3 is 4, 3, 3.
pub fn evenly(total: u64, parts: u64) -> impl Iterator<Item = u64> {
    let (each, more) = (total.checked_div(parts).unwrap_or(0), total.checked_rem(parts).unwrap_or(0));
    (0..parts).map(move |part| each + u64::from(part < more))
}

/// A day as an ISO 8601 date: `day(2015, 3, 1)`, with months and days that lie outside of the calendar moved into it.
pub fn day(year: i16, month: i8, day: i8) -> String {
    let month = month.clamp(1, 12);
    let last = jiff::civil::Date::new(year, month, 1).map_or(28, |first| first.days_in_month());
    format!("{year:04}-{month:02}-{:02}", day.clamp(1, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_keeps_every_fen() {
        assert_eq!(yuan(1_234), "12.34");
        assert_eq!(yuan_of_wan("216.0429").as_deref(), Some("2160429.00"));
        assert_eq!(yuan_of_wan("25.07225").as_deref(), Some("250722.50"));
        assert_eq!((yuan_of_wan("0.0000001"), yuan_of_wan("2x")), (None, None));
    }

    #[test]
    fn parts_add_up() {
        assert_eq!(evenly(10, 3).collect::<Vec<_>>(), [4, 3, 3]);
        assert_eq!(evenly(10, 0).count(), 0);
        assert_eq!(evenly(2681, 19).sum::<u64>(), 2681);
    }

    #[test]
    fn rows_sort_by_their_place_and_come_again() {
        let rows = |seed| {
            let mut seed = Seed::new(seed);
            (0..5).map(|place| row(place, &mut seed).to_string()).collect::<Vec<_>>()
        };
        assert!(rows(1).is_sorted() && rows(1) == rows(1) && rows(1) != rows(2));
    }

    #[test]
    fn days_are_days() {
        assert_eq!((day(2015, 2, 30), day(2015, 13, 0)), ("2015-02-28".to_owned(), "2015-12-01".to_owned()));
    }
}
