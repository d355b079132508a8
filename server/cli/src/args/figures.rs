//! What is counted over the approved dataset, and what leaves it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::{as_of, day};

#[derive(Debug, Args)]
pub struct Check {
    /// The civil day the checks count from. Default: today in Asia/Shanghai
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub today: Option<jiff::civil::Date>,
}

#[derive(Debug, Args)]
pub struct Report {
    /// Name of the report, such as T8a
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub name: Option<String>,
    /// Every report
    #[arg(long)]
    pub all: bool,
    /// Name the records behind each number (with --json)
    #[arg(long)]
    pub drill: bool,
    /// Count below this area only. Default: everything; with --all, each figure over the area it speaks of
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,
    /// Count what was approved by this time: RFC 3339, or a date for the end of that day. Default: now
    #[arg(long, value_name = "TIME", value_parser = as_of)]
    pub as_of: Option<i64>,
    /// Count what holds on this date: later events, members who were not there and answers of later years are left out
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub valid_at: Option<jiff::civil::Date>,
    /// Count what this person may see. Default: everything
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Args)]
pub struct Export {
    /// Form id
    pub form: String,
    /// File format
    #[arg(long, value_enum, default_value = "csv")]
    pub format: ExportFormat,
    /// FILE.csv for the records (rosters beside it), or a folder for all files. Default: the records alone, on
    /// standard output
    #[arg(long, visible_alias = "to", value_name = "FILE|DIR")]
    pub out: Option<PathBuf>,
    /// Write personal answers in clear; without it they are masked
    #[arg(long)]
    pub with_sensitive: bool,
    /// The dataset as it stood at this time: RFC 3339, or a date for the end of that day. Default: now
    #[arg(long, value_name = "TIME", value_parser = as_of)]
    pub as_of: Option<i64>,
    /// What holds on this date: later events, members who were not there and answers of later years are left out
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub valid_at: Option<jiff::civil::Date>,
    /// Export what this person may see, if their role allows it. Default: everything
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

/// A file format of exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// UTF-8 with BOM, ids as text
    Csv,
}
