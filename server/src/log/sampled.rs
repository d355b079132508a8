//! Samples in the log: what was drawn, and what took the place of what.

use doorstep_protocol::ObjectId;
use doorstep_records::RecordId;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::By;
use crate::samples::model::{BaseFilter, Strata};

/// A sample as it was drawn. The list itself is not kept: its hash is, and the rule and the seed draw again from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleDrawnEntry {
    /// Minted by the server.
    pub id: ObjectId,
    /// What people call it.
    pub name: String,
    /// The register it was drawn from.
    pub register: String,
    /// The form of the check.
    pub check: String,
    /// Code of the area.
    pub area: String,
    /// Which households the base holds.
    pub filter: BaseFilter,
    /// What the strata are.
    pub by_stratum: Strata,
    /// How many were asked for, as it was said.
    pub asked: String,
    /// What decided.
    pub seed: u64,
    /// The instant of the register.
    pub as_of_ms: i64,
    /// Households in the base.
    pub base: u32,
    /// SHA-256 of the base.
    pub base_sha256: ByteBuf,
    /// What was drawn of each stratum.
    pub strata: Vec<StratumEntry>,
    /// Who.
    pub by: By,
}

/// One stratum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StratumEntry {
    /// Its key.
    pub key: String,
    /// Households in it.
    pub base: u32,
    /// Those drawn, in the order of the rule.
    pub drawn: Vec<RecordId>,
    /// The reserve, in the order of the rule.
    pub reserve: Vec<RecordId>,
}

/// A household of a sample was replaced by the next of its reserve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleReplacedEntry {
    /// The sample.
    pub sample: ObjectId,
    /// The household that cannot be checked.
    pub record: RecordId,
    /// The one that takes its place.
    pub by_record: RecordId,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: By,
}
