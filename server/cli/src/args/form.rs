//! Form packages: checking, publishing, authoring.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum Form {
    /// Check a form package and name every fault; nothing is published
    Check {
        /// Folder of the form package
        path: PathBuf,
    },
    /// Check and publish a form package. Changes that reach stored records are tried on them first
    Publish(Publish),
    /// List published forms and test versions
    List,
    /// Name every change between two versions, with its class and the way out; fails when one is forbidden (class E)
    Diff {
        /// The earlier version: a folder, or FORM@VERSION of the published ones
        old: String,
        /// The later version: the same
        new: String,
    },
    /// Try a form package on every stored record and draft; nothing is published
    DryRun {
        /// Folder of the form package
        path: PathBuf,
    },
    /// Give a form package to chosen phones as a test version; what is filled under it never counts
    Test {
        /// Folder of the form package
        path: PathBuf,
        /// A phone, as `device list` prints it. May be given several times
        #[arg(long = "device", value_name = "DEVICE", required_unless_present = "user")]
        devices: Vec<String>,
        /// All phones of this person
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Who gives it
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
    /// Write a small form package that passes the check, to begin with
    New {
        /// Form id: lower-case letters, digits and _
        id: String,
        /// register: one living record per household; event: one new record each time
        #[arg(long, value_enum, default_value = "event")]
        kind: FormKind,
        /// Folder to write; made when it does not exist
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Write the form as a questionnaire for paper (A4 HTML), in the language of --lang
    Render {
        /// Folder of the form package
        path: PathBuf,
        /// The page to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Write the JSON Schemas by which an editor completes and checks form.json and schema.json
    EditorSchemas {
        /// Folder to write; made when it does not exist
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Close a version to new records; records and drafts of it stay valid
    Close(FormVersion),
    /// Open a version to new records again
    Reopen(FormVersion),
}

/// Whether a form is a living record or one record per event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormKind {
    /// One living record per household
    Register,
    /// One new record each time
    Event,
}

#[derive(Debug, Args)]
pub struct Publish {
    /// Folder of the form package
    pub path: PathBuf,
    /// The effect on stored records was seen and is wanted
    #[arg(long)]
    pub confirm: bool,
    /// Hash of the newest published version this was made against. Default: the one found when the command begins
    #[arg(long, value_name = "HASH")]
    pub base: Option<String>,
    /// Only say what it would change and do to stored records
    #[arg(long, conflicts_with_all = ["confirm", "base"])]
    pub dry_run: bool,
    /// Who publishes
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Args)]
pub struct FormVersion {
    /// Form id
    pub form: String,
    /// Version
    #[arg(value_name = "VERSION")]
    pub number: u32,
    /// Who decides
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}
