//! Every maximum of the wire in one place. The limits of a single change and record are those of the records crate.
//!
//! Tune a number with a reason beside it; a test sends one more than each.

pub use doorstep_records::limits as record;

/// Compressed body of one sync request, bytes.
pub const BODY_BYTES: usize = 4 * 1024 * 1024;
/// Inflated body of one sync request or page, bytes. The bound is absolute, not a ratio: an honest batch of
/// near-identical edits compresses better than any ratio that would stop a bomb.
pub const INFLATED_BYTES: usize = 8 * 1024 * 1024;
/// Envelopes in one push.
pub const ENVELOPES_PER_PUSH: usize = 100;
/// Items in one envelope.
pub const ITEMS_PER_ENVELOPE: usize = 500;
/// Encoded body of one envelope, bytes.
pub const ENVELOPE_BYTES: usize = 2 * 1024 * 1024;
/// A bundle file, bytes: it is read whole.
pub const BUNDLE_BYTES: usize = 16 * 1024 * 1024;
/// What a bundle file holds once it is opened and inflated, bytes.
pub const BUNDLE_INFLATED_BYTES: usize = 64 * 1024 * 1024;
/// Envelopes in one bundle file; a phone with more writes several files.
pub const ENVELOPES_PER_BUNDLE: usize = 2_000;
/// Bodies of envelopes in one bundle file as a phone fills it, bytes: sealed it stays below [`BUNDLE_BYTES`] however badly
/// it compresses.
pub const BUNDLE_TARGET_BYTES: usize = 12 * 1024 * 1024;
/// Text of a comment or note, bytes.
pub const COMMENT_BYTES: usize = 4 * 1024;
/// Heads named by a submission or review.
pub const HEADS: usize = 64;
/// An area code, bytes.
pub const AREA_CODE_BYTES: usize = 64;
/// A form id, bytes.
pub const FORM_ID_BYTES: usize = 64;
/// Compressed bytes of a page: what a device asks for when it knows nothing of its link.
pub const PAGE_BYTES_DEFAULT: u32 = 48 * 1024;
/// Records a device asks about in one pull, after the server began another life.
pub const DOUBTED: usize = 1_000;
/// The smallest page a server cuts, compressed bytes.
pub const PAGE_BYTES_MIN: u32 = 8 * 1024;
/// The largest page a server cuts, compressed bytes.
pub const PAGE_BYTES_MAX: u32 = 512 * 1024;
/// Changes of one device that may wait for a missing predecessor.
pub const WAITING_PER_DEVICE: usize = 5_000;
/// The largest attachment, bytes.
pub const ATTACHMENT_BYTES: u64 = 25 * 1024 * 1024;
/// The largest piece of an attachment in one request, bytes: a cut costs nothing that has arrived, so this bounds memory only.
pub const ATTACHMENT_PIECE_BYTES: usize = 1024 * 1024;
/// Attachments asked after in one request.
pub const ATTACHMENTS_ASKED: usize = 100;
/// Attachments of one device that have begun to arrive and are not whole. A device sends one after another; of more, those
/// that have not grown for longest are forgotten.
pub const ATTACHMENT_PARTIALS_PER_DEVICE: usize = 16;
/// Bytes of whole attachments that one person sent and no record of theirs refers to (yet).
pub const ATTACHMENT_UNREFERENCED_BYTES: u64 = 500 * 1024 * 1024;
/// Lifetime of a sync session token, seconds.
pub const SESSION_SECONDS: u32 = 3_600;
/// Lifetime of a server challenge, seconds.
pub const CHALLENGE_SECONDS: u32 = 120;
/// Lifetime of a one-time enrolment code, seconds.
pub const ENROLMENT_SECONDS: u32 = 600;
/// Clocks further apart than this are flagged `clock_skew`, milliseconds.
pub const CLOCK_SKEW_MS: i64 = 10 * 60 * 1000;
