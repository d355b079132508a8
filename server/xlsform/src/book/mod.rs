//! A workbook as plain text cells, whatever file it came in. Every limit holds before a cell is kept.

mod cfb;
mod strings;
mod xls;
mod xlsx;

use doorstep_sheet::limits;

use crate::error::ImportError;

/// All sheets.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) sheets: Vec<Sheet>,
    /// It carries macros, which nothing runs.
    pub(crate) macros: bool,
}

/// One sheet: its rows that are not empty.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    pub(crate) name: String,
    pub(crate) rows: Vec<Row>,
    /// Cells whose text is the last result of a formula: row number and column.
    pub(crate) formulas: Vec<(usize, usize)>,
    /// Merged regions: first row number and column, last row number and column.
    pub(crate) merged: Vec<[usize; 4]>,
}

/// One row with at least one cell that is not empty.
#[derive(Debug)]
pub(crate) struct Row {
    /// As the spreadsheet numbers it, from 1.
    pub(crate) number: usize,
    /// Cells from column A, trimmed; empty text where nothing stands.
    pub(crate) cells: Vec<String>,
}

/// Reads a workbook; the bytes decide what it is, not the name.
pub(crate) fn read(bytes: &[u8]) -> Result<Book, ImportError> {
    if bytes.len() > limits::FILE_BYTES {
        return Err(ImportError::TooLarge(bytes.len()));
    }
    let mut book = if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        let entries = doorstep_sheet::check(bytes)?;
        let mut book = xlsx::read(bytes)?;
        book.macros = entries.iter().any(|name| name.ends_with("vbaProject.bin"));
        book
    } else if bytes.starts_with(cfb::SIGNATURE) {
        xls::read(bytes)?
    } else {
        return Err(ImportError::NotExcel);
    };
    book.sheets.truncate(crate::limits::SHEETS);
    Ok(book)
}

/// Collects cells row by row and counts them against the limits of the whole workbook.
#[derive(Debug, Default)]
struct Meter {
    cells: usize,
    bytes: usize,
}

impl Meter {
    fn put(&mut self, sheet: &mut Sheet, at: (usize, usize), text: &str) -> Result<(), ImportError> {
        let (number, column) = at;
        // Empty cells that only carry a format are counted too: they cost time.
        self.cells += 1;
        if self.cells > limits::CELLS {
            return Err(ImportError::TooManyCells);
        }
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if text.is_empty() {
            return Ok(());
        }
        if column >= limits::COLUMNS {
            return Err(ImportError::TooManyColumns);
        }
        self.bytes += text.len();
        if self.bytes > limits::TEXT_BYTES || text.chars().count() > limits::CELL_CHARS {
            return Err(ImportError::TooManyCells);
        }
        let text = if text.contains(['\0', '\u{a0}', '\r']) {
            text.replace('\0', "").replace('\u{a0}', " ").replace("\r\n", "\n").replace('\r', "\n")
        } else {
            text.to_owned()
        };
        let row = sheet.row(number);
        if row.cells.len() <= column {
            row.cells.resize(column + 1, String::new());
        }
        row.cells[column] = text;
        Ok(())
    }
}

impl Sheet {
    /// The row with this number, made when it is not there. Sheets are written in order; a row that goes back is
    /// searched for.
    fn row(&mut self, number: usize) -> &mut Row {
        let at = match self.rows.last() {
            Some(last) if last.number == number => self.rows.len() - 1,
            Some(last) if last.number > number => {
                match self.rows.binary_search_by_key(&number, |row| row.number) {
                    Ok(at) => at,
                    Err(at) => {
                        self.rows.insert(at, Row { number, cells: Vec::new() });
                        at
                    }
                }
            }
            _ => {
                self.rows.push(Row { number, cells: Vec::new() });
                self.rows.len() - 1
            }
        };
        &mut self.rows[at]
    }
}

/// A number as a person sees it: 15 digits, no exponent.
fn number_text(number: f64) -> String {
    if !number.is_finite() {
        return String::from("#NUM!");
    }
    let shown: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    format!("{shown}")
}

/// A date of the spreadsheet: days since its epoch. Midnight is left out, a time without a day stands alone.
fn date_text(serial: f64, since_1904: bool) -> String {
    let serial = if since_1904 { serial + 1462.0 } else { serial };
    if !(0.0..2_958_466.0).contains(&serial) {
        return number_text(serial);
    }
    let seconds = ((serial.fract()) * 86_400.0).round() as i64;
    let mut day = serial.trunc() as i64;
    if day == 0 {
        return format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    // The spreadsheet knows a 29 February 1900 that never was.
    if day < 60 {
        day += 1;
    }
    let (year, month, date) = civil(day - 25_569);
    let day = format!("{year:04}-{month:02}-{date:02}");
    if seconds == 0 {
        return day;
    }
    format!("{day}T{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

/// Days since 1970-01-01 as year, month and day (H. Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_numbers_read_as_a_person_sees_them() {
        assert_eq!(date_text(44_927.0, false), "2023-01-01");
        assert_eq!(date_text(44_927.5, false), "2023-01-01T12:00:00");
        assert_eq!(date_text(1.0, false), "1900-01-01");
        assert_eq!(date_text(61.0, false), "1900-03-01");
        assert_eq!(date_text(0.25, false), "06:00:00");
        assert_eq!(date_text(0.0, true), "1904-01-01");
        assert_eq!(number_text(0.1 + 0.2), "0.3");
        assert_eq!(number_text(1001.0), "1001");
        assert_eq!(number_text(f64::NAN), "#NUM!");
    }

    #[test]
    fn what_is_no_workbook_is_named_so() {
        assert!(matches!(read(b"type,name\n"), Err(ImportError::NotExcel)));
        assert!(matches!(read(b""), Err(ImportError::NotExcel)));
        assert!(matches!(read(&vec![b'P'; limits::FILE_BYTES + 1]), Err(ImportError::TooLarge(_))));
        assert!(matches!(read(b"PK\x03\x04 and then nothing"), Err(ImportError::Archive(_))));
    }
}
