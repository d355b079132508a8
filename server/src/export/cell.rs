//! What stands in a cell.

use std::borrow::Cow;

use doorstep_forms::expr::{Missing, parse_decimal};
use doorstep_forms::{Kind, Quantity};
use rust_decimal::Decimal;
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
        // No tick is an empty cell, as in rows that the dataset has pruned.
        Json::Bool(false) if kind == Kind::SelectMany => String::new(),
        Json::Bool(yes) => yes.to_string(),
        Json::Number(number) => number.to_string(),
        // A decimal is a number, also a negative one, as long as a spreadsheet keeps all its digits.
        Json::String(text)
            if kind == Kind::Decimal && parse_decimal(text).is_some() && digits(text) <= 15 =>
        {
            text.clone()
        }
        Json::String(codes) if kind == Kind::Ranking => {
            self::text(&ranked(codes).unwrap_or_else(|| codes.clone())).into_owned()
        }
        Json::String(text) => self::text(text).into_owned(),
        other => self::text(&other.to_string()).into_owned(),
    }
}

/// Columns that a kind of answer has beside its own.
pub(super) fn parts_of(kind: Kind) -> &'static [&'static str] {
    if kind == Kind::Quantity { &["unit", "qualifier", "typed"] } else { &[] }
}

/// The cells of an answer: its own, and one for each of [`parts_of`] its kind.
///
/// A quantity gives its value as a number, its unit, how it was said (`over`), and what was typed where that differs:
/// `70 wan_copies`, or `2x00 head` of an amount with masked digits, which has no value.
pub(super) fn cells(value: &Json, kind: Kind) -> Vec<String> {
    let Some(quantity) = Some(value).filter(|_| kind == Kind::Quantity).and_then(Quantity::read) else {
        let empty = parts_of(kind).iter().map(|_| String::new());
        return [answer(value, kind)].into_iter().chain(empty).collect();
    };
    let number = |n: &Option<Decimal>| n.map_or(String::new(), |n| n.normalize().to_string());
    let unit = quantity.entered_unit.as_deref().unwrap_or(&quantity.unit);
    let typed = match (&quantity.masked, &quantity.entered) {
        (Some(masked), _) => format!("{masked} {unit}"),
        (None, Some(_)) => format!("{} {unit}", number(&quantity.entered)),
        (None, None) if quantity.entered_unit.is_some() => format!("{} {unit}", number(&quantity.value)),
        _ => String::new(),
    };
    let qualifier = quantity.qualifier.map_or("", |qualifier| qualifier.code());
    vec![
        answer(&Json::String(number(&quantity.value)), Kind::Decimal),
        text(&quantity.unit).into_owned(),
        qualifier.to_owned(),
        text(&typed).into_owned(),
    ]
}

/// The codes of a ranking in their order.
fn ranked(value: &str) -> Option<String> {
    let codes: Vec<String> = serde_json::from_str(value).ok()?;
    Some(codes.join(";"))
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
            (json!(false), Kind::Bool, "false"),
            (json!(true), Kind::SelectMany, "true"),
            (json!(false), Kind::SelectMany, ""),
            (json!({"missing": "refused"}), Kind::Decimal, "?refused"),
            (json!(null), Kind::Text, ""),
        ];
        for (value, kind, cell) in cases {
            assert_eq!(answer(&value, kind), cell);
        }
    }

    #[test]
    fn quantities_have_a_number_and_keep_how_they_were_said() {
        let cases = [
            (r#"{"unit":"copies","value":"700000"}"#, ["700000", "copies", "", ""]),
            (
                r#"{"entered":"70","entered_unit":"wan_copies","qualifier":"over","unit":"copies","value":"700000"}"#,
                ["700000", "copies", "over", "70 wan_copies"],
            ),
            (
                r#"{"masked":"2x00","qualifier":"at_least","unit":"head"}"#,
                ["", "head", "at_least", "2x00 head"],
            ),
            (r#"{"unit":"yuan","value":"-3.50"}"#, ["-3.5", "yuan", "", ""]),
            ("=1+1", ["'=1+1", "", "", ""]),
        ];
        for (value, want) in cases {
            assert_eq!(cells(&json!(value), Kind::Quantity), want, "{value}");
        }
        assert_eq!(cells(&json!({"missing": "dk"}), Kind::Quantity), ["?dk", "", "", ""]);
        assert_eq!(cells(&json!(r#"["jobs","roads"]"#), Kind::Ranking), ["jobs;roads"]);
        assert_eq!(cells(&json!("=[broken"), Kind::Ranking), ["'=[broken"]);
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
