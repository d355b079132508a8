//! Every maximum of this crate, in one place. Sizes are bytes unless the name says otherwise.

/// Largest `schema.json`.
pub const SCHEMA_BYTES: usize = 512 * 1024;
/// Largest of the other JSON files of a package.
pub const JSON_BYTES: usize = 512 * 1024;
/// Largest code list file.
pub const CODES_BYTES: usize = 2 * 1024 * 1024;
/// Most codes in one list.
pub const CODES_ROWS: usize = 20_000;
/// Largest attachment.
pub const ATTACHMENT_BYTES: u64 = 25 * 1024 * 1024;
/// Largest form package, all files together.
pub const PACKAGE_BYTES: usize = 4 * 1024 * 1024;
/// Most files in a package.
pub const PACKAGE_FILES: usize = 200;
/// Deepest nesting of JSON in any file of a package, and in a compound answer.
pub const JSON_DEPTH: usize = 32;
/// Longest array in a package file.
pub const JSON_ARRAY: usize = 10_000;
/// Longest string in a package file or an answer.
pub const STRING_BYTES: usize = 64 * 1024;
/// Most subschemas of a schema, every `$ref` counted as a copy of its target.
pub const SUBSCHEMAS: u64 = 5_000;
/// Longest `pattern`.
pub const PATTERN_BYTES: usize = 1024;
/// Largest compiled pattern.
pub const PATTERN_COMPILED_BYTES: usize = 1024 * 1024;
/// Most steps of one lens file.
pub const LENS_STEPS: usize = 2_000;
/// Most former templates of one question, those of what it stands in included.
pub const FORMERS: usize = 100;
/// Most changes listed by a comparison; more are counted.
pub const CHANGES: usize = 2_000;
/// Longest pair of schemas (as JSON, together) that `covers` is asked about.
pub const COVERS_BYTES: usize = 16 * 1024;
/// Most bytes of schema that `covers` is asked about in one comparison.
pub const COVERS_BYTES_TOTAL: usize = 1024 * 1024;
/// Most faults listed for one package.
pub const FAULTS: usize = 500;
/// Longest expression.
pub const EXPR_BYTES: usize = 8 * 1024;
/// Deepest syntax tree of an expression.
pub const EXPR_DEPTH: usize = 100;
/// Steps one expression may take.
pub const EXPR_STEPS: u64 = 200_000;
/// Steps all expressions of one evaluation may take together.
pub const FORM_STEPS: u64 = 5_000_000;
/// Longest text an expression may build.
pub const EXPR_TEXT_BYTES: usize = STRING_BYTES;
/// Longest answer path.
pub const PATH_BYTES: usize = 255;
/// Most segments of an answer path.
pub const PATH_SEGMENTS: usize = 8;
/// Most violations listed for one evaluation.
pub const VIOLATIONS: usize = 5_000;
