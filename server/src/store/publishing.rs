//! What publishing needs of the store: the state it rests on, stored records for a dry run, tests, closing.

use doorstep_forms::{FormHash, FormPackage};
use doorstep_protocol::DeviceId;
use doorstep_records::{Heads, RecordId};
use schemars::JsonSchema;
use serde::Serialize;

use super::forms::PublishedForm;
use super::{Scope, StoreError};

/// What a publication rests on. It is made only while this still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    /// The newest published version it was made against; none for the first.
    pub base: Option<FormHash>,
    /// Every stored record of the form was found readable up to this log row. None: they need not be.
    pub read_to: Option<i64>,
}

/// What became of a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// It is published.
    Published(PublishedForm),
    /// Records of the form were touched after [`Basis::read_to`]: they must be read as well.
    Behind,
}

/// A test version (测试版).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TestView {
    /// Form id.
    pub form: String,
    /// Version.
    pub version: u32,
    /// Content hash of what is tried now.
    pub hash: String,
    /// True while it takes records; false once it was closed, or its form went on to a published version.
    pub open: bool,
    /// Milliseconds since 1970 UTC.
    pub begun_ms: i64,
    /// Sign-in name of who began it.
    pub by: String,
    /// The devices that have it.
    pub devices: Vec<DeviceId>,
    /// Records filled under it.
    pub records: u64,
}

/// A stored record as a dry run reads it.
#[derive(Debug, Clone)]
pub struct StoredRecord {
    /// The record.
    pub record: RecordId,
    /// The version it was opened or last submitted under.
    pub form_version: u32,
    /// Never submitted.
    pub draft: bool,
    /// Entered by mistake.
    pub discarded: bool,
    /// What was approved last.
    pub approved_heads: Option<Heads>,
    /// It lies inside the asker's scope: only then may it be named.
    pub named: bool,
    /// The document; empty while nothing is written in it.
    pub document: Vec<u8>,
}

/// Some stored records.
#[derive(Debug, Clone, Default)]
pub struct StoredBatch {
    /// In the order in which they were begun.
    pub records: Vec<StoredRecord>,
    /// Where the next batch starts; none at the end.
    pub next: Option<i64>,
    /// The log row up to which they were read.
    pub read_to: i64,
}

/// Which stored records are asked for. Tests are never among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredAfter {
    /// After this place.
    pub after: i64,
    /// Only those touched after this log row.
    pub touched_after: Option<i64>,
}

/// Form versions as admins live with them. All of it asks for a scope that may configure.
pub trait Publishing {
    /// Publishes a package that was found sound, if what its publisher looked at still holds; publishing what is
    /// published already changes nothing. Of two that rest on the same base one wins, the other is told so.
    fn form_publish_on(
        &self,
        scope: &Scope,
        package: &FormPackage,
        basis: Basis,
        now_ms: i64,
    ) -> Result<Attempt, StoreError>;

    /// Gives a version to chosen devices as a test. It replaces an earlier test of the same number; the same content for
    /// the same devices again changes nothing.
    fn form_test(
        &self,
        scope: &Scope,
        package: &FormPackage,
        devices: &[DeviceId],
        now_ms: i64,
    ) -> Result<TestView, StoreError>;

    /// The test versions of forms in scope.
    fn test_list(&self, scope: &Scope) -> Result<Vec<TestView>, StoreError>;

    /// Closes a version, published or tested, to new records, or opens it to them again. Answers whether that changed
    /// anything.
    fn form_open(
        &self,
        scope: &Scope,
        form: &str,
        version: u32,
        open: bool,
        now_ms: i64,
    ) -> Result<bool, StoreError>;

    /// Some stored records of a form, in one short snapshot: whoever walks them all holds up nobody.
    fn stored_records(&self, scope: &Scope, form: &str, from: StoredAfter)
    -> Result<StoredBatch, StoreError>;
}
