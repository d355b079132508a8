//! Bundles that somebody carried.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Bundle {
    /// Take what a phone wrote with `doorstep-device bundle`; taking it again changes nothing
    Import {
        /// The bundle
        file: PathBuf,
    },
}
