//! Citizen identity numbers by GB 11643-1999: 6 area, 8 birth, 3 serial (odd = male), 1 check.
//! A disability card is such a number followed by 2 (category, grade) or 4 (re-issued) digits; a
//! 15-digit number of the old kind has neither century nor check digit.

use jiff::civil::Date;

use super::value::parse_date;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

fn digits(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_digit)
}

/// The first 18 characters, when the length is one a card can have and all but the 18th are digits.
fn body(text: &str) -> Option<&[u8]> {
    let bytes = text.as_bytes();
    let known = matches!(bytes.len(), 18 | 20 | 22);
    (known && digits(&bytes[..17]) && digits(&bytes[18..])).then(|| &bytes[..18])
}

/// Whether length, birth date and check digit are right.
pub(super) fn checksum_ok(text: &str) -> bool {
    let Some(body) = body(text) else { return false };
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(b, w)| u32::from(b - b'0') * w).sum();
    CHECKS[(sum % 11) as usize] == body[17].to_ascii_uppercase() && birth_date(text).is_some()
}

/// The birth date written in the number, if it is a date.
pub(super) fn birth_date(text: &str) -> Option<Date> {
    let raw = match (body(text), text.as_bytes()) {
        (Some(body), _) => String::from_utf8(body[6..14].to_vec()).ok()?,
        (None, old) if old.len() == 15 && digits(old) => format!("19{}", text.get(6..12)?),
        _ => return None,
    };
    parse_date(&format!("{}-{}-{}", raw.get(..4)?, raw.get(4..6)?, raw.get(6..)?))
}

/// `male` or `female` by the serial's parity.
pub(super) fn sex(text: &str) -> Option<&'static str> {
    let digit = match (body(text), text.as_bytes()) {
        (Some(body), _) => body[16],
        (None, old) if old.len() == 15 && digits(old) => old[14],
        _ => return None,
    };
    Some(if (digit - b'0') % 2 == 1 { "male" } else { "female" })
}
