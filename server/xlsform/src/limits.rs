//! Maxima of the import itself; those of the file stand in `doorstep_sheet`, those of a package in `doorstep_forms`.

/// Entries of the report listed one by one; the rest are counted.
pub(crate) const ENTRIES: usize = 20_000;
/// Sheets of a workbook that are read.
pub(crate) const SHEETS: usize = 100;
/// Languages that are carried.
pub(crate) const LANGUAGES: usize = 20;
/// Longest expression that is translated, in bytes.
pub(crate) const XPATH_BYTES: usize = 16 * 1024;
/// Deepest nesting of an expression that is translated.
pub(crate) const XPATH_DEPTH: usize = 40;
/// Longest chain of one operator, such as a sum of many answers.
pub(crate) const XPATH_CHAIN: usize = 80;
/// Calculations that read one another, where one is worked out inside the other.
pub(crate) const CALCULATION_DEPTH: usize = 40;
/// Subschemas of the package: below the limit of forms, so that what is not counted exactly still fits.
pub(crate) const SUBSCHEMAS: usize = 4_600;
/// Rows of the survey that may become questions: more cannot be carried anyway.
pub(crate) const NODES: usize = 4_600;
/// Bytes of all questions in `schema.json`, and of one language's texts.
pub(crate) const TEXTS_BYTES: usize = 400 * 1024;
/// Code lists kept in files of their own.
pub(crate) const LISTS: usize = 170;
/// Options of a list that stay in the schema; longer lists become files.
pub(crate) const INLINE_OPTIONS: usize = 50;
/// Segments of an answer path: one less than forms allow, for the ticks below a question.
pub(crate) const PATH_SEGMENTS: usize = 7;
/// Bytes of an answer path with `*` for row ids; the rest is for row ids and ticks.
pub(crate) const PATH_BYTES: usize = 120;
/// Bytes of one text of the form.
pub(crate) const LABEL_BYTES: usize = 32 * 1024;
/// Times the package is built again without what its check refused.
pub(crate) const ROUNDS: usize = 60;
