//! Samples of the register, and pairs of records that may be one.

use clap::{Args, Subcommand, ValueEnum};
use doorstep_server::samples::draw::Asked;

use super::values::{as_of, day, number, percent};

#[derive(Debug, Subcommand)]
pub enum Sample {
    /// Draw households of the approved register: by a seed, in shares by stratum, kept for ever
    Draw(SampleDraw),
    /// List samples
    List {
        /// Who asks
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
    /// Show a sample: its base, its strata, its households
    Show(SampleOne),
    /// Give households that nobody has yet to people
    Assign(SampleAssign),
    /// Put the next of the reserve in the place of a household that cannot be checked
    Replace(SampleReplace),
    /// How far a sample is: drawn, attempted, completed, replaced and why
    Cover(SampleOne),
    /// What approved checks found against the register as it was approved on the day of each
    Report(SampleReport),
}

#[derive(Debug, Args)]
pub struct SampleDraw {
    /// Area code
    #[arg(long, value_name = "CODE")]
    pub area: String,
    /// Share of the households, in percent, rounded down: 30 or 12.5
    #[arg(long, value_name = "P", allow_negative_numbers = true, value_parser = percent, required_unless_present = "count", conflicts_with = "count")]
    pub percent: Option<Asked>,
    /// Number of households
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = number)]
    pub count: Option<u32>,
    /// What the shares are proportional by. Default: the whole area is one stratum
    #[arg(long, value_enum)]
    pub by: Option<SampleBy>,
    /// The number that decides which households are drawn; agree on it before, and draw once
    #[arg(long, value_name = "N")]
    pub seed: u64,
    /// Registered poor households, or every household of the register
    #[arg(long, value_enum, default_value = "registered")]
    pub filter: SampleFilter,
    /// What people call it
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub name: String,
    /// The register as it was approved by this time: RFC 3339, or a date for the end of that day. Default: now
    #[arg(long, value_name = "TIME", value_parser = as_of)]
    pub as_of: Option<i64>,
    /// The register
    #[arg(long, value_name = "FORM", default_value = doorstep_server::samples::model::REGISTER)]
    pub register: String,
    /// The form of the check
    #[arg(long, value_name = "FORM", default_value = doorstep_server::samples::model::CHECK)]
    pub check: String,
    /// Who draws
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

/// What the strata are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SampleBy {
    /// The villages
    Village,
    /// The statuses in the register
    Status,
}

/// Which households are the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SampleFilter {
    /// Registered poor households
    Registered,
    /// Every household
    All,
}

#[derive(Debug, Args)]
pub struct SampleOne {
    /// Sample id
    pub sample: String,
    /// Who asks
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Args)]
pub struct SampleAssign {
    /// Sample id
    pub sample: String,
    /// To whom. May be given several times
    #[arg(long = "to", value_name = "USER", required = true)]
    pub to: Vec<String>,
    /// Household after household in turn. Default: each village to one person
    #[arg(long)]
    pub in_turn: bool,
    /// The day by which it is to be done: 2015-07-13
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub due: Option<jiff::civil::Date>,
    /// What they should know. Default: the name of the sample
    #[arg(long)]
    pub note: Option<String>,
    /// Who gives it
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Args)]
pub struct SampleReplace {
    /// Sample id
    pub sample: String,
    /// The household that cannot be checked
    pub record: String,
    /// Why; kept, and shown in the cover
    #[arg(long)]
    pub reason: String,
    /// Who replaces it
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Args)]
pub struct SampleReport {
    /// Sample id. Default: every approved check
    pub sample: Option<String>,
    /// Only below this area
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,
    /// The form of the check, when no sample is named
    #[arg(long, value_name = "FORM", default_value = doorstep_server::samples::model::CHECK)]
    pub check: String,
    /// Who asks
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}
