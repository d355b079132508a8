//! Bounds for spreadsheet files: what is looked at before any library opens one. Ledgers and XLSForms share them.
#![warn(missing_docs)]

pub mod limits;
mod zip_guard;

pub use zip_guard::{ArchiveError, check};

/// The letter of a column: 0 is `A`, 27 is `AB`.
pub fn column_letter(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().map(|b| char::from(*b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_as_a_spreadsheet_does() {
        let letters: Vec<_> = [0, 25, 26, 27, 701, 702].map(column_letter).into();
        assert_eq!(letters, ["A", "Z", "AA", "AB", "ZZ", "AAA"]);
    }
}
