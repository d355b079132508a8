//! Values of options that are more than words: days and instants. What is wrong with one is told in both languages.

use std::fmt;

use doorstep_forms::expr::parse_date;
use doorstep_server::assignments::model::QUANTITY_MAX;
use doorstep_server::dataset::cutoff::as_of_ms;
use doorstep_server::language::Said;
use doorstep_server::samples::draw::Asked;
use jiff::civil::Date;

/// Why a text is no value of an option. `Display` is English, as clap prints it; the Chinese is taken out by the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongValue(pub Said);

impl fmt::Display for WrongValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}

impl std::error::Error for WrongValue {}

impl WrongValue {
    fn new(en: &str, zh: &str) -> WrongValue {
        WrongValue(Said::new(en, zh))
    }
}

/// A civil day, such as `2015-07-13`.
pub(super) fn day(text: &str) -> Result<Date, WrongValue> {
    let shape: String = text.chars().map(|sign| if sign.is_ascii_digit() { '0' } else { sign }).collect();
    parse_date(text).ok_or_else(|| match shape.as_str() {
        "0000-00-00" => WrongValue::new("the calendar has no such day", "日历上没有这一天"),
        _ => WrongValue::new("a day is written 2015-07-13", "日期应写作 2015-07-13"),
    })
}

/// An instant, or the end of a day, as milliseconds since 1970 UTC.
pub(super) fn as_of(text: &str) -> Result<i64, WrongValue> {
    as_of_ms(text).ok_or_else(|| {
        WrongValue::new(
            "a time is written 2015-12-31T18:00:00+08:00, or as a day: 2015-12-31",
            "时间应写作 2015-12-31T18:00:00+08:00，或写日期 2015-12-31",
        )
    })
}

/// Seconds from nothing up.
pub(super) fn seconds(text: &str) -> Result<i64, WrongValue> {
    let number = text.parse().ok().filter(|number| (0..=86_400).contains(number));
    number.ok_or_else(|| {
        WrongValue::new("a whole number of seconds up to 86400 is expected", "应为不超过 86400 的整数秒")
    })
}

/// Records that are asked for.
pub(super) fn number(text: &str) -> Result<u32, WrongValue> {
    let number = text.parse().ok().filter(|number| (1..=QUANTITY_MAX).contains(number));
    number.ok_or_else(|| {
        let (en, zh) = ("a number of records from 1 to", "记录数应为 1 至");
        WrongValue::new(&format!("{en} {QUANTITY_MAX} is expected"), &format!("{zh} {QUANTITY_MAX}"))
    })
}

/// A share in percent.
pub(super) fn percent(text: &str) -> Result<Asked, WrongValue> {
    let text = text.strip_suffix('%').unwrap_or(text);
    Asked::parse(&format!("{text}%")).ok_or_else(|| {
        WrongValue::new(
            "a share above 0 and up to 100 is expected, such as 30 or 12.5",
            "比例应大于 0、不超过 100，如 30 或 12.5",
        )
    })
}

/// Metres from nothing up.
pub(super) fn metres(text: &str) -> Result<f64, WrongValue> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| WrongValue::new("a number of metres is expected, such as 500", "应为米数，如 500"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_is_none_is_told_from_a_text_that_is_no_day() {
        assert_eq!(day("2015-07-13").unwrap().to_string(), "2015-07-13");
        assert_eq!(day("2015-02-30").unwrap_err().0.en, "the calendar has no such day");
        for text in ["2015-7-13", "13.07.2015", "2015年7月13日", "２０１５-07-13", "", "2015-07-13T10:00"]
        {
            assert_eq!(day(text).unwrap_err().0.zh, "日期应写作 2015-07-13", "{text}");
        }
    }

    #[test]
    fn thresholds_are_numbers_that_something_can_lie_under() {
        assert_eq!((seconds("180").unwrap(), metres("0.5").unwrap()), (180, 0.5));
        for text in ["-1", "3m", "", "1e9"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        for text in ["-1", "far", "NaN", "inf"] {
            assert!(metres(text).is_err(), "{text}");
        }
    }
}
