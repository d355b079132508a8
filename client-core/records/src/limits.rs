//! Every maximum of this crate, in one place. A change beyond one of them is refused with an error that names
//! the limit; nothing is cut short silently.

/// Bytes of one change as it arrives (raw or deflated).
pub const CHANGE_BYTES: usize = 256 * 1024;

/// Bytes of one change after inflating.
pub const CHANGE_INFLATED_BYTES: usize = 1024 * 1024;

/// Operations in one change.
pub const CHANGE_OPS: usize = 10_000;

/// Overwritten operations (`pred`) named by one change in all.
pub const CHANGE_PREDS: usize = 20_000;

/// Dependencies of one change, and other actors it may name.
pub const CHANGE_DEPS: usize = 1_000;

/// Bytes of the note (automerge's message field) of one change.
pub const NOTE_BYTES: usize = 8 * 1024;

/// Bytes of a key.
pub const KEY_BYTES: usize = 255;

/// Segments of a key.
pub const KEY_SEGMENTS: usize = 8;

/// Bytes of one segment of a key.
pub const SEGMENT_BYTES: usize = 64;

/// Bytes of one text value.
pub const TEXT_BYTES: usize = 64 * 1024;

/// Rows (distinct row ids) in one record.
pub const RECORD_ROWS: usize = 2_000;

/// Bytes of one record, saved without compression.
pub const RECORD_BYTES: usize = 1024 * 1024;

/// Bytes of a saved record that this crate agrees to load: some room above [`RECORD_BYTES`], so that a record
/// at its limit can always be opened, read and exported.
pub const LOAD_BYTES: usize = 2 * RECORD_BYTES;

/// Operations of a saved record that this crate agrees to load, counted before anything expands them.
pub const LOAD_OPS: u64 = 500_000;

/// The highest operation counter a change may start at; automerge counts in 32 bits.
pub const START_OP_MAX: u64 = u32::MAX as u64 - 2 * CHANGE_OPS as u64;

/// The range of automerge's time field in seconds since 1970: the years 1 to 9999. Beyond it automerge's
/// arithmetic overflows.
pub const TIME_S: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
