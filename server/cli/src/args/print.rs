//! Pages for paper.

use std::path::PathBuf;

use clap::Subcommand;

use super::values::{as_of, day};

/// Pages for paper.
#[derive(Debug, Subcommand)]
pub enum Print {
    /// A filled record with boxes to sign in
    Record {
        /// Record id
        record: String,
        /// Where to write the page. Default: standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Print what this person may see. Default: everything
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
    /// Everything that ever happened to a record
    History {
        /// Record id
        record: String,
        /// Where to write the page. Default: standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Print what this person may see. Default: everything
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
    /// The list to be posted: name, group and class of the approved households, and nothing else
    Posting {
        /// identification_case or household_register
        #[arg(long)]
        form: String,
        /// Area code, with everything below it
        #[arg(long, value_name = "CODE")]
        area: String,
        /// The register as it stood at this time: RFC 3339, or a date for the end of that day. Default: now
        #[arg(long, value_name = "TIME", value_parser = as_of)]
        as_of: Option<i64>,
        /// Where to write the page. Default: standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Print what this person may see. Default: everything
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
    /// A report table with compiler, reviewer and cut-off
    Report {
        /// Name of the report, such as T8a
        name: String,
        /// Who compiled it
        #[arg(long)]
        compiler: String,
        /// Who reviewed it
        #[arg(long)]
        reviewer: String,
        /// Count what was approved by this time: RFC 3339, or a date for the end of that day. Default: now
        #[arg(long, value_name = "TIME", value_parser = as_of)]
        as_of: Option<i64>,
        /// Count what holds on this date
        #[arg(long, value_name = "DATE", value_parser = day)]
        valid_at: Option<jiff::civil::Date>,
        /// Where to write the page. Default: standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Count what this person may see. Default: everything
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
}
