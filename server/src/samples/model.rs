//! What is asked of samples and what is told about them.

use doorstep_protocol::ObjectId;
use doorstep_records::RecordId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::draw::Asked;

/// The answer of a register that says how a household stands in it.
pub const STATUS: &str = "register_status";
/// The statuses of registered poor households (建档立卡), as report T8d counts them.
pub const REGISTERED: [&str; 2] = ["registered", "returned"];
/// The status where none is answered.
pub const UNREGISTERED: &str = "unregistered";
/// The register that samples are drawn from, unless another is named.
pub const REGISTER: &str = "household_register";
/// The form of the check, unless another is named.
pub const CHECK: &str = "sample_check";
/// Households of one sample.
pub const DRAWN_MAX: usize = 20_000;

/// Which households the base holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BaseFilter {
    /// Registered poor households.
    #[default]
    Registered,
    /// Every household of the register.
    All,
}

impl BaseFilter {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            BaseFilter::Registered => "registered",
            BaseFilter::All => "all",
        }
    }
}

/// What the strata are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strata {
    /// One stratum.
    #[default]
    None,
    /// The villages.
    Village,
    /// The statuses in the register.
    Status,
}

impl Strata {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Strata::None => "none",
            Strata::Village => "village",
            Strata::Status => "status",
        }
    }
}

/// A sample to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSample {
    /// What people call it.
    pub name: String,
    /// The register.
    pub register: String,
    /// The form of the check.
    pub check: String,
    /// Code of the area.
    pub area: String,
    /// Which households.
    pub filter: BaseFilter,
    /// By what it is divided.
    pub by: Strata,
    /// How many.
    pub asked: Asked,
    /// What decides.
    pub seed: u64,
    /// The register as it was approved at this instant; none: now.
    pub as_of_ms: Option<i64>,
}

/// A stratum of a sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StratumView {
    /// Its key: code of the village, status, or nothing.
    pub key: String,
    /// Households in it.
    pub base: u32,
    /// Households drawn.
    pub drawn: u32,
}

/// A sample in lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SampleView {
    /// The sample.
    pub id: ObjectId,
    /// What people call it.
    pub name: String,
    /// The register.
    pub register: String,
    /// The form of the check.
    pub check: String,
    /// Code of the area.
    pub area: String,
    /// Which households.
    pub filter: String,
    /// By what it is divided.
    pub by: String,
    /// How many were asked for, as it was said.
    pub asked: String,
    /// What decided.
    pub seed: u64,
    /// The instant of the base, milliseconds since 1970 UTC.
    pub as_of_ms: i64,
    /// Households in the base.
    pub base: u32,
    /// SHA-256 of the base, hexadecimal.
    pub base_sha256: String,
    /// Households drawn.
    pub drawn: u32,
    /// By stratum.
    pub strata: Vec<StratumView>,
    /// Who drew it.
    pub drawn_by: String,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// What a household is in a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnitState {
    /// To be checked.
    Drawn,
    /// May take the place of another.
    Reserve,
    /// Could not be checked; another took its place.
    Replaced,
}

impl UnitState {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            UnitState::Drawn => "drawn",
            UnitState::Reserve => "reserve",
            UnitState::Replaced => "replaced",
        }
    }

    /// The state of a name.
    pub fn from_name(name: &str) -> Option<UnitState> {
        [UnitState::Drawn, UnitState::Reserve, UnitState::Replaced]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// A household of a sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnitView {
    /// The household.
    pub record: RecordId,
    /// What people call it.
    pub label: String,
    /// Code of its area.
    pub area: String,
    /// Its stratum.
    pub stratum: String,
    /// What it is in the sample.
    pub state: UnitState,
    /// Why it was replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The household whose place it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stands_for: Option<RecordId>,
    /// Who is to check it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// The checks about it since it was drawn, the latest first.
    pub checks: Vec<CheckView>,
}

/// A check about a household of a sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckView {
    /// The record.
    pub record: RecordId,
    /// False while it is being filled.
    pub submitted: bool,
    /// True once it is approved.
    pub approved: bool,
    /// How the visit ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

/// Which checks to compare with the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedFilter {
    /// Only of this sample's households, made since it was drawn.
    pub sample: Option<ObjectId>,
    /// At or below this area.
    pub area: Option<String>,
    /// The form of the check, where no sample names one.
    pub check: String,
}

/// A household replaced, and by which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Replaced {
    /// The one that was drawn.
    pub record: RecordId,
    /// The one that takes its place.
    pub by_record: RecordId,
    /// Assignments closed and given with it.
    pub assigned: usize,
}

/// To whom households are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handout {
    /// Sign-in names.
    pub to: Vec<String>,
    /// Whole villages to one person; else household after household in turn.
    pub by_village: bool,
    /// The civil day by which it is to be done.
    pub due: Option<String>,
    /// What they should know.
    pub note: Option<String>,
}

/// What was given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HandedOut {
    /// Sign-in name and how many households.
    pub given: Vec<(String, usize)>,
    /// Households that somebody had already.
    pub standing: usize,
}
