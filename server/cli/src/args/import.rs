//! Data and forms from files of others.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Import {
    /// Import a household ledger; importing it again changes nothing
    Households {
        /// CSV (UTF-8, BOM or GB18030) or XLSX
        file: PathBuf,
        /// Import nothing when any row is wrong. Default: the good rows are imported
        #[arg(long)]
        all_or_nothing: bool,
        /// Only check the file; nothing is written
        #[arg(long)]
        dry_run: bool,
        /// Who imports; default: see `docs/operations.md`
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
    /// Make a form package of an XLSForm workbook, and tell of every cell that is not carried over
    Xlsform {
        /// XLSX, XLSM or XLS
        file: PathBuf,
        /// Folder of the package; it must not exist or be empty
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// Language of texts that name none, such as es. Default: told from their letters
        #[arg(long, value_name = "TAG")]
        language: Option<String>,
    },
}
