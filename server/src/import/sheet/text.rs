//! Comma- or tab-separated text in UTF-8 (with or without mark) or GB18030.

use std::borrow::Cow;

use encoding_rs::{GB18030, UTF_8};

use super::super::fault::FileError;
use super::{Cell, Meter, Row, Sheet};

/// How a text file was encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 without a mark.
    Utf8,
    /// UTF-8 with a byte order mark.
    Utf8Bom,
    /// GB18030, which contains GBK and GB2312.
    Gb18030,
}

pub(super) fn read(bytes: &[u8]) -> Result<Sheet, FileError> {
    let (text, encoding) = decode(bytes)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut meter = Meter::default();
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    let mut number = 0;
    while reader.read_record(&mut record).map_err(FileError::Csv)? {
        // The reader skips blank lines, a spreadsheet numbers them; a quoted line break stays inside one row.
        number += 1 + record.position().map_or(0, |at| blank_lines(text.as_bytes(), at.byte() as usize));
        let mut cells = Vec::with_capacity(record.len());
        for (column, field) in record.iter().enumerate() {
            let cell = cell(field);
            meter.take(&cell, column)?;
            cells.push(cell);
        }
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push(Row { number, cells });
        }
    }
    Ok(Sheet { rows, encoding: Some(encoding) })
}

/// Blank lines at `at`, where the reader stands after the end of a row.
fn blank_lines(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let inside_break = at > 0 && text.get(at - 1) == Some(&b'\r');
    let rest = if inside_break { rest.strip_prefix(b"\n").unwrap_or(rest) } else { rest };
    let breaks = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    breaks.filter(|byte| **byte == b'\n').count()
}

/// An apostrophe before digits is how spreadsheets and our own export write "this number is text".
fn cell(field: &str) -> Cell {
    let cell = Cell::text(field);
    let Cell::Text(text) = &cell else { return cell };
    if is_scientific(text) {
        return Cell::ChangedNumber(text.clone());
    }
    match text.strip_prefix('\'') {
        Some(rest) => Cell::text(rest),
        None => cell,
    }
}

/// `5.30626E+17`: a long number that a spreadsheet has shortened.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix('+');
    digits(whole) && digits(fraction) && exponent.is_some_and(digits)
}

fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), FileError> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(FileError::Utf16);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]) {
        let text = UTF_8.decode_without_bom_handling_and_without_replacement(rest);
        return text.map(|text| (text, Encoding::Utf8Bom)).ok_or(FileError::Encoding);
    }
    if bytes.contains(&0) {
        return Err(FileError::Encoding);
    }
    if let Some(text) = UTF_8.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok((text, Encoding::Utf8));
    }
    let text = GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(|text| (text, Encoding::Gb18030)).ok_or(FileError::Encoding)
}

/// Tab when the first lines hold more tabs than commas.
fn delimiter(text: &str) -> u8 {
    let head: String = text.lines().take(super::limits::TITLE_ROWS).collect();
    let count = |c: char| head.chars().filter(|x| *x == c).count();
    if count('\t') > count(',') { b'\t' } else { b',' }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "户编号,姓名,身份证号\n1001,赵一,999999197001010017\n\n1002,钱二,99999919950303003X\n";

    fn rows(bytes: &[u8]) -> (Vec<Row>, Encoding) {
        let sheet = read(bytes).unwrap();
        (sheet.rows, sheet.encoding.unwrap())
    }

    #[test]
    fn three_encodings_read_alike() {
        let bom = [b"\xEF\xBB\xBF".as_slice(), TEXT.as_bytes()].concat();
        let gb = GB18030.encode(TEXT).0;
        let (plain, encoding) = rows(TEXT.as_bytes());
        assert_eq!(encoding, Encoding::Utf8);
        assert_eq!(rows(&bom), (plain.clone(), Encoding::Utf8Bom));
        assert_eq!(rows(&gb), (plain.clone(), Encoding::Gb18030));
        assert_eq!(plain.iter().map(|r| r.number).collect::<Vec<_>>(), [1, 2, 4]);
        assert_eq!(plain[1].cell(2), &Cell::Text("999999197001010017".into()));
    }

    #[test]
    fn rows_keep_their_number_around_quoted_line_breaks() {
        let (rows, _) = rows(b"a,b\n1,\"x\ny\"\n2,z\n\n\n3,w\n");
        // A quoted line break belongs to row 2; the two blank lines are rows 4 and 5.
        assert_eq!(rows.iter().map(|r| r.number).collect::<Vec<_>>(), [1, 2, 3, 6]);
        let (rows, _) = self::rows(b"a,b\r\n1,x\r\n\r\n3,w\r\n");
        assert_eq!(rows.iter().map(|r| r.number).collect::<Vec<_>>(), [1, 2, 4]);
    }

    #[test]
    fn four_byte_characters_of_gb18030_are_kept() {
        let gb = GB18030.encode("姓名\n𠮷\n").0;
        assert_eq!(rows(&gb).0[1].cell(0), &Cell::Text("𠮷".into()));
    }

    #[test]
    fn other_encodings_are_refused() {
        assert!(matches!(read(b"\xFF\xFEa\0"), Err(FileError::Utf16)));
        assert!(matches!(read(b"\xEF\xBB\xBFa\xFF"), Err(FileError::Encoding)));
        assert!(matches!(read(b"a,\xFF\xFF\xFF\n"), Err(FileError::Encoding)));
        assert!(matches!(read(b"a\0b"), Err(FileError::Encoding)));
    }

    #[test]
    fn shortened_numbers_are_seen_and_apostrophes_taken_off() {
        let (rows, _) = rows("5.30626E+17\t'0012\t1E3\tE5\t　 x　\n".as_bytes());
        assert_eq!(
            rows[0].cells,
            [
                Cell::ChangedNumber("5.30626E+17".into()),
                Cell::Text("0012".into()),
                Cell::Text("1E3".into()),
                Cell::Text("E5".into()),
                Cell::Text("x".into()),
            ]
        );
    }
}
