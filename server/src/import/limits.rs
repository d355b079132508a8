//! Every maximum of a file that is brought in. Those of any spreadsheet stand in `doorstep_sheet`.

pub use doorstep_sheet::limits::{
    CELL_CHARS, CELLS, COLUMNS, FILE_BYTES, INFLATED_BYTES, NUMBER_DIGITS, TEXT_BYTES, ZIP_ENTRIES,
};

/// Rows above the header line that may hold a title.
pub const TITLE_ROWS: usize = 10;
/// Faults listed one by one; the rest are counted.
pub const FAULTS: usize = 1_000;
