//! Backups.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct Backup {
    /// The folder to write; it must not exist yet, or be empty
    #[arg(long, value_name = "FOLDER")]
    pub to: PathBuf,
    /// Phones go on keeping what the backup holds: for a copy that does not yet lie where it is safe
    #[arg(long)]
    pub phones_keep: bool,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FROM")]
    pub from: PathBuf,
    /// Only check that the backup is whole; write nothing
    #[arg(long)]
    pub verify: bool,
}
