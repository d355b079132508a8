//! Every maximum of a spreadsheet file.

/// Bytes of the file as it arrives.
pub const FILE_BYTES: usize = 20 * 1024 * 1024;
/// Entries of the zip archive that an xlsx file is.
pub const ZIP_ENTRIES: usize = 200;
/// Bytes of all entries together, inflated.
pub const INFLATED_BYTES: u64 = 200 * 1024 * 1024;
/// Cells that are kept.
pub const CELLS: usize = 1_000_000;
/// Bytes of the text of all cells together: a million cells may all point at one long shared text.
pub const TEXT_BYTES: usize = 64 * 1024 * 1024;
/// Characters of one cell: what Excel itself allows.
pub const CELL_CHARS: usize = 32_767;
/// Columns of a sheet.
pub const COLUMNS: usize = 1_000;
/// Digits a spreadsheet number keeps; longer ones were changed by the spreadsheet.
pub const NUMBER_DIGITS: f64 = 1e15;
