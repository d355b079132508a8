//! Households over time, duplicates, the history of a record.

use clap::{Args, Subcommand};

/// Members who leave a household.
#[derive(Debug, Subcommand)]
pub enum Household {
    /// Split members off into a household that begins with them
    Split(HouseholdSplit),
    /// Move members into another household of the register: a marriage, an adoption
    MoveMember(HouseholdMoveMember),
}

/// Who moves, when and why.
#[derive(Debug, Args)]
pub struct Movers {
    /// The record they leave
    pub record: String,
    /// Their rows, with commas: the ids after `members/`
    #[arg(long, value_name = "ROW", value_delimiter = ',', required = true)]
    pub rows: Vec<String>,
    /// The day, such as 2015-07-01
    #[arg(long, value_name = "DATE")]
    pub on: String,
    /// The relation of a member to the head of the household they come into; may be given again
    #[arg(long = "relation", value_name = "ROW=CODE")]
    pub relations: Vec<String>,
    /// Why; kept in the history of both records
    #[arg(long)]
    pub reason: Option<String>,
    /// Who decides
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Args)]
pub struct HouseholdSplit {
    #[command(flatten)]
    pub movers: Movers,
    /// Area code of the new household. Default: that of the old one
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,
}

#[derive(Debug, Args)]
pub struct HouseholdMoveMember {
    #[command(flatten)]
    pub movers: Movers,
    /// The record they come into
    #[arg(long, value_name = "RECORD")]
    pub to: String,
    /// The state of their membership in the record they leave, a code of the form such as married_out
    #[arg(long, value_name = "CODE")]
    pub state: String,
}

/// The same household registered twice.
#[derive(Debug, Subcommand)]
pub enum Duplicate {
    /// List pairs of records that may be one
    List {
        /// open, merged or dismissed
        #[arg(long, default_value = "open")]
        state: String,
        /// Who asks
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
    /// Make two records one: the older stays, the younger becomes another name of it
    Merge(TwoRecords),
    /// Take a merge back: the record stands for itself again
    Unmerge {
        /// The record that was merged into another
        record: String,
        /// Who decides
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
    /// Say that two records are not one
    Dismiss(TwoRecords),
}

#[derive(Debug, Args)]
pub struct TwoRecords {
    /// One record
    pub one: String,
    /// The other
    pub other: String,
    /// Who decides
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

/// Single records.
#[derive(Debug, Subcommand)]
pub enum Record {
    /// Everything that ever happened to a record, oldest first
    History {
        /// Record id
        record: String,
        /// Show what this person may see. Default: everything
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
}
