//! The command tree: names, options and their help, nothing else.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// `doorstep`: the server of a household survey, and every command of its operator.
#[derive(Debug, Parser)]
#[command(name = "doorstep", version, about, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The data folder; made by the first command that needs it. Default: $DOORSTEP_DATA, or ./doorstep-data
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Print one JSON value instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Language of the output. Default: from LC_ALL, LC_MESSAGES or LANG
    #[arg(long, global = true, value_enum)]
    pub lang: Option<Lang>,
}

/// A language of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// English
    En,
    /// 中文
    Zh,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve devices and the REST API until SIGINT or SIGTERM
    Serve(Serve),
    /// The administrative tree
    #[command(subcommand)]
    Area(Area),
    /// Accounts
    #[command(subcommand)]
    User(User),
    /// Phones: invite, list, revoke
    #[command(subcommand)]
    Device(Device),
    /// Form packages
    #[command(subcommand)]
    Form(Form),
    /// The review queue
    #[command(subcommand)]
    Review(Review),
    /// Bring in data from files
    #[command(subcommand)]
    Import(Import),
    /// Count a report over the approved dataset
    Report(Report),
    /// Write the approved dataset of a form to files
    Export(Export),
    /// Drop everything derived and rebuild it from the log
    Rebuild,
    /// The survey of a town, end to end, with real phones on a bad network
    Demo(crate::demo::Args),
}

#[derive(Debug, Args)]
pub struct Serve {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The address devices reach the server at, printed in invitations. Default: the listen address
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// A proxy in front ends TLS: allows a listen address other than loopback
    #[arg(long)]
    pub behind_proxy: bool,
}

#[derive(Debug, Subcommand)]
pub enum Area {
    /// Import areas from a CSV file: code,parent,level,name_zh,name_en,valid_from,valid_to
    Import {
        /// The CSV file
        file: PathBuf,
    },
    /// List all areas
    List,
}

#[derive(Debug, Subcommand)]
pub enum User {
    /// Add an account
    Add {
        /// Sign-in name
        name: String,
        /// enumerator, supervisor or admin
        #[arg(long)]
        role: String,
        /// Area code; the account covers everything below it. May be given several times
        #[arg(long = "area", value_name = "CODE")]
        areas: Vec<String>,
        #[command(flatten)]
        password: PasswordFrom,
    },
    /// List accounts
    List,
}

/// Where the password comes from.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct PasswordFrom {
    /// The password itself (visible to others on this machine; prefer --password-stdin)
    #[arg(long, value_name = "P")]
    pub password: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    pub password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub enum Device {
    /// Make a one-time code (10 minutes) that enrols a phone for a user
    Invite {
        /// Sign-in name
        user: String,
        /// The server's address to print. Default: that of the last `doorstep serve`
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
    /// List phones
    List,
    /// Revoke a phone: it delivers what it has signed and receives nothing more
    Revoke {
        /// Device id, as `device list` prints it
        device: String,
    },
}

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
}

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
    /// Close a version to new records; records and drafts of it stay valid
    Close(FormVersion),
    /// Open a version to new records again
    Reopen(FormVersion),
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

#[derive(Debug, Subcommand)]
pub enum Review {
    /// List records that wait for review
    List(ReviewList),
    /// Approve records as they stand
    Approve(ReviewDecide),
    /// Send records back to the enumerator
    SendBack(ReviewDecide),
    /// Not accept records: kept, and out of the dataset
    NotAccept(ReviewDecide),
}

#[derive(Debug, Args)]
pub struct ReviewList {
    /// Only this form
    #[arg(long)]
    pub form: Option<String>,
    /// Only below this area
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,
    /// draft, submitted, sent_back, approved or not_accepted
    #[arg(long, default_value = "submitted")]
    pub state: String,
    /// Only with this flag: conflict, invalid, duplicate_suspect...
    #[arg(long)]
    pub flag: Option<String>,
    /// Records filled under test versions instead, in any state
    #[arg(long)]
    pub test: bool,
    /// Who asks
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Args)]
pub struct ReviewDecide {
    /// Record ids
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub records: Vec<String>,
    /// All submitted records of --form without different answers and errors
    #[arg(long, requires = "form")]
    pub all: bool,
    /// The form that --all speaks of
    #[arg(long)]
    pub form: Option<String>,
    /// A remark on an answer, for the enumerator
    #[arg(long = "comment", value_name = "PATH=TEXT")]
    pub comments: Vec<String>,
    /// Accept an error or different answers with a reason; KEY as `review list` prints it
    #[arg(long = "waive", value_name = "KEY=REASON")]
    pub waivers: Vec<String>,
    /// A note on the whole record
    #[arg(long)]
    pub note: Option<String>,
    /// Who decides
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_tree_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_commands_of_the_manual_parse() {
        for line in [
            "serve --data d --listen 127.0.0.1:0",
            "area import areas.csv --data d --json",
            "area list --json --data d",
            "user add li --role enumerator --area 99 --password p --data d",
            "user add li --role admin --area 99 --area 98 --password-stdin",
            "device invite li --json --url http://127.0.0.1:1",
            "device list",
            "device revoke 00ff",
            "form check a/b",
            "form publish a/b --json",
            "form publish a/b --confirm --base 00ff --as chen",
            "form publish a/b --dry-run",
            "form diff a/1 a/2 --json",
            "form diff household_register@1 a/2",
            "form dry-run a/2",
            "form test a/2 --device 00ff --device 01ff",
            "form test a/2 --user li",
            "form close household_register 1",
            "form reopen household_register 1 --as chen",
            "review list --test",
            "review list --form f --area 99 --state approved --flag conflict",
            "review approve R1 R2 --comment a/b=text --waive key=reason",
            "review approve --all --form f --as chen",
            "review send-back R --comment members/x/name=看",
            "import households ledger.xlsx --all-or-nothing --dry-run --as chen",
            "report T8a --json --drill",
            "report --all --as chen",
            "export household_register --format csv --out folder --with-sensitive",
            "export household_register --to folder",
            "rebuild --data d",
            "--data d --json rebuild",
        ] {
            let words = std::iter::once("doorstep").chain(line.split(' '));
            if let Err(error) = Cli::try_parse_from(words) {
                panic!("{line}: {error}");
            }
        }
    }

    #[test]
    fn contradictions_are_refused() {
        for line in [
            "user add li --role enumerator --area 99",
            "user add li --role enumerator --area 99 --password p --password-stdin",
            "review approve",
            "review approve R --all --form f",
            "review approve --all",
            "serve --listen nowhere",
            "form test a/2",
            "form publish a/b --dry-run --confirm",
        ] {
            let words = std::iter::once("doorstep").chain(line.split(' '));
            assert!(Cli::try_parse_from(words).is_err(), "{line}");
        }
    }
}
