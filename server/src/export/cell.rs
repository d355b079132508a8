//! What stands in a cell.

use std::borrow::Cow;

use doorstep_forms::Kind;
use doorstep_forms::expr::{Missing, parse_decimal};
use serde_json::Value as Json;

/// What stands in place of a personal answer.
pub const MASK: &str = "***";

/// Spreadsheets show numbers of more digits than this in powers of ten, and lose the last of more than 15.
const DIGITS_SHOWN: usize = 11;

/// The cell of an answer.
pub(super) fn answer(value: &Json, kind: Kind) -> String {
    if let Some(missing) = Missing::from_json(value) {
        return format!("?{}", missing.code());
    }
    match value {
        Json::Null => String::new(),
        Json::Bool(yes) => yes.to_string(),
        Json::Number(number) => number.to_string(),
        // A decimal is a number, also a negative one, as long as a spreadsheet keeps all its digits.
        Json::String(text)
            if kind == Kind::Decimal && parse_decimal(text).is_some() && digits(text) <= 15 =>
        {
            text.clone()
        }
        Json::String(text) => self::text(text).into_owned(),
        other => self::text(&other.to_string()).into_owned(),
    }
}

/// A text as a cell that a spreadsheet takes as text: with an apostrophe before what it would compute, change, or take
/// for such an apostrophe.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    let computed = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\'', '＝', '＋', '－', '＠']);
    if computed || is_changed(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Numbers that would lose leading zeros or digits, and those written in powers of ten.
fn is_changed(text: &str) -> bool {
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b' '));
    let zeros = text.len() > 1 && text.starts_with('0') && !text.starts_with("0.");
    let power = text.split_once(['e', 'E']).is_some_and(|(mantissa, exponent)| {
        let number = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        number(mantissa) && number(exponent.trim_start_matches(['+', '-']))
    });
    numeric && (zeros || digits(text) > DIGITS_SHOWN) || power
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// The text of a cell that was written by [`text`].
pub fn read_text(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_safe_and_say_what_they_mean() {
        let cases = [
            (json!("=HYPERLINK(\"x\")"), Kind::Text, "'=HYPERLINK(\"x\")"),
            (json!("-3"), Kind::Text, "'-3"),
            (json!("-3.50"), Kind::Decimal, "-3.50"),
            (json!(-3), Kind::Integer, "-3"),
            (json!("999999197001010017"), Kind::Text, "'999999197001010017"),
            (json!("99999919950303003X"), Kind::Text, "99999919950303003X"),
            (json!("13800000000"), Kind::Text, "13800000000"),
            (json!("01"), Kind::SelectOne, "'01"),
            (json!("0.5"), Kind::Text, "0.5"),
            (json!("1E5"), Kind::Text, "'1E5"),
            (json!("'x"), Kind::Text, "''x"),
            (json!("赵一"), Kind::Text, "赵一"),
            (json!("2015-07-01"), Kind::Date, "2015-07-01"),
            (json!(true), Kind::Bool, "true"),
            (json!({"missing": "refused"}), Kind::Decimal, "?refused"),
            (json!(null), Kind::Text, ""),
        ];
        for (value, kind, cell) in cases {
            assert_eq!(answer(&value, kind), cell);
        }
    }

    proptest! {
        #[test]
        fn every_text_reads_back_and_none_is_a_formula(written in "[=+@'0-9a-z\\t一-丁 .E-]{0,24}") {
            let cell = text(&written);
            prop_assert_eq!(read_text(&cell), written.as_str());
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
        }
    }
}
