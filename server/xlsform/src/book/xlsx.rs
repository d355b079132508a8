//! The cells of an xlsx workbook, read one by one: a cell in the last corner must not allocate the whole sheet.

use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx, XlsxError, XlsxFormulaMetadata};

use super::{Book, Meter, Sheet, date_text, number_text};
use crate::error::ImportError;

/// Merged regions that are told of.
const MERGED: usize = 1_000;

pub(super) fn read(bytes: &[u8]) -> Result<Book, ImportError> {
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let since_1904 = workbook.has_1904_epoch();
    let mut meter = Meter::default();
    let mut book = Book::default();
    for name in workbook.sheet_names().into_iter().take(crate::limits::SHEETS) {
        let mut sheet = Sheet { name: name.clone(), ..Sheet::default() };
        match cells(&mut workbook, &mut sheet, &mut meter, since_1904) {
            Ok(()) => {}
            // A chart sheet has no cells.
            Err(Failed::Xlsx(XlsxError::NotAWorksheet(_))) => continue,
            Err(Failed::Xlsx(error)) => return Err(damaged(error)),
            Err(Failed::Import(error)) => return Err(error),
        }
        let merged = workbook.merge_cells_by_sheet_name(&name).unwrap_or_default();
        sheet.merged = merged
            .iter()
            .take(MERGED)
            .map(|region| {
                let at = |(row, column): (u32, u32)| (row as usize, column as usize);
                let ((top, left), (bottom, right)) = (at(region.start), at(region.end));
                [top + 1, left, bottom + 1, right]
            })
            .collect();
        book.sheets.push(sheet);
    }
    Ok(book)
}

fn damaged(error: XlsxError) -> ImportError {
    match error {
        XlsxError::Password => ImportError::Password,
        other => ImportError::Workbook(other.to_string().chars().take(200).collect()),
    }
}

enum Failed {
    Xlsx(XlsxError),
    Import(ImportError),
}

fn cells(
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    sheet: &mut Sheet,
    meter: &mut Meter,
    since_1904: bool,
) -> Result<(), Failed> {
    let mut reader = workbook.worksheet_cells_reader(&sheet.name).map_err(Failed::Xlsx)?;
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(Failed::Xlsx)? {
        let (row, column) = (cell.pos.0 as usize + 1, cell.pos.1 as usize);
        let text = text(&cell.value, since_1904);
        meter.put(sheet, (row, column), &text).map_err(Failed::Import)?;
        let formula = match cell.formula {
            None => false,
            Some(XlsxFormulaMetadata::Normal { formula }) => !formula.is_empty(),
            Some(_) => true,
        };
        if formula {
            sheet.formulas.push((row, column));
        }
    }
    Ok(())
}

fn text(value: &DataRef<'_>, since_1904: bool) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => if *yes { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::DateTime(at) if at.is_datetime() => date_text(at.as_f64(), since_1904),
        DataRef::DateTime(at) => number_text(at.as_f64()),
        DataRef::DateTimeIso(text) => text.strip_suffix("T00:00:00").unwrap_or(text).to_owned(),
        DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
    }
}
