//! What each fuzz target does with its bytes, and the seeds it begins with.
//!
//! A target panics when a promise is broken; that an input is refused is no finding. Where a format has a checksum or a
//! signature, the target makes one that fits: mutations then reach what lies behind it.
//!
//! * `envelope`, `messages`, `frame`: the wire. * `gate`: changes, raw and built. * `form_package`, `expression`: forms.
//! * `xlsx_import`, `csv_import`: spreadsheets. * `files`, `zip`: several files in one input.

pub mod csv_import;
pub mod envelope;
pub mod expression;
pub mod files;
#[path = "../../client-core/records/tests/support/forge.rs"]
#[allow(dead_code, clippy::unwrap_used)]
pub mod forge;
pub mod form_package;
pub mod frame;
pub mod gate;
pub mod messages;
pub mod xlsx_import;
pub mod zip;

/// Name and bytes of a seed.
pub type Seed = (String, Vec<u8>);

/// A seed with a name.
pub fn seed(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Seed {
    (name.into(), bytes.into())
}
