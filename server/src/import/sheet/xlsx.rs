//! The cells of a workbook's first sheet that holds any, read one by one.

use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxError};
use doorstep_sheet::ArchiveError;

use super::super::fault::FileError;
use super::super::limits;
use super::{Cell, Meter, Row, Sheet};

pub(super) fn read(bytes: &[u8]) -> Result<Sheet, FileError> {
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(workbook_error)?;
    for name in workbook.sheet_names() {
        let rows = match rows(&mut workbook, &name) {
            // A chart sheet has no cells.
            Err(FileError::Workbook(e)) if matches!(*e, XlsxError::NotAWorksheet(_)) => continue,
            other => other?,
        };
        if !rows.is_empty() {
            return Ok(Sheet { rows, encoding: None });
        }
    }
    Ok(Sheet { rows: Vec::new(), encoding: None })
}

fn workbook_error(error: XlsxError) -> FileError {
    match error {
        XlsxError::Password => FileError::OldExcel,
        other => FileError::Workbook(Box::new(other)),
    }
}

/// Cells one by one: a single cell in the last corner must not allocate the whole sheet.
fn rows(workbook: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Vec<Row>, FileError> {
    let mut reader = workbook.worksheet_cells_reader(name).map_err(workbook_error)?;
    let mut meter = Meter::default();
    let mut rows: Vec<Row> = Vec::new();
    while let Some(cell) = reader.next_cell().map_err(workbook_error)? {
        let (row, column) = cell.get_position();
        let (number, column) = (row as usize + 1, column as usize);
        let cell = convert(cell.get_value());
        meter.take(&cell, column)?;
        if cell.is_empty() {
            continue;
        }
        // Sheets are written row by row; a row number that goes back would need a search.
        if rows.last().is_some_and(|last| last.number > number) {
            return Err(FileError::Archive(ArchiveError::Damaged("rows out of order")));
        }
        if rows.last().is_none_or(|last| last.number < number) {
            rows.push(Row { number, cells: Vec::new() });
        }
        if let Some(last) = rows.last_mut() {
            if last.cells.len() <= column {
                last.cells.resize(column + 1, Cell::Empty);
            }
            last.cells[column] = cell;
        }
    }
    Ok(rows)
}

fn convert(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::String(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(text),
        DataRef::Bool(yes) => Cell::Bool(*yes),
        DataRef::Int(number) => integer(*number),
        DataRef::Float(number) => float(*number),
        DataRef::DateTime(at) => date(at),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            Cell::text(text.split('T').next().unwrap_or(""))
        }
        DataRef::Error(error) => Cell::Error(error.to_string()),
    }
}

fn integer(number: i64) -> Cell {
    if number.unsigned_abs() as f64 >= limits::NUMBER_DIGITS {
        return Cell::ChangedNumber(number.to_string());
    }
    Cell::Text(number.to_string())
}

fn float(number: f64) -> Cell {
    if !number.is_finite() || number.abs() >= limits::NUMBER_DIGITS {
        return Cell::ChangedNumber(format!("{number}"));
    }
    // 15 digits are what a spreadsheet shows: 0.1 + 0.2 reads back as 0.3.
    let shown: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    Cell::Text(format!("{shown}"))
}

fn date(at: &ExcelDateTime) -> Cell {
    if !at.is_datetime() {
        return float(at.as_f64());
    }
    let (year, month, day, ..) = at.to_ymd_hms_milli();
    Cell::Text(format!("{year:04}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests {
    use rust_xlsxwriter::{ExcelDateTime as WriteDate, Format, Workbook};

    use super::super::read as read_any;
    use super::*;

    #[test]
    fn cells_come_as_a_person_sees_them() {
        let mut book = Workbook::new();
        book.add_worksheet().set_name("封面").unwrap();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "户编号").unwrap();
        sheet.write(2, 0, 1001.0).unwrap();
        sheet.write(2, 1, "999999197001010017").unwrap();
        sheet.write(2, 2, 999999197001010017.0).unwrap();
        sheet.write(2, 3, 0.1 + 0.2).unwrap();
        sheet.write(2, 4, true).unwrap();
        let format = Format::new().set_num_format("yyyy-mm-dd");
        sheet.write_with_format(2, 5, WriteDate::from_ymd(1970, 1, 2).unwrap(), &format).unwrap();
        let rows = read_any(&book.save_to_buffer().unwrap()).unwrap().rows;
        assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(rows[1].cells[0], Cell::Text("1001".into()));
        assert_eq!(rows[1].cells[1], Cell::Text("999999197001010017".into()));
        assert!(matches!(rows[1].cells[2], Cell::ChangedNumber(_)));
        assert_eq!(
            rows[1].cells[3..],
            [Cell::Text("0.3".into()), Cell::Bool(true), Cell::Text("1970-01-02".into())]
        );
    }

    #[test]
    fn one_cell_in_the_last_corner_costs_nothing() {
        let mut book = Workbook::new();
        book.add_worksheet().write(1_048_575, 3, "x").unwrap();
        let rows = read_any(&book.save_to_buffer().unwrap()).unwrap().rows;
        assert_eq!((rows.len(), rows[0].number, rows[0].cells.len()), (1, 1_048_576, 4));
        let mut wide = Workbook::new();
        wide.add_worksheet().write(0, 16_383, "x").unwrap();
        assert!(matches!(read_any(&wide.save_to_buffer().unwrap()), Err(FileError::TooManyColumns)));
    }

    /// A zip archive that holds one stored text.
    fn hello() -> Vec<u8> {
        let head =
            [20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x86, 0xA6, 0x10, 0x36, 5, 0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0];
        let local = [b"PK\x03\x04".as_slice(), &head, b"a.txt", b"hello"].concat();
        let entry = [b"PK\x01\x02\x14\0".as_slice(), &head, &[0; 14], b"a.txt"].concat();
        let (size, start) = (entry.len() as u32, local.len() as u32);
        let end = [
            b"PK\x05\x06\0\0\0\0\x01\0\x01\0".as_slice(),
            &size.to_le_bytes(),
            &start.to_le_bytes(),
            &[0, 0],
        ];
        [local, entry, end.concat()].concat()
    }

    #[test]
    fn an_archive_that_is_no_workbook_is_an_error() {
        let result = read_any(&hello());
        assert!(matches!(result, Err(FileError::Workbook(_))));
    }

    #[test]
    fn a_million_cells_of_one_long_text_are_refused() {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let long = "长".repeat(30_000);
        for row in 0..800 {
            sheet.write(row, 0, &long).unwrap();
        }
        assert!(matches!(read_any(&book.save_to_buffer().unwrap()), Err(FileError::TooManyCells)));
    }
}
