//! A spreadsheet as plain cells, whatever file it came in. Every limit of [`super::limits`] holds before a cell is kept.

mod text;
mod xlsx;

use super::fault::FileError;
use super::limits;

pub use doorstep_sheet::column_letter;
pub use text::Encoding;

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text, trimmed; never empty. Numbers of a spreadsheet are here in plain notation.
    Text(String),
    /// Yes or no as a spreadsheet keeps it.
    Bool(bool),
    /// A number of more than 15 digits: the spreadsheet has already changed its last digits.
    ChangedNumber(String),
    /// `#N/A` and its like.
    Error(String),
}

impl Cell {
    /// Trimmed text as a cell; nothing when nothing is left.
    pub(crate) fn text(text: &str) -> Cell {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{3000}');
        if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
    }

    /// Whether nothing stands there.
    pub fn is_empty(&self) -> bool {
        *self == Cell::Empty
    }
}

/// One row with at least one cell that is not empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// As the spreadsheet numbers it, from 1.
    pub number: usize,
    /// Cells from column A; rows may differ in length.
    pub cells: Vec<Cell>,
}

impl Row {
    /// The cell of a column, empty beyond the end.
    pub fn cell(&self, column: usize) -> &Cell {
        self.cells.get(column).unwrap_or(&Cell::Empty)
    }
}

/// The rows of the first sheet that has any.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// In order; empty rows are left out.
    pub rows: Vec<Row>,
    /// How the text was encoded; none for a workbook.
    pub encoding: Option<Encoding>,
}

/// Reads an xlsx workbook or comma- or tab-separated text; the bytes decide which, not the name.
pub fn read(bytes: &[u8]) -> Result<Sheet, FileError> {
    if bytes.len() > limits::FILE_BYTES {
        return Err(FileError::TooLarge(bytes.len()));
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        doorstep_sheet::check(bytes)?;
        return xlsx::read(bytes);
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(FileError::OldExcel);
    }
    text::read(bytes)
}

/// Counts cells and text against the limits.
#[derive(Default)]
struct Meter {
    cells: usize,
    bytes: usize,
}

impl Meter {
    fn take(&mut self, cell: &Cell, column: usize) -> Result<(), FileError> {
        if column >= limits::COLUMNS {
            return Err(FileError::TooManyColumns);
        }
        self.cells += 1;
        if let Cell::Text(text) | Cell::ChangedNumber(text) | Cell::Error(text) = cell {
            self.bytes += text.len();
            if text.chars().count() > limits::CELL_CHARS {
                return Err(FileError::TooManyCells);
            }
        }
        if self.cells > limits::CELLS || self.bytes > limits::TEXT_BYTES {
            return Err(FileError::TooManyCells);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_over_the_limit_is_refused_unread() {
        assert!(matches!(read(&vec![b'a'; limits::FILE_BYTES + 1]), Err(FileError::TooLarge(_))));
    }

    #[test]
    fn an_old_workbook_is_named_as_such() {
        assert!(matches!(read(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1]), Err(FileError::OldExcel)));
    }
}
