//! `--as-of`: an instant of approval as people give it.

use jiff::civil::Date;
use jiff::tz::Offset;

/// The offset of the deployment's civil time from UTC.
const ZONE: Offset = Offset::constant(8);

/// The instant of a text, milliseconds since 1970 UTC: RFC 3339 (`2015-12-31T18:00:00+08:00`), or a date, which means the
/// end of that day in the deployment's time. `None` for any other text.
pub fn as_of_ms(text: &str) -> Option<i64> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(instant.as_millisecond());
    }
    let next = text.parse::<Date>().ok().filter(|day| day.to_string() == text)?.tomorrow().ok()?;
    let midnight = ZONE.to_timestamp(next.to_datetime(jiff::civil::Time::midnight())).ok()?;
    midnight.as_millisecond().checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_when_it_ends_there() {
        // 2016-01-01 00:00 +08:00 is 2015-12-31 16:00 UTC.
        assert_eq!(as_of_ms("2015-12-31"), Some(1_451_577_600_000 - 1));
        assert_eq!(as_of_ms("2015-12-31T23:59:59.999+08:00"), as_of_ms("2015-12-31"));
        assert_eq!(as_of_ms("2015-12-31T16:00:00Z"), Some(1_451_577_600_000));
        for wrong in ["", "2015", "2015-13-01", "31.12.2015", "yesterday", "2015-12-31T10:00"] {
            assert_eq!(as_of_ms(wrong), None, "{wrong}");
        }
    }
}
